"""What each edit looks and sounds like, through the real renderer: pictures, and each 100 ms."""

import json

import pytest
from golden import EDITS, FILE, WITHOUT_TRACE, differences, looked_at, rendered

from cogwidgets.engine.agent.edits import EDITS as KINDS

GOLDEN = json.loads(FILE.read_text("utf-8"))


@pytest.mark.parametrize("row", EDITS)
def test_an_edit_looks_and_sounds_as_it_did_when_it_was_looked_at(row):
    assert differences(GOLDEN[row], looked_at(row)) == []


@pytest.mark.parametrize("row", [row for row in EDITS if not row.startswith("untouched")])
def test_an_edit_is_seen_or_heard_unless_it_is_to_leave_no_trace(row):
    before = GOLDEN["untouched talk" if "talk" in row else "untouched"]
    assert bool(differences(before, GOLDEN[row])) == (row not in WITHOUT_TRACE)


def test_a_smaller_file_is_smaller():
    plain, small = (rendered(row)[0].stat().st_size for row in ("untouched", "output small"))
    assert small < 0.8 * plain


def test_a_slow_zoom_goes_on_where_its_clip_is_cut():
    whole, cut = GOLDEN["zoom slow"], GOLDEN["zoom slow cut"]
    assert not [said for said in differences(whole, cut) if said.startswith("picture")]


def test_each_edit_has_a_golden_render():
    assert {edit.tool for edit in KINDS} <= {row.split(" ", 1)[0] for row in EDITS}
