"""A caller who knows the contract and nothing else: plain httpx, no client of ours."""

import json
import time
import uuid

import httpx
import pytest

from cogwidgets.engine import Engine

ATTRIBUTION = {
    "X-Skill-Source": "music-cog-free",
    "X-Skill-Version": "1.0",
    "X-Skill-Platform": "unknown",
}


class Caller(httpx.Client):
    """One anonymous account and one session on an engine."""

    def __init__(self, engine, **session):
        super().__init__(base_url=engine.url, timeout=60, trust_env=False)
        token = self.post(
            "/api/auth/anonymous-token", headers={"X-Client-Id": str(uuid.uuid4())}
        ).json()["data"]
        self.headers["Authorization"] = f"Bearer {token['token']}"
        self.session = self.new_session(**session)

    @classmethod
    def on(cls, engine, *, headers, session):
        """Somebody who had an account and a session before, on an engine started since."""
        caller = cls.__new__(cls)
        httpx.Client.__init__(
            caller, base_url=engine.url, timeout=60, trust_env=False, headers=headers
        )
        caller.session = session
        return caller

    def __enter__(self):
        return self  # open already

    def __exit__(self, *_):
        self.close()

    def new_session(self, name="project", language="en"):
        body = {"task_name": name, "language": language}
        answer = self.post("/api/tasks/me/with-session/nemo_agent", json=body)
        return answer.json()["data"]["session_id"]

    @property
    def upload_path(self):
        return f"/api/upload-video/nemo_agent/me/{self.session}"

    def upload(self, *paths, names=None):
        names = names or [path.name for path in paths]
        parts = [
            ("files", (name, path.read_bytes())) for name, path in zip(names, paths, strict=True)
        ]
        return self.post(self.upload_path, files=parts)

    def message(self, text, **more):
        return {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": self.session,
            "new_message": {"parts": [{"text": text}]},
            **more,
        }

    def say(self, text, **more):
        """Send a message; the events of the turn, without heartbeats."""
        answer = self.post("/run_sse", json=self.message(text, **more))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.text.split("\n") if line.startswith("data:")]
        return [json.loads(line[5:]) for line in lines if line[5:].strip()]

    def state(self):
        answer = self.get(f"/api/state/nemo_agent/me/{self.session}/latest")
        return answer.json()["data"]["state"]

    def render(self, render_id, draft=None, headers=ATTRIBUTION, **output):
        body = {
            "id": render_id,
            "sessionId": self.session,
            "draft": self.state()["draft"] if draft is None else draft,
            "output": {"format": "mp4", "quality": "high", **output},
        }
        return self.post("/api/render/proxy/lambda", json=body, headers=headers)

    def poll(self, render_id):
        return self.get(f"/api/render/proxy/lambda/{render_id}").json()

    def finished(self, render_id, seconds=60):
        deadline = time.monotonic() + seconds
        while (told := self.poll(render_id))["status"] not in {"completed", "failed"}:
            assert time.monotonic() < deadline, told
            time.sleep(0.05)
        return told


def text_of(events):
    """The final, non-partial text of a turn."""
    texts = [
        part["text"]
        for event in events
        if not event.get("partial")
        for part in event.get("content", {}).get("parts", [])
        if "text" in part
    ]
    return texts[-1] if texts else ""


def code_of(answer):
    """HTTP status and contract code of a refusal, which always says why in words."""
    body = answer.json()
    assert body["message"]
    assert "Traceback" not in answer.text
    return answer.status_code, body["code"]


@pytest.fixture(autouse=True)
def _no_spare(monkeypatch):
    """Make no worker ready that a test which is over soon will never use: it costs 0.4 s of CPU."""
    monkeypatch.setattr("cogwidgets.engine.jobs.QUIET", 600.0)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """One engine for a module: its tests have accounts of their own."""
    with Engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture
def caller(engine):
    """Somebody with a session on the engine."""
    with Caller(engine) as caller:
        yield caller


@pytest.fixture
def other(engine):
    """Somebody else on the same engine."""
    with Caller(engine) as other:
        yield other
