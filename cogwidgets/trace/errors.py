"""Errors: the root of them all, and those of tracing.

CogError
├── Stopped      somebody asked it to stop
├── BadRecording a file that holds no recording
├── NotRecorded  a replay was asked for something that its recording does not have
└── CannotSend   a call cannot be sent again or edited, or not without saying so

The others are those of `cogwidgets.api.errors`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from cogwidgets.trace.mask import Mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.trace.call import Call

__all__ = ["BadRecording", "CannotSend", "CogError", "NotRecorded", "Stopped"]


class CogError(Exception):
    """Say what went wrong and what to do about it.

    ``code`` is the service's code, ``hint`` the sentence that says what to do, ``call`` the
    exchange that failed, where there was one.

    >>> print(CogError("It broke.", hint="Try again."))
    It broke. Try again.
    """

    default_hint: ClassVar[str] = ""
    exit_code: ClassVar[int] = 1  # 2 where the caller can mend it: what a command line ends with

    def __init__(
        self,
        message: str,
        *,
        code: int | str | None = None,
        hint: str | None = None,
        call: Call | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = self.default_hint if hint is None else hint
        self.call = call
        self.cleanse(Mask(os.environ.get("NEMO_TOKEN")).text)  # a path or a name may hold it

    def cleanse(self, clean: Callable[[str], str]) -> None:
        """Take secrets out of what it says."""
        self.message, self.hint = clean(self.message), clean(self.hint)
        self.args = (self.message,)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Stopped(CogError):
    """Somebody asked it to stop: `Client.stop`, or a person who steps through the calls."""

    default_hint = "What had been sent may still be done: session.state() shows it."


class BadRecording(CogError):
    """The file cannot be read, is no HAR, or holds no calls."""

    exit_code = 2


class NotRecorded(CogError):
    """The recording has no answer to this request."""


class CannotSend(CogError):
    """The call cannot be sent again, or not as it is."""

    exit_code = 2
