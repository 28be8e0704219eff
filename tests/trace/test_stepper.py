"""A person looks at each call before it goes and after it came, and decides."""

import json
import threading
import time

import httpx
import pytest
from recorded import Recorded, playing, streaming

from cogwidgets.api import Api, Credentials
from cogwidgets.trace import (
    MASK,
    CallLog,
    CannotSend,
    Edit,
    Mask,
    RecordingTransport,
    RunOn,
    Send,
    Skip,
    Stepper,
    Stop,
    Stopped,
)


class Person:
    """Answers in this order, and remembers what was asked."""

    def __init__(self, *answers, there=True):
        self.answers = list(answers)
        self.asked = []
        self.there = there

    def available(self):
        return self.there

    def _next(self, moment, call, what):
        self.asked.append((moment, call.path, what))
        answer = self.answers.pop(0) if self.answers else Send()
        return answer(call) if callable(answer) else answer

    def before(self, call):
        return self._next("before", call, call.request_json)

    def event(self, call, event):
        return self._next("event", call, event.data)

    def after(self, call):
        return self._next("after", call, call.outcome())

    @property
    def moments(self):
        return [f"{moment} {path}" for moment, path, _ in self.asked]


def _echo(request):
    if request.url.path == "/run_sse":
        return streaming(b"data: a\n\ndata: b\n\n", b"data: c\n\n")
    if request.url.path == "/broken":
        raise httpx.ConnectError("refused")
    status = 404 if request.url.path == "/missing" else 200
    return httpx.Response(status, json=json.loads(request.content or "null"))


def _read(client, chunks):
    """Read the stream into a list, chunk by chunk."""
    with client.stream("POST", "/run_sse", json={}) as response:
        chunks.extend(response.iter_raw())


def _stepped(person, **options):
    client = playing(_echo)
    client.recorder.stepper = Stepper(person, **options)
    return client


def test_a_call_is_shown_before_it_goes_and_after_it_came():
    person = Person(Send(), Send())
    with _stepped(person) as client:
        assert client.post("/a", json={"n": 1}).json() == {"n": 1}
    assert person.asked == [("before", "/a", {"n": 1}), ("after", "/a", "200")]


def test_the_code_gets_the_answer_after_it_was_looked_at():
    order = []
    person = Person(Send(), lambda call: order.append(call.response_json) or Send())
    with _stepped(person) as client:
        client.post("/a", json={"n": 1})
        order.append("code")
    assert order == [{"n": 1}, "code"]


def test_an_edited_body_is_sent_and_recorded_as_it_was_sent():
    with _stepped(Person(Edit({"n": 2, "ü": []}))) as client:
        assert client.post("/a", json={"n": 1}).json() == {"n": 2, "ü": []}
    [call] = client.log
    assert call.request_json == {"n": 2, "ü": []}
    assert call.request_size == len('{"n": 2, "ü": []}'.encode())
    assert call.request_headers["content-length"] == str(call.request_size)
    assert call.edited
    assert "edited" in repr(call)


def test_what_was_masked_in_an_edited_body_goes_out_as_it_was():
    person = Person(lambda call: Edit(call.request_json | {"n": 2}))
    with _stepped(person) as client:
        body = {"token": "s3cr3t-t0k3n", "list": [{"secret": "0a1b2c3d4e"}], "n": 1}
        sent = client.post("/a", json=body).json()
    assert sent == body | {"n": 2}
    assert person.asked[0][2]["token"] == MASK
    assert client.log[0].request_json == {"token": MASK, "list": [{"secret": MASK}], "n": 2}


def test_a_changed_text_around_a_mask_is_refused_and_nothing_is_sent():
    with _stepped(Person(Edit({"note": f"{MASK} and more"}))) as client:
        with pytest.raises(CannotSend, match="masked text that was changed"):
            client.post("/a", json={"note": "s3cr3t"})
        assert client.log[0].status is None


def test_a_body_may_be_given_to_a_call_that_had_none():
    with _stepped(Person(Edit({"n": 1}))) as client:
        assert client.post("/a").json() == {"n": 1}
    assert client.log[0].request_headers["content-type"] == "application/json"


def test_only_json_can_be_edited():
    with _stepped(Person(Edit({"n": 1}))) as client, pytest.raises(CannotSend, match="Only a JSON"):
        client.post("/up", files={"files": ("a.mp4", b"film")})


def test_a_skipped_call_is_answered_with_what_was_made_up():
    answer = httpx.Response(402, json={"code": 402, "message": "plan"})
    with _stepped(Person(Skip(answer))) as client:
        response = client.post("/a", json={"n": 1})
    assert (response.status_code, response.json()["message"]) == (402, "plan")
    [call] = client.log
    assert call.skipped
    assert (call.request_json, call.status, call.refusal) == ({"n": 1}, 402, "plan")
    assert "402 · skipped · plan" in repr(call)


def test_a_skipped_call_is_answered_with_an_earlier_answer():
    person = Person(Send(), Send(), lambda call: Skip(call.log[0]))
    with _stepped(person) as client:
        client.post("/run_sse", json={"n": 1})
        assert client.post("/run_sse", json={"n": 2}).text == "data: a\n\ndata: b\n\ndata: c\n\n"
    assert [event.data for event in client.log[1].events] == ["a", "b", "c"]


def test_a_skipped_call_may_break():
    person = Person(Skip(httpx.ReadTimeout("too slow")))
    with _stepped(person) as client, pytest.raises(httpx.ReadTimeout):
        client.post("/a", json={})
    assert client.log[0].skipped
    assert client.log[0].error == "ReadTimeout: too slow"


def test_run_on_asks_no_more():
    person = Person(RunOn())
    with _stepped(person) as client:
        client.post("/a", json={})
        client.post("/b", json={})
    assert person.moments == ["before /a"]
    assert len(client.log) == 2


