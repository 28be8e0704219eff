"""Incoming: a file that comes from the browser in pieces, each checked, written as it comes."""

from __future__ import annotations

import hashlib
import re
import shutil
import zlib
from pathlib import Path
from typing import IO

from cogwidgets.api import CallerError, FileProblem, FileTooLarge, UnsupportedFile
from cogwidgets.client.sources import MAX_UPLOAD
from cogwidgets.widgets.folder import kind_of

__all__ = ["PIECE", "Damaged", "Incoming"]

PIECE = 4_000_000  # bytes of one message; a notebook server takes 10 MiB at most (facts.md)
_SPARE = 200_000_000  # bytes that stay free on the disk

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


class Damaged(CallerError):
    """A piece did not come as it was sent; it is to be sent again."""


class Incoming:
    """A file on its way, as ``.<name>.part`` until it is whole.

    ``name`` is only a name: what would lead elsewhere is taken out. Raises `UnsupportedFile`,
    `FileTooLarge` and `FileProblem` before anything is written.

    >>> import tempfile
    >>> file = Incoming(Path(tempfile.mkdtemp()), "../a.mp4", 5)
    >>> file.take(0, b"hello", zlib.crc32(b"hello"))
    5
    >>> file.finish().name
    'a.mp4'
    """

    def __init__(self, folder: Path, name: str, size: int) -> None:
        self.name = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).lstrip(". ")[-120:]
        if not kind_of(self.name):
            raise UnsupportedFile(f"{self.name or 'This'} is not a type that can be edited.")
        if size > MAX_UPLOAD:
            raise FileTooLarge(f"{self.name} has {size / 1e6:.0f} MB.", code=4002)
        if size <= 0:
            raise FileProblem(f"{self.name} is empty.", hint="Choose it again.")
        self.size, self.received = size, 0
        self._digest = hashlib.sha256()
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < size + _SPARE:
                raise FileProblem(
                    f"The disk has no room for {self.name}.", hint="Free some space, then again."
                )
            self._part = _free(folder, f".{self.name}.part")
            self._file: IO[bytes] = self._part.open("xb")
        except OSError as error:
            raise FileProblem(f"{folder} cannot be written ({error.strerror}).") from None

    def take(self, offset: int, piece: bytes | memoryview, crc: int) -> int:
        """Write one piece; return how many bytes are there.

        Raises `Damaged` for one that is not the next, or differs from its CRC-32.
        """
        if offset != self.received or self.received + len(piece) > self.size:
            raise Damaged(f"A piece of {self.name} came out of turn.", hint="Choose it again.")
        if zlib.crc32(piece) != crc:
            raise Damaged(f"A piece of {self.name} came damaged.", hint="Choose it again.")
        self._file.write(piece)
        self._digest.update(piece)
        self.received += len(piece)
        return self.received

    @property
    def sha256(self) -> str:
        """The SHA-256 of what has come, in hexadecimal."""
        return self._digest.hexdigest()

    def finish(self) -> Path:
        """Give the whole file its name, one that no other has; return the path."""
        if self.received != self.size:
            raise Damaged(f"{self.name} did not come whole.", hint="Choose it again.")
        self._file.close()
        self.path = _free(self._folder, self.name)
        self._part.rename(self.path)
        return self.path

    def drop(self) -> None:
        """Take away what has come."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def _free(folder: Path, name: str) -> Path:
    """Return a path that is not taken: "a.mp4", else "a 2.mp4"."""
    path, count = folder / name, 1
    while path.exists():
        count += 1
        path = folder / f"{Path(name).stem} {count}{Path(name).suffix}"
    return path
