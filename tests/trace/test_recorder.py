"""What the log says is what went over the wire, and nothing is changed by looking."""

import gzip
import json
import threading
import zlib

import httpx
import pytest
from recorded import Chunks, Recorded, playing, streaming

from cogwidgets.trace import MASK, CallLog, call_of
from cogwidgets.trace.shelf import Part

OK = {"code": 0, "data": {"available": 1}}


def _answer(**options):
    return lambda _request: httpx.Response(200, **options)


def test_a_call_says_what_it_was_for_and_what_was_sent():
    with playing(_answer(json=OK)) as client:
        client.post(
            "/api/x?a=1",
            json={"n": [1, "ü"]},
            extensions={"purpose": "try it", "section": 'contract.md "Endpoints"'},
        )
    [call] = client.log
    assert (call.index, call.purpose, call.section) == (1, "try it", 'contract.md "Endpoints"')
    assert (call.method, call.path, call.status) == ("POST", "/api/x", 200)
    assert call.url == "http://localhost:8000/api/x?a=1"
    assert call.request_json == {"n": [1, "ü"]}
    assert call.request_size == len(call.request_body.encode())
    assert call.response_json == OK
    assert call.response_size == len(call.response_body)
    assert call.complete
    assert not call.failed


def test_the_code_gets_what_it_would_get_without_a_recorder():
    body = "Grüße, 音乐".encode()
    with playing(_answer(content=body, headers={"x-a": "1", "content-type": "text/plain"})) as it:
        answer = it.get("/x")
    assert (answer.content, answer.headers["x-a"], answer.reason_phrase) == (body, "1", "OK")
    assert call_of(answer) is it.log[0]
    assert call_of(httpx.Response(200)) is None


def test_times_add_up_and_a_connection_is_made_once(caller):
    first, second = caller.log[0], caller.log[1]
    assert first.connected is not None
    assert second.connected is None
    for call in caller.log:
        assert sum(call.timings) == pytest.approx(call.seconds)
        assert min(call.timings) >= 0
        assert 0 <= call.sent <= call.first_byte <= call.seconds


def test_whoever_asked_for_the_times_of_the_connection_still_hears_them(caller):
    heard = []
    caller.get("/health", extensions={"trace": lambda name, _: heard.append(name)})
    assert "http11.send_request_headers.started" in heard
    assert caller.log[-1].sent is not None


def test_an_upload_is_known_by_its_parts_and_never_by_its_bytes(caller, sample):
    caller.upload(sample)
    call = caller.log[-1]
    assert call.parts == (Part("files", "vlog.mp4", "video/mp4", sample.stat().st_size),)
    assert call.request_size > sample.stat().st_size
    assert "bytes of multipart/form-data" in call.request_body
    assert call.response_json["data"]["files"][0]["filename"] == "vlog.mp4"


def test_an_upload_is_not_read_before_it_is_sent():
    class File:
        reads = 0

        def read(self, _size=-1):
            self.reads += 1
            return b""

    file, seen = File(), []
    with playing(lambda _request: seen.append(file.reads) or httpx.Response(200)) as client:
        form = {"note": "hello"}
        client.post("/up", data=form, files={"files": ("a.mp4", file)})
    assert seen == [1]  # by the transport below, which reads it to its end
    assert [part.name for part in client.log[0].parts] == ["note", "files"]
    assert client.log[0].parts[0].value == "hello"
    assert client.log[0].parts[1].size is None


def test_media_are_counted_and_not_kept():
    with playing(_answer(content=bytes(5000), headers={"content-type": "video/mp4"})) as client:
        assert len(client.get("/media/a.mp4").content) == 5000
    assert client.log[0].response_body == "(5000 bytes of video/mp4)"
    assert client.log[0].response_size == 5000


