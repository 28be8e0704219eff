"""Call: one request and its answer, masked when captured."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cogwidgets.plural import counted
from cogwidgets.trace.shelf import Carried, Part, Place

if TYPE_CHECKING:
    from cogwidgets.trace.calllog import CallLog
    from cogwidgets.trace.compare import CallDiff
    from cogwidgets.trace.mask import Headers
    from cogwidgets.trace.stream import StreamEvent

__all__ = ["Call", "Timings"]


class Timings(NamedTuple):
    """Where a call's seconds went; the four together are its ``seconds``.

    ``connect`` is 0 on a connection that stood already.
    """

    connect: float
    send: float
    wait: float
    receive: float


@dataclass(eq=False)
class Call:
    """One exchange on the wire.

    ``section`` says where the contract speaks of it. ``seconds`` is the time from the start to the
    last byte read, pauses of a stepper left out, ``None`` while the call runs; ``connected``,
    ``sent`` and ``first_byte`` are seconds from the start too, ``None`` where they are not known.
    Sizes are bytes of the bodies on the wire. ``error`` says why no answer came or why it broke
    off, ``refusal`` what the answer says against the request. ``edited`` and ``skipped`` tell what
    a person did while stepping; ``complete`` that the whole answer was read.

    What it carried (``url``, headers, bodies, ``events``) is read from the log's memory or, when it
    is old, from its file. A body is text (JSON stays as it was sent), or a note of what it was
    where the bytes are media.
    """

    index: int
    purpose: str
    method: str
    path: str
    started: dt.datetime
    section: str = ""
    status: int | None = None
    seconds: float | None = None
    connected: float | None = None
    sent: float | None = None
    first_byte: float | None = None
    request_size: int = 0
    response_size: int = 0
    event_count: int = 0
    error: str | None = None
    refusal: str | None = None
    edited: bool = False
    skipped: bool = False
    complete: bool = False
    carried: Carried | Place = field(default_factory=lambda: Carried(""), repr=False)
    log: CallLog | None = field(default=None, repr=False)

    # -- what it carried --------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The whole URL."""
        return self.read().url

    @property
    def request_headers(self) -> dict[str, str]:
        """The request's headers, names in lower case; values of one name joined with a comma."""
        return _joined(self.read().request_headers)

    @property
    def response_headers(self) -> dict[str, str]:
        """The answer's headers, names in lower case; values of one name joined with a comma."""
        return _joined(self.read().response_headers)

    @property
    def request_body(self) -> str:
        """The request's body as it was sent."""
        return self.read().request_body

    @property
    def request_json(self) -> Any:
        """The request's body parsed, ``None`` where it is not JSON."""
        return _parsed(self.request_body)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of an upload: names, types and sizes, never a file's bytes."""
        return self.read().parts

    @property
    def response_body(self) -> str:
        """The answer's body; of a stream, all of it so far."""
        carried = self.read()
        return "".join([event.raw for event in carried.events]) + carried.response_body

    @property
    def response_json(self) -> Any:
        """The answer's body parsed, ``None`` where it is not JSON."""
        return None if self.event_count else _parsed(self.read().response_body)

    @property
    def events(self) -> list[StreamEvent]:
        """A stream's events, each with its seconds since the start."""
        return self.read().events

    @property
    def content_type(self) -> str:
        """The answer's media type, without parameters."""
        return self.response_headers.get("content-type", "").partition(";")[0].strip().lower()

    def read(self) -> Carried:
        """Return all that the call carried, read once."""
        if isinstance(self.carried, Carried):
            return self.carried
        assert self.log is not None  # noqa: S101 - only a log moves it elsewhere
        return self.log.shelf.read(self.carried)

    # -- what it was ------------------------------------------------------------------------

    @property
    def failed(self) -> bool:
        """Tell whether no whole answer came, or the answer was an error (contract.md, "Errors")."""
        if self.error is not None or self.refusal is not None:
            return True
        return (self.status or 0) >= 400  # noqa: PLR2004 - HTTP's own line

    @property
    def timings(self) -> Timings | None:
        """Where the time went, ``None`` while the call runs."""
        if self.seconds is None:
            return None
        connected = self.connected or 0.0
        answered = self.seconds if self.first_byte is None else self.first_byte
        sent = connected if self.sent is None else min(self.sent, answered)
        return Timings(connected, sent - connected, answered - sent, self.seconds - answered)

    # -- what can be done with it -----------------------------------------------------------

    def curl(self) -> str:
        """Return a shell command that makes this call, `snippets.curl`."""
        from cogwidgets.trace import snippets

        return snippets.curl(self)

    def python(self) -> str:
        """Return Python code that makes this call, `snippets.python`."""
        from cogwidgets.trace import snippets

        return snippets.python(self)

    def diff(self, other: Call) -> CallDiff:
        """Compare with another call, `compare.diff_calls`."""
        from cogwidgets.trace.compare import diff_calls

        return diff_calls(self, other)

    def resend(self, *, json: Any = None, confirm: bool = False) -> Call:
        """Make this call again, `resend.resend`; give the new call."""
        from cogwidgets.trace.resend import resend

        return resend(self, json=json, confirm=confirm)

    def note(self, event: object) -> None:
        """Do nothing: the recorder notes each event of a stream by itself."""

    def __repr__(self) -> str:
        said = " · ".join(
            [
                f"[{self.outcome()}]",
                *([] if self.seconds is None else [f"{self.seconds:.3f} s"]),
                *([counted(self.event_count, "event")] if self.event_count else []),
            ]
        )
        return f"<Call {self.index} {self.method} {self.path} {said}>"

    def outcome(self) -> str:
        """Say in a few words what came of the call."""
        if self.error is not None:
            return self.error
        if self.status is None:
            return "running"
        words = [str(self.status)]
        words += ["skipped"] if self.skipped else ["edited"] if self.edited else []
        words += [self.refusal] if self.refusal is not None else []
        words += ["left early"] if self.seconds is not None and not self.complete else []
        return " · ".join(words)

    def _repr_html_(self) -> str:
        from cogwidgets.trace.page import call_page

        return call_page(self)


def _joined(headers: Headers) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
