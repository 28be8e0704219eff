"""Database: one SQLite file that several threads and several processes share."""

from __future__ import annotations

import errno
import hashlib
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cogwidgets.engine.errors import DiskFull
from cogwidgets.engine.schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Database", "hashed", "room"]


class Database:
    """Open ``home/engine.db`` and run transactions on it.

    The write-ahead log lets readers pass writers; each write takes the write lock first.

    Raises
    ------
    OSError
        The folder cannot be made or written, or was written by a newer version.

    """

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home = home
        self._lock = threading.RLock()
        self._depth = 0
        self._afterwards: list[Callable[[], None]] = []
        try:
            self._db = sqlite3.connect(
                home / "engine.db", timeout=30, isolation_level=None, check_same_thread=False
            )
            self._db.row_factory = sqlite3.Row
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise OSError(f"engine.db: {error}") from error

    def _prepare(self) -> None:
        for attempt in range(50):
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:  # SQLite does not wait here for another opener
                if attempt == 49:  # noqa: PLR2004
                    raise
                time.sleep(0.05)
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        with self.transaction() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise OSError("engine.db was written by a newer cogwidgets; update this one")
            steps = [SCHEMA, *MIGRATIONS] if version == 0 else MIGRATIONS[version - 1 :]
            for step in steps:
                for statement in step.split(";\n"):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the database; what was written stays."""
        with self._lock:
            self._db.close()

    def whole(self) -> bool:
        """Tell whether the database passes SQLite's integrity and foreign key checks."""
        [row] = self._all("PRAGMA integrity_check(1)")
        return bool(row[0] == "ok") and not self._all("PRAGMA foreign_key_check")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all that happens inside, or nothing; one inside another is a part of that.

        Raises
        ------
        DiskFull
            There is no room for it; nothing was written.

        """
        with self._lock:
            if self._depth:
                yield self._db
                return
            with room():
                self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                with room():
                    yield self._db
                    self._db.execute("COMMIT")
            except BaseException:
                self._afterwards.clear()
                if self._db.in_transaction:  # a full disk ends it by itself
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0
            afterwards, self._afterwards = self._afterwards, []
            for do in afterwards:
                do()

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
            return row

    def _all(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()


@contextmanager
def room() -> Iterator[None]:
    """Say it in one way when there is no room: `DiskFull`."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
            raise
        raise DiskFull from error
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DiskFull from error


def hashed(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
