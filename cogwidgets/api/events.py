"""Events: what a server-sent event means, and the turn that a message's events make.

Two JSON shapes are read, in camelCase and in snake_case (contract.md, "The SSE stream"): Agent
Development Kit events and flat events. Whatever else comes is `Other`, never an error.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cogwidgets.api.errors import CogError, agent_error
from cogwidgets.plural import counted

if TYPE_CHECKING:
    from cogwidgets.api.sse import ServerSentEvent
    from cogwidgets.draft import Change

__all__ = [
    "Event",
    "Failure",
    "Heartbeat",
    "Other",
    "StateDelta",
    "Text",
    "Thought",
    "ToolCall",
    "ToolResult",
    "Turn",
    "events_of",
    "is_noise",
]

# Said at the end of streams that went well.
_NOISE = re.compile(r"\s*I encountered a temporary issue[^\n]*\s*\Z", re.IGNORECASE)
_HEARTBEATS = ("heartbeat", "ping", "keepalive", "keep-alive")


@dataclass(frozen=True)
class Event:
    """Anything that a message's stream carries."""


@dataclass(frozen=True)
class Text(Event):
    """Words for the user; ``partial`` ones are pieces, which a later whole text replaces."""

    text: str
    partial: bool = False


@dataclass(frozen=True)
class Thought(Event):
    """Words that are not for the user."""

    text: str


@dataclass(frozen=True)
class ToolCall(Event):
    """The agent calls a tool; a ``partial`` one is a preview with unfinished arguments."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    partial: bool = False


@dataclass(frozen=True)
class ToolResult(Event):
    """A tool has answered."""

    name: str
    result: Any = None
    id: str = ""


@dataclass(frozen=True)
class StateDelta(Event):
    """Keys of the session's state that have changed, progress among them."""

    delta: dict[str, Any]


@dataclass(frozen=True)
class Heartbeat(Event):
    """Nothing yet; still working."""


@dataclass(frozen=True)
class Failure(Event):
    """The agent says that it failed."""

    code: str
    message: str


@dataclass(frozen=True)
class Other(Event):
    """Something the contract does not name, kept as it came."""

    data: str


def events_of(sent: ServerSentEvent) -> list[Event]:
    """Return what one server-sent event means: several parts give several events.

    >>> from cogwidgets.api.sse import ServerSentEvent
    >>> events_of(ServerSentEvent('{"content":{"parts":[{"text":"Done."}]}}'))
    [Text(text='Done.', partial=False)]
    >>> events_of(ServerSentEvent(""))
    [Heartbeat()]
    """
    if not sent.data.strip() or sent.event in _HEARTBEATS:
        return [Heartbeat()]
    try:
        data = json.loads(sent.data)
    except (ValueError, RecursionError):
        return [Other(sent.data)]
    if not isinstance(data, dict):
        return [Other(sent.data)]
    return list(_flat(data) if isinstance(data.get("type"), str) else _kit(data)) or [
        Other(sent.data)
    ]


def _flat(data: dict[str, Any]) -> Iterator[Event]:
    match data["type"]:
        case "text" if isinstance(data.get("content"), str):
            yield Text(data["content"], partial=True)
        case "tool_call":
            yield ToolCall(_text(data.get("name")), _fields(data.get("args")))
        case "tool_result":
            yield ToolResult(_text(data.get("name")), data.get("result"))
        case kind if kind in _HEARTBEATS:
            yield Heartbeat()
        case "error":
            said = next((data[k] for k in ("message", "error", "content") if data.get(k)), "")
            yield Failure(_text(data.get("code")), _text(said))


def _kit(data: dict[str, Any]) -> Iterator[Event]:
    partial = data.get("partial") is True
    parts = _fields(data.get("content")).get("parts")
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict):
            yield from _part(part, partial=partial)
    delta = _fields(_either(_fields(data.get("actions")), "stateDelta", "state_delta"))
    if delta:
        yield StateDelta(delta)
    code = _either(data, "errorCode", "error_code") or data.get("code")
    message = _either(data, "errorMessage", "error_message") or data.get("error")
    if data.get("code"):  # a body of the contract's other endpoints
        message = message or data.get("message") or data.get("msg")
    if code or message:
        yield Failure(_text(code), _text(message) or _text(code))


