"""Whatever people ask for one after another, the draft adds up, can be told, rendered and undone.

The phrases go the whole way, from words to the new draft; only the media work is left out. The
first draft has two videos and photos with transitions, a title, a logo and laid music.
"""

import asyncio
import copy
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shelf import BEACH, CALM, LOGO, PHOTOS, VLOG, Shelf, carried

from cogwidgets.draft import Draft, changes
from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.answer import describe, refuse, summary
from cogwidgets.engine.agent.edits import EDITS, CannotDo
from cogwidgets.engine.agent.edits.clips import segment_of
from cogwidgets.engine.agent.edits.texts import placed
from cogwidgets.engine.agent.edits.transitions import crossfaded
from cogwidgets.engine.agent.understand import understand
from cogwidgets.engine.media.planning import read_plan

TIMES = ["0:05-0:12", "0:00-0:03", "1:00-1:10", "0:55-1:05", "0:01-0:02", "0:30-5:00"]
PLACES = ["0:05", "0:20", "1:01", "0:00", "9:59"]
CLIPS = ["the first clip", "clip 2", "the last clip", "clip 9"]
TEMPLATES = [
    "trim the first 5 seconds", "trim the last 2 seconds", "cut out {t}", "delete {c}", "keep {t}",
    "trim to 30 seconds", "split at {p}", "split it into 3 parts", "cut it every 10 seconds",
    "move {c} to the start", "swap clips 1 and 2", "move {c} to the end", "reverse {t}",
    "reverse the order of the clips",
    "repeat {t}", "loop it 2 times", "speed it up 2x", "slow down {t} to 50%", "reverse it",
    "mute {t}", "mute {c}", "unmute", "set the volume to 50%", "make {t} louder",
    "make the music quieter from {t}", "fade in and out", "fade out over 3 seconds",
    "fade to white at {p}", "fade out {c}", "remove the fades", "fade the music out at {p}",
    "duck the music", "normalize the audio", "remove the background music",
    "remove the music from {t}", "restore the original sound", "add calm music",
    "add happy music from {t}",
    "the music starts at {p}", "remove the noise", "remove the silences",
    'add a title "Hi"', 'add a caption "你好" from {t}', 'add "End" at the end',
    'add captions "One" and "Two"', "make the title bigger", 'change the title to "Bye"',
    "remove the title", "make it 9:16 with blurred background", "make it brighter",
    "make {t} black and white", "pixelate {t}", "remove the effects", "zoom in {t}",
    "slow zoom in", "rotate it 90 degrees", "flip it", "crop 10% from the top",
    "add a crossfade between the clips", "add a 3s wipe between the clips",
    "remove the transitions",
    "add beach.mp4 at the end", "insert photo1.jpg at {p}", "replace clip 1 with photo2.jpg",
    "put logo.png in the top right corner from {t}", "remove the logo", "convert to gif",
    "compress to 5 MB", "use the frame at {p} as the thumbnail", "undo", "undo the last two edits",
    "redo", "start over", "2 seconds per photo", "reset the speed",
    "剪掉前3秒", "删除第二段", "静音 {t}", "倒放", "加速两倍", "淡入淡出",
    "加标题“夏天”", "在两段之间加转场", "去掉转场", "音乐声音小一点", "撤销", "改成黑白",
]  # fmt: skip
phrases = st.builds(
    lambda template, t, c, p: template.format(t=t, c=c, p=p),
    st.sampled_from(TEMPLATES),
    st.sampled_from(TIMES),
    st.sampled_from(CLIPS),
    st.sampled_from(PLACES),
)
UPLOADS = [VLOG, BEACH, *PHOTOS, LOGO]
MEDIA = {c["source"]: "/m" for c in UPLOADS} | dict.fromkeys(
    ("s", "d", "/media/m/t.opus", "/media/m/calm.opus", "/media/s/song.mp3"), "/m"
)
ALONG_HISTORY = {"undo", "redo", "start_over"}


