"""Session: one video being edited: upload, send, timeline, export."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cogwidgets.api import (
    CallerError,
    CogError,
    Event,
    State,
    StateDelta,
    StreamBroken,
    ToolCall,
    ToolResult,
    Turn,
    Upload,
)
from cogwidgets.client.export import (
    Export,
    Proxy,
    drop_export,
    export_draft,
    render_proxy,
    resume_exports,
    unfinished_exports,
)
from cogwidgets.client.recovery import looks, take_turn, watched
from cogwidgets.client.router import route
from cogwidgets.client.sources import Source, check_source, resolve, sources_in
from cogwidgets.client.target import CONTAINERS
from cogwidgets.draft import Draft, Layout, Sketch, clock, lanes, timeline_frame
from cogwidgets.plural import counted

if TYPE_CHECKING:
    import pandas as pd

    from cogwidgets.api import Claim, Credits
    from cogwidgets.client.client import Client
    from cogwidgets.client.ledger import PendingExport
    from cogwidgets.draft.lanes import Picture

__all__ = ["Session"]

logger = logging.getLogger("cogwidgets")

_T = TypeVar("_T")

_RESULT = re.compile(rf"\S+\.(?:{'|'.join(CONTAINERS)})\b", re.IGNORECASE)


class Session:
    """One video being edited, as the service sees it. Made by `Client.session`.

    ``history`` holds every draft that was read, ``turns`` every message's turn, ``uploads`` the
    files that the session held when its state was last read, ``analyses`` what was found in them.
    """

    def __init__(self, client: Client, session_id: str, name: str, task_id: str = "") -> None:
        self.client = client
        self.id = session_id
        self.name = name
        self.task_id = task_id
        self.history: list[Draft] = []
        self.turns: list[Turn] = []
        self.uploads: list[Upload] = []
        self.analyses: list[Any] = []
        self._on_change: list[Callable[[Draft], None]] = []
        self._on_export: list[Callable[[Export], None]] = []
        self.before: Draft | None = None  # the draft as it stood when the last message left
        self._files = 0  # how many the state held when it was last read
        self._media: dict[str, dict[str, Any]] = {}  # what it said of each, by source and URL
        self._sketches: dict[str, Sketch] = {}
        self._proxies: dict[str, Proxy] = {}  # by the draft

    def upload(self, *sources: Source | Iterable[Source]) -> list[Upload]:
        """Upload files: paths, folders, globs or URLs, in order.

        Every file is checked before the first is sent. Raises `FileProblem`, `UnsupportedFile` and
        `FileTooLarge`; nothing has been sent then. An upload is never sent twice: when the
        connection breaks, the session's state tells whether the files have arrived.
        """
        api = self.client.api
        done: list[Upload] = []
        with api.working("The file may still have arrived: session.state() shows it."):
            paths, urls = resolve(sources)
            checked = [check_source(path) for path in paths]
            if checked:
                names = checked[0].name if len(checked) == 1 else counted(len(checked), "file")

                def show(sent: int, total: int) -> None:
                    self.client.show(f"Uploading {names}", sent / total if total else 1)

                known = self._files
                try:
                    done += api.upload(self.id, checked, show).files
                except StreamBroken as broken:
                    done += self._arrived(known, len(checked), broken)
            if urls:
                try:
                    done += api.upload_urls(self.id, urls).files
                except CogError as error:
                    error.hint += (
                        f" {counted(len(done), 'file')} had arrived before." if done else ""
                    )
                    raise
            with contextlib.suppress(CogError):  # the upload is done, whatever becomes of this
                self.read_state()
        return done

    def _arrived(self, known: int, count: int, broken: StreamBroken) -> list[Upload]:
        """Look in the state for the files of an upload that broke: all of them, or raise."""
        for state in looks(self.client.api, self.read_state, at_once=True):
            infos = state.video_infos[known:]
            if len(infos) >= count:
                return [Upload.read(info) for info in infos if isinstance(info, dict)]
        raise broken

    def send(self, text: str) -> Turn:
        """Send one message, wait for all that comes of it, and say what changed.

        The message is sent once, whatever happens to its stream. The turn has the agent's words
        (or, where it said nothing, what changed), the events, and the draft's changes; a failure
        that the agent reports, a stream that broke and a stop are in ``turn.error``, not raised.
        """
        return take_turn(self, text)

    def stream(self, text: str) -> Generator[Event, None, None]:
        """Send one message and yield its events as they come.

        Closing the iterator closes the stream, as leaving a loop over it does.
        """
        api = self.client.api
        self.before = self.history[-1] if self.history else Draft(None)
        for event in watched(api, api.run_sse(self.id, text), self.client.tell):
            self._show(event)
            self.client.hear(event)
            yield event

    def say(self, text: str) -> Turn | Export | Credits | Draft | list[Upload]:
        """Do what a sentence asks for: export, credits, timeline or upload; else send it.

        What is no command for sure goes to the agent (contract.md, "Words to actions").
        """
        match route(text):
            case "export":
                named = _RESULT.search(text)
                return self.export(named[0] if named else None)
            case "credits":
                return self.client.credits()
            case "state":
                return self.read_draft()
            case "upload":
                sources = sources_in(text)
                if not sources:
                    raise CallerError(
                        "Which file is it?", hint="Say its path, or session.upload(path)."
                    )
                return self.upload(sources)
        return self.send(text)

    def undo(self) -> Turn:
        """Take the last edit back."""
        return self.send("undo")

    def state(self) -> dict[str, Any]:
        """Read the raw session state from the service."""
        return self.read_state().raw

    def read_state(self) -> State:
        """Read the session's state, and remember its draft."""
        state = self.client.api.state(self.id)
        self._files = len(state.video_infos)
        self.analyses = state.video_analyses
        self.uploads = [Upload.read(info) for info in state.video_infos if isinstance(info, dict)]
        for info in [*state.video_infos, *state.generated_media]:
            if isinstance(info, dict):
                names = (info.get("source"), info.get("cdn_url"))
                self._media |= {name: info for name in names if isinstance(name, str)}
        draft = Draft(state.draft)
        if not self.history or self.history[-1] != draft:
            self.history.append(draft)
            _call(self._on_change, draft)
        return state

    def on_change(self, callback: Callable[[Draft], None]) -> Callable[[], None]:
        """Call ``callback`` with every new draft that is read, in the thread that reads it.

        Returns what ends that.
        """
        return _watch(self._on_change, callback)

    def on_export(self, callback: Callable[[Export], None]) -> Callable[[], None]:
        """Call ``callback`` with every export that `export` finishes, in the thread that does.

        Returns what ends that.
        """
        return _watch(self._on_export, callback)

    def read_draft(self) -> Draft:
        """Read the draft as it stands on the service."""
        self.read_state()
        return self.history[-1]

    @property
    def draft(self) -> Draft:
        """The newest draft that has been read; the first use reads it."""
        return self.history[-1] if self.history else self.read_draft()

    def timeline(self) -> pd.DataFrame:
        """Read the draft and return it as a DataFrame, a row a segment (`timeline_frame`)."""
        return timeline_frame(self.read_draft())

    def preview(self) -> Proxy:
        """Render the newest draft that has been read, quickly and small, to be looked at.

        A draft that has been rendered so already is not rendered again. Raises `RenderFailed`.
        """
        draft = self.draft
        key = hashlib.sha256(json.dumps(draft.raw, sort_keys=True).encode()).hexdigest()
        if key not in self._proxies:
            self._proxies[key] = render_proxy(self.client, self.id, draft)
        return self._proxies[key]

    def medium(self, source: Upload | Proxy | str) -> dict[str, Any]:
        """Return what the service said of an upload, a preview or a segment's source, if anything.

        As of the last time that the state was read; nothing is asked.
        """
        if isinstance(source, Proxy):
            return source.raw
        return self._media.get(source.cdn_url if isinstance(source, Upload) else source, {})

    def sketch(self, source: Upload | Proxy | str) -> Sketch | None:
        """Return the waveform and thumbnails of an upload, a preview or a segment's source.

        The engine makes it when it is first asked for, which takes a moment. ``None`` where the
        service has none, as the cloud. Raises `UnsupportedFile` for what cannot be drawn.
        """
        if not self.medium(source):
            self.read_state()
        url = self.medium(source).get("sketch_url")
        if not isinstance(url, str):
            return None
        if url not in self._sketches:
            self._sketches[url] = Sketch.read(self.client.api.sketch(url))
        return self._sketches[url]

    def export(self, path: Source | None = None, *, quality: str = "high") -> Export:
        """Render the draft as it stands and download it; the name's ending says the container.

        Without a path the file is named for the session, in the working folder, and is what the
        draft asks for ("export it as a gif"), else mp4. The file appears whole or not at all. An
        export that is cut off, by a stop, a lost connection or the end of this process, is finished
        by `resume_exports`.
        """
        with self.client.api.working():
            draft = self.read_draft()
            target = (
                Path(path) if path is not None else Path(f"{_file_name(self.name)}.{_form(draft)}")
            )
            done = export_draft(self.client, self.id, draft, target, quality=quality)
        _call(self._on_export, done)
        return done

    def unfinished_exports(self) -> list[PendingExport]:
        """Return the exports of this session that have begun and of which no file has come."""
        return unfinished_exports(self.client, self.id)

    def resume_exports(self) -> list[Export]:
        """Finish this session's exports that were cut off: wait for each, and download it."""
        return resume_exports(self.client, self.unfinished_exports())

    def cancel_exports(self, *exports: PendingExport) -> int:
        """End unfinished exports on the service, all of this session or those named.

        Returns how many there were.
        """
        pending = exports or tuple(self.unfinished_exports())
        with self.client.api.working():
            for export in pending:
                drop_export(self.client, export)
        return len(pending)

    def claim(self) -> Claim:
        """Ask for a link with which a registered user takes this session over in a browser."""
        return self.client.api.claim_token(self.task_id, self.id)

    def _show(self, event: Event) -> None:
        """Move the bar: a tool begins, tells how far it is, ends."""
        match event:
            case ToolCall(name, partial=False):
                self.client.show(_step(name), 0)
            case StateDelta({"progress": {"tool": str(name), "fraction": int() | float() as done}}):
                self.client.show(_step(name), done)
            case ToolResult(name):
                self.client.show(_step(name), 1)

    def picture(self, *, sketch: bool = True) -> Picture:
        """Draw the newest draft that has been read as SVG; what the last message changed is marked.

        ``sketch`` has the waveforms and thumbnails made that nobody has asked for yet (`sketch`);
        without it, it shows those that are there.
        """
        sources = {source for clip in Layout(self.draft).clips for source in clip.sources}
        for source in sources if sketch else ():
            with contextlib.suppress(CogError):  # it is drawn without
                self.sketch(source)
        known = {
            source: self._sketches[url]
            for source, medium in self._media.items()
            if (url := medium.get("sketch_url")) in self._sketches
        }
        return lanes(self.draft, sketches=known, before=self.before)

    def _repr_html_(self) -> str | None:
        """Show the draft as it was last read; nothing is asked of the service."""
        return self.picture(sketch=False) if self.history else None

    def __repr__(self) -> str:
        if not self.history:
            return f"<Session {self.name!r}>"
        draft = self.history[-1]
        tracks = counted(len(draft.tracks), "track")
        return f"<Session {self.name!r} · {tracks} · {clock(draft.duration)}>"


def _watch(
    watchers: list[Callable[[_T], None]], callback: Callable[[_T], None]
) -> Callable[[], None]:
    watchers.append(callback)

    def end() -> None:
        with contextlib.suppress(ValueError):
            watchers.remove(callback)

    return end


def _call(watchers: list[Callable[[_T], None]], value: _T) -> None:
    for watcher in tuple(watchers):
        try:
            watcher(value)
        except Exception:  # a view's trouble is none of whoever works with the session
            logger.exception("A callback of a session failed.")


def _form(draft: Draft) -> str:
    """Return the container that a draft asks for, as an edit of the engine's writes it there."""
    asked = draft.meta.get("output")
    form = asked.get("format") if isinstance(asked, dict) else None
    return form if form in CONTAINERS else "mp4"


def _step(tool: str) -> str:
    """Name a tool's work as a person would: ``separate_audio`` is "Separate audio"."""
    return tool.replace("_", " ").capitalize()


def _file_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in " ._-" else "-" for c in name).strip(" .-")
    return kept[:80] or "export"
