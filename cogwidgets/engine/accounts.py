"""Accounts: anonymous tokens, who a request comes from, what it may do."""

from __future__ import annotations

import hmac
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from cogwidgets.engine.errors import Blocked, Forbidden, Refusal, SessionNotFound, Unauthorized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cogwidgets.engine.schema import Account, Session
    from cogwidgets.engine.store import Store

__all__ = ["Accounts", "AnonymousToken", "ClaimToken"]

WEEK = 7 * 24 * 3600
CREDIT = 100
LONGEST_CLIENT_ID = 200
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
    secret
        When set, only requests that carry it in ``X-Engine-Secret`` are given a token.

    """

    def __init__(self, store: Store, *, secret: str | None = None) -> None:
        self._store = store
        self._secret = secret

    def anonymous(self, headers: Mapping[str, str]) -> AnonymousToken:
        """Give a new token, good for seven days; one client id always gets the same account.

        Raises
        ------
        Forbidden
            ``X-Engine-Secret`` is wanted and missing or wrong.
        Refusal
            ``X-Client-Id`` is missing (400) or far too long.

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
        account = self._store.account_of_client(client, credit=CREDIT)
        token = "nmv_usr_" + secrets.token_urlsafe(32)
        expires = time.time() + WEEK
        self._store.add_token(account.id, token, expires)
        return {
            "token": token,
            "user_id": account.id,
            "expires_at": datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds"),
            "credits": account.available,
        }

    def bearer(self, headers: Mapping[str, str]) -> Account:
        """Return whom the ``Authorization`` header stands for.

        Raises
        ------
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
            raise SessionNotFound("There is no such session: make a new one.")
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
