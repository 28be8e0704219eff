"""Measure loudness and true peak as ITU-R BS.1770-4 does, in constant memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

from cogwidgets.engine.media.sound import Resampler

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cogwidgets.engine.media.sound import Sound

__all__ = ["RATE", "STEP", "LoudnessMeter", "PeakMeter", "gated_loudness"]

RATE = 48_000
STEP = RATE // 10  # samples between gating blocks: 400 ms long, overlapping by 75 %
_STEPS_A_BLOCK = 4
_ABSOLUTE_GATE = -70.0  # LUFS
_RELATIVE_GATE = -10.0  # LU
_OFFSET = -0.691  # dB, so that a full-scale 997 Hz sine in one channel reads -3.01 LUFS

# Annex 1, tables 1 and 2: the head's shelf, then the revised low-frequency B curve, at 48 kHz.
_SHELF = ([1.53512485958697, -2.69169618940638, 1.19839281085285],
          [1.0, -1.69065929318241, 0.73248077421585])  # fmt: skip
_HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
# The slowest pole has decayed by 170 dB after so many samples: the filter may as well be finite.
_TAPS = 4096
_FFT = 1 << 15
_BLOCK = _FFT - _TAPS

_OVERSAMPLING = 4  # Annex 2


def _k_response() -> NDArray[np.complex64]:
    """Return the K-weighting's frequency response for transforms of `_FFT` samples."""
    response = np.ones(_TAPS + 1, np.complex128)
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        response *= np.fft.rfft(numerator, 2 * _TAPS) / np.fft.rfft(denominator, 2 * _TAPS)
    impulse = np.fft.irfft(response)[:_TAPS]
    return np.fft.rfft(impulse, _FFT).astype(np.complex64)


def _weights(layout: str) -> NDArray[np.float32]:
    """Return the weight of each channel: surrounds 1.41, the low-frequency channel none."""
    behind = {"BL", "BR", "SL", "SR", "BC"}
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    weights = [0.0 if name == "LFE" else 1.41 if name in behind else 1.0 for name in names]
    return np.array(weights, np.float32)


def gated_loudness(energies: NDArray[np.float64]) -> float:
    """Return the integrated loudness in LUFS of weighted mean squares, one for each `STEP`.

    -inf for silence (BS.1770-4, Annex 1, the two gates).
    """
    if len(energies) < _STEPS_A_BLOCK:
        energies = np.pad(energies, (0, _STEPS_A_BLOCK - len(energies)))
    windows = np.lib.stride_tricks.sliding_window_view(energies, _STEPS_A_BLOCK)
    blocks = windows.mean(axis=1)
    kept = blocks[blocks > 10 ** ((_ABSOLUTE_GATE - _OFFSET) / 10)]
    if not len(kept):
        return -np.inf
    kept = kept[kept > kept.mean() * 10 ** (_RELATIVE_GATE / 10)]
    return float(_OFFSET + 10 * np.log10(kept.mean()))


class LoudnessMeter:
    """Measure the integrated loudness of 48 kHz sound given in blocks.

    >>> meter = LoudnessMeter("mono")
    >>> tone = np.sin(2 * np.pi * 997 / RATE * np.arange(5 * RATE, dtype=np.float32))
    >>> meter.push(tone[:, None])
    >>> round(meter.integrated(), 1)
    -3.0
    """

    def __init__(self, layout: str) -> None:
        self._weights = _weights(layout)
        self._response = _k_response()
        self._waiting = np.zeros((_TAPS, len(self._weights)), np.float32)
        self._energies: list[NDArray[np.float64]] = []
        self._weighted = np.zeros(0, np.float32)

    def push(self, block: Sound) -> None:
        """Take a block of (samples, channels)."""
        self._waiting = np.concatenate([self._waiting, block])
        while len(self._waiting) >= _FFT:
            self._filter(self._waiting[:_FFT])
            self._waiting = self._waiting[_BLOCK:]

    def _filter(self, block: Sound) -> None:
        """Weight a block whose first `_TAPS` samples have been weighted before."""
        # Only with this norm does numpy's rfft stay in single precision, at a quarter of the cost.
        spectrum = np.fft.rfft(np.ascontiguousarray(block.T), _FFT, norm="forward")
        filtered = np.fft.irfft(spectrum * self._response, _FFT, norm="forward")[
            :, _TAPS : len(block)
        ]
        squares = self._weights @ np.square(filtered)
        squares = np.concatenate([self._weighted, squares.astype(np.float32)])
        whole = len(squares) // STEP * STEP
        steps = squares[:whole].reshape(-1, STEP).mean(axis=1, dtype=np.float64)
        self._energies.append(steps)
        self._weighted = squares[whole:]

    def energies(self) -> NDArray[np.float64]:
        """Return the weighted mean square of each whole `STEP`; call it last."""
        if len(self._waiting) > _TAPS:
            self._filter(self._waiting)
            self._waiting = self._waiting[-_TAPS:]
        return np.concatenate([np.zeros(0), *self._energies])

    def integrated(self) -> float:
        """Return the integrated loudness in LUFS, -inf for silence; call it last."""
        return gated_loudness(self.energies())


class PeakMeter:
    """Measure the true peak, four times oversampled, of each `hop` samples of 48 kHz sound.

    >>> meter = PeakMeter(channels=1, hop=480)
    >>> meter.push(np.full((960, 1), 0.5, np.float32))
    >>> len(meter.peaks())
    2
    """

    def __init__(self, channels: int, hop: int) -> None:
        self._resampler = Resampler(RATE, RATE * _OVERSAMPLING, channels)
        self._hop = hop * _OVERSAMPLING
        self._rest = np.zeros((0, channels), np.float32)
        self._peaks: list[NDArray[np.float32]] = []

    def push(self, block: Sound) -> None:
        """Take a block of (samples, channels)."""
        self._take(self._resampler.push(np.ascontiguousarray(block)))

    def _take(self, oversampled: Sound) -> None:
        levels = np.abs(np.concatenate([self._rest, oversampled]))
        hops = len(levels) // self._hop
        self._rest = levels[hops * self._hop :]
        self._peaks.append(levels[: hops * self._hop].reshape(hops, -1).max(axis=1, initial=0.0))

    def peaks(self) -> NDArray[np.float32]:
        """Return the peak of each hop, 1.0 being full scale; call it last."""
        self._take(self._resampler.finish())
        if len(self._rest):
            self._peaks.append(self._rest.max(keepdims=True)[0])
        return np.concatenate([np.zeros(0, np.float32), *self._peaks])
