"""Schema: the tables of the store, and the rows that are read from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "DEATHS",
    "MIGRATIONS",
    "SCHEMA",
    "SCHEMA_VERSION",
    "Account",
    "MediaKind",
    "Medium",
    "OpenTurn",
    "Render",
    "RenderStatus",
    "Session",
    "Stems",
]

MediaKind = Literal["upload", "speech", "denoised", "music", "thumbnail", "render"]
RenderStatus = Literal["pending", "processing", "completed", "failed"]

# What so many engines have died of, or with, is not taken up again: it may be why.
DEATHS = 10
SCHEMA_VERSION = 3
# As version 1 was; what came later is added below, so that old homes and new ones are the same.
SCHEMA = """
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL UNIQUE,      -- hash of the X-Client-Id: it is what gives the account back
    available INTEGER NOT NULL,
    frozen INTEGER NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE TABLE token (
    hash TEXT PRIMARY KEY,            -- never the token itself
    account TEXT NOT NULL REFERENCES account,
    expires REAL NOT NULL
) STRICT;
CREATE TABLE session (
    id TEXT PRIMARY KEY,              -- 19 decimal digits
    task TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE TABLE claim (
    hash TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES session,
    expires REAL NOT NULL
) STRICT;
CREATE TABLE draft (
    session TEXT NOT NULL REFERENCES session,
    version INTEGER NOT NULL,         -- from 1; every version is kept
    body TEXT NOT NULL,
    reason TEXT NOT NULL,             -- the edit that made it
    created REAL NOT NULL,
    PRIMARY KEY (session, version)
) STRICT;
CREATE TABLE medium (
    id TEXT PRIMARY KEY,              -- unguessable; the folder home/media/<id>
    account TEXT NOT NULL REFERENCES account,
    session TEXT NOT NULL REFERENCES session,
    kind TEXT NOT NULL,               -- upload, speech, music, render
    name TEXT NOT NULL,               -- on disk: made by safe_name
    filename TEXT NOT NULL,           -- as given: shown, never a path
    info TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX medium_of_session ON medium (session, created);
CREATE TABLE stems (
    source TEXT NOT NULL REFERENCES medium,
    strength TEXT NOT NULL,
    medium TEXT NOT NULL REFERENCES medium,
    PRIMARY KEY (source, strength)
) STRICT;
CREATE TABLE turn (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES session,
    message TEXT NOT NULL,
    answer TEXT,                      -- NULL while it is worked on
    error TEXT,
    created REAL NOT NULL,
    finished REAL
) STRICT;
CREATE TABLE render (
    account TEXT NOT NULL REFERENCES account,
    id TEXT NOT NULL,                 -- chosen by the client
    session TEXT NOT NULL REFERENCES session,
    draft TEXT NOT NULL,
    output TEXT NOT NULL,
    status TEXT NOT NULL,
    progress REAL NOT NULL,           -- 0 to 1
    medium TEXT REFERENCES medium,
    error TEXT,
    owner TEXT,                       -- the engine at work on it
    touched REAL NOT NULL,            -- when that engine last said so
    created REAL NOT NULL,
    finished REAL,
    PRIMARY KEY (account, id)
) STRICT;
"""
MIGRATIONS = (
    """
ALTER TABLE token ADD COLUMN scopes TEXT NOT NULL DEFAULT '*';
ALTER TABLE turn ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE medium ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
CREATE INDEX medium_of_account ON medium (account, size);
CREATE TABLE hold (                   -- credits that are frozen
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account,
    amount INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    owner TEXT NOT NULL,              -- the engine at work on what they are for
    created REAL NOT NULL
) STRICT;
CREATE TABLE issue (                  -- tokens given, while the giving is limited
    client TEXT NOT NULL,             -- hashes
    address TEXT NOT NULL,
    given REAL NOT NULL
) STRICT;
""",
    """
ALTER TABLE turn ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE turn ADD COLUMN abandoned REAL NOT NULL DEFAULT 0;
ALTER TABLE turn ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
ALTER TABLE render ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
CREATE INDEX turn_of_session ON turn (session);
CREATE INDEX turn_open ON turn (owner) WHERE finished IS NULL;
CREATE INDEX render_open ON render (account) WHERE status IN ('pending', 'processing');
""",
)


@dataclass(frozen=True)
class Account:
    """Who a bearer token stands for."""

    id: str
    available: int
    frozen: int
    scopes: frozenset[str] = field(
        default=frozenset(), compare=False
    )  # of the token that it was found by


@dataclass(frozen=True)
class Session:
    """One conversation about one draft."""

    id: str
    task: str
    account: str
    name: str
    language: str


@dataclass(frozen=True)
class OpenTurn:
    """A message that is not answered yet."""

    id: str
    account: str
    session: str
    message: str
    abandoned: float  # seconds since the epoch: when the last engine let go of it
    deaths: int  # of engines while they worked on it


@dataclass(frozen=True)
class Medium:
    """A file, or a folder of stems, that the engine keeps."""

    id: str
    account: str
    session: str
    kind: MediaKind
    name: str
    filename: str
    info: dict[str, Any]
    created: float

    @property
    def url(self) -> str:
        """Give the path part of its URL, as drafts name it."""
        return f"/media/{self.id}/{self.name}"


@dataclass(frozen=True)
class Stems:
    """What separating one medium at one strength gave."""

    source: str
    strength: str
    medium: Medium


@dataclass(frozen=True)
class Render:
    """A draft on its way to a file."""

    account: str
    id: str
    session: str
    draft: dict[str, Any]
    output: dict[str, Any]
    status: RenderStatus
    progress: float
    medium: str | None
    error: dict[str, Any] | None
    owner: str | None
    touched: float
    created: float
    finished: float | None
    deaths: int  # of engines while they worked on it
