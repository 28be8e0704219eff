"""Stepper: pause before a call, at each event of its stream and after it; a person decides.

The stepper says *whether* to pause, an `Asker` puts the question: a prompt in a terminal
(`terminal.TerminalAsker`), a card in a notebook. The recorder does what is decided, so that an
edited body is recorded as it was sent, and a skipped call with what it would have sent.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from cogwidgets.trace.answers import answer_of
from cogwidgets.trace.errors import CannotSend, Stopped
from cogwidgets.trace.mask import MASK

if TYPE_CHECKING:
    from cogwidgets.trace.call import Call
    from cogwidgets.trace.stream import StreamEvent

__all__ = [
    "Asker",
    "Edit",
    "RunOn",
    "Send",
    "Skip",
    "Step",
    "Stepper",
    "Stop",
    "edited",
    "unmasked",
]

log = logging.getLogger("cogwidgets.trace")

On = str | Callable[["Call"], bool] | None


@dataclass(frozen=True)
class Send:
    """Go on; ``into`` pauses at each event of the stream."""

    into: bool = False


@dataclass(frozen=True)
class Edit:
    """Send another JSON body; what is masked in it stays what it was."""

    json: Any
    into: bool = False


@dataclass(frozen=True)
class Skip:
    """Send nothing; give the code this answer: one that was recorded, one made up, or an error."""

    answer: Call | httpx.Response | Exception

    def response(self) -> httpx.Response:
        """Return the answer as a response; raise it if it is an error."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer if isinstance(self.answer, httpx.Response) else answer_of(self.answer)


@dataclass(frozen=True)
class RunOn:
    """Go on and pause no more."""


@dataclass(frozen=True)
class Stop:
    """End it here: the code gets `Stopped`."""


class Asker(Protocol):
    """Whoever can put the question to a person and wait for the answer, in the caller's thread.

    One that has a method ``done()`` is told when the stepping is over.
    """

    def available(self) -> bool:
        """Tell whether somebody is there to answer."""

    def before(self, call: Call) -> Send | Edit | Skip | RunOn | Stop:
        """Ask what to do with a call that is about to be sent."""

    def event(self, call: Call, event: StreamEvent) -> Send | RunOn | Stop:
        """Show an event before the code gets it; `Send` without ``into`` lets the rest through."""

    def after(self, call: Call) -> Send | RunOn | Stop:
        """Show the answer before the code goes on."""


class Stepper:
    """Decide which calls pause, and ask about them one at a time.

    ``on`` names the calls: a piece of their path, a function of the call, ``"failure"`` for those
    that have just failed (paused after, not before), ``None`` for all. ``into`` pauses at each
    event of a stream too. Where nobody can answer, nothing pauses, and the log says so once.

    >>> class Nobody:
    ...     def available(self):
    ...         return False
    >>> Stepper(Nobody(), on="/run_sse")
    <Stepper on '/run_sse'>
    """

    def __init__(self, asker: Asker, *, on: On = None, into: bool = False) -> None:
        self.asker = asker
        self.on = on
        self.into = into
        self.running = False  # a person said to run on
        self._lock = threading.Lock()
        self._told = False

    def step(self, call: Call) -> Step:
        """Begin with a call."""
        return Step(self, call)

    def end(self) -> None:
        """End the stepping: pause no more, and tell the asker if it wants to know."""
        self.running = True
        done = getattr(self.asker, "done", None)
        if done is not None:
            done()

    def wants(self, call: Call) -> bool:
        """Tell whether this call pauses."""
        if self.on is None:
            return True
        if self.on == "failure":
            return call.failed
        return self.on in call.path if isinstance(self.on, str) else self.on(call)

    @contextmanager
    def asking(self) -> Iterator[Asker | None]:
        """Give the asker to one thread at a time; ``None`` where there is nothing to be asked."""
        if self.running:
            yield None
            return
        with self._lock:
            if self.running:  # said while this thread waited
                yield None
            elif self.asker.available():
                yield self.asker
            else:
                if not self._told:
                    log.warning("Stepping was asked for, but nobody is here to answer: no pauses.")
                self._told = True
                yield None

    def __repr__(self) -> str:
        state = " · running on" if self.running else ""
        return f"<Stepper on {'every call' if self.on is None else repr(self.on)}{state}>"


