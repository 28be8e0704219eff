"""Take the music out of a sound and keep the speech.

The sound is cut into overlapping stretches of 6 s that know nothing of each other; each is
separated, and their borders are cross-faded. In a stretch the networks give their opinion:

1. Spleeter, at 44.1 kHz and in stereo, says how much of each time-frequency cell is voice.
2. DTLN, at 16 kHz and in mono, estimates the speech in the sound as it came. Turned into a gain as
   well, it is averaged with the first, and the mean is applied to the sound as it came: stereo,
   phase and the band above 8 kHz stay.
3. DTLN and DeepFilterNet3 estimate the speech in Spleeter's voice. These estimates are stricter:
   they drop singing and the tails of notes. Where they are much weaker than the result, the result
   is ducked, which makes the pauses quiet. ("strong" believes the stricter of the two; "light"
   leaves 2 and 3 out.)
4. Where what neither Spleeter nor DTLN claims as speech is far below the sound's level most of the
   time, there is no music, and the sound is passed on untouched.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import soxr

from . import gains, stft
from .deepfilter import DeepFilterNet
from .networks import Dtln, Spleeter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

__all__ = ["RATE", "Separator", "Strength"]

Strength = Literal["light", "normal", "strong"]
RATE = 44_100
"""Samples a second of all sound that goes in and comes out."""

FRAMES = 256
"""Frames of a full stretch."""
GUARD = 12 * stft.HOP
"""Samples at both ends of a stretch that give the networks context and are then dropped."""
FADE = 12 * stft.HOP
"""Samples over which neighbouring stretches are cross-faded."""
LENGTH = stft.SIZE + (FRAMES - 1) * stft.HOP
STEP = LENGTH - 2 * GUARD - FADE
"""Samples from one stretch to the next."""

FADE_IN = np.sin(np.linspace(0, np.pi / 2, FADE, dtype=np.float32))[:, None] ** 2

LEVEL = 10 ** (-25 / 20)
"""RMS at which the networks work best; each stretch is brought there and back again."""
LOUDEST_BOOST = 10 ** (40 / 20)
CEILING = 16.0
"""No recording is louder than this; what is, is broken, and would drown all else."""
VOICE_GAIN = 1.25
"""The mean of two cautious masks takes 1 to 2 dB from the speech: this gives it back."""
MAKE_UP = np.float32(10 ** (0.5 / 20))
"""All that is left under music loses 0.2 to 1.2 dB, by how loud the music is: half of the most."""


class Separator:
    """Keep the speech of a sound and take out the music.

    The networks are loaded once; a separator serves any number of streams, one at a time.

    Parameters
    ----------
    strength
        ``"light"`` trusts Spleeter alone: gentlest to the speech, but singing stays. ``"normal"``
        asks the speech networks too. ``"strong"`` ducks at the first doubt: less of a song can be
        recognised, and more of a weak voice is lost.
    threads
        Threads to compute with; all cores up to four when not given.

    Raises
    ------
    ValueError
        When the strength is none of the three.

    >>> Separator("light", threads=1).separate(np.zeros((3, 2), np.float32)).shape
    (3, 2)
    """

    def __init__(self, strength: Strength = "normal", *, threads: int | None = None) -> None:
        if strength not in get_args(Strength):
            choices = ", ".join(get_args(Strength))
            raise ValueError(f"strength is {strength!r}: use one of {choices}")
        threads = threads or min(4, os.cpu_count() or 1)
        # Two stretches side by side use two cores better than two threads in one network do.
        self._stretches_at_once = min(2, threads)
        with ThreadPoolExecutor() as pool:
            spleeter = pool.submit(Spleeter, max(1, threads // 2))
            dtln = pool.submit(Dtln)
            self._deepfilter = None if strength == "light" else DeepFilterNet()
        self._spleeter, self._dtln = spleeter.result(), dtln.result()
        self._strength = strength

    def __repr__(self) -> str:
        return f"<Separator {self._strength}>"

    def separate(self, sound: Sound) -> Sound:
        """Separate a whole sound: what :meth:`stream` yields for it, in one piece.

        Parameters
        ----------
        sound
            Shape (samples, channels), channels 1 or 2, at RATE.

        Returns
        -------
        The same shape.
        """
        return np.concatenate([sound[:0], *self.stream([sound])])

    def stream(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        """Separate a sound that comes block by block, in constant memory.

        Parameters
        ----------
        blocks
            Shape (samples, channels) each, channels 1 or 2, at RATE; any lengths. Samples that are
            not finite count as silence.

        Yields
        ------
        Blocks of at most 6 s with, in all, the same samples at the same places. The work is done
        while the caller asks for the next block.

        Raises
        ------
        ValueError
            When a block has another shape.
        """
        pool = ThreadPoolExecutor(self._stretches_at_once, thread_name_prefix="separate")
        try:
            tail: Sound | None = None
            for separated, wanted in self._ahead(pool, _stretches(blocks)):
                block, tail = _join(tail, separated, wanted)
                yield block
        finally:
            pool.shutdown(cancel_futures=True)

    def _ahead(
        self, pool: ThreadPoolExecutor, stretches: Iterator[tuple[Sound, int]]
    ) -> Iterator[tuple[Sound, int]]:
        """Separate stretches in order, as many at once as the separator may."""
        running: deque[tuple[Future[Sound], int]] = deque()
        for stretch, wanted in stretches:
            running.append((pool.submit(self._separate, stretch), wanted))
            if len(running) == self._stretches_at_once:
                future, answered = running.popleft()
                yield future.result(), answered
        for future, answered in running:
            yield future.result(), answered

    def _separate(self, stretch: Sound) -> Sound:
        """Separate one stretch, shape (channels, LENGTH or less)."""
        rms = float(np.sqrt(np.mean(stretch**2)))
        if rms == 0:
            return stretch
        scale = np.float32(min(LEVEL / rms, LOUDEST_BOOST))
        mixture = stft.analyse(stretch * scale)
        mask = self._spleeter.mask(np.abs(mixture[..., : Spleeter.BINS]))
        mask = gains.extend(mask, Spleeter.BINS, mixture.shape[-1], RATE)
        mono = stretch.mean(0) * scale
        claimed = self._claimed(mono, mixture)
        presence = gains.music_presence(np.maximum(mask, claimed), mixture)
        if not presence.any():
            return stretch
        if self._deepfilter is None:
            mixture *= mask
            speech = stft.synthesise(mixture)
        else:
            strict = self._strict_estimates(self._deepfilter, mixture, mask)
            mixture *= np.minimum((mask + claimed) * np.float32(VOICE_GAIN / 2), 1)
            speech = stft.synthesise(mixture)
            level = _resampled(speech.mean(0), RATE, Dtln.RATE)
            at = np.arange(len(mono)) * (Dtln.RATE / RATE)
            speech *= gains.duck(strict, level, at, hard=self._strength == "strong")
        # A frame's presence belongs to its middle.
        middles = stft.SIZE // 2 + stft.HOP * np.arange(len(presence))
        wet = np.interp(np.arange(stretch.shape[1]), middles, presence).astype(np.float32)
        return stretch + wet * (speech * (MAKE_UP / scale) - stretch)

    def _claimed(self, mono: Sound, mixture: NDArray[np.complex64]) -> NDArray[np.float32]:
        """Return what DTLN claims as speech, as a gain of shape (1, frames, bins)."""
        (heard,) = self._dtln.speech(_resampled(mono, RATE, Dtln.RATE)[None])
        wide = _resampled(heard, Dtln.RATE, RATE)
        wide = np.pad(wide, (0, max(0, len(mono) - len(wide))))[: len(mono)]
        gain = gains.resemblance(stft.analyse(wide[None]), mixture.mean(0, keepdims=True))
        # The resampler's filter begins below 8 kHz.
        known = round(7_200 / RATE * stft.SIZE)
        return gains.extend(gain, known, mixture.shape[-1], RATE)

    def _strict_estimates(
        self,
        deepfilter: DeepFilterNet,
        mixture: NDArray[np.complex64],
        mask: NDArray[np.float32],
    ) -> list[Sound]:
        """Return what the speech networks leave of Spleeter's voice, shape (samples,) at 16 kHz."""
        voice = stft.synthesise(np.einsum("cfb,cfb->fb", mask, mixture)[None])[0] / len(mixture)
        narrow = self._dtln.speech(_resampled(voice, RATE, Dtln.RATE)[None])[0]
        wide = deepfilter.speech(_resampled(voice, RATE, DeepFilterNet.RATE))
        return [narrow, _resampled(wide, DeepFilterNet.RATE, Dtln.RATE)]


