"""Uploads: bytes from a request or a URL, straight to disk, checked before they count.

A file is written to ``<name>.part`` in a folder of its own, forced to disk and renamed; it exists
for the session only once the probe has read it and the store has its row. Whatever goes wrong
before that removes the folder of every file of the same request.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from cogwidgets.engine.errors import FileTooLarge, Refusal, UnsupportedFile
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.store import safe_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import BinaryIO

    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.schema import Medium, Session
    from cogwidgets.engine.store import Store

__all__ = ["FILE_LIMIT", "Uploads"]

FileType = Literal["video", "image", "audio"]

FILE_LIMIT = 500_000_000  # bytes a file (contract.md, "Uploads": 500 MB at most)
FILES_AT_MOST = 50
BLOCK = 2**20  # bytes gathered before a thread writes them
URL_SECONDS = 60
FORMATS: dict[str, FileType] = {
    **dict.fromkeys((".mp4", ".mov", ".avi", ".webm", ".mkv"), "video"),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".gif", ".webp"), "image"),
    **dict.fromkeys((".mp3", ".wav", ".m4a", ".aac"), "audio"),
}
SUPPORTED = "mp4, mov, avi, webm, mkv, jpg, png, gif, webp, mp3, wav, m4a, aac"


class Uploads:
    """Take files into a session.

    Parameters
    ----------
    local_urls
        Whether ``file://`` and http(s) URLs may be fetched: an engine that serves this machine
        alone reads what its user can read anyway; a shared one must not.

    """

    def __init__(self, store: Store, jobs: Jobs, *, local_urls: bool) -> None:
        self._store = store
        self._jobs = jobs
        self._local_urls = local_urls

    async def receive(
        self, session: Session, content_type: str, chunks: AsyncIterator[bytes]
    ) -> list[Medium]:
        """Take the parts named ``files`` of a multipart body, as it streams in.

        Raises
        ------
        Refusal
            The body is no multipart form or has no such part (400), a type is not taken
            (`UnsupportedFile`), a file is over the limit (`FileTooLarge`).

        """
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise Refusal(
                "Send the files as multipart/form-data in parts named 'files', or their URLs as "
                'JSON: {"urls": ["..."], "source_type": "url"}.'
            )
        batch = _Batch(self._store)
        with batch:
            try:
                form = _Form(boundary, batch)
                async for chunk in chunks:
                    form.feed(chunk)
                    await batch.flush()
                form.end()
            except FormParserError as error:
                raise Refusal(f"The multipart body cannot be read ({error}); send it again.") from (
                    error
                )
            if not batch.files:
                raise Refusal("There is no file in the request: name the parts 'files'.")
            return await self._accept(session, batch)

    async def fetch(self, session: Session, urls: list[str]) -> list[Medium]:
        """Take files by URL: ``file://`` and http(s).

        Raises
        ------
        Refusal
            This engine does not fetch, or the URL gives nothing (400); else as `receive`.

        """
        if not self._local_urls:
            raise Refusal("This engine fetches no URLs: send the file itself in a part 'files'.")
        if not urls or len(urls) > FILES_AT_MOST:
            raise Refusal(f"Give between one and {FILES_AT_MOST} URLs.")
        with _Batch(self._store) as batch:
            for url in urls:
                batch.begin(unquote(PurePosixPath(urlsplit(url).path).name))
                await _copy(url, batch)
                batch.end()
                await batch.flush(all_of_it=True)
            return await self._accept(session, batch)

    async def _accept(self, session: Session, batch: _Batch) -> list[Medium]:
        await batch.flush(all_of_it=True)
        infos = []
        for file in batch.files:
            if not file.size:
                raise UnsupportedFile(f"{file.shown} is empty: choose another file.")
            infos.append(await self._probe(session, file))
        return batch.add(session, infos)

    async def _probe(self, session: Session, file: _File) -> dict[str, Any]:
        try:
            found = await self._jobs.run(
                {"kind": "probe", "source": str(file.path)}, owner=session.account
            )
        except JobError as error:
            message = error.message.replace(file.name, file.shown)  # the disk's name means nothing
            if error.code == "too_large":
                raise FileTooLarge(message) from error
            if error.code in {"unreadable", "unsupported", "no_audio"}:
                raise UnsupportedFile(message) from error
            raise JobError(error.code, message) from error
        if "warning" in found:
            found["warning"] = found["warning"].replace(file.name, file.shown)
        return {**found, "size": file.size, "hash": file.digest.hexdigest()}


@dataclass
class _File:
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
        return self.folder / self.name

    @property
    def shown(self) -> str:
        name = self.filename if len(self.filename) <= 80 else self.filename[:77] + "..."  # noqa: PLR2004
        return f"'{name}'"

    def append(self, data: bytes) -> None:
        """Take bytes into memory, where the next `write` finds them."""
        self.size += len(data)
        if self.size > FILE_LIMIT:
            raise FileTooLarge(
                f"{self.shown} is over the limit of {FILE_LIMIT // 1_000_000} MB: "
                "compress or trim it."
            )
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
        if self._stream is not None:
            self._stream.close()


class _Batch:
    """The files of one request: all of them are taken, or none."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = False
        self.files: list[_File] = []
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self.files:
            file.close()
            if not self._kept:
                self._store.discard(file.folder)

    def begin(self, filename: str) -> None:
        suffix = "." + filename.rpartition(".")[2].lower()
        if suffix not in FORMATS:
            shown = filename if len(filename) <= 80 else filename[:77] + "..."  # noqa: PLR2004
            raise UnsupportedFile(f"'{shown}' is of a type that is not taken: use {SUPPORTED}.")
        if len(self.files) == FILES_AT_MOST:
            raise Refusal(f"Send at most {FILES_AT_MOST} files at a time.")
        folder = self._store.new_folder()
        self.files.append(_File(folder, filename, safe_name(filename, suffix)))

    def append(self, data: bytes) -> None:
        self.files[-1].append(data)

    def end(self) -> None:
        self.files[-1].ended = True

    async def flush(self, *, all_of_it: bool = False) -> None:
        """Write what has gathered, in a thread, so that a slow disk delays nobody else."""
        for file in self.files[self._written :]:
            if all_of_it or file.ended or sum(map(len, file.waiting)) >= BLOCK:
                try:
                    await asyncio.to_thread(file.write)
                except OSError as error:
                    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                        raise JobError(
                            "disk_full", "The disk is full: free some space and upload again."
                        ) from error
                    raise
            if not file.ended:
                break
            self._written += 1

    def add(self, session: Session, infos: list[dict[str, Any]]) -> list[Medium]:
        media = [
            self._store.add_medium(
                file.folder, session, "upload", name=file.name, filename=file.filename, info=info
            )
            for file, info in zip(self.files, infos, strict=True)
        ]
        self._kept = True
        return media


