"""Incoming: the bytes of files on their way to disk, and the multipart bodies that carry them.

A file is written to ``<name>.part`` in a folder of its own, forced to disk and renamed. All files
of a request are taken, or none.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from cogwidgets.engine.errors import DiskFull, FileTooLarge, Refusal, UnsupportedFile
from cogwidgets.engine.store import safe_name
from cogwidgets.engine.store.database import room

if TYPE_CHECKING:
    from typing import BinaryIO

    from cogwidgets.engine.policy import Policy
    from cogwidgets.engine.schema import Medium, Session
    from cogwidgets.engine.store import Store

__all__ = ["Batch", "File", "Form"]

FileType = Literal["video", "image", "audio"]

OTHERS = 2**20  # bytes of a form that are no file's
BLOCK = 2**20  # bytes gathered before a thread writes them
FORMATS: dict[str, FileType] = {
    **dict.fromkeys((".mp4", ".mov", ".avi", ".webm", ".mkv"), "video"),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".gif", ".webp"), "image"),
    **dict.fromkeys((".mp3", ".wav", ".m4a", ".aac"), "audio"),
}
SUPPORTED = "mp4, mov, avi, webm, mkv, jpg, png, gif, webp, mp3, wav, m4a, aac"


@dataclass
class File:
    """One file on its way to disk."""

    folder: Path
    filename: str
    name: str
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    waiting: list[bytes] = field(default_factory=list)
    ended: bool = False
    _stream: BinaryIO | None = None

    @property
    def path(self) -> Path:
        """Say where it is once it is whole."""
        return self.folder / self.name

    @property
    def shown(self) -> str:
        """Give its name as a sentence can bear it."""
        name = self.filename if len(self.filename) <= 80 else self.filename[:77] + "..."  # noqa: PLR2004
        return f"'{name}'"

    def append(self, data: bytes) -> None:
        """Take bytes into memory, where the next `write` finds them."""
        self.size += len(data)
        self.waiting.append(data)

    def write(self) -> None:
        """Write what waits; at the end force it to disk and give it its name."""
        if self._stream is None:
            self._stream = self.path.with_name(self.name + ".part").open("xb")
        data = b"".join(self.waiting)
        self.waiting.clear()
        self.digest.update(data)
        self._stream.write(data)
        if self.ended:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            self.path.with_name(self.name + ".part").rename(self.path)

    def close(self) -> None:
        """Close the file on disk."""
        if self._stream is not None:
            self._stream.close()


class Batch:
    """The files of one request: all of them are taken, or none."""

    def __init__(self, store: Store, policy: Policy, account: str) -> None:
        self._store = store
        self._policy = policy
        self._kept = False
        self.files: list[File] = []
        self._written = 0
        self._left: int | None = None  # bytes until the account's media are too many
        if policy.account_bytes is not None:
            self._left = policy.account_bytes - store.used(account)
        self._keep_free()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self.files:
            file.close()
            if not self._kept:
                self._store.discard(file.folder)

    def _keep_free(self) -> None:
        if self._store.free() < self._policy.free_bytes:
            raise DiskFull

    def begin(self, filename: str) -> None:
        """Start on the next file.

        Raises
        ------
        UnsupportedFile
            It is of a type that is not taken.
        Refusal
            There are too many.

        """
        suffix = "." + filename.rpartition(".")[2].lower()
        if suffix not in FORMATS:
            shown = filename if len(filename) <= 80 else filename[:77] + "..."  # noqa: PLR2004
            raise UnsupportedFile(f"'{shown}' is of a type that is not taken: use {SUPPORTED}.")
        if len(self.files) == self._policy.files:
            raise Refusal(f"Send at most {self._policy.files} files at a time.")
        folder = self._store.new_folder()
        self.files.append(File(folder, filename, safe_name(filename, suffix)))

    def append(self, data: bytes) -> None:
        """Take bytes of the current file.

        Raises
        ------
        FileTooLarge
            It is over the limit, or the account's media are.

        """
        file = self.files[-1]
        file.append(data)
        if file.size > self._policy.file_bytes:
            raise FileTooLarge(
                f"{file.shown} is over the limit of {self._policy.file_bytes / 1e6:g} MB: "
                "compress or trim it."
            )
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise self._over(self._policy.account_bytes or 0)

    @staticmethod
    def _over(most: int) -> FileTooLarge:
        return FileTooLarge(
            f"The account's media would be over the limit of {most / 1e9:g} GB: upload less."
        )

    def end(self) -> None:
        """Say that the current file is whole."""
        self.files[-1].ended = True

    async def flush(self, *, all_of_it: bool = False) -> None:
        """Write what has gathered, in a thread, so that a slow disk delays nobody else."""
        for file in self.files[self._written :]:
            if all_of_it or file.ended or sum(map(len, file.waiting)) >= BLOCK:
                self._keep_free()
                with room():
                    await asyncio.to_thread(file.write)
            if not file.ended:
                break
            self._written += 1

    def add(self, session: Session, infos: list[dict[str, Any]]) -> list[Medium]:
        """Acknowledge the files, with what was found out about each."""
        with self._store.transaction():
            # Another upload of the account may have come in meanwhile.
            most, size = self._policy.account_bytes, sum(file.size for file in self.files)
            if most is not None and self._store.used(session.account) + size > most:
                raise self._over(most)
            media = [
                self._store.add_medium(
                    file.folder,
                    session,
                    "upload",
                    name=file.name,
                    filename=file.filename,
                    info=info,
                )
                for file, info in zip(self.files, infos, strict=True)
            ]
        self._kept = True
        return media


class Form:
    """Feed a multipart body to a batch, part by part."""

    def __init__(self, boundary: bytes, batch: Batch) -> None:
        self._batch = batch
        self._headers: dict[str, str] = {}
        self._name = self._value = b""
        self._wanted = self._whole = False
        self._others = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Take a piece of the body, cut anywhere."""
        self._parser.write(chunk)

    def end(self) -> None:
        """Say that the body is over."""
        self._parser.finalize()
        if not self._whole:
            raise FormParserError("it ends before its closing boundary")

    def _part(self) -> None:
        self._headers = {}

    def _beside(self, size: int) -> None:
        """Count what is no file's content."""
        self._others += size
        if self._others > OTHERS:
            raise FileTooLarge("There is too much beside the files: send them alone.")

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._beside(end - start)
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._beside(end - start)
        self._value += data[start:end]

    def _header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        filename = options.get(b"filename")
        self._wanted = options.get(b"name") == b"files" and filename is not None
        if self._wanted and filename is not None:
            self._batch.begin(_unescape(filename.decode("utf-8", errors="replace")))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._batch.append(data[start:end])
        else:
            self._beside(end - start)

    def _part_end(self) -> None:
        if self._wanted:
            self._batch.end()

    def _end(self) -> None:
        self._whole = True


def _unescape(filename: str) -> str:
    """Undo what browsers, curl and httpx do to a name (WHATWG HTML, multipart/form-data)."""
    return filename.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
