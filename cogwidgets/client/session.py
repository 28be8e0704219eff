"""Session: one video being edited: upload, send, timeline, export."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cogwidgets.api import (
    CallerError,
    Event,
    FileProblem,
    FileTooLarge,
    StateDelta,
    ToolCall,
    ToolResult,
    Turn,
    UnsupportedFile,
    Upload,
)
from cogwidgets.client.export import Export, export_draft
from cogwidgets.draft import Draft, changes, clock, timeline_frame

if TYPE_CHECKING:
    import pandas as pd

    from cogwidgets.client.client import Client

__all__ = ["MAX_UPLOAD", "SUPPORTED", "Session", "check_source"]

# contract.md, "Uploads"
SUPPORTED = frozenset(
    "mp4 mov avi webm mkv jpg jpeg png gif webp mp3 wav m4a aac".split()  # noqa: SIM905 - reads best
)
MAX_UPLOAD = 500_000_000

Source = str | Path


def check_source(path: Path) -> Path:
    """Return the path of a file that can be uploaded, checked before anything is sent.

    Raises `FileProblem` where it is not there, is empty or cannot be read, `UnsupportedFile` and
    `FileTooLarge` by the contract's limits.
    """
    source = path.expanduser()
    if not source.exists():
        raise FileProblem(f"{path} is not there.", hint="Check the path.")
    if source.is_dir():
        raise FileProblem(f"{path} is a folder.", hint="Name the file in it.")
    if source.suffix.lower().removeprefix(".") not in SUPPORTED:
        raise UnsupportedFile(f"{path} is not a type that can be edited.", code=4001)
    try:
        with source.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise FileProblem(f"{path} cannot be read ({error.strerror}).") from None
    size = source.stat().st_size
    if size == 0:
        raise FileProblem(f"{path} is empty.", hint="Copy or download it again.")
    if size > MAX_UPLOAD:
        raise FileTooLarge(f"{path} has {size / 1e6:.0f} MB.", code=4002)
    return source


class Session:
    """One video being edited, as the service sees it. Made by `Client.session`."""

    def __init__(self, client: Client, session_id: str, name: str) -> None:
        self.client = client
        self.id = session_id
        self.name = name
        self.history: list[Draft] = []

    def upload(self, *sources: Source | Iterable[Source]) -> list[Upload]:
        """Upload files: paths, folders, globs or URLs, in order.

        Every file is checked before the first is sent. Raises `FileProblem`, `UnsupportedFile` and
        `FileTooLarge`; nothing has been sent then.
        """
        paths, urls = _resolve(sources)
        checked = [check_source(path) for path in paths]
        api = self.client.api
        done: list[Upload] = []
        if checked:
            names = checked[0].name if len(checked) == 1 else f"{len(checked)} files"

            def show(sent: int, total: int) -> None:
                self.client.show(f"Uploading {names}", sent / total if total else 1)

            done += api.upload(self.id, checked, show)
        if urls:
            done += api.upload_urls(self.id, urls)
        self._remember(self.state())
        return done

    def send(self, text: str) -> Turn:
        """Send one message, wait for all that comes of it, and say what changed.

        The message is sent once. The turn has the agent's words (or, where it said nothing, what
        changed), the events, and the draft's changes; a failure that the agent reports is in
        ``turn.error``, not raised.
        """
        started = time.monotonic()
        before = self.draft
        turn = Turn.of(self.stream(text))
        after = self._remember(self.state())
        turn.changes = changes(before, after)
        if not turn.text and turn.error is None:
            turn.text = "; ".join(map(str, turn.changes)) or "The timeline did not change."
        turn.seconds = time.monotonic() - started
        return turn

    def stream(self, text: str) -> Iterator[Event]:
        """Send one message and yield its events as they come."""
        for event in self.client.api.run_sse(self.id, text):
            self._show(event)
            yield event

    def state(self) -> dict[str, Any]:
        """Read the raw session state from the service."""
        return self.client.api.state(self.id)

    @property
    def draft(self) -> Draft:
        """The newest draft that has been read; the first use reads it."""
        return self.history[-1] if self.history else self._remember(self.state())

    def timeline(self) -> pd.DataFrame:
        """Read the draft and return it as a DataFrame, a row a segment (`timeline_frame`)."""
        return timeline_frame(self._remember(self.state()))

    def export(self, path: Source | None = None, *, quality: str = "high") -> Export:
        """Render the draft as it stands and download it; the name's ending says the container.

        Without a path the file is named for the session, in the working folder. The file appears
        whole or not at all.
        """
        target = Path(path) if path is not None else Path(f"{_file_name(self.name)}.mp4")
        draft = self._remember(self.state())
        return export_draft(self.client, self.id, draft, target, quality=quality)

    def _remember(self, state: dict[str, Any]) -> Draft:
        raw = state.get("draft")
        draft = Draft(raw if isinstance(raw, dict) else None)
        if not self.history or self.history[-1] != draft:
            self.history.append(draft)
        return self.history[-1]

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


def _resolve(sources: Iterable[Source | Iterable[Source]]) -> tuple[list[Path], list[str]]:
    """Sort what was given into files and URLs; a folder gives its media, a glob its matches."""
    paths: list[Path] = []
    urls: list[str] = []
    for source in sources:
        if not isinstance(source, str | Path):
            more, others = _resolve(source)
            paths += more
            urls += others
        elif isinstance(source, str) and urlsplit(source).scheme in ("http", "https", "file"):
            urls.append(source)
        else:
            paths += _expand(Path(source).expanduser())
    if not paths and not urls:
        raise CallerError("There is nothing to upload.", hint="Give a path, a folder or a URL.")
    return paths, urls


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.suffix.lower().removeprefix(".") in SUPPORTED)
    elif not path.exists() and any(c in path.name for c in "*?["):
        found = sorted(path.parent.glob(path.name))
    else:
        return [path]
    if not found:
        raise FileProblem(f"{path} holds no media.", hint="Check the path.")
    return found


def _step(tool: str) -> str:
    """Name a tool's work as a person would: ``separate_audio`` is "Separate audio"."""
    return tool.replace("_", " ").capitalize()


def _file_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in " ._-" else "-" for c in name).strip(" .-")
    return kept[:80] or "export"
