"""Accounts: anonymous tokens, who a request comes from, what it may do."""

from __future__ import annotations

import hmac
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from cogwidgets.engine.errors import (
    Blocked,
    Forbidden,
    Refusal,
    SessionNotFound,
    TooMany,
    Unauthorized,
)
from cogwidgets.engine.policy import WEEK, Policy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cogwidgets.engine.schema import Account, Session
    from cogwidgets.engine.store import Store

__all__ = ["Accounts", "AnonymousToken", "ClaimToken"]

SCOPES = {"read", "write", "upload", "render", "*"}  # contract.md, "Errors"
OF_ADDRESS = 10  # tokens in a week, likewise
LONGEST_CLIENT_ID = 200
DEFAULT = Policy()
ATTRIBUTION = ("X-Skill-Source", "X-Skill-Version", "X-Skill-Platform")


class AnonymousToken(TypedDict):
    """The answer to a token request (contract.md, "Endpoints")."""

    token: str
    user_id: str
    expires_at: str
    credits: int


class ClaimToken(TypedDict):
    """The answer to a claim request (contract.md, "Endpoints")."""

    claim_token: str
    expires_in: int


class Accounts:
    """Give tokens and check them.

    Parameters
    ----------
    store
        Where accounts and the hashes of tokens are kept.
    policy
        How many tokens a client may have, how long they last, and with how many credits.
    secret
        When set, only requests that carry it in ``X-Engine-Secret`` are given a token.

    """

    def __init__(
        self, store: Store, policy: Policy = DEFAULT, *, secret: str | None = None
    ) -> None:
        self._store = store
        self._policy = policy
        self._secret = secret

    def anonymous(
        self, headers: Mapping[str, str], *, address: str = "", scopes: Collection[str] = ("*",)
    ) -> AnonymousToken:
        """Give a new token, good for seven days; one client id always gets the same account.

        ``scopes`` may ask for less than everything: read, write, upload, render.

        Raises
        ------
        TooMany
            The client had its token, or the address its ten, within seven days (429).
        Forbidden
            ``X-Engine-Secret`` is wanted and missing or wrong.
        Refusal
            ``X-Client-Id`` is missing (400) or far too long, or a scope is unknown.

        """
        if self._secret is not None:
            given = headers.get("x-engine-secret", "")
            if not hmac.compare_digest(given.encode(), self._secret.encode()):
                raise Forbidden("This engine belongs to another process; start one of your own.")
        client = headers.get("x-client-id", "").strip()
        if not client:
            raise Refusal("X-Client-Id is missing: send a UUID of your own in that header.")
        if len(client) > LONGEST_CLIENT_ID:
            raise Refusal("X-Client-Id is too long: send a UUID in that header.")
        if not scopes or not SCOPES.issuperset(scopes):
            raise Refusal("A scope is not known: use read, write, upload, render or *.")
        if self._policy.one_token:
            self._count(client, address)
        account = self._store.account_of_client(client, credit=self._policy.credit)
        token = "nmv_usr_" + secrets.token_urlsafe(32)
        expires = time.time() + self._policy.token_seconds
        self._store.add_token(account.id, token, expires, scopes)
        return {
            "token": token,
            "user_id": account.id,
            "expires_at": datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds"),
            "credits": account.available,
        }

    def _count(self, client: str, address: str) -> None:
        since = time.time() - WEEK
        oldest = self._store.note_issue(
            client, address, since=since, of_client=1, of_address=OF_ADDRESS
        )
        if oldest is not None:
            after = max(1.0, oldest - since)
            raise TooMany(
                "There is one token per client in 7 days, and ten per address: "
                f"use the one that you were given, or ask again in {_days(after)}.",
                after,
            )

    def bearer(self, headers: Mapping[str, str], scope: str = "read") -> Account:
        """Return whom the ``Authorization`` header stands for.

        Raises
        ------
        Forbidden
            The token is not good for ``scope`` (403).
        Unauthorized
            The token is missing, unknown or expired (1001).

        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        account = None
        if scheme.lower() == "bearer" and token.strip():
            account = self._store.account_of_token(token.strip())
        if account is None:
            raise Unauthorized(
                "The token is missing, unknown or expired: ask for a new one at "
                "POST /api/auth/anonymous-token."
            )
        if not account.scopes & {scope, "*"}:
            raise Forbidden(f"This token is not good for that: ask for one with scope '{scope}'.")
        return account

    def session(self, account: Account, session_id: str) -> Session:
        """Return a session of this account.

        Raises
        ------
        SessionNotFound
            There is none, or it is somebody else's, which looks the same (1002).

        """
        session = self._store.session(account.id, session_id)
        if session is None:
            raise SessionNotFound("There is no such session.")
        return session

    def claim(self, session: Session) -> ClaimToken:
        """Give a token with which a registered person may take the session over."""
        token = "clm_" + secrets.token_urlsafe(24)
        self._store.add_claim(session.id, token, time.time() + WEEK)
        return {"claim_token": token, "expires_in": WEEK}

    @staticmethod
    def attribution(headers: Mapping[str, str]) -> None:
        """Let an export pass only with the attribution headers (contract.md, "Headers").

        Raises
        ------
        Blocked
            One is missing (402).

        """
        missing = [name for name in ATTRIBUTION if not headers.get(name, "").strip()]
        if missing:
            raise Blocked(
                f"Export is blocked without attribution: send {' and '.join(missing)} as well."
            )


def _days(seconds: float) -> str:
    """Say a span as people do.

    >>> _days(600), _days(200_000)
    ('10 minutes', '2 days')
    """
    for unit, length in (("days", 24 * 3600), ("hours", 3600)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(1, seconds // 60):.0f} minutes"
