"""Recorder: an httpx transport that writes each exchange into the call log, masked."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx

from cogwidgets.trace import capture
from cogwidgets.trace.call import Call
from cogwidgets.trace.logs import watch
from cogwidgets.trace.shelf import Carried
from cogwidgets.trace.stepper import Edit, Skip, edited
from cogwidgets.trace.stream import Cutter, StreamEvent

if TYPE_CHECKING:
    from cogwidgets.trace.calllog import CallLog
    from cogwidgets.trace.mask import Mask
    from cogwidgets.trace.stepper import Step, Stepper

__all__ = ["RecordingTransport", "call_of", "overheard"]

_clock = time.perf_counter


class RecordingTransport(httpx.BaseTransport):
    """Pass requests on to another transport and record them.

    The call stands in the log before its first byte leaves, so what hangs or breaks is seen too.
    ``extensions={"purpose": …, "section": …}`` of a request say what it is for, and where the
    contract speaks of it. With a ``stepper``, a person decides about each call.

    >>> from cogwidgets.trace import CallLog, Mask
    >>> log = CallLog()
    >>> answer = httpx.MockTransport(lambda request: httpx.Response(200, json={"code": 0}))
    >>> client = httpx.Client(transport=RecordingTransport(answer, log, Mask()))
    >>> _ = client.get("http://localhost/api/credits/balance/simple", extensions={"purpose": "ask"})
    >>> log[0].purpose, log[0].status, log[0].response_json
    ('ask', 200, {'code': 0})
    """

    def __init__(self, inner: httpx.BaseTransport, log: CallLog, mask: Mask) -> None:
        self._inner = inner
        self._log = log
        self._mask = mask
        self.stepper: Stepper | None = None
        watch(mask)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request (httpx's transport interface)."""
        stepper = self.stepper
        seen = _Capture(request, self._log, self._mask)
        step = seen.step = None if stepper is None else stepper.step(seen.call)
        try:
            answer = None
            if step is not None:
                request, answer = seen.ask(request, step)
            response = answer
            if response is None:
                response = self._inner.handle_request(seen.timed(request))
        except BaseException as error:
            seen.failed(error)
            if step is not None and isinstance(error, httpx.TransportError):
                step.after()
            raise
        return seen.answered(response)

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()


def call_of(message: httpx.Request | httpx.Response) -> Call | None:
    """Return the call that the recorder wrote for this request or response, if one did."""
    call = message.extensions.get("call")
    return call if isinstance(call, Call) else None


_hearing: list[list[Call]] = []


@contextlib.contextmanager
def overheard() -> Iterator[list[Call]]:
    """Gather the calls that all clients make inside, in the order in which they begin.

    >>> from cogwidgets.trace import CallLog, Mask
    >>> with overheard() as calls:
    ...     answer = httpx.MockTransport(lambda request: httpx.Response(204))
    ...     recorder = RecordingTransport(answer, CallLog(), Mask())
    ...     _ = httpx.Client(transport=recorder).get("http://localhost/greeting")
    >>> calls  # doctest: +ELLIPSIS
    [<Call 1 GET /greeting [204] · ... s>]
    """
    calls: list[Call] = []
    _hearing.append(calls)
    try:
        yield calls
    finally:
        _hearing[:] = [other for other in _hearing if other is not calls]


