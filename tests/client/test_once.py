"""Nothing is charged twice and nothing is lost, wherever the connection is cut."""

import contextlib
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpcore
import httpx
import pytest
from counting import BRIEF, FILE

import cogwidgets
from cogwidgets.api import (
    Api,
    Credentials,
    NoCredits,
    Patience,
    RateLimited,
    RenderFailed,
    SessionNotFound,
    Stopped,
    StreamBroken,
    TokenExpired,
)
from cogwidgets.client import Client

# Whose code a call goes through on its way to the socket.
_WAY = tuple(str(Path(of.__file__).parent) for of in (httpcore, httpx, cogwidgets))
CUTS = ["before headers", "half", "at the end", "silence", "gateway"]


@pytest.fixture
def interrupting():
    """Interrupt the main thread, as Ctrl-C does, once an event is set."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.main_thread().ident

    def interrupt(when, after=0.1):
        def wait():
            when.wait(10)
            time.sleep(after)
            signal.pthread_kill(main, signal.SIGINT)

        threading.Thread(target=wait, daemon=True).start()

    yield interrupt
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("cut", CUTS)
def test_a_message_whose_stream_breaks_is_charged_once_and_its_edit_is_told(client, service, cut):
    session = client.session("vlog")
    service.cut = cut
    turn = session.send("remove the music")
    assert service.charges["run_sse"] == 1
    assert turn.error is None
    assert [str(change) for change in turn.changes] == ["Music removed from 'vlog' (0:00–0:04)"]
    assert turn.text
    whole = cut == "at the end"  # nothing but the stream's end was missing
    assert turn.text.startswith("The connection broke; this is what was done: ") != whole


def test_a_message_that_came_to_nothing_is_said_so_and_not_sent_again(client, service):
    session = client.session("vlog")
    service.cut, service.applied = "before headers", False
    turn = session.send("remove the music")
    assert service.charges["run_sse"] == 1
    assert isinstance(turn.error, StreamBroken)
    assert "Nothing has changed since" in str(turn.error)
    assert "send it once more" in str(turn.error)
    states = [c for c in client.calls if c.purpose == "read the session state"]
    assert len(states) == 1 + 6  # before, and the looks that the contract asks for


@pytest.mark.parametrize("cut", CUTS)
def test_an_upload_that_breaks_is_charged_once_and_found_in_the_state(client, service, video, cut):
    session = client.session("vlog")
    service.cut = cut
    assert [upload.filename for upload in session.upload(video)] == ["vlog.mp4"]
    assert service.charges["upload"] == 1


def test_an_upload_that_is_lost_is_said_so_and_not_sent_again(client, service, video):
    session = client.session("vlog")
    service.cut, service.applied = "before headers", False
    with pytest.raises(StreamBroken):
        session.upload(video)
    assert service.charges["upload"] == 1


@pytest.mark.parametrize("cut", CUTS)
def test_a_render_whose_submission_breaks_is_charged_once_and_fetched(
    client, service, tmp_path, cut
):
    session = client.session("vlog")
    service.cut = cut
    export = session.export(tmp_path / "out.mp4")
    assert export.path.read_bytes() == FILE
    assert service.charges["render"] == 1
    assert session.unfinished_exports() == []


def test_a_submission_of_which_nobody_knows_is_not_repeated(client, service, tmp_path):
    session = client.session("vlog")
    service.cut, service.applied = "before headers", False
    with pytest.raises(StreamBroken, match="resume_exports"):
        session.export(tmp_path / "out.mp4")
    assert len(session.unfinished_exports()) == 1  # it may still turn up
    with pytest.raises(RenderFailed, match="does not know the render"):
        session.resume_exports()
    assert service.charges["render"] == 1
    assert list(tmp_path.iterdir()) == []
    assert session.unfinished_exports() == []


@pytest.mark.parametrize("job", ["run_sse", "upload", "render"])
def test_an_interrupt_charges_once_returns_at_once_and_leaves_nothing_open(
    client, service, video, tmp_path, interrupting, job
):
    session = client.session("vlog")
    service.cut = "silence"
    client.api.patience = Patience(poll=(0.01, 0.01))
    interrupting(service.seen)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _do(session, job, video, tmp_path)
    assert time.monotonic() - started < 5  # rather than the 30 s of the silence
    assert service.charges[job] == 1
    assert _open_connections(client) == []
    service.cut = None
    assert client.credits().total == 100  # the client goes on


@pytest.mark.parametrize("job", ["run_sse", "upload", "render"])
def test_a_stop_from_another_thread_charges_once_and_keeps_what_came(
    client, service, video, tmp_path, job
):
    session = client.session("vlog")
    service.cut = "silence"
    client.api.patience = Patience(poll=(0.01, 0.01))
    before = set(threading.enumerate())

    def stop():
        service.seen.wait(10)
        time.sleep(0.1)
        client.stop()

    stopper = threading.Thread(target=stop)
    stopper.start()
    if job == "run_sse":
        turn = session.send("remove the music")
        assert isinstance(turn.error, Stopped)
        assert session.turns == [turn]
    else:
        with pytest.raises(Stopped) as stopped:
            _do(session, job, video, tmp_path)
        assert stopped.value.hint
    stopper.join()
    assert service.charges[job] == 1
    assert _open_connections(client) == []
    # The service keeps a thread for the connection that it holds open; the client none.
    assert len(set(threading.enumerate()) - before) <= 1


def test_a_snippet_is_given_the_token_of_the_calls(client, service):
    assert client.token() == "nmv_usr_1"
    client.session("vlog")
    assert service.charges["token"] == 1
    assert client.token() not in repr(client) + str(client.calls[-1].curl())


def test_a_stop_ends_only_what_had_begun(client):
    client.stop()
    assert client.credits().available == 90


def test_a_partial_turn_is_kept_when_interrupted(client, service, interrupting):
    session = client.session("vlog")
    service.cut = "silence"
    client.api.patience = Patience()
    interrupting(service.seen)
    with pytest.raises(KeyboardInterrupt, match=r"session\.turns"):
        session.send("remove the music")
    [turn] = session.turns
    assert turn.tool_calls[0].name == "separate_audio"


def test_an_export_that_is_stopped_is_finished_later(client, service, tmp_path):
    session = client.session("vlog")
    service.cut = "silence"
    client.api.patience = Patience(poll=(0.01, 0.01))
    threading.Thread(target=lambda: (service.seen.wait(10), client.stop())).start()
    with pytest.raises(Stopped, match="resume_exports"):
        session.export(tmp_path / "out.mp4")
    service.cut = None
    again = Client(Api(service.url, credentials=Credentials(client_id="tester"), patience=BRIEF))
    with again:
        assert [p.target.name for p in again.unfinished_exports()] == ["out.mp4"]
        [export] = again.session(id=session.id).resume_exports()
    assert export.path.read_bytes() == FILE
    assert service.charges["render"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_a_download_that_breaks_goes_on_where_it_was(client, service, tmp_path):
    session = client.session("vlog")
    service.file_cuts = 2
    export = session.export(tmp_path / "out.mp4")
    assert export.path.read_bytes() == FILE
    assert service.ranges[0] == ""
    assert all(asked.startswith("bytes=") for asked in service.ranges[1:])
    assert len(service.ranges) == 3


def test_a_download_goes_on_in_another_process(client, service, tmp_path):
    session = client.session("vlog")
    service.file_cuts = 4
    client.api.patience = replace(BRIEF, reads=(0.01,))
    with pytest.raises(StreamBroken, match="resume_exports"):
        session.export(tmp_path / "out.mp4")
    service.file_cuts = 0
    again = Client(Api(service.url, credentials=Credentials(client_id="tester"), patience=BRIEF))
    with again:
        [export] = again.resume_exports()
    assert export.path.read_bytes() == FILE
    assert service.ranges[-1].startswith("bytes=")
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_a_render_that_the_service_has_lost_is_said_so_once(client, service, tmp_path):
    session = client.session("vlog")
    service.file_cuts = 9
    with pytest.raises(StreamBroken):
        session.export(tmp_path / "out.mp4")
    service.renders.clear()
    with pytest.raises(RenderFailed, match="does not know the render"):
        session.resume_exports()
    assert session.resume_exports() == []
    assert list(tmp_path.iterdir()) == []


def test_a_result_that_is_no_video_never_gets_the_name(client, service, tmp_path, monkeypatch):
    monkeypatch.setattr("counting.FILE", b"<html>not found</html>")
    with pytest.raises(StreamBroken, match=r"not out\.mp4"):
        client.session("vlog").export(tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    assert service.charges["render"] == 1


def _refused(code, **headers):
    return (200, {"code": code, "message": "no"}, headers)


def test_a_rate_limit_is_waited_for_once(client, service, told):
    service.refusals = [(429, {"detail": "slow down"}, {"Retry-After": "0.05"})]
    client.session("vlog")
    assert "wait" in told[0]
    service.refusals = [(429, {}, {}), (429, {}, {})]
    with pytest.raises(RateLimited):
        client.session("vlog")


def test_a_refused_token_is_renewed_and_the_call_made_once_more(client, service):
    client.session("vlog")
    service.refusals = [_refused(1001)]
    assert client.session("vlog").send("remove the music").changes
    assert service.charges == {"token": 2, "run_sse": 1}
    service.refusals = [_refused(1001), _refused(1001)]
    with pytest.raises(TokenExpired):
        client.api.create_session()


def test_a_file_is_sent_whole_after_a_refusal(client, service, video):
    session = client.session("vlog")
    shown = []
    client.show = lambda _, fraction: shown.append(fraction)
    service.refusals = [_refused(1001)]
    session.upload(video)
    assert service.charges["upload"] == 1
    assert shown[-1] == 1 == max(shown)


def test_a_token_of_the_users_own_is_theirs_to_renew(service):
    own = Credentials(client_id="tester", given="my-own-token")
    service.refusals = [_refused(1001)]
    with (
        Client(Api(service.url, credentials=own)) as client,
        pytest.raises(TokenExpired, match="NEMO_TOKEN"),
    ):
        client.session("vlog")
    assert service.charges["token"] == 0


def test_without_credits_the_way_on_is_shown(client, service, monkeypatch):
    monkeypatch.setenv("NEMO_WEB_URL", "https://web.test")
    session = client.session("vlog")
    service.refusals = [_refused(2001)]
    with pytest.raises(NoCredits, match=r"https://web\.test/register\?bind=anon_1"):
        session.send("remove the music")


def test_a_lost_session_offers_a_new_one(client, service):
    session = client.session("vlog")
    service.refusals = [_refused(1002)]
    with pytest.raises(SessionNotFound, match=r"client\.session"):
        session.send("remove the music")
    assert service.charges["run_sse"] == 0


def _do(session, job, video, folder):
    match job:
        case "run_sse":
            session.send("remove the music")
        case "upload":
            session.upload(video)
        case "render":
            session.export(folder / "out.mp4")


def _open_connections(client):
    transport = client.api._http._transport._inner
    return [c for c in transport._pool.connections if not c.is_idle() and not c.is_closed()]


@contextlib.contextmanager
def _interrupted_at(step):
    """Interrupt at one step of the code between a call and the socket; gives the steps' count."""
    steps = [0]

    def trace(frame, event, _):
        if not frame.f_code.co_filename.startswith(_WAY):
            return None
        if event in {"line", "return"}:
            steps[0] += 1
            if steps[0] == step:
                signal.raise_signal(signal.SIGINT)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield steps
    finally:
        sys.settrace(before)


def test_an_interrupt_at_any_step_leaves_the_client_whole(client, interrupting):  # noqa: ARG001
    """One inside httpcore's lock, once taken, would have every later call wait for ever."""
    client.credits()
    with _interrupted_at(None) as steps:
        client.credits()
    assert steps[0] > 500
    for step in range(1, steps[0], 11):
        heard = False
        with _interrupted_at(step) as taken:
            try:
                client.credits()
            except KeyboardInterrupt:
                heard = True
        assert heard == (taken[0] >= step)  # a call takes some steps more or fewer each time
        assert _open_connections(client) == []
        assert client.credits().total == 100


def test_a_client_that_is_closed_at_work_leaves_no_connection(service):
    for number in range(40):
        client = Client(Api(service.url, credentials=Credentials(client_id="t"), patience=BRIEF))

        def work(client=client):
            with contextlib.suppress(Exception):  # however it is told
                client.credits()

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(number % 20 / 10_000)
        client.close()
        thread.join()
        assert not [s for s in client.api._http._transport._inner.backend._live if s.open]
