"""Rows of renders."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.schema import Render
from cogwidgets.engine.store.database import Database

if TYPE_CHECKING:
    import sqlite3

    from cogwidgets.engine.schema import Session

__all__ = ["TAKEN", "RenderRows"]

TAKEN = 0.05  # the progress of a render that waits for its turn, as the service tells it


class RenderRows(Database):
    """Keep drafts on their way to a file, and who works on them."""

    def add_render(
        self,
        session: Session,
        render: str,
        draft: dict[str, Any],
        output: dict[str, Any],
        owner: str,
    ) -> bool:
        """Add a render that ``owner`` will work on; False when the account has that id already."""
        now = time.time()
        with self.transaction() as db:
            added = db.execute(
                "INSERT INTO render (account, id, session, draft, output, status, progress, owner, "
                "touched, created) VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (
                    session.account,
                    render,
                    session.id,
                    json.dumps(draft),
                    json.dumps(output),
                    TAKEN,
                    owner,
                    now,
                    now,
                ),
            )
            return added.rowcount == 1

    def render(self, account: str, render: str) -> Render | None:
        """Return a render of this account."""
        row = self._one("SELECT * FROM render WHERE account = ? AND id = ?", account, render)
        return _render(row) if row else None

    def unfinished_renders(self, account: str | None = None) -> list[Render]:
        """Return the renders, of one account or of all, that have not ended, oldest first."""
        rows = self._all(
            "SELECT * FROM render WHERE status IN ('pending', 'processing') "
            "AND (? IS NULL OR account = ?) ORDER BY created",
            account,
            account,
        )
        return [_render(row) for row in rows]

    def open_renders(self, account: str | None = None) -> int:
        """Count them."""
        row = self._one(
            "SELECT count(*) FROM render WHERE status IN ('pending', 'processing') "
            "AND (? IS NULL OR account = ?)",
            account,
            account,
        )
        return int(row[0]) if row else 0

    def claim_render(
        self, account: str, render: str, owner: str, stale: float, dead: str | None = None
    ) -> bool:
        """Take over an unfinished render that nobody has, or ``dead`` has.

        Or one that nobody has touched for ``stale`` seconds.
        """
        now = time.time()
        with self.transaction() as db:
            taken = db.execute(
                "UPDATE render SET owner = ?, touched = ?, deaths = deaths + (owner IS NOT NULL) "
                "WHERE account = ? AND id = ? AND status IN ('pending', 'processing') "
                "AND (owner IS NULL OR owner = ? OR touched < ?)",
                (owner, now, account, render, dead, now - stale),
            )
            return taken.rowcount == 1

    def touch_render(self, account: str, render: str, progress: float) -> bool:
        """Say that a render is in hand; False when it was cancelled meanwhile.

        It is processed from its first progress on; until then it waits for its turn.
        """
        with self.transaction() as db:
            touched = db.execute(
                "UPDATE render SET progress = ?1, touched = ?2, "
                "status = CASE WHEN ?1 > ?5 THEN 'processing' ELSE status END "
                "WHERE account = ?3 AND id = ?4 AND status IN ('pending', 'processing')",
                (progress, time.time(), account, render, TAKEN),
            )
            return touched.rowcount == 1

    def release_renders(self, owner: str, *, died: bool = False) -> None:
        """Hand back the unfinished renders of an engine that stops, or died."""
        with self.transaction() as db:
            db.execute(
                "UPDATE render SET owner = NULL, status = 'pending', deaths = deaths + ? "
                "WHERE owner = ? AND status IN ('pending', 'processing')",
                (died, owner),
            )

    def finish_render(
        self,
        account: str,
        render: str,
        *,
        medium: str | None = None,
        error: dict[str, str] | None = None,
    ) -> bool:
        """Complete an unfinished render with a medium, or fail it; False when it has ended."""
        with self.transaction() as db:
            finished = db.execute(
                "UPDATE render SET status = ?, progress = ?, medium = ?, error = ?, finished = ? "
                "WHERE account = ? AND id = ? AND status IN ('pending', 'processing')",
                (
                    "completed" if medium else "failed",
                    1.0 if medium else 0.0,
                    medium,
                    json.dumps(error) if error else None,
                    time.time(),
                    account,
                    render,
                ),
            )
            return finished.rowcount == 1


def _render(row: sqlite3.Row) -> Render:
    fields = dict(row)
    for name in ("draft", "output", "error"):
        fields[name] = json.loads(fields[name]) if fields[name] is not None else None
    return Render(**fields)
