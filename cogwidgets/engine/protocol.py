"""Protocol: uvicorn's HTTP, without those who hold a connection and never send a whole request."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["HEAD_SECONDS", "Protocol"]

HEAD_SECONDS = 30.0  # for the head of a request, however slowly it comes


class Protocol(H11Protocol):
    """Close a connection on which no request has begun within `HEAD_SECONDS`.

    How long a body may be silent is `Guard`'s matter: here nothing is known of bodies.
    """

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def on_response_complete(self) -> None:
        """Begin to wait for the next one."""
        super().on_response_complete()
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        if self._head is not None:
            self._head.cancel()

    def _wait_for_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
        self._head = self.loop.call_later(HEAD_SECONDS, self._waited)

    def _waited(self) -> None:
        at_work = self.cycle is not None and not self.cycle.response_complete
        if not (at_work or self.transport.is_closing()):
            self.transport.close()
