"""Session: one video being edited: upload, send, timeline, export."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    drop_export,
    export_draft,
    resume_exports,
    unfinished_exports,
)
from cogwidgets.client.recovery import looks, take_turn, watched
from cogwidgets.client.router import route
from cogwidgets.client.sources import Source, check_source, resolve, sources_in
from cogwidgets.client.target import CONTAINERS
from cogwidgets.draft import Draft, clock, timeline_frame

if TYPE_CHECKING:
    import pandas as pd

    from cogwidgets.api import Claim, Credits
    from cogwidgets.client.client import Client
    from cogwidgets.client.ledger import PendingExport

__all__ = ["Session"]

logger = logging.getLogger("cogwidgets")

_RESULT = re.compile(rf"\S+\.(?:{'|'.join(CONTAINERS)})\b", re.IGNORECASE)


class Session:
    """One video being edited, as the service sees it. Made by `Client.session`.

    ``history`` holds every draft that was read, ``turns`` every message's turn.
    """

    def __init__(self, client: Client, session_id: str, name: str, task_id: str = "") -> None:
        self.client = client
        self.id = session_id
        self.name = name
        self.task_id = task_id
        self.history: list[Draft] = []
        self.turns: list[Turn] = []
        self._watchers: list[Callable[[Draft], None]] = []
        self._files = 0  # how many the state held when it was last read

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
                names = checked[0].name if len(checked) == 1 else f"{len(checked)} files"

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
                    error.hint += f" {len(done)} files had arrived before." if done else ""
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
        draft = Draft(state.draft)
        if not self.history or self.history[-1] != draft:
            self.history.append(draft)
            for watcher in tuple(self._watchers):
                try:
                    watcher(draft)
                except Exception:  # a view's trouble is none of whoever reads the state
                    logger.exception("A callback of Session.on_change failed.")
        return state

    def on_change(self, callback: Callable[[Draft], None]) -> Callable[[], None]:
        """Call ``callback`` with every new draft that is read, in the thread that reads it.

        Returns what ends that.
        """
        self._watchers.append(callback)

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._watchers.remove(callback)

        return end

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

    def export(self, path: Source | None = None, *, quality: str = "high") -> Export:
        """Render the draft as it stands and download it; the name's ending says the container.

        Without a path the file is named for the session, in the working folder. The file appears
        whole or not at all. An export that is cut off, by a stop, a lost connection or the end of
        this process, is finished by `resume_exports`.
        """
        target = Path(path) if path is not None else Path(f"{_file_name(self.name)}.mp4")
        with self.client.api.working():
            return export_draft(self.client, self.id, self.read_draft(), target, quality=quality)

    def unfinished_exports(self) -> list[PendingExport]:
        """Return the exports of this session that have begun and of which no file has come."""
        return unfinished_exports(self.client, self.id)

    def resume_exports(self) -> list[Export]:
        """Finish this session's exports that were cut off: wait for each, and download it."""
        return resume_exports(self.client, self.unfinished_exports())

    def cancel_exports(self) -> int:
        """End this session's unfinished exports on the service; return how many there were."""
        pending = self.unfinished_exports()
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

    def __repr__(self) -> str:
        if not self.history:
            return f"<Session {self.name!r}>"
        draft = self.history[-1]
        tracks = len(draft.tracks)
        return f"<Session {self.name!r} · {tracks} tracks · {clock(draft.duration)}>"


def _step(tool: str) -> str:
    """Name a tool's work as a person would: ``separate_audio`` is "Separate audio"."""
    return tool.replace("_", " ").capitalize()


def _file_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in " ._-" else "-" for c in name).strip(" .-")
    return kept[:80] or "export"
