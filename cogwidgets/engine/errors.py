"""The errors of the contract, as the engine raises them; the app turns each into its body."""

from __future__ import annotations

__all__ = [
    "Blocked",
    "BrokenOff",
    "DiskFull",
    "FileTooLarge",
    "Forbidden",
    "NoCredits",
    "NotFound",
    "Refusal",
    "SessionNotFound",
    "Stopping",
    "TooMany",
    "Unauthorized",
    "UnsupportedFile",
]


class Refusal(Exception):
    """Refuse a request: HTTP ``status``, contract ``code``, and one sentence for the person.

    The codes are those of contract.md, "Errors"; which HTTP status carries them is not
    documented there, so each class takes the one that HTTP means for it.
    """

    status = 400
    code = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BrokenOff(Exception):
    """End an answer in the middle, as a broken connection does: `Guard` lets it end there."""


class Unauthorized(Refusal):
    """The bearer token is missing, unknown or expired."""

    status, code = 401, 1001


class SessionNotFound(Refusal):
    """The account has no such session."""

    status, code = 404, 1002


class UnsupportedFile(Refusal):
    """The file is of a type that is not taken, or is not what its name says."""

    status, code = 415, 4001


class FileTooLarge(Refusal):
    """The file is over the limit."""

    status, code = 413, 4002


class NoCredits(Refusal):
    """The account has not enough credits left."""

    status, code = 402, 2001


class TooMany(Refusal):
    """There is too much at once; ``after`` seconds from now there may be less."""

    status, code = 429, 429

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class DiskFull(Refusal):
    """There is no room left on the disk."""

    status, code = 507, 507

    def __init__(self) -> None:
        super().__init__("The disk is full: free some space and try again.")


class Stopping(Refusal):
    """The engine is being stopped."""

    status, code = 503, 503

    def __init__(self) -> None:
        super().__init__("The engine is being stopped: try again when it is back.")


class Blocked(Refusal):
    """An export without the attribution headers."""

    status, code = 402, 402


class Forbidden(Refusal):
    """The request does not come from the process that owns this engine."""

    status, code = 403, 403


class NotFound(Refusal):
    """There is no such render, medium or route."""

    status, code = 404, 404
