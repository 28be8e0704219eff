"""What a separation must do, on real sound."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from cogwidgets.engine.media import separate, stft
from cogwidgets.engine.media.networks import MODELS, Dtln, Spleeter
from cogwidgets.engine.media.separate import RATE, STEP, Separator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cogwidgets.engine.media.separate import Sound

MEDIA = Path(__file__).parents[2] / "media"
PAUSE_GUARD = RATE // 10


def stem(name: str) -> Sound:
    with av.open(MEDIA / f"vlog.{name}.flac") as container:
        resampler = av.AudioResampler("fltp", "stereo", RATE)
        frames = [
            out.to_ndarray()
            for frame in [*container.decode(audio=0), None]
            for out in resampler.resample(frame)
        ]
    return np.concatenate(frames, axis=1).T.astype(np.float32)


@pytest.fixture(scope="module")
def speech() -> Sound:
    return stem("speech")


@pytest.fixture(scope="module")
def music(speech: Sound) -> Sound:
    sound = stem("music")[: len(speech)]
    return np.float32(rms(speech[active(speech)]) / rms(sound)) * sound


@pytest.fixture(scope="module", params=["light", "normal", "strong"])
def separator(request: pytest.FixtureRequest) -> Separator:
    return Separator(request.param)


@pytest.fixture(scope="module")
def normal() -> Separator:
    return Separator("normal")


@pytest.fixture(scope="module")
def separated(normal: Separator, speech: Sound, music: Sound) -> Sound:
    return normal.separate(speech + music)


@pytest.fixture(scope="module")
def mixture(speech: Sound, music: Sound) -> Sound:
    """Some seconds of both, across two borders of stretches."""
    return (speech + music)[: 2 * STEP + RATE]


@pytest.fixture(scope="module")
def unmixed(normal: Separator, mixture: Sound) -> Sound:
    return normal.separate(mixture)


def rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def decibels(ratio: float) -> float:
    return float(20 * np.log10(max(ratio, 1e-9)))


def active(sound: Sound) -> np.ndarray:
    """Mark the samples within 0.1 s of any sound."""
    loud = (np.abs(sound).max(axis=1) > 10 ** (-50 / 20)).astype(np.float32)
    return np.convolve(loud, np.ones(2 * PAUSE_GUARD + 1, np.float32), "same") > 0.5


def si_sdr(estimate: Sound, reference: Sound) -> float:
    e, r = (x.mean(axis=1, dtype=np.float64) for x in (estimate, reference))
    e, r = e - e.mean(), r - r.mean()
    target = (e @ r) / (r @ r) * r
    return float(10 * np.log10((target @ target) / max((e - target) @ (e - target), 1e-20)))


def lag(estimate: Sound, reference: Sound) -> int:
    e, r = (x.mean(axis=1) for x in (estimate, reference))
    size = 2 * len(e)
    correlation = np.fft.irfft(np.fft.rfft(e, size) * np.fft.rfft(r, size).conj())
    peak = int(correlation.argmax())
    return peak if peak < len(e) else peak - size


def sine(seconds: float, frequency: float, *, amplitude: float = 0.2) -> Sound:
    t = np.arange(round(seconds * RATE)) / RATE
    return np.repeat(amplitude * np.sin(2 * np.pi * frequency * t)[:, None], 2, 1).astype("f4")


def in_blocks(sound: Sound, *sizes: int) -> Iterator[Sound]:
    at, turn = 0, 0
    while at < len(sound):
        size = sizes[turn % len(sizes)]
        yield sound[at : at + size]
        at, turn = at + size, turn + 1


# What is taken out, and what stays


def test_music_goes_and_speech_stays(separated: Sound, speech: Sound, music: Sound) -> None:
    gain = si_sdr(separated, speech) - si_sdr(speech + music, speech)
    assert gain >= 8


def test_pauses_become_quiet(separated: Sound, speech: Sound, music: Sound) -> None:
    pause = ~active(speech)
    assert pause.mean() > 0.05
    assert decibels(rms((speech + music)[pause]) / rms(separated[pause])) >= 35


def test_speech_keeps_its_level(separated: Sound, speech: Sound) -> None:
    y, s = separated.mean(1), speech.mean(1)
    assert abs(decibels(float(y @ s) / float(s @ s))) <= 1


def test_output_is_sample_aligned(separator: Separator, speech: Sound, music: Sound) -> None:
    sound = (speech + music)[: 8 * RATE]
    out = separator.separate(sound)
    assert out.shape == sound.shape
    assert out.dtype == np.float32
    assert lag(out, speech[: 8 * RATE]) == 0


def test_speech_without_music_is_unharmed(separator: Separator, speech: Sound) -> None:
    speech = speech[: 2 * STEP + RATE]
    assert si_sdr(separator.separate(speech), speech) >= 30


def test_speech_with_room_noise_is_unharmed(normal: Separator, speech: Sound) -> None:
    noise = np.random.default_rng(0).standard_normal(speech.shape).astype("f4")
    noisy = speech + noise * np.float32(rms(speech) * 10 ** (-45 / 20))
    assert si_sdr(normal.separate(noisy), noisy) >= 30


@pytest.mark.parametrize("strength", ["normal", "strong"])
def test_music_without_speech_is_nearly_silenced(strength: separate.Strength, music: Sound) -> None:
    assert decibels(rms(Separator(strength).separate(music)) / rms(music)) <= -40


def test_music_is_found_from_where_it_begins(
    normal: Separator, speech: Sound, music: Sound
) -> None:
    begin = 9 * RATE
    gate = (np.arange(len(speech)) >= begin)[:, None]
    mixture = (speech + gate * music).astype(np.float32)
    out = normal.separate(mixture)
    before, after = slice(0, begin - 4 * RATE), slice(begin, None)
    np.testing.assert_allclose(out[before], mixture[before], atol=1e-6)
    gain = si_sdr(out[after], speech[after]) - si_sdr(mixture[after], speech[after])
    assert gain >= 6


def test_stereo_stays_stereo(normal: Separator, speech: Sound, music: Sound) -> None:
    panned = speech[: 8 * RATE] * np.array([1, 0.25], np.float32)
    out = normal.separate(panned + music[: 8 * RATE])
    left, right = (float(out[:, c] @ panned[:, c]) for c in (0, 1))
    balance = decibels(right / left * rms(panned[:, 0]) ** 2 / rms(panned[:, 1]) ** 2)
    assert abs(balance) <= 3
    assert decibels(rms(out[:, 0]) / rms(out[:, 1])) >= 6


def test_mono_is_separated_like_stereo(normal: Separator, speech: Sound, music: Sound) -> None:
    mono = (speech + music)[: 8 * RATE].mean(1, keepdims=True)
    out = normal.separate(mono)
    assert out.shape == mono.shape
    both = normal.separate(np.repeat(mono, 2, axis=1))
    assert si_sdr(out, both) >= 40


def test_the_band_above_8_khz_is_what_the_first_network_kept(
    normal: Separator, speech: Sound, music: Sound
) -> None:
    # Played 1.5 times as fast, the voice reaches to 10 kHz.
    at = np.arange(0, len(speech) - 1, 1.5)
    fast = np.stack([np.interp(at, np.arange(len(speech)), c) for c in speech.T], 1).astype("f4")
    mixture = fast + np.float32(0.3) * music[: len(fast)]

    def high(sound: Sound) -> float:
        hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
        return rms(np.fft.rfft(sound.mean(1))[hertz > 8_200].view(np.float64))

    light = Separator("light").separate(mixture)
    assert decibels(high(light) / high(fast)) >= -20
    assert decibels(high(normal.separate(mixture)) / high(light)) >= -6


# Stretches and their borders


def test_a_sine_crosses_the_borders_without_a_click(separator: Separator) -> None:
    sound = sine(3.2 * STEP / RATE, 440)
    out = separator.separate(sound).mean(1)
    # A click is energy far from the tone: more than 1 kHz away it must stay 60 dB below it.
    # The tone's own start and end are clicks.
    out = out[RATE // 2 : -RATE // 2]
    frames = np.lib.stride_tricks.sliding_window_view(out, 1024)[::256] * np.hanning(1024)
    spectra = np.abs(np.fft.rfft(frames)) ** 2
    far = spectra[:, round(1_500 / RATE * 1024) :].sum(1)
    near = (np.abs(np.fft.rfft(sound[:1024, 0] * np.hanning(1024))) ** 2).sum()
    assert 10 * np.log10(far.max() / near) <= -60


@pytest.mark.parametrize("sizes", [(1, 0, 977), (4_096,), (STEP + 1, 3), (10_000_000,)])
def test_block_sizes_do_not_matter(
    normal: Separator, mixture: Sound, unmixed: Sound, sizes: tuple[int, ...]
) -> None:
    blocks = list(normal.stream(in_blocks(mixture, *sizes)))
    np.testing.assert_allclose(np.concatenate(blocks), unmixed, atol=1e-5)


def test_single_samples_may_come_one_by_one(normal: Separator, speech: Sound) -> None:
    sound = speech[:3_000]
    out = np.concatenate(list(normal.stream(in_blocks(sound, 1))))
    np.testing.assert_allclose(out, normal.separate(sound), atol=1e-6)


@pytest.mark.parametrize("samples", [1, 100, 4_095, STEP - 1, STEP, STEP + 1, STEP + separate.FADE])
def test_every_length_keeps_its_length(samples: int, speech: Sound, music: Sound) -> None:
    sound = (speech + music)[:samples]
    assert Separator("light").separate(sound).shape == sound.shape


def test_work_is_done_stretch_by_stretch(normal: Separator, speech: Sound) -> None:
    taken = 0

    def endless() -> Iterator[Sound]:
        nonlocal taken
        while True:
            taken += RATE
            yield speech[:RATE]

    stream = normal.stream(endless())
    next(stream)
    assert taken <= 4 * separate.LENGTH
    stream.close()


# Odd input


def test_no_samples_give_no_samples(normal: Separator) -> None:
    assert list(normal.stream([])) == []
    assert normal.separate(np.zeros((0, 2), np.float32)).shape == (0, 2)


def test_silence_stays_silence(separator: Separator) -> None:
    silence = np.zeros((12 * RATE, 2), np.float32)
    np.testing.assert_array_equal(separator.separate(silence), silence)


def test_broken_samples_count_as_silence(normal: Separator, speech: Sound) -> None:
    sound = speech[: 6 * RATE].copy()
    repaired = sound.copy()
    broken = [(1_000, np.nan), (2_000, np.inf), (3_000, -np.inf)]
    for at, value in broken:
        sound[at], repaired[at] = value, 0
    out = normal.separate(sound)
    assert np.isfinite(out).all()
    np.testing.assert_array_equal(out, normal.separate(repaired))


@pytest.mark.parametrize("level", [-50, -30, 6])
def test_quiet_and_loud_recordings_are_separated_alike(
    normal: Separator, mixture: Sound, unmixed: Sound, level: float
) -> None:
    gain = np.float32(10 ** (level / 20))
    assert si_sdr(normal.separate(gain * mixture), unmixed) >= 30


@pytest.mark.parametrize("shape", [(10,), (10, 3), (2, 10, 1)])
def test_other_shapes_are_refused(normal: Separator, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        normal.separate(np.zeros(shape, np.float32))


def test_the_channels_may_not_change(normal: Separator) -> None:
    blocks = [np.zeros((10, 2), np.float32), np.zeros((10, 1), np.float32)]
    with pytest.raises(ValueError, match="changed"):
        list(normal.stream(blocks))


def test_an_unknown_strength_is_refused() -> None:
    with pytest.raises(ValueError, match="light, normal, strong"):
        Separator("brutal")  # type: ignore[arg-type]


# The parts


def test_transform_and_inverse_give_the_sound_back(speech: Sound) -> None:
    sound = np.ascontiguousarray(speech[RATE : RATE + stft.SIZE + 40 * stft.HOP].T)
    inner = slice(stft.SIZE - stft.HOP, -(stft.SIZE - stft.HOP))
    back = stft.synthesise(stft.analyse(sound))
    np.testing.assert_allclose(back[:, inner], sound[:, inner], atol=1e-5)


def test_the_networks_forget_what_went_before(speech: Sound) -> None:
    dtln = Dtln()
    sound = np.ascontiguousarray(speech[: 2 * 16_000, 0][None])
    first = dtln.speech(sound)
    np.testing.assert_array_equal(dtln.speech(sound), first)
    np.testing.assert_allclose(dtln.speech(np.repeat(sound, 2, 0))[1:], first, atol=1e-5)


def test_spleeter_takes_a_multiple_of_64_frames() -> None:
    magnitude = np.ones((1, 2 * Spleeter.FRAMES, Spleeter.BINS), np.float32)
    mask = Spleeter(1).mask(magnitude)
    assert mask.shape == magnitude.shape
    assert 0 <= mask.min() <= mask.max() <= 1


def test_the_models_are_the_converted_ones() -> None:
    lines = (MODELS / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}
    assert sums.keys() == {path.name for path in MODELS.glob("*.onnx")}
    licences = (MODELS / "LICENSES.md").read_text()
    for name, digest in sums.items():
        assert hashlib.sha256((MODELS / name).read_bytes()).hexdigest() == digest
        assert name in licences


LONG_STREAM = """
import pathlib, re, resource
import numpy as np
from cogwidgets.engine.media.separate import RATE, Separator

def peak():
    # On Linux ru_maxrss outlives exec: it would tell of the process that started this one.
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

rng = np.random.default_rng(0)
block = 0.1 * rng.standard_normal((RATE, 2)).astype("f4")
separator = Separator("normal")
total = 0
for index, out in enumerate(separator.stream(block for _ in range({seconds}))):
    total += len(out)
    if index == 12:
        early = peak()
print(total, early, peak())
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_length() -> None:
    script = LONG_STREAM.format(seconds=240)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    total, early, late = (float(word) for word in run.stdout.split())
    assert total == 240 * RATE
    assert late - early <= 20
    assert late <= 480
