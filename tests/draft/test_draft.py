"""Views over drafts as they come, whole or odd."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.draft import Draft, changes, clock, timeline_frame

CONTRACT = {
    "d": 10000,
    "t": [
        {
            "tt": 0,
            "sg": [{"d": 10000, "m": {"name": "city timelapse", "source": "/media/1/a.mp4"}}],
        },
        {
            "tt": 1,
            "m": {"name": "BGM"},
            "sg": [{"d": 10000, "m": {"name": "Lo-fi", "volume": 0.35}}],
        },
        {"tt": 7, "sg": [{"d": 3000, "m": {"text": "Urban Dreams"}}]},
    ],
}


def test_the_summary_is_the_contracts():
    assert str(Draft(CONTRACT)) == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) 2. BGM: Lo-fi (0-10s, 35%) "
        '3. Title: "Urban Dreams" (0-3s)'
    )


def test_the_frame_has_a_row_a_segment():
    frame = timeline_frame(Draft(CONTRACT))
    assert frame["kind"].tolist() == ["video", "audio", "text"]
    assert frame["end"].tolist() == [10.0, 10.0, 3.0]
    assert frame["volume"].isna().tolist() == [False, False, True]
    assert frame["text"].tolist() == ["", "", "Urban Dreams"]


def test_segments_without_a_start_follow_each_other():
    draft = Draft(
        {"t": [{"tt": 0, "sg": [{"d": 1000}, {"d": 500}, {"d": 250, "m": {"start": 0}}]}]}
    )
    assert [s.start for s in draft.segments] == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        {"t": None},
        {"t": [None, 3, {}]},
        {"t": [{"tt": "0", "sg": [{"d": "10"}]}]},
        {"t": [{"tt": 99, "sg": [{"d": float("nan"), "m": [1]}]}]},
        {"t": [{"sg": [{"d": -1, "m": {"volume": True, "start": None, "name": 7}}]}]},
        {"d": True, "t": {"0": {}}},
        {"d": 10**400, "t": [{"tt": 10**400, "sg": [{"d": 10**400, "m": {"volume": 1e400}}]}]},
    ],
)
def test_odd_drafts_are_read_without_complaint(raw):
    draft = Draft(raw)
    assert isinstance(str(draft), str)
    assert isinstance(repr(draft), str)
    assert len(timeline_frame(draft)) == len(draft.segments)


keys = st.sampled_from(["t", "tt", "sg", "d", "m", "id", "name", "start", "volume", "speech", "x"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=40,
)


@given(st.dictionaries(keys, values), st.dictionaries(keys, values))
def test_no_draft_raises_or_loses_a_key(one, two):
    kept = copy.deepcopy(one)
    draft = Draft(one)
    timeline_frame(draft)
    [str(change) for change in changes(draft, Draft(two))]
    assert json.dumps(draft.raw) == json.dumps(kept)


def _segment(**meta):
    return Draft({"t": [{"tt": 0, "sg": [{"d": 24000, "m": {"id": "s1", "name": "vlog"} | meta}]}]})


DIFFERENCES = {
    "nothing": ({}, {}, []),
    "volume": ({"volume": 1.0}, {"volume": 0.35}, ["Volume of 'vlog' 100% → 35%"]),
    "move": ({"start": 0}, {"start": 1500}, ["Moved 'vlog' from 0:00 to 0:01.5"]),
    "music": (
        {},
        {"speech": {"music": [[0, 24000]]}},
        ["Music removed from 'vlog' (0:00–0:24)"],
    ),
    "less music": (
        {"speech": {"music": [[0, 24000]]}},
        {"speech": {"music": [[0, 24000]], "music_level": 0.3}},
        ["Music in 'vlog' 0% → 30%"],
    ),
    "no music": ({}, {"speech": {"music": []}}, ["Music restored in 'vlog'"]),
    "unknown": ({}, {"filter": "sepia"}, ["Changed 'vlog' (filter)"]),
}


@pytest.mark.parametrize(("before", "after", "words"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_changes_are_told_in_words(before, after, words):
    assert [str(c) for c in changes(_segment(**before), _segment(**after))] == words


def test_added_and_removed_segments_are_told():
    assert [str(c) for c in changes(Draft({}), _segment())] == ["Added 'vlog' (0:00–0:24)"]
    assert [str(c) for c in changes(_segment(), Draft({}))] == ["Removed 'vlog' (0:00–0:24)"]


def test_ten_thousand_segments_are_compared_in_a_blink():
    draft = Draft({"t": [{"tt": 0, "sg": [{"d": 10, "m": {"name": "a"}} for _ in range(10_000)]}]})
    assert changes(draft, draft) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.96, "1:00"), (61.25, "1:01.2"), (3600, "60:00")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text
