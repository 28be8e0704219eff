"""Rows of sessions and their draft versions."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from cogwidgets.engine.schema import Session
from cogwidgets.engine.store.database import Database

__all__ = ["SessionRows"]


class SessionRows(Database):
    """Keep what is talked about, and every draft that came of it."""

    def add_session(self, account: str, name: str, language: str) -> Session:
        """Make a session; its id is 19 decimal digits, as the service's are."""
        session = Session(_decimal_id(), _decimal_id(), account, name, language)
        with self.transaction() as db:
            db.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)",
                (session.id, session.task, account, name, language, time.time()),
            )
        return session

    def session(self, account: str, session: str) -> Session | None:
        """Return a session of this account."""
        row = self._one("SELECT * FROM session WHERE id = ? AND account = ?", session, account)
        if row is None:
            return None
        return Session(row["id"], row["task"], row["account"], row["name"], row["language"])

    def draft(self, session: str) -> tuple[int, dict[str, Any]]:
        """Return the latest draft and its version; ``(0, {})`` before the first."""
        row = self._one(
            "SELECT version, body FROM draft WHERE session = ? ORDER BY version DESC LIMIT 1",
            session,
        )
        return (row["version"], json.loads(row["body"])) if row else (0, {})

    def add_draft(self, session: str, version: int, draft: dict[str, Any], reason: str) -> None:
        """Add a draft version.

        Raises
        ------
        sqlite3.IntegrityError
            The session has that version already: somebody else changed it meanwhile.

        """
        with self.transaction() as db:
            db.execute(
                "INSERT INTO draft VALUES (?, ?, ?, ?, ?)",
                (session, version, json.dumps(draft), reason, time.time()),
            )

    def reasons(self, session: str) -> list[tuple[int, str]]:
        """Return the versions of a session's draft with what made them, oldest first."""
        rows = self._all(
            "SELECT version, reason FROM draft WHERE session = ? ORDER BY version", session
        )
        return [(row["version"], row["reason"]) for row in rows]

    def versions(self, session: str, most: int) -> list[tuple[int, str, float]]:
        """Return the latest versions of a draft, what made them and when, oldest first."""
        rows = self._all(
            "SELECT version, reason, created FROM draft WHERE session = ?"
            " ORDER BY version DESC LIMIT ?",
            session,
            most,
        )
        return [(row["version"], row["reason"], row["created"]) for row in reversed(rows)]

    def draft_at(self, session: str, version: int) -> dict[str, Any]:
        """Return one version of a session's draft; empty for version 0, before the first."""
        row = self._one(
            "SELECT body FROM draft WHERE session = ? AND version = ?", session, version
        )
        draft: dict[str, Any] = json.loads(row["body"]) if row else {}
        return draft


def _decimal_id() -> str:
    return str(10**18 + secrets.randbelow(8 * 10**18))
