"""Lay music under speech: looped, faded, ducked, brought to one loudness, kept from clipping.

The sound streams by three times, once to learn where speech is and how loud, once to measure the
mixture, once to be written; what is kept of it is a few numbers for every 5 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cogwidgets.engine.media.loudness import STEP, LoudnessMeter, PeakMeter, gated_loudness
from cogwidgets.engine.media.sound import SoundReader, in_blocks, placed, resample, to_stereo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cogwidgets.engine.media.sound import Sound

__all__ = ["RATE", "Bed", "Mix", "Voice"]

RATE = 48_000
HOP = 240  # samples: 5 ms
_BLOCK = RATE  # a multiple of HOP

# The music lies this far below speech while nobody speaks, and falls further under speech.
_BELOW_SPEECH = -8.0  # LU
_DUCK = -12.0  # dB
# Speech is what comes within this of its own loud passages, softly between the two.
_SURELY, _HARDLY = -18.0, -34.0  # dB
_AHEAD, _HOLD, _EASE = 0.15, 0.35, 0.30  # s: duck before speech, stay for short pauses, glide
_CROSS_FADE = 2.0  # s, between the end of a loop and its beginning
# Under this there is no speech worth raising: the music alone makes the loudness.
_NO_SPEECH = -45.0  # LUFS

# AAC overshoots by up to a decibel: the peak is held that much below the -1 dBTP it must keep.
_CEILING = 10 ** (-2.2 / 20)
_LIMIT_REACH = 0.05  # s before and after a peak in which the limiter lets go


@dataclass(frozen=True)
class Voice:
    """Describe the sound that music goes under: `open` starts its 48 kHz blocks anew."""

    open: Callable[[], Iterator[Sound]]
    layout: str
    channels: int
    at: int = 0  # samples from the beginning of the timeline
    volume: float = 1.0


@dataclass(frozen=True)
class Bed:
    """Describe the music: times in seconds, loudness in LUFS."""

    path: Path
    start: float
    length: float
    skip: float = 0.0
    volume: float = 1.0
    loop: bool = True
    fade_in: float = 0.8
    fade_out: float = 2.0
    duck: bool = True
    loudness: float = -15.0


class Mix:
    """Mix music under a voice, or under silence when `voice` is None, over `samples` samples.

    `layout` is that of the voice, but at least a pair: music has two sides. `blocks()` yields the
    mixture and `loudness` is its integrated loudness; measuring is done when either is first asked.
    """

    def __init__(self, voice: Voice | None, bed: Bed, samples: int) -> None:
        self._voice, self._bed, self._samples = voice, bed, samples
        surround = voice is not None and voice.channels > 2  # noqa: PLR2004
        self.layout = voice.layout if voice is not None and surround else "stereo"
        self.channels = voice.channels if voice is not None and surround else 2
        self._duck: NDArray[np.float64] | None = None
        self._music_gain = 1.0
        self._final: NDArray[np.float64] | None = None
        self._loudness = -np.inf

    @property
    def loudness(self) -> float:
        """The integrated loudness of the mixture in LUFS, -inf when it is silent."""
        self._measure()
        return self._loudness

    def blocks(self) -> Iterator[Sound]:
        """Yield the mixture in blocks of (samples, channels)."""
        self._measure()
        for begin, block in self._mixed():
            yield block * _at_samples(self._final, begin, len(block))

    def _measure(self) -> None:
        if self._final is None:
            self._listen()
            self._level()

    def _voice_blocks(self) -> Iterator[Sound]:
        voice = self._voice
        if voice is None:
            yield from in_blocks(placed([], 0, self._samples, 2), _BLOCK)
            return
        blocks = placed(voice.open(), voice.at, self._samples, voice.channels)
        for block in in_blocks(blocks, _BLOCK):
            sides = to_stereo(block, voice.layout) if self.layout == "stereo" else block
            yield sides * np.float32(voice.volume)

    def _music_blocks(self) -> Iterator[Sound]:
        bed = self._bed
        begin, length = round(bed.start * RATE), round(bed.length * RATE)
        music = _faded(_played(bed), length, round(bed.fade_in * RATE), round(bed.fade_out * RATE))
        yield from in_blocks(placed(music, begin, self._samples, 2), _BLOCK)

    def _listen(self) -> None:
        """Learn how loud voice and music are, and from that the level of the music."""
        levels: list[NDArray[np.float64]] = []
        meter = LoudnessMeter(self.layout)
        for block in self._voice_blocks():
            meter.push(block)
            levels.append(_mean_squares(block))
        speech = meter.integrated()
        meter = LoudnessMeter("stereo")
        for block in self._music_blocks():
            meter.push(block)
        music = meter.integrated()
        spoken = speech > _NO_SPEECH
        wanted = speech + _BELOW_SPEECH if spoken else self._bed.loudness
        if np.isfinite(music):
            self._music_gain = 10 ** ((wanted - music) / 20) * self._bed.volume
        if spoken and self._bed.duck:
            self._duck = _ducking(np.concatenate(levels))

    def _mixed(self) -> Iterator[tuple[int, Sound]]:
        begin = 0
        for voice, music in zip(self._voice_blocks(), self._music_blocks(), strict=True):
            gain = self._music_gain * _at_samples(self._duck, begin, len(music))
            mixture = voice.copy()
            # In every layout the front pair comes first.
            mixture[:, :2] += music * gain
            yield begin, mixture
            begin += len(mixture)

    def _level(self) -> None:
        """Find the gain of the whole, limiter included, that brings it to its loudness."""
        meter = LoudnessMeter(self.layout)
        peak_meter = PeakMeter(self.channels, HOP)
        for _, block in self._mixed():
            meter.push(block)
            peak_meter.push(block)
        energies, peaks = meter.energies(), peak_meter.peaks().astype(np.float64)
        gain = 1.0
        curve = np.ones(len(peaks) + 1)
        self._loudness = gated_loudness(energies)
        # The limiter takes a little of the loudness; a few rounds settle it.
        for _ in range(8 if np.isfinite(self._loudness) else 0):
            gain *= 10 ** ((self._bed.loudness - self._loudness) / 20)
            curve = gain * _limiting(gain * peaks)
            steps = _step_means(np.square(curve), len(energies))
            self._loudness = gated_loudness(energies * steps)
        self._final = curve


def _played(bed: Bed) -> Iterator[Sound]:
    """Yield the music as stereo, again and again with cross-fades if it is to loop."""
    fade = round(_CROSS_FADE * RATE)
    skip = round(bed.skip * RATE)
    tail = np.zeros((0, 2), np.float32)
    while True:
        played = 0
        head = len(tail)
        pending = np.zeros((0, 2), np.float32)
        for block in _once(bed.path):
            kept, skip = block[skip:], max(0, skip - len(block))
            played += len(kept)
            pending = np.concatenate([pending, kept])
            if head and len(pending) >= head:
                rise = np.sin(np.linspace(0, np.pi / 2, head, dtype=np.float32))[:, None]
                pending[:head] = pending[:head] * rise + tail * rise[::-1]
                head = 0
            if not head and len(pending) > fade:
                yield pending[:-fade]
                pending = pending[-fade:]
        short = played < 2 * fade
        if not bed.loop or not played:
            yield pending
            return
        if short:
            # Too short to fade into itself: it follows itself.
            yield pending
            tail = tail[:0]
        else:
            tail = pending


def _once(path: Path) -> Iterator[Sound]:
    with SoundReader(path) as reader:
        for block in resample(reader, reader.rate, RATE, reader.channels):
            yield to_stereo(block, reader.layout)


def _faded(blocks: Iterator[Sound], length: int, fade_in: int, fade_out: int) -> Iterator[Sound]:
    """Cut a stream to `length` samples, fading in at its beginning and out at its end."""
    position = 0
    for block in blocks:
        kept = block[: length - position]
        index = np.arange(position, position + len(kept))
        gain = np.clip(
            np.minimum((index + 1) / max(fade_in, 1), (length - index) / max(fade_out, 1)), 0, 1
        )
        yield kept * np.square(np.sin(gain * np.pi / 2)).astype(np.float32)[:, None]
        position += len(kept)
        if position == length:
            return


def _mean_squares(block: Sound) -> NDArray[np.float64]:
    """Return the mean square of each hop; a last short one counts as if silence followed."""
    squares = np.square(block).mean(axis=1)
    squares = np.pad(squares, (0, -len(squares) % HOP))
    return squares.reshape(-1, HOP).mean(axis=1, dtype=np.float64)


def _reaching(values: NDArray[np.float64], before: int, after: int) -> NDArray[np.float64]:
    """Return the largest value from `before` hops before to `after` hops after each hop."""
    padded = np.pad(values, (before, after), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, before + after + 1)
    largest: NDArray[np.float64] = windows.max(axis=1)
    return largest


def _eased(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Return the mean over `reach` hops on both sides."""
    sums = np.cumsum(np.pad(values, (reach + 1, reach), mode="edge"))
    width = 2 * reach + 1
    means: NDArray[np.float64] = (sums[width:] - sums[:-width]) / width
    return means


