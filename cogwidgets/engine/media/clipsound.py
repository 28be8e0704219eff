"""The sound of one segment: cut out to the sample, slowed or hastened, turned round, faded.

Everything streams at 48 kHz in float32; nothing grows with the length of a segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
from av.filter import Graph

from cogwidgets.engine.media.loudness import LoudnessMeter
from cogwidgets.engine.media.reel import round_length
from cogwidgets.engine.media.sound import (
    SoundReader,
    frame_of,
    in_blocks,
    placed,
    resample,
    sound_of,
    to_stereo,
)
from cogwidgets.engine.media.soundfile import RATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cogwidgets.engine.media.plan import Clip
    from cogwidgets.engine.media.sound import Sound

__all__ = ["ClipSound", "samples_at", "tempo"]

_BACKWARDS = 10 * RATE  # samples turned round at once
_SPEECH_FADE = 0.02  # s, between speech and the original sound at the edges of a range


def samples_at(milliseconds: float) -> int:
    """Return the sample at which a time begins.

    >>> samples_at(20.5)
    984
    """
    return round(milliseconds * RATE / 1000)


@dataclass(frozen=True)
class ClipSound:
    """Play track `index` of a clip's source; `before` and `after` are crossfades, in samples.

    Its blocks are `length` samples in all, laid out as `layout`: from where the clip begins until
    `after` samples past its end, with what the source has there.
    """

    clip: Clip
    index: int
    layout: str
    before: int = 0
    after: int = 0
    gain: float = 1.0

    @property
    def begin(self) -> int:
        """The sample of the timeline at which it begins."""
        return samples_at(self.clip.start)

    @property
    def length(self) -> int:
        """How many samples it lasts."""
        return samples_at(self.clip.end) - self.begin + self.after

    def blocks(self) -> Iterator[Sound]:
        """Yield the sound with all its gains."""
        position = 0
        for block in self._plain():
            yield block * self._gains(position, len(block))
            position += len(block)

    def loudness(self) -> float:
        """Measure how loud it is before its volume and its fades, in LUFS."""
        meter = LoudnessMeter(self.layout)
        for block in self._plain():
            meter.push(block)
        return meter.integrated()

    def _plain(self) -> Iterator[Sound]:
        channels = av.AudioLayout(self.layout).nb_channels
        own = _layout(self.clip, self.index)
        laid = (self._laid_out(block, own) for block in self._timed())
        yield from in_blocks(placed(laid, 0, self.length, channels), RATE)

    def _laid_out(self, block: Sound, own: str) -> Sound:
        if own == self.layout:
            return block
        stereo = to_stereo(block, own)
        if self.layout == "stereo":
            return stereo
        wide = np.zeros((len(block), av.AudioLayout(self.layout).nb_channels), np.float32)
        wide[:, : min(2, wide.shape[1])] = stereo[:, : wide.shape[1]]
        return wide

    def _timed(self) -> Iterator[Sound]:
        """Yield the source's sound at the clip's speed and in its direction."""
        clip = self.clip
        begin = clip.source_start / 1000
        length = round(self.length * clip.speed)
        if clip.reverse:
            length = round((self.length - self.after) * clip.speed)
            blocks = _backwards(clip, self.index, begin, length)
        elif clip.loop:
            blocks = _looped(clip, self.index, begin, length)
        else:
            blocks = _stretch(clip, self.index, begin, length)
        if clip.speed == 1:
            yield from blocks
        else:
            yield from tempo(blocks, clip.speed, _layout(clip, self.index))

    def _gains(self, position: int, samples: int) -> Sound:
        index = np.arange(position, position + samples, dtype=np.float64)
        end = self.length - self.after
        fade_in, fade_out = samples_at(self.clip.fade_in), samples_at(self.clip.fade_out)
        gain = np.full(samples, self.clip.volume * self.gain)
        if fade_in or fade_out:
            share = np.minimum((index + 1) / max(fade_in, 1), (end - index) / max(fade_out, 1))
            gain *= np.square(np.sin(np.clip(share, 0, 1) * np.pi / 2))
        if self.before:
            gain *= np.sin(np.clip(index / self.before, 0, 1) * np.pi / 2)
        if self.after:
            gain *= np.cos(np.clip((index - end) / self.after, 0, 1) * np.pi / 2)
        return gain.astype(np.float32)[:, None]


def _layout(clip: Clip, index: int) -> str:
    """Return the layout of a source's sound track, as `SoundReader` names it."""
    with SoundReader(clip.source, index) as reader:
        return reader.layout


