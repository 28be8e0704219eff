"""App: the routes of the contract, and how errors look on the wire.

Every route is a row of contract.md, "Endpoints"; what they do is in the modules named here.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from fastapi.security import HTTPBearer
from pydantic import ValidationError
from starlette.exceptions import HTTPException

import cogwidgets
from cogwidgets.engine.answers import CLIENT_ID, SKILL, UPLOAD, documented, pruned
from cogwidgets.engine.backend import Backend
from cogwidgets.engine.bodies import (
    ClaimRequest,
    RenderRequest,
    RunRequest,
    SessionRequest,
    TokenRequest,
    UrlUpload,
)
from cogwidgets.engine.errors import Forbidden, NotFound, Refusal, SessionNotFound, TooMany
from cogwidgets.engine.faults import Faults
from cogwidgets.engine.faultywire import FaultyWire
from cogwidgets.engine.guard import Guard
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.schema import Account
from cogwidgets.engine.state import describe_upload, session_state
from cogwidgets.engine.status import page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["create_app"]

Body = dict[str, Any]

KEY_COOKIE = "cogwidgets_status"
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
JOB_STATUS = {"disk_full": 507, "stopped": 503}


def create_app(backend: Backend, *, hosts: set[str] | None, faults: Faults) -> FastAPI:
    """Make the ASGI app of an engine that answers to the names in ``hosts``, None for any."""
    app = _App(
        generate_unique_id_function=lambda route: route.name,
        title="cogwidgets engine",
        version=cogwidgets.__version__,
        docs_url=None,  # those pages fetch their scripts from elsewhere
        redoc_url=None,
    )
    app.state.backend = backend
    app.include_router(router)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(JobError, _job_failed)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_middleware(FaultyWire, faults=faults, over=backend.over)
    app.add_middleware(Guard, hosts=hosts)  # added last: it comes first
    return app


class _App(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = pruned(super().openapi())
        return self.openapi_schema


# What every route leans on


def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


Engine = Annotated[Backend, Depends(_backend)]


# Said in /openapi.json alone: what is wrong with a token is said in the contract's words.
Documented = Annotated[Any, Depends(HTTPBearer(auto_error=False))]


def _may(scope: str) -> Any:
    """Let only those in whose token has a scope (contract.md, "Errors": token scopes)."""

    def account(request: Request, engine: Engine, _: Documented) -> Account:
        found = engine.accounts.bearer(request.headers, scope)
        request.state.account = found.id  # for the log
        return found

    return Depends(account)


Reader = Annotated[Account, _may("read")]
Writer = Annotated[Account, _may("write")]
Uploader = Annotated[Account, _may("upload")]
Renderer = Annotated[Account, _may("render")]


def _answer(data: Any) -> Body:
    return {"code": 0, "data": data}


router = APIRouter()

# Status


@router.get("/", include_in_schema=False)
@router.get("/health", **documented("health", "health"))
def health() -> Body:
    """Say that the engine is there."""
    return {"name": "cogwidgets engine", "version": cogwidgets.__version__, "status": "ok"}


@router.get("/status", include_in_schema=False)
def status(request: Request, engine: Engine, key: str = "") -> Response:
    """Show the operator's page to whoever has its key, which is then kept in a cookie."""
    if _is(key, engine.status_key):
        answer = RedirectResponse("/status", 303)  # so that no history and no link keeps the key
        answer.set_cookie(KEY_COOKIE, key, httponly=True, samesite="strict", path="/status")
        return answer
    if not _is(request.cookies.get(KEY_COOKIE, ""), engine.status_key):
        raise Forbidden("This page is for whoever runs the engine: its address was printed there.")
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": PAGE_POLICY}
    return HTMLResponse(page(engine), headers=headers)


def _is(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())


# Accounts


@router.post(
    "/api/auth/anonymous-token",
    openapi_extra=CLIENT_ID,
    **documented("anonymous token", "token", 413, 429, 507),
)
def anonymous_token(request: Request, engine: Engine, body: TokenRequest | None = None) -> Body:
    """Give an anonymous token."""
    address = request.client.host if request.client else ""
    scopes = (body or TokenRequest()).scopes
    return _answer(engine.accounts.anonymous(request.headers, address=address, scopes=scopes))


@router.post("/api/auth/claim-token", **documented("claim token", "claim", 401, 404, 413, 507))
def claim_token(body: ClaimRequest, account: Writer, engine: Engine) -> Body:
    """Give a token with which a registered person may take over a session."""
    return _answer(engine.accounts.claim(engine.accounts.session(account, body.session_id)))


@router.get("/api/credits/balance/simple", **documented("credits", "balance", 401))
def credit_balance(account: Reader) -> Body:
    """Tell the credits; total = available + frozen."""
    total = account.available + account.frozen
    return _answer({"available": account.available, "frozen": account.frozen, "total": total})


# Sessions


@router.post(
    "/api/tasks/me/with-session/nemo_agent",
    **documented("create session", "session", 401, 413, 507),
)
def create_session(account: Writer, engine: Engine, body: SessionRequest | None = None) -> Body:
    """Make a session."""
    body = body or SessionRequest()
    session = engine.store.add_session(account.id, body.task_name, body.language)
    return _answer({"task_id": session.task, "session_id": session.id, "user_id": account.id})


