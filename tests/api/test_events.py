"""What a server-sent event means, and the turn that events make."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.api import (
    AgentFailed,
    Failure,
    Heartbeat,
    Other,
    ServerSentEvent,
    StateDelta,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Turn,
)
from cogwidgets.api.events import events_of

READINGS = {
    "text": ({"content": {"parts": [{"text": "Hi"}]}}, [Text("Hi")]),
    "delta": ({"content": {"parts": [{"text": "H"}]}, "partial": True}, [Text("H", partial=True)]),
    "thought": ({"content": {"parts": [{"text": "hm", "thought": True}]}}, [Thought("hm")]),
    "call": (
        {"content": {"parts": [{"functionCall": {"id": "1", "name": "cut", "args": {"a": 1}}}]}},
        [ToolCall("cut", {"a": 1}, "1")],
    ),
    "call in snake case": (
        {"content": {"parts": [{"function_call": {"name": "cut"}}]}},
        [ToolCall("cut")],
    ),
    "result": (
        {"content": {"parts": [{"functionResponse": {"name": "cut", "response": {"ok": 1}}}]}},
        [ToolResult("cut", {"ok": 1})],
    ),
    "state": ({"actions": {"stateDelta": {"draft": {}}}}, [StateDelta({"draft": {}})]),
    "failure": (
        {"errorCode": "QUOTA", "errorMessage": "none left"},
        [Failure("QUOTA", "none left")],
    ),
    "failure in snake case": (
        {"error_code": "Q", "error_message": "none"},
        [Failure("Q", "none")],
    ),
    "failure in one word": ({"error": "crashed"}, [Failure("", "crashed")]),
    "flat text": ({"type": "text", "content": "Hi"}, [Text("Hi", partial=True)]),
    "flat call": ({"type": "tool_call", "name": "cut", "args": {}}, [ToolCall("cut")]),
    "flat result": ({"type": "tool_result", "name": "cut", "result": 1}, [ToolResult("cut", 1)]),
    "flat heartbeat": ({"type": "heartbeat"}, [Heartbeat()]),
}


@pytest.mark.parametrize(("data", "events"), READINGS.values(), ids=READINGS.keys())
def test_both_shapes_are_read(data, events):
    assert events_of(ServerSentEvent(json.dumps(data))) == events


@pytest.mark.parametrize("data", ["not json", "[1]", "7", "{}", '{"type":"new"}', "[" * 100_000])
def test_whatever_else_comes_is_kept_as_other(data):
    assert events_of(ServerSentEvent(data)) == [Other(data)]


def test_an_empty_event_is_a_heartbeat():
    assert events_of(ServerSentEvent("")) == [Heartbeat()]


KEYS = ["type", "content", "parts", "text", "functionCall", "actions", "stateDelta", "error"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), json_values))
def test_no_json_is_too_odd(data):
    assert Turn.of(events_of(ServerSentEvent(json.dumps(data)))).events


def test_the_whole_text_replaces_its_deltas():
    events = [Text("Do", partial=True), Text("ne", partial=True), Text("Done.")]
    assert Turn.of(events).text == "Done."


def test_deltas_that_no_whole_text_follows_are_kept():
    assert Turn.of([Text("Do", partial=True), Text("ne", partial=True)]).text == "Done"


def test_previews_and_thoughts_are_not_for_the_user():
    turn = Turn.of([Thought("hm"), ToolCall("cut", partial=True), ToolCall("cut", {"a": 1})])
    assert turn.text == ""
    assert turn.tool_calls == [ToolCall("cut", {"a": 1})]


def test_noise_after_a_good_answer_is_dropped():
    noise = Text("I encountered a temporary issue. Please try again.")
    assert Turn.of([Text("Done."), noise]).text == "Done."
    assert Turn.of([noise]).text == noise.text


def test_a_failure_is_the_turns_error():
    turn = Turn.of([Failure("QUOTA", "none left")])
    assert isinstance(turn.error, AgentFailed)
    assert (turn.error.code, turn.error.message) == ("QUOTA", "none left")
