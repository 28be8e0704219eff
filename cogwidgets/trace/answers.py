"""Answers: a recorded call as an answer to a new request, at once or in its own time."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import httpx

from cogwidgets.trace.mask import MASK

if TYPE_CHECKING:
    from cogwidgets.trace.call import Call

__all__ = ["STAND_IN", "Until", "answer_of", "renamed"]

# Wait until `ready(at_most)` says so, so many seconds at most; see `waiting.Waits.until`.
Until = Callable[[Callable[[float], object], float], object]

# A client that got a masked token back could not even put it into a header. This one looks like the
# service's own, so it is masked again when it is recorded again.
STAND_IN = "nmv_usr_replayed"

_AS_IT_CAME = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})
_MASKED_FIELD = re.compile(f'(?<=": "){MASK}(?=")|(?<=":"){MASK}(?=")')


def answer_of(
    call: Call,
    *,
    speed: float | None = None,
    names: dict[str, str] | None = None,
    until: Until | None = None,
) -> httpx.Response:
    """Return the answer that a call got, as a new response.

    Its body comes at once, or with ``speed=1`` after the time it took, a stream event by event;
    with ``speed=2`` twice as fast; ``until`` does the waiting. ``names`` are words to write
    otherwise. A token that was masked comes back as a stand-in. Raises what httpx raises where the
    call got no answer.

    >>> import datetime as dt
    >>> from cogwidgets.trace import Call
    >>> from cogwidgets.trace.shelf import Carried
    >>> told = Carried("", response_headers=(("content-type", "text/plain"),), response_body="hi")
    >>> call = Call(1, "ask", "GET", "/", dt.datetime.now(dt.UTC), status=200, carried=told)
    >>> answer_of(call).read()
    b'hi'
    """
    carried = call.read()
    if call.status is None:
        raise httpx.ConnectError(call.error or "The call was not answered.")
    if carried.media is not None:
        pieces = [(call.first_byte or 0.0, carried.media)]
    else:
        texts = [*carried.events, (call.seconds or 0.0, _unmasked(carried.response_body))]
        pieces = [(at, renamed(text, names or {}).encode()) for at, text in texts]
    broken = call.error if not call.complete else None
    headers = [(n, v) for n, v in carried.response_headers if n not in _AS_IT_CAME]
    if not carried.events:
        headers.append(("content-length", str(sum(len(data) for _, data in pieces))))
    return httpx.Response(
        call.status,
        headers=[(name.encode(), value.encode()) for name, value in headers],
        stream=_Paced(pieces, speed, broken, until or _in_one),
    )


def renamed(text: str, names: dict[str, str]) -> str:
    """Return the text with some words written otherwise.

    >>> renamed("render_1 and render_2", {"render_1": "render_2", "render_2": "render_1"})
    'render_2 and render_1'
    """
    if not names:
        return text
    return re.sub("|".join(map(re.escape, names)), lambda found: names[found[0]], text)


def _unmasked(body: str) -> str:
    return _MASKED_FIELD.sub(STAND_IN, body)


def _in_one(ready: Callable[[float], object], seconds: float) -> object:
    return ready(seconds)


class _Paced(httpx.SyncByteStream):
    """Hand pieces on when their time has come; closing it, from any thread, ends the wait."""

    def __init__(
        self,
        pieces: Iterable[tuple[float, bytes]],
        speed: float | None,
        broken: str | None,
        until: Until,
    ) -> None:
        self._until = until
        self._pieces = pieces
        self._speed = speed
        self._broken = broken
        self._start = time.monotonic()
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for at, data in self._pieces:
            if self._speed:
                left = max(0.0, self._start + at / self._speed - time.monotonic())
                self._until(self._closed.wait, left)
            if self._closed.is_set():
                return
            if data:
                yield data
        if self._broken is not None:
            raise httpx.RemoteProtocolError(self._broken)

    def close(self) -> None:
        self._closed.set()
