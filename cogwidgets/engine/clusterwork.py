"""Clusterwork: one job on a worker of a Dask cluster, and the files that it needs there.

The worker runs the very process that runs on one machine, `cogwidgets.engine.worker`. Its files lie
in a folder that engine and workers share under one path, or travel through any storage that fsspec
knows. Whatever it makes is made in a folder of the attempt's own and moved when it is whole: a
worker that was taken for dead must not write into what its successor makes.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.process import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["inputs_of", "output_of", "with_paths", "with_siblings", "work"]

LOOK_EVERY = 0.5  # s, whether the job is still wanted
ATTEMPT = ".attempt-"
_SINGLE = ("source", "speech")  # what names one file to read

Job = dict[str, Any]


def inputs_of(job: Job) -> list[str]:
    """Name the files that a job reads."""
    single = [job[key] for key in _SINGLE if key in job]
    return [*single, *job.get("media", {}).values()]


def with_siblings(path: str) -> list[Path]:
    """Name a file and the other forms of it beside it: a stem's FLAC has an AAC to copy."""
    source = Path(path)
    return [one for one in source.parent.glob("*") if one.stem == source.stem]


def output_of(job: Job) -> Path | None:
    """Name the folder that a job writes into; None for one that only tells."""
    if "folder" in job:
        return Path(job["folder"])
    return Path(job["target"]).parent if "target" in job else None


def with_paths(job: Job, moved: dict[str, str], folder: Path | None) -> Job:
    """Return the job with its inputs elsewhere, and with ``folder`` to write into.

    >>> job = {"kind": "render", "media": {"/media/0/a.mp4": "/a.mp4"}, "target": "/x/out.mp4"}
    >>> with_paths(job, {"/a.mp4": "/b.mp4"}, Path("/y"))["target"]
    '/y/out.mp4'
    """
    job = dict(job)
    for key in _SINGLE:
        if key in job:
            job[key] = moved.get(job[key], job[key])
    if "media" in job:
        job["media"] = {url: moved.get(path, path) for url, path in job["media"].items()}
    if folder is not None and "folder" in job:
        job["folder"] = str(folder)
    if folder is not None and "target" in job:
        job["target"] = str(folder / Path(job["target"]).name)
    return job


def work(job: Job, name: str, topic: str, share: str | None) -> dict[str, Any]:
    """Do a job on the Dask worker that this runs on.

    Progress is told to ``topic``; the event called ``name`` ends it. Returns what the worker
    process said last, or ``{"died": True}`` and an error where it said nothing.
    """
    from distributed import Event, get_client, get_worker

    worker = get_worker()
    wanted = Event(name, client=get_client())
    with _through(share, job, name) if share else _beside(job) as (local, keep):
        last = _run(
            local,
            lambda fraction: worker.log_event(topic, {"job": name, "progress": fraction}),
            wanted.is_set,
        )
        if "result" in last:
            keep()
        return last


@contextmanager
def _beside(job: Job) -> Iterator[tuple[Job, Callable[[], None]]]:
    """Give a job a folder of its own beside what it is to make."""
    folder = output_of(job)
    if folder is None:
        yield job, lambda: None
        return
    own = folder / f"{ATTEMPT}{secrets.token_hex(8)}"
    own.mkdir()

    def keep() -> None:
        for path in own.iterdir():
            path.replace(folder / path.name)
        for other in folder.glob(f"{ATTEMPT}*"):  # of those who died at it, too
            shutil.rmtree(other, ignore_errors=True)

    try:
        yield with_paths(job, {}, own), keep
    finally:
        shutil.rmtree(own, ignore_errors=True)


@contextmanager
def _through(share: str, job: Job, name: str) -> Iterator[tuple[Job, Callable[[], None]]]:
    """Fetch what a job reads from the storage, and put there what it makes."""
    import fsspec

    files, root = fsspec.url_to_fs(share)
    there = f"{root.rstrip('/')}/{name}"
    with tempfile.TemporaryDirectory(prefix="cogwidgets-") as scratch:
        read, made = Path(scratch, "in"), Path(scratch, "out")
        made.mkdir()
        moved = {}
        for number, path in enumerate(inputs_of(job)):
            local = read / str(number)
            local.mkdir(parents=True)
            for source in files.ls(f"{there}/in/{number}", detail=False):
                files.get_file(source, str(local / Path(source).name))
            moved[path] = str(local / Path(path).name)

        def keep() -> None:
            files.makedirs(f"{there}/out", exist_ok=True)
            for path in made.iterdir():
                files.put_file(str(path), f"{there}/out/{path.name}")

        yield with_paths(job, moved, made), keep


def _run(job: Job, tell: Callable[[float], None], unwanted: Callable[[], bool]) -> dict[str, Any]:
    over = threading.Event()
    worker = Worker.start()

    def watch() -> None:
        while not over.wait(LOOK_EVERY):
            with suppress(Exception):  # a scheduler that is gone: Dask ends the worker itself
                if unwanted():
                    worker.kill()
                    return

    threading.Thread(target=watch, daemon=True).start()
    try:
        return worker.work(job, tell)
    finally:
        over.set()
        worker.kill()
