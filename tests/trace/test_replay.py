"""A recording answers in place of the service, and says so when it cannot."""

import json
import time

import httpx
import pytest
from recorded import Recorded, playing, streaming

from cogwidgets.api import Api, Credentials
from cogwidgets.trace import BadRecording, CallLog, NotRecorded, ReplayTransport


def _replayed(recording, **options):
    transport = ReplayTransport(recording, **options)
    return Recorded(transport, transport.base_url)


@pytest.fixture(scope="module")
def har(walk, tmp_path_factory):
    return walk.calls.har(tmp_path_factory.mktemp("har") / "walk.har", media=20_000_000)


def test_a_whole_job_runs_from_its_recording(walk, har, sample):
    with _replayed(har) as caller:
        caller.sign_in().new_session("my vlog")
        assert caller.session == walk.session
        caller.upload(sample)
        assert caller.state() == walk.before
        assert caller.say("add calm background music") == walk.said
        assert caller.state() == walk.after
        told = caller.render("render_1795400740788_a180942b")
        assert told == walk.told
        assert caller.get(told["output"]["url"]).content == walk.film
    assert walk.token not in caller.token
    assert [call.path for call in caller.log] == [call.path for call in walk.calls]


def test_our_own_client_runs_from_a_recording_and_needs_no_token(har, walk):
    transport = ReplayTransport(har)
    credentials = Credentials("another-installation", given=transport.token)
    with Api(transport.base_url, credentials=credentials, transport=transport) as api:
        session = api.create_session("my vlog").session_id
        assert session == walk.session
        assert api.calls[0].purpose == "get an anonymous token"
        assert "nmv_usr_replayed" not in repr([call.read() for call in api.calls])


def test_a_token_stands_in_where_the_recording_asks_for_none(walk):
    transport = ReplayTransport(walk.calls[1:])
    credentials = Credentials("another-installation", given=transport.token)
    with Api(transport.base_url, credentials=credentials, transport=transport) as api:
        assert api.create_session("my vlog").session_id == walk.session


def test_an_id_that_the_client_makes_up_is_set_against_the_recorded_one(har, walk, sample):
    with _replayed(har) as caller:
        caller.sign_in().new_session("my vlog")
        caller.upload(sample)
        caller.state()
        caller.say("add calm background music")
        caller.state()
        told = caller.render("render_1895400740999_ffffffff")
        assert told["id"] == "render_1895400740999_ffffffff"
        assert told == walk.told | {"id": told["id"]}
        assert caller.get(told["output"]["url"]).content == walk.film


def test_an_id_of_the_service_is_never_taken_for_another(har):
    with _replayed(har) as caller, pytest.raises(NotRecorded, match="was not recorded"):
        caller.get("/api/state/nemo_agent/me/1111111111111111111/latest")


def _recorded(*steps):
    """A log of these (method, path, body, answer)."""
    answers = iter(steps)
    with playing(lambda _: httpx.Response(200, json=next(answers)[3])) as client:
        for method, path, body, _ in steps:
            client.request(method, path, json=body)
    return client.log


def test_reads_get_their_answers_in_order_and_the_last_again():
    polls = [("GET", "/render/1", None, {"progress": n}) for n in (5, 50, 100)]
    with _replayed(_recorded(*polls)) as client:
        told = [client.get("/render/1").json()["progress"] for _ in range(5)]
    assert told == [5, 50, 100, 100, 100]


def test_a_read_never_runs_ahead_of_a_change_nor_lags_behind_one():
    log = _recorded(
        ("GET", "/state", None, {"v": 1}),
        ("POST", "/send", {"text": "a"}, {}),
        ("GET", "/state", None, {"v": 2}),
        ("GET", "/state", None, {"v": 3}),
        ("POST", "/send", {"text": "b"}, {}),
        ("GET", "/state", None, {"v": 4}),
    )
    with _replayed(log) as client:
        state = lambda: client.get("/state").json()["v"]  # noqa: E731
        assert [state(), state()] == [1, 1]
        client.post("/send", json={"text": "a"})
        assert state() == 2
        client.post("/send", json={"text": "b"})
        assert state() == 4


def test_a_read_that_no_one_made_there_gets_what_was_last_read():
    log = _recorded(
        ("GET", "/credits", None, {"v": 1}),
        ("POST", "/send", {}, {}),
        ("GET", "/state", None, {"v": 2}),
    )
    with _replayed(log) as client:
        assert client.get("/state").json() == {"v": 2}
        client.post("/send", json={})
        assert client.get("/credits").json() == {"v": 1}


def test_the_order_of_keys_and_the_headers_do_not_matter():
    with _replayed(_recorded(("POST", "/a", {"x": 1, "y": 2}, {"ok": 1}))) as client:
        content = b'{ "y": 2, "x": 1 }'
        answer = client.post("/a", content=content, headers={"X-Other": "1"})
    assert answer.json() == {"ok": 1}


def test_a_change_is_answered_as_often_as_it_was_made():
    with _replayed(_recorded(("POST", "/send", {"text": "a"}, {}))) as client:
        client.post("/send", json={"text": "a"})
        with pytest.raises(NotRecorded, match="recorded once and has been answered once"):
            client.post("/send", json={"text": "a"})


