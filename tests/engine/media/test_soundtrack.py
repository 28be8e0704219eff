"""Each segment's sound lies to the sample where the draft says, as loud as it says."""

from dataclasses import replace

import numpy as np
import pytest
from clips import RATE as CLIP_RATE
from clips import clip, judged, lag, place, sound, write_sound
from scenes import RATE, levels, scene, stepped

from cogwidgets.engine.media.plan import Clip, Speech, Timeline, Transition
from cogwidgets.engine.media.sound import resample
from cogwidgets.engine.media.soundtrack import mix_of


def heard(*clips, length=None, overlays=(), sounds=(), **more):
    """The mixture of a timeline: (samples, channels)."""
    length = length or max(part.end for part in (*clips, *overlays, *sounds))
    timeline = Timeline(length, tuple(clips), tuple(overlays), tuple(sounds), **more)
    mix = mix_of(timeline)
    return np.concatenate(list(mix.blocks()))


def steps(*numbers):
    """The levels that steps of the clip's sound have."""
    return [-12.0 - 2 * (number % 10) for number in numbers]


def noise(seconds=4.0):
    """A file of white noise, and the noise."""
    samples = np.random.default_rng(0).normal(0, 0.1, (round(seconds * RATE), 2))
    samples = (np.rint(samples * 32768) / 32768).astype(np.float32)
    return write_sound(place("noise.wav"), samples, rate=RATE), samples


@pytest.fixture
def source():
    return scene("s.mp4")


@pytest.mark.parametrize("length", [1, 999, 1000, 1001, 2500])
def test_there_are_as_many_samples_as_the_draft_says(source, length):
    assert len(heard(Clip(source, 0, length))) == length * 48


@pytest.mark.parametrize("start", [0, 1, 437, 2000, 3001])
def test_a_part_begins_at_its_sample(start):
    path, samples = noise()
    found = heard(Clip(path, 0, 900, source_start=start))
    np.testing.assert_array_equal(found, samples[start * 48 :][: 900 * 48])


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.mp3", "a.m4a"])
@pytest.mark.parametrize("start", [0, 1300])
def test_a_part_of_a_compressed_file_lies_in_its_place(name, start):
    path = clip(name, sound="noise", seconds=3.0, video=None)
    whole = next(resample([sound("noise", 3.0)], CLIP_RATE, RATE, 2))
    found = heard(Clip(path, 0, 1500, source_start=start))
    wanted = whole[start * 48 :][: 1500 * 48]
    # Matroska rounds to milliseconds.
    assert abs(lag(found, wanted)) <= (48 if name in {"a.mkv", "a.webm"} else 1)


def test_segments_follow_each_other(source):
    found = heard(Clip(source, 0, 500, source_start=500), Clip(source, 500, 500, source_start=1200))
    np.testing.assert_allclose(levels(found), steps(5, 6, 7, 8, 9, 2, 3, 4, 5, 6), atol=0.4)


def test_a_split_is_not_heard():
    path, samples = noise()
    parts = [Clip(path, at, 250, source_start=at) for at in range(0, 2000, 250)]
    np.testing.assert_array_equal(heard(*parts), samples[: 2000 * 48])


def test_where_a_source_ends_there_is_silence(source):
    found = heard(Clip(source, 0, 1000, source_start=2500))
    assert levels(found)[:4] == pytest.approx(steps(5, 6, 7, 8), abs=0.4)
    assert (levels(found)[6:] < -60).all()