class _Form:
    """Feed a multipart body to a batch, part by part."""

    def __init__(self, boundary: bytes, batch: _Batch) -> None:
        self._batch = batch
        self._headers: dict[str, str] = {}
        self._name = self._value = b""
        self._wanted = self._whole = False
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
        self._parser.write(chunk)

    def end(self) -> None:
        self._parser.finalize()
        if not self._whole:
            raise FormParserError("it ends before its closing boundary")

    def _part(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
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

    def _part_end(self) -> None:
        if self._wanted:
            self._batch.end()

    def _end(self) -> None:
        self._whole = True


def _unescape(filename: str) -> str:
    """Undo what browsers, curl and httpx do to a name (WHATWG HTML, multipart/form-data)."""
    return filename.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


async def _copy(url: str, batch: _Batch) -> None:
    """Bring what a URL gives into the batch's last file."""
    try:
        blocks = await asyncio.to_thread(_open, url)
        while block := await asyncio.to_thread(next, blocks, b""):
            batch.append(block)
            await batch.flush()
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise Refusal(f"{url} cannot be fetched ({reason}): check the address.") from error


def _open(url: str) -> Iterator[bytes]:
    parts = urlsplit(url)
    if parts.scheme == "file":
        if parts.hostname not in {None, "localhost"}:
            raise ValueError("file URLs name files of this machine")
        return _blocks(Path(urllib.request.url2pathname(parts.path)).open("rb"))
    if parts.scheme not in {"http", "https"}:
        raise ValueError("only http, https and file URLs are fetched")
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    # No file or data handlers: a redirect must not lead to what was not asked for.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if local else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    stream = opener.open(url, timeout=URL_SECONDS)
    if stream is None:
        raise ValueError("it redirects to something else than http")
    return _blocks(stream)


def _blocks(stream: Any) -> Iterator[bytes]:
    with stream:
        while block := stream.read(BLOCK):
            yield block
