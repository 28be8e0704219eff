"""Services that answer oddly, files that change, and people who set things wrong."""

import contextlib
import json
import os
import signal
import threading
import time

import pytest
from counting import BRIEF, FILE, CountingService

import cogwidgets as cog
from cogwidgets.api import (
    Api,
    CallerError,
    Credentials,
    FileProblem,
    NoCredits,
    Patience,
    ServiceError,
    Stopped,
    StreamBroken,
)
from cogwidgets.client import Client
from cogwidgets.client.target import Part

HTML = {"Content-Type": "text/html"}
SENT = {"Content-Type": "text/event-stream"}


def test_another_host_is_told_nothing_and_cannot_take_the_client_id(client, service, tmp_path):
    with CountingService().running() as other:
        service.output = f"{other.url}/file.mp4"
        other.instead = [("file", 400, HTML, b"bad signature")]
        before = client.api.credentials.client_id
        export = client.session("vlog").export(tmp_path / "out.mp4")
    assert export.path.read_bytes() == FILE  # by the other way
    [(_, headers)] = other.requests
    assert not headers.keys() & {"authorization", "x-client-id", "x-engine-secret"}
    assert client.api.credentials.client_id == before


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_output_url_that_has_expired_is_no_end(client, service, tmp_path, status):
    service.instead = [("/file.mp4", status, HTML, b"expired")]
    assert client.session("vlog").export(tmp_path / "out.mp4").size == len(FILE)


def test_a_render_without_an_output_url_is_fetched_by_its_id(client, service, tmp_path):
    service.output = ""
    client.session("vlog").export(tmp_path / "out.mp4")
    assert "/" not in [path for path, _ in service.requests]


def test_a_redirect_of_a_download_is_followed(client, service, tmp_path):
    service.instead = [("/file.mp4", 302, {"Location": "/elsewhere.mp4"}, b"")]
    assert client.session("vlog").export(tmp_path / "out.mp4").size == len(FILE)


def test_another_part_than_was_asked_for_is_not_appended(client, service, tmp_path):
    service.file_cuts = service.lies = 1
    export = client.session("vlog").export(tmp_path / "out.mp4")
    assert export.path.read_bytes() == FILE
    assert service.lies == 0


