"""Export: a draft becomes a file: submit, wait, download, check, name.

Each step can be cut off. What has begun is written down before its request leaves, so that
`resume_exports` finds it, in this process or the next.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cogwidgets.api import (
    CallerError,
    CogError,
    ConnectionFailed,
    Output,
    RenderFailed,
    RenderStatus,
    ServiceError,
    Stopped,
    StreamBroken,
)
from cogwidgets.api.wire import number
from cogwidgets.client.ledger import PendingExport
from cogwidgets.client.recovery import looks
from cogwidgets.client.target import Part, check_target, disk_problem
from cogwidgets.draft import Draft, clock
from cogwidgets.waiting import StopAsked

if TYPE_CHECKING:
    from cogwidgets.client.client import Client

__all__ = [
    "Export",
    "Proxy",
    "drop_export",
    "export_draft",
    "render_proxy",
    "resume_exports",
    "unfinished_exports",
]

_RESUME = "What was begun is written down: session.resume_exports() goes on with it."
_UNKNOWN = (404, 1002)  # codes that mean: no such render here


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


@dataclass(frozen=True)
class Proxy:
    """A draft rendered quickly and small, to be looked at: ``url`` plays it, nothing is on disk.

    ``raw`` is what the service tells of it.
    """

    url: str
    render_id: str
    duration: float
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


def export_draft(
    client: Client, session_id: str, draft: Draft, target: Path, *, quality: str
) -> Export:
    """Render a draft and download it to ``target``, which appears whole or not at all.

    A render that failed is repeated once under a new id (contract.md, "Errors"); one whose fate is
    unknown never is. Raises `RenderFailed`, `StreamBroken` and what `check_target` raises.
    """
    started = time.monotonic()
    target = check_target(target)
    if not draft.exportable:
        raise CallerError(
            "There is nothing to export yet.", hint="Upload a video first: session.upload(path)."
        )
    output = Output(target.suffix.lower().removeprefix("."), quality)
    for _ in range(2):
        render_id = _new_id()
        pending = PendingExport(render_id, session_id, target, dt.datetime.now(dt.UTC))
        with Part(target, render_id) as part, _told(client, pending):
            client.ledger.begin(pending)
            status = _awaited(client, render_id, _submitted(client, pending, part, draft, output))
            if status.status == "completed":
                return _fetched(client, pending, part, status, draft, started)
            _drop(client, pending, part)
        if status.raw.get("errorCode") == "cancelled":
            break
    raise _failed(status)


def render_proxy(client: Client, session_id: str, draft: Draft) -> Proxy:
    """Render a draft quickly rather than well, and leave the result where it is.

    It is not written down as an export is: one that is cut off is ended, since another is quickly
    made. Raises `RenderFailed` and `CallerError`.
    """
    if not draft.exportable:
        raise CallerError(
            "There is nothing to look at yet.", hint="Upload a video first: session.upload(path)."
        )
    api, render_id = client.api, _new_id()
    pictures = any(track.kind == "video" and track.segments for track in draft.tracks)
    # The service has no quality that is meant for looking; the engine has.
    output = Output("mp4" if pictures else "m4a", "preview" if api.here else "low")
    try:
        with api.working():
            status = api.submit_render(render_id, session_id, draft.raw, output)
            status = _awaited(client, render_id, status)
    except (Stopped, KeyboardInterrupt):
        with contextlib.suppress(CogError):
            api.cancel_render(render_id)
        raise
    if status.status != "completed":
        raise _failed(status)
    length = number(status.result.get("duration")) or draft.duration
    return Proxy(api.absolute(status.url), render_id, length, status.result)


def unfinished_exports(client: Client, session_id: str | None = None) -> list[PendingExport]:
    """Return what has begun and is not being finished by some program just now."""
    pending = client.ledger.exports(session_id)
    return [one for one in pending if not Part.busy(one.target, one.render_id)]


def resume_exports(client: Client, pending: Iterable[PendingExport]) -> list[Export]:
    """Finish exports that were cut off: find each render, wait for it, download what is missing.

    One that cannot be finished is told of and keeps nobody from the others; its error is raised
    where none could be.
    """
    done: list[Export] = []
    failed: list[CogError] = []
    with client.api.working(_RESUME):
        for one in pending:
            try:
                done.append(_resumed(client, one))
            except CogError as error:
                client.tell(f"{one.target.name}: {error}")
                failed.append(error)
    if failed and not done:
        raise failed[0]
    return done


def drop_export(client: Client, pending: PendingExport) -> None:
    """End an unfinished export on the service and take away what has come of it."""
    try:
        client.api.cancel_render(pending.render_id)
    except ServiceError as error:
        if error.code not in _UNKNOWN:
            raise
    client.ledger.end(pending.render_id)
    Part.path_of(pending.target, pending.render_id).unlink(missing_ok=True)


def _resumed(client: Client, pending: PendingExport) -> Export:
    started = time.monotonic()
    with Part(pending.target, pending.render_id) as part, _told(client, pending):
        try:
            status = _awaited(client, pending.render_id, client.api.render(pending.render_id))
        except ServiceError as error:
            if error.code not in _UNKNOWN:
                raise
            _drop(client, pending, part)
            raise RenderFailed(
                f"The service does not know the render of {pending.target.name}.", call=error.call
            ) from None
        if status.status == "completed":
            return _fetched(client, pending, part, status, Draft(None), started)
        _drop(client, pending, part)
    raise _failed(status)


@contextlib.contextmanager
def _told(client: Client, pending: PendingExport) -> Iterator[None]:
    """Say, when an export is cut off, how to go on with it, if one can."""
    try:
        yield
    except StopAsked:
        raise Stopped("Stopped.", hint=_RESUME) from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_RESUME) from None
    except (ConnectionFailed, ServiceError, StreamBroken) as error:
        if any(one.render_id == pending.render_id for one in client.ledger.exports()):
            error.hint = _RESUME
        raise


def _submitted(
    client: Client, pending: PendingExport, part: Part, draft: Draft, output: Output
) -> RenderStatus:
    """Submit a render once; where no answer comes, look what has become of it."""
    api, render_id = client.api, pending.render_id
    try:
        return api.submit_render(render_id, pending.session_id, draft.raw, output)
    except StreamBroken as broken:
        for status in looks(api, lambda: api.render(render_id), at_once=True):
            return status
        raise broken from None
    except CogError:
        _drop(client, pending, part)  # refused, or never sent
        raise


def _new_id() -> str:
    return f"render_{time.time_ns() // 1_000_000}_{uuid.uuid4().hex[:8]}"


def _awaited(client: Client, render_id: str, status: RenderStatus) -> RenderStatus:
    wait, longest = client.api.patience.poll
    while status.status not in ("completed", "failed"):
        client.show("Rendering", (status.progress or 0) / 100)
        client.api.waits.sleep(wait)
        wait = min(1.5 * wait, longest)
        status = client.api.render(render_id)
    client.show("Rendering", 1)
    return status


def _failed(status: RenderStatus) -> RenderFailed:
    said = status.error.rstrip(".") or "the service does not say why"
    return RenderFailed(f"The render failed: {said}.")


def _fetched(  # noqa: PLR0917 - one step of two ways
    client: Client,
    pending: PendingExport,
    part: Part,
    status: RenderStatus,
    draft: Draft,
    started: float,
) -> Export:
    """Download a finished render, check it, and give it its name."""
    try:
        _download(client, pending, status, part.file)
        size = part.publish()
    except OSError as error:
        part.drop()
        raise disk_problem(error, pending.target) from None
    except StreamBroken as broken:
        if broken.call is None:  # it came, and is not what was asked for
            _drop(client, pending, part)
        raise
    finally:
        client.show("Downloading", 1)
    client.ledger.end(pending.render_id)
    told, meta = status.result, draft.meta
    notes = told.get("notes")
    for note in notes if isinstance(notes, list) else ():
        client.tell(str(note))  # what was left out, and why
    return Export(
        path=pending.target,
        url=status.url,
        render_id=pending.render_id,
        status=status.status,
        seconds=time.monotonic() - started,
        duration=number(told.get("duration")) or draft.duration,
        width=int(number(told.get("width", meta.get("width"))) or 0),
        height=int(number(told.get("height", meta.get("height"))) or 0),
        size=size,
    )


def _download(
    client: Client, pending: PendingExport, status: RenderStatus, file: IO[bytes]
) -> None:
    """Fill the file; a download that breaks goes on where it was, then by the render's id."""
    api, etag = client.api, pending.etag

    def show(done: int, total: int) -> None:
        client.show("Downloading", done / total if total else 0)

    def named(found: str) -> None:
        nonlocal etag
        etag = found
        client.ledger.downloading(pending.render_id, etag)

    for pause in api.patience.reads if status.url else ():
        try:
            return api.download(status.url, file, show, etag=etag, named=named)
        except (ConnectionFailed, ServiceError):
            break  # it cannot be reached: there is another way
        except StreamBroken:
            api.waits.sleep(pause)
    return api.download_render(pending.render_id, file, show, etag=etag, named=named)


def _drop(client: Client, pending: PendingExport, part: Part) -> None:
    """Forget an export of which no file will come."""
    part.drop()
    client.ledger.end(pending.render_id)
