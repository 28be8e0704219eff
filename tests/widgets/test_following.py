"""What follows a session follows it until it is closed."""

import pytest

import cogwidgets as cog

VIEWS = ("FilePicker", "ChatBox", "TimelineView", "Preview", "SoundReport", "ExportButton")


@pytest.mark.parametrize("name", [*VIEWS, "StateView"])
def test_a_closed_view_leaves_its_session_alone(session, name):
    heard = session._on_change
    before = list(heard)
    view = getattr(cog, name)(session)
    assert len(heard) == len(before) + 1
    view.settle(30)
    view.close()
    assert heard == before


@pytest.mark.parametrize("name", ["TimelineView", "Preview"])
def test_it_reads_the_draft_where_nobody_has(session, until, name):
    assert session.history == []
    view = getattr(cog, name)(session)
    until(lambda: session.history and view.shape)
    assert view.newest is session.history[-1]