def _resampled(sound: Sound, rate: int, wanted: int) -> Sound:
    return soxr.resample(sound, rate, wanted)  # type: ignore[no-any-return]


def _stretches(blocks: Iterable[Sound]) -> Iterator[tuple[Sound, int]]:
    """Cut a stream into stretches, shape (channels, samples), each with the samples it answers for.

    These begin GUARD after the stretch's start. A full stretch answers for STEP + FADE samples, of
    which the last FADE are also the next one's first; the last stretch answers for fewer.
    """
    pieces: list[Sound] = []
    held = 0
    for piece in _between_silences(blocks):
        pieces.append(piece)
        held += len(piece)
        if held >= LENGTH:
            sound = np.concatenate(pieces)
            yield np.ascontiguousarray(sound[:LENGTH].T), STEP + FADE
            pieces = [sound[STEP:]]
            held -= STEP
    if held:
        frames = -(-(held - stft.SIZE) // stft.HOP) + 1
        frames += -frames % Spleeter.FRAMES
        length = stft.SIZE + (frames - 1) * stft.HOP
        sound = np.concatenate(pieces)
        yield np.pad(sound.T, ((0, 0), (0, length - held))), held - 2 * GUARD


def _between_silences(blocks: Iterable[Sound]) -> Iterator[Sound]:
    """Yield the checked blocks in pieces of at most STEP, with GUARD samples before and after."""
    channels = 0
    for block in blocks:
        if block.ndim != 2 or block.shape[1] not in (1, 2):  # noqa: PLR2004
            raise ValueError(f"a block has shape {block.shape}: give (samples, 1 or 2 channels)")
        for start in range(0, len(block), STEP):
            if channels == 0:
                channels = block.shape[1]
                yield np.zeros((GUARD, channels), np.float32)
            elif block.shape[1] != channels:
                raise ValueError(f"the channels changed from {channels} to {block.shape[1]}")
            finite = np.nan_to_num(block[start : start + STEP], nan=0, posinf=0, neginf=0)
            yield np.clip(finite, -CEILING, CEILING, dtype=np.float32)
    if channels:
        yield np.zeros((GUARD, channels), np.float32)


def _join(tail: Sound | None, separated: Sound, wanted: int) -> tuple[Sound, Sound | None]:
    """Return what a stretch adds to the output, shape (samples, channels), and its own tail."""
    sound = separated[:, GUARD : GUARD + wanted].T
    if tail is not None:
        head = sound[:FADE]
        sound = np.concatenate([tail + FADE_IN * (head - tail), sound[FADE:]])
    if wanted < STEP + FADE:
        return sound, None
    return sound[:STEP], sound[STEP:]
