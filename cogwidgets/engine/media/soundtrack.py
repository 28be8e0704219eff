"""The sound of a timeline: all its segments, summed once at 48 kHz in float32."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import numpy as np

from cogwidgets.engine.media.channels import Fifo
from cogwidgets.engine.media.clipsound import ClipSound, samples_at
from cogwidgets.engine.media.facts import tracks_of
from cogwidgets.engine.media.mix import Mix, Voice
from cogwidgets.engine.media.sound import SoundReader
from cogwidgets.engine.media.soundfile import RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cogwidgets.engine.media.plan import Timeline
    from cogwidgets.engine.media.sound import Sound

__all__ = ["mix_of"]


def mix_of(timeline: Timeline, index: int = 0) -> Mix | None:
    """Return the mixture of the sound tracks number `index`, None where nothing is heard.

    A source with fewer tracks gives its last. Sound that is neither raised nor summed needs no
    limiter and goes through untouched.
    """
    pieces = _pieces(timeline, index)
    if not pieces and not timeline.beds:
        return None
    samples = samples_at(timeline.length)
    voice = _voice(pieces, samples) if pieces else None
    ordered = sorted(pieces, key=lambda piece: piece.begin)
    summed = any(b.begin < a.begin + a.length for a, b in pairwise(ordered))
    raised = any(
        piece.clip.volume * piece.gain > 1
        or (piece.clip.speech is not None and piece.clip.speech.music_level > 1)
        for piece in pieces
    )
    return Mix(voice, timeline.beds, samples, timeline.loudness, limited=summed or raised)


def _pieces(timeline: Timeline, index: int) -> list[ClipSound]:
    found: list[ClipSound] = []
    clips = timeline.clips
    for number, clip in enumerate(timeline.sounding):
        count = tracks_of(clip)
        if not count or not clip.volume or clip.start >= timeline.length:
            continue
        following = clips[number + 1] if number + 1 < len(clips) else None
        before = clip.transition if number and number < len(clips) else None
        after = following.transition if following else None
        found.append(
            ClipSound(
                clip,
                min(index, count - 1),
                "",
                samples_at(before.length) if before else 0,
                samples_at(after.length) if after else 0,
            )
        )
    layout = _common_layout(found)
    found = [replace(piece, layout=layout) for piece in found]
    return [_levelled(piece) for piece in found]


def _common_layout(pieces: list[ClipSound]) -> str:
    layouts = set()
    for piece in pieces:
        with SoundReader(piece.clip.source, piece.index) as reader:
            layouts.add(reader.layout)
    return layouts.pop() if len(layouts) == 1 else "stereo"


def _levelled(piece: ClipSound) -> ClipSound:
    """Bring a segment that asks for it to its loudness."""
    wanted = piece.clip.loudness
    if wanted is None:
        return piece
    loudness = piece.loudness()
    return replace(piece, gain=10 ** ((wanted - loudness) / 20)) if np.isfinite(loudness) else piece


def _voice(pieces: list[ClipSound], samples: int) -> Voice:
    layout = pieces[0].layout
    channels = av.AudioLayout(layout).nb_channels
    return Voice(lambda: _summed(pieces, samples, channels), layout, channels)


class _Playing:
    """Take the sound of a segment piece by piece."""

    def __init__(self, piece: ClipSound, channels: int) -> None:
        self._blocks = piece.blocks()
        self._waiting = Fifo(channels)
        self.begin = piece.begin
        self.end = piece.begin + piece.length

    def take(self, samples: int) -> Sound:
        """Return the next samples, silence at its end."""
        while len(self._waiting) < samples:
            block = next(self._blocks, None)
            if block is None:
                break
            self._waiting.push(block)
        taken = self._waiting.pop(min(samples, len(self._waiting)))
        return np.pad(taken, ((0, samples - len(taken)), (0, 0)))


def _summed(pieces: list[ClipSound], samples: int, channels: int) -> Iterator[Sound]:
    """Add up all segments, a second at a time."""
    waiting = sorted(pieces, key=lambda piece: piece.begin, reverse=True)
    playing: list[_Playing] = []
    for begin in range(0, samples, RATE):
        block = np.zeros((min(RATE, samples - begin), channels), np.float32)
        end = begin + len(block)
        while waiting and waiting[-1].begin < end:
            playing.append(_Playing(waiting.pop(), channels))
        for part in playing:
            first, last = max(part.begin, begin) - begin, min(part.end, end) - begin
            block[first:last] += part.take(last - first)
        playing = [part for part in playing if part.end > end]
        yield block