def _hops(seconds: float) -> int:
    return round(seconds * RATE / HOP)


def _ducking(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the music's gain at each hop from the mean squares of the speech."""
    decibels = 10 * np.log10(np.maximum(_eased(levels, _hops(0.01)), 1e-12))
    loud = np.quantile(decibels[decibels > np.max(decibels) + _HARDLY], 0.8)
    speaking = np.clip((decibels - loud - _HARDLY) / (_SURELY - _HARDLY), 0, 1)
    # A window that reaches back in time holds on, one that reaches forward looks ahead.
    speaking = _reaching(speaking, before=_hops(_HOLD), after=_hops(_AHEAD + _EASE / 2))
    speaking = _eased(_eased(speaking, _hops(_EASE / 4)), _hops(_EASE / 4))
    gain: NDArray[np.float64] = np.power(10.0, _DUCK / 20 * speaking)
    return gain


def _limiting(peaks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a gain for each edge between hops that keeps every peak under the ceiling.

    The smallest gain needed in a neighbourhood, averaged over the same neighbourhood, is never
    more than what its middle needs: look-ahead without overshoot.
    """
    needed = np.minimum(1.0, _CEILING / np.maximum(peaks, 1e-9))
    reach = _hops(_LIMIT_REACH)
    gain = _eased(-_reaching(-needed, reach, reach), reach)
    return np.minimum(np.append(gain, gain[-1:]), np.append(gain[:1], gain))


def _step_means(edges: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Return the mean over each step of the loudness meter of values given at the hops."""
    hops = STEP // HOP
    means: NDArray[np.float64] = edges[: steps * hops].reshape(steps, hops).mean(axis=1)
    return means


def _at_samples(curve: NDArray[np.float64] | None, begin: int, samples: int) -> NDArray[np.float32]:
    """Return the gain of each sample, (samples, 1), from gains at the edges of hops."""
    if curve is None:
        return np.ones((1, 1), np.float32)
    places = np.arange(begin, begin + samples) / HOP
    first, last = begin // HOP, (begin + samples) // HOP + 2
    near = curve[first:last]
    gain = np.interp(places, np.arange(first, first + len(near)), near)
    return gain.astype(np.float32)[:, None]
