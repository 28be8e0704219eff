"""Export: a draft becomes a file: submit, poll, download, check, name."""

from __future__ import annotations

import errno
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cogwidgets.api import (
    CallerError,
    CogError,
    ConnectionFailed,
    FileProblem,
    Output,
    RenderFailed,
    RenderStatus,
    StreamBroken,
)
from cogwidgets.draft import Draft, clock

if TYPE_CHECKING:
    from cogwidgets.client.client import Client

__all__ = ["CONTAINERS", "Export", "check_target", "export_draft"]

CONTAINERS = ("mp4", "mov", "mkv", "webm", "m4a", "mp3", "wav")


@dataclass(frozen=True)
class Export:
    """A finished export: ``seconds`` is the time it took, ``duration`` the length of the result.

    ``width`` and ``height`` are in pixels, 0 for a file of sound alone; ``size`` is in bytes.
    """

    path: Path
    url: str
    render_id: str
    status: str
    seconds: float
    duration: float
    width: int
    height: int
    size: int

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        picture = f" · {self.width}x{self.height}" if self.width else ""
        length = f"{clock(self.duration)}{picture} · {self.size / 1e6:.1f} MB"
        return f"<Export {self.path.name!r} · {length} · took {self.seconds:.1f} s>"


def check_target(path: Path) -> Path:
    """Return the absolute path of an output, having made sure that it can be written.

    Raises `CallerError` for a container we do not write, `FileProblem` for a folder that is not
    there or cannot be written.
    """
    target = path.expanduser().absolute()
    suffix = target.suffix.lower().removeprefix(".")
    if suffix not in CONTAINERS:
        raise CallerError(
            f"{target.name} does not say which container to write.",
            hint=f"End its name with one of {', '.join('.' + c for c in CONTAINERS)}.",
        )
    folder = target.parent
    if not folder.is_dir():
        raise FileProblem(f"The folder {folder} is not there.", hint="Make it, or name another.")
    if target.is_dir():
        raise FileProblem(f"{target} is a folder.", hint="Name a file to write.")
    probe = _part(target)
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise FileProblem(
            f"{folder} cannot be written ({error.strerror}).", hint="Name another folder."
        ) from None
    return target


def export_draft(
    client: Client, session_id: str, draft: Draft, target: Path, *, quality: str
) -> Export:
    """Render a draft and download it to ``target``, which appears whole or not at all.

    A failed render is repeated once under a new id (contract.md, "Errors"). Raises `RenderFailed`,
    `StreamBroken` and what `check_target` raises.
    """
    started = time.monotonic()
    target = check_target(target)
    if not draft.exportable:
        raise CallerError(
            "There is nothing to export yet.", hint="Upload a video first: session.upload(path)."
        )
    output = Output(target.suffix.lower().removeprefix("."), quality)
    status = _rendered(client, session_id, draft, output)
    size = _download(client, status, target)
    said = _result(status)
    meta = draft.raw.get("m")
    shape = meta if isinstance(meta, dict) else {}
    return Export(
        path=target,
        url=status.url,
        render_id=status.id,
        status=status.status,
        seconds=time.monotonic() - started,
        duration=float(said.get("duration") or draft.duration),
        width=int(said.get("width", shape.get("width")) or 0),
        height=int(said.get("height", shape.get("height")) or 0),
        size=size,
    )


def _rendered(client: Client, session_id: str, draft: Draft, output: Output) -> RenderStatus:
    for last in (False, True):
        render_id = f"render_{time.time_ns() // 1_000_000}_{uuid.uuid4().hex[:8]}"
        status = client.api.submit_render(render_id, session_id, draft.raw, output)
        wait, longest = client.poll_seconds
        while status.status not in ("completed", "failed"):
            time.sleep(wait)
            wait = min(1.5 * wait, longest)
            status = client.api.render(render_id)
            client.show("Rendering", (status.progress or 0) / 100)
        client.show("Rendering", 1)
        if status.status == "completed":
            return status
        if last:
            break
    said = status.error.rstrip(".") or "the service does not say why"
    raise RenderFailed(f"The render failed: {said}.")


def _download(client: Client, status: RenderStatus, target: Path) -> int:
    """Write the result beside the target, then give it its name; return its bytes."""
    part = _part(target)

    def show(done: int, total: int) -> None:
        client.show("Downloading", done / total if total else 0)

    try:
        with part.open("wb") as file:
            try:
                size = client.api.download(status.url, file, show)
            except (ConnectionFailed, StreamBroken):
                file.seek(0)
                file.truncate()
                size = client.api.download_render(status.id, file, show)
            file.flush()
            os.fsync(file.fileno())
        if size == 0:
            raise StreamBroken("The result is empty.", hint="Export again.")
        part.replace(target)
    except OSError as error:
        raise _disk_problem(error, target) from None
    finally:
        part.unlink(missing_ok=True)
        client.show("Downloading", 1)
    return size


def _disk_problem(error: OSError, target: Path) -> CogError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CogError(
            f"The disk is full, so {target.name} was not written.",
            hint="Free some space and export again: the finished render is kept.",
        )
    return FileProblem(f"{target} cannot be written ({error.strerror}).")


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.part")


def _result(status: RenderStatus) -> dict[str, Any]:
    """Return what the answer tells of the finished file, where it tells anything."""
    inner = status.raw.get("data")
    output = (inner if isinstance(inner, dict) else status.raw).get("output")
    return output if isinstance(output, dict) else {}
