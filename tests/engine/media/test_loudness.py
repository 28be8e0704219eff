"""Loudness and true peak agree with FFmpeg's meter, and with the standard's own figures."""

import numpy as np
import pytest
from clips import RATE as SOURCE_RATE
from clips import judged, place, sound, write_sound

from cogwidgets.engine.media.loudness import RATE, LoudnessMeter, PeakMeter
from cogwidgets.engine.media.sound import resample


def at_48k(samples):
    return np.concatenate(list(resample([samples], SOURCE_RATE, RATE, samples.shape[1])))


def measured(samples, layout="stereo", blocks=13):
    meter = LoudnessMeter(layout)
    for block in np.array_split(samples, blocks):
        meter.push(block)
    return meter.integrated()


def peak_db(samples, hop=240):
    meter = PeakMeter(samples.shape[1], hop)
    for block in np.array_split(samples, 5):
        meter.push(block)
    return 20 * np.log10(meter.peaks().max())


def test_a_full_scale_tone_reads_as_the_standard_says():
    tone = np.sin(2 * np.pi * 997 * np.arange(10 * RATE) / RATE).astype(np.float32)[:, None]
    assert measured(tone, "mono") == pytest.approx(-3.01, abs=0.02)
    assert measured(np.repeat(tone, 2, axis=1)) == pytest.approx(0.0, abs=0.02)


def test_surrounds_count_more_and_the_low_frequency_channel_not_at_all():
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(5 * RATE) / RATE).astype(np.float32)
    alone = [np.outer(tone, np.eye(6, dtype=np.float32)[channel]) for channel in range(6)]
    front, _, centre, low, back, _ = (measured(samples, "5.1") for samples in alone)
    assert front == pytest.approx(centre)
    assert back - front == pytest.approx(1.49, abs=0.02)
    assert low == -np.inf


@pytest.mark.parametrize("kind", ["speech", "music", "mix", "noise"])
def test_agrees_with_ffmpeg(kind):
    samples = at_48k(sound(kind, 20.0))
    path = write_sound(place("judged.wav"), samples, rate=RATE)
    loudness, peak = judged(path)
    assert measured(samples) == pytest.approx(loudness, abs=0.05)
    assert peak_db(samples) == pytest.approx(peak, abs=0.15)


def test_silence_is_infinitely_quiet():
    assert measured(np.zeros((RATE * 3, 2), np.float32)) == -np.inf
    assert measured(np.zeros((0, 2), np.float32)) == -np.inf


def test_sees_the_peak_between_samples():
    # A quarter of the sampling rate, sampled 45 degrees off its crests.
    tone = np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4).astype(np.float32)[:, None]
    assert np.abs(tone).max() == pytest.approx(0.7071, abs=1e-3)
    assert peak_db(tone[2400:-2400]) == pytest.approx(0.0, abs=0.3)


def test_one_peak_for_each_hop():
    meter = PeakMeter(1, 240)
    meter.push(np.zeros((1000, 1), np.float32))
    assert len(meter.peaks()) == 5
