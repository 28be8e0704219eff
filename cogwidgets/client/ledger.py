"""Ledger: what must outlive this process, written down on this machine.

The service has no list of sessions and forgets whose render a lost id was (contract.md,
"Endpoints"), so both are kept here: a session when it is made, an export before its request leaves.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["KnownSession", "Ledger", "PendingExport"]

_TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
    place TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, task_id TEXT NOT NULL,
    user_id TEXT NOT NULL, made TEXT NOT NULL, PRIMARY KEY (place, id));
CREATE TABLE IF NOT EXISTS exports (
    render_id TEXT PRIMARY KEY, place TEXT NOT NULL, session_id TEXT NOT NULL,
    target BLOB NOT NULL, begun TEXT NOT NULL, etag TEXT NOT NULL DEFAULT '');
"""

_BUSY = 0.4  # s; SQLite waits for another process without hearing an interrupt

logger = logging.getLogger("cogwidgets")


@dataclass(frozen=True)
class KnownSession:
    """A session that was made from this machine."""

    id: str
    name: str
    task_id: str
    user_id: str
    made: dt.datetime

    def __repr__(self) -> str:
        return f"<KnownSession {self.name!r} · {self.made:%Y-%m-%d %H:%M} · id {self.id}>"


@dataclass(frozen=True)
class PendingExport:
    """An export that has begun and of which no file has come yet.

    ``etag`` names the result of which a part has been downloaded.
    """

    render_id: str
    session_id: str
    target: Path
    begun: dt.datetime
    etag: str = ""

    def __repr__(self) -> str:
        return f"<PendingExport {self.target.name!r} · begun {self.begun:%Y-%m-%d %H:%M}>"


class Ledger:
    """Keep the sessions and unfinished exports of one place: a service, or the engine of a home.

    Where the file cannot be written the work goes on, and a warning says that it would not survive.

    >>> ledger = Ledger(Path("/nowhere/at/all.sqlite3"), "http://127.0.0.1:9")
    >>> ledger.sessions(), ledger.exports()
    ([], [])
    """

    def __init__(self, path: Path, place: str) -> None:
        self._path = path
        self._place = place

    def add_session(self, session: KnownSession) -> None:
        """Write down a session."""
        self._write(
            "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
            self._place,
            session.id,
            session.name.encode("utf-8", "replace").decode(),
            session.task_id,
            session.user_id,
            session.made.isoformat(),
        )

    def sessions(self) -> list[KnownSession]:
        """Return the sessions made at this place, the newest first."""
        rows = self._read(
            "SELECT id, name, task_id, user_id, made FROM sessions WHERE place = ?"
            " ORDER BY made DESC",
            self._place,
        )
        return [
            KnownSession(row[0], row[1], row[2], row[3], dt.datetime.fromisoformat(row[4]))
            for row in rows
        ]

    def begin(self, export: PendingExport) -> None:
        """Write down an export, before its request leaves."""
        self._write(
            "INSERT INTO exports (render_id, place, session_id, target, begun)"
            " VALUES (?, ?, ?, ?, ?)",
            export.render_id,
            self._place,
            export.session_id,
            os.fsencode(export.target),  # which need not be text
            export.begun.isoformat(),
        )

    def downloading(self, render_id: str, etag: str) -> None:
        """Write down which result a half-downloaded file is a part of."""
        self._write("UPDATE exports SET etag = ? WHERE render_id = ?", etag, render_id)

    def end(self, render_id: str) -> None:
        """Strike out an export: its file is there, or will never be."""
        self._write("DELETE FROM exports WHERE render_id = ?", render_id)

    def exports(self, session_id: str | None = None) -> list[PendingExport]:
        """Return the unfinished exports of a session, or of all, the oldest first."""
        rows = self._read(
            "SELECT render_id, session_id, target, begun, etag FROM exports WHERE place = ?"
            " AND (? IS NULL OR session_id = ?) ORDER BY begun",
            self._place,
            session_id,
            session_id,
        )
        return [
            PendingExport(
                row[0], row[1], Path(os.fsdecode(row[2])), dt.datetime.fromisoformat(row[3]), row[4]
            )
            for row in rows
        ]

    def _write(self, statement: str, *values: Any) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as database, database:
                database.executescript(_TABLES)
                database.execute(statement, values)
        except (OSError, sqlite3.Error) as error:
            logger.warning(
                "%s cannot be written (%s): nothing will be found again after this process.",
                self._path,
                error,
            )

    def _read(self, statement: str, *values: Any) -> list[Any]:
        try:
            if not self._path.exists():
                return []
            with self._open() as database:
                return database.execute(statement, values).fetchall()
        except (OSError, sqlite3.Error) as error:
            logger.warning("%s cannot be read (%s).", self._path, error)
            return []

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY)) as database:
            yield database
