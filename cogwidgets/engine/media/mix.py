"""Lay music under speech: looped, faded, ducked, brought to one loudness, kept from clipping.

The sound streams by three times, once to learn where speech is and how loud, once to measure the
mixture, once to be written; what is kept of it is a few numbers for every 5 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cogwidgets.engine.media.beds import Bed
from cogwidgets.engine.media.channels import Fifo
from cogwidgets.engine.media.loudness import STEP, LoudnessMeter, PeakMeter, gated_loudness
from cogwidgets.engine.media.sound import SoundReader, in_blocks, placed, resample, to_stereo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
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
_AHEAD, _HOLD, _EASE = 0.15, 0.30, 0.50  # s: duck before speech, stay for short pauses, glide
_CROSS_FADE = 2.0  # s, between the end of a loop and its beginning
_SHORT = 60.0  # s, music that is kept in memory: 23 MB at most
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


class Mix:
    """Mix pieces of music under a voice, or under silence when `voice` is None.

    `samples` is the length of the mixture, `target` its loudness in LUFS, by default what the
    music asks for. Without either peaks are kept from clipping where `limited`, and else the
    mixture is only summed, not measured. `layout` is that of the voice, but at least a pair where
    there is music, which has two sides. `blocks()` yields the mixture and `loudness` is its
    integrated loudness; measuring is done when either is first asked.
    """

    def __init__(
        self,
        voice: Voice | None,
        beds: Sequence[Bed],
        samples: int,
        target: float | None = None,
        *,
        limited: bool = False,
    ) -> None:
        self._voice, self._beds, self._samples = voice, beds, samples
        self._tracks = [_Track(bed.path) for bed in beds]
        self._target = beds[0].loudness if target is None and beds else target
        surround = voice is not None and (voice.channels > 2 or not beds)  # noqa: PLR2004
        self.layout = voice.layout if voice is not None and surround else "stereo"
        self.channels = voice.channels if voice is not None and surround else 2
        self._duck: NDArray[np.float64] | None = None
        self._gains: list[float] = []
        self._measured = limited or self._target is not None
        self._final: NDArray[np.float64] | None = None
        self._loudness = -np.inf

    @property
    def loudness(self) -> float:
        """The integrated loudness of the mixture in LUFS; -inf when silent or not measured."""
        self._measure()
        return self._loudness

    def blocks(self) -> Iterator[Sound]:
        """Yield the mixture in blocks of (samples, channels)."""
        self._measure()
        for begin, block in self._mixed():
            yield block * _at_samples(self._final, begin, len(block))

    def _measure(self) -> None:
        if self._measured and self._final is None:
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

    def _music_blocks(self, track: _Track, bed: Bed) -> Iterator[Sound]:
        begin, length = round(bed.start * RATE), round(bed.length * RATE)
        played = _played(track, round(bed.skip * RATE), loop=bed.loop)
        music = _faded(played, length, round(bed.fade_in * RATE), round(bed.fade_out * RATE))
        yield from in_blocks(placed(music, begin, self._samples, 2), _BLOCK)

    def _listen(self) -> None:
        """Learn how loud voice and music are, and from that the level of each piece of music."""
        if not self._beds:
            return
        levels: list[NDArray[np.float64]] = []
        meter = LoudnessMeter(self.layout)
        for block in self._voice_blocks():
            meter.push(block)
            levels.append(_mean_squares(block))
        speech = meter.integrated()
        spoken = speech > _NO_SPEECH
        for track, bed in zip(self._tracks, self._beds, strict=True):
            music = _heard(track, bed)
            wanted = speech + _BELOW_SPEECH if spoken else bed.loudness
            gain = 10 ** ((wanted - music) / 20) if np.isfinite(music) else 1.0
            self._gains.append(gain * bed.volume)
        if spoken and any(bed.duck for bed in self._beds):
            self._duck = _ducking(np.concatenate(levels))

    def _mixed(self) -> Iterator[tuple[int, Sound]]:
        music = [self._music_blocks(*pair) for pair in zip(self._tracks, self._beds, strict=True)]
        begin = 0
        for voice, *pieces in zip(self._voice_blocks(), *music, strict=True):
            mixture = voice.copy()
            for piece, bed, gain in zip(pieces, self._beds, self._gains, strict=True):
                ducked = _at_samples(self._duck if bed.duck else None, begin, len(piece))
                # In every layout the front pair comes first.
                mixture[:, :2] += piece * (np.float32(gain) * ducked)
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
        rounds = 1 if self._target is None else 8
        for _ in range(rounds if np.isfinite(self._loudness) else 0):
            if self._target is not None:
                gain *= 10 ** ((self._target - self._loudness) / 20)
            curve = gain * _limiting(gain * peaks)
            steps = _step_means(np.square(curve), len(energies))
            self._loudness = gated_loudness(energies * steps)
        self._final = curve


class _Track:
    """Yield the blocks of a piece of music, stereo at 48 kHz, as often as asked.

    A short piece, as the shipped ones are, is decoded once; a long one every time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: list[Sound] | None = None

    def blocks(self) -> Iterator[Sound]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Sound] = []
        length = 0
        with SoundReader(self._path) as reader:
            for block in resample(reader, reader.rate, RATE, reader.channels):
                stereo = to_stereo(block, reader.layout)
                length += len(stereo)
                if length <= _SHORT * RATE:
                    kept.append(stereo)
                yield stereo
        if length <= _SHORT * RATE:
            self._kept = kept


def _heard(track: _Track, bed: Bed) -> float:
    """Return how loud a piece of music is as far as it is played, in LUFS."""
    meter = LoudnessMeter("stereo")
    for block in placed(track.blocks(), 0, round((bed.skip + bed.length) * RATE), 2):
        meter.push(block)
    return meter.integrated()


def _played(track: _Track, skip: int, *, loop: bool) -> Iterator[Sound]:
    """Yield the music without its first `skip` samples, and again with cross-fades if it loops."""
    fade = round(_CROSS_FADE * RATE)
    tail = np.zeros((0, 2), np.float32)
    played = -1
    while played and (loop or played < 0):
        played = 0
        pending = Fifo(channels=2)
        for block in track.blocks():
            kept, skip = block[skip:], max(0, skip - len(block))
            played += len(kept)
            pending.push(kept)
            if len(tail) and len(pending) >= len(tail):
                yield _cross_faded(tail, pending.pop(len(tail)))
                tail = tail[:0]
            if not len(tail) and len(pending) > fade:
                yield pending.pop(len(pending) - fade)
        rest = pending.pop(len(pending))
        # What is too short to fade into itself follows itself.
        if loop and played >= 2 * fade:
            tail = rest
        else:
            yield rest


def _cross_faded(ending: Sound, beginning: Sound) -> Sound:
    """Fade one piece into another of the same length, at equal power."""
    rise = np.sin(np.linspace(0, np.pi / 2, len(ending), dtype=np.float32))[:, None]
    return beginning * rise + ending * rise[::-1]


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
    squares = np.pad(np.square(block), ((0, -len(block) % HOP), (0, 0)))
    means: NDArray[np.float64] = squares.reshape(len(squares) // HOP, -1).mean(axis=1)
    return means.astype(np.float64)


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
