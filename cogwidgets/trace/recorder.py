"""Recorder: an httpx transport that writes each exchange into the call log, masked."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import httpx

from cogwidgets.trace.call import Call, CallLog
from cogwidgets.trace.mask import Mask

__all__ = ["RecordingTransport", "call_of"]

_KEPT = 1 << 20  # bytes of a body that are kept; media are never kept
_TEXTUAL = ("application/json", "text/", "application/problem+json")


class RecordingTransport(httpx.BaseTransport):
    """Pass requests on to another transport and record them.

    The call stands in the log before its first byte leaves, so what hangs or breaks is seen too.

    >>> log = CallLog()
    >>> answer = httpx.MockTransport(lambda request: httpx.Response(200, json={"code": 0}))
    >>> client = httpx.Client(transport=RecordingTransport(answer, log, Mask()))
    >>> _ = client.get("http://localhost/api/credits/balance/simple", extensions={"purpose": "ask"})
    >>> log[0].purpose, log[0].status
    ('ask', 200)
    """

    def __init__(self, inner: httpx.BaseTransport, log: CallLog, mask: Mask) -> None:
        self._inner = inner
        self._log = log
        self._mask = mask

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request (httpx's transport interface)."""
        mask = self._mask
        headers = mask.headers(request.headers)
        call = Call(
            index=len(self._log) + 1,
            purpose=str(request.extensions.get("purpose", "")),
            method=request.method,
            url=mask.text(str(request.url)),
            path=mask.text(request.url.path),
            started=dt.datetime.now(dt.UTC),
            request_headers=headers,
            request_body=mask.text(_body_of(request)),
        )
        self._log.append(call)
        request.extensions["call"] = call
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            call.seconds = time.perf_counter() - call.clock
            call.error = mask.text(f"{type(error).__name__}: {error}".rstrip(": "))
            raise
        call.status = response.status_code
        call.response_headers = mask.headers(response.headers)
        stream = response.stream
        assert isinstance(stream, httpx.SyncByteStream)  # noqa: S101 - httpx's own contract
        response.stream = _Tee(stream, call, mask)
        response.extensions["call"] = call
        return response

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()


def call_of(message: httpx.Request | httpx.Response) -> Call | None:
    """Return the call that the recorder wrote for this request or response, if one did."""
    call = message.extensions.get("call")
    return call if isinstance(call, Call) else None


class _Tee(httpx.SyncByteStream):
    """Hand the bytes on while keeping what the log shows of them."""

    def __init__(self, stream: httpx.SyncByteStream, call: Call, mask: Mask) -> None:
        self._stream = stream
        self._call = call
        self._mask = mask
        self._kept = bytearray()
        kind = call.response_headers.get("content-type", "")
        self._textual = kind.startswith(_TEXTUAL)
        self._kind = kind or "bytes"

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                self._call.response_size += len(chunk)
                if self._textual and len(self._kept) < _KEPT:
                    self._kept += chunk
                yield chunk
        except httpx.HTTPError as error:
            self._call.error = self._mask.text(f"{type(error).__name__}: {error}".rstrip(": "))
            raise

    def close(self) -> None:
        self._stream.close()
        call = self._call
        call.seconds = time.perf_counter() - call.clock
        if self._textual:
            call.response_body = self._mask.text(self._kept.decode("utf-8", "replace"))
        else:
            call.response_body = f"({call.response_size} bytes of {self._kind})"


def _body_of(request: httpx.Request) -> str:
    try:
        content = request.content
    except httpx.RequestNotRead:  # a streamed upload: never read ahead of the wire
        size = request.headers.get("content-length", "unknown")
        return f"({size} bytes of {request.headers.get('content-type', 'bytes').split(';')[0]})"
    return content[:_KEPT].decode("utf-8", "replace")
