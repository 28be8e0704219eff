"""Bodies: what requests carry (contract.md, "Endpoints")."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, Field

__all__ = [
    "ClaimRequest",
    "Message",
    "RenderRequest",
    "RunRequest",
    "SessionRequest",
    "TokenRequest",
    "UrlUpload",
]


class TokenRequest(BaseModel):
    """Body of "anonymous token", which may be left out; an addition of this engine."""

    scopes: list[str] = Field(default=["*"], max_length=5)


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
    draft: dict[str, Any]
    output: dict[str, Any] = Field(default_factory=dict)
