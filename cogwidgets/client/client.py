"""Client: sessions, credits and calls on one service, the engine here or the cloud there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from cogwidgets.client.progress import Show, silent
from cogwidgets.client.session import Session

if TYPE_CHECKING:
    from cogwidgets.api import Api, Credits
    from cogwidgets.trace import CallLog

__all__ = ["Client"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Client:
    """Do what a person does with the service. Made by `cogwidgets.connect`; closes as a context.

    ``poll_seconds`` says how long to wait between two looks at a render, at first and at most: 30
    on the cloud (contract.md, "Endpoints"), a moment here.
    """

    def __init__(
        self, api: Api, *, show: Show = silent, on_close: Callable[[], None] | None = None
    ) -> None:
        self.api = api
        self.show = show
        self.here = urlsplit(api.base_url).hostname in _LOOPBACK
        self.poll_seconds = (0.05, 1.0) if self.here else (30.0, 30.0)
        self._on_close = on_close

    @property
    def calls(self) -> CallLog:
        """Every call so far, masked."""
        return self.api.calls

    def session(self, name: str = "project", language: str = "en") -> Session:
        """Make a session on the service."""
        return Session(self, self.api.create_session(name, language).session_id, name)

    def credits(self) -> Credits:
        """Read the account's credits."""
        return self.api.credits()

    def close(self) -> None:
        """Close the connections, and the engine when this was its last client."""
        self.api.close()
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        place = "this machine" if self.here else urlsplit(self.api.base_url).hostname
        return f"<Client on {place} · {len(self.calls)} calls>"
