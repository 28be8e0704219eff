"""Wire: what the contract's answers hold, once they have been read.

Every answer keeps the JSON it came from in ``raw``; ids are strings, never numbers (contract.md,
"The draft": 19 digits do not survive a float).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Credits", "Output", "RenderStatus", "SessionIds", "Token", "Upload"]


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


@dataclass(frozen=True)
class RenderStatus:
    """Where a render stands: ``pending``, ``processing``, ``completed`` or ``failed``.

    ``progress`` is in per cent, ``None`` where the answer does not tell.
    """

    id: str
    status: str
    progress: float | None
    url: str
    error: str
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, body: dict[str, Any], render_id: str) -> RenderStatus:
        """Read either shape of a poll (contract.md, "Endpoints", poll a render)."""
        inner = body.get("data")
        data = inner if isinstance(inner, dict) else body
        output = data.get("output")
        url = output.get("url") if isinstance(output, dict) else data.get("outputUrl")
        return cls(
            id=text(data.get("id")) or render_id,
            status=text(data.get("status")).lower() or "pending",
            progress=number(data.get("progress")),
            url=text(url),
            error=text(data.get("error") or data.get("message")),
            raw=body,
        )


def text(value: Any) -> str:
    """Read an id or a word: a number becomes its digits, nothing becomes empty."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def number(value: Any) -> float | None:
    """Read a number, ``None`` for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None
