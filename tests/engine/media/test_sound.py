"""Sound comes out of any container sample by sample where it belongs."""

from fractions import Fraction

import av
import numpy as np
import pytest
from clips import RATE, clip, lag, place, sound, text, truncated, write_sound

from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.sound import (
    SoundReader,
    in_blocks,
    placed,
    resample,
    to_stereo,
)


def read(path, index=0):
    with SoundReader(path, index) as reader:
        return np.concatenate(list(reader)), reader


def test_pcm_comes_out_as_it_went_in():
    samples = np.rint(sound("noise", 1.0) * 32768) / 32768
    found, reader = read(write_sound(place("noise.wav"), samples))
    assert (reader.rate, reader.channels, reader.layout) == (RATE, 2, "stereo")
    np.testing.assert_array_equal(found, samples.astype(np.float32))


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm", "a.m4a", "a.mp3"])
def test_the_encoders_delay_is_taken_out(name):
    found, reader = read(clip(name, sound="noise"))
    wanted = next(resample([sound("noise", 2.0)], RATE, reader.rate, 2))
    assert reader.start == pytest.approx(0.0, abs=1e-3)
    assert lag(found, wanted) == 0


def test_a_late_track_says_when_it_starts():
    found, reader = read(clip("late.mp4", sound="noise", audio_start=0.5))
    # FFmpeg keeps the encoder's delay in sight when the track starts late.
    heard = reader.start + lag(found, sound("noise", 2.0)) / RATE
    assert heard == pytest.approx(0.5, abs=1e-3)


def with_timestamps(shifts):
    """A Matroska file of PCM packets of 100 ms each, shifted by some ms each."""
    path = place("gaps.mkv")
    samples = sound("noise", 0.1 * len(shifts), channels=1)
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for number, shift in enumerate(shifts):
            block = samples[number * 4410 : (number + 1) * 4410]
            frame = av.AudioFrame.from_ndarray(
                np.rint(block.T * 32768).astype(np.int16), format="s16", layout="mono"
            )
            frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
            frame.pts = number * 4410 + round(shift * RATE / 1000)
            container.mux(stream.encode(frame))
    return path, np.rint(samples * 32768).astype(np.float32) / 32768


def test_a_gap_becomes_silence():
    path, samples = with_timestamps([0, 0, 200, 200])
    found, _ = read(path)
    assert len(found) == len(samples) + 8820
    np.testing.assert_array_equal(found[:8820], samples[:8820])
    assert not found[8820:17640].any()
    np.testing.assert_array_equal(found[17640:], samples[8820:])


def test_an_overlap_is_cut():
    path, samples = with_timestamps([0, 0, -50, -50])
    found, _ = read(path)
    assert len(found) == len(samples) - 2205


def test_jitter_is_not_believed():
    path, samples = with_timestamps([0, 3, -4, 8, 0, 2])
    found, _ = read(path)
    np.testing.assert_array_equal(found, samples)


def test_damage_in_the_middle_keeps_the_time_of_the_rest():
    path = clip("whole.mkv", sound="noise", seconds=4.0, video=None)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    damaged = place("damaged.mkv")
    damaged.write_bytes(data)
    found, _ = read(damaged)
    wanted, _ = read(path)
    late = slice(3 * RATE, round(3.9 * RATE))
    assert abs(lag(found[late], wanted[late])) <= round(0.016 * RATE)


def test_what_is_left_of_a_truncated_file_is_read():
    found, _ = read(truncated(clip("cut.mkv", seconds=4.0, video=None)))
    assert 1.5 * RATE < len(found) < 2.5 * RATE


def test_refuses_what_does_not_decode():
    with pytest.raises(MediaError, match="cannot be read"):
        SoundReader(text())


@pytest.mark.parametrize("source", [8000, 22_050, 44_100, 48_000, 96_000])
def test_resampling_keeps_length_and_place(source):
    rng = np.random.default_rng(1)
    time = np.arange(source * 2 + 17) / source
    samples = np.sin(2 * np.pi * 440 * time)[:, None].astype(np.float32)
    cuts = np.sort(rng.integers(0, len(samples), 20))
    found = np.concatenate(list(resample(np.split(samples, cuts), source, 48_000, 1)))
    assert len(found) == round(len(samples) * 48_000 / source)
    wanted = np.sin(2 * np.pi * 440 * np.arange(len(found)) / 48_000)
    inner = slice(4800, -4800)
    np.testing.assert_allclose(found[inner, 0], wanted[inner], atol=2e-4)


def test_sound_is_placed_on_a_timeline():
    block = np.ones((100, 1), np.float32)

    def lay(at, samples):
        return np.concatenate(list(placed([block], at, samples, 1)))[:, 0]

    np.testing.assert_array_equal(lay(50, 200), np.repeat([0, 1, 0], [50, 100, 50]))
    np.testing.assert_array_equal(lay(-30, 100), np.repeat([1, 0], [70, 30]))
    np.testing.assert_array_equal(lay(0, 60), np.ones(60))
    np.testing.assert_array_equal(lay(80, 60), np.zeros(60))


def test_blocks_are_cut_anew():
    rng = np.random.default_rng(2)
    samples = rng.normal(size=(1000, 2)).astype(np.float32)
    blocks = list(in_blocks(np.split(samples, [3, 3, 500, 777]), 64))
    assert {len(block) for block in blocks[:-1]} == {64}
    np.testing.assert_array_equal(np.concatenate(blocks), samples)


def test_surround_mixes_down_without_clipping():
    loud = to_stereo(np.ones((4, 6), np.float32), "5.1")
    assert loud.shape == (4, 2)
    np.testing.assert_allclose(loud, 1.0, atol=1e-6)
    centre = to_stereo(np.eye(6, dtype=np.float32)[2:3], "5.1")
    assert centre[0, 0] == centre[0, 1] > 0
