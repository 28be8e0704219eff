"""The export: format, quality, progress with the time left, cancel, and the file it makes."""

from __future__ import annotations

import html
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from cogwidgets.api import CallerError, FileProblem, Stopped
from cogwidgets.api.wire import fields, number
from cogwidgets.client import Export
from cogwidgets.client.target import CONTAINERS
from cogwidgets.draft import clock
from cogwidgets.widgets.base import View, static

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.client import PendingExport, Session
    from cogwidgets.widgets.work import Work

__all__ = ["ExportButton"]

QUALITIES = ("high", "medium", "low")
CHUNK = 400_000  # bytes; a notebook server lets about a million a second pass
_SURE = 1.0  # s before a guess of the time left is worth anything
_SOUND = ("m4a", "mp3", "wav")


class ExportButton(View):
    """Export a session's draft: choose, press, watch, open.

    ``result`` is the last `Export`, ``path`` its file. It goes on while the page is reloaded; what
    the end of a kernel has cut off is offered to be resumed by the next button.

    >>> from cogwidgets.connection import connect
    >>> button = ExportButton(connect().session("vlog"))  # doctest: +SKIP
    >>> button.result  # doctest: +SKIP
    <Export 'vlog-edited.mp4' · 0:23 1280x720 · 3.4 MB · took 2.1 s>
    """

    _esm, _css = static("export")

    result = traitlets.Instance(Export, allow_none=True, help="the last export, or None")
    choices = traitlets.Dict(help="name, format and quality, and what there is").tag(sync=True)
    state = traitlets.Dict(help="idle, exists or working, and how far it is").tag(sync=True)
    shown = traitlets.Dict(help="the result, in words").tag(sync=True)
    pending: traitlets.List[str] = traitlets.List(help="names of those cut off").tag(sync=True)

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        self.state = {"at": "idle"}
        self._working: Work | None = None
        self._ours: set[Path] = set()  # that it wrote, so it may write them again
        self._unfinished: list[PendingExport] = []
        self.until_closed(
            session.on_change(lambda _: self.refresh()), session.on_export(self._finish)
        )
        self.refresh()

    @property
    def path(self) -> Path | None:
        """The file of the last export, or None."""
        return self.result.path if self.result is not None else None

    def refresh(self) -> None:
        """Look at what there is to export, and at what was cut off; asks nothing of the service."""
        session = self.session
        draft = session.history[-1] if session.history else None
        wanted = fields(draft.meta.get("output")).get("format") if draft is not None else None
        self.choices = {
            "name": f"{session.name}-edited".replace("/", "-").strip(". ") or "edited",
            "format": wanted if wanted in CONTAINERS else "mp4",
            "formats": list(CONTAINERS),
            "sound": list(_SOUND),
            "quality": "high",
            "qualities": list(QUALITIES),
            "ready": draft is not None and draft.exportable,
        }
        if self._working is None or not self._working.running:
            self._unfinished = session.client.unfinished_exports()
            self.pending = [export.target.name for export in self._unfinished]

    # -- what a person does ------------------------------------------------------------------

    def _do_export(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Export as chosen, unless that would write over a file that is not ours."""
        if self.state.get("at") == "working":
            return
        name, kind = str(message.get("name", "")).strip(), message.get("format")
        quality = message.get("quality")
        if not name or kind not in CONTAINERS or quality not in QUALITIES:
            raise CallerError("The file has no name.", hint="Type one, without its ending.")
        target = Path(f"{name}.{kind}")
        if message.get("instead"):
            target = _free(target)
        elif target.exists() and target.absolute() not in self._ours and not message.get("replace"):
            self.state = {"at": "exists", "name": target.name}
            return
        self._start("Rendering")
        self._working = self.work("exporting", lambda: self._export(target, str(quality)))

    def _do_cancel(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """End what runs."""
        if self._working is not None and self._working.running:
            self.state = {**self.state, "step": "Stopping"}
            self.session.client.stop(self._working.thread)

    def _do_back(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Leave a question unanswered."""
        self.state = {"at": "idle"}

    def _do_resume(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Finish what was cut off."""
        if self.state.get("at") != "working":
            self._start("Rendering")
            self._working = self.work("resuming", self._resume)

    def _do_drop(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """End what was cut off, on the service too."""
        if self.state.get("at") != "working":
            self._working = self.work("dropping", lambda: self._drop(self._unfinished))

    def _do_chunk(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Send a part of the result to a browser that cannot reach its URL."""
        at = int(number(message.get("at")) or 0)
        if self.result is not None:
            try:
                with self.result.path.open("rb") as file:
                    file.seek(max(0, at))
                    data = file.read(CHUNK)
            except OSError as error:
                raise FileProblem(
                    f"{self.result.path} cannot be read ({error.strerror}).",
                    hint="Export it again.",
                ) from error
            self.send({"chunk": at, "size": self.result.size}, [data])

    # -- what comes of it --------------------------------------------------------------------

    def _start(self, step: str) -> None:
        self.shown = {}
        self.state = {"at": "working", "step": step, "fraction": 0.0, "left": None}

    def _export(self, target: Path, quality: str) -> None:
        session = self.session
        with session.client.listening(show=self._shows()):
            try:
                session.export(target, quality=quality)  # which tells `_finish`
            except Stopped:
                mine = [
                    one
                    for one in session.unfinished_exports()
                    if one.target == target.absolute()
                ]  # fmt: skip
                self._drop(mine)
            else:
                chosen = "" if quality == "high" else f", quality={quality!r}"
                self.did(f"session.export({str(target)!r}{chosen})")
            finally:
                self._idle()

    def _resume(self) -> None:
        client = self.session.client
        with client.listening(show=self._shows()):
            try:
                exports = client.resume_exports()
                if exports:
                    self._finish(exports[-1])
                self.did("session.client.resume_exports()")
            except Stopped:
                pass  # they are still written down
            finally:
                self._idle()

    def _drop(self, exports: Iterable[PendingExport]) -> None:
        dropped = tuple(exports)
        if dropped:
            self.session.cancel_exports(*dropped)
        self._working = None
        self.refresh()

    def _finish(self, export: Export) -> None:
        here = self.session.client.api.here
        self._ours.add(export.path)
        self.result = export
        size = f"{export.width}×{export.height}" if export.width else ""
        self.shown = {
            "name": export.path.name,
            "path": str(export.path),
            "facts": " · ".join(filter(None, (clock(round(export.duration)), size))),
            "size": export.size,
            "seconds": round(export.seconds, 1),
            "url": export.url,
            # A signed URL of another host must be left as it is.
            "download": f"{export.url}?download=1" if here and export.url else export.url,
        }

    def _idle(self) -> None:
        self.state = {"at": "idle"}
        self._working = None
        self.refresh()

    def _shows(self) -> _Progress:
        return _Progress(self)

    # -- where no widget is shown ------------------------------------------------------------

    def html(self) -> str:
        """Return what has been exported, if anything."""
        said = repr(self.result) if self.result is not None else "Nothing has been exported yet."
        return f"<p>{html.escape(said)}</p>"

    def __repr__(self) -> str:
        return f"<ExportButton of {self.session!r}>"


class _Progress:
    """Tell a button how far its export is, and guess how long the step still takes."""

    def __init__(self, button: ExportButton) -> None:
        self._button = button
        self._step = ""
        self._began = 0.0

    def __call__(self, step: str, fraction: float) -> None:
        """Show ``fraction`` (0 to 1) of a step."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._began = step, now
        passed = now - self._began
        left = passed * (1 - fraction) / fraction if fraction > 0 and passed > _SURE else None
        if self._button.state.get("step") != "Stopping":
            self._button.state = {
                "at": "working", "step": step, "fraction": fraction, "left": left,
            }  # fmt: skip


def _free(target: Path) -> Path:
    """Return a name beside the target that is not taken: ``vlog-2.mp4``."""
    number = 2
    while (other := target.with_stem(f"{target.stem}-{number}")).exists():
        number += 1
    return other
