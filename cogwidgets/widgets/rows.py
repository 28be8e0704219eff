"""Rows: the calls of a log in a view, live; a row's inside is sent when it is opened.

The newest rows travel as one JSON text when the view comes to life (or again, after a page was
loaded anew), the older ones as soon as it stands; from then on only the rows that change, a few
times a second at most.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any

import traitlets

from cogwidgets.plural import counted
from cogwidgets.trace.page import log_page
from cogwidgets.trace.pretty import json_text, short_path
from cogwidgets.trace.stream import gist
from cogwidgets.widgets.base import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.trace import Call, CallLog
    from cogwidgets.trace.mask import Headers

__all__ = ["Rows", "answer_of", "body_of", "request_of", "row_of"]

_AT_ONCE = 500  # rows that come with the view
_EVERY = 0.15  # s between two sendings
_BODY = 20_000  # characters of a body that are shown
_LAID_OUT = 1 << 18  # characters of JSON; more is shown as it came
_EVENT = 4_000  # characters of one event
_EVENTS = 200  # events of one stream


class Rows(View):
    """Show the calls of a log from one place on, as they are made."""

    rows = traitlets.Any(help="the newest rows, as JSON text; made when it is sent").tag(
        sync=True, to_json=lambda _value, view: view.newest()
    )

    def __init__(self, log: CallLog, *, first: int = 0, **options: Any) -> None:
        self._log = log
        self._first = first
        self._key = secrets.token_hex(8)  # by which the browser knows these rows from others
        self._changed: dict[int, Call] = {}
        self._lock = threading.Lock()
        self._sending = False
        self._unwatch: Callable[[], None] = lambda: None
        super().__init__(**options)
        self._unwatch = log.watch(self._notice)

    def close(self) -> None:
        """End the view; nothing is sent any more."""
        if hasattr(self, "_unwatch"):  # an object that came to nothing is closed too
            self._unwatch()
        super().close()

    def newest(self) -> str:
        """Return the newest rows as the browser gets them at first."""
        rows = [row_of(call) for call in self._log[max(self._first, len(self._log) - _AT_ONCE) :]]
        return json.dumps({"key": self._key, "first": self._first + 1, "rows": rows})

    # -- what changes -----------------------------------------------------------------------

    def _notice(self, call: Call) -> None:
        """Have a call's row sent soon; called in the thread that makes it."""
        with self._lock:
            self._changed[call.index] = call
            if not self._sending:
                self._sending = True
                threading.Thread(
                    target=self._send_rows, daemon=True, name="cogwidgets rows"
                ).start()

    def _send_rows(self) -> None:
        """Send what has changed, as long as something does: a call that runs changes."""
        while True:
            with self._lock:
                changed, self._changed = self._changed, {}
                if not changed:
                    self._sending = False
                    break
                for index, call in changed.items():
                    if call.seconds is None:
                        self._changed[index] = call
            self.send({"what": "rows", "rows": [row_of(call) for call in changed.values()]})
            time.sleep(_EVERY)
        self.settled()

    def settled(self) -> None:
        """Do what is to be done when the calls have come to rest; called in a thread."""

    # -- what a person asks for -------------------------------------------------------------

    def _call(self, message: dict[str, Any]) -> Call | None:
        """Return the call that a message is about."""
        index = message.get("index")
        known = isinstance(index, int) and 1 <= index <= len(self._log)
        return self._log[index - 1] if known and isinstance(index, int) else None

    def _do_rows(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Send the rows from one on, up to another or to the last."""
        first, last = message.get("from"), message.get("to")
        if isinstance(first, int) and first >= 1:
            last = last if isinstance(last, int) else None
            rows = [row_of(call) for call in self._log[max(first - 1, self._first) : last]]
            if rows:
                self.send({"what": "rows", "rows": rows})

    def _do_open(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Send what stands inside a row."""
        call = self._call(message)
        if call is not None:
            inside: dict[str, Any] = {"url": call.url, "section": call.section}
            inside |= {"request": request_of(call), "answer": answer_of(call)}
            self.send({"what": "inside", "index": call.index, **inside})

    def _do_snippet(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Send a call as curl or Python, for the clipboard."""
        call, kind = self._call(message), message.get("kind")
        if call is not None and kind in ("curl", "python"):
            text = call.curl() if kind == "curl" else call.python()
            self.did(f"print(client.calls[{call.index - 1}].{kind}())")
            self.send({"what": "snippet", "index": call.index, "kind": kind, "text": text})

    # -- where no widget is shown -----------------------------------------------------------

    def html(self) -> str:
        """Return the calls as HTML that needs no style sheet."""
        return log_page(self._log[self._first :])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} · {counted(len(self._log) - self._first, 'call')}>"


def row_of(call: Call) -> list[Any]:
    """Return what a row of the list shows: plain values in the order that ``rows.js`` knows."""
    timings = call.timings
    running = call.seconds is None
    state = "running" if running else "failed" if call.failed else "good"
    return [
        call.index,
        call.purpose,
        call.method,
        call.path,
        short_path(call.path),
        call.status,
        call.seconds,
        call.response_size,
        call.event_count,
        "odd" if state == "good" and (call.skipped or not call.complete) else state,
        call.outcome(),
        None if timings is None else [round(share, 5) for share in timings],
        call.started.timestamp(),
    ]


def request_of(call: Call) -> dict[str, Any]:
    """Return a request as a view shows it."""
    carried = call.read()
    names = ("name", "file", "type", "size", "text")
    parts = [dict(zip(names, part, strict=True)) for part in carried.parts]
    return {
        "headers": _pairs(carried.request_headers),
        "size": call.request_size,
        "parts": parts,
        **({} if parts else body_of(carried.request_body)),
    }


def answer_of(call: Call) -> dict[str, Any] | None:
    """Return an answer as a view shows it, ``None`` where there is none yet."""
    if call.status is None:
        return None
    carried = call.read()
    events = carried.events
    return {
        "status": call.status,
        "headers": _pairs(carried.response_headers),
        "size": call.response_size,
        "events": [event_of(event) for event in events[-_EVENTS:]],
        "left": max(0, len(events) - _EVENTS),
        **({} if events else body_of(carried.response_body)),
    }


def event_of(event: Any) -> list[Any]:
    """Return an event of a stream as a view shows it: time, kind, gist, data."""
    kind, said = gist(event)
    data = event.json
    text = event.data if data is None else json_text(data)
    return [round(event.at, 3), kind, said[:300], text[:_EVENT]]


def body_of(body: str, limit: int = _BODY) -> dict[str, Any]:
    """Return a body laid out, whether it is JSON, and how much of it is left out."""
    text, is_json = body, False
    if len(body) <= _LAID_OUT:
        with contextlib.suppress(ValueError, RecursionError):
            parsed = json.loads(body)
            is_json = isinstance(parsed, dict | list)
            text = json_text(parsed) if is_json else body
    return {"body": text[:limit], "json": is_json, "more": max(0, len(text) - limit)}


def _pairs(headers: Headers) -> list[list[str]]:
    return [[name, value] for name, value in headers]
