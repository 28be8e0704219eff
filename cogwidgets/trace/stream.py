"""Stream: a byte stream of server-sent events, cut where each event ends and kept as it came.

Unlike a parser, which gives what events mean and drops the rest, this loses no byte: the pieces put
together are the stream again, so a recording can be replayed exactly.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

__all__ = ["Cutter", "StreamEvent", "gist"]

# WHATWG HTML, "9.2.6 Interpreting an event stream": lines end in CR, LF or CRLF, events in an empty
# line. A CR at the very end may be half of a CRLF; the LF then stands harmlessly before the next.
_BLANK = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_DATA = re.compile(rb"(?:^|[\r\n])\xef?\xbb?\xbf?data(?:[:\r\n]|$)")
_LINE = re.compile("\r\n|\n|\r")
_LONGEST = 1 << 20  # bytes without an empty line that are kept together


class StreamEvent(NamedTuple):
    r"""One event of a stream: seconds since the start of the call, and its text, masked.

    ``data``, ``event`` and ``id`` are the fields of the standard, ``json`` the parsed data,
    ``None`` where it is not JSON.

    >>> event = StreamEvent(0.12, 'id: 7\ndata: {"text":\ndata:  "Done."}\n\n')
    >>> event.json, event.event, event.id
    ({'text': 'Done.'}, 'message', '7')
    """

    at: float
    raw: str

    @property
    def data(self) -> str:
        """The event's data, its lines joined."""
        return "\n".join(self._named("data"))

    @property
    def event(self) -> str:
        """The event's type, ``message`` where none is given."""
        return (self._named("event") or ["message"])[-1] or "message"

    @property
    def id(self) -> str:
        """The event's id, where it has one."""
        return (self._named("id") or [""])[-1]

    @property
    def json(self) -> Any:
        """The data as JSON, ``None`` where it is not."""
        try:
            return json.loads(self.data)
        except (ValueError, RecursionError):
            return None

    def _named(self, wanted: str) -> list[str]:
        values: list[str] = []
        for line in _LINE.split(self.raw.removeprefix("\ufeff").rstrip("\r\n")):
            name, _, value = line.partition(":")
            if not line and wanted == "event":
                values.clear()  # of something without data, which an empty line forgets
            elif name == wanted:
                values.append(value.removeprefix(" "))
        return values


class Cutter:
    r"""Cut a stream that comes in chunks into whole events.

    What has no data (a comment, a lone field) is handed out together with the event behind it.

    >>> cutter = Cutter()
    >>> cutter.feed(b"data: a\r"), cutter.feed(b"\n\r\n: ping\n\ndata: b"), cutter.rest
    ([], [b'data: a\r\n\r\n'], b': ping\n\ndata: b')
    """

    def __init__(self) -> None:
        self.rest = b""
        self._looked = 0  # where the next empty line can begin at the earliest
        self._from = 0  # where the lines begin that are not known to have no data

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take a chunk; return the events it completes."""
        self.rest += chunk
        done = []
        while end := _BLANK.search(self.rest, self._looked):
            self._looked = end.end()
            if _DATA.search(self.rest, max(0, self._from - 1), end.start()):
                done.append(self.rest[: end.end()])
                self.rest = self.rest[end.end() :]
                self._looked = 0
            self._from = self._looked
        self._looked = max(self._looked, len(self.rest) - 3)
        if len(self.rest) > _LONGEST:
            done.append(self.rest)
            self.rest, self._looked, self._from = b"", 0, 0
        return done


def gist(event: StreamEvent) -> tuple[str, str]:
    r"""Say in a word and a phrase what an event of the service is (contract.md, "The SSE stream").

    >>> gist(StreamEvent(0, 'data: {"content":{"parts":[{"text":"Done."}]}}\n\n'))
    ('text', 'Done.')
    >>> gist(StreamEvent(0, "data:\n\n"))
    ('heartbeat', '')
    """
    told = event.json
    if not isinstance(told, dict):
        return ("other", event.data) if event.data.strip() else ("heartbeat", "")
    content = told.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and (said := _part(part)):
            return said
    error = told.get("errorMessage") or told.get("error_message") or told.get("error")
    if error or told.get("errorCode") or told.get("error_code"):
        return "failure", str(error or told.get("errorCode") or told.get("error_code"))
    actions = told.get("actions")
    delta = (
        actions.get("stateDelta") or actions.get("state_delta") if isinstance(actions, dict) else 0
    )
    if isinstance(delta, dict) and delta:
        return "state", ", ".join(f"{key} {_short(value)}".strip() for key, value in delta.items())
    kind = str(told.get("type") or "other")  # the flat shape
    said = told.get("content") or told.get("name") or told.get("message")
    return kind.replace("_", " "), str(said or "" if "type" in told else event.data)


def _part(part: dict[str, Any]) -> tuple[str, str] | None:
    if isinstance(part.get("text"), str):
        return "thought" if part.get("thought") is True else "text", part["text"]
    for word, *names in (
        ("tool call", "functionCall", "function_call"),
        ("tool result", "functionResponse", "function_response"),
    ):
        for name in names:
            if isinstance(part.get(name), dict):
                return word, str(part[name].get("name", ""))
    return None


def _short(value: Any) -> str:
    """Return what is short enough to stand in a phrase."""
    if isinstance(value, dict) and all(not isinstance(v, dict | list) for v in value.values()):
        return " ".join(str(v) for v in value.values())
    return str(value) if isinstance(value, str | int | float) else ""
