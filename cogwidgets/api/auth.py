"""Auth: who we are to the service, and the anonymous token that stands in where no account does."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cogwidgets.api.errors import RateLimited
from cogwidgets.api.wire import Token
from cogwidgets.settings import new_client_id, write_private

__all__ = ["Credentials", "TokenFile"]

_EARLY = dt.timedelta(minutes=1)  # a token that is about to expire is not worth a call


class TokenFile:
    """Keep anonymous tokens until they expire, since a client is given one a week.

    One file for all services, which only its owner may read (contract.md, "Errors", 429). Where it
    cannot be written, a token lasts as long as the process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key: str) -> Token | None:
        """Return the token kept under a key, unless it has expired."""
        kept = self._read().get(key)
        token = Token.read(kept) if isinstance(kept, dict) else None
        return token if token is not None and token.token and not _expired(token) else None

    def put(self, key: str, token: Token | None) -> None:
        """Keep a token, or forget it; those that have expired go as well."""
        kept = {k: v for k, v in self._read().items() if k != key and not _expired(Token.read(v))}
        if token is not None:
            kept[key] = {
                "token": token.token,
                "user_id": token.user_id,
                "expires_at": token.expires_at,
            }
        write_private(self._path, json.dumps(kept, indent=1))

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        fields = kept if isinstance(kept, dict) else {}
        return {k: v for k, v in fields.items() if isinstance(v, dict)}


def _expired(token: Token) -> bool:
    try:
        end = dt.datetime.fromisoformat(token.expires_at)
    except ValueError:
        return False  # the service will tell
    if end.tzinfo is None:
        end = end.replace(tzinfo=dt.UTC)
    return end - _EARLY < dt.datetime.now(dt.UTC)


@dataclass
class Credentials:
    """Hold the bearer token, and ask for an anonymous one when there is none.

    ``given`` is the user's own token: when set, no other is ever asked for (contract.md,
    "Environment"). ``client_id`` names this installation; ``engine_secret`` proves to an embedded
    engine that its own process is calling; ``kept`` keeps anonymous tokens for the next process.
    """

    client_id: str = field(repr=False)
    given: str | None = field(default=None, repr=False)
    engine_secret: str | None = field(default=None, repr=False)
    kept: TokenFile | None = field(default=None, repr=False)
    service: str = ""
    anonymous: Token | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def bearer(self, ask: Callable[[], Token]) -> str:
        """Return the token to send, calling ``ask`` for an anonymous one when none is at hand."""
        if self.given:
            return self.given
        with self._lock:
            if self.anonymous is None and self.kept is not None:
                self.anonymous = self.kept.get(self._key)
            if self.anonymous is None:
                self.anonymous = self._asked(ask)
            return self.anonymous.token

    def _asked(self, ask: Callable[[], Token]) -> Token:
        try:
            token = ask()
        except RateLimited:
            # A client is given one a week: another process may have been given it just now.
            kept = self.kept.get(self._key) if self.kept is not None else None
            if kept is None:
                raise
            return kept
        if self.kept is not None:
            self.kept.put(self._key, token)
        return token

    def refused(self, token: str) -> bool:
        """Forget an anonymous token that was refused; tell whether another may be asked for.

        One that another process has put in its place meanwhile stays.
        """
        with self._lock:
            if self.given:
                return False
            if self.anonymous is not None and self.anonymous.token == token:
                self.anonymous = None
                kept = self.kept.get(self._key) if self.kept is not None else None
                if self.kept is not None and kept is not None and kept.token == token:
                    self.kept.put(self._key, None)
            return True

    @property
    def user_id(self) -> str:
        """The anonymous account, as far as it is known."""
        return self.anonymous.user_id if self.anonymous is not None else ""

    def renew_client_id(self) -> str:
        """Take a new client id, the service having missed one (contract.md, "Errors", 400)."""
        self.client_id = new_client_id()
        return self.client_id

    def asking(self) -> dict[str, str]:
        """Return the headers of the token request."""
        headers = {"X-Client-Id": self.client_id}
        if self.engine_secret:
            headers["X-Engine-Secret"] = self.engine_secret
        return headers

    @property
    def _key(self) -> str:
        """Name the account without naming the client id, which is kept elsewhere."""
        return f"{self.service} {hashlib.sha256(self.client_id.encode()).hexdigest()[:16]}"
