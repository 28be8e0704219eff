"""What outlives the process is written down, and nothing depends on it."""

import datetime as dt
from pathlib import Path

from cogwidgets.client.ledger import KnownSession, Ledger, PendingExport

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
SESSION = KnownSession("1" * 19, "my vlog", "7", "anon_1", NOW)


def _export(name, session="1" * 19, minute=0):
    begun = NOW + dt.timedelta(minutes=minute)
    return PendingExport(f"render_{name}", session, Path(f"/videos/{name}.mp4"), begun)


def test_what_was_written_is_read_by_the_next_process(tmp_path):
    path = tmp_path / "cog" / "client.sqlite3"
    Ledger(path, "here").add_session(SESSION)
    Ledger(path, "here").begin(_export("a"))
    again = Ledger(path, "here")
    assert again.sessions() == [SESSION]
    assert again.exports() == [_export("a")]


def test_each_place_has_its_own(tmp_path):
    path = tmp_path / "client.sqlite3"
    Ledger(path, "here").add_session(SESSION)
    Ledger(path, "here").begin(_export("a"))
    there = Ledger(path, "there")
    assert there.sessions() == there.exports() == []


def test_exports_are_listed_by_session_until_they_end(tmp_path):
    ledger = Ledger(tmp_path / "client.sqlite3", "here")
    late, early, other = _export("late", minute=5), _export("early"), _export("other", session="2")
    for export in (late, early, other):
        ledger.begin(export)
    assert ledger.exports("1" * 19) == [early, late]
    assert len(ledger.exports()) == 3
    ledger.downloading("render_late", '"etag"')
    ledger.end("render_early")
    [left] = ledger.exports("1" * 19)
    assert (left.render_id, left.etag) == ("render_late", '"etag"')


def test_a_file_that_is_no_database_is_said_so_and_stops_nothing(tmp_path, caplog):
    path = tmp_path / "client.sqlite3"
    path.write_text("not a database, and longer than a header of one would have to be" * 4)
    ledger = Ledger(path, "here")
    ledger.begin(_export("a"))
    assert ledger.exports() == []
    assert "cannot be written" in caplog.text
    assert path.read_text().startswith("not a database")


def test_the_reprs_are_worth_reading():
    assert repr(SESSION) == f"<KnownSession 'my vlog' · 2026-11-01 12:00 · id {'1' * 19}>"
    assert repr(_export("a")) == "<PendingExport 'a.mp4' · begun 2026-11-01 12:00>"


def test_a_recording_of_a_session_leaves_the_real_one_alone(tmp_path):
    path = tmp_path / "client.sqlite3"
    here, recorded = Ledger(path, "engine"), Ledger(path, "recording walk.har")
    made = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    for ledger in (here, recorded):
        ledger.add_session(KnownSession("1388341027003350529", "vlog", "7", "anon_1", made))
    assert here.sessions() == recorded.sessions() != []
