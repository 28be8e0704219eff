"""Sources: which files an untrusted draft may name, and how much of them it may ask for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cogwidgets.engine.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from cogwidgets.engine.policy import Policy
    from cogwidgets.engine.store import Store

__all__ = ["resolve"]

DEEPEST_DRAFT = 64


def resolve(
    draft: dict[str, Any], store: Store, account: str, url: str, policy: Policy
) -> tuple[dict[str, Any], dict[str, Path]]:
    """Check every source that an untrusted draft names, and find its file.

    A source is a ``/media/…`` path of this account, or such a path as a URL of this engine,
    which is made a path. Returns the draft so changed, and the files by path.

    Raises
    ------
    Refusal
        A source is anything else, or the draft is nested, long or crowded beyond reason (400).

    """
    try:
        # Half a character pair and numbers that are none cannot be written down or sent back.
        json.dumps(draft, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refusal("The draft holds what JSON cannot: send it as the state gives it.") from error
    sources = _Sources(store, account, url)
    checked = sources.checked(draft)
    _refuse_beyond_reason(checked, policy)
    if not _has_segments(checked):
        raise Refusal("The draft has no segment to render: upload a video first.")
    return checked, sources.media


class _Sources:
    """Walk through a draft, and find the file of each source on the way."""

    def __init__(self, store: Store, account: str, url: str) -> None:
        self._store = store
        self._account = account
        self._url = url
        self.media: dict[str, Path] = {}

    def checked(self, fields: dict[str, Any], depth: int = 0) -> dict[str, Any]:
        return {key: self._field(key, value, depth + 1) for key, value in fields.items()}

    def _field(self, key: str, value: object, depth: int) -> object:
        if depth > DEEPEST_DRAFT:
            raise Refusal("The draft is nested too deeply: send it as the state gives it.")
        if key == "source":
            return self._source(value)
        if isinstance(value, dict):
            return self.checked(value, depth)
        if isinstance(value, list):
            inner = "source" if key == "streams" else ""
            return [self._field(inner, item, depth + 1) for item in value]
        return value

    def _source(self, value: object) -> str:
        if not isinstance(value, str):
            raise Refusal(
                "A source in the draft is not text: send the draft as the state gives it."
            )
        path = _media_path(value, self._url)
        file = self._store.file(path, account=self._account)
        if file is None:
            raise Refusal(f"The draft names {value[:200]!r}, which is no medium of this account.")
        self.media[path] = file
        return path


def _media_path(source: str, url: str) -> str:
    """Give the path of a URL of this engine, whatever loopback name it goes by."""
    parts = urlsplit(source)
    own = urlsplit(url)
    names = {own.hostname, "localhost", "127.0.0.1", "::1"}
    if parts.scheme == own.scheme and parts.port == own.port and parts.hostname in names:
        return parts.path
    return source


def _has_segments(draft: dict[str, Any]) -> bool:
    tracks = draft.get("t")
    return isinstance(tracks, list) and any(
        isinstance(track, dict) and isinstance(track.get("sg"), list) and track["sg"]
        for track in tracks
    )


def _refuse_beyond_reason(draft: dict[str, Any], policy: Policy) -> None:
    tracks = draft.get("t")
    tracks = [t for t in tracks if isinstance(t, dict)] if isinstance(tracks, list) else []
    segments = [s for t in tracks if isinstance(t.get("sg"), list) for s in t["sg"]]
    if len(tracks) > policy.draft_tracks or len(segments) > policy.segments:
        raise Refusal(
            f"The draft is too crowded: use at most {policy.draft_tracks} tracks and "
            f"{policy.segments} segments."
        )
    most = policy.seconds * 1000
    for part in (draft, *segments):
        times = [part.get("d"), part.get("s")] if isinstance(part, dict) else []
        if any(isinstance(time, int | float) and not abs(time) <= most for time in times):
            raise Refusal(f"The draft is too long: at most {policy.seconds / 3600:g} hours.")
