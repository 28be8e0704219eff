"""Errors of tracing: one sentence that says what happened, one that says what to do.

TraceError
├── Stopped      a person ended a call that was being stepped through
├── NotRecorded  a replay was asked for something that its recording does not have
└── CannotSend   a call cannot be sent again, or not without saying so
"""

from __future__ import annotations

__all__ = ["CannotSend", "NotRecorded", "Stopped", "TraceError"]


class TraceError(Exception):
    """Say what went wrong while watching the wire, and what to do about it.

    >>> print(TraceError("The recording is empty.", hint="Record it again."))
    The recording is empty. Record it again.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Stopped(TraceError):
    """A person ended the call."""


class NotRecorded(TraceError):
    """The recording has no answer to this request."""


class CannotSend(TraceError):
    """The call cannot be sent again as it is."""
