"""Cluster: jobs on a Dask cluster instead of in processes of this machine.

``COG_DASK`` names a scheduler. Engine and workers see the home under one path, or else
``COG_DASK_FILES`` names storage that both reach, as fsspec spells it (``s3://bucket/folder``,
``file:///mnt/share``). A worker that dies is Dask's business: it gives the job to another.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.clusterwork import inputs_of, output_of, with_siblings, work
from cogwidgets.engine.jobs import Running
from cogwidgets.engine.worker import NICE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from distributed import Client, Future

__all__ = ["Cluster"]

CONNECT_SECONDS = 15


class Cluster:
    """Set jobs to work on a Dask cluster.

    Raises
    ------
    OSError
        No scheduler answers, or dask is not installed.

    """

    def __init__(self, address: str, share: str | None = None) -> None:
        self.address = address
        self._share = share
        self._topic = f"cogwidgets-{secrets.token_hex(8)}"
        self._told: dict[str, Callable[[float], None]] = {}
        self._changing = threading.Lock()
        self._closed = False
        self._last: Client = self._connected()

    def _connected(self) -> Client:
        try:
            from distributed import Client
        except ImportError as error:
            raise OSError("dask is not installed here: pip install 'cogwidgets[dask]'") from error
        try:
            client = Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except ValueError as error:
            raise OSError(f"{self.address} is no scheduler's address") from error
        client.subscribe_topic(self._topic, self._hear)
        return client

    @property
    def _client(self) -> Client:
        """Give the connection; a scheduler that was away for longer gets a new one."""
        with self._changing:
            if self._last.status == "closed" and not self._closed:
                self._last = self._connected()
            return self._last

    def count(self) -> int:
        """Count the jobs that the cluster can do at a time; 1 while it has no worker, or is gone.

        A job that is handed over then waits for a worker there.
        """
        try:
            return max(1, sum(int(threads) for threads in self._client.nthreads().values()))
        except Exception:  # noqa: BLE001 - Dask raises what it likes when a scheduler is gone
            return 1

    def start(self, job: Mapping[str, Any], progress: Callable[[float], None]) -> _Run:
        """Set one job to work; to be called in a running event loop."""
        return _Run(self, dict(job), progress)

    def close(self) -> None:
        """Let go of the cluster."""
        with self._changing:
            self._closed = True
        with suppress(Exception):  # it may be gone already
            self._last.close(timeout=2)

    def submit(self, job: dict[str, Any], name: str, tell: Callable[[float], None]) -> Future[Any]:
        """Hand a job to the scheduler, and hear of its progress."""
        self._told[name] = tell
        return self._client.submit(
            work,
            job,
            name,
            self._topic,
            self._share,
            key=f"cogwidgets-{name}",
            pure=False,
            priority=-NICE.get(job["kind"], 0),
        )

    def forget(self, name: str, *, unwanted: bool) -> None:
        """Hear of a job no more; ``unwanted`` ends it on its worker."""
        from distributed import Event

        self._told.pop(name, None)
        event = Event(name, client=self._client)
        if unwanted:
            event.set()

    def send(self, job: dict[str, Any], name: str) -> None:
        """Put what a job reads into the storage."""
        if self._share is not None:
            files, there = self._storage(name)
            for number, path in enumerate(inputs_of(job)):
                files.makedirs(f"{there}/in/{number}", exist_ok=True)
                for one in with_siblings(path):
                    files.put_file(str(one), f"{there}/in/{number}/{one.name}")

    def fetch(self, job: dict[str, Any], name: str) -> None:
        """Get what a job has made out of the storage, each file whole under its name."""
        folder = output_of(job)
        if self._share is not None and folder is not None:
            files, there = self._storage(name)
            for made in files.ls(f"{there}/out", detail=False):
                path = folder / Path(made).name
                part = path.with_name(path.name + ".part")
                files.get_file(made, str(part))
                part.replace(path)

    def sweep(self, name: str) -> None:
        """Remove from the storage what a job read and made."""
        if self._share is not None:
            files, there = self._storage(name)
            with suppress(OSError):
                files.rm(there, recursive=True)

    def _storage(self, name: str) -> tuple[Any, str]:
        import fsspec

        files, root = fsspec.url_to_fs(self._share)
        return files, f"{root.rstrip('/')}/{name}"

    def _hear(self, event: tuple[float, Any]) -> None:
        said = event[1]
        tell = self._told.get(said.get("job", "")) if isinstance(said, dict) else None
        if tell is not None:
            tell(float(said["progress"]))


class _Run(Running):
    """One job on the cluster, with a thread that waits for it."""

    def __init__(
        self, cluster: Cluster, job: dict[str, Any], progress: Callable[[float], None]
    ) -> None:
        super().__init__(progress)
        self._cluster = cluster
        self._job = job
        self._name = secrets.token_hex(16)
        self._ended = threading.Event()
        # A thread, because Dask's client waits for its own loop, and storage for the network.
        threading.Thread(target=self._work, name="cogwidgets cluster job", daemon=True).start()

    def kill(self) -> None:
        """End the job, wherever it runs."""
        self._ended.set()

    def join(self) -> None:
        """Wait for nothing: what ends on another machine ends by itself."""

    def _work(self) -> None:
        try:
            said = self._done()
        except Exception as error:  # noqa: BLE001 - whoever waits has to hear of every end
            said = {"died": True, "error": {"code": "internal", "message": _sentence(error)}}
        self.end(said)

    def _done(self) -> dict[str, Any]:
        cluster, name = self._cluster, self._name
        said: dict[str, Any] = {}
        try:
            cluster.send(self._job, name)
            future = cluster.submit(self._job, name, self.tell)
            done = threading.Event()
            future.add_done_callback(lambda _: done.set())
            while not done.wait(0.05):
                if self._ended.is_set():
                    break
                if future.client.status == "closed":  # its futures are never done
                    raise OSError("the scheduler is gone")
            if done.is_set() and not self._ended.is_set():
                said = future.result()
                if "result" in said:
                    cluster.fetch(self._job, name)
            else:
                future.cancel()
            return said or {"error": {"code": "stopped", "message": "The job was ended."}}
        finally:
            with suppress(Exception):  # a cluster that is gone
                cluster.forget(name, unwanted="result" not in said)
            cluster.sweep(name)


def _sentence(error: Exception) -> str:
    return f"The cluster could not do this ({type(error).__name__}: {error}); try again."
