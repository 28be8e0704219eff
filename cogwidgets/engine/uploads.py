"""Uploads: files from a request or a URL, checked before they count.

A file exists for the session only once the probe has read it and the store has its row. Whatever
goes wrong before that removes every file of the same request.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from cogwidgets.engine.errors import FileTooLarge, Refusal, UnsupportedFile
from cogwidgets.engine.fetch import Unfetchable, blocks_of
from cogwidgets.engine.incoming import Batch, Form
from cogwidgets.engine.jobs import JobError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cogwidgets.engine.incoming import File
    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.policy import Policy
    from cogwidgets.engine.schema import Medium, Session
    from cogwidgets.engine.store import Store

__all__ = ["Uploads"]


class Uploads:
    """Take files into a session, within what the policy allows."""

    def __init__(self, store: Store, jobs: Jobs, policy: Policy) -> None:
        self._store = store
        self._jobs = jobs
        self._policy = policy

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
        batch = Batch(self._store, self._policy, session.account)
        with batch:
            try:
                form = Form(boundary, batch)
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
        """Take files by URL: http and https, and where the policy allows it ``file`` too.

        Raises
        ------
        Refusal
            The URL gives nothing, or leads to where it must not (400); else as `receive`.

        """
        if not urls or len(urls) > self._policy.files:
            raise Refusal(f"Give between one and {self._policy.files} URLs.")
        with Batch(self._store, self._policy, session.account) as batch:
            for url in urls:
                try:
                    await self._copy(url, batch)
                except Unfetchable as error:
                    shown = url if len(url) <= 200 else url[:197] + "..."  # noqa: PLR2004
                    raise Refusal(
                        f"{shown} cannot be fetched ({error}): check the address."
                    ) from error
            return await self._accept(session, batch)

    async def _copy(self, url: str, batch: Batch) -> None:
        """Bring what a URL gives into the batch."""
        try:
            batch.begin(unquote(PurePosixPath(urlsplit(url).path).name))
        except ValueError as error:
            raise Unfetchable("it is no URL") from error
        blocks = blocks_of(url, local=self._policy.local_urls)
        try:
            while block := await asyncio.to_thread(next, blocks, b""):
                batch.append(block)
                await batch.flush()
        finally:
            with suppress(ValueError):  # a thread is still in it: it ends with its block
                blocks.close()
        batch.end()
        await batch.flush(all_of_it=True)

    async def _accept(self, session: Session, batch: Batch) -> list[Medium]:
        await batch.flush(all_of_it=True)
        for file in batch.files:
            if not file.size:
                raise UnsupportedFile(f"{file.shown} is empty: choose another file.")
        try:
            async with asyncio.TaskGroup() as group:
                probing = [group.create_task(self._probe(session, one)) for one in batch.files]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None  # the others were cancelled with it
        return batch.add(session, [task.result() for task in probing])

    async def _probe(self, session: Session, file: File) -> dict[str, Any]:
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
        self._check(found, file)
        if "warning" in found:
            found["warning"] = found["warning"].replace(file.name, file.shown)
        return {**found, "size": file.size, "hash": file.digest.hexdigest()}

    def _check(self, found: dict[str, Any], file: File) -> None:
        """Refuse what is small as a file and enormous as pictures or sound."""
        policy = self._policy
        pixels = (found["width"] or 0) * (found["height"] or 0)
        frames = found["duration"] * (found["fps"] or 0)
        for is_, most, words in (
            (found["duration"], policy.seconds, f"is longer than {policy.seconds / 3600:g} hours"),
            (pixels, policy.pixels, f"has more than {policy.pixels / 1e6:g} million pixels"),
            (len(found["audio"]), policy.tracks, f"has more than {policy.tracks} sound tracks"),
            (frames, policy.frames, f"has more than {policy.frames} pictures"),
        ):
            if is_ > most:
                raise FileTooLarge(f"{file.shown} {words}: send less.")
