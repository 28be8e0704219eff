"""Terminal: ask about a call at a prompt."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx

from cogwidgets.trace.stepper import Edit, RunOn, Send, Skip, Stop
from cogwidgets.trace.stream import gist

if TYPE_CHECKING:
    from cogwidgets.trace.call import Call
    from cogwidgets.trace.stream import StreamEvent

__all__ = ["TerminalAsker"]

_LINES = 40  # of a body
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class TerminalAsker:
    """Ask on a terminal, in words and one letter each.

    ``read`` and ``write`` are the terminal; without them it is `input` and the standard output, and
    somebody is there when both are a terminal.
    """

    def __init__(
        self,
        read: Callable[[str], str] | None = None,
        write: Callable[[str], object] | None = None,
    ) -> None:
        self._given = read is not None
        self._read = read or input
        self._write = write or sys.stdout.write

    def available(self) -> bool:
        """Tell whether there is a terminal at both ends."""
        return self._given or (sys.stdin.isatty() and sys.stdout.isatty())

    def before(self, call: Call) -> Send | Edit | Skip | RunOn | Stop:
        """Show what is about to be sent, and ask."""
        purpose = " · ".join(filter(None, [call.purpose, call.section]))
        self._say(f"→ {call.method} {call.path}   {purpose}".rstrip())
        self._say(_body(call.request_json, call.request_body))
        while True:
            answer = self._ask("[s]end  [i]nto its events  [e]dit  s[k]ip  [r]un on  s[t]op")
            match answer:
                case "s" | "":
                    return Send()
                case "i":
                    return Send(into=True)
                case "e":
                    edited = self._edited(call.request_json)
                    if edited is not None:
                        return Edit(edited)
                case "k":
                    return self._skip(call)
                case "r":
                    return RunOn()
                case "t":
                    return Stop()

    def event(self, call: Call, event: StreamEvent) -> Send | RunOn | Stop:
        """Show one event of the stream, and ask."""
        del call
        self._say(f"  +{event.at:.2f} s  {': '.join(filter(None, gist(event)))}")
        while True:
            match self._ask("[n]ext event  [a]ll of this stream  [r]un on  s[t]op"):
                case "n" | "":
                    return Send(into=True)
                case "a":
                    return Send()
                case "r":
                    return RunOn()
                case "t":
                    return Stop()

    def after(self, call: Call) -> Send | RunOn | Stop:
        """Show the answer, and ask."""
        self._say(f"← {call.outcome()}   {call.seconds:.3f} s")
        self._say(
            "\n".join(": ".join(filter(None, gist(event))) for event in call.events)
            if call.events
            else _body(call.response_json, call.response_body)
        )
        while True:
            match self._ask("[g]o on  [r]un on to the end  s[t]op"):
                case "g" | "":
                    return Send()
                case "r":
                    return RunOn()
                case "t":
                    return Stop()

    def _skip(self, call: Call) -> Skip:
        """Answer with what a call like this one got before, else with an error."""
        before = [] if call.log is None else [c for c in call.log[call.path] if c is not call]
        answered = [c for c in before if c.method == call.method and c.status is not None]
        if answered and self._ask("[e]rror, or the [l]ast answer to this call") == "l":
            return Skip(answered[-1])
        message = {"code": 503, "message": "Skipped: it was never sent."}
        return Skip(httpx.Response(503, json=message))

    def _edited(self, body: Any) -> Any:
        """Read a whole body, or changes to it; ``None`` to think again."""
        self._say('A JSON body in one line, or a change such as new_message.parts[0].text = "…"')
        said = self._read("edit: ").strip()
        try:
            if said.startswith(("{", "[")):
                return json.loads(said)
            path, equals, value = said.partition("=")
            if equals:
                return _changed(body, path.strip(), json.loads(value))
        except (ValueError, LookupError, TypeError) as error:
            self._say(f"That cannot be read ({error}).")
        return None

    def _ask(self, question: str) -> str:
        try:
            return self._read(f"{question}: ").strip().lower()[:1]
        except EOFError:
            return "r"  # the terminal is gone

    def _say(self, text: str) -> None:
        if text:
            self._write(text + "\n")


def _body(parsed: Any, body: str) -> str:
    text = body if parsed is None else json.dumps(parsed, indent=2, ensure_ascii=False)
    lines = text.splitlines()
    more = [f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return textwrap.indent("\n".join(lines[:_LINES] + more), "  ")


def _changed(body: Any, path: str, value: Any) -> Any:
    """Return a copy of the body with one value changed.

    >>> _changed({"parts": [{"text": "a"}]}, "parts[0].text", "b")
    {'parts': [{'text': 'b'}]}
    """
    body = json.loads(json.dumps(body))
    *steps, last = [int(place) if place else name for name, place in _STEP.findall(path)]
    inner = body
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return body
