"""Store: what the engine remembers, in SQLite, and the media folder beside it.

Several threads and several processes may use one home folder at once: SQLite's write-ahead log
lets readers pass writers, and each write is one transaction that takes the write lock first.
Nothing here decides anything; rows go in and come out.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.schema import (
    SCHEMA,
    SCHEMA_VERSION,
    Account,
    Medium,
    Render,
    Session,
    Stems,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cogwidgets.engine.schema import MediaKind

__all__ = ["Store", "safe_name"]

MEDIA_URL = re.compile(r"/media/([0-9a-f]{32})/([A-Za-z0-9][A-Za-z0-9._-]{0,127})")


class Store:
    """Keep accounts, sessions, drafts, media, turns and renders under one home folder.

    Raises
    ------
    OSError
        The folder cannot be made or written, or was written by a newer version.

    """

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.media = home / "media"
        self.media.mkdir(exist_ok=True)
        self._lock = threading.RLock()
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
        with self._write() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise OSError("engine.db was written by a newer cogwidgets; update this one")
            if version == 0:
                for statement in SCHEMA.split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the database; what was written stays."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
            return row

    def _all(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    # Accounts

    def account_of_client(self, client_id: str, *, credit: int) -> Account:
        """Return the account of a client id, made on its first request."""
        client = _hash(client_id)
        with self._write() as db:
            db.execute(
                "INSERT INTO account VALUES (?, ?, ?, 0, ?) ON CONFLICT (client) DO NOTHING",
                ("anon_" + secrets.token_hex(12), client, credit, time.time()),
            )
            row = db.execute("SELECT * FROM account WHERE client = ?", (client,)).fetchone()
        return _account(row)

    def add_token(self, account: str, token: str, expires: float) -> None:
        """Keep the hash of a token until ``expires`` (seconds since the epoch)."""
        with self._write() as db:
            db.execute("DELETE FROM token WHERE expires < ?", (time.time(),))
            db.execute("INSERT INTO token VALUES (?, ?, ?)", (_hash(token), account, expires))

    def account_of_token(self, token: str) -> Account | None:
        """Return whom a token stands for; None when it is unknown or expired."""
        row = self._one(
            "SELECT account.* FROM token JOIN account ON account.id = token.account "
            "WHERE token.hash = ? AND token.expires > ?",
            _hash(token),
            time.time(),
        )
        return _account(row) if row else None

    def add_claim(self, session: str, claim: str, expires: float) -> None:
        """Keep the hash of a claim token for a session."""
        with self._write() as db:
            db.execute("INSERT INTO claim VALUES (?, ?, ?)", (_hash(claim), session, expires))

    # Sessions, drafts and turns

    def add_session(self, account: str, name: str, language: str) -> Session:
        """Make a session; its id is 19 decimal digits, as the service's are."""
        session = Session(_decimal_id(), _decimal_id(), account, name, language)
        with self._write() as db:
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
        with self._write() as db:
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

    def draft_at(self, session: str, version: int) -> dict[str, Any]:
        """Return one version of a session's draft; empty for version 0, before the first."""
        row = self._one(
            "SELECT body FROM draft WHERE session = ? AND version = ?", session, version
        )
        draft: dict[str, Any] = json.loads(row["body"]) if row else {}
        return draft

    def add_turn(self, session: str, message: str) -> str:
        """Write down a message before it is worked on, and return the turn's id."""
        turn = secrets.token_hex(16)
        with self._write() as db:
            db.execute(
                "INSERT INTO turn VALUES (?, ?, ?, NULL, NULL, ?, NULL)",
                (turn, session, message, time.time()),
            )
        return turn

    def finish_turn(self, turn: str, answer: str, error: str | None = None) -> None:
        """Write down what was answered."""
        with self._write() as db:
            db.execute(
                "UPDATE turn SET answer = ?, error = ?, finished = ? WHERE id = ?",
                (answer, error, time.time(), turn),
            )

    # Media

    def new_folder(self) -> Path:
        """Make an empty media folder under a new unguessable id."""
        folder = self.media / secrets.token_hex(16)
        folder.mkdir()
        return folder

    def discard(self, folder: Path) -> None:
        """Remove a media folder that was not added."""
        shutil.rmtree(folder, ignore_errors=True)

    def add_medium(
        self,
        folder: Path,
        session: Session,
        kind: MediaKind,
        *,
        name: str,
        filename: str,
        info: dict[str, Any],
    ) -> Medium:
        """Acknowledge what lies complete in ``folder``; until then it does not exist."""
        medium = Medium(
            folder.name, session.account, session.id, kind, name, filename, info, time.time()
        )
        with self._write() as db:
            db.execute(
                "INSERT INTO medium VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    medium.id,
                    medium.account,
                    medium.session,
                    kind,
                    name,
                    filename,
                    json.dumps(info),
                    medium.created,
                ),
            )
        return medium

    def media_of_session(self, session: str, *kinds: MediaKind) -> list[Medium]:
        """Return a session's media of the kinds named, oldest first."""
        rows = self._all("SELECT * FROM medium WHERE session = ? ORDER BY created, rowid", session)
        return [_medium(row) for row in rows if row["kind"] in kinds]

    def medium(self, medium: str) -> Medium | None:
        """Return a medium by its id."""
        row = self._one("SELECT * FROM medium WHERE id = ?", medium)
        return _medium(row) if row else None

    def file(self, url: str, *, account: str | None = None) -> Path | None:
        """Return the file behind ``/media/<id>/<name>``, of one account when it is named.

        None for everything that is not exactly such a path to a finished file.
        """
        match = MEDIA_URL.fullmatch(url)
        if match is None or match[2].endswith(".part"):
            return None
        medium = self.medium(match[1])
        if medium is None or (account is not None and medium.account != account):
            return None
        path = self.media / match[1] / match[2]
        return path if path.is_file() else None

    def add_stems(self, source: str, strength: str, medium: str) -> None:
        """Remember which medium holds the speech of ``source`` at a strength."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO stems VALUES (?, ?, ?)", (source, strength, medium))

    def stems(self, session: str) -> list[Stems]:
        """Return what has been separated in a session, oldest first."""
        rows = self._all(
            "SELECT stems.source AS source, strength, medium.* FROM stems "
            "JOIN medium ON medium.id = stems.medium WHERE medium.session = ? "
            "ORDER BY medium.created",
            session,
        )
        return [Stems(row["source"], row["strength"], _medium(row)) for row in rows]

    # Renders

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
        with self._write() as db:
            added = db.execute(
                "INSERT INTO render VALUES (?, ?, ?, ?, ?, 'pending', 0.05, NULL, NULL, ?, ?, ?, "
                "NULL) ON CONFLICT DO NOTHING",
                (
                    session.account,
                    render,
                    session.id,
                    json.dumps(draft),
                    json.dumps(output),
                    owner,
                    now,
                    now,
                ),
            )
            return added.rowcount == 1

    def render(self, account: str, render: str) -> Render | None:
        """Return a render of this account."""
        row = self._one("SELECT * FROM render WHERE account = ? AND id = ?", account, render)
        if row is None:
            return None
        fields = dict(row)
        for name in ("draft", "output", "error"):
            fields[name] = json.loads(fields[name]) if fields[name] is not None else None
        return Render(**fields)

    def claim_render(self, account: str, render: str, owner: str, stale: float) -> bool:
        """Take over an unfinished render that nobody has touched for ``stale`` seconds."""
        now = time.time()
        with self._write() as db:
            taken = db.execute(
                "UPDATE render SET owner = ?, touched = ? WHERE account = ? AND id = ? "
                "AND status IN ('pending', 'processing') AND (owner IS NULL OR touched < ?)",
                (owner, now, account, render, now - stale),
            )
            return taken.rowcount == 1

    def touch_render(self, account: str, render: str, progress: float) -> bool:
        """Say that a render is being worked on; False when it was cancelled meanwhile."""
        with self._write() as db:
            touched = db.execute(
                "UPDATE render SET status = 'processing', progress = ?, touched = ? "
                "WHERE account = ? AND id = ? AND status IN ('pending', 'processing')",
                (progress, time.time(), account, render),
            )
            return touched.rowcount == 1

    def release_renders(self, owner: str) -> None:
        """Hand back the unfinished renders of an engine that stops."""
        with self._write() as db:
            db.execute(
                "UPDATE render SET owner = NULL, status = 'pending' "
                "WHERE owner = ? AND status IN ('pending', 'processing')",
                (owner,),
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
        with self._write() as db:
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


def safe_name(filename: str, suffix: str) -> str:
    """Make a name for the disk from a name that people gave: plain letters, one suffix.

    >>> safe_name('../../my "best" vlog.mp4', ".mp4")
    'my-best-vlog.mp4'
    >>> safe_name("视频.mp4", ".mp4")
    'file.mp4'
    """
    stem = re.split(r"[/\\]", filename)[-1].rpartition(".")[0] or filename
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-_")[:60]
    return (plain or "file") + suffix


def _decimal_id() -> str:
    return str(10**18 + secrets.randbelow(8 * 10**18))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _account(row: sqlite3.Row) -> Account:
    return Account(row["id"], row["available"], row["frozen"])


def _medium(row: sqlite3.Row) -> Medium:
    return Medium(
        row["id"],
        row["account"],
        row["session"],
        row["kind"],
        row["name"],
        row["filename"],
        json.loads(row["info"]),
        row["created"],
    )
