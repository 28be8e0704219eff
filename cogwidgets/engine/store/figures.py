"""Figures about all that is kept, for whoever runs the engine."""

from __future__ import annotations

import json
import time

from cogwidgets.engine.store.database import Database

__all__ = ["Figures"]


class Figures(Database):
    """Count and list across accounts."""

    def counts(self) -> dict[str, int]:
        """Count what there is: accounts, good tokens, sessions, drafts, media; credits frozen."""
        row = self._one(
            "SELECT (SELECT count(*) FROM account), "
            "(SELECT count(*) FROM token WHERE expires > ?), "
            "(SELECT count(*) FROM session), (SELECT count(*) FROM draft), "
            "(SELECT count(*) FROM medium), (SELECT coalesce(sum(frozen), 0) FROM account)",
            time.time(),
        )
        names = ("accounts", "tokens", "sessions", "drafts", "media", "credits frozen")
        return dict(zip(names, tuple(row or ()), strict=True))

    def owners(self) -> list[str]:
        """Name the engines that have unfinished work, or credits frozen for it."""
        rows = self._all(
            "SELECT owner FROM turn WHERE owner != '' AND finished IS NULL "
            "UNION SELECT owner FROM hold UNION SELECT owner FROM render "
            "WHERE owner IS NOT NULL AND status IN ('pending', 'processing')"
        )
        return [row["owner"] for row in rows]

    def open_messages(self, most: int) -> list[tuple[str, float]]:
        """List the messages that are not answered yet, oldest first: account, since when."""
        rows = self._all(
            "SELECT account, turn.created FROM turn JOIN session ON session.id = turn.session "
            "WHERE finished IS NULL ORDER BY turn.rowid LIMIT ?",
            most,
        )
        return [(row[0], row[1]) for row in rows]

    def largest(self, most: int) -> list[tuple[str, int, int]]:
        """List the accounts with most media: account, bytes, how many."""
        rows = self._all(
            "SELECT account, sum(size), count(*) FROM medium GROUP BY account "
            "ORDER BY 2 DESC LIMIT ?",
            most,
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def failures(self, most: int) -> list[tuple[float, str, str, str]]:
        """List what failed last: when, a message or a render, the account, why."""
        rows = self._all(
            "SELECT finished, 'render', account, error FROM render "
            "WHERE status = 'failed' UNION ALL "
            "SELECT finished, 'message', account, error FROM turn "
            "JOIN session ON session.id = turn.session WHERE error IS NOT NULL "
            "ORDER BY 1 DESC LIMIT ?",
            most,
        )
        return [(row[0], row[1], row[2], _why(row[3])) for row in rows]

    def unused_media(self, before: float) -> dict[str, int]:
        """Give the media, and their bytes, of sessions in which nothing has happened since."""
        rows = self._all(
            "SELECT id, size FROM medium WHERE session IN ("
            "SELECT session.id FROM session WHERE created < ?1 "
            "AND NOT EXISTS (SELECT 1 FROM medium m WHERE m.session = session.id "
            "AND m.created >= ?1) "
            "AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.session = session.id "
            "AND d.created >= ?1) "
            "AND NOT EXISTS (SELECT 1 FROM turn t WHERE t.session = session.id "
            "AND (t.created >= ?1 OR t.finished IS NULL)) "
            "AND NOT EXISTS (SELECT 1 FROM render r WHERE r.session = session.id "
            "AND (r.created >= ?1 OR r.status IN ('pending', 'processing'))))",
            before,
        )
        return {row["id"]: row["size"] for row in rows}


def _why(error: str) -> str:
    """Read why: a render has it as JSON, a turn as a code and a sentence."""
    try:
        return str(json.loads(error)["message"])
    except (ValueError, TypeError, KeyError):
        return error
