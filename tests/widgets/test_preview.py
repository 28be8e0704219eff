"""The preview's Python side: the pieces of before, the render of after, the playhead."""

import httpx
import pytest

from cogwidgets.client import Session
from cogwidgets.connection import connect
from cogwidgets.draft import Draft
from cogwidgets.sample import VLOG
from cogwidgets.widgets import preview as module
from cogwidgets.widgets.preview import Preview


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(
        Preview, "send", lambda _, content, buffers=None: messages.append((content, buffers))
    )
    return messages


def test_before_and_after_play_from_where_they_lie(session, tell, until):
    session.upload(VLOG)
    session.send("remove the music")
    view = Preview(session)
    [piece] = view.shape["pieces"]
    assert (piece["start"], piece["end"], piece["at"], piece["speed"]) == (0, 23, 0, 1)
    assert view.after == {"state": "none", "version": 1}
    tell(view, "show", version=1)
    until(lambda: view.waves.get("after"))
    assert view.after["state"] == "ready"
    assert view.code == "session.preview()"
    for url in (piece["url"], view.after["url"]):
        part = httpx.get(url, headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
    # Where the song ends alone, nothing is left of it.
    assert sum(view.waves["before"][-20:-5]) > 5 * sum(view.waves["after"][-20:-5])
    assert sum(view.waves["voice"][:200]) > 0
    assert view.waves["drop"] > 20
    assert "<img" in view.html()
    renders = len(session.client.calls)
    assert session.preview().url == view.after["url"]
    assert len(session.client.calls) == renders  # the same draft is not rendered again
    assert session.unfinished_exports() == []


def test_pieces_follow_the_cuts(session):
    session.upload(VLOG)
    source = session.draft.segments[0].source
    cuts = [
        {"d": 2000, "m": {"source": source, "source_start": 5000}},
        {"d": 3000, "m": {"source": source, "source_start": 0, "speed": 2}},
    ]
    session.history.append(Draft({"t": [{"tt": 0, "sg": cuts}]}))
    view = Preview(session)
    [first, second] = view.shape["pieces"]
    assert first["url"] == second["url"]
    assert (first["start"], first["end"], first["at"]) == (0, 2, 5)
    assert (second["start"], second["end"], second["at"], second["speed"]) == (2, 5, 0, 2)


def test_a_draft_that_cannot_be_rendered_says_so(session, tell, until, module_engine):
    session.upload(VLOG)
    source = session.draft.segments[0].source
    view = Preview(session)
    file = module_engine.home / source.lstrip("/")
    away = file.rename(file.with_name("away"))
    tell(view, "show", version=1)
    until(lambda: view.after["state"] == "failed")
    assert source in view.after["message"]
    away.rename(file)
    tell(view, "retry")
    until(lambda: view.after["state"] == "ready")


def test_a_new_draft_ends_the_render_of_the_old(session, tell):
    session.upload(VLOG)
    view = Preview(session)
    tell(view, "show", version=1)
    making = view._making
    session.history.append(Draft({"t": [{"tt": 7, "sg": [{"d": 1000, "m": {"text": "Other"}}]}]}))
    view.refresh()
    assert making.wait(60)
    assert view.after == {"state": "none", "version": 2}
    tell(view, "show", version=1)  # what was looked at is no more
    assert view.after["state"] == "none"


def test_another_machine_renders_when_it_is_asked_to(tell):
    with connect(base_url="https://service.invalid") as client:
        session = Session(client, "1", "far away")
        session.history.append(Draft({"t": [{"tt": 7, "sg": [{"d": 9000}]}]}))
        view = Preview(session)
        assert view.after["state"] == "offered"
        assert not client.calls
        tell(view, "show", version=1)
        assert view.after["state"] == "making"
        client.stop(view._making.thread)
        assert view._making.wait(60)


def test_python_moves_the_player_and_the_player_python(session, tell):
    session.history.append(Draft({"t": [{"tt": 7, "sg": [{"d": 9000}]}]}))
    view = Preview(session)
    tell(view, "time", at=3.5)
    assert (view.playhead, view.seek) == (3.5, {})
    view.playhead = 7.0
    assert view.seek == {"at": 7.0, "n": 1}
    tell(view, "time", at=None)
    assert view.playhead == 7.0


def test_a_small_file_is_sent_to_a_browser_that_cannot_reach_it(
    session, tell, sent, until, monkeypatch
):
    session.upload(VLOG)
    view = Preview(session)
    url = view.shape["pieces"][0]["url"]
    tell(view, "fetch", url=url)
    until(lambda: sent)
    assert sent.pop() == ({"unreachable": url}, None)  # 3 MB
    monkeypatch.setattr(module, "SENT_AT_MOST", 10_000_000)
    tell(view, "fetch", url=url)
    until(lambda: sent)
    assert sent.pop() == ({"file": url}, [VLOG.read_bytes()])
    tell(view, "fetch", url="http://127.0.0.1:1/else")
    assert not sent
