"""Sketches: what views draw of a medium, made by a job when it is first asked for, then kept.

A sketch lies beside the file that it is of, in the medium's folder, so it goes when that goes.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

from cogwidgets.engine.errors import NotFound, UnsupportedFile
from cogwidgets.engine.jobs import JobError

if TYPE_CHECKING:
    from pathlib import Path

    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.store import Store

__all__ = ["Sketches", "sketch_path"]

_SUFFIX = ".sketch.json"


def sketch_path(url: str) -> str:
    """Give the path of the sketch of ``/media/<id>/<name>``, as unguessable as that is.

    >>> sketch_path("/media/0a/vlog.mp4")
    '/sketch/0a/vlog.mp4'
    """
    return url.replace("/media/", "/sketch/", 1)


class Sketches:
    """Make sketches, each once, however many ask for it at a time."""

    def __init__(self, store: Store, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs
        self._making: dict[Path, asyncio.Task[None]] = {}

    async def file(self, medium_id: str, name: str) -> Path:
        """Return the file of a sketch, made where there is none yet.

        Raises
        ------
        NotFound
            There is no such medium.
        UnsupportedFile
            There is nothing to draw of it.

        """
        source = self._store.file(f"/media/{medium_id}/{name}")
        medium = self._store.medium(medium_id)
        if source is None or medium is None or name.endswith(_SUFFIX):
            raise NotFound("There is no such file.")
        made = source.with_name(name + _SUFFIX)
        if not made.exists():
            task = self._making.get(made)
            if task is None:
                task = asyncio.create_task(self._make(source, made, medium.account))
                self._making[made] = task
                task.add_done_callback(lambda _: self._making.pop(made, None))
            # One who asked and went away does not end it for the others.
            await asyncio.shield(task)
        return made

    async def close(self) -> None:
        """End what is being made."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, source: Path, made: Path, owner: str) -> None:
        try:
            sketch = await self._jobs.run({"kind": "sketch", "source": str(source)}, owner=owner)
        except JobError as error:
            if error.code in {"unreadable", "unsupported", "no_audio"}:
                raise UnsupportedFile(error.message) from error
            raise
        await asyncio.to_thread(_write, made, json.dumps(sketch))


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text)
    part.replace(path)
