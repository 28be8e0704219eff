"""Noise goes, voices stay in their place, in FLAC and in AAC."""

import av
import numpy as np
import pytest
from clips import clip, decoded, lag, place
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.engine.media.denoise import CONTEXT, FADE, STRETCH, cleaned, denoise
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.still import still


def test_noise_between_the_words_is_gone_and_the_words_stay():
    folder = place("denoised")
    folder.mkdir()
    path = clip("pauses.mp4", seconds=8.0, sound="pauses")
    seen = []
    [track] = denoise({"source": str(path), "folder": str(folder)}, seen.append)["streams"]
    assert (track["index"], track["channels"]) == (1, 2)
    clean, rate, _ = decoded(folder / "denoised-1.flac")
    assert rate == 48_000
    assert len(clean) == track["samples"]
    pause = clean[round(2.5 * rate) : round(3.5 * rate)]
    words = clean[round(0.5 * rate) : round(1.5 * rate)]
    assert np.square(pause).mean() < np.square(words).mean() / 10**5
    assert seen[-1] == pytest.approx(1.0, abs=0.05)
    aac, _, _ = decoded(folder / "denoised-1.m4a")
    assert lag(aac, clean) == 0


def test_a_file_without_sound_is_refused_in_words():
    with pytest.raises(MediaError) as refused:
        denoise({"source": str(clip("mute.mp4", audio=None)), "folder": "."}, lambda _: None)
    assert refused.value.code == "no_audio"


@given(st.lists(st.integers(0, 2 * STRETCH // 3), max_size=5))
def test_stretches_join_to_what_came_in(lengths):
    whole = np.arange(sum(lengths), dtype=np.float32)[:, None]
    blocks = np.split(whole, np.cumsum(lengths)[:-1]) if lengths else []
    made = list(cleaned(blocks, lambda channel: channel))
    joined = np.concatenate([np.zeros((0, 1), np.float32), *made])
    assert joined.shape == whole.shape
    assert np.allclose(joined, whole)
    assert all(len(part) <= STRETCH + CONTEXT + FADE for part in made)


def test_a_still_is_the_frame_that_is_shown_then():
    folder = place("still")
    folder.mkdir()
    path = clip("talk.mp4", seconds=3.0)
    made = still({"source": str(path), "at": 2000, "folder": str(folder)}, lambda _: None)
    with av.open(str(folder / "thumbnail.jpg")) as picture, av.open(str(path)) as video:
        jpeg = next(picture.decode(video=0)).to_ndarray(format="gray").astype(float)
        frames = [f for f in video.decode(video=0) if f.time <= 2.0]
        wanted = frames[-1].to_ndarray(format="gray").astype(float)
    assert (made["height"], made["width"]) == jpeg.shape
    assert abs(jpeg - wanted).mean() < 6
