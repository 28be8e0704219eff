"""Jobs: media work in processes of its own, at most a few at a time, in fair order.

Each job is one ``python -m cogwidgets.engine.worker``: it reads the job as one line of JSON and
answers in lines of JSON. Cancelling ends its process group; a crash never takes the engine with
it. Plain `subprocess.Popen` with a reader thread is used because asyncio's child watchers differ
between Python versions and event loops, and this must work in any thread on any system.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
import time
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Protocol

from cogwidgets.engine.spare import Spare

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from cogwidgets.engine.spare import Worker

__all__ = ["JobError", "Jobs", "Lane", "Running", "WorkerDied"]

log = logging.getLogger("cogwidgets.engine")

ATTEMPTS = 2  # a worker may die of what is not the job's fault: memory, or somebody's kill
THREADS = 2  # that a worker keeps busy, more or less
LANES = {
    "probe": "moment",
    "still": "moment",
    "silences": "moment",
    "render": "render",
    "sketch": "sketch",
}
SILENCE = {"probe": 120.0}  # s without a word, after which a worker hangs
LONG_SILENCE = 600.0
QUIET = 0.5  # s without a job, after which a worker is made ready for the next
FOLLOW_EVERY = 5.0  # s between two looks at how many workers a cluster has


class JobError(Exception):
    """A job that failed: the worker's ``code`` and its one sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class WorkerDied(JobError):
    """A worker that ended without a word, or hung: the job may be tried again."""


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


