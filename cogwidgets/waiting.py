"""Waiting: every wait of the client is cut into slices, so that a stop always works.

A call blocks in the thread that made it. A stop from another thread and an interrupt (Ctrl-C)
reach it at the next slice, and only there: an interrupt that struck anywhere could leave a lock of
httpx's held for ever. What a notebook has to do meanwhile (`Waits.meanwhile`) is done between two
slices. No worker thread, so nothing is left behind when a call is given up (but for a connection
that the system is still making, see `api.sockets`).
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from types import FrameType

__all__ = ["SLICE", "StopAsked", "Waits"]

SLICE = 0.05  # s; what a stop takes at most


class StopAsked(Exception):
    """Somebody has asked this operation to stop."""


class Waits:
    """Stop what runs, and sleep so that it can be stopped.

    An operation is what a person asked for, be it one call or many: `operation` marks it, and
    `stop` ends all those that have begun, in whichever thread. One that begins later is not
    concerned.

    >>> waits = Waits()
    >>> with waits.operation():
    ...     waits.stop()
    ...     waits.sleep(60)
    Traceback (most recent call last):
    cogwidgets.waiting.StopAsked
    >>> waits.sleep(0.01)
    """

    def __init__(self) -> None:
        self._stops = 0
        self._here = _Here()
        self._asked: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._blocked: dict[Callable[[], None], threading.Thread] = {}
        self._lock = threading.RLock()  # a signal handler may call stop while we hold it
        self.meanwhile: Callable[[], None] | None = None

    def stop(self, thread: threading.Thread | None = None) -> None:
        """Ask every operation that has begun to stop; with a ``thread``, the one it is in.

        A thread that is in none yet stops at its first.
        """
        with self._lock:
            if thread is None:
                self._stops += 1
            else:
                self._asked.add(thread)
            blocked = [wake for wake, its in self._blocked.items() if thread in (None, its)]
        for wake in blocked:
            wake()

    @property
    def inside(self) -> bool:
        """Whether this thread is inside an operation."""
        return self._here.since is not None

    @contextlib.contextmanager
    def operation(self, since: int | None = None) -> Iterator[int]:
        """Mark an operation; inside another it is a part of that one.

        Gives the count of stops at its beginning. A generator hands it in again as ``since`` each
        time it goes on, since its caller may do other things in between.
        """
        outer = self._here.since
        if outer is not None:
            yield outer
            return
        with self.shielded():
            self._here.since = began = self._stops if since is None else since
            try:
                yield began
            finally:
                self._here.since = None
                with self._lock:
                    self._asked.discard(threading.current_thread())

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """Hear an interrupt only where this thread waits, and at the end at the latest.

        A second one that comes before that strikes at once, so that a person can always get out.
        Only the main thread is ever interrupted, and only where somebody handles it.
        """
        own = signal.getsignal(signal.SIGINT)
        main = threading.current_thread() is threading.main_thread()
        if not main or not callable(own) or self._here.shielded:
            yield
            return

        def heard(number: int, frame: FrameType | None) -> None:
            if self._here.interrupt is not None:
                own(number, frame)
            self._here.interrupt = lambda: own(number, frame)
            for wake, thread in tuple(self._blocked.items()):
                if thread is threading.main_thread():
                    wake()

        signal.signal(signal.SIGINT, heard)
        self._here.shielded = True
        try:
            yield
        finally:
            self._here.shielded = False
            signal.signal(signal.SIGINT, own)
            self._interrupted()

    @contextlib.contextmanager
    def ticking(self, tick: Callable[[], None]) -> Iterator[None]:
        """Call ``tick`` in every slice that this thread waits; it may raise to end the wait."""
        outer = self._here.tick
        self._here.tick = tick
        try:
            yield
        finally:
            self._here.tick = outer

    @contextlib.contextmanager
    def blocking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Mark a wait that cannot be cut into slices; a stop calls ``wake`` to end it."""
        with self._lock:
            self._blocked[wake] = threading.current_thread()
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._blocked.pop(wake, None)

    def check(self) -> None:
        """Raise `StopAsked` when this thread's operation was asked to stop; let an interrupt in."""
        self._interrupted()
        since = self._here.since
        if since is None:
            return
        if since != self._stops or threading.current_thread() in self._asked:
            raise StopAsked

    def _interrupted(self) -> None:
        interrupt, self._here.interrupt = self._here.interrupt, None
        if interrupt is not None:
            interrupt()

    def slice(self) -> None:
        """Do what is to be done between two slices of a wait."""
        self.check()
        if self._here.tick is not None:
            self._here.tick()
        if self.meanwhile is not None:
            self.meanwhile()

    def sleep(self, seconds: float) -> None:
        """Sleep so that a stop, an interrupt and the notebook are heard."""
        self.until(lambda at_most: time.sleep(at_most), seconds)  # noqa: PLW0108 - returns None

    def until(self, ready: Callable[[float], object], seconds: float) -> bool:
        """Wait until ``ready(at_most)``, which itself waits that long, says so; tell whether."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.slice()
            if ready(min(SLICE, left)):
                return True
        return False


class _Here(threading.local):
    """What concerns one thread alone."""

    since: int | None = None
    tick: Callable[[], None] | None = None
    shielded = False
    interrupt: Callable[[], object] | None = None
