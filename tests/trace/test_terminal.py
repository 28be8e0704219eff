"""Stepping at a prompt, one letter each."""

import contextlib
import io
import os
import subprocess
import sys

import httpx
import pytest
from recorded import playing, streaming

from cogwidgets.trace import Stepper, Stopped, TerminalAsker


def _service(request):
    if request.url.path == "/run_sse":
        said = b'{"content":{"parts":[{"text":"Done."}]}}'
        return streaming(b"data:\n\n", b"data: " + said + b"\n\n")
    return httpx.Response(200, json={"got": request.content.decode()})


class Terminal:
    """What is typed, and what was written."""

    def __init__(self, *typed):
        self.typed = list(typed)
        self.written = ""
        self.asker = TerminalAsker(self.read, self.write)

    def read(self, question):
        self.write(question)
        if not self.typed:
            raise EOFError
        return self.typed.pop(0)

    def write(self, text):
        self.written += text


def _at(terminal, **options):
    client = playing(_service)
    client.recorder.stepper = Stepper(terminal.asker, **options)
    return client


def test_a_call_and_its_answer_are_shown():
    terminal = Terminal("s", "g")
    with _at(terminal) as client:
        extensions = {"purpose": "try it", "section": 'contract.md "Endpoints"'}
        client.post("/a", json={"n": 1}, extensions=extensions)
    assert '→ POST /a   try it · contract.md "Endpoints"' in terminal.written
    assert '"n": 1' in terminal.written
    assert "← 200" in terminal.written
    assert '"got"' in terminal.written


def test_a_stream_is_shown_event_by_event():
    terminal = Terminal("i", "n", "", "g")
    with _at(terminal) as client:
        client.post("/run_sse", json={})
    assert " s  heartbeat\n" in terminal.written
    assert " s  text: Done.\n" in terminal.written
    assert terminal.typed == []


EDITS = [
    ('parts[0].text = "b"', {"parts": [{"text": "b"}], "n": 1}),
    ("n = 2", {"parts": [{"text": "a"}], "n": 2}),
    ('more = {"x": null}', {"parts": [{"text": "a"}], "n": 1, "more": {"x": None}}),
    ('{"all": "new"}', {"all": "new"}),
]


@pytest.mark.parametrize(("typed", "body"), EDITS)
def test_a_body_is_edited_whole_or_by_a_path(typed, body):
    with _at(Terminal("e", typed, "g")) as client:
        client.post("/a", json={"parts": [{"text": "a"}], "n": 1})
    assert client.log[0].request_json == body


@pytest.mark.parametrize("typed", ["{broken", "parts[7].text = 1", "n = ", "n", "parts.x = 1"])
def test_what_cannot_be_read_is_asked_again(typed):
    terminal = Terminal("e", typed, "?", "s", "g")
    with _at(terminal) as client:
        client.post("/a", json={"parts": [{"text": "a"}], "n": 1})
    assert client.log[0].request_json == {"parts": [{"text": "a"}], "n": 1}
    assert terminal.typed == []


def test_a_skip_is_an_error_or_the_last_answer_to_such_a_call():
    terminal = Terminal("s", "g", "k", "l", "g", "k", "e", "g")
    with _at(terminal) as client:
        first = client.post("/a", json={"n": 1}).json()
        assert client.post("/a", json={"n": 2}).json() == first
        assert client.post("/a", json={"n": 3}).status_code == 503
    assert [call.skipped for call in client.log] == [False, True, True]


def test_the_first_such_call_is_skipped_with_an_error():
    with _at(Terminal("k", "g")) as client:
        assert client.post("/a", json={}).json()["code"] == 503


@pytest.mark.parametrize("typed", [["t"], ["s", "t"], ["i", "n", "t"]])
def test_stop_ends_it_at_every_prompt(typed):
    with _at(Terminal(*typed)) as client, pytest.raises(Stopped):
        client.post("/run_sse", json={})
    assert len(client.log) == 1


@pytest.mark.parametrize("typed", [["r"], ["s", "r"], ["i", "r"], ["i", "a", "r"], []])
def test_run_on_and_a_closed_terminal_let_all_the_rest_through(typed):
    terminal = Terminal(*typed)
    with _at(terminal) as client:
        client.post("/run_sse", json={})
        client.post("/a", json={})
    assert "→ POST /a" not in terminal.written
    assert len(client.log) == 2


def test_long_bodies_are_shown_by_their_beginning():
    terminal = Terminal("s", "g")
    with _at(terminal) as client:
        client.post("/a", json={"rows": list(range(500))})
    assert "more lines" in terminal.written


def test_without_a_terminal_nobody_is_there(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("s"))
    assert not TerminalAsker().available()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_in_a_terminal_the_questions_stand_on_it():
    import pty

    code = (
        "import httpx; from cogwidgets.trace import *\n"
        "recorder = RecordingTransport(httpx.MockTransport(lambda _: httpx.Response(200)),"
        " CallLog(), Mask())\n"
        "recorder.stepper = Stepper(TerminalAsker())\n"
        "print(httpx.Client(transport=recorder).get('http://localhost/a').status_code)"
    )
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", code], stdin=theirs, stdout=theirs) as process:
        os.close(theirs)
        os.write(ours, b"s\nr\n")
        said = b""
        with contextlib.suppress(OSError):  # the other end is closed: all has been said
            while more := os.read(ours, 4096):
                said += more
    os.close(ours)
    assert process.returncode == 0
    assert "→ GET /a".encode() in said
    assert b"200" in said.splitlines()[-1]
