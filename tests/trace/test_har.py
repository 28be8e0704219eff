"""A log is written as HAR 1.2, as browsers read it, and read back as it was."""

import base64
import json
import shutil
import socket
from pathlib import Path

import httpx
import jsonschema
import pytest
import referencing
from recorded import playing, streaming

from cogwidgets.trace import MASK, BadRecording, CallLog, CannotSend, recording

SCHEMA = Path(__file__).parent / "har-schema"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def _valid(har):
    """Check against the schema that the readers of HAR use."""
    resources = [
        (path.name + "#", referencing.Resource.from_contents(json.loads(path.read_text())))
        for path in SCHEMA.glob("*.json")
    ]
    registry = referencing.Registry().with_resources(
        [pair for name, it in resources for pair in ((name, it), (name.rstrip("#"), it))]
    )
    schema = registry.contents("har.json")
    kind = jsonschema.validators.validator_for(schema)
    validator = kind(schema, registry=registry, format_checker=kind.FORMAT_CHECKER)
    validator.validate(har)
    return har


def _written(log, path, **options):
    return _valid(json.loads(log.har(path, **options).read_text(encoding="utf-8")))["log"][
        "entries"
    ]


def _same(before, after):
    """Compare all of a call that a file keeps; of a multipart body that is its parts."""
    plain = [
        "purpose",
        "section",
        "method",
        "path",
        "url",
        "started",
        "status",
        "request_size",
        "response_size",
        "event_count",
        "error",
        "refusal",
        "edited",
        "skipped",
        "complete",
        "parts",
        "response_body",
    ]
    assert [getattr(before, name) for name in plain] == [getattr(after, name) for name in plain]
    assert after.timings == pytest.approx(before.timings, abs=5e-6)
    assert (after.connected is None) == (before.connected is None)
    assert [event.raw for event in before.events] == [event.raw for event in after.events]
    assert [e.at for e in after.events] == pytest.approx([e.at for e in before.events], abs=5e-6)
    assert before.read().request_headers == after.read().request_headers
    assert before.read().response_headers == after.read().response_headers
    assert before.parts or before.request_body == after.request_body


def test_the_schema_can_say_no():
    with pytest.raises(jsonschema.ValidationError):
        _valid(
            {"log": {"version": "1.2", "creator": {"name": "a", "version": "1"}, "entries": [{}]}}
        )


def test_a_whole_job_is_valid_and_comes_back_as_it_was(walk, tmp_path):
    entries = _written(walk.calls, tmp_path / "walk.har")
    assert len(entries) == len(walk.calls)
    read = CallLog.from_har(tmp_path / "walk.har")
    for before, after in zip(walk.calls, read, strict=True):
        _same(before, after)


def test_an_entry_says_what_a_reader_of_har_expects(walk, tmp_path):
    entries = _written(walk.calls, tmp_path / "walk.har")
    first = entries[0]
    assert first["comment"] == "get an anonymous token"
    assert first["_section"] == 'contract.md "Endpoints"'
    assert first["request"]["method"] == "POST"
    assert {"name": "x-client-id", "value": MASK} in first["request"]["headers"]
    assert json.loads(first["response"]["content"]["text"])["data"]["token"] == MASK
    assert first["timings"]["connect"] >= 0
    assert entries[1]["timings"]["connect"] == -1
    for entry in entries:
        shares = [entry["timings"][name] for name in ("connect", "send", "wait", "receive")]
        assert sum(max(0, share) for share in shares) == pytest.approx(entry["time"], abs=0.01)
    upload = next(entry for entry in entries if "upload" in entry["request"]["url"])
    [param] = upload["request"]["postData"]["params"]
    assert (param["name"], param["fileName"]) == ("files", "vlog.mp4")
    assert "value" not in param


def test_events_are_written_as_chrome_writes_them(walk, tmp_path):
    entries = _written(walk.calls, tmp_path / "walk.har")
    [entry] = [entry for entry in entries if "_eventSourceMessages" in entry]
    call = walk.calls["/run_sse"][0]
    messages = entry["_eventSourceMessages"]
    assert [message["data"] for message in messages] == [event.data for event in call.events]
    start = call.started.timestamp()
    times = [message["time"] - start for message in messages]
    assert times == pytest.approx([event.at for event in call.events], abs=1e-5)
    assert entry["response"]["content"]["mimeType"] == "text/event-stream"
    assert entry["response"]["content"]["text"] == call.response_body


