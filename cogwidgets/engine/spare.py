"""Spare: a worker kept ready, its libraries loaded, that waits for a job on its standard input.

A worker takes 0.4 s to load what it computes with, as long as a small edit takes itself. One spare
waits in a read of its pipe, so it costs memory (26 MB of its own) and no time, and the system ends
it with the process that holds the other end, however that ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import cogwidgets

__all__ = ["Spare", "Worker"]

WORKER = "cogwidgets.engine.worker"
_GROUP: dict[str, Any] = (
    {"start_new_session": True}
    if os.name == "posix"
    else {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
)


@dataclass(frozen=True)
class Worker:
    """Hold a worker process that waits for its job, and the file that takes its complaints."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    @classmethod
    def start(cls, *arguments: str) -> Worker:
        """Start a worker."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who takes the worker
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", WORKER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            # The folder of this very package: a module of the user's that is called like one of
            # ours or of the standard library's in the current folder must not be picked up.
            cwd=Path(cogwidgets.__file__).parents[1],
            **_GROUP,
        )
        return cls(process, errors)


class Spare:
    """Keep at most one worker ready."""

    def __init__(self) -> None:
        self._ready: Worker | None = None
        self._closed = False
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Start the spare unless it is there."""
        with self._lock:
            if not self._closed and (self._ready is None or not _lives(self._ready)):
                self._drop()
                self._ready = Worker.start("--ready")

    def take(self) -> Worker:
        """Return the spare, or a new worker where there is none."""
        with self._lock:
            ready, self._ready = self._ready, None
            if ready is not None and not _lives(ready):
                _end(ready)
                ready = None
        return ready or Worker.start()

    def close(self) -> None:
        """End the spare and keep none any more."""
        with self._lock:
            self._closed = True
            self._drop()

    def _drop(self) -> None:
        if self._ready is not None:
            _end(self._ready)
            self._ready = None


def _lives(worker: Worker) -> bool:
    return worker.process.poll() is None


def _end(worker: Worker) -> None:
    with suppress(ProcessLookupError, PermissionError):
        worker.process.kill()
    worker.process.communicate()
    worker.errors.close()
