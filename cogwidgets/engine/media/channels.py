"""Separate sound of any layout with separators that take one channel or a pair."""

from __future__ import annotations

from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cogwidgets.engine.media.sound import Sound

__all__ = ["Fifo", "channel_groups", "separate_channels"]


def channel_groups(layout: str) -> list[list[int]]:
    """Group the channels of a layout as they are separated: left with right, the others alone.

    In 5.1 these are the fronts, the centre, the low-frequency channel and the surrounds. The
    low-frequency channel goes the way of all others: what is music in it is taken out.

    >>> channel_groups("5.1")
    [[0, 1], [2], [3], [4, 5]]
    """
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    if len(names) == 2:  # noqa: PLR2004
        return [[0, 1]]
    groups: list[list[int]] = []
    paired: set[int] = set()
    for index, name in enumerate(names):
        if index in paired:
            continue
        partner = name.replace("L", "R", 1)
        group = [index]
        if partner != name and partner in names[index:]:
            group.append(names.index(partner, index))
        paired.update(group)
        groups.append(group)
    return groups


class Fifo:
    """Hold blocks of samples; take out any number of them.

    >>> fifo = Fifo(channels=1)
    >>> fifo.push(np.ones((5, 1), np.float32))
    >>> len(fifo.pop(3)), len(fifo)
    (3, 2)
    """

    def __init__(self, channels: int) -> None:
        self._blocks: deque[Sound] = deque()
        self._channels = channels
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def push(self, block: Sound) -> None:
        """Append a block of (samples, channels)."""
        if len(block):
            self._blocks.append(block)
            self._length += len(block)

    def pop(self, samples: int) -> Sound:
        """Take the oldest `samples` samples, which must be there."""
        self._length -= samples
        taken: list[Sound] = [np.zeros((0, self._channels), np.float32)]
        while samples:
            block = self._blocks.popleft()
            if len(block) > samples:
                self._blocks.appendleft(block[samples:])
                block = block[:samples]
            taken.append(block)
            samples -= len(block)
        return np.concatenate(taken)


class _Lane:
    """Separate one group of channels, from the blocks that all groups share."""

    def __init__(
        self,
        group: list[int],
        pull: Callable[[], bool],
        stream: Callable[[Iterable[Sound]], Iterator[Sound]],
    ) -> None:
        self.group = group
        self.inbox: deque[Sound] = deque()
        self.done = Fifo(len(group))
        self.finished = False
        self._pull = pull
        self._stream = stream
        self._speech = self._run()

    def advance(self) -> None:
        """Separate the next piece."""
        piece = next(self._speech, None)
        if piece is None:
            self.finished = True
        else:
            self.done.push(piece)

    def _blocks(self) -> Iterator[Sound]:
        while self.inbox or self._pull():
            yield self.inbox.popleft()

    def _run(self) -> Iterator[Sound]:
        blocks = self._blocks()
        for block in blocks:
            if block.any():
                yield from self._stream(chain([block], blocks))
                return
            # Channels that nobody uses, the usual surrounds, cost nothing.
            yield block


def separate_channels(
    blocks: Iterable[Sound],
    layout: str,
    stream: Callable[[Iterable[Sound]], Iterator[Sound]],
) -> Iterator[tuple[Sound, Sound]]:
    """Yield (original, speech) blocks of (samples, channels), aligned to the sample.

    `stream` separates blocks of one or two channels (`Separator.stream`); each group of channels
    gets a stream of its own, and the one that is farthest behind goes on, so that memory stays
    within what a stream holds.
    """
    source = iter(blocks)
    groups = channel_groups(layout)
    channels = sum(map(len, groups))
    originals = Fifo(channels)

    def pull() -> bool:
        block = next(source, None)
        if block is None:
            return False
        originals.push(block)
        for lane in lanes:
            lane.inbox.append(np.ascontiguousarray(block[:, lane.group]))
        return True

    lanes = [_Lane(group, pull, stream) for group in groups]
    while working := [lane for lane in lanes if not lane.finished]:
        min(working, key=lambda lane: len(lane.done)).advance()
        ready = min(len(lane.done) for lane in lanes)
        if ready:
            speech = np.empty((ready, channels), np.float32)
            for lane in lanes:
                speech[:, lane.group] = lane.done.pop(ready)
            yield originals.pop(ready), speech