def test_odd_calls_are_valid_and_come_back(tmp_path):
    def service(request):
        match request.url.path:
            case "/broken":
                raise httpx.ReadTimeout("")
            case "/cut":
                return streaming(b": hi\n\nid: 7\nevent: x\ndata: a\n\ndata:\n\ndata: b", _GONE)
            case "/odd":
                return httpx.Response(299, content=b"\xff", headers={"content-type": "text/plain"})
        return httpx.Response(204, headers=[("set-cookie", "a=1"), ("set-cookie", "b=2")])

    with playing(service) as client:
        client.get("/x", params={"token": "s3cr3t", "q": "ü [1] ••"})
        client.request("PURGE", "/odd")
        client.head("/x")
        for path in ("/broken", "/cut"):
            with pytest.raises(httpx.TransportError):
                client.post(path, content="a=1\r\n\u2028", headers={"content-type": "text/plain"})
        client.post("/up", data={"note": "ü"}, files={"files": ("ü\"'.mp4", b"film")})
    entries = _written(client.log, tmp_path / "odd.har")
    assert entries[0]["request"]["url"].isascii()
    assert entries[3]["response"]["status"] == 0
    assert entries[3]["response"]["_error"] == "ReadTimeout"
    read = CallLog.from_har(tmp_path / "odd.har")
    for before, after in zip(client.log, read, strict=True):
        _same(before, after)
    assert [event.data for event in read[4].events] == ["a", ""]
    assert [event.id for event in read[4].events] == ["7", ""]


_GONE = httpx.RemoteProtocolError("gone")


def test_a_call_that_still_runs_is_left_out(tmp_path):
    with playing(lambda _: streaming(b"data: a\n\n")) as client:
        client.get("/run_sse")
        with client.stream("GET", "/run_sse") as response:
            next(response.iter_raw())
            assert len(_written(client.log, tmp_path / "a.har")) == 1


def test_the_file_appears_whole_or_not_at_all(walk, tmp_path, monkeypatch):
    target = tmp_path / "walk.har"
    target.write_text("before")
    monkeypatch.setattr(Path, "replace", _fail)
    with pytest.raises(OSError, match="no"):
        walk.calls.har(target)
    assert target.read_text() == "before"


def _fail(*_):
    raise OSError("no")


def test_recording_writes_what_was_called_inside_even_when_it_fails(tmp_path):
    with playing(lambda _: httpx.Response(200)) as client:
        client.get("/before")
        with pytest.raises(ValueError, match="could not convert"):
            _make_and_fail(client, tmp_path / "walk.har")
        client.get("/after")
    assert [call.path for call in CallLog.from_har(tmp_path / "walk.har")] == ["/inside"]


def _make_and_fail(client, path):
    with recording(client.log, path):
        client.get("/inside")
        float("not a number")


# -- media ------------------------------------------------------------------------------------


