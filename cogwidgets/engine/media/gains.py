"""Rules that turn what the networks heard into gains: how much of the sound to keep, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .stft import SIZE, hann

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["duck", "extend", "music_presence", "resemblance"]

BACKGROUND = (-38.0, -32.0)
"""A background this far below the sound's mean level, dB: no music, surely music."""
PRESENCE_SHARE = 60
"""Music is background of that level in this share of the frames, percent."""
PRESENCE_FRAMES = 129
"""Frames (3 s) over which the level of the background is judged."""
TINY = 1e-12

LEVEL_SIZE, LEVEL_HOP = 1024, 128
"""Frames for levels at 16 kHz: 64 ms, every 8 ms."""
DUCK_MARGIN = 3.0
"""Speech may be this much weaker in the strict estimates before the sound is ducked (10 dB)."""
DUCK_SLOPE = 4.0
"""Decibels taken away for each decibel that is missing beyond the margin."""


def extend(gain: NDArray[np.float32], known: int, bins: int, rate: int) -> NDArray[np.float32]:
    """Continue a gain above the band in which it is known.

    Above ``known`` bins each frame takes the mean over the highest 2 kHz of the known band: where
    an "s" is speech at 7 kHz, it is speech at 12 kHz.

    Parameters
    ----------
    gain
        Shape (channels, frames, at least ``known``).
    known
        Bins that are known.
    bins
        Bins wanted.
    rate
        Samples a second, which gives a bin its width.

    >>> extend(np.ones((1, 1, 1024), np.float32), 1024, 2049, 44_100).shape
    (1, 1, 2049)
    """
    band = round(2_000 / rate * SIZE)
    high = gain[..., known - band : known].mean(-1, keepdims=True)
    above = np.broadcast_to(high, (*gain.shape[:-1], bins - known))
    return np.concatenate([gain[..., :known], above], axis=-1)


def resemblance(
    estimate: NDArray[np.complex64], mixture: NDArray[np.complex64]
) -> NDArray[np.float32]:
    """Return the real gain, 0 to 1, that takes a mixture's spectra nearest to an estimate's.

    Source: H. Erdogan et al., "Phase-sensitive and recognition-boosted speech separation using
    deep recurrent neural networks", ICASSP 2015 (the truncated phase-sensitive mask).

    >>> resemblance(np.array([0.5 + 0j, -1j]), np.array([1 + 0j, 1j])).round(3).tolist()
    [0.5, 0.0]
    """
    along = (estimate * mixture.conj()).real
    power = mixture.real**2 + mixture.imag**2
    return np.clip(along / (power + TINY), 0, 1).astype(np.float32, copy=False)


def duck(
    estimates: list[NDArray[np.float32]],
    sound: NDArray[np.float32],
    at: NDArray[np.floating],
    *,
    hard: bool = False,
) -> NDArray[np.float32]:
    """Return the gain that brings a sound down wherever stricter estimates hear less speech.

    Parameters
    ----------
    estimates
        The strict estimates, shape (samples,) at 16 kHz.
    sound
        The sound to be ducked, shape (samples,) at 16 kHz.
    at
        Where the gain is wanted, in samples at 16 kHz.
    hard
        Believe the strictest estimate of each moment, not the mean of all: when only one of them
        loses a word, the mean keeps it.

    Returns
    -------
    0 to 1, the shape of ``at``.
    """
    levels = np.stack([_level(estimate, len(sound)) for estimate in estimates])
    speech = levels.min(axis=0) if hard else levels.mean(axis=0)
    gain = np.minimum(DUCK_MARGIN * speech / _level(sound, len(sound)), 1) ** DUCK_SLOPE
    ducked: NDArray[np.float32] = np.interp(at, LEVEL_HOP * np.arange(len(gain)), gain).astype("f4")
    return ducked


def _level(sound: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """Return the weighted RMS of frames centred at multiples of LEVEL_HOP, up to ``samples``."""
    sound = np.pad(sound[:samples], (LEVEL_SIZE // 2, LEVEL_SIZE + max(0, samples - len(sound))))
    power = np.lib.stride_tricks.sliding_window_view(sound**2, LEVEL_SIZE)[::LEVEL_HOP]
    weights = hann(LEVEL_SIZE) * np.float32(2 / LEVEL_SIZE)
    level: NDArray[np.float32] = np.sqrt(power @ weights) + np.float32(1e-7)
    return level


def music_presence(
    claimed: NDArray[np.float32], spectra: NDArray[np.complex64]
) -> NDArray[np.float32]:
    """Tell how sure it is that a frame has music under it.

    Speech that is mistaken for background comes in bursts; music is there most of the time. So the
    level of the background is what unclaimed sound reaches in most frames of 3 s, compared with the
    mean level of the whole stretch, and a finding holds for all of the 3 s.

    Parameters
    ----------
    claimed
        The share that is claimed as speech, shape (channels, frames, bins).
    spectra
        The same shape.

    Returns
    -------
    0 (leave it alone) to 1 (music), shape (frames,).
    """
    power = spectra.real**2 + spectra.imag**2
    total = power.sum(axis=(0, 2))
    left = ((1 - claimed) ** 2 * power).sum(axis=(0, 2))
    # Digital silence before and after the sound says nothing about it.
    (sounding,) = np.nonzero(total)
    first, end = sounding[0], sounding[-1] + 1
    half = PRESENCE_FRAMES // 2
    ends = (first + half, len(left) - end + half)
    around = _around(np.pad(left[first:end], ends, mode="symmetric"))
    reached = np.percentile(around, 100 - PRESENCE_SHARE, axis=1)
    background = 10 * np.log10(reached / total[first:end].mean() + TINY)
    low, high = BACKGROUND
    sure = np.clip((background - low) / (high - low), 0, 1)
    spread = _around(np.pad(sure, half)).max(axis=1)
    # A finding fades in and out over the time it was judged on.
    taper = hann(half)
    smooth = np.convolve(np.pad(spread, half // 2, mode="edge"), taper / taper.sum(), "valid")
    presence: NDArray[np.float32] = smooth[: len(left)].astype(np.float32)
    return presence


def _around(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.lib.stride_tricks.sliding_window_view(values, PRESENCE_FRAMES)
