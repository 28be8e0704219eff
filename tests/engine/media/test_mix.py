"""Music lies under speech: at one loudness, out of the way of words, looped without a seam."""

from pathlib import Path

import numpy as np
import pytest
from clips import RATE as SOURCE_RATE
from clips import judged, place, sound, write_sound

from cogwidgets.engine.media.mix import RATE, Bed, Mix, Voice
from cogwidgets.engine.media.music import choose
from cogwidgets.engine.media.sound import resample

CALM = choose("calm", "a seed").path


def voice(samples, layout="stereo", at=0, volume=1.0):
    def blocks():
        return resample([samples], SOURCE_RATE, RATE, samples.shape[1])

    return Voice(blocks, layout, samples.shape[1], at, volume)


def mixed(speaker, bed, seconds):
    mix = Mix(speaker, [bed], round(seconds * RATE))
    return np.concatenate(list(mix.blocks())), mix


def level(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20)


def tone_file(seconds, frequency=1000):
    time = np.arange(round(seconds * RATE)) / RATE
    samples = 0.3 * np.sin(2 * np.pi * frequency * time).astype(np.float32)
    return write_sound(place("tone.wav"), np.stack([samples, samples], axis=1), rate=RATE)


@pytest.mark.parametrize("target", [-15.0, -16.0])
@pytest.mark.parametrize("loudness_of_speech", [-6.0, -30.0])
def test_the_whole_has_its_loudness_and_no_peak_is_too_high(target, loudness_of_speech):
    speech = sound("speech", 20.0) * 10 ** ((loudness_of_speech + 12) / 20)
    found, mix = mixed(voice(speech), Bed(CALM, 0, 20.0, loudness=target), 20.0)
    loudness, peak = judged(write_sound(place("mix.wav"), found, rate=RATE))
    assert loudness == pytest.approx(target, abs=0.3)
    assert mix.loudness == pytest.approx(loudness, abs=0.1)
    assert peak <= -1.0


