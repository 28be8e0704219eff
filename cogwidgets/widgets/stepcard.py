"""Stepcard: the question of a paused call as a card below the cell, answered with its buttons.

The thread that makes the call waits here, in slices, so that an interrupt and `Client.stop` end the
wait; what the person decides comes in by `control`, while the cell still blocks.
"""

from __future__ import annotations

import json
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import httpx
import traitlets
from IPython.display import HTML, DisplayHandle, display

from cogwidgets.trace import CannotSend, Edit, RunOn, Send, Skip, Stop
from cogwidgets.trace.pretty import json_text
from cogwidgets.trace.stepper import unmasked
from cogwidgets.widgets.base import static
from cogwidgets.widgets.control import Ear
from cogwidgets.widgets.rows import Rows, answer_of, event_of, request_of

if TYPE_CHECKING:
    from cogwidgets.client import Client
    from cogwidgets.trace import Call, StreamEvent

__all__ = ["StepCard"]

_RECORDED = 3  # earlier answers that a skipped call may get
_EVENTS = 100  # of the stream that is being stepped into

# What a skipped call may be answered with instead (contract.md, "Errors").
_ERRORS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "503": (
        "an error: 503, it was never sent",
        503,
        {"code": 503, "message": "Skipped: it was never sent."},
    ),
    "2001": ("an error: 2001, no credits", 200, {"code": 2001, "message": "Insufficient credits"}),
    "402": ("an error: 402, not on this plan", 402, {"code": 402, "message": "Export is blocked"}),
}
_BROKEN = "broken"


