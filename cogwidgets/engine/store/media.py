"""Rows of media, and the folders where their files are.

What is not finished lies in a folder of the engine that works on it, ``home/work/<engine>``. Only
what has its row is under ``home/media``, so whatever an engine leaves behind when it dies can be
told from what people were promised.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sqlite3
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.schema import Medium, Session, Stems
from cogwidgets.engine.store.database import Database, room
from cogwidgets.engine.store.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Collection

    from cogwidgets.engine.schema import MediaKind

__all__ = ["MediaRows", "safe_name"]

MEDIA_URL = re.compile(r"/media/([0-9a-f]{32})/([A-Za-z0-9][A-Za-z0-9._-]{0,127})")


class MediaRows(Database):
    """Keep files, each in a folder of its own under an unguessable name."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        try:
            self.media = home / "media"
            self.media.mkdir(exist_ok=True)
            self.presence = Presence(home)
            self.work = home / "work" / self.presence.engine
            self.work.mkdir(parents=True)
        except BaseException:
            self._db.close()
            raise
        if self.work.stat().st_dev != self.media.stat().st_dev:  # files could not change places
            self.close()
            raise OSError("its folder 'media' is on another disk: move the whole of it there")

    def close(self) -> None:
        """Close the database and leave the home; what was written stays."""
        super().close()
        self.discard(self.work)
        self.presence.leave()

    def live(self) -> None:
        """Give a sign of life, so that another engine can tell since when this one is gone."""
        with suppress(OSError):
            os.utime(self.work)

    def last_seen(self, engine: str) -> float:
        """Return when an engine gave its last sign, in seconds since the epoch; 0 when unknown."""
        try:
            return self.work.with_name(engine).stat().st_mtime
        except OSError:
            return 0.0

    def new_folder(self) -> Path:
        """Make an empty folder for a medium under a new unguessable id."""
        folder = self.work / secrets.token_hex(16)
        with room():
            folder.mkdir()
        return folder

    def discard(self, folder: Path) -> None:
        """Remove the folder of a medium that is not wanted."""
        shutil.rmtree(folder, ignore_errors=True)

    def _place(self, folder: Path) -> None:
        folder.rename(self.media / folder.name)

    def take_over_folders(self, engine: str) -> bool:
        """Put a dead engine's finished media in their place, and remove the rest.

        Returns whether nothing is left: a worker that outlived its engine for a moment may still
        have been writing.
        """
        left = self.work.with_name(engine)
        if left.is_dir():
            for folder in left.iterdir():
                if self.medium(folder.name) is not None:
                    with suppress(FileExistsError):
                        self._place(folder)
                else:
                    self.discard(folder)
            self.discard(left)
        return not left.exists()

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
        """Acknowledge what lies complete in ``folder``, which is moved to its place.

        Until then it does not exist. The row comes first: when the engine dies before the move,
        the next one makes up for it.
        """
        medium = Medium(
            folder.name, session.account, session.id, kind, name, filename, info, time.time()
        )
        with self.transaction() as db:
            db.execute(
                "INSERT INTO medium VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    medium.id,
                    medium.account,
                    medium.session,
                    kind,
                    name,
                    filename,
                    json.dumps(info),
                    medium.created,
                    size_of(folder),
                ),
            )
            self._afterwards.append(partial(self._place, folder))
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
        with self.transaction() as db:
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

    def used(self, account: str | None = None) -> int:
        """Add up the bytes of an account's media, or of everybody's."""
        row = self._one(
            "SELECT coalesce(sum(size), 0) FROM medium WHERE ? IS NULL OR account = ?",
            account,
            account,
        )
        return int(row[0]) if row else 0

    def free(self) -> int:
        """Count the bytes that are left on the disk."""
        return shutil.disk_usage(self.home).free

    def known_media(self) -> set[str]:
        """Give the ids of all media."""
        return {row["id"] for row in self._all("SELECT id FROM medium")}

    def remove_media(self, media: Collection[str]) -> None:
        """Forget media, and what was made of them, then remove their files."""
        with self.transaction() as db:
            for medium in media:
                db.execute("DELETE FROM stems WHERE source = ? OR medium = ?", (medium, medium))
                db.execute("DELETE FROM render WHERE medium = ?", (medium,))
                db.execute("DELETE FROM medium WHERE id = ?", (medium,))
                self._afterwards.append(partial(self.discard, self.media / medium))


def size_of(folder: Path) -> int:
    """Add up the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())


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
