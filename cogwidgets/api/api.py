"""Api: the service's HTTP API, synchronously, one method an endpoint.

Paths, bodies and answers are those of contract.md, "Endpoints".
"""

from __future__ import annotations

import contextlib
import json
import mimetypes
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Self, TypeVar

import httpx

from cogwidgets.api.errors import FileProblem, ServiceError, StreamBroken
from cogwidgets.api.events import Event, events_of
from cogwidgets.api.exchange import Exchange
from cogwidgets.api.sse import ServerSentEvent, iter_events
from cogwidgets.api.wire import (
    Claim,
    Credits,
    Output,
    RenderStatus,
    SessionIds,
    State,
    Uploads,
    number,
)
from cogwidgets.plural import counted
from cogwidgets.settings import web_url
from cogwidgets.trace import call_of

__all__ = ["Api", "Progress"]

APP = "nemo_agent"
_PARTIAL, _UNSATISFIABLE = 206, 416  # RFC 9110, 15.3.7 and 15.5.17

_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")  # RFC 9110, 14.4

_T = TypeVar("_T")

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0 where nobody says)


class Api(Exchange):
    """Speak the contract to one base URL.

    Makes no request until a method is called; asks for an anonymous token before the first call
    that needs one. Every exchange is written to ``calls``, masked. Errors are those of
    `cogwidgets.api.errors`. ``waits.stop()`` ends whatever runs, in whichever thread.

    >>> from cogwidgets.api import Credentials
    >>> api = Api("http://127.0.0.1:9", credentials=Credentials(client_id="a-client"))
    >>> api
    <Api http://127.0.0.1:9 · 0 calls>
    """

    # -- accounts ---------------------------------------------------------------------------

    def credits(self) -> Credits:
        """Read the account's credits."""
        return Credits.read(self.call("GET", "/api/credits/balance/simple", "read the credits"))

    # -- sessions ---------------------------------------------------------------------------

    def create_session(self, name: str = "project", language: str = "en") -> SessionIds:
        """Make a session; its id names it in every later call."""
        made = SessionIds.read(
            self.call(
                "POST",
                f"/api/tasks/me/with-session/{APP}",
                "create the session",
                json={"task_name": name, "language": language},
            )
        )
        self.account_id = made.user_id or self.account_id
        if not made.session_id:
            raise ServiceError("The service named no session.", hint="Look at client.calls[-1].")
        return made

    def claim_token(self, task_id: str, session_id: str) -> Claim:
        """Ask for a token, and its link, with which a registered user takes a session over."""
        answer = self.call(
            "POST",
            "/api/auth/claim-token",
            "get a claim token",
            json={"task_id": task_id, "session_id": session_id},
        )
        return Claim.read(answer, web_url())

    def state(self, session_id: str) -> State:
        """Read the session's state."""
        path = f"/api/state/{APP}/me/{session_id}/latest"
        data = self.call("GET", path, "read the session state")
        user = data.get("user_id")
        self.account_id = user if isinstance(user, str) and user else self.account_id
        return State.read(data)

    def absolute(self, url: str) -> str:
        """Complete a URL that may be a path of this service."""
        return str(httpx.URL(self.base_url).join(url))

    def sketch(self, url: str) -> dict[str, Any]:
        """Read what a view draws of a medium, from the ``sketch_url`` that the state gives it.

        An engine has them, the service has none. Raises `ServiceError` where it cannot be drawn.
        """
        there = httpx.URL(self.base_url).join(url)
        return self.call("GET", there.raw_path.decode("ascii"), "sketch a medium")

    def run_sse(
        self, session_id: str, text: str, *, streaming: bool = False
    ) -> Generator[Event, None, None]:
        """Send one message and yield its events as they come.

        The request leaves when the first event is asked for, exactly once: a message is never sent
        again, since that would edit twice (contract.md, "The SSE stream"). Closing the iterator
        closes the stream. ``streaming`` asks an Agent Development Kit server for deltas, which the
        service decides by itself. Raises `StreamBroken` when the stream is cut or falls silent for
        `Patience.silence`.
        """
        body = {
            "app_name": APP,
            "user_id": "me",
            "session_id": session_id,
            "new_message": {"parts": [{"text": text}]},
            **({"streaming": True} if streaming else {}),
        }
        with contextlib.ExitStack() as stack:
            with self.working() as since:
                response = stack.enter_context(
                    self.stream(
                        "POST",
                        "/run_sse",
                        "send the message",
                        section="The SSE stream",
                        kind="text/event-stream",
                        json=body,
                        headers={"Accept": "text/event-stream"},
                        silence=self.patience.silence,
                    )
                )
            for sent in self._stoppable(iter_events(response.iter_bytes()), since):
                yield from self._events(sent)

    def _stoppable(self, items: Iterator[_T], since: int) -> Iterator[_T]:
        """Yield items as a part of the operation that began with them."""
        while True:
            with self.working(since=since):
                self.waits.check()
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item

    def _events(self, sent: ServerSentEvent) -> list[Event]:
        """Read an event; where it holds a secret that we know, its words are masked first."""
        if self.mask.text(sent.data) != sent.data:
            with contextlib.suppress(ValueError, RecursionError):
                clean = _cleaned(json.loads(sent.data), self.mask.known)
                return events_of(sent._replace(data=json.dumps(clean)))
        return events_of(sent)

    # -- media ------------------------------------------------------------------------------

    def upload(
        self, session_id: str, paths: Sequence[Path], progress: Progress | None = None
    ) -> Uploads:
        """Upload files, read from disk as they are sent.

        Raises `FileProblem` for a file that cannot be read, `UnsupportedFile` and `FileTooLarge` as
        the service says.
        """
        with contextlib.ExitStack() as stack:
            sent = _Sent(progress)
            files = []
            for path in paths:
                file = _Watched(stack.enter_context(_open(path)), path, sent)
                sent.total += file.size
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                # A secret must not travel as a name; a name that is no text cannot.
                name = self.mask.known(path.name).encode("utf-8", "replace").decode()
                files.append(("files", (name, file, kind)))
            data = self.call("POST", self._upload_path(session_id), "upload the file", files=files)
        return _uploads(data)

    def upload_urls(self, session_id: str, urls: Sequence[str]) -> Uploads:
        """Have the service fetch files by their URLs."""
        body = {"urls": list(urls), "source_type": "url"}
        return _uploads(
            self.call("POST", self._upload_path(session_id), "upload by URL", json=body)
        )

    def _upload_path(self, session_id: str) -> str:
        return f"/api/upload-video/{APP}/me/{session_id}"

    # -- renders ----------------------------------------------------------------------------

    def submit_render(
        self, render_id: str, session_id: str, draft: dict[str, Any], output: Output
    ) -> RenderStatus:
        """Ask for a render of the draft; never repeated with the same call."""
        body = {
            "id": render_id,
            "sessionId": session_id,
            "draft": draft,
            "output": {"format": output.format, "quality": output.quality},
        }
        data = self.call("POST", "/api/render/proxy/lambda", "submit the render", json=body)
        return RenderStatus.read(data, render_id)

    def render(self, render_id: str) -> RenderStatus:
        """Read where a render stands."""
        path = f"/api/render/proxy/lambda/{render_id}"
        return RenderStatus.read(self.call("GET", path, "poll the render"), render_id)

    def cancel_render(self, render_id: str) -> RenderStatus:
        """Ask for a render to be ended."""
        path = f"/api/render/proxy/lambda/{render_id}/cancel"
        return RenderStatus.read(self.call("POST", path, "cancel the render"), render_id)

    def download(
        self,
        url: str,
        file: IO[bytes],
        progress: Progress | None = None,
        *,
        etag: str = "",
        named: Callable[[str], None] | None = None,
    ) -> None:
        """Write what stands at a URL, or at a path of this service, into a file.

        ``named`` is told the result's ETag before its first byte. What the file holds already is
        not asked for again when ``etag`` still names it (RFC 9110, 14.2 and 13.1.5); otherwise it
        is written anew. The bearer token is sent to this service
        only, never to another host. Raises `StreamBroken` when fewer bytes come than were
        announced: the file keeps those.
        """
        ours = httpx.URL(self.base_url)
        there = ours.join(url)
        own = (there.scheme, there.netloc) == (ours.scheme, ours.netloc)
        # RFC 9110, 8.8.3: a weak tag names no bytes; one that is not ASCII cannot be sent back.
        have = file.seek(0, 2) if etag.startswith('"') and etag.isascii() else 0
        headers = {"Accept-Encoding": "identity"}  # the length that is announced is the file's
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": etag}
        try:
            with (
                self.working(),
                self.stream(
                    "GET",
                    str(there),
                    "download the result",
                    as_="bearer" if own else "nobody",
                    headers=headers,
                ) as response,
            ):
                if named:
                    named(response.headers.get("etag", ""))
                _write(response, file, have, progress)
                return
        except ServiceError as error:
            if not have or error.code != _UNSATISFIABLE:
                raise
        self.download(url, file, progress, named=named)

    def download_render(
        self,
        render_id: str,
        file: IO[bytes],
        progress: Progress | None = None,
        *,
        etag: str = "",
        named: Callable[[str], None] | None = None,
    ) -> None:
        """Download a render by its id, where its URL cannot be reached; see `download`."""
        path = f"{self.base_url}/api/render/proxy/{render_id}/download"
        self.download(path, file, progress, etag=etag, named=named)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Api {self.base_url} · {counted(len(self.calls), 'call')}>"


