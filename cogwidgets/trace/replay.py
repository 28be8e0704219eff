"""Replay: an httpx transport that answers from a recording, with no network and no service.

What is asked is matched with what was recorded by method, path, query and body; headers do not
count. Ids that the recording's answers gave come back by themselves; an id that the client makes up
(a render's) is set against the recorded one, and is its own again in what comes back.
"""

from __future__ import annotations

import difflib
import json
import threading
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from cogwidgets.trace import capture
from cogwidgets.trace.answers import STAND_IN, Until, answer_of, renamed
from cogwidgets.trace.call import Call
from cogwidgets.trace.calllog import CallLog
from cogwidgets.trace.compare import diff_json, ids, normal
from cogwidgets.trace.errors import BadRecording, NotRecorded
from cogwidgets.trace.har import read
from cogwidgets.trace.mask import Mask
from cogwidgets.trace.pretty import size
from cogwidgets.trace.shelf import Part

__all__ = ["ReplayTransport"]

_READS = frozenset({"GET", "HEAD"})
_NAMED = 4  # differences that an error names


class _Asked(NamedTuple):
    """What counts of a request."""

    method: str
    path: str
    query: str
    body: Any

    def ids(self) -> list[str]:
        return ids(f"{self.path} {self.query} {json.dumps(self.body)}")

    def renamed(self, names: dict[str, str]) -> _Asked:
        path, query, body = (renamed(text, names) for text in (*self[1:3], json.dumps(self.body)))
        return _Asked(self.method, path, query, json.loads(body))