@pytest.mark.parametrize(
    "body",
    [FILE[:1000], FILE + b"more", b"RIFF" + FILE, b""],
    ids=["cut", "longer", "other", "none"],
)
def test_a_result_that_is_not_whole_never_gets_the_name(client, service, tmp_path, body):
    session = client.session("vlog")
    service.instead = [("/file.mp4", 200, {"Connection": "close"}, body)]
    with pytest.raises(StreamBroken, match="xport again"):
        session.export(tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []
    assert session.unfinished_exports() == []


def test_an_export_that_is_being_made_is_nobody_elses(client, service, tmp_path):
    session = client.session("vlog")
    service.cut = "silence"
    client.api.patience = Patience(poll=(0.01, 0.01))
    thread = threading.Thread(target=lambda: _ignored(session.export, tmp_path / "out.mp4"))
    thread.start()
    assert service.seen.wait(10)
    again = Client(Api(service.url, credentials=Credentials(client_id="tester")))
    assert again.unfinished_exports() == []
    [pending] = again.ledger.exports()
    with pytest.raises(CallerError, match="being exported already"):
        Part(pending.target, pending.render_id)
    client.stop()
    thread.join()
    assert again.unfinished_exports() == [pending]


def test_one_export_that_cannot_be_finished_keeps_nobody_from_the_others(
    client, service, told, tmp_path
):
    session = client.session("vlog")
    service.file_cuts = 99
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with pytest.raises(StreamBroken):
            session.export(tmp_path / name / "out.mp4")
    service.file_cuts = 0
    for left in (tmp_path / "one").iterdir():
        left.unlink()
    (tmp_path / "one").rmdir()
    [export] = session.resume_exports()
    assert export.path.parent.name == "two"
    assert any("out.mp4" in line for line in told)
    with pytest.raises(FileProblem):
        session.resume_exports()


@pytest.mark.parametrize(("status", "body"), [(204, b""), (404, b'{"detail": "gone"}')])
def test_a_cancel_that_is_answered_oddly_is_one(client, service, tmp_path, status, body):
    session = client.session("vlog")
    service.file_cuts = 99
    with pytest.raises(StreamBroken):
        session.export(tmp_path / "out.mp4")
    service.instead = [("/cancel", status, {"Content-Type": "application/json"}, body)]
    assert session.cancel_exports() == 1
    assert session.unfinished_exports() == []
    assert list(tmp_path.iterdir()) == []


def test_a_turn_is_kept_when_the_state_cannot_be_read_after_it(client, service):
    session = client.session("vlog")
    service.edits = 1  # so that the first look has something to say
    state = ("/api/state/", 500, {}, b'{"message": "boom"}')
    session.read_state()
    client.hear = lambda _: service.instead or service.instead.append(state)
    turn = session.send("remove the music")
    assert turn.text == "Removed the music."
    assert isinstance(turn.error, ServiceError)
    assert session.turns == [turn]


def test_a_stop_while_the_state_is_watched_keeps_the_turn(client, service):
    session = client.session("vlog")
    service.cut, service.applied = "before headers", False
    client.api.patience = Patience(poll=(0.01, 0.01))  # 30 s until the first look
    threading.Thread(target=lambda: (service.seen.wait(10), time.sleep(0.2), client.stop())).start()
    started = time.monotonic()
    turn = session.send("remove the music")
    assert time.monotonic() - started < 10
    assert isinstance(turn.error, Stopped)
    assert session.turns == [turn]


def test_a_stop_from_a_signal_handler_is_heard(client, service):
    service.cut = "silence"
    client.api.patience = Patience()
    session = client.session("vlog")
    before = signal.signal(signal.SIGUSR1, lambda *_: client.stop())
    try:
        main = threading.main_thread().ident

        def ask():
            service.seen.wait(10)
            signal.pthread_kill(main, signal.SIGUSR1)

        threading.Thread(target=ask).start()
        assert isinstance(session.send("remove the music").error, Stopped)
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, HTML, b"<html>log in</html>"),
        (204, {}, b""),
        (302, {"Location": "/login"}, b""),
        (200, {"Content-Type": "application/json"}, b"[]"),
    ],
    ids=["page", "nothing", "redirect", "list"],
)
def test_what_is_no_event_stream_is_no_answer(client, service, status, headers, body):
    session = client.session("vlog")
    service.instead = [("/run_sse", status, headers, body)]
    with pytest.raises(ServiceError):
        session.send("remove the music")


@pytest.mark.parametrize("form", ["body", "event"])
def test_a_code_counts_inside_a_stream_too(client, service, form):
    session = client.session("vlog")
    answer = b'{"code": 2001, "message": "no credits"}'
    body = b"data: " + answer + b"\n\n" if form == "event" else answer
    kind = SENT if form == "event" else {"Content-Type": "text/plain"}
    service.instead = [("/run_sse", 200, kind, body)]
    if form == "event":
        assert isinstance(session.send("remove the music").error, NoCredits)
    else:
        with pytest.raises(NoCredits, match="register"):
            session.send("remove the music")


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 0, "session_id": "1" * 19, "task_id": 7, "data": {}},
        {"session_id": "1" * 19},
        {"code": 0, "data": {"session_id": 1111111111111111111}},
    ],
    ids=["beside data", "top level", "number"],
)
def test_ids_are_read_wherever_they_stand(client, service, answer):
    service.instead = [("/with-session/", 200, {}, json.dumps(answer).encode())]
    assert client.session("vlog").id == "1" * 19


