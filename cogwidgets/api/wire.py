"""Wire: what the contract's answers hold, once they have been read.

Every answer keeps the JSON it came from in ``raw``; ids are strings, never numbers (contract.md,
"The draft": 19 digits do not survive a float).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

__all__ = [
    "Claim",
    "Credits",
    "Output",
    "RenderStatus",
    "SessionIds",
    "State",
    "Token",
    "Upload",
    "Uploads",
]


@dataclass(frozen=True)
class Token:
    """An anonymous account's bearer token; its repr does not show it."""

    token: str = field(repr=False)
    user_id: str
    expires_at: str
    credits: float
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Token:
        """Read the answer of ``POST /api/auth/anonymous-token``."""
        return cls(
            token=text(data.get("token")),
            user_id=text(data.get("user_id")),
            expires_at=text(data.get("expires_at")),
            credits=number(data.get("credits")) or 0,
            raw=data,
        )


@dataclass(frozen=True)
class SessionIds:
    """What names a session."""

    session_id: str
    task_id: str
    user_id: str
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: dict[str, Any]) -> SessionIds:
        """Read the answer of the session call."""
        return cls(
            session_id=text(data.get("session_id")),
            task_id=text(data.get("task_id")),
            user_id=text(data.get("user_id")),
            raw=data,
        )


@dataclass(frozen=True)
class Claim:
    """A token with which a registered user takes a session over, good for ``expires_in`` seconds.

    Its repr shows neither the token nor the answer; ``url`` is for a browser.
    """

    token: str = field(repr=False)
    expires_in: float
    url: str = field(repr=False)
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: dict[str, Any], web_url: str) -> Claim:
        """Read the answer of ``POST /api/auth/claim-token``."""
        token = text(data.get("claim_token"))
        url = f"{web_url}/workspace/claim?{urlencode({'ct': token})}"
        return cls(token, number(data.get("expires_in")) or 0, url, raw=data)


@dataclass(frozen=True)
class State:
    """A session's state; each part is as the service keeps it, empty where it is missing."""

    draft: dict[str, Any]
    video_infos: list[Any]
    generated_media: list[Any]
    canvas_config: dict[str, Any]
    video_analyses: list[Any]
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: dict[str, Any]) -> State:
        """Read the answer of the state call; ``raw`` is what stands under ``state``."""
        state = fields(data.get("state"))
        return cls(
            draft=fields(state.get("draft")),
            video_infos=items(state.get("video_infos")),
            generated_media=items(state.get("generated_media")),
            canvas_config=fields(state.get("canvas_config")),
            video_analyses=items(state.get("video_analyses")),
            raw=state,
        )


@dataclass(frozen=True)
class Upload:
    """One uploaded file; ``duration`` in seconds."""

    filename: str
    file_type: str
    cdn_url: str
    duration: float | None
    width: int | None
    height: int | None
    fps: float | None
    hash: str
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Upload:
        """Read one of an upload's ``files``."""
        width, height = number(data.get("width")), number(data.get("height"))
        return cls(
            filename=text(data.get("filename")),
            file_type=text(data.get("file_type")),
            cdn_url=text(data.get("cdn_url")),
            duration=number(data.get("duration")),
            width=None if width is None else int(width),
            height=None if height is None else int(height),
            fps=number(data.get("fps")),
            hash=text(data.get("hash")),
            raw=data,
        )


@dataclass(frozen=True)
class Uploads:
    """What an upload call has brought: its files, and whether the state knows them already."""

    files: list[Upload]
    state_applied: bool
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Uploads:
        """Read the answer of the upload call, or the ``video_infos`` of a state as ``files``."""
        found = [Upload.read(file) for file in items(data.get("files")) if isinstance(file, dict)]
        return cls(found, data.get("session_state_applied") is True, raw=data)


@dataclass(frozen=True)
class Credits:
    """An account's credits; ``total`` is available and frozen together."""

    available: float
    frozen: float
    total: float
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Credits:
        """Read the answer of the credits call."""
        available, frozen = number(data.get("available")) or 0, number(data.get("frozen")) or 0
        total = number(data.get("total"))
        return cls(available, frozen, available + frozen if total is None else total, raw=data)


@dataclass(frozen=True)
class Output:
    """What a render is asked for."""

    format: str = "mp4"
    quality: str = "high"


_STATUS = {"cancelled": "failed", "canceled": "failed", "error": "failed"}


@dataclass(frozen=True)
class RenderStatus:
    """Where a render stands: ``pending``, ``processing``, ``completed`` or ``failed``.

    ``progress`` is in per cent, ``None`` where the answer does not tell; ``result`` is what it
    tells of the finished file, ``duration``, ``width`` and ``height``, if anything.
    """

    id: str
    status: str
    progress: float | None
    url: str
    error: str
    result: dict[str, Any] = field(default_factory=dict, repr=False)
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, body: dict[str, Any], render_id: str) -> RenderStatus:
        """Read either shape of a poll (contract.md, "Endpoints", poll a render)."""
        data = {**body, **fields(body.get("data"))}
        output = fields(data.get("output"))
        status = text(data.get("status")).lower() or "pending"
        url = output.get("url") or data.get("outputUrl")
        return cls(
            id=text(data.get("id")) or render_id,
            status=_STATUS.get(status, status),
            progress=number(data.get("progress")),
            url=text(url),
            error=text(data.get("error") or data.get("message")),
            result=output,
            raw=body,
        )


def fields(value: Any) -> dict[str, Any]:
    """Read an object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Read a list, empty for anything else."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Read an id or a word: a number becomes its digits, nothing becomes empty."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def number(value: Any) -> float | None:
    """Read a number, written as text too; ``None`` for anything else and what is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(read):
        return None
    return read if isinstance(value, str) else value
