"""A caller whose every call is recorded: on the engine, or on a function that plays the service."""

import json
import time
import uuid

import httpx

from cogwidgets.trace import CallLog, Mask, RecordingTransport

ATTRIBUTION = {
    "X-Skill-Source": "music-cog-free",
    "X-Skill-Version": "1.0",
    "X-Skill-Platform": "unknown",
}


class Recorded(httpx.Client):
    """An httpx client that knows the contract's paths and nothing of our client."""

    def __init__(self, inner, base_url="http://localhost:8000", log=None):
        self.log = CallLog() if log is None else log
        self.recorder = RecordingTransport(inner, self.log, Mask())
        super().__init__(
            base_url=base_url, timeout=60, headers=ATTRIBUTION, transport=self.recorder
        )
        self.log.sender = self.sender
        self.client_id = str(uuid.uuid4())

    def sender(self, request):
        """Put the secrets back and send, as a live client does."""
        for name in ("authorization",):
            if name in self.headers:
                request.headers[name] = self.headers[name]
        return self.send(request, stream=True)

    def sign_in(self):
        answer = self.post(
            "/api/auth/anonymous-token",
            headers={"X-Client-Id": self.client_id},
            extensions={"purpose": "get an anonymous token", "section": 'contract.md "Endpoints"'},
        )
        self.token = answer.json()["data"]["token"]
        self.headers["Authorization"] = f"Bearer {self.token}"
        return self

    def new_session(self, name="project"):
        answer = self.post(
            "/api/tasks/me/with-session/nemo_agent",
            json={"task_name": name, "language": "en"},
            extensions={"purpose": "create the session"},
        )
        self.session = answer.json()["data"]["session_id"]
        return self

    def upload(self, path):
        with path.open("rb") as file:
            files = [("files", (path.name, file, "video/mp4"))]
            return self.post(self.upload_path, files=files, extensions={"purpose": "upload"})

    @property
    def upload_path(self):
        return f"/api/upload-video/nemo_agent/me/{self.session}"

    @property
    def state_path(self):
        return f"/api/state/nemo_agent/me/{self.session}/latest"

    def state(self):
        answer = self.get(self.state_path, extensions={"purpose": "read the session state"})
        return answer.json()["data"]["state"]

    def message(self, text):
        parts = [{"text": text}]
        return {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": self.session,
            "new_message": {"parts": parts},
        }

    def say(self, text):
        """Send a message, read its stream to the end; give its data lines."""
        with self.stream(
            "POST",
            "/run_sse",
            json=self.message(text),
            extensions={"purpose": "send the message", "section": 'contract.md "The SSE stream"'},
        ) as answer:
            lines = [line[5:] for line in answer.read().decode().split("\n") if line[:5] == "data:"]
        return [json.loads(line) for line in lines if line.strip()]

    def render(self, render_id):
        """Submit a render and poll it until it ends; give the last answer."""
        body = {
            "id": render_id,
            "sessionId": self.session,
            "draft": self.state()["draft"],
            "output": {"format": "mp4", "quality": "high"},
        }
        self.post("/api/render/proxy/lambda", json=body, extensions={"purpose": "submit"})
        pause = 0.1
        while True:
            told = self.get(f"/api/render/proxy/lambda/{render_id}").json()
            if told["status"] in {"completed", "failed"}:
                return told
            time.sleep(pause)
            pause = min(2 * pause, 5.0)  # so that a busy machine records no longer a log


def playing(handler):
    """A recorded client on a function that answers requests."""
    return Recorded(httpx.MockTransport(handler))


class Chunks(httpx.SyncByteStream):
    """A body that comes in these pieces; an exception among them is raised in its place."""

    def __init__(self, *pieces):
        self.pieces = pieces

    def __iter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def streaming(*pieces, **headers):
    """An answer that is an event stream in these pieces."""
    kind = {"content-type": "text/event-stream; charset=utf-8"} | headers
    return httpx.Response(200, headers=kind, stream=Chunks(*pieces))