class Step:
    """One call being stepped through."""

    def __init__(self, stepper: Stepper, call: Call) -> None:
        self._stepper = stepper
        self._call = call
        self._paused = False
        self._into = False

    def before(self) -> Send | Edit | Skip:
        """Ask about the call before it is sent; raise `Stopped` if that is the answer."""
        stepper, call = self._stepper, self._call
        if stepper.on == "failure" or not stepper.wants(call):
            return Send()
        with stepper.asking() as asker:
            if asker is None:
                return Send()
            self._paused = True
            decided = asker.before(call)
        self._into = stepper.into or (isinstance(decided, Send | Edit) and decided.into)
        return decided if isinstance(decided, Edit | Skip) else self._go(decided)

    def event(self, event: StreamEvent) -> None:
        """Show an event before it is handed on, where the stream is being stepped into."""
        if self._into:
            with self._stepper.asking() as asker:
                if asker is not None:
                    self._into = self._go(asker.event(self._call, event)).into

    def after(self) -> None:
        """Show the finished call."""
        stepper, call = self._stepper, self._call
        if self._paused or (stepper.on == "failure" and call.failed):
            with stepper.asking() as asker:
                if asker is not None:
                    self._go(asker.after(call))

    def _go(self, decided: Send | RunOn | Stop) -> Send:
        if isinstance(decided, Stop):
            call = self._call
            self._paused = False
            sent = "Nothing was sent." if call.status is None else "It had been sent."
            raise Stopped(f"You stopped at {call.method} {call.path}.", hint=sent)
        if isinstance(decided, RunOn):
            self._stepper.running = True
            return Send()
        return decided


def edited(request: httpx.Request, body: Any, *, shown: Any) -> httpx.Request:
    """Return a request with another JSON body; ``shown`` is the old one as it was shown, masked.

    Raises `CannotSend` where the old body is not JSON, or a masked text was changed.
    """
    try:
        content = request.content
        real = json.loads(content) if content else None
    except (httpx.RequestNotRead, ValueError):
        raise CannotSend("Only a JSON body can be edited.", hint="Send it or skip it.") from None
    headers = [(n, v) for n, v in request.headers.multi_items() if n != "content-length"]
    if not content:
        headers.append(("content-type", "application/json"))
    return httpx.Request(
        request.method,
        request.url,
        headers=headers,
        content=json.dumps(unmasked(body, shown, real), ensure_ascii=False).encode(),
        extensions=request.extensions,
    )


def unmasked(body: Any, shown: Any, real: Any) -> Any:
    """Return an edited JSON value with what was masked put back from the real one.

    ``shown`` is the real value as it was shown, masked. Raises `CannotSend` where a mask stands in
    a text that was changed, since what belongs there cannot be told.

    >>> unmasked({"token": "••••", "n": 2}, {"token": "••••", "n": 1}, {"token": "abc", "n": 1})
    {'token': 'abc', 'n': 2}
    """
    if body == shown:
        return real
    if isinstance(body, dict):
        olds = (shown, real) if isinstance(shown, dict) and isinstance(real, dict) else ({}, {})
        return {k: unmasked(v, olds[0].get(k), olds[1].get(k)) for k, v in body.items()}
    if isinstance(body, list):
        both = isinstance(shown, list) and isinstance(real, list)
        rows = list(zip(shown, real, strict=False)) if both else []
        rows += [(None, None)] * (len(body) - len(rows))
        return [unmasked(v, *row) for v, row in zip(body, rows, strict=False)]
    if isinstance(body, str) and MASK in body:
        raise CannotSend(
            f"The edited body has a masked text that was changed: {body!r}.",
            hint="Leave it as it was, or write the whole text anew.",
        )
    return body
