"""DeepFilterNet3: a network that keeps speech at 48 kHz and drops all else.

Source: H. Schröter et al., "DeepFilterNet: perceptually motivated real-time speech enhancement",
Interspeech 2023, and the constants of its reference implementation (libDF).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from .networks import session

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DeepFilterNet"]

SIZE, HOP = 960, 480
BANDS = 32
NARROWEST = 2
"""A band has at least this many bins."""
LOW_BINS = 96
"""Up to 4.8 kHz the network sees the complex spectrum too, and filters it over time."""
ORDER = 5
"""Frames that such a filter spans."""
LOOKAHEAD = 2
"""A frame's gains come out with the frame this many later."""
DECAY = 0.99
"""The features are normalised by running means with a time constant of 1 s, 100 frames."""
NOT_SPEECH = -10.0
"""Frames whose speech the network judges weaker than this, dB, are silenced."""

# The Vorbis window: its squares, half a frame apart, add up to 1.
WINDOW = np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(SIZE) + 0.5) / SIZE) ** 2).astype(np.float32)


def band_widths(rate: int) -> NDArray[np.intp]:
    """Return the bins of each band: equal steps on the ERB scale of Glasberg and Moore (1990).

    >>> band_widths(48_000).sum()
    np.int64(481)
    """
    quality, narrow = 9.265, 24.7
    highest = quality * np.log1p(rate / 2 / (narrow * quality))
    steps = np.arange(1, BANDS + 1) * highest / BANDS
    edges = np.rint(narrow * quality * np.expm1(steps / quality) * SIZE / rate).astype(int)
    widths, reached, borrowed = [], 0, 0
    for edge in edges:
        width = max(NARROWEST, edge - reached - borrowed)
        borrowed += width - (edge - reached)
        widths.append(width)
        reached = edge
    widths[-1] += SIZE // 2 + 1 - sum(widths)
    return np.array(widths)


class DeepFilterNet:
    """A network for full-band speech, stricter on music than DTLN.

    >>> DeepFilterNet().speech(np.zeros(4_800, np.float32)).shape
    (4800,)
    """

    RATE = 48_000

    def __init__(self) -> None:
        self._session = session("deepfilternet", 1)
        self._widths = band_widths(self.RATE)
        # A run's buffers are 90 MB.
        self._turn = threading.Lock()

    def speech(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the speech in a sound, sample-aligned, shape (samples,) at RATE."""
        tail = HOP + -len(sound) % HOP + LOOKAHEAD * HOP
        padded = np.pad(sound, (HOP, tail))
        frames = np.lib.stride_tricks.sliding_window_view(padded, SIZE)[::HOP]
        spectra = np.fft.rfft(frames * WINDOW, norm="forward").astype(np.complex64, copy=False)
        features = {
            "enc/feat_erb": self._band_features(spectra)[None, None],
            "enc/feat_spec": _spectral_features(spectra)[None],
        }
        with self._turn:
            gains, taps, ratio = self._session.run(
                ["erb_dec/m", "df_dec/coefs", "enc/lsnr"], features
            )
        # Now the frame that a gain is for, and the gain, have the same index.
        gains, taps = gains[0, 0, LOOKAHEAD:], taps[0, LOOKAHEAD:]
        filtered = _filtered(spectra, taps)
        spectra = spectra[:-LOOKAHEAD] * np.repeat(gains, self._widths, axis=1)
        spectra[:, :LOW_BINS] = filtered
        spectra *= ratio[0, LOOKAHEAD:] > NOT_SPEECH
        halves = (np.fft.irfft(spectra, norm="forward") * WINDOW).reshape(len(spectra), 2, HOP)
        # The second half of a frame lies on the first half of the next.
        speech = (halves[:-1, 1] + halves[1:, 0]).reshape(-1)[: len(sound)]
        return speech.astype(np.float32, copy=False)

    def _band_features(self, spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
        power = spectra.real**2 + spectra.imag**2
        starts = np.cumsum(self._widths) - self._widths
        level = 10 * np.log10(np.add.reduceat(power, starts, axis=1) / self._widths + 1e-10)
        return ((level - _running_mean(level)) / 40).astype(np.float32)


def _spectral_features(spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
    low = spectra[:, :LOW_BINS]
    low = low / np.sqrt(_running_mean(np.abs(low)) + 1e-10)
    return np.stack([low.real, low.imag]).astype(np.float32)


def _filtered(spectra: NDArray[np.complex64], taps: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Filter each low bin over its neighbours in time, two frames back and two ahead."""
    low = np.pad(spectra[:, :LOW_BINS], ((ORDER // 2, 0), (0, 0)))
    near = np.lib.stride_tricks.sliding_window_view(low, ORDER, axis=0)
    complex_taps = taps.reshape(*taps.shape[:2], ORDER, 2).view(np.complex64)[..., 0]
    filtered: NDArray[np.complex64] = np.einsum("fbo,fbo->fb", near, complex_taps)
    return filtered


def _running_mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the decaying mean of each column, which starts at the mean of the first second."""
    means = np.empty_like(values)
    mean = values[: round(1 / (1 - DECAY))].mean(axis=0)
    for index, row in enumerate(values):
        mean = DECAY * mean + (1 - DECAY) * row
        means[index] = mean
    return means