class Jobs:
    """Run worker processes.

    Parameters
    ----------
    at_once
        How many jobs of a lane run at a time; by default as many as the processor does well.
        What takes a moment has a lane of its own, and so have edits: neither ever waits for
        somebody's export. Renders have what room the edits leave, and always some; sketches
        are made one by one.
    cluster
        What sets jobs to work elsewhere; without it each gets a process on this machine.

    """

    def __init__(
        self,
        at_once: int | None = None,
        cluster: Elsewhere | None = None,
    ) -> None:
        self._width = at_once or max(2, (os.cpu_count() or 1) // THREADS)
        self._lanes = {name: Lane(self._width) for name in ("moment", "edit", "render")}
        self._lanes["sketch"] = Lane(1)
        self._cluster = cluster
        self._spare = Spare()
        self._start = cluster.start if cluster is not None else self._here
        self._quiet: asyncio.TimerHandle | None = None
        self._running: set[Running] = set()
        self._closed = False

    @property
    def place(self) -> str:
        """Say where the work is done."""
        return "this machine" if self._cluster is None else f"Dask, {self._cluster.address}"

    def load(self) -> tuple[int, int]:
        """Count the jobs at work, and those that wait."""
        return len(self._running), sum(lane.waiting for lane in self._lanes.values())

    async def run(
        self,
        job: Mapping[str, Any],
        *,
        owner: str,
        progress: Callable[[float], None] | None = None,
    ) -> dict[str, Any]:
        """Run one job and return its result; cancelling the call ends the process at once.

        A job whose worker dies is run once more.

        Raises
        ------
        JobError
            The worker refused or failed, or died again.

        """
        lane = self._lanes[LANES.get(job["kind"], "edit")]
        try:
            async with lane.turn(owner):
                self._share()
                return await self._tried(job, _Heard(progress))
        finally:
            self._share()

    def _share(self) -> None:
        self._lanes["render"].width = max(1, self._width - self._lanes["edit"].inside)

    async def _tried(self, job: Mapping[str, Any], heard: _Heard) -> dict[str, Any]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(job, heard)
            except WorkerDied as error:
                if attempt == ATTEMPTS or self._closed:
                    raise
                log.info("A %s job is tried again: %s", job["kind"], error.message)
        raise AssertionError  # the last attempt returns or raises

    async def _once(self, job: Mapping[str, Any], heard: _Heard) -> dict[str, Any]:
        if self._closed:
            raise JobError("stopped", "The engine was stopped; start it and try again.")
        process = self._start(job, heard)
        self._running.add(process)
        if self._quiet is not None:
            self._quiet.cancel()
        silence = SILENCE.get(job["kind"], LONG_SILENCE)
        try:
            heard.at = time.monotonic()
            while (left := heard.at + silence - time.monotonic()) > 0:
                done, _ = await asyncio.wait({process.answer}, timeout=left)
                if done:
                    return process.answer.result()
            message = "The media process hung and was ended; try again, and with a shorter file."
            raise WorkerDied("internal", message)
        finally:
            process.answer.cancel()  # nobody waits for it any more
            process.kill()
            self._running.discard(process)
            if not (self._closed or self._running or self._cluster):
                self._quiet = asyncio.get_running_loop().call_later(QUIET, self._spare.prepare)

    def _here(self, job: Mapping[str, Any], heard: _Heard) -> Running:
        return _Process(job, heard, self._spare.take())

    async def follow(self) -> None:
        """Keep as many at work as the cluster can do at a time, until cancelled."""
        while self._cluster is not None:
            await asyncio.sleep(FOLLOW_EVERY)
            width = await asyncio.to_thread(self._cluster.count)
            self._width = self._lanes["moment"].width = self._lanes["edit"].width = width
            self._share()

    def close(self) -> None:
        """End every running job and start no other."""
        self._closed = True
        self._spare.close()
        for process in tuple(self._running):
            process.kill()
            process.join()
        if self._cluster is not None:
            self._cluster.close()


class _Heard:
    """Pass progress on, but none that goes back, and remember when there was some."""

    def __init__(self, progress: Callable[[float], None] | None) -> None:
        self._progress = progress
        self._highest = -1.0
        self.at = 0.0

    def __call__(self, fraction: float) -> None:
        self.at = time.monotonic()
        if self._progress is not None and fraction > self._highest:
            self._highest = fraction
            self._progress(fraction)


class Running(Protocol):
    """A job at work somewhere."""

    answer: asyncio.Future[dict[str, Any]]

    def kill(self) -> None:
        """End it."""

    def join(self) -> None:
        """Wait until it has ended."""


class Elsewhere(Protocol):
    """Other machines that do jobs."""

    @property
    def address(self) -> str:
        """Say where."""

    def count(self) -> int:
        """Count the jobs that they can do at a time."""

    def start(self, job: Mapping[str, Any], progress: Callable[[float], None]) -> Running:
        """Set one to work."""

    def close(self) -> None:
        """Let go of them."""


class _Process:
    """One worker process, with a thread that reads what it says."""

    def __init__(
        self, job: Mapping[str, Any], progress: Callable[[float], None], worker: Worker
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._progress = progress
        self.answer: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._errors, self._popen = worker.errors, worker.process
        self._reader = threading.Thread(
            target=self._read, args=(json.dumps(job),), name="cogwidgets job", daemon=True
        )
        self._reader.start()

    def kill(self) -> None:
        """End the process and all that it started."""
        if self._popen.poll() is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._popen.pid, signal.SIGKILL)
            else:
                self._popen.kill()

    def join(self) -> None:
        """Wait until a killed process is gone."""
        self._reader.join(2)

    def _read(self, job: str) -> None:
        stdin, stdout = self._popen.stdin, self._popen.stdout
        assert stdin is not None  # noqa: S101 - both are pipes
        assert stdout is not None  # noqa: S101
        last: dict[str, Any] = {}
        with self._errors, stdout:
            with suppress(OSError):  # a worker that died early has closed it
                stdin.write(job.encode() + b"\n")
                stdin.flush()
            for line in stdout:
                said = _parse(line)
                if "progress" in said:
                    self._tell(self._progress, float(said["progress"]))
                elif said:
                    last = said
            code = self._popen.wait()
            with suppress(OSError):
                stdin.close()  # open until now: the worker ends by itself when this closes
            if not {"result", "error"} & last.keys():
                last = _crash(code, self._errors)
        self._tell(self._finish, last)

    def _tell(self, listener: Callable[[Any], None], value: object) -> None:
        with suppress(RuntimeError):  # the loop is closed when the engine has stopped
            self._loop.call_soon_threadsafe(listener, value)

    def _finish(self, last: dict[str, Any]) -> None:
        if self.answer.done():
            return
        if "result" in last:
            self.answer.set_result(last["result"])
        else:
            kind = WorkerDied if last.get("died") else JobError
            self.answer.set_exception(kind(last["error"]["code"], last["error"]["message"]))


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
