"""Spare: a worker kept ready, its libraries loaded, that waits for a job on its standard input.

A worker takes 0.4 s to load what it computes with, as long as a small edit takes itself. One spare
waits in a read of its pipe, so it costs memory (26 MB of its own) and no time, and the system ends
it with the process that holds the other end, however that ends.
"""

from __future__ import annotations

import threading

from cogwidgets.engine.process import Worker

__all__ = ["Spare"]


class Spare:
    """Keep at most one worker ready."""

    def __init__(self) -> None:
        self._ready: Worker | None = None
        self._closed = False
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Start the spare unless it is there."""
        with self._lock:
            if not self._closed and (self._ready is None or not self._ready.lives):
                self._drop()
                self._ready = Worker.start("--ready")

    def take(self) -> Worker:
        """Return the spare, or a new worker where there is none."""
        with self._lock:
            ready, self._ready = self._ready, None
            if ready is not None and not ready.lives:
                ready.discard()
                ready = None
        return ready or Worker.start()

    def close(self) -> None:
        """End the spare and keep none any more."""
        with self._lock:
            self._closed = True
            self._drop()

    def _drop(self) -> None:
        if self._ready is not None:
            self._ready.discard()
            self._ready = None