def _stretch(clip: Clip, index: int, begin: float, samples: int) -> Iterator[Sound]:
    """Yield a part of what is heard of a clip's source: its own sound, or its speech."""
    speech = clip.speech
    own = _part(clip.source, index, begin, samples)
    if speech is None:
        yield from own
        return
    with SoundReader(clip.source, index) as reader:
        late = reader.start  # stems begin where their track begins
        channels = reader.channels
    stem = _part(speech.streams[index], 0, begin, samples, late)
    if speech.alone:
        yield from stem
        return
    position = 0
    pairs = zip(
        in_blocks(placed(own, 0, samples, channels), RATE),
        in_blocks(placed(stem, 0, samples, channels), RATE),
        strict=True,
    )
    for original, cleared in pairs:
        times = begin + (position + np.arange(len(original))) / RATE
        share = np.float32(1) if speech.only is None else _within(times, speech.only)[:, None]
        share *= np.float32(1 - speech.music_level)
        yield original + (cleared - original) * share
        position += len(original)


def _within(times: np.ndarray, ranges: Iterable[tuple[int, int]]) -> Sound:
    """Return 1 at times within ranges of ms, 0 outside, gliding at their edges."""
    share = np.zeros(len(times), np.float64)
    for begin, end in ranges:
        inside = np.minimum(times - begin / 1000, end / 1000 - times) / _SPEECH_FADE + 0.5
        share = np.maximum(share, np.clip(inside, 0, 1))
    return share.astype(np.float32)


def _part(path: Path, index: int, begin: float, samples: int, late: float = 0.0) -> Iterator[Sound]:
    """Yield `samples` samples of a file from the second `begin` on, silence where it has none.

    `late` is when the file's first sample is heard.
    """
    with SoundReader(path, index, max(0.0, begin - late)) as reader:
        at = round((reader.start + late - begin) * RATE)
        sound = resample(reader, reader.rate, RATE, reader.channels)
        yield from placed(sound, at, samples, reader.channels)


def _backwards(clip: Clip, index: int, begin: float, samples: int) -> Iterator[Sound]:
    """Yield a part of a source from its end to its beginning, some seconds at a time."""
    end = samples
    while end > 0:
        size = min(_BACKWARDS, end)
        blocks = list(_stretch(clip, index, begin + (end - size) / RATE, size))
        yield np.concatenate(blocks)[::-1]
        end -= size


def _looped(clip: Clip, index: int, begin: float, samples: int) -> Iterator[Sound]:
    """Yield a source's sound again and again."""
    length = round(round_length(clip.source) * RATE)
    position = round(begin * RATE) % length
    while samples > 0:
        size = min(length - position, samples)
        yield from _stretch(clip, index, position / RATE, size)
        samples -= size
        position = 0


def tempo(blocks: Iterable[Sound], speed: float, layout: str) -> Iterator[Sound]:
    """Play sound faster or slower at the same pitch, by FFmpeg's atempo.

    One such filter is good from half to double the speed; others are reached by several.
    """
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=RATE, format="flt", layout=layout, time_base=Fraction(1, RATE)
    )
    steps = max(1, int(np.ceil(abs(np.log2(speed)) - 1e-9)))
    last = source
    for _ in range(steps):
        following = graph.add("atempo", f"{speed ** (1 / steps):.8f}")
        last.link_to(following)
        last = following
    sink = graph.add("abuffersink")
    last.link_to(sink)
    graph.configure()
    at = 0
    for block in blocks:
        if len(block):
            source.push(frame_of(np.ascontiguousarray(block), "flt", RATE, layout, at))
            at += len(block)
            yield from _pulled(graph)
    source.push(None)
    yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[Sound]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, av.AudioFrame):
            yield sound_of(frame)