PACKED = {"gzip": gzip.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("encoding", PACKED)
def test_a_compressed_answer_is_shown_as_what_it_says(encoding):
    packed = PACKED[encoding](json.dumps(OK).encode())
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    answer = lambda _: httpx.Response(200, headers=headers, stream=Chunks(packed))  # noqa: E731
    with playing(answer) as client:
        assert client.get("/x").json() == OK
    assert client.log[0].response_json == OK
    assert client.log[0].response_size == len(packed)


@pytest.mark.parametrize("encoding", PACKED)
def test_the_events_of_a_compressed_stream_are_shown(encoding):
    packed = PACKED[encoding](b"data: a\n\ndata: b\n\n")
    pieces = [packed[i : i + 3] for i in range(0, len(packed), 3)]
    headers = {"content-encoding": encoding}
    with playing(lambda _: streaming(*pieces, **headers)) as client:
        assert client.get("/run_sse").text == "data: a\n\ndata: b\n\n"
    assert [event.data for event in client.log[0].events] == ["a", "b"]


def test_a_body_that_is_not_what_it_says_is_no_reason_to_fail():
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    answer = lambda _: httpx.Response(200, headers=headers, stream=Chunks(b"no gzip"))  # noqa: E731
    with playing(answer) as client, client.stream("GET", "/x") as response:
        assert b"".join(response.iter_raw()) == b"no gzip"
    assert client.log[0].response_body == "(7 bytes of gzip)"
    assert client.log[0].response_json is None


def test_a_stream_that_does_not_unpack_is_handed_on_all_the_same():
    answer = lambda _: streaming(b"no gzip", **{"content-encoding": "gzip"})  # noqa: E731
    with playing(answer) as client, client.stream("GET", "/run_sse") as response:
        assert b"".join(response.iter_raw()) == b"no gzip"
    assert client.log[0].events == []


def test_another_charset_is_read_as_such():
    kind = {"content-type": "text/html; charset=latin-1"}
    with playing(_answer(content="für".encode("latin-1"), headers=kind)) as client:
        client.get("/x")
    assert client.log[0].response_body == "für"


def test_events_come_with_their_times_while_the_stream_runs():
    gate = threading.Event()

    class Slow(httpx.SyncByteStream):
        def __iter__(self):
            yield b'data: {"content":{"parts":[{"text":"Do'
            yield b'ne."}]}}\n\n'
            gate.wait(5)
            yield b"data:\n\n"

    kind = {"content-type": "text/event-stream"}
    with playing(lambda _: httpx.Response(200, headers=kind, stream=Slow())) as client:
        with client.stream("POST", "/run_sse", json={}) as response:
            chunks = response.iter_raw()
            next(chunks)
            assert client.log[0].events == []
            next(chunks)
            [event] = client.log[0].events
            assert event.json == {"content": {"parts": [{"text": "Done."}]}}
            assert client.log[0].seconds is None
            gate.set()
            list(chunks)
        first, last = client.log[0].events
        assert 0 < first.at <= last.at <= client.log[0].seconds
        assert client.log[0].event_count == 2


def test_the_engines_stream_is_kept_byte_for_byte(caller):
    told = b""
    with caller.stream("POST", "/run_sse", json=caller.message("what can you do?")) as response:
        for chunk in response.iter_raw():
            told += chunk
    call = caller.log[-1]
    assert call.response_body.encode() == told
    assert call.response_size == len(told)


def test_many_headers_of_one_name_are_kept_apart():
    lines = [("set-cookie", "a=0a1b2c3d"), ("set-cookie", "b=1; Expires=Wed, 21 Oct 2026")]
    with playing(lambda _: httpx.Response(200, headers=lines)) as client:
        client.get("/x")
    kept = [line for line in client.log[0].read().response_headers if line[0] == "set-cookie"]
    assert kept == [
        ("set-cookie", f"a={MASK}"),
        ("set-cookie", f"b={MASK}; Expires=Wed, 21 Oct 2026"),
    ]


# -- what goes wrong --------------------------------------------------------------------------


def test_a_call_stands_in_the_log_with_its_error_when_no_answer_comes():
    def refuse(_request):
        raise httpx.ConnectError("refused")

    with playing(refuse) as client, pytest.raises(httpx.ConnectError):
        client.get("/x")
    [call] = client.log
    assert (call.error, call.status, call.failed) == ("ConnectError: refused", None, True)
    assert call.seconds is not None
    assert sum(call.timings) == pytest.approx(call.seconds)


def test_a_call_stands_in_the_log_before_its_answer_comes():
    seen = []
    with playing(lambda _: seen.append(repr(client.log[0])) or httpx.Response(200)) as client:
        client.get("/x")
    assert seen == ["<Call 1 GET /x [running]>"]


def test_a_stream_that_is_cut_keeps_what_came():
    broken = httpx.RemoteProtocolError("peer closed connection")
    with playing(lambda _: streaming(b"data: a\n\ndata: b", broken)) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/run_sse")
        [call] = client.log
    assert [event.data for event in call.events] == ["a"]
    assert call.response_body == "data: a\n\ndata: b"
    assert call.error == "RemoteProtocolError: peer closed connection"
    assert call.failed
    assert not call.complete


def test_a_stream_that_is_left_early_is_no_failure():
    with playing(lambda _: streaming(b"data: a\n\n", b"data: b\n\n")) as client:
        with client.stream("GET", "/run_sse") as response:
            next(response.iter_raw())
        [call] = client.log
    assert not call.failed
    assert not call.complete
    assert "left early" in repr(call)


REFUSALS = [
    (200, {"code": 1001, "message": "bad token"}, "1001 bad token"),
    (200, {"code": "2001", "msg": "no credits"}, "2001 no credits"),
    (200, {"success": False, "error": "It failed."}, "It failed."),
    (404, {"detail": "Session not found"}, "Session not found"),
    (402, {"code": 402, "message": "plan"}, "plan"),
    (500, None, None),
    (200, OK, None),
    (200, {"success": True, "data": {"code": 7}}, None),
    (200, {"id": "render_1", "status": "failed"}, None),
]


@pytest.mark.parametrize(("status", "body", "refusal"), REFUSALS)
def test_an_error_counts_wherever_its_code_comes(status, body, refusal):
    with playing(lambda _: httpx.Response(status, json=body)) as client:
        client.get("/x")
    assert client.log[0].refusal == refusal
    assert client.log[0].failed is (refusal is not None or status >= 400)


def test_a_failure_inside_a_stream_counts():
    failure = b'data: {"errorCode":"no_audio","errorMessage":"The clip has no sound."}\n\n'
    with playing(lambda _: streaming(failure)) as client:
        client.get("/run_sse")
    assert client.log[0].refusal == "The clip has no sound."
    assert client.log[0].failed


# -- many at once -----------------------------------------------------------------------------


def test_calls_of_many_threads_have_each_their_number(service):
    with Recorded(httpx.HTTPTransport(), service.url) as client:
        threads = [
            threading.Thread(target=lambda: [client.get("/health") for _ in range(10)])
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [call.index for call in client.log] == list(range(1, 51))
    assert all(call.response_json["status"] == "ok" for call in client.log)


def test_several_clients_may_write_one_log():
    log = CallLog()
    for name in ("one", "two"):
        answer = httpx.MockTransport(_answer(text=name))
        with Recorded(answer, log=log) as client:
            client.get(f"/{name}")
    assert [call.response_body for call in log] == ["one", "two"]
