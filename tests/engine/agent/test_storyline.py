"""Whatever edits are made in whatever order, a draft stays one that can be played."""

import asyncio
import copy
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shelf import BEACH, CALM, LOGO, PHOTOS, VLOG, Shelf

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits import CannotDo
from cogwidgets.engine.agent.edits.clips import segment_of
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Flip, Zoom
from cogwidgets.engine.agent.edits.order import Move, Swap
from cogwidgets.engine.agent.edits.overlays import Overlay
from cogwidgets.engine.agent.edits.pace import Repeat, Reverse, Speed
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Mute, Volume
from cogwidgets.engine.agent.edits.style import Style
from cogwidgets.engine.agent.edits.textchanges import ChangeText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition, crossfaded
from cogwidgets.engine.agent.times import Moment, Point, Span
from cogwidgets.engine.history import stacks

SHELF = Shelf([VLOG, BEACH, *PHOTOS, LOGO])

points = st.builds(Point, st.sampled_from([0.0, 0.5, 1.0]), st.integers(-90_000, 90_000))
clips = st.none() | st.integers(-3, 4).filter(bool)
spans = st.builds(Span, points, points, clips)
few = st.lists(spans, max_size=2).map(tuple)
edits = st.one_of(
    st.builds(Cut, few),
    st.builds(Keep, few),
    st.builds(Keep, st.just(()), st.integers(1, 90_000), clips),
    st.builds(Split, st.lists(st.builds(Moment, points), min_size=1, max_size=3).map(tuple)),
    st.builds(Move, spans, st.one_of(st.sampled_from(["start", "end"]), points)),
    st.builds(Swap, st.integers(1, 4), st.integers(1, 4)),
    st.builds(Repeat, spans, st.integers(1, 3)),
    st.builds(Speed, st.sampled_from([0.25, 0.5, 1.3, 2.0, 7.7]), few),
    st.builds(Reverse, few),
    st.builds(Mute, st.booleans(), few),
    st.builds(Volume, st.sampled_from(["all", "clips", "music"]), st.none(), st.just(0.5), few),
    st.builds(Fade, st.sampled_from(["in", "out", "both"]), st.just("both"), st.integers(1, 5000)),
    st.builds(Effects, st.just((("blur", 0.3), ("contrast", 0.1))), few),
    st.builds(Zoom, st.just(1.3), st.booleans(), st.booleans(), few),
    st.builds(Flip, st.sampled_from(["h", "v"]), few),
    st.builds(AddText, st.text(min_size=1, max_size=5), st.just("title"), few),
    st.builds(ChangeText, st.none(), st.none(), st.just(Style(bold=True)), few),
    st.builds(Overlay, st.sampled_from(["logo.png", "beach.mp4"]), spans=few),
    st.builds(Transition, st.sampled_from(["crossfade", "fade_black"]), st.integers(1, 3000)),
)  # fmt: skip

TO_ITS_END = Span(Point(0.0, 30_000), Point(0.0, 60_000))
AT_ITS_END = Span(Point(0.0, 59_500), Point(0.0, 60_000))


def begun():
    """Two clips with a photo, a title, an overlay and music, and keys that nobody knows."""
    draft = drafts.with_clip({"unknown": [1]}, VLOG, title="vlog")
    made = [segment_of(BEACH, 0), segment_of(PHOTOS[0], 3000)]
    draft = timeline.inserted(draft, made, 60_000)
    draft = AddText("Hi", spans=(Span(Point(), Point(0.0, 3000)),)).apply(draft, SHELF).draft
    draft = Overlay("beach.mp4", spans=(Span(Point(0.0, 9000)),)).apply(draft, SHELF).draft
    draft = drafts.with_music(draft, CALM)
    draft["t"].append({"tt": 99, "sg": [{"d": 5}], "unknown": 2})
    for number, segment in enumerate(timeline.main(draft)["sg"]):
        segment["m"]["unknown"] = segment["kept"] = number
    return draft


