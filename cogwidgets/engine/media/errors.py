"""What can go wrong with media, in words for the person who gave the file."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Code", "MediaError", "reading", "writing"]

Code = Literal[
    "unreadable", "unsupported", "no_audio", "too_large", "disk_full", "not_writable", "internal"
]

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR}


class MediaError(Exception):
    """Say in one sentence what happened and what to do; `code` says it to programs.

    >>> MediaError("no_audio", "clip.mp4 has no sound, so there is no music to remove.").code
    'no_audio'
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what FFmpeg and the system say about a source into a `MediaError`."""
    import av

    try:
        yield
    except FileNotFoundError as error:
        raise MediaError("unreadable", f"{path.name} does not exist; check its path.") from error
    except PermissionError as error:
        raise MediaError(
            "unreadable", f"{path.name} may not be read; check its permissions."
        ) from error
    except (av.FFmpegError, OSError) as error:
        raise MediaError(
            "unreadable",
            f"{path.name} cannot be read as video, audio or an image: it is damaged or something "
            "else under that name; export it again from where it came from.",
        ) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what FFmpeg and the system say about a target into a `MediaError`."""
    try:
        yield
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise MediaError(
                "disk_full",
                f"The disk is full, so {path.name} could not be written; free some space "
                "and try again.",
            ) from error
        if error.errno in _NOT_WRITABLE:
            raise MediaError(
                "not_writable",
                f"{path.name} cannot be written in {path.parent.name or path.parent}; "
                "choose a folder that exists and that you may write to.",
            ) from error
        raise