def _write(response: httpx.Response, file: IO[bytes], have: int, progress: Progress | None) -> None:
    said = _RANGE.fullmatch(response.headers.get("content-range", ""))
    goes_on = response.status_code == _PARTIAL and said is not None and int(said[1]) == have
    if response.status_code == _PARTIAL and not goes_on:
        message = "The service sent another part than was asked for."
        raise StreamBroken(message, hint="Try again.", call=call_of(response))
    done = have if goes_on else 0
    file.seek(done)
    file.truncate()
    announced = number(response.headers.get("content-length"))
    total = done + int(announced) if announced else 0
    for chunk in response.iter_bytes():
        file.write(chunk)
        done += len(chunk)
        if progress:
            progress(done, total)
    if total and done != total:
        message = f"The download ended after {done} of {total} bytes."
        raise StreamBroken(message, hint="Try again.", call=call_of(response))


def _uploads(data: dict[str, Any]) -> Uploads:
    done = Uploads.read(data)
    if not done.files:
        raise ServiceError(
            "The service took the upload but names no file.", hint="Look at session.state()."
        )
    return done


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {clean(key): _cleaned(inner, clean) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner, clean) for inner in value]
    return clean(value) if isinstance(value, str) else value


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise FileProblem(f"{path} cannot be read ({error.strerror}).") from None


class _Sent:
    """Add up what has been read of all files for the caller's progress."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done = 0
        self.total = 0

    def add(self, count: int) -> None:
        self._done += count
        if self._progress:
            self._progress(self._done, self.total)


class _Watched:
    """A file as httpx reads one: of the length it began with, telling how far it has been read."""

    def __init__(self, file: IO[bytes], path: Path, sent: _Sent) -> None:
        self._file = file
        self._path = path
        self._sent = sent
        self._read = 0
        self.size = path.stat().st_size
        self.tell, self.fileno = file.tell, file.fileno

    def read(self, size: int = -1) -> bytes:
        left = self.size - self._read
        block = self._file.read(left if size < 0 else min(size, left))
        if left and size and not block:
            raise FileProblem(f"{self._path} was cut while it was uploaded.", hint="Try again.")
        self._read += len(block)
        self._sent.add(len(block))
        return block

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go back to the start, as httpx does before it sends a file once more."""
        self._sent.add(-self._read)
        self._read = 0
        return self._file.seek(offset, whence)