STRANGERS = [
    (
        ("POST", "/run_sse", {"session": "s", "parts": [{"text": "louder"}]}),
        'parts[0].text  "quieter" → "louder"',
    ),
    (
        ("POST", "/run_sse", {"session": "s", "parts": [{"text": "quieter"}], "more": 1}),
        "more  — → 1",
    ),
    (("GET", "/run_sse", None), 'method  "POST" → "GET"'),
    (("GET", "/credits/of/me", None), 'path  "/credits" → "/credits/of/me"'),
    (("GET", "/credits?full=1", None), 'query  "" → "full=1"'),
]


@pytest.mark.parametrize(("asked", "words"), STRANGERS)
def test_a_stranger_is_told_the_nearest_call_and_what_differs(asked, words):
    log = _recorded(
        ("POST", "/run_sse", {"session": "s", "parts": [{"text": "quieter"}]}, {}),
        ("GET", "/credits", None, {}),
    )
    method, path, body = asked
    with _replayed(log) as client, pytest.raises(NotRecorded) as told:
        client.request(method, path, json=body)
    assert words in str(told.value)
    assert "\n" not in str(told.value)
    assert "record" in told.value.hint


def test_another_file_is_not_the_recorded_one(har, tmp_path):
    (tmp_path / "vlog.mp4").write_bytes(b"another film")
    with _replayed(har) as caller:
        caller.sign_in().new_session("my vlog")
        with pytest.raises(NotRecorded, match=r"\[0\].size"):
            caller.upload(tmp_path / "vlog.mp4")


def test_secrets_in_what_is_asked_are_masked_before_they_are_compared():
    log = _recorded(("POST", "/a?token=0a1b2c3d4e", {"secret": "0a1b2c3d4e"}, {"ok": 1}))
    with _replayed(log) as client:
        answer = client.post("/a?token=another-0123", json={"secret": "another-0123"})
        assert answer.json() == {"ok": 1}
        with pytest.raises(NotRecorded) as told:
            client.post("/a?token=another-0123", json={"secret": "another-0123", "n": 1})
    assert "another-0123" not in str(told.value)


def test_media_that_were_not_recorded_are_said_to_be_missing(walk, tmp_path):
    without = walk.calls.har(tmp_path / "walk.har")
    missing = pytest.raises(NotRecorded, match=r"no bytes of GET /media/.*media=True")
    with _replayed(without) as caller, missing:
        caller.get(walk.told["output"]["url"])


def test_errors_come_back_as_they_came():
    def service(request):
        match request.url.path:
            case "/refused":
                raise httpx.ConnectError("refused")
            case "/cut":
                return streaming(b"data: a\n\n", httpx.RemoteProtocolError("gone"))
        return httpx.Response(402, json={"code": 402, "message": "plan"})

    with playing(service) as client:
        client.get("/plan")
        for path in ("/refused", "/cut"):
            with pytest.raises(httpx.TransportError):
                client.get(path)
    with _replayed(client.log) as again:
        assert (again.get("/plan").status_code, again.get("/plan").json()["code"]) == (402, 402)
        with pytest.raises(httpx.ConnectError, match="refused"):
            again.get("/refused")
        with again.stream("GET", "/cut") as response:
            chunks = response.iter_raw()
            assert next(chunks) == b"data: a\n\n"
            with pytest.raises(httpx.RemoteProtocolError, match="gone"):
                next(chunks)


def test_compressed_answers_come_back_plain(tmp_path):
    import gzip

    packed = gzip.compress(b'{"a": 1}')
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    with playing(lambda _: httpx.Response(200, content=packed, headers=headers)) as client:
        client.get("/a")
    with _replayed(client.log.har(tmp_path / "a.har")) as again:
        assert again.get("/a").json() == {"a": 1}


# -- time -------------------------------------------------------------------------------------


def _timed(path):
    """A recording of a stream whose events came after 0.1 and 0.3 s."""
    with playing(lambda _: streaming(b"data: a\n\n", b"data: b\n\n")) as client:
        client.get("/run_sse")
    har = json.loads(client.log.har(path).read_text())
    [entry] = har["log"]["entries"]
    start = client.log[0].started.timestamp()
    for message, at in zip(entry["_eventSourceMessages"], (0.1, 0.3), strict=True):
        message["time"] = start + at
    entry["time"] = 300
    path.write_text(json.dumps(har))
    return path


@pytest.mark.parametrize(("speed", "seconds"), [(None, 0), (1, 0.3), (3, 0.1)])
def test_events_come_at_once_or_in_their_own_time(speed, seconds, tmp_path):
    with _replayed(_timed(tmp_path / "a.har"), speed=speed) as client:
        client.get("/run_sse")
    last = client.log[0].events[-1]
    assert last.data == "b"
    assert last.at == pytest.approx(seconds, abs=0.08)


def test_closing_ends_the_wait_for_the_next_event(tmp_path):
    with _replayed(_timed(tmp_path / "a.har"), speed=0.01) as client:
        started = time.monotonic()
        with client.stream("GET", "/run_sse") as response:
            import threading

            threading.Timer(0.05, response.close).start()
            assert list(response.iter_raw()) == []
        assert time.monotonic() - started < 2


def test_an_empty_recording_is_none():
    with pytest.raises(BadRecording, match="holds no calls"):
        ReplayTransport(CallLog())
