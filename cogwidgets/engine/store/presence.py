"""Presence: which of the engines that share a home are alive.

Each holds a lock on a file of its own for as long as it lives. The system lets go of it when the
process is gone, however it went, so another engine knows at once whose work it may take over.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Presence"]


class Presence:
    """Hold the lock of one engine, and look at those of the others."""

    def __init__(self, home: Path) -> None:
        self.engine = secrets.token_hex(8)
        self._folder = home / "engines"
        self._folder.mkdir(exist_ok=True)
        self._own = self._lock(self.engine)
        self._own.acquire(timeout=5)  # another may be looking at it in this very moment

    def alive(self, engine: str) -> bool:
        """Tell whether that engine still runs."""
        if engine == self.engine:
            return True
        path = self._folder / engine
        if not path.exists():
            return False
        lock = self._lock(engine)
        try:
            lock.acquire()
        except Timeout:
            return True
        lock.release()
        return False

    def dead(self) -> list[str]:
        """Name the engines that ended without a word."""
        names = [path.name for path in self._folder.iterdir() if path.name != self.engine]
        return [name for name in names if not self.alive(name)]

    def forget(self, engine: str) -> None:
        """Remove what is left of an engine that is gone."""
        (self._folder / engine).unlink(missing_ok=True)

    def leave(self) -> None:
        """Let go of the own lock."""
        if self._own.is_locked:
            self._own.release()
            self.forget(self.engine)

    def _lock(self, engine: str) -> FileLock:
        # Whichever thread stops the engine lets go of what another has taken.
        return FileLock(self._folder / engine, timeout=0, thread_local=False)
