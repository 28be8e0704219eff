"""Policy: what an engine allows whom; the defaults suit one person on one machine."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GIGABYTE", "SHARED", "WEEK", "Policy"]

WEEK = 7 * 24 * 3600
GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Policy:
    """Say what is allowed, and what it costs.

    ``credits`` makes edits cost credits: each anonymous account has ``credit`` of them, once.
    ``one_token`` gives a client one token in 7 days, and an address ten (contract.md, "Errors",
    429). A token is good for ``token_seconds``.

    A file may have ``file_bytes``, ``seconds``, ``pixels``, ``tracks`` of sound and ``frames``; a
    request ``files`` of them; a draft ``draft_tracks`` and ``segments``. An account may have
    ``open_jobs`` messages and renders at a time, and ``account_bytes`` of media; ``free_bytes`` of
    the disk stay free. Media of a session that nobody has used for ``keep_days`` are removed; None
    keeps them.

    ``local_urls`` lets uploads by URL name files of this machine and addresses of private
    networks, which is for an engine whose callers may read those anyway.

    >>> Policy().credits, SHARED.credits, SHARED.one_token
    (False, True, True)
    """

    credits: bool = False
    credit: int = 100
    one_token: bool = False
    token_seconds: float = WEEK

    file_bytes: int = 500_000_000  # contract.md, "Uploads": 500 MB at most
    files: int = 50
    seconds: float = 6 * 3600
    pixels: int = 64_000_000  # what the largest phones' photographs have, and 8K twice
    tracks: int = 16
    frames: int = 2_000_000  # 9 hours at 60 a second
    draft_tracks: int = 100
    segments: int = 2_000
    open_jobs: int = 50

    account_bytes: int | None = None
    free_bytes: int = 0
    keep_days: float | None = None
    local_urls: bool = False


# For a service that strangers use.
SHARED = Policy(
    credits=True,
    one_token=True,
    seconds=2 * 3600,
    open_jobs=8,
    account_bytes=5 * GIGABYTE,
    free_bytes=2 * GIGABYTE,
    keep_days=7,
)
