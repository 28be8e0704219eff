"""Streams are cut where events end, and no byte is lost."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.api.sse import iter_events
from cogwidgets.trace.capture import refusal
from cogwidgets.trace.pretty import json_html, json_text
from cogwidgets.trace.stream import Cutter, StreamEvent, gist

STREAMS = {
    "line feeds": b"data: a\n\ndata: b\n\n",
    "carriage returns": b"data: a\r\rdata: b\r\r",
    "both": b"data: a\r\n\r\ndata: b\r\n\r\n",
    "byte-order mark": b"\xef\xbb\xbfdata: a\n\ndata: b\n\n",
    "comments and fields alone": b": ping\n\nid: 7\n\ndata: a\n\nevent: x\n\ndata: b\n\n",
    "empty data": b"data:\n\ndata\n\n",
    "several lines": b"data: a\ndata: b\n\nevent: done\ndata: c\nid: 3\n\n",
    "letters of three bytes": "data: 音乐\u2028x\n\ndata: ü\n\n".encode(),
    "an unfinished one": b"data: a\n\ndata: b",
    "nothing but lines": b"\n\n\n\r\n\r\n",
    "a field that only begins like data": b"database: x\n\ndata: a\n\n",
}


def _cut(chunks):
    cutter = Cutter()
    blocks = [block for chunk in chunks for block in cutter.feed(chunk)]
    return blocks, cutter.rest


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_every_chunk_border_gives_the_same_events_as_the_parser(stream):
    expected = [(event.data, event.event) for event in iter_events([stream])]
    for border in range(len(stream) + 1):
        blocks, rest = _cut([stream[:border], stream[border:]])
        assert b"".join(blocks) + rest == stream
        events = [StreamEvent(0, block.decode()) for block in blocks]
        assert [(event.data, event.event) for event in events] == expected


@given(
    st.lists(
        st.sampled_from([b"data: a", b"data", b"id: 1", b": c", b"\r", b"\n", b"\r\n", b"x"]),
        max_size=40,
    ),
    st.integers(1, 7),
)
def test_no_byte_is_lost_and_no_event(pieces, size):
    stream = b"".join(pieces)
    blocks, rest = _cut([stream[i : i + size] for i in range(0, len(stream), size)])
    assert b"".join(blocks) + rest == stream
    data = [StreamEvent(0, block.decode()).data for block in blocks]
    assert data == [event.data for event in iter_events([stream])]


def test_a_stream_without_an_end_is_not_kept_in_one_piece():
    cutter = Cutter()
    blocks = [block for _ in range(40) for block in cutter.feed(b"x" * (1 << 16))]
    assert len(blocks) >= 2
    assert sum(map(len, blocks)) + len(cutter.rest) == 40 << 16


GISTS = [
    ('{"content":{"parts":[{"text":"Done."}]}}', ("text", "Done.")),
    ('{"content":{"parts":[{"text":"Hm","thought":true}]}}', ("thought", "Hm")),
    ('{"content":{"parts":[{"functionCall":{"name":"trim"}}]}}', ("tool call", "trim")),
    ('{"content":{"parts":[{"function_response":{"name":"trim"}}]}}', ("tool result", "trim")),
    ('{"errorCode":"no_audio","errorMessage":"No sound."}', ("failure", "No sound.")),
    ('{"error":"It broke."}', ("failure", "It broke.")),
    (
        '{"actions":{"stateDelta":{"progress":{"tool":"mix","fraction":0.5}}}}',
        ("state", "progress mix 0.5"),
    ),
    ('{"actions":{"state_delta":{"draft":{"t":[]}}}}', ("state", "draft")),
    ('{"type":"text","content":"Hi"}', ("text", "Hi")),
    ('{"type":"tool_call","name":"trim"}', ("tool call", "trim")),
    ('{"type":"heartbeat"}', ("heartbeat", "")),
    ('{"turnComplete":true}', ("other", '{"turnComplete":true}')),
    ("[1, 2]", ("other", "[1, 2]")),
    ("not JSON", ("other", "not JSON")),
    (" ", ("heartbeat", "")),
]


@pytest.mark.parametrize(("data", "said"), GISTS, ids=[data[:30] for data, _ in GISTS])
def test_an_event_is_said_in_a_word_and_a_phrase(data, said):
    assert gist(StreamEvent(0, f"data: {data}\n\n")) == said


WORDS = (
    "content parts text thought functionCall function_response name errorCode errorMessage error"
    " actions stateDelta state_delta type message code success detail data partial"
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS.split()), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(ANY_JSON, st.sampled_from([200, 404]))
def test_no_json_is_too_odd_to_be_shown(value, status):
    body = json.dumps(value)
    kind, said = gist(StreamEvent(0, f"data: {body}\n\n"))
    assert isinstance(kind, str)
    assert isinstance(said, str)
    assert refusal(status, body, []) is None or status == 404 or isinstance(value, dict)
    assert json.loads(json_text(value)) == value or "NaN" in body
    page, _ = json_html(body, 10_000)
    assert "<" not in re.sub(r"</?span[^>]*>", "", page)
