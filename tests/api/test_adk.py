"""Against a server that nobody here wrote: the real Agent Development Kit (contract.md, shape 1).

It runs in an environment of its own, which `make test` makes, so that its dependencies stay out of
ours.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cogwidgets.api import (
    AgentFailed,
    Api,
    Credentials,
    SessionNotFound,
    StateDelta,
    Text,
    Thought,
    ToolCall,
    Turn,
)

PYTHON = Path(os.environ.get("ADK_PYTHON", Path(sys.prefix) / "adk" / "bin" / "python"))
SAID = "I removed the background music \u2028 and kept the speech — 无音乐."


@pytest.fixture(scope="module")
def server():
    if not PYTHON.exists():
        missing = f"The Agent Development Kit is not installed in {PYTHON.parents[1]}: make test."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    command = [PYTHON, Path(__file__).with_name("adk_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.fixture
def api(server):
    own = Credentials(client_id="tester", given="a-token-of-ours")
    with Api(server, credentials=own) as api:
        yield api


@pytest.fixture
def session(server, request):
    name = request.node.name.replace("[", "-").rstrip("]")
    httpx.post(f"{server}/apps/nemo_agent/users/me/sessions/{name}").raise_for_status()
    return name


@pytest.mark.parametrize("streaming", [False, True])
def test_a_whole_answer(api, session, streaming):
    turn = Turn.of(api.run_sse(session, "remove the music", streaming=streaming))
    assert turn.text == SAID
    assert turn.error is None
    assert turn.tool_calls == [
        ToolCall("separate_audio", {"track": 1, "keep": ["speech"]}, "call-1")
    ]
    [result] = turn.tool_results
    assert (result.name, result.id) == ("separate_audio", "call-1")
    assert result.result == {"ok": True, "removed": "music"}
    [delta] = [e for e in turn.events if isinstance(e, StateDelta)]
    assert delta.delta["draft"]["d"] == 4000


def test_deltas_previews_and_thoughts_come_as_what_they_are(api, session):
    events = list(api.run_sse(session, "remove the music", streaming=True))
    assert [e.text for e in events if isinstance(e, Thought)] == ["The user wants speech only."]
    assert [e.partial for e in events if isinstance(e, ToolCall)] == [True, False]
    assert [e.partial for e in events if isinstance(e, Text)] == [True] * 4 + [False]


@pytest.mark.parametrize("streaming", [False, True])
def test_an_edit_without_a_word(api, session, streaming):
    turn = Turn.of(api.run_sse(session, "silent edit", streaming=streaming))
    assert turn.text == ""
    assert turn.error is None
    assert len(turn.tool_calls) == len(turn.tool_results) == 1


def test_an_error_inside_the_stream(api, session):
    turn = Turn.of(api.run_sse(session, "error please"))
    assert isinstance(turn.error, AgentFailed)
    assert (turn.error.code, turn.error.message) == ("RESOURCE_EXHAUSTED", "scripted quota error")


@pytest.mark.parametrize("streaming", [False, True])
def test_a_crash_inside_the_stream(api, session, streaming):
    turn = Turn.of(api.run_sse(session, "crash please", streaming=streaming))
    assert isinstance(turn.error, AgentFailed)
    assert "scripted crash" in turn.error.message


def test_an_unknown_session(api):
    with pytest.raises(SessionNotFound):
        list(api.run_sse("nobody", "hello"))
