"""Capture: what of a request and an answer is kept, and as what."""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx

from cogwidgets.trace.shelf import Carried, Part
from cogwidgets.trace.stream import StreamEvent, gist

if TYPE_CHECKING:
    from cogwidgets.trace.mask import Mask

__all__ = [
    "KEPT",
    "OVER",
    "decoder",
    "is_text",
    "mask_again",
    "masked_text",
    "media_note",
    "refusal",
    "request_body",
    "request_parts",
    "text_of",
]

KEPT = 8 << 20  # characters of a body that are kept; media are never kept
OVER = 4096  # bytes read beyond that, so that a secret that straddles the border is seen whole

_TEXT = re.compile(
    r"text/|application/(?:[\w.-]+\+)?(?:json|xml)|application/x-www-form-urlencoded", re.IGNORECASE
)
_SMALL = 1 << 16  # bytes: error bodies are short


def is_text(content_type: str) -> bool:
    """Tell whether a body of this type is kept as text.

    >>> is_text("application/json"), is_text("text/event-stream; charset=utf-8")
    (True, True)
    >>> is_text("video/mp4")
    False
    """
    return _TEXT.match(content_type) is not None


def request_body(request: httpx.Request, headers: dict[str, str], mask: Mask) -> str:
    """Return the body of a request, masked, or a note of what it is; never read ahead."""
    kind = headers.get("content-type", "")
    try:
        content = request.content
    except httpx.RequestNotRead:
        size = headers.get("content-length", "an unknown number of")
        return _note(size, kind)
    if not content:
        return ""
    return masked_text(content, mask) if is_text(kind or "text/") else _note(len(content), kind)


def request_parts(request: httpx.Request, mask: Mask) -> tuple[Part, ...]:
    """Return the parts of a multipart request that httpx put together."""
    fields = getattr(request.stream, "fields", None)
    if fields is None:
        return ()
    return tuple(_part(field, mask) for field in fields)


def _part(field: Any, mask: Mask) -> Part:
    length = field.get_length()
    size = None if length is None else length - len(field.render_headers())
    if not hasattr(field, "file"):
        value = field.render_data().decode("utf-8", "replace")
        return Part(mask.text(field.name), size=size, value=mask.text(value[:KEPT]))
    kind = field.headers.get("Content-Type")
    filename = None if field.filename is None else mask.text(field.filename)
    return Part(mask.text(field.name), filename, kind, size)


def masked_text(content: bytes, mask: Mask, charset: str = "utf-8") -> str:
    """Return at most `KEPT` characters of a body, masked as a whole before they are cut."""
    text = content[: KEPT + OVER].decode(charset, "replace")
    return mask.text(text) if len(content) <= KEPT else mask.cut(text)[:KEPT]


def text_of(content: bytes, headers: dict[str, str], mask: Mask) -> str:
    """Return the text of an answer's bytes as they came: decompressed, decoded, masked."""
    encoding = headers.get("content-encoding", "identity")
    if encoding != "identity":
        try:
            packed = {"content-encoding": encoding}
            content = httpx.Response(200, headers=packed, content=content).content
        except httpx.DecodingError:
            return _note(len(content), encoding)
    return masked_text(content, mask, _charset(headers.get("content-type", "")))


def _charset(content_type: str) -> str:
    _, given, named = content_type.lower().partition("charset=")
    if not given:
        return "utf-8"
    named = named.partition(";")[0].strip("\"' ") or "utf-8"
    try:
        return codecs.lookup(named).name
    except LookupError:
        return "utf-8"


def decoder(encoding: str) -> Callable[[bytes], bytes] | None:
    """Return what undoes a stream's content encoding chunk by chunk, ``None`` if nothing does.

    >>> decoder("gzip")(zlib.compress(b"data: a", wbits=31))
    b'data: a'
    """
    if encoding in ("", "identity"):
        return bytes
    return _unpacker() if encoding in ("gzip", "deflate") else None


def _unpacker() -> Callable[[bytes], bytes]:
    unpack = zlib.decompressobj(wbits=47).decompress

    def decode(chunk: bytes) -> bytes:
        try:
            return unpack(chunk)
        except zlib.error:
            return b""  # whoever reads the stream will say so; watching it breaks nothing

    return decode


def mask_again(carried: Carried, mask: Mask) -> None:
    """Mask what was captured before a secret was known."""
    carried.url = mask.text(carried.url)
    carried.request_body = mask.text(carried.request_body)
    carried.request_headers = tuple((n, mask.text(v)) for n, v in carried.request_headers)
    carried.response_headers = tuple((n, mask.text(v)) for n, v in carried.response_headers)
    carried.events[:] = [StreamEvent(at, mask.text(raw)) for at, raw in carried.events]
    carried.parts = tuple(
        Part(
            mask.text(part.name),
            None if part.filename is None else mask.text(part.filename),
            part.content_type,
            part.size,
            mask.text(part.value),
        )
        for part in carried.parts
    )


def _note(size: int | str, kind: str) -> str:
    return f"({size} bytes of {kind.partition(';')[0] or 'something'})"


def media_note(size: int, kind: str) -> str:
    """Return what stands for a body that is not kept."""
    return _note(size, kind) if size else ""


def refusal(status: int | None, body: str, events: list[StreamEvent]) -> str | None:
    """Say what an answer holds against the request, ``None`` where it holds nothing.

    A code counts wherever it comes: in the body of an HTTP 200, in the body of another status, or
    in a stream (contract.md, "Errors"). ``body`` and ``events`` are masked.

    >>> refusal(200, '{"code":1001,"message":"bad token"}', [])
    '1001 bad token'
    >>> refusal(200, '{"code":0,"data":{}}', []) is None
    True
    """
    for event in events:
        if "rror" in event.raw and (told := gist(event))[0] in ("failure", "error"):
            return told[1]
    failed = (status or 0) >= 400  # noqa: PLR2004 - HTTP's own line
    hinted = failed or '"code"' in body or '"success"' in body
    if not hinted or len(body) > _SMALL or body.startswith('{"code":0,'):
        return None
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return _refusal(status, fields, failed=failed) if isinstance(fields, dict) else None


def _refusal(status: int | None, fields: dict[str, Any], *, failed: bool) -> str | None:
    code = fields.get("code")
    coded = code not in (None, 0, "0")
    if not (failed or coded or fields.get("success") is False):
        return None
    words = next((fields[k] for k in ("message", "msg", "error", "detail") if fields.get(k)), "")
    said = [str(code)] if coded and code != status else []
    said += [words] if isinstance(words, str) and words else []
    return " ".join(said) or None