def _film(size):
    def service(request):
        if request.url.path.endswith(".mp4"):
            return httpx.Response(200, content=b"\x00\xff" * (size // 2), headers=_MP4)
        return httpx.Response(200, json={})

    return service


_MP4 = {"content-type": "video/mp4"}


@pytest.mark.parametrize(
    ("media", "kept"), [(False, False), (True, True), (999, False), (1000, True)]
)
def test_media_are_put_in_when_asked_for_and_small_enough(media, kept, tmp_path):
    with playing(_film(1000)) as client:
        client.get("/media/a.mp4")
        client.get("/state")
        entries = _written(client.log, tmp_path / "a.har", media=media)
        assert len(client.log) == (3 if kept else 2)  # it was asked for once more
    content = entries[0]["response"]["content"]
    assert ("text" in content) is kept
    if kept:
        assert base64.b64decode(content["text"]) == b"\x00\xff" * 500
    read = CallLog.from_har(tmp_path / "a.har")
    assert read[0].response_body == "(1000 bytes of video/mp4)"
    assert (read[0].read().media is not None) is kept
    again = _written(read, tmp_path / "b.har")
    assert again[0]["response"]["content"] == content


def test_media_of_a_recording_cannot_be_had_later(tmp_path):
    with playing(_film(1000)) as client:
        client.get("/media/a.mp4")
    read = CallLog.from_har(client.log.har(tmp_path / "a.har"))
    with pytest.raises(CannotSend):
        read.har(tmp_path / "b.har", media=True)


# -- files of others --------------------------------------------------------------------------

CHROME = {
    "startedDateTime": "2026-11-23T03:06:06.123Z",
    "time": 1500.5,
    "_resourceType": "fetch",
    "request": {
        "method": "POST",
        "url": "https://h.example/run_sse?token=s3cr3t-t0k3n",
        "httpVersion": "h2",
        "headers": [{"name": "Authorization", "value": "Bearer s3cr3t-t0k3n"}],
        "queryString": [],
        "cookies": [],
        "headersSize": -1,
        "bodySize": 7,
        "postData": {"mimeType": "application/json", "text": '{"n":1}'},
    },
    "response": {
        "status": 200,
        "statusText": "",
        "httpVersion": "h2",
        "headers": [{"name": "content-type", "value": "text/event-stream"}],
        "cookies": [],
        "content": {
            "size": 30,
            "mimeType": "text/event-stream",
            "text": "data:\n\ndata: a\n\ndata: s3cr3t-t0k3n\n\n",
        },
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "_error": None,
    },
    "cache": {},
    "timings": {"blocked": 1, "dns": -1, "connect": -1, "send": 0.5, "wait": 100, "receive": 1399},
    "_eventSourceMessages": [
        {"time": 1795403166.723, "eventName": "message", "eventId": "", "data": "a"},
        {"time": 1795403167.223, "eventName": "message", "eventId": "", "data": "s3cr3t-t0k3n"},
    ],
}


def _har(path, *entries):
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
    return path


def test_a_recording_of_a_browser_is_read_and_masked(tmp_path):
    [call] = CallLog.from_har(_har(tmp_path / "a.har", CHROME))
    assert (call.method, call.path, call.status) == ("POST", "/run_sse", 200)
    assert call.request_json == {"n": 1}
    assert [event.data for event in call.events] == ["", "a", MASK]
    assert [event.at for event in call.events] == pytest.approx([0, 0.6, 1.1], abs=0.01)
    assert call.seconds == pytest.approx(1.5005)
    assert "s3cr3t" not in repr(vars(call)) + repr(call.read())


def test_a_stream_whose_text_is_missing_is_made_of_its_messages(tmp_path):
    entry = json.loads(json.dumps(CHROME))
    del entry["response"]["content"]["text"]
    entry["_eventSourceMessages"][0] |= {"eventName": "done", "eventId": "4", "data": "x\ny"}
    [call] = CallLog.from_har(_har(tmp_path / "a.har", entry))
    first = call.events[0]
    assert (first.event, first.id, first.data) == ("done", "4", "x\ny")
    assert first.at == pytest.approx(0.6, abs=0.01)


BAD = {
    "no JSON": "not JSON",
    "no HAR": '{"log": []}',
    "an entry that is none": '{"log": {"entries": [{"request": {}}]}}',
    "an entry without a time": json.dumps(
        {"log": {"entries": [CHROME | {"startedDateTime": "x"}]}}
    ),
    "broken base64": json.dumps(
        {
            "log": {
                "entries": [
                    CHROME
                    | {
                        "response": {
                            "status": 200,
                            "content": {"mimeType": "video/mp4", "text": "a", "encoding": "base64"},
                        }
                    }
                ]
            }
        }
    ),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_file_that_is_no_har_is_refused_in_a_sentence(text, tmp_path):
    (tmp_path / "bad.har").write_text(text)
    with pytest.raises(BadRecording, match=r"bad\.har"):
        CallLog.from_har(tmp_path / "bad.har")


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(BadRecording, match="No such file"):
        CallLog.from_har(tmp_path / "none.har")


# -- Chrome's own reader ----------------------------------------------------------------------

IMPORT = """async text => {
  const HAR = await import('/devtools/models/har/har.js');
  const log = new HAR.HARFormat.HARRoot(JSON.parse(text)).log;
  const requests = HAR.Importer.Importer.requestsFromHARLog(log);
  return requests.map(r => ({
    method: r.requestMethod, url: r.url(), status: r.statusCode, mime: r.mimeType,
    seconds: r.duration, events: r.eventSourceMessages(), type: r.resourceType().name(),
  }));
}"""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")
def test_the_network_panel_of_chrome_imports_it(walk, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    text = walk.calls.har(tmp_path / "walk.har").read_text(encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=[*flags, f"--remote-debugging-port={port}"]
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/devtools/inspector.html")
        told = page.evaluate(IMPORT, text)
        browser.close()
    assert [(r["method"], r["status"]) for r in told] == [(c.method, c.status) for c in walk.calls]
    for request, call in zip(told, walk.calls, strict=True):
        assert request["seconds"] == pytest.approx(call.seconds, abs=0.002)
        assert [event["data"] for event in request["events"]] == [e.data for e in call.events]
        times = [event["time"] - call.started.timestamp() for event in request["events"]]
        assert times == pytest.approx([event.at for event in call.events], abs=0.001)
