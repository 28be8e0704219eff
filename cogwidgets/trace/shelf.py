"""Shelf: what calls carried, in memory up to a budget, the oldest of it in a temporary file.

Only masked text gets here, so only masked text is written. The file has no name (or loses it with
the log), and goes when the log goes.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
import tempfile
import threading
import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from cogwidgets.trace.stream import StreamEvent

if TYPE_CHECKING:
    from cogwidgets.trace.call import Call
    from cogwidgets.trace.mask import Headers

__all__ = ["Carried", "Part", "Place", "Shelf"]

log = logging.getLogger("cogwidgets.trace")

LIGHT = 800  # bytes that a call takes for itself, measured
_LINES = 1_000  # bytes of URL and headers, measured; most lines are shared between calls


class Part(NamedTuple):
    """One part of a multipart body; a file's bytes are never kept, so its ``value`` is empty."""

    name: str
    filename: str | None = None
    content_type: str | None = None
    size: int | None = None
    value: str = ""


@dataclass(slots=True)
class Carried:
    """What a call carried: the heavy half of a `Call`, all of it masked.

    ``response_body`` is the text behind the last event where the answer is a stream.
    """

    url: str
    request_headers: Headers = ()
    request_body: str = ""
    parts: tuple[Part, ...] = ()
    response_headers: Headers = ()
    response_body: str = ""
    events: list[StreamEvent] = field(default_factory=list)
    media: bytes | None = None

    def size(self) -> int:
        """Return about how many bytes of memory this takes."""
        texts = [self.request_body, self.response_body, *(event.raw for event in self.events)]
        return (
            _LINES
            + sum(map(sys.getsizeof, texts))
            + 100 * (len(self.events) + len(self.parts))
            + len(self.media or b"")
        )

    def to_json(self) -> bytes:
        """Return it as one line for the file."""
        media = None if self.media is None else base64.b64encode(self.media).decode()
        row = [getattr(self, name) for name in self.__slots__ if name != "media"]
        return json.dumps([*row, media]).encode()

    @classmethod
    def from_json(cls, line: bytes) -> Carried:
        """Return what `to_json` wrote."""
        url, asked, body, parts, told, answer, events, media = json.loads(line)
        return cls(
            url,
            _pairs(asked),
            body,
            tuple(Part(*part) for part in parts),
            _pairs(told),
            answer,
            [StreamEvent(*event) for event in events],
            None if media is None else base64.b64decode(media),
        )


class Place(NamedTuple):
    """Where in the file something stands."""

    offset: int
    length: int


class Shelf:
    """Keep what finished calls carried within a budget of bytes of memory."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()
        self._resident: deque[tuple[Call, int]] = deque()  # finished, oldest first
        self._size = 0
        self._calls = 0

    def keep(self, call: Call) -> None:
        """Take what a finished call carried; move the oldest to the file when it gets too much."""
        with self._lock:
            size = call.read().size()
            self._resident.append((call, size))
            self._size += size
            self._calls += 1
            room = max(0, self.budget - self._calls * LIGHT)
            while self._size > room and self._resident:
                oldest, size = self._resident.popleft()
                self._size -= size
                if isinstance(oldest.carried, Carried):
                    oldest.carried = self._write(oldest.carried)

    def read(self, place: Place) -> Carried:
        """Return what was moved to the file."""
        with self._lock:
            assert self._file is not None  # noqa: S101 - a place is given only by _write
            self._file.seek(place.offset)
            return Carried.from_json(self._file.read(place.length))

    def _write(self, carried: Carried) -> Carried | Place:
        line = carried.to_json()
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="cogwidgets-calls-")  # noqa: SIM115
                weakref.finalize(self, self._file.close)
            place = Place(self._file.seek(0, 2), len(line))
            self._file.write(line)
        except OSError as error:
            log.warning("Old calls stay in memory: %s", error)
            self.budget = sys.maxsize
            return carried
        return place


def _pairs(rows: list[Any]) -> Headers:
    return tuple((name, value) for name, value in rows)
