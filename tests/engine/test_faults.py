"""Each fault as a caller meets it on the wire, and as our client takes it."""

import threading
import time

import httpx
import pytest
from clips import clip
from conftest import Caller, text_of

import cogwidgets as cog
from cogwidgets.api import (
    AgentFailed,
    CallerError,
    ExportBlocked,
    FileTooLarge,
    NoCredits,
    Patience,
    RateLimited,
    ServiceError,
    SessionNotFound,
    StreamBroken,
    TokenExpired,
    UnsupportedFile,
)
from cogwidgets.engine import Engine, Fault, Faults
from cogwidgets.engine.faults import ELSEWHERE, ENDPOINTS, ERRORS

BALANCE = "/api/credits/balance/simple"
BRIEF = Patience(
    rate_limit=0.02, broken=0.1, looks=(0.1,) * 600, reads=(0.02, 0.02), poll=(0.02, 0.02)
)


@pytest.fixture
def faults(engine):
    yield engine.faults
    engine.faults.clear()


@pytest.fixture
def talk(caller):
    """Somebody with a short clip on the timeline."""
    caller.upload(clip("talk.mp4", seconds=2.0, sound="mix"))
    return caller


def test_nothing_goes_wrong_unless_it_was_asked_for(engine):
    assert len(engine.faults) == 0
    assert repr(engine.faults) == "<Faults none>"


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_of_the_contract_comes_with_its_code(faults, caller, name):
    code, status, _ = ERRORS[name]
    faults.add("credits", name)
    answer = caller.get(BALANCE)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert caller.get(BALANCE).json()["code"] == 0
    assert [fault.fault for fault in faults.happened] == [name]


def test_a_code_can_come_in_any_status(faults, caller):
    faults.add("credits", 1002, status=200)
    answer = caller.get(BALANCE)
    assert (answer.status_code, answer.json()["code"]) == (200, 1002)


def test_a_rate_limit_may_say_how_long(faults, caller):
    faults.add("credits", 429, seconds=7)
    assert caller.get(BALANCE).headers["retry-after"] == "7"


def test_the_nth_call_of_that_endpoint_is_meant(faults, caller):
    faults.add("credits", "no_credits", nth=2, times=2)
    caller.state()
    codes = [caller.get(BALANCE).json()["code"] for _ in range(4)]
    assert codes == [0, 2001, 2001, 0]
    assert len(faults) == 0


def test_it_may_go_on_for_ever_until_it_is_cleared(faults, caller):
    faults.add("credits", 429, times=None)
    assert {caller.get(BALANCE).status_code for _ in range(5)} == {429}
    faults.clear()
    assert caller.get(BALANCE).status_code == 200
    assert faults.happened == []


CALLS = {
    "anonymous_token": lambda one: one.post("/api/auth/anonymous-token"),
    "create_session": lambda one: one.post("/api/tasks/me/with-session/nemo_agent"),
    "claim_token": lambda one: one.post("/api/auth/claim-token", json={"session_id": one.session}),
    "run_sse": lambda one: one.post("/run_sse", json=one.message("hello")),
    "upload": lambda one: one.upload(clip()),
    "credits": lambda one: one.get(BALANCE),
    "state": lambda one: one.get(f"/api/state/nemo_agent/me/{one.session}/latest"),
    "submit_render": lambda one: one.render("render_1", {}),
    "poll_render": lambda one: one.poll("render_1"),
    "cancel_render": lambda one: one.post("/api/render/proxy/lambda/render_1/cancel"),
    "download": lambda one: one.get("/api/render/proxy/render_1/download"),
}


def test_every_endpoint_of_the_contract_can_fail(faults, caller):
    assert CALLS.keys() == ENDPOINTS.keys()
    for endpoint, call in CALLS.items():
        fault = faults.add(endpoint, "rate_limit")
        call(caller)
        assert faults.happened[-1] is fault, endpoint


def test_a_refused_call_is_not_carried_out(faults, caller):
    faults.add("upload", 4002)
    assert caller.upload(clip()).status_code == 413
    assert caller.state()["video_infos"] == []