class Desk(Shelf):
    """A shelf with a history, as the engine keeps one."""

    def __init__(self, draft):
        super().__init__(UPLOADS)
        self.first, self.past, self.future = draft, [], []

    def version(self, steps):
        if steps is None:
            return self.first
        if steps < 0:
            return self.future[-1] if self.future else None
        return self.past[-steps] if 0 < steps <= len(self.past) else None

    def keep(self, edit, before, after):
        """Take an edit into the history."""
        if edit.tool == "undo":
            steps = min(edit.steps, len(self.past))
            self.future += [before, *self.past[:-steps:-1]][:steps]
            del self.past[-steps:]
        elif edit.tool == "redo":
            self.past.append(before)
            self.future.pop()
        elif after != before:
            self.past.append(before)
            self.future.clear()


def begun():
    """Two videos and two photos joined by transitions, a title, a logo, laid music, a fade."""
    draft = drafts.with_clip({"unknown": [1]}, VLOG, title="vlog")
    more = [
        segment_of(BEACH, 0),
        *(segment_of(p, 3000, n, motion=True) for n, p in enumerate(PHOTOS)),
    ]
    draft = crossfaded(timeline.inserted(draft, more, 60_000), "crossfade", 1000)
    draft = placed(draft, 0, 3000, {"text": "Hello", "role": "title", "position": "center"})
    draft = carried("put logo.png in the top right corner || fade out", (draft, UPLOADS))
    return drafts.with_music(draft, CALM)


BEGUN = begun()


def check(draft):
    """Nothing overlaps, nothing sticks out, fades fit, and the renderer reads it."""
    main = timeline.main(draft)
    at = 0
    for segment in main["sg"]:
        details = segment["m"]
        assert segment["d"] >= 1
        assert details["start"] == at
        at += segment["d"]
        assert details.get("source_start", 0) >= 0
        assert details.get("transition", {}).get("d", 0) <= segment["d"]
        for key in ("fade_in", "fade_out", "picture_fade_in", "picture_fade_out"):
            assert 0 <= details.get(key, 0) <= segment["d"]
        long = {"vlog": 60_000, "beach": 20_000}.get(details["name"])
        if long:
            slack = 20 + 20 * details.get("speed", 1.0)
            assert drafts.in_source(segment, 0, segment["d"])[1] <= long + slack
    assert draft["d"] == at
    assert "transition" not in main["sg"][0]["m"]
    for track in draft["t"]:
        assert track["sg"]
        placed_ = sorted((s["m"]["start"], s["m"]["start"] + s["d"]) for s in track["sg"])
        assert all(0 <= a < b <= at for a, b in placed_)
        assert all(one[1] <= two[0] for one, two in pairwise(placed_))
    ids = [s["m"]["id"] for track in draft["t"] for s in track["sg"]]
    assert len(ids) == len(set(ids))
    assert draft["unknown"] == [1]
    assert json.loads(json.dumps(draft)) == draft
    assert read_plan(draft, MEDIA).length == at


def done(edit, draft, desk):
    """What an edit makes of a draft, and what is said of it in both languages."""
    before = copy.deepcopy(draft)
    try:
        made = asyncio.run(edit.carry_out(draft, desk, lambda _: None))
    except CannotDo as refusal:
        check_said(*(refuse(refusal, language) for language in ("en", "zh")))
        return draft
    finally:
        assert draft == before  # its argument is never changed
    for language in ("en", "zh"):
        said = describe(made, language, changed=made.draft != draft)
        check_said(said, summary(made.draft, language))
    return made.draft


def check_said(*sentences):
    assert all(sentences)
    assert not any(set(sentence) & set("{}") for sentence in sentences)


@given(st.lists(phrases, min_size=1, max_size=6))
@settings(max_examples=60)
def test_phrases_in_any_order_leave_a_draft_that_adds_up(said):
    draft = BEGUN
    desk = Desk(draft)
    for phrase in said:
        for edit in understand(
            phrase, files=["song.mp3"], laid=bool(drafts.music_segments(draft))
        ).edits:
            new = done(edit, draft, desk)
            check(new)
            if new != draft:
                for one, two in ((draft, new), (new, draft)):
                    told = changes(Draft(one), Draft(two))
                    assert told
                    assert all(str(change) and "{" not in repr(change) for change in told)
                desk.keep(edit, draft, new)
                if edit.tool not in ALONG_HISTORY:
                    back = carry(desk, new, "undo")
                    assert back == draft  # the very same
                    assert carry(desk, back, "redo") == new
            draft = new


