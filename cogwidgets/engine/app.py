"""App: the routes of the contract, and how errors look on the wire.

Every route is a row of contract.md, "Endpoints"; what they do is in the modules named here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from pydantic import AliasChoices, BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

import cogwidgets
from cogwidgets.engine.backend import Backend
from cogwidgets.engine.errors import NotFound, Refusal, SessionNotFound
from cogwidgets.engine.faults import Faults, FaultyWire
from cogwidgets.engine.guard import Guard
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.schema import Account
from cogwidgets.engine.state import describe_upload, session_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["create_app"]

Body = dict[str, Any]

JOB_STATUS = {"disk_full": 507, "stopped": 503}


def create_app(backend: Backend, *, loopback: bool, faults: Faults) -> FastAPI:
    """Make the ASGI app of an engine; ``loopback`` has it answer to loopback names only."""
    app = FastAPI(
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
    app.add_middleware(Guard, loopback=loopback)  # added last: it comes first
    return app


# What every route leans on


def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


Engine = Annotated[Backend, Depends(_backend)]


def _bearer(request: Request, engine: Engine) -> Account:
    return engine.accounts.bearer(request.headers)


Bearer = Annotated[Account, Depends(_bearer)]


def _answer(data: Any) -> Body:
    return {"code": 0, "data": data}


class SessionRequest(BaseModel):
    """Body of "create session"."""

    task_name: str = Field(default="project", max_length=200)
    language: str = Field(default="en", max_length=35)


class ClaimRequest(BaseModel):
    """Body of "claim token"."""

    session_id: str
    task_id: str = ""


class Part(BaseModel):
    """One part of a message; parts that are not text are left out."""

    text: str = ""


class Message(BaseModel):
    """What somebody says."""

    parts: list[Part]

    @property
    def text(self) -> str:
        """Give the text of all parts."""
        return "\n".join(part.text for part in self.parts if part.text).strip()


class RunRequest(BaseModel):
    """Body of "send message": the Agent Development Kit's own."""

    app_name: str = Field("nemo_agent", validation_alias=AliasChoices("app_name", "appName"))
    user_id: str = Field("me", validation_alias=AliasChoices("user_id", "userId"))
    session_id: str = Field(validation_alias=AliasChoices("session_id", "sessionId"))
    new_message: Message = Field(validation_alias=AliasChoices("new_message", "newMessage"))
    streaming: bool = False


class UrlUpload(BaseModel):
    """Body of "upload by URL"."""

    urls: list[str]
    source_type: Literal["url"] = "url"


class RenderRequest(BaseModel):
    """Body of "submit a render"."""

    id: str
    sessionId: str  # noqa: N815 - the contract's spelling
    draft: Body
    output: Body = Field(default_factory=dict)


router = APIRouter()

# Status


@router.get("/")
@router.get("/health")
def health() -> Body:
    """Say that the engine is there."""
    return {"name": "cogwidgets engine", "version": cogwidgets.__version__, "status": "ok"}


# Accounts


@router.post("/api/auth/anonymous-token")
def anonymous_token(request: Request, engine: Engine) -> Body:
    """Give an anonymous token."""
    return _answer(engine.accounts.anonymous(request.headers))


@router.post("/api/auth/claim-token")
def claim_token(body: ClaimRequest, account: Bearer, engine: Engine) -> Body:
    """Give a token with which a registered person may take over a session."""
    return _answer(engine.accounts.claim(engine.accounts.session(account, body.session_id)))


@router.get("/api/credits/balance/simple")
def credit_balance(account: Bearer) -> Body:
    """Tell the credits; total = available + frozen."""
    total = account.available + account.frozen
    return _answer({"available": account.available, "frozen": account.frozen, "total": total})


# Sessions


@router.post("/api/tasks/me/with-session/nemo_agent")
def create_session(account: Bearer, engine: Engine, body: SessionRequest | None = None) -> Body:
    """Make a session."""
    body = body or SessionRequest()
    session = engine.store.add_session(account.id, body.task_name, body.language)
    return _answer({"task_id": session.task, "session_id": session.id, "user_id": account.id})


@router.get("/api/state/nemo_agent/me/{session_id}/latest")
def state(session_id: str, account: Bearer, engine: Engine) -> Body:
    """Describe a session."""
    session = engine.accounts.session(account, session_id)
    return _answer({"state": session_state(engine.store, session, engine.url)})


@router.post("/api/upload-video/nemo_agent/me/{session_id}")
async def upload(session_id: str, request: Request, account: Bearer, engine: Engine) -> Body:
    """Take files into a session: multipart parts named ``files``, or URLs as JSON."""
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


@router.post("/run_sse")
async def run_sse(body: RunRequest, account: Bearer, engine: Engine) -> Response:
    """Take a message and stream what comes of it as server-sent events."""
    try:
        session = engine.accounts.session(account, body.session_id)
    except SessionNotFound as error:  # here in the Agent Development Kit's shape, not in ours
        return JSONResponse({"detail": error.message}, error.status)
    events = engine.turns.send(session, body.new_message.text, streaming=body.streaming)

    async def stream() -> AsyncIterator[bytes]:
        async for event in events:
            data = "" if event is None else json.dumps(event, ensure_ascii=False)
            yield f"data: {data}\n\n".encode()

    return StreamingResponse(
        stream(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"}
    )


# Renders


@router.post("/api/render/proxy/lambda")
async def submit_render(
    body: RenderRequest, request: Request, account: Bearer, engine: Engine
) -> Body:
    """Start a render, or find the one that has this id already."""
    engine.accounts.attribution(request.headers)
    render = engine.renders.submit(account, body.sessionId, body.id, body.draft, body.output)
    told = engine.renders.answer(render)
    return {"success": True, "data": told}


@router.get("/api/render/proxy/lambda/{render_id}")
async def poll_render(render_id: str, account: Bearer, engine: Engine) -> Body:
    """Tell how a render stands."""
    return engine.renders.answer(engine.renders.find(account, render_id))


@router.post("/api/render/proxy/lambda/{render_id}/cancel")
async def cancel_render(render_id: str, account: Bearer, engine: Engine) -> Body:
    """End a render."""
    return {
        "success": True,
        "data": engine.renders.answer(engine.renders.cancel(account, render_id)),
    }


@router.get("/api/render/proxy/{render_id}/download")
async def download_render(render_id: str, account: Bearer, engine: Engine) -> FileResponse:
    """Give the file of a finished render; Range is answered."""
    path, name = engine.renders.file(engine.renders.find(account, render_id))
    return FileResponse(path, filename=name)


# Media


@router.api_route("/media/{medium_id}/{name}", methods=["GET", "HEAD"])
def media(medium_id: str, name: str, engine: Engine) -> FileResponse:
    """Give a file by its unguessable URL, which players need no token for; Range is answered."""
    path = engine.store.file(f"/media/{medium_id}/{name}")
    if path is None:
        raise NotFound("There is no such file.")
    return FileResponse(path, headers={"X-Content-Type-Options": "nosniff"})


# Errors


def _error(status: int, code: int, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - what it is registered for
    return _error(error.status, error.code, error.message)


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