class _Capture(httpx.SyncByteStream):
    """One exchange from its first byte to its last; the answer's stream, handed on as it comes."""

    def __init__(self, request: httpx.Request, log: CallLog, mask: Mask) -> None:
        self._log = log
        self._mask = mask
        self._learnt = mask.learnt
        self._kept: list[bytes] = []
        self._room = capture.KEPT + capture.OVER
        self._cutter: Cutter | None = None
        self._stream: httpx.SyncByteStream = httpx.ByteStream(b"")
        self.step: Step | None = None
        headers = mask.headers(request.headers.raw)  # first: they hold the secrets to know
        said, named = request.extensions, dict(headers)
        self._carried = Carried(
            url=mask.text(str(request.url)),
            request_headers=headers,
            request_body=capture.request_body(request, named, mask),
            parts=capture.request_parts(request, mask),
        )
        size = named.get("content-length", "")
        self.call = log.begin(
            Call(
                index=0,
                purpose=mask.text(str(said.get("purpose", ""))),
                section=mask.text(str(said.get("section", ""))),
                method=request.method,
                path=mask.text(request.url.path),
                started=dt.datetime.now(dt.UTC),
                request_size=int(size) if size.isdecimal() else 0,
                carried=self._carried,
            )
        )
        for calls in tuple(_hearing):
            calls.append(self.call)
        request.extensions["call"] = self.call
        self._start = _clock()

    def ask(
        self, request: httpx.Request, step: Step
    ) -> tuple[httpx.Request, httpx.Response | None]:
        """Have a person decide; return what to send, and the answer where it is not to be sent."""
        decided = step.before()
        answer: httpx.Response | None = None
        if isinstance(decided, Edit):
            request = edited(request, decided.json, shown=self.call.request_json)
            self.call.edited = True
            self.call.request_size = len(request.content)
            headers = self._mask.headers(request.headers.raw)
            self._carried.request_headers = headers
            self._carried.request_body = capture.request_body(request, dict(headers), self._mask)
        elif isinstance(decided, Skip):
            self.call.skipped = True
            answer = decided.response()
        self.call.started = dt.datetime.now(dt.UTC)
        self._start = _clock()
        return request, answer

    def timed(self, request: httpx.Request) -> httpx.Request:
        """Have the connection tell its times, and whoever asked for them before still hear them."""
        before = request.extensions.get("trace")
        heard = None if isinstance(getattr(before, "__self__", None), _Capture) else before
        self._heard = heard
        request.extensions["trace"] = self._trace
        return request

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        """Take httpcore's times; those of the connection come only where one is made."""
        if name.endswith("send_request_body.complete"):
            self.call.sent = _clock() - self._start
        elif name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self.call.connected = _clock() - self._start
        if self._heard is not None:
            self._heard(name, info)

    def answered(self, response: httpx.Response) -> httpx.Response:
        """Take an answer's head; its body comes through this stream."""
        call = self.call
        call.first_byte = _clock() - self._start
        call.status = response.status_code
        self._carried.response_headers = self._mask.headers(response.headers.raw)
        self._headers = headers = dict(self._carried.response_headers)
        self._kind = headers.get("content-type", "")
        self._text = capture.is_text(self._kind)
        self._plain = True
        if self._kind.startswith("text/event-stream"):
            encoding = headers.get("content-encoding", "")
            self._decode = capture.decoder(encoding)
            self._plain = encoding in ("", "identity")
            self._text = self._decode is not None
            self._cutter = Cutter() if self._text else None
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - httpx's own contract
        self._stream = response.stream
        response.extensions["call"] = call
        if response.is_stream_consumed:  # one that was made here: its bytes stand ready
            return httpx.Response(
                call.status, headers=response.headers, stream=self, extensions=response.extensions
            )
        response.stream = self
        return response

    def __iter__(self) -> Iterator[bytes]:
        call = self.call
        try:
            for chunk in self._stream:
                call.response_size += len(chunk)
                if self._cutter is not None:
                    yield from self._events(chunk, self._cutter)
                else:
                    if self._text and self._room > 0:
                        self._kept.append(chunk)
                        self._room -= len(chunk)
                    yield chunk
            call.complete = True
        except Exception as error:
            call.error = self._words(error)
            raise

    def _events(self, chunk: bytes, cutter: Cutter) -> Iterator[bytes]:
        """Note the events a chunk completes; with a stepper, hand each on when it may go."""
        assert self._decode is not None  # noqa: S101 - or there is no cutter
        handed = len(cutter.rest)  # of an unfinished event, with the chunk before
        for block in cutter.feed(self._decode(chunk)):
            event = self._note(block)
            if self.step is not None:
                paused = _clock()
                self.step.event(event)
                self._start += _clock() - paused
                if self._plain:
                    yield block[handed:]
                    handed = 0
        if self.step is None or not self._plain:
            yield chunk
        else:
            yield cutter.rest[handed:]

    def _note(self, block: bytes) -> StreamEvent:
        at = _clock() - self._start
        event = StreamEvent(at, self._mask.text(block.decode("utf-8", "replace")))
        if self._room > 0:
            self._carried.events.append(event)
            self._room -= len(block)
        self.call.event_count += 1
        return event

    def failed(self, error: BaseException) -> None:
        """Take note that no answer came."""
        self.call.error = self._words(error)
        self._end()

    def close(self) -> None:
        """End the exchange; whoever steps looks at it before the code goes on."""
        self._stream.close()
        if self.call.seconds is not None:
            return
        carried = self._carried
        if self._cutter is not None:
            rest = self._cutter.rest.decode("utf-8", "replace")
            carried.response_body = self._mask.cut(rest)
        elif self._text:
            carried.response_body = capture.text_of(b"".join(self._kept), self._headers, self._mask)
            if not self.call.complete:
                carried.response_body = self._mask.cut(carried.response_body)
        else:
            carried.response_body = capture.media_note(self.call.response_size, self._kind)
        self._kept.clear()
        self._end()
        if self.step is not None and (self.call.complete or self.call.error is not None):
            self.step.after()

    def _end(self) -> None:
        call, carried, mask = self.call, self._carried, self._mask
        if mask.learnt != self._learnt:  # a secret of this very exchange came after these
            capture.mask_again(carried, mask)
            call.path = mask.text(call.path)
        call.refusal = capture.refusal(call.status, carried.response_body, carried.events)
        call.seconds = _clock() - self._start
        self._log.end(call)

    def _words(self, error: BaseException) -> str:
        return self._mask.text(f"{type(error).__name__}: {error}".rstrip(": "))