def alike(draft):
    """A draft but for what transitions took, which is gone where their clips were moved."""
    kept = copy.deepcopy(draft)
    for segment in drafts.segments(kept, drafts.VIDEO):
        segment["m"].get("transition", {}).pop("took", None)
    return kept


def carry(desk, draft, phrase):
    [edit] = understand(phrase).edits
    new = done(edit, draft, desk)
    desk.keep(edit, draft, new)
    return new


# A phrase for each edit, and one that takes it back by itself; None where only undo does.
INVERSES = {
    "cut": ("cut out 0:05-0:12", None),
    "keep": ("keep 0:05-0:12", None),
    "split": ("split at 0:20", None),
    "lengthen": ("make clip 3 2 seconds longer", None),
    "move": ("move clip 3 to the end", None),
    "swap": ("swap clips 3 and 4", "swap clips 3 and 4"),
    "reorder": ("reverse the order of the clips", None),
    "repeat": ("loop it twice", None),
    "speed": ("speed it up 2x", None),
    "reverse": ("reverse it", "reverse it"),
    "volume": ("make the video twice as loud", None),
    "mute": ("mute the video", "unmute"),
    "unmute": (None, None),
    "fade": ("fade in", "remove the fade in"),
    "duck": ("stop ducking the music", "duck the music"),
    "normalise": ("normalize the audio", None),
    "separate_audio": ("remove the original background music", "restore the original sound"),
    "restore_audio": (None, None),
    "add_music": ("add happy music", None),
    "music_when": ("the music starts at 0:10", None),
    "remove_track": ("remove the music you added", None),
    "denoise": ("remove the noise", None),
    "remove_silences": ("remove the silences", None),
    "add_text": ('add a title "Bye" from 0:30 to 0:35', 'remove the title "Bye"'),
    "change_text": ("move the title to the top", "move the title to the center"),
    "remove_text": ("remove the title", None),
    "canvas": ("make it 9:16", None),
    "effects": ("make it black and white", "remove the effects"),
    "clear_effects": (None, None),
    "zoom": ("zoom in 2x", None),
    "rotate": ("rotate it 90 degrees", "rotate it 270 degrees"),
    "flip": ("flip it", "flip it"),
    "crop": ("crop 10% from the top", None),
    "transition": ("remove the transitions", None),
    "join": ("add beach.mp4 at the end", "delete the last clip"),
    "replace_clip": ("replace clip 1 with photo2.jpg", None),
    "like_song": ("make the video as long as the song", None),
    "still_length": ("2 seconds per photo", None),
    "slideshow": ("make a slideshow of photo1.jpg", None),
    "overlay": ("put beach.mp4 in the bottom left corner", None),
    "remove_overlay": ("remove the logo", None),
    "output": ("convert to gif", None),
    "thumbnail": ("use the frame at 0:05 as the thumbnail", None),
    "reset": (None, None),
    "undo": (None, None),
    "redo": (None, None),
    "start_over": (None, None),
}


def test_there_is_a_phrase_for_each_edit():
    assert set(INVERSES) == {edit.tool for edit in EDITS}


@pytest.mark.parametrize("tool", [tool for tool, (phrase, _) in INVERSES.items() if phrase])
def test_each_edit_can_be_undone_and_some_take_one_another_back(tool):
    phrase, back = INVERSES[tool]
    desk = Desk(BEGUN)
    [edit] = understand(phrase, laid=True).edits
    assert edit.tool == tool
    new = done(edit, BEGUN, desk)
    assert new != BEGUN
    check(new)
    desk.keep(edit, BEGUN, new)
    if back:
        [other] = understand(back, laid=True).edits
        assert alike(done(other, new, desk)) == alike(BEGUN)
    assert carry(desk, new, "undo") == BEGUN
