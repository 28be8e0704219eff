"""Guard: what is checked before any route, and what is caught behind them all."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from cogwidgets.engine.errors import BrokenOff

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard"]

log = logging.getLogger("cogwidgets.engine")

SHOWN = ("/media/", "/sketch/")
SILENCE_SECONDS = 60.0  # within a body; how long all of it takes is the sender's affair
BODY_LIMIT = 16 * 2**20  # bytes of a JSON body; uploads stream and have a limit of their own


class Guard:
    """Check ``Host``, ``Origin`` and the size of bodies; turn what nobody caught into a 500.

    An engine on loopback answers to loopback names only, and one that knows its public name to
    that, so that a web page whose host name was made to point here (DNS rebinding) gets nothing.
    Pages of other origins may do nothing but show
    media, whose URLs nobody can guess: no CORS header is ever sent.
    """

    def __init__(self, app: ASGIApp, *, hosts: set[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if self._hosts is not None and _name(host) not in self._hosts:
            names = " and ".join(sorted(self._hosts - {"127.0.0.1", "[::1]"}))
            message = f"This engine answers to {names} only: use the address that it was given."
            await _refuse(421, message)(scope, receive, send)
            return
        origin = headers.get(b"origin", b"").decode("latin-1")
        shows = scope["method"] in {"GET", "HEAD"} and scope["path"].startswith(SHOWN)
        if origin and not shows and not self._own(origin, host):
            message = "A web page of another origin may not use this engine."
            await _refuse(403, message)(scope, receive, send)
            return
        upload = scope["path"].startswith("/api/upload-video/")
        receive = _limited(receive, None if upload else BODY_LIMIT)
        status = 0
        began = time.monotonic()

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except (ClientDisconnect, BrokenOff):
            return  # an answer that is not whole makes the server close the connection
        except Exception:
            log.exception("%s %s failed", scope["method"], _route(scope))
            if not status:
                message = "Something went wrong in the engine; its log says what."
                await _refuse(500, message)(scope, receive, noting)
        finally:
            if log.isEnabledFor(logging.INFO):
                log.info("request", extra=_told(scope, status, time.monotonic() - began))

    def _own(self, origin: str, host: str) -> bool:
        """Tell whether a page comes from here: from this machine, or from this very server."""
        place = origin.partition("://")[2]
        return place == host or (self._hosts is not None and _name(place) in self._hosts)


def _told(scope: Scope, status: int, seconds: float) -> dict[str, object]:
    """Say what is logged of a request; a path may be as good as a key, so it is the route's."""
    return {
        "method": scope["method"],
        "route": _route(scope),
        "status": status,
        "seconds": round(seconds, 3),
        "account": scope.get("state", {}).get("account"),
    }


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "none"))


def _limited(receive: Receive, most: int | None) -> Receive:
    """Bound the silence within a body, and its size to ``most`` bytes."""
    received = 0
    more = True

    async def limited() -> Message:
        nonlocal received, more
        if not more:
            return await receive()  # that the caller has gone
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                message = await receive()
        except TimeoutError as error:
            said = f"Nothing more came for {SILENCE_SECONDS:g} s: send it again."
            raise HTTPException(408, said) from error
        more = message.get("more_body", False)
        received += len(message.get("body", b""))
        if most is not None and received > most:
            raise HTTPException(413, f"The body is over {most // 2**20} MB: send less.")
        return message

    return limited


def _name(host: str) -> str:
    """Cut the port off; of an IPv6 address the brackets stay."""
    return (
        host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    ).lower()


def _refuse(status: int, message: str) -> JSONResponse:
    return JSONResponse({"code": status, "message": message}, status)
