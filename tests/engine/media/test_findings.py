"""Where music was, and how far it fell, is told from levels alone."""

import numpy as np
import pytest
from clips import RATE, sound

from cogwidgets.engine.media.findings import Findings


def findings(original, speech, blocks=7):
    found = Findings(RATE)
    for pair in zip(np.array_split(original, blocks), np.array_split(speech, blocks), strict=True):
        found.add(*pair)
    return found


def test_untouched_sound_has_no_music():
    speech = sound("speech", 5.0)
    found = findings(speech, speech)
    assert found.music() == []
    assert found.pause_drop_db() is None


def test_silence_has_no_music():
    silence = sound("silence", 5.0)
    assert findings(silence, silence).music() == []


def test_music_is_found_where_it_was_taken_out():
    speech = sound("speech", 12.0)
    music = sound("music", 12.0)
    music[: 4 * RATE] = 0
    music[9 * RATE :] = 0
    (begin, end), *others = findings(speech + music, speech).music()
    assert not others
    assert begin == pytest.approx(4000, abs=600)
    assert end == pytest.approx(9000, abs=600)


def test_the_fall_in_the_pauses_is_measured():
    speech, music = sound("speech", 22.0), sound("music", 22.0)
    found = findings(speech + music, speech + 0.01 * music)
    assert found.pause_drop_db() == pytest.approx(40.0, abs=2.0)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.03, 0.4])
def test_very_short_sound_is_no_trouble(seconds):
    music = sound("music", seconds)
    found = findings(music, np.zeros_like(music), blocks=1)
    assert len(found.music()) <= 1
    assert found.pause_drop_db() is None or found.pause_drop_db() <= 100
