"""Process: one worker process, which does one job (see `cogwidgets.engine.worker`)."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import cogwidgets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Worker"]

log = logging.getLogger("cogwidgets.engine")

WORKER = "cogwidgets.engine.worker"
_GROUP: dict[str, Any] = (
    {"start_new_session": True}
    if os.name == "posix"
    else {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
)


@dataclass(frozen=True)
class Worker:
    """Hold a worker process that waits for its job, and the file that takes its complaints.

    Plain `subprocess.Popen`, read by a thread, because asyncio's child watchers differ between
    Python versions and event loops, and this must work in any thread on any system.
    """

    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    @classmethod
    def start(cls, *arguments: str) -> Worker:
        """Start a worker."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `work` or `discard`
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

    @property
    def lives(self) -> bool:
        """Tell whether it has not ended."""
        return self.process.poll() is None

    def work(self, job: Mapping[str, Any], tell: Callable[[float], None]) -> dict[str, Any]:
        """Have it do its job, to the end; ``tell`` hears of its progress.

        Returns what it said last, ``{"result": ...}`` or ``{"error": ...}``; where it ended without
        a word that is an error with ``"died"``.
        """
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes
        assert stdout is not None  # noqa: S101
        last: dict[str, Any] = {}
        with self.errors, stdout:
            with suppress(OSError):  # a worker that died early has closed it
                stdin.write(json.dumps(job).encode() + b"\n")
                stdin.flush()
            for line in stdout:
                said = _parse(line)
                if "progress" in said:
                    tell(float(said["progress"]))
                elif said:
                    last = said
            code = self.process.wait()
            with suppress(OSError):
                stdin.close()  # open until now: the worker ends by itself when this closes
            if not {"result", "error"} & last.keys():
                last = _crash(code, self.errors)
        return last

    def kill(self) -> None:
        """End the process and all that it started."""
        if self.lives:
            with suppress(ProcessLookupError, PermissionError):
                if os.name == "posix":
                    os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()

    def discard(self) -> None:
        """End one that has had no job."""
        self.kill()
        self.process.communicate()
        self.errors.close()


def _parse(line: bytes) -> dict[str, Any]:
    """Read one line of a worker; a library's chatter on the same pipe is not ours."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _crash(code: int, errors: IO[bytes]) -> dict[str, Any]:
    """Explain a worker that ended without a word, and log what it printed."""
    errors.seek(0)
    tail = errors.read()[-4000:].decode(errors="replace").strip()
    if code != -getattr(signal, "SIGKILL", 9):  # else it was cancelled, or the system ended it
        log.error("The worker ended with code %s: %s", code, tail or "nothing printed")
    message = (
        "The media process ended unexpectedly; try again, and with a shorter file if it repeats."
    )
    return {"error": {"code": "internal", "message": message}, "died": True}