def test_stop_before_sends_nothing():
    sent = []
    client = playing(lambda request: sent.append(request) or httpx.Response(200))
    client.recorder.stepper = Stepper(Person(Stop()))
    with client, pytest.raises(Stopped, match="Nothing was sent"):
        client.post("/a", json={})
    assert sent == []
    assert client.log[0].failed


def test_stop_after_says_that_it_had_been_sent():
    with _stepped(Person(Send(), Stop())) as client, pytest.raises(Stopped, match="had been sent"):
        client.post("/a", json={"n": 1})
    assert client.log[0].response_json == {"n": 1}


def test_a_stream_is_stepped_event_by_event_before_the_code_gets_it():
    seen = []
    shown = [lambda _: seen.append("shown") or Send(into=True)] * 3
    with _stepped(Person(Send(into=True), *shown)) as client:
        _read(client, seen)
    assert seen == ["shown", b"data: a\n\n", "shown", b"data: b\n\n", "shown", b"data: c\n\n"]


def test_the_rest_of_a_stream_may_run_through():
    person = Person(Send(into=True), Send(into=True), Send())
    with _stepped(person) as client:
        text = client.post("/run_sse", json={}).text
    assert text == "data: a\n\ndata: b\n\ndata: c\n\n"
    assert [(moment, what) for moment, _, what in person.asked[1:]] == [
        ("event", "a"),
        ("event", "b"),
        ("after", "200"),
    ]


def test_stop_inside_a_stream_ends_it_there_and_asks_no_more():
    person = Person(Stop())
    with _stepped(person, into=True) as client:
        person.answers = [Send(), Send(into=True), Stop()]
        got = []
        with pytest.raises(Stopped):
            _read(client, got)
    assert got == [b"data: a\n\n"]
    assert person.moments == ["before /run_sse", "event /run_sse", "event /run_sse"]
    assert not client.log[0].complete


def test_stepping_into_every_stream_can_be_asked_for_at_once():
    person = Person()
    person.answers = [Send(), *[Send(into=True)] * 3]
    with _stepped(person, into=True) as client:
        client.post("/run_sse", json={})
    assert [moment for moment, *_ in person.asked] == ["before", *["event"] * 3, "after"]


BREAKPOINTS = [
    (None, ["before /a", "after /a", "before /missing", "after /missing", "before /b", "after /b"]),
    ("/b", ["before /b", "after /b"]),
    (lambda call: call.request_json == {"n": 1}, ["before /a", "after /a"]),
    ("failure", ["after /missing"]),
    ("/nowhere", []),
]


@pytest.mark.parametrize(("on", "moments"), BREAKPOINTS, ids=lambda v: str(v)[:12])
def test_breakpoints_name_the_calls_that_pause(on, moments):
    person = Person()
    with _stepped(person, on=on) as client:
        client.post("/a", json={"n": 1})
        client.post("/missing", json={})
        client.post("/b", json={})
    assert person.moments == moments


def test_a_call_without_an_answer_is_looked_at_too():
    person = Person()
    with _stepped(person, on="failure") as client, pytest.raises(httpx.ConnectError):
        client.get("/broken")
    assert person.asked == [("after", "/broken", "ConnectError: refused")]


def test_where_nobody_answers_nothing_pauses_and_it_is_said_once(caplog):
    person = Person(there=False)
    with _stepped(person) as client:
        client.post("/a", json={})
        client.post("/run_sse", json={})
    assert person.asked == []
    said = [record.getMessage() for record in caplog.records if "nobody is here" in record.msg]
    assert len(said) == 1


def test_the_time_of_a_pause_is_not_the_time_of_the_call():
    pause = lambda _: time.sleep(0.2) or Send(into=True)  # noqa: E731 - a person thinks
    with _stepped(Person(pause, pause, pause), into=True) as client:
        client.post("/run_sse", json={})
    assert client.log[0].seconds < 0.2
    assert all(event.at < 0.2 for event in client.log[0].events)


def test_one_question_is_put_at_a_time():
    busy, most = [], []

    def think(_call):
        busy.append(1)
        most.append(len(busy))
        time.sleep(0.005)
        busy.pop()
        return Send()

    with _stepped(Person(*[think] * 20)) as client:
        threads = [threading.Thread(target=client.get, args=("/a",)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [1] * 20


def test_a_message_to_the_engine_can_be_reworded_on_its_way(service):
    """Through our own client: calls are made in the caller's thread, so the transport may block."""
    log = CallLog()
    recorder = RecordingTransport(httpx.HTTPTransport(), log, Mask())
    with Api(service.url, credentials=Credentials("an-installation"), transport=recorder) as api:
        session = api.create_session("stepped").session_id

        def reword(call):
            body = call.request_json
            body["new_message"]["parts"][0]["text"] = "what can you do?"
            return Edit(body, into=True)

        person = Person(reword, *[Send(into=True)] * 50)
        recorder.stepper = Stepper(person, on="/run_sse")
        events = list(api.run_sse(session, "make it pop"))
    assert events
    assert person.moments[0] == "before /run_sse"
    assert person.moments.count("event /run_sse") == log[-1].event_count >= 1
    assert log[-1].request_json["new_message"]["parts"][0]["text"] == "what can you do?"
    assert log[-1].request_headers["authorization"] == f"Bearer {MASK}"


def test_a_stopped_message_never_reaches_the_engine(service):
    with Recorded(httpx.HTTPTransport(), service.url) as caller:
        caller.sign_in().new_session()
        before = caller.state()
        caller.recorder.stepper = Stepper(Person(Stop()), on="/run_sse")
        with pytest.raises(Stopped):
            caller.say("add calm background music")
        assert caller.state() == before