class ReplayTransport(httpx.BaseTransport):
    """Answer requests from a HAR, or from the calls of a log.

    ``speed`` keeps the recorded times (1), shortens them (2 is twice as fast), or leaves them out
    (``None``). A request that changes something is answered once for each time it was recorded, a
    read with the answers it got between the same two changes, in their order, the last one again
    and again. Raises `NotRecorded` for anything else: it names the nearest call and what differs.
    ``base_url`` is where the recorded calls went; ``token`` stands in for the caller's own where
    the recording asks for none. ``until`` does the waiting where times are kept, `Waits.until` for
    one, which hears a stop.

    >>> def hello(request):
    ...     return httpx.Response(200, text="hello")
    >>> from cogwidgets.trace import RecordingTransport
    >>> log = CallLog()
    >>> recorder = RecordingTransport(httpx.MockTransport(hello), log, Mask())
    >>> _ = httpx.Client(transport=recorder).get("http://localhost:8000/greeting")
    >>> replay = ReplayTransport(log)
    >>> httpx.Client(transport=replay, base_url=replay.base_url).get("/greeting").text
    'hello'
    """

    def __init__(self, recording: CallLog | str | Path, *, speed: float | None = None) -> None:
        calls = recording if isinstance(recording, CallLog) else read(recording)
        self._calls = [call for call in calls if call.seconds is not None]
        if not self._calls:
            raise BadRecording("The recording holds no calls.", hint="Record it again.")
        first = urlsplit(self._calls[0].url)
        self.base_url = f"{first.scheme}://{first.netloc}"
        asks = any(call.path.endswith("/anonymous-token") for call in self._calls)
        self.token = None if asks else STAND_IN
        self._speed = speed
        self.until: Until | None = None
        self._mask = Mask()
        self._recorded = [_recorded(call) for call in self._calls]
        self._made = _made_up(self._calls, self._recorded)
        self._names: dict[str, str] = {}  # ids of this run -> ids of the recording
        self._served: set[int] = set()
        self._changed = -1  # the last change that was asked for
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request (httpx's transport interface)."""
        asked = self._read(request)
        with self._lock:
            place = self._choose(asked)
            self._served.add(place)
            if asked.method not in _READS:
                self._changed = place
            back = {recorded: live for live, recorded in self._names.items()}
        call = self._calls[place]
        if call.response_size and not call.read().media and not capture.is_text(call.content_type):
            raise NotRecorded(
                f"The recording has no bytes of {call.method} {call.path}"
                f" ({size(call.response_size)} of {call.content_type}).",
                hint="Record it with calls.har(path, media=True), or a larger number of bytes.",
            )
        return answer_of(call, speed=self._speed, names=back, until=self.until)

    def _read(self, request: httpx.Request) -> _Asked:
        """Take a request in; a file is read to its end, as if it were sent, and not kept."""
        mask = self._mask
        parts = capture.request_parts(request, mask)
        assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101 - httpx's own contract
        if parts:
            for _ in request.stream:
                pass
            body: Any = _bodies(parts)
        else:
            text = mask.text(request.read().decode("utf-8", "replace"))
            body = _parsed(text)
        url = urlsplit(mask.text(str(request.url)))
        return _Asked(request.method, url.path or "/", url.query, body)

    def _choose(self, asked: _Asked) -> int:
        known = asked.renamed(self._names)
        places = [n for n, recorded in enumerate(self._recorded) if recorded == known]
        if not places:
            places = self._with_new_ids(known)
        if asked.method in _READS:
            place = self._in_order(places)
        else:
            place = next((n for n in places if n not in self._served), None)
        if place is None:
            raise self._not_recorded(known, places)
        return place

    def _in_order(self, places: list[int]) -> int | None:
        """Choose among the recorded reads: those that stand between the same two changes."""
        changes = [n for n, asked in enumerate(self._recorded) if asked.method not in _READS]
        end = next((n for n in changes if n > self._changed), len(self._recorded))
        here = [n for n in places if self._changed < n < end]
        fresh = [n for n in here if n not in self._served]
        if here:
            return fresh[0] if fresh else here[-1]
        before = [n for n in places if n < self._changed]
        return before[-1] if before else next(iter(places), None)

    def _with_new_ids(self, asked: _Asked) -> list[int]:
        """Find the calls that are the same but for ids their clients made up; remember the ids."""
        found, names = [], asked.ids()
        for n, recorded in enumerate(self._recorded):
            olds = recorded.ids()
            if recorded.method != asked.method or len(olds) != len(names) or n in self._served:
                continue
            new = {live: old for live, old in zip(names, olds, strict=True) if live != old}
            if all(old in self._made for old in new.values()) and asked.renamed(new) == recorded:
                self._names |= new
                found.append(n)
                break
        return found

    def _not_recorded(self, asked: _Asked, places: list[int]) -> NotRecorded:
        what = f"{asked.method} {asked.path}"
        if places:
            times = "once" if len(places) == 1 else f"{len(places)} times"
            return NotRecorded(
                f"{what} was recorded {times} and has been answered {times}.",
                hint="Start the replay again to begin from its first call.",
            )
        place = max(range(len(self._recorded)), key=lambda n: _likeness(asked, self._recorded[n]))
        call, recorded = self._calls[place], self._recorded[place]
        found = diff_json(recorded._asdict(), asked._asdict())
        told = "; ".join(str(difference).removeprefix("body.") for difference in found[:_NAMED])
        more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        return NotRecorded(
            f"{what} was not recorded like this."
            f" Nearest is call {call.index}, {call.method} {call.path}; what differs"
            f" (recorded → asked): {told}{more}.",
            hint="Ask what was recorded, or record it anew.",
        )


def _recorded(call: Call) -> _Asked:
    url = urlsplit(call.url)
    body = _bodies(call.parts) if call.parts else _parsed(call.request_body)
    return _Asked(call.method, url.path or "/", url.query, body)


def _bodies(parts: tuple[Part, ...]) -> list[dict[str, Any]]:
    return [
        {"name": p.name, "filename": p.filename, "size": p.size, "value": p.value} for p in parts
    ]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def _made_up(calls: list[Call], recorded: list[_Asked]) -> set[str]:
    """Return the ids that stood in a request before they stood in any answer."""
    made: set[str] = set()
    told: set[str] = set()
    for call, asked in zip(calls, recorded, strict=True):
        made |= set(asked.ids()) - told
        told |= set(ids(call.response_body))
    return made


def _likeness(asked: _Asked, recorded: _Asked) -> tuple[bool, bool, float]:
    """Rank a recorded call: the same place counts most, then the method, then the words."""
    texts = (f"{it.path} {it.query} {json.dumps(it.body)[:2000]}" for it in (asked, recorded))
    likeness = difflib.SequenceMatcher(None, next(texts), next(texts), autojunk=False).ratio()
    same_place = normal(asked.path) == normal(recorded.path)
    return same_place, asked.method == recorded.method, likeness
