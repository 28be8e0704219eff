"""Faulty wire: what `Faults` ask for, done to the answers of an engine on their way out."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.errors import BrokenOff
from cogwidgets.engine.faults import ERRORS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from cogwidgets.engine.faults import Fault, Faults

__all__ = ["FaultyWire"]

_BEAT = 0.5  # s between two heartbeats
_HEARTBEAT = {"type": "http.response.body", "body": b"data: \n\n", "more_body": True}


class FaultyWire:
    """Stand between the wire and the app, and do what the faults say.

    ``over`` is set when the engine stops: nothing is waited for any longer.
    """

    def __init__(self, app: ASGIApp, *, faults: Faults, over: asyncio.Event) -> None:
        self._app = app
        self._faults = faults
        self._over = over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or spoil it."""
        fault = None
        if scope["type"] == "http":
            fault = self._faults.meet(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.fault in ERRORS or fault.fault == "failure":
            await _read_all(receive)  # a client that is still sending hears no answer
            await (_refuse if fault.fault in ERRORS else _fail)(fault, scope, send)
            return
        spoil = getattr(self, f"_{fault.fault}")(fault, send)
        await self._app(scope, receive, spoil)

    def _cut(self, _: Fault, send: Send) -> Send:
        """Let half of an announced length pass; of a stream the first event, unless it answers."""
        left = 0
        events = passed = False

        async def cut(message: Message) -> None:
            nonlocal left, events, passed
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                events = headers.get(b"content-type", b"").startswith(b"text/event-stream")
                left = int(headers.get(b"content-length", 0)) // 2
                await send(message)
                return
            body = message.get("body", b"")
            if not events:
                await send({**message, "body": body[:left], "more_body": True})
                left -= len(body)
                if left <= 0:
                    raise BrokenOff
                return
            event = _data(body)
            if not message.get("more_body", False) or _says_something(body) or (event and passed):
                raise BrokenOff
            passed = passed or event is not None
            await send(message)

        return cut

    def _gateway(self, _: Fault, send: Send) -> Send:
        async def gateway(message: Message) -> None:
            if message["type"] == "http.response.start":
                await _answer(send, 504, b"<html><h1>504 Gateway Time-out</h1></html>", "text/html")
                raise BrokenOff

        return gateway

    def _silent(self, _: Fault, send: Send) -> Send:
        async def silent(message: Message) -> None:
            if not _says_something(message.get("body", b"")):
                await send(message)

        return silent

    def _slow(self, fault: Fault, send: Send) -> Send:
        async def slow(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._wait(fault.lasts)
            await send(message)

        return slow

    def _heartbeats(self, fault: Fault, send: Send) -> Send:
        async def beating(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                left = fault.lasts
                while left > 0 and not self._over.is_set():
                    await send({**_HEARTBEAT})
                    await self._wait(min(_BEAT, left))
                    left -= _BEAT

        return beating

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._over.wait(), seconds)
        except TimeoutError:
            return


async def _read_all(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request":
        if not message.get("more_body", False):
            return


async def _refuse(fault: Fault, _: Scope, send: Send) -> None:
    code, status, message = ERRORS[str(fault.fault)]
    after = {} if fault.seconds is None else {"retry-after": f"{fault.seconds:g}"}
    body = {"code": code, "message": message}
    await _json(send, fault.status or status, body, after)


async def _fail(fault: Fault, scope: Scope, send: Send) -> None:
    """Tell of a failure as the agent's stream, or as a poll, does."""
    message = "This failure was asked for."
    if fault.endpoint == "run_sse":
        event = json.dumps({"errorCode": "FAULT", "errorMessage": message})
        await _answer(send, 200, f"data: {event}\n\n".encode(), "text/event-stream")
        return
    render = scope["path"].rpartition("/")[2]
    await _json(send, 200, {"id": render, "status": "failed", "error": message})


async def _json(
    send: Send, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> None:
    await _answer(send, status, json.dumps(body).encode(), "application/json", headers)


async def _answer(
    send: Callable[[Message], Awaitable[None]],
    status: int,
    body: bytes,
    kind: str,
    headers: dict[str, str] | None = None,
) -> None:
    said = {"content-type": kind, "content-length": str(len(body)), **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _data(body: bytes) -> Any:
    """Read the event that one chunk of our streams is."""
    if not body.startswith(b"data:"):
        return None
    try:
        return json.loads(body[5:])
    except ValueError:
        return None


def _says_something(body: bytes) -> bool:
    content = (_data(body) or {}).get("content") or {}
    return any("text" in part for part in content.get("parts", ()))