@pytest.mark.parametrize("answer", [{"code": 0, "data": None}, [], {"code": "NO_SUCH"}])
def test_a_session_without_an_id_is_none(client, service, answer):
    service.instead = [("/with-session/", 200, {}, json.dumps(answer).encode())]
    with pytest.raises(ServiceError):
        client.session("vlog")


def test_a_word_that_looks_like_a_secret_silences_nobody(client, service):
    call = {"functionCall": {"name": "read", "args": {"token": "content"}}}
    service.events = [{"content": {"parts": [call]}}, *service.events]
    session = client.session("vlog")
    assert session.send("remove the music").text == "Removed the music."
    assert session.send("and again").text == "Removed the music."


def test_odd_words_are_sent_as_they_can_be(client):
    session = client.session("half a pair \ud83d")
    assert session.send("half a pair \ud83d").text


@pytest.mark.parametrize("change", ["shrinks", "grows"])
def test_a_file_that_changes_while_it_is_sent(client, video, change):
    session = client.session("vlog")
    size = video.stat().st_size

    def meanwhile(_step, _fraction):
        with video.open("r+b") as file:
            file.truncate(1000 if change == "shrinks" else 2 * size)

    client.show = meanwhile
    if change == "shrinks":
        with pytest.raises(FileProblem, match="while it was uploaded"):
            session.upload(video)
    else:
        assert session.upload(video)


def test_a_pipe_is_no_file(client, tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(FileProblem, match="not a file"):
        client.session("vlog").upload(tmp_path / "pipe.mp4")


def test_two_files_of_one_name_arrive_or_do_not(client, service, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'a"b.mp4').write_bytes(FILE)
    session = client.session("vlog")
    service.cut = "before headers"
    uploads = session.upload(tmp_path / "one" / 'a"b.mp4', tmp_path / "two" / 'a"b.mp4')
    assert len(uploads) == 2


def test_a_reopened_session_does_not_take_an_old_file_for_a_new_one(client, service, video):
    session = client.session("vlog")
    session.upload(video)
    again = client.session(id=session.id)
    service.cut, service.applied = "before headers", False
    with pytest.raises(StreamBroken):
        again.upload(video)


def test_a_client_that_is_closed_says_so(service):
    client = Client(Api(service.url, credentials=Credentials(client_id="tester"), patience=BRIEF))
    client.close()
    with pytest.raises(CallerError, match="closed"):
        client.credits()


def test_the_registration_link_names_the_account_of_a_kept_token(service, monkeypatch):
    monkeypatch.setenv("NEMO_WEB_URL", "https://web.test")
    for _ in range(2):
        with cog.connect(base_url=service.url) as client:
            client.credits()
            assert client.register_link() == "https://web.test/register?bind=anon_1"
    assert service.charges["token"] == 1


@pytest.mark.parametrize("token", ["my secret", "s\u00f6", "a\nb"])
def test_a_token_that_no_header_can_carry_is_refused_unseen(monkeypatch, token):
    monkeypatch.setenv("NEMO_TOKEN", token)
    with pytest.raises(CallerError, match="no header can carry") as told:
        cog.connect("cloud")
    assert token not in str(told.value)


def test_a_line_break_behind_a_token_is_not_part_of_it(monkeypatch, service):
    monkeypatch.setenv("NEMO_TOKEN", "my-own-token\n")
    with cog.connect(base_url=service.url) as client:
        client.credits()
    assert service.requests[-1][1]["authorization"] == "Bearer my-own-token"


@pytest.mark.parametrize("proxy", ["127.0.0.1:1", "socks9://127.0.0.1:1"])
def test_a_proxy_is_used_or_refused_in_a_sentence(monkeypatch, proxy):
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises((CallerError, cog.CogError)) as told:
        cog.connect(base_url="http://service.test", patience=BRIEF).credits()
    assert "proxy" in str(told.value) or "reached" in str(told.value)


def _ignored(action, *arguments):
    with contextlib.suppress(Stopped):
        action(*arguments)