def test_sharp_peaks_are_limited_without_clipping():
    speech = sound("speech", 20.0)
    speech[:: SOURCE_RATE // 3] = 1.0
    found, _ = mixed(voice(speech), Bed(CALM, 0, 20.0), 20.0)
    loudness, peak = judged(write_sound(place("mix.wav"), found, rate=RATE))
    assert loudness == pytest.approx(-15.0, abs=0.5)
    assert peak <= -1.0


def test_music_steps_back_under_speech_and_returns():
    speech = sound("silence", 16.0)
    speech[4 * SOURCE_RATE : 10 * SOURCE_RATE] = sound("speech", 8.0)[2 * SOURCE_RATE :]
    music = tone_file(20.0, frequency=15_000)
    found, _ = mixed(voice(speech), Bed(music, 0, 16.0), 16.0)
    # The speech ends at 7 kHz, so above that the music is heard alone.
    spectrum = np.fft.rfft(found[:, 0].reshape(-1, RATE // 10), axis=1)
    tone = np.abs(spectrum[:, 1500])
    decibels = 20 * np.log10(tone + 1e-9)
    before, under, after = decibels[20:36], decibels[45:55], decibels[115:135]
    assert np.median(before) - np.median(under) == pytest.approx(12, abs=1.5)
    assert np.median(before) == pytest.approx(np.median(after), abs=0.5)
    assert np.abs(np.diff(decibels[10:140])).max() < 5  # glides, does not jump


def test_music_lies_below_speech():
    speech = sound("speech", 19.0)
    both, _ = mixed(voice(speech), Bed(CALM, 0, 19.0, duck=False), 19.0)
    music, _ = mixed(None, Bed(CALM, 0, 19.0), 19.0)
    left = np.linalg.lstsq(
        np.stack([np.concatenate(list(voice(speech).open()))[:, 0], music[:, 0]], axis=1),
        both[:, 0],
        rcond=None,
    )[0]
    assert left[0] > 0
    assert left[1] > 0
    assert level(left[1] * music) < level(left[0] * speech) - 4


@pytest.mark.parametrize("kind", ["silence", "hum"])
def test_without_speech_the_music_makes_the_loudness(kind):
    speech = sound("silence", 12.0)
    if kind == "hum":
        speech += 1e-3 * sound("noise", 12.0)
    found, _ = mixed(voice(speech), Bed(CALM, 0, 12.0), 12.0)
    loudness, peak = judged(write_sound(place("mix.wav"), found, rate=RATE))
    assert loudness == pytest.approx(-15.0, abs=0.3)
    assert peak <= -1.0


def test_music_without_a_voice():
    found, mix = mixed(None, Bed(CALM, 0, 5.0), 5.0)
    assert found.shape == (5 * RATE, 2)
    assert mix.loudness == pytest.approx(-15.0, abs=0.3)


def test_silence_stays_silence():
    quiet = write_sound(place("quiet.wav"), np.zeros((RATE, 2), np.float32), rate=RATE)
    found, mix = mixed(voice(sound("silence", 3.0)), Bed(quiet, 0, 3.0), 3.0)
    assert not found.any()
    assert mix.loudness == -np.inf


def test_a_short_track_loops_with_cross_fades():
    found, _ = mixed(None, Bed(tone_file(7.0), 0, 30.0, fade_in=0, fade_out=0), 30.0)
    levels = [level(block) for block in np.split(found, 300)]
    # Equal power where ends overlap: the tone never drops out, never doubles.
    assert max(levels) - min(levels) < 6.1
    assert np.abs(np.diff(found[:, 0])).max() < 0.1


def test_a_track_shorter_than_its_cross_fade_still_fills_the_video():
    found, _ = mixed(None, Bed(tone_file(1.5), 0, 10.0, fade_in=0, fade_out=0), 10.0)
    assert min(level(block) for block in np.split(found, 100)) > -30


def test_a_track_that_does_not_loop_ends():
    found, _ = mixed(None, Bed(tone_file(3.0), 0, 6.0, loop=False, fade_out=0), 6.0)
    assert found[: 2 * RATE].any()
    assert not found[4 * RATE :].any()


def test_music_fades_in_and_out_inside_its_segment():
    found, _ = mixed(None, Bed(tone_file(10.0), 2.0, 6.0, fade_in=1.0, fade_out=1.0), 10.0)
    assert not found[: 2 * RATE].any()
    assert not found[8 * RATE :].any()
    steps = [level(found[round(t * RATE) : round((t + 0.1) * RATE)]) for t in (2.1, 2.4, 2.8, 4)]
    assert steps == sorted(steps)
    steps = [level(found[round(t * RATE) : round((t + 0.1) * RATE)]) for t in (7.8, 7.5, 7.2, 5)]
    assert steps == sorted(steps)


def test_one_voice_becomes_a_pair_and_surround_stays():
    mono = sound("speech", 8.0, channels=1)
    found, mix = mixed(voice(mono, "mono"), Bed(CALM, 0, 8.0), 8.0)
    assert (mix.layout, found.shape[1]) == ("stereo", 2)
    surround = np.zeros((8 * SOURCE_RATE, 6), np.float32)
    surround[:, 2] = mono[:, 0]
    found, mix = mixed(voice(surround, "5.1"), Bed(CALM, 0, 8.0), 8.0)
    assert (mix.layout, found.shape[1]) == ("5.1", 6)
    assert found[:, :3].any(axis=0).all()
    assert not found[:, 3:].any()


def test_a_late_voice_keeps_its_time():
    speech = sound("speech", 6.0)
    silent = write_sound(place("quiet.wav"), np.zeros((RATE, 2), np.float32), rate=RATE)
    found, _ = mixed(voice(speech, at=RATE), Bed(silent, 0, 7.0), 7.0)
    assert not found[: RATE - 100].any()
    np.testing.assert_array_equal(found.shape, (7 * RATE, 2))
    assert found[2 * RATE :].any()


def test_the_shipped_tracks_are_where_the_mix_expects_them():
    assert isinstance(CALM, Path)
    assert CALM.suffix == ".opus"