def _part(part: dict[str, Any], *, partial: bool) -> Iterator[Event]:
    if isinstance(part.get("text"), str):
        if part.get("thought") is True:
            yield Thought(part["text"])
        else:
            yield Text(part["text"], partial)
    call = _either(part, "functionCall", "function_call")
    if isinstance(call, dict):
        yield ToolCall(
            _text(call.get("name")), _fields(call.get("args")), _text(call.get("id")), partial
        )
    answer = _either(part, "functionResponse", "function_response")
    if isinstance(answer, dict):
        yield ToolResult(_text(answer.get("name")), answer.get("response"), _text(answer.get("id")))


def _either(fields: dict[str, Any], camel: str, snake: str) -> Any:
    return fields[camel] if camel in fields else fields.get(snake)


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


@dataclass
class Turn:
    """One message and all that came of it: ``message`` is what was said, ``text`` the answer.

    ``changes`` is what the draft shows afterwards against before; ``actions`` what the words call
    for besides, where the agent spoke of an interface ("click Export"); ``seconds`` the time the
    whole turn took.
    """

    text: str = ""
    events: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    actions: list[Any] = field(default_factory=list)
    error: CogError | None = None
    seconds: float = 0.0
    message: str = ""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Turn:
        """Gather a turn from its events: whole texts replace their deltas, previews are dropped.

        >>> Turn.of([Text("Do", partial=True), Text("Done."), Heartbeat()]).text
        'Done.'
        """
        started = time.monotonic()
        turn = cls()
        whole: list[str] = []
        pieces: list[str] = []
        for event in events:
            turn.events.append(event)
            match event:
                case Text(text, partial=True):
                    pieces.append(text)
                case Text(text):
                    whole.append(text)
                    pieces.clear()
                case Failure(code, message):
                    turn.error = agent_error(code, message)
        texts = (text.strip() for text in (*whole, _joined(pieces)))
        turn.text = "\n".join(filter(None, texts))
        answer = _NOISE.sub("", turn.text)
        if answer:
            turn.text = answer
            if turn.error is not None and is_noise(turn.error.message):
                turn.error = None
        turn.seconds = time.monotonic() - started
        return turn

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The tools that the agent called, previews left out."""
        return [e for e in self.events if isinstance(e, ToolCall) and not e.partial]

    @property
    def tool_results(self) -> list[ToolResult]:
        """What the tools answered."""
        return [e for e in self.events if isinstance(e, ToolResult)]

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        first = self.text.partition("\n")[0]
        said = first if len(first) <= 60 else first[:59] + "…"  # noqa: PLR2004 - a line's worth
        events, made = counted(len(self.events), "event"), counted(len(self.changes), "change")
        counts = f"{events} · {made} · {self.seconds:.1f} s"
        return f"<Turn {said!r} · {counts}>" if self.error is None else f"<Turn {self.error!r}>"

    def _repr_markdown_(self) -> str:
        changes = "".join(f"\n- {change}" for change in self.changes)
        said = self.error is None or self.error.message in self.text
        failed = "" if said else f"\n\n**{self.error}**"
        return f"{self.text}\n{changes}{failed}".strip()


def is_noise(text: str) -> bool:
    """Tell whether a text is nothing but what the service says at the end of good streams.

    >>> is_noise("I encountered a temporary issue. Please try again.")
    True
    """
    return _NOISE.match(text) is not None


def _joined(pieces: list[str]) -> str:
    """Join pieces as they are, but for whole sentences that come without the space between."""
    joined = ""
    for last, piece in pairwise(["", *pieces]):
        sentence = last.endswith((".", "!", "?")) and " " in last.strip()
        joined += f" {piece}" if sentence and piece[:1].isascii() and piece[:1].isupper() else piece
    return joined