class StepCard(Rows):
    """Put a stepper's questions to the person who looks at the cell; a `trace.Asker`.

    The card comes up at the first question, below the cell that runs, with the calls that were made
    since. `cogwidgets.connect` makes one for each `Client.stepping` in a notebook.
    """

    _esm, _css = static("rows", "step", "stepcard")

    ping = traitlets.Dict(help="a question to the browser: is somebody there?").tag(sync=True)
    step = traitlets.Dict(help="what is asked, empty when nothing is").tag(sync=True)

    def __init__(self, client: Client, *, first: int | None = None, **options: Any) -> None:
        self._client = client
        first = len(client.calls) if first is None else first
        super().__init__(client.calls, first=first, **options)
        self._ear = Ear(self)
        self._question = 0
        self._call_asked: Call | None = None
        self._events: list[list[Any]] = []
        self._decided = threading.Event()
        self._decision: dict[str, Any] = {}
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._stop_next = False
        self._handle: DisplayHandle | None = None

    # -- the asker's part -------------------------------------------------------------------

    def available(self) -> bool:
        """Tell whether somebody looks at this card and can press its buttons now."""
        self.show()
        there = self._ear.heard(self._client.api.waits)
        if not there:
            self.step = {"phase": "nobody"}
        return there

    def before(self, call: Call) -> Send | Edit | Skip | RunOn | Stop:
        """Show what is about to be sent, and wait for what to do with it."""
        if self._stop_next:
            self._stop_next = False
            return Stop()
        self._events = []
        asked: dict[str, Any] = {"phase": "before", "request": request_of(call)}
        asked["stream"] = "event-stream" in call.request_headers.get("accept", "")
        asked["instead"] = self._instead(call)
        while True:
            match self._ask(call, asked):
                case {"choice": "send" | "into" as choice}:
                    return Send(into=choice == "into")
                case {"choice": "edit", "body": str(text), **rest}:
                    try:
                        body = _edited(text, call.request_json)
                    except (ValueError, CannotSend) as error:
                        asked |= {"wrong": str(error), "edited": text}
                        continue
                    self.did(f"Edit({json.dumps(body, ensure_ascii=False)})")
                    return Edit(body, into=rest.get("into") is True)
                case {"choice": "skip", "instead": str(name)}:
                    if (answer := self._skip(call, name)) is not None:
                        return answer
                case {"choice": "run"}:
                    return RunOn()
                case {"choice": "stop"}:
                    return Stop()

    def event(self, call: Call, event: StreamEvent) -> Send | RunOn | Stop:
        """Show an event before the code gets it."""
        self._events.append(event_of(event))
        asked = {
            "phase": "event",
            "request": request_of(call),
            "events": self._events[-_EVENTS:],
            "left": max(0, len(self._events) - _EVENTS),
        }
        while True:
            match self._ask(call, asked):
                case {"choice": "send" | "into" as choice}:
                    return Send(into=choice == "into")
                case {"choice": "run"}:
                    return RunOn()
                case {"choice": "stop"}:
                    return Stop()

    def after(self, call: Call) -> Send | RunOn | Stop:
        """Show the answer before the code goes on."""
        asked = {
            "phase": "after",
            "request": request_of(call),
            "answer": answer_of(call),
            "seconds": call.seconds,
        }
        while True:
            match self._ask(call, asked):
                case {"choice": "send"}:
                    return Send()
                case {"choice": "run"}:
                    return RunOn()
                case {"choice": "stop"}:
                    return Stop()

    def done(self) -> None:
        """Put the question away: the stepping is over, and what stays is the list of its calls.

        It stays as HTML: a notebook that is opened again shows no widget, whatever stands beside
        it (JupyterLab 4.6, Notebook 7.6: "model not found").
        """
        self.answer_the_rest()
        if self._handle is not None:
            self._handle.update(HTML(self.html()))
            self.close()

    def answer_the_rest(self) -> None:
        """Let what is paused go on, and forget whom a stop would concern."""
        self._decide({"choice": "run"})
        self._threads.clear()

    def close(self) -> None:
        """End the view, and its side channel."""
        if hasattr(self, "_ear"):
            self._ear.close()
        super().close()

    def show(self) -> None:
        """Show the card below the cell that runs, once."""
        if self._handle is None:
            data, metadata = self._repr_mimebundle_() or ({}, {})
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)

    # -- asking -----------------------------------------------------------------------------

    def _ask(self, call: Call, asked: dict[str, Any]) -> dict[str, Any]:
        """Show a question and wait for its answer; whatever ends the wait takes it away."""
        self._question += 1
        self._call_asked = call
        self._threads.add(threading.current_thread())
        self._decided.clear()
        self._decision = {}
        about = {
            "index": call.index,
            "purpose": call.purpose,
            "section": call.section,
            "method": call.method,
            "url": call.url,
            "path": call.path,
            "outcome": call.outcome(),
            "failed": call.failed,
        }
        self.step = {"n": self._question, "call": about, **asked}
        try:
            while not self._client.api.waits.until(self._decided.wait, 3600):
                """A person may think as long as they like."""
        except BaseException:
            self.step = {"phase": "ended", "call": about}
            raise
        decision = self._decision
        choice = decision.get("choice")
        answered = asked["phase"] == "after" and choice == "send"
        self.step = {
            "phase": "ended" if choice == "stop" else "between" if answered else "running",
            "n": self._question,
            "call": about,
            "to_the_end": choice == "run",
            "since": time.time(),
        }
        return decision

    def _notice(self, call: Call) -> None:
        """Take note of calls; the one that was sent may end without a question about its answer."""
        super()._notice(call)
        step = self.step
        sent = step.get("phase") == "running" and not step["to_the_end"]
        if sent and call is self._call_asked and call.seconds is not None:
            self.step = step | {"phase": "ended" if call.error else "between"}

    def _decide(self, decision: dict[str, Any]) -> None:
        if not self._decided.is_set():
            self._decision = decision
            self._decided.set()

    def _instead(self, call: Call) -> list[list[str]]:
        """Return what a skipped call can be answered with: a key and words for each."""
        log = call.log if call.log is not None else []
        alike = [c for c in log if c.method == call.method and c.path == call.path]
        answered = [c for c in alike if c is not call and c.status is not None]
        recorded = [
            [f"call {c.index}", f"the answer of call {c.index}: {c.outcome()}"]
            for c in reversed(answered[-_RECORDED:])
        ]
        errors = [[key, words] for key, (words, _, _) in _ERRORS.items()]
        return [*errors, [_BROKEN, "a connection that breaks"], *recorded]

    def _skip(self, call: Call, name: str) -> Skip | None:
        if name == _BROKEN:
            return Skip(httpx.ReadError("the connection broke, as you asked"))
        if name in _ERRORS:
            _, status, body = _ERRORS[name]
            return Skip(httpx.Response(status, json=body))
        _, _, index = name.partition(" ")
        if call.log is not None and index.isdecimal() and 1 <= int(index) <= len(call.log):
            return Skip(call.log[int(index) - 1])
        return None

    # -- what a person does -----------------------------------------------------------------

    def _heard(self, view: Any, message: Any, buffers: list[memoryview]) -> None:
        """Take a message once, by whichever way it comes first."""
        if isinstance(message, dict) and not self._ear.twice(message):
            super()._heard(view, message, buffers)

    def _do_pong(self, message: dict[str, Any], _: list[memoryview]) -> None:
        self._ear.pong(message)

    def _do_decide(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Take an answer to the question that stands; one to an older question came too late."""
        if message.get("n") == self._question:
            self._decide(message)

    def _do_body(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Send the whole body of the call that is asked about, to be edited."""
        call = self._call_asked
        if call is not None and message.get("n") == self._question:
            parsed = call.request_json
            text = json_text(parsed) if call.request_body else "{\n}"
            self.send({"what": "body", "n": self._question, "text": text})

    def _do_halt(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Stop what runs since the last answer, or the next call where nothing runs just now."""
        if message.get("n") != self._question:
            return
        busy = [thread for thread in self._threads if self._client.api.waits.busy(thread)]
        for thread in busy:
            self._client.stop(thread)
        self._stop_next = not busy and self._handle is not None


def _edited(text: str, shown: Any) -> Any:
    """Read an edited body; raises what is wrong with it, in words."""
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg}, line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    unmasked(body, shown, shown)  # a mask that was changed cannot be filled in again
    return body
