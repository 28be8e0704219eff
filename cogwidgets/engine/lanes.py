"""Lanes: who goes next, where only a few may go at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Lane"]


class Lane:
    """Let a few pass at a time; those who wait take turns by owner, not by who asked most."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.inside = 0
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @property
    def waiting(self) -> int:
        """Count those who wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def width(self) -> int:
        """Say how many may pass at a time."""
        return self._width

    @width.setter
    def width(self, width: int) -> None:
        self._width = width
        self._call()

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncIterator[None]:
        """Wait for a turn and hold it."""
        called = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(called)
        self._call()
        try:
            await called
        except asyncio.CancelledError:
            if called.cancelled():
                self._forget(owner, called)
            else:  # the turn came in the same moment: somebody else may have it
                self._leave()
            raise
        try:
            yield
        finally:
            self._leave()

    def _forget(self, owner: str, called: asyncio.Future[None]) -> None:
        queue = self._waiting.get(owner)
        if queue is not None and called in queue:
            queue.remove(called)
            if not queue:
                del self._waiting[owner]

    def _leave(self) -> None:
        self.inside -= 1
        self._call()

    def _call(self) -> None:
        """Let in whose turn it is, as many as there is room for."""
        while self._waiting and self.inside < self._width:
            owner = next(iter(self._waiting))
            queue = self._waiting.pop(owner)
            called = queue.popleft()
            if queue:
                self._waiting[owner] = queue  # at the end: the others come first
            if not called.done():
                self.inside += 1
                called.set_result(None)
