"""Server-sent events: bytes in, events out, by the WHATWG event-stream rules.

The standard is HTML's section 9.2.6, "Interpreting an event stream". It works on bytes, because a
chunk may end anywhere, inside a character too, and because text lines in Python also break at
U+2028, which JSON may carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cogwidgets.api.errors import StreamBroken

__all__ = ["MAX_EVENT", "ServerSentEvent", "iter_events", "iter_lines"]

MAX_EVENT = 64 << 20  # bytes of one event: beyond this the stream is broken, not long
_BOM = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event as the stream carried it."""

    data: str
    event: str = "message"
    id: str = ""
    retry: int | None = None


def iter_events(
    chunks: Iterable[bytes], *, max_event: int = MAX_EVENT
) -> Iterator[ServerSentEvent]:
    r"""Yield each event of a stream as soon as its blank line has come.

    ``chunks`` may end anywhere. An event without data is not dispatched; one with an empty
    ``data:`` line is, with empty data: it is the service's heartbeat. ``id`` stays in force until
    the next one; ``retry`` is that of the event's own lines, in milliseconds. What stands behind
    the last blank line is dropped, as the standard says. Raises `StreamBroken` for an event of
    more than ``max_event`` bytes.

    >>> for event in iter_events([b"data: a\r", b"\ndata: b\n\n: comment\n\ndata\n\n"]):
    ...     event.event, event.data
    ('message', 'a\nb')
    ('message', '')
    """
    data: list[str] = []
    kind, last_id, retry, size = "", "", None, 0
    for line in iter_lines(chunks, max_line=max_event):
        if not line:
            if data:
                yield ServerSentEvent("\n".join(data), kind or "message", last_id, retry)
            data, kind, retry, size = [], "", None, 0
            continue
        size += len(line)
        if size > max_event:
            raise _too_large(max_event)
        name, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            data.append(text)
        elif name == b"event":
            kind = text
        elif name == b"id" and "\0" not in text:
            last_id = text
        elif name == b"retry" and text.isascii() and text.isdigit():
            retry = int(text)
        # What else there is: a comment (empty name), or a field the standard does not know.


def iter_lines(chunks: Iterable[bytes], *, max_line: int = MAX_EVENT) -> Iterator[bytes]:
    r"""Yield the lines of a byte stream, each ended by CR, LF or CRLF; drop an unfinished one.

    A leading byte-order mark is skipped. Raises `StreamBroken` for a line of more than ``max_line``
    bytes.

    >>> list(iter_lines([b"\xef\xbb", b"\xbfa\r", b"\nb\rc\n", b"rest"]))
    [b'a', b'b', b'c']
    """
    pending: list[bytes] = []  # the pieces of an unfinished line
    size = 0
    head, at_start, after_cr = b"", True, False
    for chunk in chunks:
        block = chunk
        if at_start:
            head += chunk
            if len(head) < len(_BOM) and _BOM.startswith(head):
                continue
            block, at_start = head.removeprefix(_BOM), False
        if after_cr and block:
            block = block.removeprefix(b"\n")
            after_cr = False
        if b"\r" in block:
            after_cr = block.endswith(b"\r")
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        first, *lines = block.split(b"\n")
        pending.append(first)
        if lines:
            yield b"".join(pending)
            yield from lines[:-1]
            pending, size = lines[-1:], 0
            first = lines[-1]
        size += len(first)
        if size > max_line:
            raise _too_large(max_line)


def _too_large(limit: int) -> StreamBroken:
    return StreamBroken(
        f"The stream carries an event of more than {limit >> 20} MiB.",
        hint="Read the session's state instead of waiting for this answer.",
    )
