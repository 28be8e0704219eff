"""Answers: what the routes give, for /openapi.json (contract.md, "Endpoints" and "Errors").

The routes answer with what the store holds; these models document it, and schemathesis holds the
two together in the tests.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

__all__ = ["CLIENT_ID", "SKILL", "UPLOAD", "documented", "pruned"]

T = TypeVar("T")


class Problem(BaseModel):
    """A refusal: the contract's code, and one sentence for the person."""

    code: int
    message: str


class Detail(BaseModel):
    """A refusal in the shape of the Agent Development Kit."""

    detail: str


class Data(BaseModel, Generic[T]):
    """An answer: code 0, and the data."""

    code: Literal[0]
    data: T


class Health(BaseModel):
    """Which engine answers."""

    name: str
    version: str
    status: Literal["ok"]


class Token(BaseModel):
    """An anonymous token."""

    token: str
    user_id: str
    expires_at: str
    credits: int


class Claim(BaseModel):
    """A token to take a session over with; ``expires_in`` in seconds."""

    claim_token: str
    expires_in: int


class Balance(BaseModel):
    """Credits; total = available + frozen."""

    available: int
    frozen: int
    total: int


class SessionIds(BaseModel):
    """What names a session."""

    task_id: str
    session_id: str
    user_id: str


class UploadedFile(BaseModel):
    """An uploaded file; ``duration`` in seconds."""

    filename: str
    file_type: Literal["video", "image", "audio"]
    cdn_url: str
    duration: float
    width: int | None
    height: int | None
    fps: float | None
    hash: str


class Uploaded(BaseModel):
    """What an upload brought."""

    files: list[UploadedFile]
    session_state_applied: Literal[True]


class State(BaseModel):
    """A session: its draft, uploads, what was made of them, and where music was found."""

    draft: dict[str, Any]
    video_infos: list[UploadedFile]
    generated_media: list[dict[str, Any]]
    canvas_config: dict[str, Any]
    video_analyses: list[dict[str, Any]]


class StateData(BaseModel):
    """A session's state."""

    state: State


class Output(BaseModel):
    """Where a finished render is."""

    url: str


class Render(BaseModel):
    """How a render stands; ``progress`` in per cent."""

    id: str
    status: Literal["pending", "processing", "completed", "failed"]
    progress: int
    output: Output | None = None
    error: str | None = None
    errorCode: str | None = None  # noqa: N815 - the stream's spelling


class RenderAnswer(BaseModel):
    """A render that was submitted or cancelled."""

    success: Literal[True]
    data: Render


class Sketch(BaseModel):
    """What views draw of a file; ``duration`` in seconds, pictures as data URIs."""

    duration: float
    waveform: dict[str, Any] | None
    spectrogram: dict[str, Any] | str | None
    thumbnails: list[dict[str, Any]]


ANSWERS: dict[str, Any] = {
    "sketch": Sketch,
    "health": Health,
    "token": Data[Token],
    "claim": Data[Claim],
    "balance": Data[Balance],
    "session": Data[SessionIds],
    "state": Data[StateData],
    "upload": Data[Uploaded],
    "submitted": RenderAnswer,
    "render": Render,
}
STATUSES = {
    400: "The request is not right",
    401: "The token is missing, unknown or expired (1001)",
    402: "No credits (2001), or an export without attribution (402)",
    403: "The token is not good for that, or the page is of another origin",
    404: "There is no such thing, or it is somebody else's (1002 for a session)",
    408: "Nothing more came of the body for a minute",
    413: "The file or the body is too large (4002)",
    415: "The file is of a type that is not taken (4001)",
    416: "The file has no such range",
    421: "The engine answers to another name",
    429: "Too many: wait",
    503: "The engine is stopping",
    507: "The disk is full",
}
TOO_SLOW, TOO_LARGE = 408, 413
ALWAYS = (400, 403, 421)  # what the guard says, and FastAPI of a body

_BINARY = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_EVENTS = {
    "text/event-stream": {
        "schema": {
            "type": "object",
            "required": ["data"],
            "properties": {
                "data": {
                    "type": "string",
                    "description": "An event of the Agent Development Kit as JSON; empty: a "
                    "heartbeat (contract.md, 'The SSE stream')",
                }
            },
        }
    }
}


def documented(call: str, answer: str, *errors: int) -> dict[str, Any]:
    """Return what a route's decorator needs to document a call by the contract's name."""
    slow = (TOO_SLOW,) if TOO_LARGE in errors else ()  # whatever has a body
    responses: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "description": STATUSES[status]}
        for status in sorted({*ALWAYS, *errors, *slow})
    }
    if answer == "events":
        responses[200] = {"description": "Server-sent events", "content": _EVENTS}
        responses[404] = {"model": Detail, "description": "There is no such session"}
    elif answer == "file":
        responses[200] = {"description": "The file", "content": _BINARY}
        responses[206] = {"description": "The part of it that was asked for"}
    else:
        responses[200] = {"model": ANSWERS[answer]}
    return {"summary": call, "response_model": None, "responses": responses}


def pruned(document: dict[str, Any]) -> dict[str, Any]:
    """Take out of an OpenAPI document what FastAPI adds and this engine never answers."""
    document["components"]["schemas"].pop("HTTPValidationError", None)
    document["components"]["schemas"].pop("ValidationError", None)
    for path in document["paths"].values():
        for call in path.values():
            call["responses"].pop("422", None)  # a body that is not right is a 400 here
            if len(call["responses"]) == 1:  # a route that says nothing of refusals has them too
                call["responses"]["default"] = {"description": "A refusal", "content": _PROBLEM}
            content = call["responses"]["200"].get("content", {})
            if len(content) > 1:
                content.pop("application/json")
    return document


def _header(name: str, says: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": says,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    }


CLIENT_ID = {"parameters": [_header("X-Client-Id", "A UUID of the caller's own")]}
SKILL = {
    "parameters": [
        _header("X-Skill-Source", "The skill's name"),
        _header("X-Skill-Version", "Its version"),
        _header("X-Skill-Platform", "Where it is installed"),
    ]
}
UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "minItems": 1,
                        }
                    },
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["urls"],
                    "properties": {
                        "urls": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                        "source_type": {"const": "url"},
                    },
                }
            },
        },
    }
}
