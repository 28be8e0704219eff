"""What a view draws of a file is what is in it, and small."""

import base64
import json

import av
import numpy as np
import pytest
from clips import RATE, clip, picture, place, text, write_sound

from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.sketch import sketch


def sketched(path):
    told = []
    found = sketch({"source": str(path)}, told.append)
    assert told == sorted(told)
    assert len(json.dumps(found)) < 300_000
    return found


def pixels(uri):
    kind, _, data = uri.partition(";base64,")
    path = place("picture." + kind.removeprefix("data:image/"))
    path.write_bytes(base64.b64decode(data))
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgba")


def test_peaks_are_where_the_sound_is():
    samples = np.zeros((3 * RATE, 2), np.float32)
    samples[RATE : 2 * RATE, 1] = 0.5 * np.sin(np.arange(RATE) / 10)
    found = sketched(write_sound(place("middle.wav"), samples))
    wave = found["waveform"]
    assert wave["per_second"] == 50
    assert len(wave["peaks"]) == 150
    assert wave["peaks"][:49] == [0] * 49
    assert wave["peaks"][51:99] == [50] * 48
    assert wave["peaks"][101:] == [0] * 49
    assert (found["thumbnails"], found["poster"]) == ([], None)
    level = pixels(found["spectrogram"])[..., 3]
    third = level.shape[1] // 3
    assert level[:, third + 3 : 2 * third - 3].max() > 200
    assert level[:, : third - 3].max() == 0


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100])
def test_a_long_sound_has_no_more_peaks(rate):
    found = sketched(write_sound(place("long.wav"), np.ones((rate * 100, 1), np.float32), rate))
    wave = found["waveform"]
    assert len(wave["peaks"]) <= 2000
    assert len(wave["peaks"]) / wave["per_second"] == pytest.approx(100, abs=0.1)
    assert set(wave["peaks"]) == {100}


def test_pictures_are_upright_and_keyframes():
    found = sketched(clip("turned.mov", seconds=4.0, rotation=90))
    assert [one["at"] for one in found["thumbnails"]] == [0.0, 1.0, 2.0, 3.0]
    assert pixels(found["thumbnails"][0]["image"]).shape[:2] == (72, 40)
    assert pixels(found["poster"]).shape[:2] == (192, 108)


def test_an_image_is_its_own_poster():
    found = sketched(picture())
    assert (found["waveform"], found["spectrogram"]) == (None, None)
    assert len(found["thumbnails"]) == 1
    assert found["poster"]


def test_what_is_no_media_is_told_of():
    with pytest.raises(MediaError, match="notes"):
        sketched(text())
