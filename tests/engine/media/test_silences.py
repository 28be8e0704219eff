"""Where nobody speaks is found, with and without music between the words."""

import numpy as np
import pytest
from clips import clip, place
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.silences import quiet, silences


def test_pauses_are_found_under_faint_noise():
    seen = []
    path = clip("pauses.mp4", seconds=8.0, sound="pauses")
    found = silences({"source": str(path)}, seen.append)["silences"]
    long = [pair for pair in found if pair[1] - pair[0] > 1000]
    assert [round(a / 1000) for a, _ in long] == [2, 6]
    assert all(a % 4000 > 1700 for a, _ in long)
    assert seen == sorted(seen)


def test_music_is_silence_where_nobody_speaks(sample):
    """The shipped sample ends with two seconds of music alone."""
    found = silences({"source": str(sample)}, lambda _: None)["silences"]
    assert found
    assert found[-1][1] == pytest.approx(23_000, abs=300)


def test_a_file_without_sound_is_refused_in_words():
    with pytest.raises(MediaError) as refused:
        silences({"source": str(clip("mute.mp4", audio=None))}, lambda _: None)
    assert refused.value.code == "no_audio"


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=12))
def test_silences_lie_apart_in_order_and_inside(runs):
    levels = np.concatenate([np.zeros(0), *(np.full(n, 0.1 * loud) for loud, n in runs)])
    found = quiet(levels.astype(np.float32))
    flat = [place for pair in found for place in pair]
    assert flat == sorted(set(flat))
    assert all(0 <= place <= 20 * len(levels) for place in flat)


def test_speech_that_is_at_hand_is_used():
    path = clip("pauses.wav", seconds=8.0, sound="pauses")
    job = {"source": str(place("missing.mp4")), "speech": str(path)}
    assert silences(job, lambda _: None)["silences"]
