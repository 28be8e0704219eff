"""Every sound track of a file becomes its speech, in FLAC and in AAC, to the sample."""

import av
import numpy as np
import pytest
from clips import RATE as SOURCE_RATE
from clips import clip, decoded, lag, place, sound, text, truncated

from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.sound import resample
from cogwidgets.engine.media.stems import separate


def separated(path, strength="light"):
    folder = place("stems")
    folder.mkdir()
    seen = []
    job = {"source": str(path), "folder": str(folder), "strength": strength}
    result = separate(job, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0, abs=0.05)
    assert not list(folder.glob("*.part"))
    return result["streams"], folder


def at_48k(samples):
    return np.concatenate(list(resample([samples], SOURCE_RATE, 48_000, samples.shape[1])))


@pytest.fixture(scope="module")
def vlog():
    """The shipped sample, separated."""
    from cogwidgets.sample import VLOG

    return separated(VLOG, "normal")


def test_says_where_music_was_and_how_far_it_fell(vlog):
    (stem,), _ = vlog
    (begin, end), *others = stem["music"]
    assert not others
    assert begin < 500
    assert end == pytest.approx(23_000, abs=1000)
    assert stem["pause_drop_db"] > 25
    assert (stem["index"], stem["channels"], stem["start"]) == (1, 2, 0.0)
    assert stem["duration"] == pytest.approx(23.0, abs=0.05)


def test_speech_stays_in_its_place(vlog):
    (stem,), folder = vlog
    found, rate, _ = decoded(folder / "speech-1.flac")
    assert (rate, len(found)) == (48_000, stem["samples"])
    assert lag(found, at_48k(sound("speech", 22.0))) == 0


def test_the_ready_aac_sounds_like_the_flac(vlog):
    _, folder = vlog
    (flac, _, _), (aac, rate, start) = (decoded(folder / f"speech-1.{s}") for s in ("flac", "m4a"))
    assert (rate, start) == (48_000, 0.0)
    assert lag(aac, flac) == 0
    error = aac[: len(flac)] - flac[: len(aac)]
    assert np.std(error) < 0.05 * np.std(flac)


def test_a_file_without_music_comes_out_unharmed():
    speech = sound("speech", 20.0)
    (stem,), folder = separated(clip("talk.mov", audio="pcm_s16le", sound="speech", seconds=20.0))
    assert (stem["music"], stem["pause_drop_db"]) == ([], None)
    found, wanted = decoded(folder / "speech-1.flac")[0], at_48k(speech)
    error = found[: len(wanted)] - wanted[: len(found)]
    assert 20 * np.log10(np.std(wanted) / np.std(error)) > 30


def test_every_track_is_separated():
    path = clip("two.mkv", sound="mix", seconds=4.0, languages=("eng", "deu"))
    stems, folder = separated(path)
    assert [stem["index"] for stem in stems] == [1, 2]
    assert {file.name for file in folder.iterdir()} == {
        "speech-1.flac", "speech-1.m4a", "speech-2.flac", "speech-2.m4a"
    }  # fmt: skip


def test_surround_stays_surround_and_silent_channels_stay_silent():
    path = clip("six.mov", audio="pcm_s16le", layout="5.1", sound="mix", silent_channels=(3, 4, 5))
    (stem,), folder = separated(path)
    assert stem["channels"] == 6
    found = decoded(folder / "speech-1.flac")[0]
    assert found[:, :3].any(axis=0).all()
    assert not found[:, 3:].any()
    with av.open(str(folder / "speech-1.m4a")) as container:
        assert container.streams.audio[0].layout.name == "5.1"


def test_one_channel_stays_one():
    (stem,), folder = separated(clip("mono.mp4", layout="mono", sound="mix"))
    assert (stem["channels"], decoded(folder / "speech-1.flac")[0].shape[1]) == (1, 1)


def test_a_late_track_says_when_it_starts():
    (stem,), _ = separated(clip("late.mkv", sound="mix", audio_start=0.5))
    assert stem["start"] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.aac", "a.webm", "a.avi"])
def test_takes_sound_from_any_container(name):
    (stem,), _ = separated(clip(name, sound="mix"))
    assert stem["duration"] == pytest.approx(2.0, abs=0.06)


def test_a_truncated_file_is_separated_as_far_as_it_goes():
    folder = place("stems")
    folder.mkdir()
    path = truncated(clip("cut.mkv", sound="mix", seconds=4.0))
    job = {"source": str(path), "folder": str(folder), "strength": "light"}
    (stem,) = separate(job, lambda _: None)["streams"]
    assert 1.0 < stem["duration"] < 3.0


def test_a_file_without_sound_is_refused():
    with pytest.raises(MediaError, match="no music to remove") as caught:
        separated(clip("mute.mp4", audio=None))
    assert caught.value.code == "no_audio"


def test_what_is_no_media_is_refused():
    with pytest.raises(MediaError) as caught:
        separated(text())
    assert caught.value.code == "unreadable"


def test_a_folder_that_does_not_exist_is_refused():
    job = {"source": str(clip()), "folder": str(place("none")), "strength": "light"}
    with pytest.raises(MediaError) as caught:
        separate(job, lambda _: None)
    assert caught.value.code == "not_writable"
