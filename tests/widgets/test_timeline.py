"""The timeline's Python side: what is sent of a draft, and what a selection is."""

import pytest

from cogwidgets.draft import Draft
from cogwidgets.sample import VLOG
from cogwidgets.widgets.timeline import TimelineView

TITLES = [
    {"d": 1000, "m": {"id": f"t{n}", "text": f"Title {n}", "start": n * 1000}} for n in range(10)
]


@pytest.fixture
def sent(monkeypatch):
    """What a view sends its browser side as messages of its own."""
    messages = []
    monkeypatch.setattr(TimelineView, "send", lambda _, content: messages.append(content))
    return messages


@pytest.fixture
def titled(session):
    """A session that has read a draft of ten titles."""
    session.history.append(Draft({"t": [{"tt": 7, "sg": TITLES}]}))
    return session


def test_it_reads_the_draft_by_itself_and_follows_its_session(session, until):
    view = TimelineView(session)
    until(lambda: view.shape)
    assert view.shape["rows"] == 0
    assert view.shape["summary"] == "Timeline (empty)"
    session.upload(VLOG)
    assert view.shape["summary"] == str(session.draft)
    [row] = view.table["rows"]
    assert (row["name"], row["kind"], row["start"], row["end"]) == ("vlog", "video", 0, 23)
    assert view.seen["whole"]


def test_a_selection_is_a_segment_whichever_side_makes_it(titled, tell):
    view = TimelineView(titled)
    tell(view, "select", row=3, settled=True)
    assert view.selection.text == "Title 3"
    assert view.code == "session.timeline().iloc[3]"
    assert titled.draft.segments[3] == view.selection
    view.selection = titled.draft.segments[7]
    assert view.selected == 7
    tell(view, "select", row=-1)
    assert (view.selection, view.selected) == (None, -1)
    tell(view, "select", row=999)
    assert view.selection is None


def test_a_selection_outlives_an_edit_elsewhere(titled):
    view = TimelineView(titled)
    view.selection = titled.draft.segments[4]
    titled.history.append(Draft({"t": [{"tt": 7, "sg": TITLES[2:]}]}))
    view.refresh()
    assert (view.selection.text, view.selected) == ("Title 4", 2)
    titled.history.append(Draft({"t": [{"tt": 7, "sg": TITLES[:2]}]}))
    view.refresh()
    assert (view.selection, view.selected) == (None, -1)


def test_what_the_last_message_changed_is_marked(titled):
    titled.before = Draft(
        {"t": [{"tt": 7, "sg": [*TITLES[:9], {"d": 500, "m": {"id": "x", "text": "Gone"}}]}]}
    )
    view = TimelineView(titled)
    assert [row["changed"] for row in view.table["rows"]] == [""] * 9 + ["new"]
    assert view.shape["removed"] == ["Gone"]


def test_only_what_is_seen_of_many_segments_is_sent(session, tell, sent):
    segments = [{"d": 1000, "m": {"id": str(n), "name": f"clip {n}"}} for n in range(10_000)]
    session.history.append(Draft({"t": [{"tt": 0, "sg": segments}]}))
    view = TimelineView(session)
    assert len(view.seen["clips"]) < 400
    assert len(view.table["rows"]) <= 100
    tell(view, "see", **{"from": "a", "start": 5000.5, "end": 5010, "pixels": 1200})
    tell(view, "rows", **{"from": "a", "first": 9900})
    window, rows = sent[0]["window"], sent[1]["rows"]
    assert sent[0]["to"] == "a"
    assert [clip["label"] for clip in window["clips"]] == [f"clip {n}" for n in range(5000, 5010)]
    assert len(rows["rows"]) == 100
    assert rows["rows"][-1]["name"] == "clip 9999"


def test_waveforms_come_when_they_are_asked_for(session, tell, sent, until):
    session.upload(VLOG)
    view = TimelineView(session)
    source = session.draft.segments[0].source
    tell(view, "sketch", sources=[source, "/media/../../etc/passwd"])
    until(lambda: sent)
    [told] = sent
    assert told["sketch"] == source
    assert len(told["drawn"]["peaks"]) > 1000
    assert "<image" in view.html()
    assert view.shape["summary"].replace("'", "&#x27;") in view.html()


def test_a_playhead_stays_on_the_timeline(titled, tell):
    view = TimelineView(titled)
    tell(view, "seek", at=4.5)
    assert view.playhead == 4.5
    tell(view, "seek", at=99)
    assert view.playhead == 10
    tell(view, "seek", at="there")
    assert view.playhead == 0


@pytest.mark.parametrize("message", [{"do": "see"}, {"do": "rows", "first": -5}, {"do": 3}, None])
def test_an_odd_message_does_nothing_odd(titled, message):
    view = TimelineView(titled)
    view._heard(view, message, [])
    assert view.error == {}


def test_a_view_that_is_closed_hears_no_more(titled):
    view = TimelineView(titled)
    view.close()
    assert not titled._on_change
