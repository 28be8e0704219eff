"""Studio: the whole job in one widget: files, chat, timeline, preview, export, calls."""

from __future__ import annotations

import contextlib
import threading
import weakref
from pathlib import Path
from typing import Any, TypeVar

import traitlets
from IPython.core.getipython import get_ipython

from cogwidgets.api import CallerError, CogError
from cogwidgets.client import Client, Session
from cogwidgets.client.router import named_files
from cogwidgets.client.target import CONTAINERS
from cogwidgets.connection import connect
from cogwidgets.draft import Draft, Segment, clock
from cogwidgets.widgets import pages
from cogwidgets.widgets.base import View, static
from cogwidgets.widgets.calls import CallInspector
from cogwidgets.widgets.chat import ChatBox
from cogwidgets.widgets.export import ExportButton
from cogwidgets.widgets.files import FilePicker
from cogwidgets.widgets.preview import Preview
from cogwidgets.widgets.sound import SoundReport
from cogwidgets.widgets.state import StateView
from cogwidgets.widgets.timeline import TimelineView

__all__ = ["Studio"]

V = TypeVar("V", bound=View)

_CLOSING = 5.0  # s that `Studio.close` waits for what runs
_PATIENCE = 60.0  # s that `Studio.session` waits for the set-up


class Studio(View):
    """Clear a video's music, edit it by talking, look at it, export it, and see each call.

    Without a session it connects by itself (`cogwidgets.connect`) and makes one called ``name``;
    that goes on in the background, so the cell ends at once. ``code`` is the Python that does what
    was done so far, as a cell that runs; ``selection`` is what is selected on the timeline.

    >>> import cogwidgets as cog
    >>> client = cog.connect(base_url="http://127.0.0.1:9", token="my-own-token")
    >>> studio = Studio(Session(client, "1", "my vlog"))
    >>> print(studio.code)
    import cogwidgets as cog
    <BLANKLINE>
    client = cog.connect()
    session = client.session("my vlog")
    """

    _esm, _css = static("studio")
    parts = traitlets.Dict(help="the views inside, by their places").tag(sync=True)
    status = traitlets.Dict(help="how the set-up stands").tag(sync=True)
    summary = traitlets.Unicode("", help="of the timeline").tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True)
    calls = traitlets.Int(0, help="how many have been made").tag(sync=True)
    script = traitlets.Unicode("", help="what `code` is").tag(sync=True)
    undoable = traitlets.Bool(False).tag(sync=True)
    unfinished = traitlets.Int(0, help="exports that were cut off").tag(sync=True)
    stepping = traitlets.Bool(False, help="whether calls pause").tag(sync=True)
    asking = traitlets.Bool(False, help="whether one is paused now").tag(sync=True)

    def __init__(
        self, session: Session | None = None, *, name: str = "my video", **options: Any
    ) -> None:
        super().__init__(**options)
        self._ready = threading.Event()
        self._session: Session | None = None
        self._own: Client | None = None
        self.files = FilePicker()
        self.chat = ChatBox(export=self._export_asked)
        for part in (self.files, self.chat):
            part.on_did(self.did)
        self._views: dict[str, View] = {"files": self.files, "chat": self.chat}
        self.name = name if session is None else session.name
        self.script = self.code
        self._place()
        if session is None:
            self.status = {"state": "connecting", "line": "Setting things up..."}
            self.work("connecting", self._connect)
        else:
            self._join(session)
        self._hook()

    # -- setting up ---------------------------------------------------------------------------

    def _connect(self) -> None:
        try:
            client = self._own = connect(show=_nothing, tell=_nothing)
            with client.listening(tell=self._line):
                self._join(client.session(self.name))
        except Exception as error:
            if self._own is not None:
                self._own.close()
                self._own = None
            self.status = {"state": "failed", "line": _said(error)}
            self._ready.set()
            raise

    def _line(self, line: str, /) -> None:
        self.status = {**self.status, "line": line}

    def _do_connect(self, message: dict[str, Any], _: list[memoryview]) -> None:  # noqa: ARG002
        """Try again."""
        if self.status.get("state") == "failed":
            self._ready.clear()
            self.status = {"state": "connecting", "line": "Setting things up..."}
            self.work("connecting", self._connect)

    def _join(self, session: Session) -> None:
        self._session = session
        self.until_closed(session.on_change(self._changed))
        self._views |= {
            "timeline": TimelineView(session),
            "preview": Preview(session),
            "sound": SoundReport(session),
            "calls": CallInspector(session),
            "state": StateView(session),
            "export": ExportButton(session),
        }
        timeline, preview, _, calls, _, export = views = list(self._views.values())[2:]
        for part in views:
            if part is not preview:  # which renders by itself when it is looked at
                part.on_did(self.did)
        traitlets.link((timeline, "playhead"), (preview, "playhead"))
        export.observe(self._exported, "result")
        traitlets.dlink((export, "pending"), (self, "unfinished"), len)
        traitlets.dlink((calls, "stepping"), (self, "stepping"), bool)
        traitlets.dlink((calls, "step"), (self, "asking"), _asks)
        self.until_closed(session.client.calls.watch(lambda _: self._count()))
        self.files.join(session)
        self.chat.join(session)
        self._place()
        if session.history:
            self._changed(session.history[-1])
        self._ready.set()
        self._tell_ready()
        self.work("credits", self._tell_credits)

    def _tell_ready(self, **more: Any) -> None:
        client = self.client
        self.status = {
            "state": "ready",
            "line": f"Ready · {client.where}",
            "where": client.where,
            **more,
        }

    def _tell_credits(self) -> None:
        with contextlib.suppress(CogError):  # good to know, no more
            self._tell_ready(credits=self.client.credits().available)
        self._count()

    # -- what it stands on ------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The session; waits until it is set up.

        Raises `CallerError` where that fails or takes longer than a minute.
        """
        if not self._ready.wait(_PATIENCE) or self._session is None:
            raise CallerError("There is no session yet.", hint="Look at what the Studio says.")
        return self._session

    @property
    def client(self) -> Client:
        """The client of the session."""
        return self.session.client

    @property
    def timeline(self) -> TimelineView:
        """The timeline; waits like `session`."""
        return self._view("timeline", TimelineView)

    @property
    def preview(self) -> Preview:
        """The player; waits like `session`."""
        return self._view("preview", Preview)

    @property
    def inspector(self) -> CallInspector:
        """The list of calls; waits like `session`."""
        return self._view("calls", CallInspector)

    @property
    def export(self) -> ExportButton:
        """The export bar; waits like `session`."""
        return self._view("export", ExportButton)

    def _view(self, place: str, kind: type[V]) -> V:
        _ = self.session
        view = self._views[place]
        assert isinstance(view, kind)  # noqa: S101 - as it was made
        return view

    @property
    def selection(self) -> Segment | None:
        """What is selected on the timeline."""
        timeline = self._views.get("timeline")
        return timeline.selection if isinstance(timeline, TimelineView) else None

    @property
    def code(self) -> str:
        """The Python that does what was done so far, as a cell that runs."""
        lines = ["import cogwidgets as cog"]
        if any("cogwidgets.sample" in line for line in self._lines):
            lines.append("import cogwidgets.sample")
        lines += ["", "client = cog.connect()", f"session = client.session({_quoted(self.name)})"]
        return "\n".join([*lines, *self._lines])

    def did(self, line: str) -> None:
        """Write down the Python of what was done, in here or in a view of it."""
        super().did(line)
        self.script = self.code
        self._count()

    def _heard(self, view: Any, message: Any, buffers: list[memoryview]) -> None:
        """Hear what makes sense only once there is a session when there is one."""
        early = isinstance(message, dict) and message.get("do") in ("connect", "dismiss")
        if early or (self._ready.is_set() and self._session is not None):
            super()._heard(view, message, buffers)

    # -- what a person does -----------------------------------------------------------------------

    def _do_undo(self, message: dict[str, Any], _: list[memoryview]) -> None:  # noqa: ARG002
        self.chat.say("undo")

    def _do_step(self, message: dict[str, Any], _: list[memoryview]) -> None:  # noqa: ARG002
        """Begin or end stepping through the calls."""
        self.inspector._do_switch({"state": not self.stepping}, [])  # noqa: SLF001 - its own switch

    def _do_resume(self, message: dict[str, Any], buffers: list[memoryview]) -> None:
        """Finish the exports that were cut off."""
        self.export._do_resume(message, buffers)  # noqa: SLF001 - as its own button

    def _export_asked(self, text: str) -> None:
        """Export as the chat was asked to, over no file that is there."""
        named = [Path(name) for name in named_files(text)]
        target = next((path for path in named if path.suffix[1:].lower() in CONTAINERS), None)
        choices = self.export.choices
        if target is None:
            target = Path(f"{choices['name']}.{choices['format']}")
        asked: dict[str, Any] = {
            "name": str(target.with_suffix("")),
            "format": target.suffix[1:].lower(),
        }
        asked |= {"quality": "high", "instead": target.exists()}
        self.export._do_export(asked, [])  # noqa: SLF001 - as its own button

    def _exported(self, change: Any) -> None:
        """Say in the chat what has been exported."""
        if change.new is not None:
            self.chat.tell_done(change.new)

    # -- what is shown -----------------------------------------------------------------------------

    def _place(self) -> None:
        self.parts = {place: f"IPY_MODEL_{part.model_id}" for place, part in self._views.items()}

    def _changed(self, draft: Draft) -> None:
        tracks = sum(bool(track.segments) for track in draft.tracks)
        size = [str(draft.meta[side]) for side in ("width", "height") if draft.meta.get(side)]
        told = [f"{tracks} track{'s' * (tracks != 1)}", clock(draft.duration), "×".join(size)]
        self.summary = " · ".join(filter(None, told)) if tracks else ""
        self._count()

    def _count(self) -> None:
        if self._session is not None:
            self.calls = len(self._session.client.calls)
            self.undoable = any(turn.changes for turn in self._session.turns)

    def _hook(self) -> None:
        """Show what cells have done, when they have done it."""
        shell = get_ipython()
        if shell is None:
            return
        here = weakref.ref(self)

        def ran(*_: object) -> None:
            studio = here()
            if studio is not None:
                studio.chat.sync()
                studio._count()  # noqa: SLF001 - ours

        shell.events.register("post_run_cell", ran)

        def unhook() -> None:
            with contextlib.suppress(ValueError):
                shell.events.unregister("post_run_cell", ran)

        self.until_closed(unhook)
        weakref.finalize(self, unhook)

    def close(self) -> None:
        """Close the views, and the client if it is the Studio's own."""
        views = [self, *self._views.values()]
        if self._own is not None:
            self._own.stop()
            for view in views:
                view.settle(_CLOSING)
            self._own.close()
            self._own = None
        for part in views[1:]:
            part.close()
        super().close()

    def html(self) -> str:
        """Return the conversation, the timeline, what was exported, and the calls."""
        kept = ("files", "chat", "timeline", "export", "calls")
        views = [self._views[place] for place in kept if place in self._views]
        return pages.studio(self.name, [view.html() for view in views])

    def __repr__(self) -> str:
        state = self.status.get("state")
        return f"<Studio {self.name!r} · {self.summary or state}>"


def _asks(step: dict[str, Any]) -> bool:
    """Tell whether a call is paused, and a person asked."""
    return step.get("phase") in ("before", "event", "after")


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def _said(error: Exception) -> str:
    return error.message if isinstance(error, CogError) else f"{type(error).__name__}: {error}"


def _nothing(*_: object, **__: object) -> None:
    """Show nothing."""
