"""The event-stream parser, by the rules of the WHATWG standard, over every chunk boundary."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.api import ServerSentEvent as Sent
from cogwidgets.api import StreamBroken, iter_events

CASES = {
    "one event": (b"data: a\n\n", [Sent("a")]),
    "no space after the colon": (b"data:a\n\n", [Sent("a")]),
    "only one space is taken": (b"data:  a\n\n", [Sent(" a")]),
    "several data lines are joined": (b"data: a\ndata: b\n\n", [Sent("a\nb")]),
    "carriage returns": (b"data: a\rdata: b\r\r", [Sent("a\nb")]),
    "both line ends": (b"data: a\r\ndata: b\r\n\r\n", [Sent("a\nb")]),
    "mixed line ends": (b"data: a\rdata: b\ndata: c\r\n\n", [Sent("a\nb\nc")]),
    "byte-order mark": (b"\xef\xbb\xbfdata: a\n\n", [Sent("a")]),
    "only the first mark is one": (
        b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n",
        [Sent("b")],
    ),
    "comment": (b": hello\n\ndata: a\n\n", [Sent("a")]),
    "empty data is an event": (b"data:\n\n", [Sent("")]),
    "data without colon is an event": (b"data\n\n", [Sent("")]),
    "two empty data lines are one newline": (b"data\ndata\n\n", [Sent("\n")]),
    "no data, no event": (b"event: ping\n\ndata: a\n\n", [Sent("a")]),
    "kind": (b"event: ping\ndata: a\n\n", [Sent("a", "ping")]),
    "kind is forgotten": (b"event: x\ndata: a\n\ndata: b\n\n", [Sent("a", "x"), Sent("b")]),
    "id stays": (b"id: 1\ndata: a\n\ndata: b\n\n", [Sent("a", id="1"), Sent("b", id="1")]),
    "id is set without data": (b"id: 1\n\ndata: a\n\n", [Sent("a", id="1")]),
    "id is cleared": (b"id: 1\ndata: a\n\nid\ndata: b\n\n", [Sent("a", id="1"), Sent("b")]),
    "id with NUL is ignored": (b"id: 1\nid: 2\x00\ndata: a\n\n", [Sent("a", id="1")]),
    "retry": (b"retry: 250\ndata: a\n\n", [Sent("a", retry=250)]),
    "retry that is no number": (b"retry: soon\ndata: a\n\n", [Sent("a")]),
    "retry with a sign": (b"retry: -5\ndata: a\n\n", [Sent("a")]),
    "unknown field": (b"colour: red\ndata: a\n\n", [Sent("a")]),
    "field names have their case": (b"Data: a\n\n", []),
    "colon in the value": (b"data: a: b\n\n", [Sent("a: b")]),
    "unfinished event is dropped": (b"data: a\n\ndata: b\n", [Sent("a")]),
    "unfinished line is dropped": (b"data: a\n\ndata: b", [Sent("a")]),
    "line separator stays": ("data: a\u2028b\u0085c\n\n".encode(), [Sent("a\u2028b\u0085c")]),
    "characters of many bytes": ("data: 无音乐 🎬\n\n".encode(), [Sent("无音乐 🎬")]),
    "invalid UTF-8 is replaced": (b"data: a\xffb\n\n", [Sent("a\ufffdb")]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES.keys())
def test_events_whole_and_cut_anywhere(stream, events):
    assert list(iter_events([stream])) == events
    assert list(iter_events([bytes([byte]) for byte in stream])) == events
    for i in range(len(stream)):
        for j in (i, i + 1, i + 2):
            assert list(iter_events([stream[:i], b"", stream[i:j], stream[j:]])) == events


def test_an_event_comes_as_soon_as_its_blank_line_has():
    def chunks():
        yield b"data: a\r\n\r"
        pytest.fail("read on before the event was handed over")

    assert next(iter_events(chunks())) == Sent("a")


@pytest.mark.parametrize("chunk", [b"x" * 1024, b"data: x\n" * 128], ids=["one line", "lines"])
def test_an_endless_event_is_broken_off(chunk):
    def endless():
        yield b"data: "
        while True:
            yield chunk

    with pytest.raises(StreamBroken, match="more than 1 MiB"):
        list(iter_events(endless(), max_event=1 << 20))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_cutting_never_changes_what_is_read(stream, cuts):
    edges = [0, *sorted(min(c, len(stream)) for c in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    assert list(iter_events(pieces)) == list(iter_events([stream]))
