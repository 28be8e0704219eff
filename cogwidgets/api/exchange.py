"""Exchange: one call on the wire, with the repeats that the contract asks for.

What comes out is an answer, or one of `cogwidgets.api.errors`; httpx's own errors stay in here.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Generator, Iterator
from typing import Any, Literal
from urllib.parse import urlencode

import httpx

from cogwidgets.api.auth import Credentials
from cogwidgets.api.errors import (
    CallerError,
    CogError,
    ConnectionFailed,
    MissingClientId,
    NoCredits,
    RateLimited,
    ServiceError,
    Stopped,
    StreamBroken,
    TokenExpired,
    error_for,
)
from cogwidgets.api.retries import Patience
from cogwidgets.api.sockets import is_loopback
from cogwidgets.api.sockets import transport as sockets
from cogwidgets.api.wire import Token, fields
from cogwidgets.settings import Attribution, attribution, web_url
from cogwidgets.trace import CallLog, Mask, RecordingTransport, call_of
from cogwidgets.waiting import StopAsked, Waits

__all__ = ["Exchange"]

As = Literal["bearer", "client", "nobody"]  # who a call is made as: nobody, to a foreign host

_CONNECT = 10  # s
# A gateway's words: what it stands before may have carried the call out all the same.
_GATEWAY = frozenset({502, 504})

logger = logging.getLogger("cogwidgets")


class Exchange:
    """Make calls to one base URL, each written to ``calls``, masked.

    ``tell`` is called with a line for the user when a call has to wait.
    """

    def __init__(
        self,
        base_url: str,
        *,
        credentials: Credentials,
        who: Attribution | None = None,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.credentials = credentials
        self.credentials.service = self.credentials.service or self.base_url
        self.waits = Waits()
        self.calls = CallLog()
        self.mask = Mask(credentials.client_id, credentials.given, credentials.engine_secret)
        self.here = is_loopback(httpx.URL(self.base_url).host)
        self.patience = patience or (Patience(poll=(0.05, 1.0)) if self.here else Patience())
        self.account_id = ""  # as the service last named it
        self.tell: Callable[[str], None] = logger.info
        inner = transport or sockets(self.base_url, self.waits)
        self.recorder = RecordingTransport(inner, self.calls, self.mask)
        self.calls.sender = self._send_again
        self._http = httpx.Client(
            base_url=self.base_url,
            headers=(who or attribution()).headers(),
            transport=self.recorder,
        )

    def call(self, method: str, path: str, purpose: str, **request: Any) -> dict[str, Any]:
        """Make one call and return what its answer holds, ``data`` and what stands beside it.

        A read whose connection broke is made again (`Patience.reads`).
        """
        with self.working():
            for pause in self.patience.reads if method == "GET" else ():
                try:
                    return self._call(method, path, purpose, **request)
                except (ConnectionFailed, StreamBroken):
                    self.waits.sleep(pause)
            return self._call(method, path, purpose, **request)

    def _call(self, method: str, path: str, purpose: str, **request: Any) -> dict[str, Any]:
        with self.stream(method, path, purpose, **request) as response:
            content = response.read()
            body = _json(response) if content.strip() else {}
            # A body's code counts whatever type the answer says it is.
            error = self._error(response, body)
        if error is not None:
            raise error
        if not isinstance(body, dict):
            raise ServiceError(
                f"The service answered {path} with something other than a JSON object.",
                code=response.status_code,
                hint="Check that the base URL is the service's.",
                call=call_of(response),
            )
        return {**body, **fields(body.get("data"))}

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        path: str,
        purpose: str,
        *,
        as_: As = "bearer",
        kind: str = "",
        **request: Any,
    ) -> Iterator[httpx.Response]:
        """Make one call; errors of the contract are raised, the rest is handed over unread.

        A refused call was not carried out, so it is made once more where the contract says so
        ("Errors": 1001, 400, 429). ``kind`` is the content type that the answer must have.
        """
        if self._http.is_closed:
            raise CallerError("This client is closed.", hint="Make another: cogwidgets.connect().")
        timeout = httpx.Timeout(request.pop("silence", self.patience.answer), connect=_CONNECT)
        extensions = {"purpose": purpose, "section": request.pop("section", "Endpoints")}
        if "json" in request:
            request["content"] = _encoded(request.pop("json"))
            request["headers"] = {**request.get("headers", {}), "Content-Type": "application/json"}
        mended: set[type[CogError]] = set()
        while True:
            auth = self._auth(as_)
            ready = self._http.build_request(method, path, timeout=timeout, **request)
            ready.extensions |= extensions
            with (
                self._in_our_words(ready),
                self._closing(
                    self._http.send(ready, stream=True, auth=auth, follow_redirects=method == "GET")
                ) as response,
            ):
                error = self._refused(response, kind, foreign=as_ == "nobody")
                if error is None:
                    yield response
                    return
            if type(error) in mended or not self._mend(error, auth, response):
                raise error
            mended.add(type(error))

    def anonymous_token(self) -> Token:
        """Ask for an anonymous token, whether or not one is in use."""
        answer = self.call(
            "POST", "/api/auth/anonymous-token", "get an anonymous token", as_="client"
        )
        token = Token.read(answer)
        if not token.token:
            raise ServiceError("The service gave no token.", hint="Look at client.calls[-1].")
        self.mask.learn(token.token)
        self.account_id = token.user_id or self.account_id
        return token

    def register_link(self) -> str:
        """Return where an anonymous account is made a registered one."""
        return f"{web_url()}/register?{urlencode({'bind': self.account_id})}"

    @contextlib.contextmanager
    def working(self, hint: str | None = None, *, since: int | None = None) -> Iterator[int]:
        """Mark an operation of one or many calls that `Waits.stop` ends: it raises `Stopped`.

        Inside another operation it is a part of that one. See `Waits.operation` for ``since``.
        """
        outermost = not self.waits.inside
        try:
            with self.waits.operation(since) as began:
                yield began
        except StopAsked:
            if not outermost:
                raise
            raise Stopped("Stopped.", hint=hint) from None
        except KeyboardInterrupt as interrupt:
            if interrupt.args or not outermost:
                raise
            raise KeyboardInterrupt(hint or Stopped.default_hint) from None
        except CogError as error:
            error.cleanse(self.mask.text)
            raise

    def explained(self, error: CogError) -> CogError:
        """Say what to do about an error as far as it depends on whose account it is."""
        if isinstance(error, TokenExpired) and self.credentials.given:
            error.hint = "Your own token is never replaced: set a new one in NEMO_TOKEN."
        if isinstance(error, NoCredits) and self.account_id.startswith("anon_"):
            error.hint = f"Register to go on: {self.register_link()}"
        return error

    def close(self) -> None:
        """Close the connections."""
        with self.waits.shielded():
            self._http.close()

    @contextlib.contextmanager
    def _closing(self, response: httpx.Response) -> Iterator[httpx.Response]:
        """Close an answer in the end, a stream's too that its reader leaves between two waits."""
        try:
            yield response
        finally:
            with self.waits.shielded():
                response.close()

    def _send_again(self, request: httpx.Request) -> httpx.Response:
        """Send what `Call.resend` has made of a call, with the secrets that it left out."""
        asks = request.url.path.endswith("/anonymous-token")
        with self.working(), self._in_our_words(request):
            return self._http.send(
                request, stream=True, auth=self._auth("client" if asks else "bearer")
            )

    def _auth(self, as_: As) -> _Headers:
        """Return who a call is made as; asks for an anonymous token when one is needed."""
        match as_:
            case "bearer":
                token = _Headers.bearer(self.credentials.bearer(self.anonymous_token))
                self.mask.learn(token.secret)
                self.account_id = self.account_id or self.credentials.user_id
                return token
            case "client":
                return _Headers(self.credentials.asking())
            case "nobody":
                return _Headers({})

    def _mend(self, error: CogError, auth: _Headers, response: httpx.Response) -> bool:
        """Mend what a refusal asks for; tell whether there is something to try again with."""
        match error:
            case TokenExpired():
                return bool(auth.secret) and self.credentials.refused(auth.secret)
            case MissingClientId():
                self.mask.learn(self.credentials.renew_client_id())
                return True
            case RateLimited():
                pause = self.patience.after_429(response.headers.get("retry-after"))
                self.tell(f"The service asks to wait: going on in {pause:.0f} s...")
                self.waits.sleep(pause)
                return True
        return False

    def _refused(self, response: httpx.Response, kind: str, *, foreign: bool) -> CogError | None:
        """Return the error that an answer's head means; a body that may hold one is read."""
        found = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.is_success and (found == kind or (not kind and found != "application/json")):
            return None
        response.read()
        if foreign:
            if response.is_success:
                return None
            message = f"Another host answered with status {response.status_code}."
            return ServiceError(message, code=response.status_code, call=call_of(response))
        error = self._error(response, _json(response))
        if error is None and not response.is_success:
            error = ServiceError(
                f"The service sends us elsewhere (status {response.status_code}).",
                code=response.status_code,
                hint="Check that the base URL is the service's.",
                call=call_of(response),
            )
        if error is None and kind:
            error = ServiceError(
                f"The service answered with {found or 'nothing'} instead of {kind}.",
                code=response.status_code,
                hint="Check that the base URL is the service's.",
                call=call_of(response),
            )
        return error

    def _error(self, response: httpx.Response, body: Any) -> CogError | None:
        status, call = response.status_code, call_of(response)
        error = error_for(status, body, call, clean=self.mask.text)
        if error is None:
            return None
        if status in _GATEWAY and type(error) is ServiceError:
            message = f"A gateway gave up on the service (status {status})."
            return StreamBroken(message, hint=_hint(response.request), call=call)
        if isinstance(error, MissingClientId) and "x-client-id" not in response.request.headers:
            return ServiceError(error.message, code=error.code, call=call)  # a bad request
        return self.explained(error)

    @contextlib.contextmanager
    def _in_our_words(self, request: httpx.Request) -> Iterator[None]:
        """Turn httpx's errors into ours."""
        try:
            yield
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.ProxyError,
            httpx.UnsupportedProtocol,
        ) as error:
            message = f"The service cannot be reached ({error})."
            raise ConnectionFailed(message, call=call_of(request)) from None
        except httpx.ReadTimeout:
            message = "The service has fallen silent."
            raise StreamBroken(message, hint=_hint(request), call=call_of(request)) from None
        except httpx.RemoteProtocolError:
            message = "The connection broke before the answer was whole."
            raise StreamBroken(message, hint=_hint(request), call=call_of(request)) from None
        except httpx.RequestError as error:
            message = f"The connection broke ({str(error) or type(error).__name__})."
            raise StreamBroken(message, hint=_hint(request), call=call_of(request)) from None


def _hint(request: httpx.Request) -> str | None:
    """Say what to do after a broken answer: only a message may have been acted upon meanwhile."""
    return None if request.url.path.endswith("/run_sse") else "Try again."


class _Headers(httpx.Auth):
    """Headers that prove who calls: set as the request leaves, so no variable shows them."""

    def __init__(self, headers: dict[str, str], secret: str = "") -> None:
        self._headers = headers
        self.secret = secret

    @classmethod
    def bearer(cls, token: str) -> _Headers:
        return cls({"Authorization": f"Bearer {token}"}, token)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(self._headers)
        yield request


def _encoded(value: Any) -> bytes:
    """Write JSON as readable as it goes; half a character pair, which UTF-8 has not, is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _json(response: httpx.Response) -> Any:
    try:
        return json.loads(response.read())
    except (ValueError, RecursionError):
        return None
