"""Short-time Fourier transform in single precision: sound to spectra and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HOP", "SIZE", "analyse", "hann", "synthesise"]

SIZE = 4096
"""Samples a frame."""
HOP = 1024
"""Samples from one frame to the next: a quarter of a frame."""


def hann(size: int) -> NDArray[np.float32]:
    """Return the periodic Hann window.

    >>> hann(4)
    array([0. , 0.5, 1. , 0.5], dtype=float32)
    """
    turn = np.linspace(0, 2 * np.pi, size, endpoint=False)
    window: NDArray[np.float32] = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)
    return window


WINDOW = hann(SIZE)
# With its default norm numpy's rfft computes float32 in double precision, at four times the cost;
# with this norm it divides by SIZE, which is made good here.
ANALYSIS_WINDOW = WINDOW * np.float32(SIZE)
# The squares of four Hann windows, each a quarter later, add up to 1.5 everywhere.
SYNTHESIS_WINDOW = WINDOW / np.float32(1.5)


def analyse(sound: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Return the spectra of all frames that lie wholly inside a sound.

    Parameters
    ----------
    sound
        Shape (channels, SIZE + n * HOP).

    Returns
    -------
    Shape (channels, n + 1, SIZE // 2 + 1).

    >>> analyse(np.zeros((2, SIZE + 3 * HOP), np.float32)).shape
    (2, 4, 2049)
    """
    frames = np.lib.stride_tricks.sliding_window_view(sound, SIZE, axis=-1)[:, ::HOP]
    # numpy keeps single precision; its type hints do not know.
    return np.fft.rfft(frames * ANALYSIS_WINDOW, norm="forward").astype(np.complex64, copy=False)


def synthesise(spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Return the sound of spectra: the inverse of :func:`analyse`.

    The outer SIZE - HOP samples at both ends are covered by fewer than four frames and come out
    too quiet; all others are exact.

    Parameters
    ----------
    spectra
        Shape (channels, frames, SIZE // 2 + 1).

    Returns
    -------
    Shape (channels, SIZE + (frames - 1) * HOP).

    >>> synthesise(np.zeros((1, 4, 2049), np.complex64)).shape
    (1, 7168)
    """
    channels, count, _ = spectra.shape
    frames = np.fft.irfft(spectra, SIZE)
    frames *= SYNTHESIS_WINDOW
    hops = frames.reshape(channels, count, SIZE // HOP, HOP)
    sound = np.zeros((channels, count + SIZE // HOP - 1, HOP), np.float32)
    for quarter in range(SIZE // HOP):
        sound[:, quarter : quarter + count] += hops[:, :, quarter]
    return sound.reshape(channels, -1)