def check(draft):
    main = timeline.main(draft)
    ends = 0
    for number, segment in enumerate(main["sg"]):
        assert segment["d"] >= 1
        assert segment["m"]["start"] == ends
        ends += segment["d"]
        assert segment["m"]["unknown"] == segment["kept"]
        speed = segment["m"].get("speed", 1.0)
        assert segment["m"].get("source_start", 0) >= 0
        long = {"vlog": 60_000, "beach": 20_000}.get(segment["m"]["name"])
        if long and not segment["m"].get("still"):
            slack = 10 + speed * 10  # rounding, a millisecond for each cut
            assert segment["m"]["source_start"] + segment["d"] * speed <= long + slack
        for key in ("fade_in", "fade_out", "picture_fade_in", "picture_fade_out"):
            assert 0 <= segment["m"].get(key, 0) <= segment["d"]
        assert 0 <= segment["m"].get("transition", {}).get("d", 0) <= segment["d"]
        following = main["sg"][number + 1]["m"] if number + 1 < len(main["sg"]) else {}
        seen = segment["d"] + following.get("transition", {}).get("d", 0)  # behind what comes in
        for effect in segment["m"].get("effects", ()):
            if "from" in effect:
                assert 0 <= effect["from"] < effect["to"] <= seen + 1
    assert draft["d"] == ends
    for track in draft["t"]:
        if track["tt"] != 99:
            placed = sorted((s["m"]["start"], s["m"]["start"] + s["d"]) for s in track["sg"])
            assert all(a < b for a, b in placed)
            assert all(one[1] <= two[0] for one, two in pairwise(placed))
            assert all(a >= 0 and b <= ends for a, b in placed)
    ids = [s["m"]["id"] for track in draft["t"] for s in track["sg"] if "id" in s.get("m", {})]
    assert len(ids) == len(set(ids))
    assert draft["unknown"] == [1]
    assert {"tt": 99, "sg": [{"d": 5}], "unknown": 2} in draft["t"]
    assert "transition" not in main["sg"][0]["m"]


@given(st.lists(edits, min_size=1, max_size=6))
@example([Effects((("blur", 0.3),), (TO_ITS_END,)), Transition("crossfade", 2), Swap(1, 3)])
@example([Effects((("blur", 0.3),), (AT_ITS_END,)), Transition("crossfade", 2000), Swap(1, 3)])
def test_any_edits_leave_a_draft_that_adds_up(made):
    draft = begun()
    for edit in made:
        before = copy.deepcopy(draft)
        try:
            new = asyncio.run(edit.carry_out(draft, SHELF, print)).draft
        except CannotDo:
            new = draft
        assert draft == before  # its argument is never changed
        if not timeline.length(new):
            return
        check(new)
        draft = new


@given(points, points)
def test_cutting_and_keeping_share_the_whole(one, two):
    draft = begun()
    total = timeline.length(draft)
    a, b = sorted((one.at(total), two.at(total)))
    if a == b:
        return
    assert timeline.length(timeline.cut(draft, [(a, b)])) == total - (b - a)
    assert timeline.length(timeline.keep(draft, [(a, b)])) == b - a


@given(points)
def test_a_split_clip_shows_what_it_showed(point):
    draft = begun()
    place = point.at(timeline.length(draft))
    new = timeline.split(draft, [place])
    assert timeline.length(new) == timeline.length(draft)
    shown = [
        drafts.in_source(s, 0, s["d"]) for s in timeline.main(new)["sg"] if s["m"]["name"] == "vlog"
    ]
    assert shown[0][0] == 0
    assert shown[-1][1] == 60_000
    assert all(one[1] == two[0] for one, two in pairwise(shown))


def test_a_title_goes_with_the_clip_it_was_shown_with():
    draft = begun()
    moved = timeline.moved(draft, (0, 60_000), timeline.length(draft))
    [title] = drafts.segments(moved, drafts.TEXT)
    assert title["m"]["start"] == 23_000
    gone = timeline.cut(draft, [(0, 10_000)])
    assert not list(drafts.segments(gone, drafts.TEXT))


def test_a_crossfade_has_material_and_makes_the_whole_shorter():
    draft = begun()
    new = crossfaded(draft, "crossfade", 1000)
    first, second, third = timeline.main(new)["sg"]
    assert (first["d"], second["d"], third["d"]) == (59_000, 19_000, 3000)
    assert new["d"] == draft["d"] - 2000
    assert crossfaded(new, "crossfade", 1000) == new  # once is enough


# History

versions = st.lists(st.sampled_from(["cut", "add_text", "undo 1", "undo 2", "redo"]), max_size=12)


@given(versions)
def test_what_is_undone_comes_back_in_the_same_order(reasons):
    numbered = list(enumerate(["upload", *reasons], start=1))
    done, undone = stacks(numbered)
    assert done[0] == 1
    assert len({*done, *undone}) == len(done) + len(undone)
    one_more = stacks([*numbered, (99, "cut"), (100, "undo 1")])
    assert one_more == (done, [99])
    if undone:
        again, _ = stacks([*numbered, (99, "redo")])
        assert again == [*done, undone[-1]]


def test_a_draft_that_an_edit_began_can_be_undone_to_nothing():
    assert stacks([(1, "slideshow"), (2, "undo 1")]) == ([0], [1])


@pytest.mark.parametrize("clip", [1, -1, 2])
def test_a_clip_is_named_by_its_number(clip):
    draft = begun()
    new = Cut((Span(clip=clip),)).apply(draft, SHELF).draft
    assert len(timeline.main(new)["sg"]) == 2
