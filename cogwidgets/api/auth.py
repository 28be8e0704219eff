"""Auth: who we are to the service, and the anonymous token that stands in where no account does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from cogwidgets.api.wire import Token

__all__ = ["Credentials"]


@dataclass
class Credentials:
    """Hold the bearer token, and ask for an anonymous one when there is none.

    ``given`` is the user's own token: when set, no other is ever asked for (contract.md,
    "Environment"). ``client_id`` names this installation; ``engine_secret`` proves to an embedded
    engine that its own process is calling.
    """

    client_id: str = field(repr=False)
    given: str | None = field(default=None, repr=False)
    engine_secret: str | None = field(default=None, repr=False)
    anonymous: Token | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def bearer(self, ask: Callable[[], Token]) -> str:
        """Return the token to send, calling ``ask`` for an anonymous one the first time."""
        if self.given:
            return self.given
        with self._lock:
            if self.anonymous is None:
                self.anonymous = ask()
            return self.anonymous.token

    def refused(self, token: str) -> bool:
        """Forget an anonymous token that was refused; tell whether another may be asked for."""
        with self._lock:
            if self.given:
                return False
            if self.anonymous is not None and self.anonymous.token == token:
                self.anonymous = None
            return True

    def asking(self) -> dict[str, str]:
        """Return the headers of the token request."""
        headers = {"X-Client-Id": self.client_id}
        if self.engine_secret:
            headers["X-Engine-Secret"] = self.engine_secret
        return headers
