"""Quiet: uvicorn's server, which looks round ten times a second, made to look once a second."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import uvicorn

__all__ = ["QuietServer"]


class QuietServer(uvicorn.Server):
    """Serve, and do next to nothing while nobody asks; an engine may idle for days."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._over = asyncio.Event()

    async def main_loop(self) -> None:
        """Renew the Date header once a second until `end` is called."""
        while not (self._over.is_set() or await self.on_tick(0)):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 1.0)

    def end(self) -> None:
        """Stop serving; to be called in its event loop."""
        self.should_exit = True
        self._over.set()
