"""The export button's Python side: what is written, what is asked first, what survives."""

import datetime as dt

import pytest
from clips import clip

from cogwidgets.client.ledger import PendingExport
from cogwidgets.sample import VLOG
from cogwidgets.widgets import export as module
from cogwidgets.widgets.export import ExportButton


@pytest.fixture
def uploaded(session):
    session.upload(clip("vlog.mp4", seconds=2.0))
    return session


def pressed(button, tell, **more):
    choice = {"name": "vlog", "format": "mp4", "quality": "high", **more}
    tell(button, "export", **choice)
    if button._working is not None:
        assert button._working.wait(60)


def test_an_export_is_a_file_a_result_and_a_line_of_python(uploaded, tell, tmp_path):
    button = ExportButton(uploaded)
    assert button.choices["ready"]
    assert button.choices["name"] == "my vlog-edited"
    states = []
    button.observe(lambda change: states.append(change.new), "state")
    pressed(button, tell, quality="low")
    assert button.error == {}
    assert button.path == tmp_path / "vlog.mp4"
    assert button.path.stat().st_size == button.result.size
    assert button.code == "session.export('vlog.mp4', quality='low')"
    assert button.shown["facts"] == "0:02 · 192×108"
    assert button.shown["download"].endswith("?download=1")
    assert {state["at"] for state in states} == {"working", "idle"}
    assert "vlog.mp4" in button.html()
    saved = uploaded.client.api._http.get(button.shown["download"])
    assert saved.headers["content-disposition"].startswith("attachment")
    # Its own file it may write again.
    pressed(button, tell, quality="low")
    assert button.state == {"at": "idle"}


def test_no_file_is_written_over_unasked(uploaded, tell, tmp_path):
    mine = tmp_path / "vlog.mp4"
    mine.write_text("mine")
    button = ExportButton(uploaded)
    pressed(button, tell)
    assert button.state == {"at": "exists", "name": "vlog.mp4"}
    assert mine.read_text() == "mine"
    tell(button, "back")
    assert button.state == {"at": "idle"}
    pressed(button, tell, instead=True)
    assert button.path.name == "vlog-2.mp4"
    assert mine.read_text() == "mine"
    pressed(button, tell, replace=True)
    assert button.path == mine
    assert mine.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize(
    "choice", [{"name": " "}, {"format": "exe"}, {"quality": None}, {"name": "no/folder"}]
)
def test_what_cannot_be_written_is_told_of(uploaded, tell, choice):
    button = ExportButton(uploaded)
    pressed(button, tell, **choice)
    assert button.error["message"]
    assert button.error["hint"]
    assert button.state == {"at": "idle"}


def test_cancel_ends_it_on_the_service_too(session, tell, tmp_path, until):
    session.upload(VLOG)
    button = ExportButton(session)
    tell(button, "export", name="vlog", format="webm", quality="high")  # VP9: it takes a while
    working = button._working
    until(lambda: any(call.purpose == "poll the render" for call in session.client.calls))
    tell(button, "cancel")
    assert working.wait(60)
    assert button.state == {"at": "idle"}
    assert button.error == {}
    assert session.unfinished_exports() == []
    assert list(tmp_path.iterdir()) == []
    assert button.result is None


def test_an_export_that_was_cut_off_is_offered_and_resumed(uploaded, tell, tmp_path):
    from cogwidgets.api import Output

    client = uploaded.client
    client.api.submit_render("cut-off", uploaded.id, uploaded.draft.raw, Output(quality="low"))
    target = tmp_path / "before.mp4"
    client.ledger.begin(PendingExport("cut-off", uploaded.id, target, dt.datetime.now(dt.UTC)))
    button = ExportButton(client.session("another"))
    assert button.pending == ["before.mp4"]
    tell(button, "resume")
    assert button._working is None or button._working.wait(60)
    assert button.path == target
    assert target.exists()
    assert button.pending == []
    assert button.code == "session.client.resume_exports()"


def test_an_export_that_was_cut_off_can_be_dropped(uploaded, tell, tmp_path):
    client = uploaded.client
    client.ledger.begin(
        PendingExport("nobodys", uploaded.id, tmp_path / "x.mp4", dt.datetime.now(dt.UTC))
    )
    button = ExportButton(uploaded)
    tell(button, "drop")
    assert button._working is None or button._working.wait(60)
    assert (button.pending, client.unfinished_exports()) == ([], [])


def test_a_result_is_sent_in_parts(uploaded, tell, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 10_000)
    button = ExportButton(uploaded)
    sent = []
    monkeypatch.setattr(
        ExportButton, "send", lambda _, content, buffers: sent.append((content, buffers[0]))
    )
    pressed(button, tell, quality="low")
    assert button.result.size > 2 * module.CHUNK
    data, at = b"", 0
    while at < button.result.size:
        tell(button, "chunk", at=at)
        content, part = sent.pop()
        assert content == {"chunk": at, "size": button.result.size}
        assert 0 < len(part) <= module.CHUNK
        data, at = data + part, at + len(part)
    assert data == button.path.read_bytes()
    button.path.unlink()
    tell(button, "chunk", at=0)
    assert "cannot be read" in button.error["message"]


def test_nothing_to_export_yet(session):
    assert not ExportButton(session).choices["ready"]