@router.get(
    "/api/state/nemo_agent/me/{session_id}/latest", **documented("session state", "state", 401, 404)
)
def state(session_id: str, account: Reader, engine: Engine) -> Body:
    """Describe a session."""
    session = engine.accounts.session(account, session_id)
    return _answer({"state": session_state(engine.store, session, engine.url)})


@router.post(
    "/api/upload-video/nemo_agent/me/{session_id}",
    openapi_extra=UPLOAD,
    **documented("upload a file, or by URL", "upload", 401, 404, 413, 415, 503, 507),
)
async def upload(session_id: str, request: Request, account: Uploader, engine: Engine) -> Body:
    """Take files into a session: multipart parts named ``files``, or URLs as JSON."""
    engine.goes_on()
    session = engine.accounts.session(account, session_id)
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() == "application/json":
        try:
            urls = UrlUpload.model_validate_json(await request.body()).urls
        except ValidationError as error:
            raise Refusal(_first_problem(error.errors())) from error
        media = await engine.uploads.fetch(session, urls)
    else:
        media = await engine.uploads.receive(session, kind, request.stream())
    await engine.turns.add_uploads(session, media)
    files = [describe_upload(medium, engine.url) for medium in media]
    return _answer({"files": files, "session_state_applied": True})


@router.post("/run_sse", **documented("send message", "events", 401, 413, 429, 503, 507))
async def run_sse(body: RunRequest, account: Writer, engine: Engine) -> Response:
    """Take a message and stream what comes of it as server-sent events."""
    try:
        session = engine.accounts.session(account, body.session_id)
    except SessionNotFound as error:  # here in the Agent Development Kit's shape, not in ours
        return JSONResponse({"detail": error.message}, error.status)
    engine.room_for(account.id)
    events = engine.turns.send(session, body.new_message.text, streaming=body.streaming)

    async def stream() -> AsyncIterator[bytes]:
        async for event in events:
            data = "" if event is None else json.dumps(event, ensure_ascii=False)
            yield f"data: {data}\n\n".encode()

    return StreamingResponse(
        stream(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"}
    )


# Renders


@router.post(
    "/api/render/proxy/lambda",
    openapi_extra=SKILL,
    **documented("submit a render", "submitted", 401, 402, 404, 413, 429, 503, 507),
)
async def submit_render(
    body: RenderRequest, request: Request, account: Renderer, engine: Engine
) -> Body:
    """Start a render, or find the one that has this id already."""
    engine.accounts.attribution(request.headers)
    if engine.store.render(account.id, body.id) is None:
        engine.room_for(account.id)
        engine.space_for(account.id)
    render = engine.renders.submit(account, body.sessionId, body.id, body.draft, body.output)
    told = engine.renders.answer(render)
    return {"success": True, "data": told}


@router.get(
    "/api/render/proxy/lambda/{render_id}", **documented("poll a render", "render", 401, 404)
)
async def poll_render(render_id: str, account: Reader, engine: Engine) -> Body:
    """Tell how a render stands."""
    return engine.renders.answer(engine.renders.find(account, render_id))


@router.post(
    "/api/render/proxy/lambda/{render_id}/cancel",
    **documented("cancel a render", "submitted", 401, 404, 413),
)
async def cancel_render(render_id: str, account: Renderer, engine: Engine) -> Body:
    """End a render."""
    return {
        "success": True,
        "data": engine.renders.answer(engine.renders.cancel(account, render_id)),
    }


@router.get(
    "/api/render/proxy/{render_id}/download", **documented("download", "file", 401, 404, 416)
)
async def download_render(render_id: str, account: Reader, engine: Engine) -> FileResponse:
    """Give the file of a finished render; Range is answered."""
    path, name = engine.renders.file(engine.renders.find(account, render_id))
    return FileResponse(path, filename=name)


# Media


@router.get("/media/{medium_id}/{name}", **documented("media", "file", 404, 416))
@router.head("/media/{medium_id}/{name}", include_in_schema=False)
def media(medium_id: str, name: str, engine: Engine, *, download: bool = False) -> FileResponse:
    """Give a file by its unguessable URL, which players need no token for; Range is answered.

    With ``download`` a browser saves it instead of showing it.
    """
    path = engine.store.file(f"/media/{medium_id}/{name}")
    if path is None:
        raise NotFound("There is no such file.")
    safe = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, headers=safe, filename=name if download else None)


@router.get("/sketch/{medium_id}/{name}", **documented("sketch", "sketch", 404, 415, 503, 507))
async def sketch(medium_id: str, name: str, engine: Engine) -> FileResponse:
    """Give what views draw of a medium: its waveform, spectrogram, thumbnails and poster."""
    return FileResponse(await engine.sketches.file(medium_id, name))


# Errors


def _error(status: int, code: int, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - what it is registered for
    answer = _error(error.status, error.code, error.message)
    if isinstance(error, TooMany) and error.after is not None:
        answer.headers["Retry-After"] = str(round(error.after))
    return answer


async def _job_failed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, JobError)  # noqa: S101
    status = JOB_STATUS.get(error.code, 500)
    return _error(status, status, error.message)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    message = str(error.detail)
    if error.status_code in {404, 405}:
        message = f"There is no {request.method} {request.url.path[:200]} here: see /openapi.json."
    return _error(error.status_code, error.status_code, message)


async def _not_valid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return _error(400, 400, _first_problem(error.errors()))


def _first_problem(errors: Any) -> str:
    """Put the first thing that is wrong with a body into a sentence."""
    first = errors[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    return f"The request body is not right{f' at {place}' if place else ''}: {first['msg']}."
