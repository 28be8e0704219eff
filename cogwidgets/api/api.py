"""Api: the service's HTTP API, synchronously, one method an endpoint.

Paths, bodies and answers are those of contract.md, "Endpoints". This is the one module that speaks
httpx to the service.
"""

from __future__ import annotations

import contextlib
import json
import mimetypes
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Self

import httpx

from cogwidgets.api.auth import Credentials
from cogwidgets.api.errors import (
    ConnectionFailed,
    FileProblem,
    ServiceError,
    StreamBroken,
    TokenExpired,
    error_for,
)
from cogwidgets.api.events import Event, events_of
from cogwidgets.api.sse import iter_events
from cogwidgets.api.wire import Credits, Output, RenderStatus, SessionIds, Token, Upload
from cogwidgets.settings import Attribution, attribution
from cogwidgets.trace import CallLog, Mask, RecordingTransport, call_of

__all__ = ["Api"]

APP = "nemo_agent"
_TIMEOUT = httpx.Timeout(60, connect=10)
_STREAM_TIMEOUT = httpx.Timeout(60, connect=10, read=600)  # contract.md: ten minutes of nothing
_CHUNK = 1 << 18

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0 where nobody says)


class Api:
    """Speak the contract to one base URL.

    Makes no request until a method is called; asks for an anonymous token before the first call
    that needs one. Every exchange is written to ``calls``, masked. Errors are those of
    `cogwidgets.api.errors`.

    >>> api = Api("http://127.0.0.1:9", credentials=Credentials(client_id="a-client"))
    >>> api
    <Api http://127.0.0.1:9 · 0 calls>
    """

    def __init__(
        self,
        base_url: str,
        *,
        credentials: Credentials,
        who: Attribution | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.calls = CallLog()
        self.mask = Mask(credentials.client_id, *filter(None, [credentials.given]))
        self._credentials = credentials
        self._http = httpx.Client(
            base_url=self.base_url,
            headers=(who or attribution()).headers(),
            timeout=_TIMEOUT,
            transport=RecordingTransport(transport or httpx.HTTPTransport(), self.calls, self.mask),
        )

    # -- accounts ---------------------------------------------------------------------------

    def anonymous_token(self) -> Token:
        """Ask for an anonymous token, whether or not one is in use."""
        return Token.read(
            self._call(
                "POST",
                "/api/auth/anonymous-token",
                "get an anonymous token",
                headers=self._credentials.asking(),
                authorized=False,
            )
        )

    def credits(self) -> Credits:
        """Read the account's credits."""
        return Credits.read(self._call("GET", "/api/credits/balance/simple", "read the credits"))

    # -- sessions ---------------------------------------------------------------------------

    def create_session(self, name: str = "project", language: str = "en") -> SessionIds:
        """Make a session; its id names it in every later call."""
        return SessionIds.read(
            self._call(
                "POST",
                f"/api/tasks/me/with-session/{APP}",
                "create the session",
                json={"task_name": name, "language": language},
            )
        )

    def claim_token(self, task_id: str, session_id: str) -> dict[str, Any]:
        """Ask for a token with which a registered user may claim the session in a browser."""
        return self._call(
            "POST",
            "/api/auth/claim-token",
            "get a claim token",
            json={"task_id": task_id, "session_id": session_id},
        )

    def state(self, session_id: str) -> dict[str, Any]:
        """Read the session's state: ``draft``, ``video_infos``, ``generated_media`` and more."""
        data = self._call(
            "GET", f"/api/state/{APP}/me/{session_id}/latest", "read the session state"
        )
        state = data.get("state")
        return state if isinstance(state, dict) else {}

    def run_sse(self, session_id: str, text: str) -> Iterator[Event]:
        """Send one message and yield its events as they come.

        The request leaves when the first event is asked for, exactly once: a message is never sent
        again, since that would edit twice (contract.md, "The SSE stream"). Closing the iterator
        closes the stream. Raises `StreamBroken` when the stream is cut.
        """
        body = {
            "app_name": APP,
            "user_id": "me",
            "session_id": session_id,
            "new_message": {"parts": [{"text": text}]},
        }
        with self._stream(
            "POST",
            "/run_sse",
            "send the message",
            json=body,
            headers={"Accept": "text/event-stream"},
            timeout=_STREAM_TIMEOUT,
        ) as response:
            call = call_of(response)
            for sent in iter_events(response.iter_bytes()):
                for event in events_of(sent):
                    if call is not None:
                        call.note(event)
                    yield event

    # -- media ------------------------------------------------------------------------------

    def upload(
        self, session_id: str, paths: Sequence[Path], progress: Progress | None = None
    ) -> list[Upload]:
        """Upload files, read from disk as they are sent.

        Raises `FileProblem` for a file that cannot be read, `UnsupportedFile` and `FileTooLarge` as
        the service says.
        """
        with contextlib.ExitStack() as stack:
            total = 0
            sent = _Sent(progress)
            files = []
            for path in paths:
                file = stack.enter_context(_open(path))
                total += path.stat().st_size
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                files.append(("files", (path.name, _Watched(file, sent), kind)))
            sent.total = total
            data = self._call("POST", self._upload_path(session_id), "upload the file", files=files)
        return _uploads(data)

    def upload_urls(self, session_id: str, urls: Sequence[str]) -> list[Upload]:
        """Have the service fetch files by their URLs."""
        body = {"urls": list(urls), "source_type": "url"}
        return _uploads(
            self._call("POST", self._upload_path(session_id), "upload by URL", json=body)
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
        data = self._call("POST", "/api/render/proxy/lambda", "submit the render", json=body)
        return RenderStatus.read(data, render_id)

    def render(self, render_id: str) -> RenderStatus:
        """Read where a render stands."""
        path = f"/api/render/proxy/lambda/{render_id}"
        return RenderStatus.read(self._call("GET", path, "poll the render"), render_id)

    def cancel_render(self, render_id: str) -> None:
        """Ask for a render to be ended."""
        self._call("POST", f"/api/render/proxy/lambda/{render_id}/cancel", "cancel the render")

    def download(self, url: str, file: IO[bytes], progress: Progress | None = None) -> int:
        """Write what stands at a URL, or at a path of this service, into a file; return its bytes.

        The bearer token is sent to this service only, never to another host. Raises `StreamBroken`
        when fewer bytes come than were announced.
        """
        ours = httpx.URL(self.base_url).join(url)
        own_host = ours.netloc == httpx.URL(self.base_url).netloc
        done = 0
        with self._stream("GET", str(ours), "download the result", authorized=own_host) as response:
            total = int(response.headers.get("content-length") or 0)
            for chunk in response.iter_bytes(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                if progress:
                    progress(done, total)
        if total and done != total:
            raise StreamBroken(
                f"The download ended after {done} of {total} bytes.", hint="Export again."
            )
        return done

    def download_render(
        self, render_id: str, file: IO[bytes], progress: Progress | None = None
    ) -> int:
        """Download a render by its id, where its URL cannot be reached."""
        return self.download(f"/api/render/proxy/{render_id}/download", file, progress)

    # -- the wire ---------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Api {self.base_url} · {len(self.calls)} calls>"

    def _call(self, method: str, path: str, purpose: str, **request: Any) -> dict[str, Any]:
        """Make one call and return what its answer holds: ``data`` where there is one."""
        with self._stream(method, path, purpose, **request) as response:
            body = _json(response)
        if not isinstance(body, dict):
            raise ServiceError(
                f"The service answered {path} with something that is not JSON.",
                code=response.status_code,
                hint="Check that the base URL is the service's.",
                call=call_of(response),
            )
        data = body.get("data")
        return data if isinstance(data, dict) else body

    @contextlib.contextmanager
    def _stream(
        self, method: str, path: str, purpose: str, *, authorized: bool = True, **request: Any
    ) -> Iterator[httpx.Response]:
        """Make one call; errors of the contract are raised, the rest is handed over unread.

        A refused token was refused before anything was done, so an anonymous one is renewed and the
        call made once more (contract.md, "Errors", 1001).
        """
        headers = dict(request.pop("headers", {}))
        for last in (False, True):
            token = ""
            if authorized:
                token = self._credentials.bearer(self.anonymous_token)
                headers["Authorization"] = f"Bearer {token}"
            ready = self._http.build_request(
                method, path, headers=headers, extensions={"purpose": purpose}, **request
            )
            with (
                _in_our_words(self.mask),
                contextlib.closing(self._http.send(ready, stream=True)) as response,
            ):
                error = self._error_in(response)
                if error is None:
                    yield response
                    return
            repeatable = "files" not in request  # an open file has been read
            renewable = isinstance(error, TokenExpired) and authorized and repeatable
            if last or not (renewable and self._credentials.refused(token)):
                raise error

    def _error_in(self, response: httpx.Response) -> ServiceError | None:
        """Return the error an answer holds; reads the body only of JSON and of error statuses."""
        is_json = response.headers.get("content-type", "").startswith("application/json")
        if response.is_error or is_json:
            response.read()
            return error_for(
                response.status_code, _json(response), call_of(response), clean=self.mask.text
            )
        return None


def _json(response: httpx.Response) -> Any:
    try:
        return json.loads(response.read())
    except (ValueError, RecursionError):
        return None


@contextlib.contextmanager
def _in_our_words(mask: Mask) -> Iterator[None]:
    """Turn httpx's errors into ours."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
        raise ConnectionFailed(mask.text(f"The service cannot be reached ({error}).")) from None
    except httpx.TransportError as error:
        said = mask.text(str(error) or type(error).__name__)
        raise StreamBroken(f"The connection broke ({said}).") from None


def _uploads(data: dict[str, Any]) -> list[Upload]:
    files = data.get("files")
    found = files if isinstance(files, list) else []
    return [Upload.read(file) for file in found if isinstance(file, dict)]


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
    """A file as httpx reads one, telling how far it has been read."""

    def __init__(self, file: IO[bytes], sent: _Sent) -> None:
        self._file = file
        self._sent = sent
        self.seek, self.tell, self.fileno = file.seek, file.tell, file.fileno

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._sent.add(len(block))
        return block
