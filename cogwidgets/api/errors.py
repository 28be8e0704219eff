"""Errors: one tree, each with what happened and what to do.

CogError
├── CallerError                   the request cannot work; mend it and try again
│   ├── FileProblem               a path that is not there, cannot be read or cannot be written
│   ├── UnsupportedFile  4001     not a media type that the service takes, or no media at all
│   ├── FileTooLarge     4002     over 500 MB
│   └── AgentRefused              the agent cannot do it with what it was given, say without sound
├── ServiceError                  the service answered with an error code
│   ├── TokenExpired     1001     bad or expired token
│   ├── SessionNotFound  1002
│   ├── NoCredits        2001
│   ├── MissingClientId  400
│   ├── ExportBlocked    402
│   └── RateLimited      429
├── AgentFailed                   a failure inside a message's stream
├── RenderFailed                  a render ended as failed
├── StreamBroken                  a stream ended early or broke the rules
├── ConnectionFailed              no answer came
├── Stopped                       somebody asked it to stop
├── BadRecording                  a file that holds no recording
├── NotRecorded                   a replay was asked for something that its recording has not
└── CannotSend                    a call cannot be sent again as it is

The codes are those of contract.md, "Errors". A code counts wherever it comes: in the body of an
HTTP 200, in the body of another status, or as the status itself (401 counts as 1001).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cogwidgets.trace.errors import CogError, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.trace import Call

__all__ = [
    "AgentFailed",
    "AgentRefused",
    "CallerError",
    "CogError",
    "ConnectionFailed",
    "ExportBlocked",
    "FileProblem",
    "FileTooLarge",
    "MissingClientId",
    "NoCredits",
    "RateLimited",
    "RenderFailed",
    "ServiceError",
    "SessionNotFound",
    "Stopped",
    "StreamBroken",
    "TokenExpired",
    "UnsupportedFile",
    "agent_error",
    "error_for",
]

FORMATS = "mp4, mov, avi, webm, mkv, jpg, png, gif, webp, mp3, wav, m4a and aac"


class CallerError(CogError):
    """The request cannot work as it stands."""

    exit_code = 2


class FileProblem(CallerError):
    """A path is not there, cannot be read, or cannot be written."""


class ServiceError(CogError):
    """The service answered with an error code."""


class UnsupportedFile(CallerError, ServiceError):
    """The service does not take this file (4001)."""

    default_hint = f"Supported are {FORMATS}."


class FileTooLarge(CallerError, ServiceError):
    """The file is over the service's limit (4002)."""

    default_hint = "Compress it or trim it to at most 500 MB."


class TokenExpired(ServiceError):
    """The token is bad or has expired (1001)."""

    default_hint = "Connect again; if you set NEMO_TOKEN yourself, renew it."


class SessionNotFound(ServiceError):
    """The service does not know this session (1002)."""

    default_hint = "Make a new one with client.session(name)."


class NoCredits(ServiceError):
    """The account has no credits left (2001)."""

    default_hint = "Top up credits in your account."


class MissingClientId(ServiceError):
    """The request for a token carried no client id (400)."""

    default_hint = "Send an X-Client-Id header with a UUID."


class ExportBlocked(ServiceError):
    """The plan does not allow an export (402): a matter of plan, not of credits."""

    default_hint = "Register or upgrade your plan to unlock export."


class RateLimited(ServiceError):
    """Too many requests (429)."""

    default_hint = "Wait half a minute and try again."


class AgentFailed(CogError):
    """The agent said, inside its stream, that it failed."""


class AgentRefused(CallerError, AgentFailed):
    """The agent cannot do it with what it was given."""


class RenderFailed(CogError):
    """A render ended as failed."""

    default_hint = "Export again: a new render gets a new id."


class StreamBroken(CogError):
    """A stream ended early or broke the rules."""

    default_hint = "Read session.state() to see what was done; a message is never sent twice."


class ConnectionFailed(CogError):
    """No answer came."""

    default_hint = "Check that the engine or the network is up, then try again."


# What the engine calls a failure that another file or another message mends.
_REFUSALS = frozenset({"no_audio", "no_clip", "no_file", "too_large", "unreadable", "unsupported"})

_FINE = (None, 0, "", "0", "ok", "success")

_BY_CODE: dict[int, type[ServiceError]] = {
    400: MissingClientId,
    401: TokenExpired,
    402: ExportBlocked,
    413: FileTooLarge,
    415: UnsupportedFile,
    429: RateLimited,
    1001: TokenExpired,
    1002: SessionNotFound,
    2001: NoCredits,
    4001: UnsupportedFile,
    4002: FileTooLarge,
}


def error_for(
    status: int, body: Any, call: Call | None = None, *, clean: Callable[[str], str] = str
) -> ServiceError | None:
    """Return the error that an answer means, ``None`` where it means none.

    ``body`` is the parsed JSON, or anything else; ``clean`` masks the words that are quoted from
    it. The bodies seen are ``{"code", "message"|"msg"}``, ``{"success": false, "error"}`` and
    ``{"detail"}``.

    >>> error_for(200, {"code": 1002, "message": "no such session"})
    SessionNotFound('no such session')
    >>> error_for(200, {"code": 0, "data": {}}) is None
    True
    """
    fields = body if isinstance(body, dict) else {}
    code = _code(fields)
    failed = status >= 400 or code not in _FINE or fields.get("success") is False  # noqa: PLR2004
    if not failed:
        return None
    words = next((fields[k] for k in ("message", "msg", "error", "detail") if fields.get(k)), None)
    if words is None:
        message = f"The service answered with status {status}, code {code or status}."
    else:
        message = clean(words if isinstance(words, str) else json.dumps(words))
    if status == 404 and "session" in message.lower():  # noqa: PLR2004 - the kit's unknown session
        return SessionNotFound(message, code=code or status, call=call)
    kind = _kind(code) or _BY_CODE.get(status) or ServiceError
    return kind(message, code=code or status, call=call)


def agent_error(code: str, message: str) -> CogError:
    """Return the error that a failure inside a stream means; the contract's codes count there too.

    >>> agent_error("no_audio", "The clip has no sound.").exit_code
    2
    """
    message = message or "The agent failed and does not say why."
    number = _code({"code": code})
    if kind := _kind(number):
        return kind(message, code=number)
    return (AgentRefused if code in _REFUSALS else AgentFailed)(message, code=code or None)


def _kind(code: int | str | None) -> type[ServiceError] | None:
    return _BY_CODE.get(code) if isinstance(code, int) else None


def _code(fields: dict[str, Any]) -> int | str | None:
    """Return the body's code; some services write numbers as text, or as fractions."""
    code = fields.get("code")
    if isinstance(code, str):
        return int(code) if code.removeprefix("-").isdecimal() else code.lower()
    if isinstance(code, float) and code.is_integer():
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None
