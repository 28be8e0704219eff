"""Rows of accounts, their tokens and their credits."""

from __future__ import annotations

import secrets
import sqlite3
import time
from typing import TYPE_CHECKING

from cogwidgets.engine.schema import Account
from cogwidgets.engine.store.database import Database, hashed

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["AccountRows"]


class AccountRows(Database):
    """Keep who is who, and what they have left."""

    def account_of_client(self, client_id: str, *, credit: int) -> Account:
        """Return the account of a client id, made on its first request."""
        client = hashed(client_id)
        with self.transaction() as db:
            db.execute(
                "INSERT INTO account VALUES (?, ?, ?, 0, ?) ON CONFLICT (client) DO NOTHING",
                ("anon_" + secrets.token_hex(12), client, credit, time.time()),
            )
            row = db.execute("SELECT * FROM account WHERE client = ?", (client,)).fetchone()
        return _account(row, frozenset())

    def add_token(
        self, account: str, token: str, expires: float, scopes: Collection[str] = ("*",)
    ) -> None:
        """Keep the hash of a token until ``expires`` (seconds since the epoch)."""
        with self.transaction() as db:
            db.execute("DELETE FROM token WHERE expires < ?", (time.time(),))
            db.execute(
                "INSERT INTO token (hash, account, expires, scopes) VALUES (?, ?, ?, ?)",
                (hashed(token), account, expires, " ".join(sorted(scopes))),
            )

    def account_of_token(self, token: str) -> Account | None:
        """Return whom a token stands for; None when it is unknown or expired."""
        row = self._one(
            "SELECT account.*, scopes FROM token JOIN account ON account.id = token.account "
            "WHERE token.hash = ? AND token.expires > ?",
            hashed(token),
            time.time(),
        )
        return _account(row, frozenset(row["scopes"].split())) if row else None

    def note_issue(
        self, client_id: str, address: str, *, since: float, of_client: int, of_address: int
    ) -> float | None:
        """Note that a token is given, unless there were as many since then.

        Returns None when it was noted, else when the oldest that counts was given.
        """
        client, place = hashed(client_id), hashed(address)
        with self.transaction() as db:
            db.execute("DELETE FROM issue WHERE given <= ?", (since,))
            for column, value, most in (
                ("client", client, of_client),
                ("address", place, of_address),
            ):
                count, oldest = db.execute(
                    f"SELECT count(*), min(given) FROM issue WHERE {column} = ?",  # noqa: S608 - ours
                    (value,),
                ).fetchone()
                if count >= most:
                    return float(oldest)
            db.execute("INSERT INTO issue VALUES (?, ?, ?)", (client, place, time.time()))
        return None

    def add_claim(self, session: str, claim: str, expires: float) -> None:
        """Keep the hash of a claim token for a session."""
        with self.transaction() as db:
            db.execute("DELETE FROM claim WHERE expires < ?", (time.time(),))
            db.execute("INSERT INTO claim VALUES (?, ?, ?)", (hashed(claim), session, expires))

    def balance(self, account: str) -> Account | None:
        """Return an account as it stands now."""
        row = self._one("SELECT * FROM account WHERE id = ?", account)
        return _account(row, frozenset()) if row else None

    # Credits are frozen while something is worked on; what is frozen has a row, so that it is
    # given back when the engine that worked on it has died.

    def freeze(self, account: str, amount: int, purpose: str, owner: str) -> str | None:
        """Freeze credits and return the hold's id; None when there are not enough."""
        hold = secrets.token_hex(16)
        with self.transaction() as db:
            taken = db.execute(
                "UPDATE account SET available = available - ?, frozen = frozen + ? "
                "WHERE id = ? AND available >= ?",
                (amount, amount, account, amount),
            )
            if taken.rowcount != 1:
                return None
            db.execute(
                "INSERT INTO hold VALUES (?, ?, ?, ?, ?, ?)",
                (hold, account, amount, purpose, owner, time.time()),
            )
        return hold

    def settle(self, hold: str, charge: int) -> None:
        """End a hold, once: ``charge`` of it is spent, the rest given back."""
        with self.transaction() as db:
            row = db.execute("DELETE FROM hold WHERE id = ? RETURNING *", (hold,)).fetchone()
            if row is not None:
                back = row["amount"] - min(charge, row["amount"])
                db.execute(
                    "UPDATE account SET available = available + ?, frozen = frozen - ? "
                    "WHERE id = ?",
                    (back, row["amount"], row["account"]),
                )

    def holds_of(self, owner: str) -> list[str]:
        """Name the holds of an engine."""
        return [row["id"] for row in self._all("SELECT id FROM hold WHERE owner = ?", owner)]


def _account(row: sqlite3.Row, scopes: frozenset[str]) -> Account:
    return Account(row["id"], row["available"], row["frozen"], scopes)
