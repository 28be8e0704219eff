"""Rows of turns: messages, and what came of each."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.schema import OpenTurn
from cogwidgets.engine.store.database import Database

if TYPE_CHECKING:
    from cogwidgets.engine.schema import Session

__all__ = ["TurnRows"]


class TurnRows(Database):
    """Keep messages from the moment they are taken until they are answered."""

    def add_turn(self, session: Session, message: str, owner: str) -> OpenTurn:
        """Write down a message before ``owner`` works on it."""
        turn, now = secrets.token_hex(16), time.time()
        with self.transaction() as db:
            db.execute(
                "INSERT INTO turn (id, session, message, created, owner) VALUES (?, ?, ?, ?, ?)",
                (turn, session.id, message, now, owner),
            )
        return OpenTurn(turn, session.account, session.id, message, now, 0)

    def finish_turn(
        self,
        turn: str,
        answer: str,
        *,
        error: str | None = None,
        outcome: dict[str, Any] | None = None,
    ) -> None:
        """Write down what was answered, and what came of each edit."""
        kept = json.dumps(outcome) if outcome else ""
        with self.transaction() as db:
            db.execute(
                "UPDATE turn SET answer = ?, error = ?, outcome = ?, finished = ? "
                "WHERE id = ? AND finished IS NULL",
                (answer, error, kept, time.time(), turn),
            )

    def said(self, session: str, most: int, longest: int) -> list[tuple[str, dict[str, Any]]]:
        """Return the last messages of a session and their outcomes, oldest first, none too long."""
        rows = self._all(
            "SELECT message, outcome FROM turn WHERE session = ? AND outcome != '' "
            "AND length(message) <= ? ORDER BY rowid DESC LIMIT ?",
            session,
            longest,
            most,
        )
        return [(row["message"], json.loads(row["outcome"])) for row in reversed(rows)]

    def release_turns(self, owner: str, *, left: float, died: bool = False) -> None:
        """Hand back the unfinished turns of an engine that stops, or died, at ``left``."""
        with self.transaction() as db:
            db.execute(
                "UPDATE turn SET owner = '', abandoned = ?, deaths = deaths + ? "
                "WHERE owner = ? AND finished IS NULL",
                (left, died, owner),
            )

    def free_turns(self) -> list[OpenTurn]:
        """Return the unfinished turns that nobody works on, oldest first."""
        rows = self._all(
            "SELECT turn.id, account, session, message, abandoned, deaths FROM turn "
            "JOIN session ON session.id = turn.session "
            "WHERE owner = '' AND finished IS NULL ORDER BY turn.rowid"
        )
        return [OpenTurn(*row) for row in rows]

    def claim_turn(self, turn: str, owner: str) -> bool:
        """Take an unfinished turn that nobody works on; False when somebody was faster."""
        with self.transaction() as db:
            taken = db.execute(
                "UPDATE turn SET owner = ? WHERE id = ? AND owner = '' AND finished IS NULL",
                (owner, turn),
            )
            return taken.rowcount == 1
