"""HAR: the call log as an HTTP Archive 1.2, and back.

The format is that of the HAR 1.2 specification, with Chrome's own additions where it has them:
``_eventSourceMessages`` for the events of a stream, each with its time, and ``_error``. Chrome's
network panel imports it. Fields of ours begin with an underscore too, as the specification wants.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from http import HTTPStatus
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from cogwidgets.trace.call import Call
from cogwidgets.trace.calllog import CallLog
from cogwidgets.trace.capture import KEPT, is_text, media_note, refusal
from cogwidgets.trace.errors import BadRecording
from cogwidgets.trace.mask import MASK, Mask
from cogwidgets.trace.shelf import Carried, Part
from cogwidgets.trace.stream import Cutter, StreamEvent

if TYPE_CHECKING:
    from cogwidgets.trace.mask import Headers

__all__ = ["read", "recording", "write"]

MEDIA = 2_000_000  # bytes of one media answer that ``media=True`` takes in

_VERSION = "HTTP/1.1"
_URL = "%/:?#[]@!$&'()*+,;=~"  # what of a URL stays as it is
_MASKED = quote(MASK)  # in a URL, which is ASCII


def write(calls: CallLog, path: str | Path, *, media: bool | int = False) -> Path:
    """Write calls as HAR 1.2 and return the path; what was masked stays masked.

    The log keeps no media, so a replay of the file cannot give a download back unless ``media``
    asks for it: then each binary answer of at most that many bytes (`MEDIA` for ``True``) is read
    from the service once more (a call of its own in the log) and put in as base64. Calls that
    still run are left out.
    """
    limit = MEDIA if media is True else int(media)
    entries = [
        _entry(call, _bytes_of(call, limit)) for call in list(calls) if call.seconds is not None
    ]
    creator = {"name": "cogwidgets", "version": metadata.version("cogwidgets")}
    whole = {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}
    target = Path(path).expanduser()
    part = target.with_name(target.name + ".part")
    part.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(target)
    return target


def read(path: str | Path, mask: Mask | None = None) -> CallLog:
    """Read the calls of a HAR, written here or by a browser; secrets in it are masked.

    Raises `BadRecording` for a file that cannot be read or is no HAR.
    """
    source = Path(path).expanduser()
    try:
        entries = json.loads(source.read_text(encoding="utf-8-sig"))["log"]["entries"]
    except OSError as error:
        raise BadRecording(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, LookupError, TypeError):
        entries = None
    if not isinstance(entries, list):
        raise BadRecording(f"{path} is not a HAR.", hint='Write one with calls.har("walk.har").')
    log, mask = CallLog(), mask or Mask()
    for number, entry in enumerate(entries, 1):
        try:
            log.end(log.begin(_call(entry, mask)))
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            raise BadRecording(f"{path}: entry {number} is not one of a HAR ({error!r}).") from None
    return log


@contextlib.contextmanager
def recording(calls: CallLog, path: str | Path, *, media: bool | int = False) -> Iterator[Path]:
    """Write the calls that are made inside as a HAR, also when the code inside fails.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with recording(CallLog(), Path(folder) / "walk.har") as path:
    ...         pass
    ...     len(read(path))
    0
    """
    first = len(calls)
    target = Path(path)
    try:
        yield target
    finally:
        write(calls[first:], target, media=media)


# -- writing --------------------------------------------------------------------------------


def _entry(call: Call, media: bytes | None) -> dict[str, Any]:
    carried = call.read()
    timings = call.timings
    assert timings is not None  # noqa: S101 - only finished calls get here
    connected = call.connected is not None
    entry = {
        "startedDateTime": call.started.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "time": _ms(call.seconds or 0.0),
        "request": _request(call, carried),
        "response": _response(call, carried, media),
        "cache": {},
        "timings": {
            "blocked": -1,
            "dns": -1,
            "ssl": -1,
            "connect": _ms(timings.connect) if connected else -1,
            "send": _ms(timings.send),
            "wait": _ms(timings.wait),
            "receive": _ms(timings.receive),
        },
        "_resourceType": "fetch",
    }
    if call.purpose:
        entry["comment"] = call.purpose
    if carried.events:
        entry["_eventSourceMessages"] = [
            {
                "time": round(call.started.timestamp() + event.at, 6),
                "eventName": event.event,
                "eventId": event.id,
                "data": event.data,
            }
            for event in carried.events
        ]
    entry |= {
        key: value
        for key, value in {
            "_section": call.section,
            "_skipped": call.skipped,
            "_edited": call.edited,
            "_incomplete": not call.complete,
        }.items()
        if value
    }
    return entry


def _request(call: Call, carried: Carried) -> dict[str, Any]:
    url = quote(carried.url, safe=_URL)
    request: dict[str, Any] = {
        "method": call.method,
        "url": url,
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": _headers(carried.request_headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": call.request_size,
    }
    kind = dict(carried.request_headers).get("content-type", "")
    if carried.parts:
        params = [_param(part) for part in carried.parts]
        request["postData"] = {"mimeType": kind, "params": params, "text": ""}
    elif carried.request_body:
        request["postData"] = {"mimeType": kind, "text": carried.request_body}
    return request


def _param(part: Part) -> dict[str, Any]:
    param: dict[str, Any] = {"name": part.name, "_size": part.size}
    if part.filename is not None:
        return param | {"fileName": part.filename, "contentType": part.content_type or ""}
    return param | {"value": part.value}


def _response(call: Call, carried: Carried, media: bytes | None) -> dict[str, Any]:
    status = call.status or 0
    # Chrome knows a stream by its bare type only.
    content: dict[str, Any] = {
        "size": call.response_size,
        "mimeType": call.content_type or "x-unknown",
    }
    if media is not None:
        content |= {"text": base64.b64encode(media).decode(), "encoding": "base64"}
    elif carried.events or _has_text(carried):
        content["text"] = call.response_body
    headers = dict(carried.response_headers)
    response = {
        "status": status,
        "statusText": _phrase(status),
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": _headers(carried.response_headers),
        "content": content,
        "redirectURL": headers.get("location", ""),
        "headersSize": -1,
        "bodySize": call.response_size,
    }
    return response if call.error is None else response | {"_error": call.error}


def _has_text(carried: Carried) -> bool:
    return is_text(dict(carried.response_headers).get("content-type", ""))


def _bytes_of(call: Call, limit: int) -> bytes | None:
    """Return the media of an answer, if it is wanted and can be had."""
    from cogwidgets.trace.resend import again

    carried = call.read()
    if carried.media is not None or _has_text(carried) or not call.complete:
        return carried.media
    wanted = call.method == "GET" and call.status == HTTPStatus.OK and MASK not in carried.url
    if not wanted or not 0 < call.response_size <= limit:
        return None
    with contextlib.closing(again(call)) as response:
        data = response.read()
        return data if response.status_code == call.status else None


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _ms(seconds: float) -> float:
    return round(1000 * max(0.0, seconds), 3)


# -- reading --------------------------------------------------------------------------------


def _call(entry: dict[str, Any], mask: Mask) -> Call:
    request, response = entry["request"], entry["response"]
    started = dt.datetime.fromisoformat(entry["startedDateTime"])
    timings, seconds = entry.get("timings", {}), max(0.0, float(entry.get("time", 0))) / 1000
    asked, told = _lines(request, mask), _lines(response, mask)
    content = response.get("content", {})
    post = request.get("postData") or {}
    kind = str(content.get("mimeType", "")).replace("x-unknown", "")
    carried = Carried(
        url=mask.text(str(request["url"]).replace(_MASKED, MASK)),
        request_headers=asked,
        request_body=mask.text(str(post.get("text") or "")),
        parts=_parts(post, mask),
        response_headers=told or ((("content-type", kind),) if kind else ()),
    )
    _fill(carried, content, kind, mask)
    if kind.startswith("text/event-stream"):
        _cut(carried, entry, started, mask)
    connect = float(timings.get("connect") or -1)
    receive = max(0.0, float(timings.get("receive") or 0)) / 1000
    status = int(response.get("status") or 0)
    error = response.get("_error") or (None if status else "No answer.")
    return Call(
        index=0,
        purpose=mask.text(str(entry.get("comment", ""))),
        section=str(entry.get("_section", "")),
        method=str(request["method"]),
        path=mask.text(unquote(urlsplit(carried.url).path) or "/"),
        started=started if started.tzinfo else started.replace(tzinfo=dt.UTC),
        status=status or None,
        seconds=seconds,
        connected=connect / 1000 if connect >= 0 else None,
        sent=(max(0.0, connect) + max(0.0, float(timings.get("send") or 0))) / 1000,
        first_byte=max(0.0, seconds - receive),
        request_size=max(0, int(request.get("bodySize") or 0)),
        response_size=max(0, int(content.get("size") or 0)),
        event_count=len(carried.events),
        error=None if error is None else mask.text(str(error)),
        refusal=refusal(status, carried.response_body, carried.events),
        edited=bool(entry.get("_edited")),
        skipped=bool(entry.get("_skipped")),
        complete=not entry.get("_incomplete") and error is None,
        carried=carried,
    )


def _lines(message: dict[str, Any], mask: Mask) -> Headers:
    rows = message.get("headers") or []
    return mask.headers((str(r["name"]).encode(), str(r["value"]).encode()) for r in rows)


def _parts(post: dict[str, Any], mask: Mask) -> tuple[Part, ...]:
    if not str(post.get("mimeType", "")).startswith("multipart/"):
        return ()
    return tuple(
        Part(
            mask.text(str(param["name"])),
            mask.text(str(param["fileName"])) if param.get("fileName") is not None else None,
            param.get("contentType") or None,
            param.get("_size"),
            mask.text(str(param.get("value", ""))),
        )
        for param in post.get("params") or ()
    )


def _fill(carried: Carried, content: dict[str, Any], kind: str, mask: Mask) -> None:
    text = content.get("text")
    if not isinstance(text, str):
        size = max(0, int(content.get("size") or 0))
        carried.response_body = "" if is_text(kind) else media_note(size, kind)
    elif content.get("encoding") != "base64":
        carried.response_body = mask.text(text)[:KEPT]
    else:
        try:
            data = base64.b64decode(text)
        except binascii.Error as error:
            raise ValueError(str(error)) from None
        if is_text(kind):
            carried.response_body = mask.text(data.decode("utf-8", "replace"))
        else:
            carried.media = data
            carried.response_body = media_note(len(data), kind)


def _cut(carried: Carried, entry: dict[str, Any], started: dt.datetime, mask: Mask) -> None:
    """Make the events of a stream from its text, their times from Chrome's messages."""
    messages = entry.get("_eventSourceMessages") or []
    if not carried.response_body:
        carried.response_body = mask.text("".join(map(_block, messages)))
    cutter = Cutter()
    blocks = cutter.feed(carried.response_body.encode())
    carried.response_body = cutter.rest.decode()
    at = 0.0
    for block in blocks:
        event = StreamEvent(at, block.decode())
        # A browser gives no message for an empty event, the service's heartbeat.
        if messages and (event.data or len(messages) >= len(blocks) - len(carried.events)):
            at = max(0.0, float(messages[0]["time"]) - started.timestamp())
            messages = messages[1:]
        carried.events.append(event._replace(at=at))


def _block(message: dict[str, Any]) -> str:
    name, number = message.get("eventName") or "message", message.get("eventId") or ""
    head = [] if name == "message" else [f"event: {name}"]
    head += [f"id: {number}"] if number else []
    data = [f"data: {line}" for line in str(message.get("data", "")).split("\n")]
    return "\n".join([*head, *data, "", ""])