@pytest.mark.parametrize("fault", ["cut", "gateway"])
def test_what_breaks_on_the_way_back_is_carried_out(faults, caller, fault):
    faults.add("upload", fault)
    if fault == "cut":
        with pytest.raises(httpx.RemoteProtocolError):
            caller.upload(clip())
    else:
        answer = caller.upload(clip())
        assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html")
    assert len(caller.state()["video_infos"]) == 1


def test_a_download_breaks_in_its_middle(faults, caller):
    [file] = caller.upload(path := clip()).json()["data"]["files"]
    faults.add("download", "cut")
    came = []
    with (
        pytest.raises(httpx.RemoteProtocolError),
        caller.stream("GET", file["source"]) as answer,
    ):
        came.extend(answer.iter_bytes())
    assert b"".join(came) == path.read_bytes()[: path.stat().st_size // 2]


def test_a_cut_stream_gives_a_first_event_and_no_answer_and_the_edit_is_made(faults, talk):
    faults.add("run_sse", "cut")
    came = []
    with (
        pytest.raises(httpx.RemoteProtocolError),
        talk.stream("POST", "/run_sse", json=talk.message("remove the music")) as stream,
    ):
        came.extend(line for line in stream.iter_lines() if line.strip() not in {"", "data:"})
    assert len(came) == 1
    assert "functionCall" in came[0]
    wait_until(lambda: "speech" in talk.state()["draft"]["t"][0]["sg"][0]["m"])


def test_a_silent_edit_is_made_without_a_word(faults, talk):
    faults.add("run_sse", "silent")
    events = talk.say("remove the music")
    assert text_of(events) == ""
    assert events
    assert "speech" in talk.state()["draft"]["t"][0]["sg"][0]["m"]


def test_heartbeats_come_before_the_answer(faults, talk):
    faults.add("run_sse", "heartbeats", seconds=1.0)
    answer = talk.post("/run_sse", json=talk.message("hello"))
    assert answer.text.count("data: \n") >= 3
    assert "content" in answer.text


def test_a_slow_answer_is_late(faults, caller):
    faults.add("credits", "slow", seconds=0.3)
    asked = time.monotonic()
    assert caller.get(BALANCE).status_code == 200
    assert time.monotonic() - asked >= 0.3


def test_a_stream_and_a_render_can_tell_of_a_failure(faults, talk):
    faults.add("run_sse", "failure")
    [event] = talk.say("remove the music")
    assert event["errorMessage"]
    faults.add("poll_render", "failure")
    talk.render("render_1")
    told = talk.poll("render_1")
    assert (told["id"], told["status"]) == ("render_1", "failed")


def test_an_engine_stops_though_a_slow_answer_is_waited_for(tmp_path):
    with Engine(tmp_path, faults=Faults("credits=slow:600")) as engine, Caller(engine) as caller:
        left = []

        def ask():
            try:
                left.append(caller.get(BALANCE).status_code)
            except httpx.HTTPError as error:
                left.append(type(error))

        asking = threading.Thread(target=ask)
        asking.start()
        wait_until(lambda: engine.faults.happened)
        asked = time.monotonic()
        engine.stop()
        assert time.monotonic() - asked < 2
        asking.join(10)
        assert left


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (("run-sse", "cut"), "anonymous_token, create_session, .*run_sse"),
        (("run_sse", "broken"), r"no_credits \(2001\).*cut, failure"),
        (("run_sse", 1234), "1234"),
        (("state", "silent"), "only happen at run_sse"),
        (("state", "cut", 0), "count from 1"),
        (("state", "slow", 1, 1, -1.0), "seconds"),
        (("state", "slow", 1, 1, None, 200), "status"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_can(fault, words):
    with pytest.raises(ValueError, match=words):
        Fault(*fault)


@pytest.mark.parametrize("text", ["run_sse", "=cut", "run_sse=", "run_sse=cut@x", "run_sse=cut@0"])
def test_a_spelling_that_means_nothing_is_refused(text):
    with pytest.raises(ValueError, match=r"written as|count from"):
        Fault.parse(text)


def test_every_fault_reads_as_it_is_written():
    for name in (*ERRORS, *ELSEWHERE):
        for endpoint in ELSEWHERE.get(name, ENDPOINTS):
            for more in ("", "@3", ":0.5", ":0.5@2"):
                assert str(Fault.parse(f"{endpoint}={name}{more}")) == f"{endpoint}={name}{more}"


# The client meets them


@pytest.fixture
def client():
    faults = Faults()
    with cog.connect(faults=faults, patience=BRIEF, tell=lambda _: None) as client:
        client.faults = faults
        yield client


@pytest.mark.parametrize(
    ("endpoint", "fault", "error"),
    [
        ("credits", 1002, SessionNotFound),
        ("credits", 2001, NoCredits),
        ("credits", 402, ExportBlocked),
    ],
)
def test_the_client_raises_the_contracts_error_in_any_status(client, endpoint, fault, error):
    for status in (None, 200):
        client.faults.add(endpoint, fault, status=status)
        with pytest.raises(error):
            client.credits()


def test_the_client_mends_a_refused_token_and_a_rate_limit_once(client):
    client.faults.add("credits", 1001)
    client.faults.add("credits", 429, nth=2, seconds=0)
    assert client.credits().total == 100
    client.faults.add("credits", 429, seconds=0, times=2)
    with pytest.raises(RateLimited):
        client.credits()
    client.faults.add("credits", 1001, times=2)
    with pytest.raises(TokenExpired):
        client.credits()


def test_the_client_reads_again_what_was_cut(client):
    client.faults.add("credits", "cut")
    assert client.credits().total == 100
    assert len(client.faults.happened) == 1


def test_the_client_tells_what_a_file_is_refused_for(client):
    session = client.session("vlog")
    client.faults.add("upload", 4001)
    with pytest.raises(UnsupportedFile):
        session.upload(clip())
    client.faults.add("upload", 4002)
    with pytest.raises(FileTooLarge):
        session.upload(clip())
    assert session.upload(clip())


@pytest.mark.parametrize("fault", ["cut", "silent", "gateway"])
def test_the_client_finds_out_what_an_edit_did(client, fault):
    session = client.session("vlog")
    session.upload(clip("talk.mp4", seconds=2.0, sound="mix"))
    client.faults.add("run_sse", fault)
    turn = session.send("remove the music")
    assert turn.error is None
    assert turn.text
    wait_until(lambda: "speech" in session.state()["draft"]["t"][0]["sg"][0]["m"])
    assert [call.path for call in client.calls].count("/run_sse") == 1


def test_the_client_tells_of_a_failure_in_the_stream(client):
    session = client.session("vlog")
    session.upload(clip())
    client.faults.add("run_sse", "failure")
    turn = session.send("remove the music")
    assert isinstance(turn.error, AgentFailed)


def test_the_client_renders_again_after_a_failure(client, tmp_path):
    session = client.session("vlog")
    session.upload(clip())
    client.faults.add("poll_render", "failure")
    assert session.export(tmp_path / "out.mp4").path.exists()
    assert len(client.faults.happened) == 1


def test_a_stream_of_heartbeats_is_left_in_the_end(client):
    session = client.session("vlog")
    session.upload(clip())
    patience = Patience(heartbeats=0.3, broken=0.02, looks=(0.02,))
    client.api.patience = patience
    client.faults.add("run_sse", "heartbeats", seconds=60)
    turn = session.send("hello")
    assert isinstance(turn.error, StreamBroken)


def test_faults_meet_nobody_else(client):
    client.faults.add("credits", 2001, times=None)
    with cog.connect(tell=lambda _: None) as other:
        assert other.credits().total == 100
    with pytest.raises(ServiceError):
        client.credits()


def test_faults_can_be_said_in_connect():
    with cog.connect(faults=["credits=1002@2"], tell=lambda _: None) as client:
        assert client.credits().total == 100
        with pytest.raises(SessionNotFound):
            client.credits()


def test_faults_make_the_engine_of_this_machine_answer(monkeypatch):
    monkeypatch.setenv("NEMO_TOKEN", "nmv_usr_mine")
    with cog.connect(faults="credits=1002", tell=lambda _: None) as client:
        assert client.api.here
    with pytest.raises(CallerError, match="engine of this machine"):
        cog.connect("cloud", faults="credits=1002")
    with pytest.raises(CallerError, match="no endpoint"):
        cog.connect(faults="balance=1002")


def wait_until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