def pitch(samples):
    """The loudest frequency."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return np.argmax(spectrum) * RATE / len(samples)


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.8, 1.25, 2.0, 4.0])
def test_speed_keeps_the_pitch(source, speed):
    length = round(2400 / speed)
    found = heard(Clip(source, 0, length, speed=speed))
    assert len(found) == length * 48
    assert pitch(found) == pytest.approx(440, rel=0.02)
    # What is half-way through the source is half-way through the segment.
    wanted = steps(*(int(t * speed * 10) for t in (np.arange(length // 100) + 0.5) / 10))
    middle = slice(2, length // 100 - 2)
    if speed <= 1:
        assert np.abs(levels(found)[middle] - wanted[middle]).mean() < 1.5


def test_reverse_turns_the_samples_round():
    path, samples = noise()
    found = heard(Clip(path, 0, 1500, source_start=700, reverse=True))
    np.testing.assert_array_equal(found, samples[700 * 48 : 2200 * 48][::-1])


def test_a_long_reverse_is_turned_round_piece_by_piece():
    path, samples = noise(25.0)
    found = heard(Clip(path, 0, 24_000, source_start=500, reverse=True))
    np.testing.assert_array_equal(found, samples[500 * 48 : 24_500 * 48][::-1])


def test_a_loop_repeats():
    path, samples = noise(1.0)
    found = heard(Clip(path, 0, 2500, loop=True))
    np.testing.assert_array_equal(found, np.tile(samples, (3, 1))[: 2500 * 48])


@pytest.mark.parametrize(("volume", "by"), [(0.5, -6.02), (2.0, 6.02), (0.1, -20)])
def test_volume_is_linear(source, volume, by):
    found = heard(Clip(source, 0, 1000, volume=volume))
    np.testing.assert_allclose(levels(found), np.array(steps(*range(10))) + by, atol=0.4)


def test_a_segment_that_is_mute_is_silent(source):
    found = heard(Clip(source, 0, 500, volume=0), Clip(source, 500, 500))
    assert not found[: 500 * 48].any()
    assert found[500 * 48 :].any()
    assert mix_of(Timeline(500, (Clip(source, 0, 500, volume=0),))) is None


def test_too_loud_is_limited_not_clipped(source):
    found = heard(Clip(source, 0, 1000, volume=8.0))
    _, peak = judged(write_sound(place("loud.wav"), found, rate=RATE))
    assert peak <= -1.0
    assert levels(found)[9] == pytest.approx(-12 - 18 + 18.06, abs=0.6)


def test_fades_rise_and_fall_inside_the_segment():
    path, samples = noise()
    found = heard(Clip(path, 500, 2000, fade_in=500, fade_out=500), length=3000)
    assert not found[: 500 * 48].any()
    assert not found[2500 * 48 :].any()
    quiet = levels(found)[5:25] - levels(samples)[:20]
    assert (np.diff(quiet[:5]) > 0).all()
    assert (np.diff(quiet[15:]) < 0).all()
    np.testing.assert_allclose(quiet[6:14], 0, atol=0.01)


def test_a_crossfade_goes_on_with_the_old_sound():
    first, old = noise()
    second = write_sound(place("tone.wav"), stepped(3.0), rate=RATE)
    clips = Clip(first, 0, 1000), Clip(second, 1000, 1000, transition=Transition("crossfade", 500))
    found = heard(*clips)
    index = np.arange(500 * 48)
    gains = np.cos(index / len(index) * np.pi / 2)
    left = found[1000 * 48 : 1500 * 48, 0]
    tone = np.rint(stepped(3.0)[: len(index), 0] * 32768) / 32768
    wanted = old[1000 * 48 :][: len(index), 0] * gains + tone * np.sin(
        index / len(index) * np.pi / 2
    )
    np.testing.assert_allclose(left, wanted, atol=1e-4)


def test_overlays_and_laid_sounds_are_heard_too(source):
    other = scene("other.mp4", frequency=1000)
    third = write_sound(place("third.wav"), stepped(1.0, frequency=3000), rate=RATE)
    found = heard(
        Clip(source, 0, 1000), overlays=(Clip(other, 0, 1000),), sounds=(Clip(third, 0, 1000),)
    )
    spectrum = np.abs(np.fft.rfft(found[:, 0]))
    loud = spectrum > 0.5 * spectrum.max()
    assert {440, 1000, 3000} <= set(np.nonzero(loud)[0])


def stem(samples):
    return write_sound(place("speech-1.flac"), samples, rate=RATE, codec="flac")


def test_speech_takes_the_place_of_the_own_sound_where_asked(source):
    quiet = stem(stepped(3.0) * 0.1)
    everywhere = heard(Clip(source, 0, 1000, speech=Speech((quiet,))))
    np.testing.assert_allclose(levels(everywhere), np.array(steps(*range(10))) - 20, atol=0.4)
    only = Speech((quiet,), ((1300, 1600),))
    found = heard(Clip(source, 0, 1000, source_start=1000, speech=only))
    change = levels(found) - np.array(steps(*range(10)))
    np.testing.assert_allclose(change[[0, 1, 6, 7, 8, 9]], 0, atol=0.6)
    assert change[4] == pytest.approx(-20, abs=0.4)
    assert (change[[3, 5]] < -16).all()  # glides for 20 ms


def test_as_much_of_the_music_as_asked_stays_beside_the_speech(source):
    quiet = stem(stepped(3.0) * 0.1)  # what is taken out is 0.9 of the whole
    for level in (0.5, 2.0):
        speech = Speech((quiet,), music_level=level)
        found = heard(Clip(source, 0, 1000, speech=speech))
        wanted = np.array(steps(*range(10))) + 20 * np.log10(0.1 + 0.9 * level)
        np.testing.assert_allclose(levels(found), wanted, atol=0.4)


def test_a_segment_is_brought_to_its_loudness(source):
    found = heard(Clip(source, 0, 3000, loudness=-20.0))
    loudness, _ = judged(write_sound(place("levelled.wav"), found, rate=RATE))
    assert loudness == pytest.approx(-20, abs=0.4)


def test_the_whole_is_brought_to_its_loudness(source):
    found = heard(Clip(source, 0, 3000), loudness=-14.0)
    loudness, peak = judged(write_sound(place("levelled.wav"), found, rate=RATE))
    assert loudness == pytest.approx(-14, abs=0.4)
    assert peak <= -1


def test_mono_and_surround_become_a_pair_with_others(source):
    six = scene("six.mp4", layout="5.1")
    one = scene("one.mp4", layout="mono")
    assert heard(Clip(one, 0, 500)).shape == (24_000, 1)
    assert heard(Clip(six, 0, 500)).shape == (24_000, 6)
    found = heard(Clip(six, 0, 500), Clip(one, 500, 500), Clip(source, 1000, 500))
    assert found.shape == (72_000, 2)
    assert found[24_000:48_000].any(axis=0).all()


def test_without_measuring_sound_goes_through_untouched():
    path, samples = noise()
    clip_ = Clip(path, 0, 1000)
    np.testing.assert_array_equal(heard(clip_), samples[:48_000])
    np.testing.assert_array_equal(heard(replace(clip_, volume=0.5)), samples[:48_000] / 2)
