"""The log as a sequence, as a table, and within its budget of memory."""

import datetime as dt
import gc
import json
import tracemalloc
import warnings

import httpx
import pandas as pd
import pytest
from recorded import Recorded, playing, streaming

from cogwidgets.trace import Call, CallLog
from cogwidgets.trace.shelf import Carried, Part, Place
from cogwidgets.trace.stream import StreamEvent


def _service(request):
    match request.url.path:
        case "/run_sse":
            return streaming(b"data: a\n\n", b"data: b\n\n")
        case "/missing":
            return httpx.Response(404, json={"code": 1002, "message": "no such session"})
    return httpx.Response(200, json={"code": 0, "data": {"path": request.url.path}})


@pytest.fixture
def log():
    with playing(_service) as client:
        for path in ("/credits", "/run_sse", "/missing", "/state/1", "/state/2"):
            client.get(path, extensions={"purpose": f"get {path}"})
    return client.log


def _numbers(calls):
    assert isinstance(calls, CallLog)
    return [call.index for call in calls]


def test_a_log_is_a_sequence_of_calls(log):
    assert len(log) == 5
    assert log[0].path == "/credits"
    assert log[-1].path == "/state/2"
    assert log[2] in log
    with pytest.raises(IndexError):
        log[5]


def test_slices_failures_and_paths_give_logs(log):
    assert _numbers(log[1:3]) == [2, 3]
    assert _numbers(log[::-2]) == [5, 3, 1]
    assert _numbers(log.failed) == [3]
    assert _numbers(log["/state"]) == [4, 5]
    assert _numbers(log["/state"][1:].failed) == []
    assert _numbers(log["/nowhere"]) == []


def test_the_table_has_a_row_a_call(log):
    frame = log.frame()
    assert list(frame.index) == [1, 2, 3, 4, 5]
    assert frame["status"].tolist() == [200, 200, 404, 200, 200]
    assert frame["events"].tolist() == [0, 2, 0, 0, 0]
    assert frame.loc[3, "error"] == "1002 no such session"
    assert frame.loc[4, "size"] == log[3].response_size > 0
    assert (frame["seconds"] >= frame["first_byte"]).all()
    assert isinstance(frame["started"].dtype, pd.DatetimeTZDtype)
    assert CallLog().frame().shape == (0, frame.shape[1])


def test_the_text_of_a_long_log_names_the_newest():
    with playing(_service) as client:
        for number in range(30):
            client.get(f"/{number}")
    said = repr(client.log)
    assert "30 calls" in said
    assert "calls[:10]" in said
    assert "GET /29 [200]" in said
    assert "GET /9 [200]" not in said


# -- the budget -------------------------------------------------------------------------------


def _filled(count, body, budget):
    payload = json.dumps({"code": 0, "data": {"filler": "x" * body}})
    answer = httpx.MockTransport(
        lambda _: httpx.Response(200, content=payload, headers={"content-type": "application/json"})
    )
    with Recorded(answer, log=CallLog(budget=budget)) as client:
        for number in range(count):
            client.post("/x", json={"number": number})
    return client.log, payload


def test_old_bodies_move_to_the_file_and_are_read_from_there():
    log, payload = _filled(60, 10_000, budget=200_000)
    assert isinstance(log[0].carried, Place)
    assert isinstance(log[-1].carried, Carried)
    for call in log:
        assert call.response_body == payload
        assert call.request_json == {"number": call.index - 1}
        assert call.request_headers["content-type"] == "application/json"
    assert _numbers(log[:2]) == [1, 2]
    assert log[:2][0].response_body == payload


def test_everything_survives_the_file():
    carried = Carried(
        "http://localhost/ü?a=1",
        (("a", "1"), ("a", "2")),
        "{}\u2028",
        (Part("files", "ü.mp4", "video/mp4", 12), Part("note", size=2, value="hi")),
        (("b", "3"),),
        "rest",
        [StreamEvent(0.25, "data: 音\n\n")],
        b"\x00\xff",
    )
    assert Carried.from_json(carried.to_json()) == carried


def test_the_file_goes_with_the_log():
    log, _ = _filled(20, 10_000, budget=50_000)
    file = log.shelf._file
    assert not file.closed
    with warnings.catch_warnings(action="ignore"):
        gc.collect()  # what other tests left is none of this one's
    with warnings.catch_warnings(action="error"):
        del log
        gc.collect()
    assert file.closed


def test_a_full_disk_keeps_what_there_is_in_memory(monkeypatch, caplog):
    def full(**_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    log, payload = _filled(20, 10_000, budget=50_000)
    assert [call.response_body for call in log] == [payload] * 20
    assert [record.getMessage() for record in caplog.records if "stay in memory" in record.message]
    assert sum("stay in memory" in record.getMessage() for record in caplog.records) == 1


def test_ten_thousand_calls_stay_within_the_budget():
    budget = 24 << 20
    tracemalloc.start()
    try:
        log = CallLog(budget=budget)
        for number in range(10_000):
            carried = Carried(f"http://localhost/{number}", response_body="x" * 4_000 + str(number))
            call = Call(0, "poll", "GET", f"/{number}", dt.datetime.now(dt.UTC), status=200)
            call.carried, call.seconds = carried, 0.001
            log.end(log.begin(call))
        del carried, call
        gc.collect()
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(log) == 10_000
    assert used < budget
    page = log._repr_html_()
    assert "9,950 older calls" in page
    assert len(page) < 1_000_000
