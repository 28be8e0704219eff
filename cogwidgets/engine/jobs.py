"""Jobs: media work in processes of its own, at most a few at a time, in fair order.

Cancelling a job ends its process; a crash never takes the engine with it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from cogwidgets.engine.lanes import Lane
from cogwidgets.engine.spare import Spare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cogwidgets.engine.process import Worker

__all__ = ["JobError", "Jobs", "Running", "WorkerDied"]

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


class Running(ABC):
    """A job at work somewhere; its thread tells the event loop how it goes."""

    def __init__(self, progress: Callable[[float], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._progress = progress
        self.answer: asyncio.Future[dict[str, Any]] = self._loop.create_future()

    @abstractmethod
    def kill(self) -> None:
        """End it."""

    @abstractmethod
    def join(self) -> None:
        """Wait until one that was killed has ended, where that is a matter of moments."""

    def tell(self, fraction: float) -> None:
        """Say from any thread how far it is."""
        self._call(self._progress, fraction)

    def end(self, said: dict[str, Any]) -> None:
        """Say from any thread what it said last (see `cogwidgets.engine.process.Worker.work`)."""
        self._call(self._finish, said)

    def _call(self, listener: Callable[[Any], None], value: object) -> None:
        with suppress(RuntimeError):  # the loop is closed when the engine has stopped
            self._loop.call_soon_threadsafe(listener, value)

    def _finish(self, said: dict[str, Any]) -> None:
        if self.answer.done():
            return
        if "result" in said:
            self.answer.set_result(said["result"])
        else:
            kind = WorkerDied if said.get("died") else JobError
            self.answer.set_exception(kind(said["error"]["code"], said["error"]["message"]))


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


class _Process(Running):
    """One worker process, with a thread that reads what it says."""

    def __init__(
        self, job: Mapping[str, Any], progress: Callable[[float], None], worker: Worker
    ) -> None:
        super().__init__(progress)
        self.worker = worker
        self._reader = threading.Thread(
            target=lambda: self.end(worker.work(job, self.tell)),
            name="cogwidgets job",
            daemon=True,
        )
        self._reader.start()

    def kill(self) -> None:
        """End the process and all that it started."""
        self.worker.kill()

    def join(self) -> None:
        """Wait until a killed process is gone."""
        self._reader.join(2)
