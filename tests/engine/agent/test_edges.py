"""What is bound to an edge stays there, and what else people ran into while they edited."""

import asyncio

import pytest
from shelf import BASES, Shelf, carried, outcome, written

from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.answer import describe, refuse
from cogwidgets.engine.agent.edits import CannotDo
from cogwidgets.engine.agent.understand import language_of, understand

# Messages one after another, and the draft that they must give (tests/shelf.py tells how it is
# written); "=" is the very draft that was there before.
TALKS = {
    "one": {
        # Fades belong to the ends of the video, whatever is cut there.
        "fade out || trim the last 5 seconds": "a0-55(fade_out=1,picture_fade_out=1)",
        "fade in || trim the first 5 seconds": "a5-60(fade_in=1,picture_fade_in=1)",
        "fade in and out || keep 0:10 to 0:20": (
            "a10-20(fade_in=1,fade_out=1,picture_fade_in=1,picture_fade_out=1)"
        ),
        "fade out || add beach.mp4 at the end": "a0-60 b0-20(fade_out=1,picture_fade_out=1)",
        "fade out || split at 0:20 || delete the last clip": "a0-20(fade_out=1,picture_fade_out=1)",
        "fade in || reverse it": "a0-60(reverse=True,fade_in=1,picture_fade_in=1)",
        "fade out 5s || cut 0:02 to the end": "a0-2(fade_out=2,picture_fade_out=2)",
        # Fades of a clip, at a moment, over a stretch, and away again.
        "fade to black at 0:30": "a0-30(picture_fade_out=1) a30-60(picture_fade_in=1)",
        "fade to black from 0:50": "a0-60(picture_fade_out=10)",
        "fade in and out || remove the fade in": "a0-60(fade_out=1,picture_fade_out=1)",
        "fade out || no fades": "=",
        "淡入淡出 || 去掉淡入淡出": "=",
        # Titles stand at the edge that they were asked for.
        'add a title "Hi" || trim the first 5 seconds': 'a5-60; T"Hi" 0-4 center',
        'add "The end" at the end || trim the last 20 seconds': 'a0-40; T"The end" 36-40 center',
        'add a title "Hi" at 0:10 || trim the first 5 seconds': 'a5-60; T"Hi" 5-9 center',
        # More than one text, and where.
        'add captions "Hello" and "World"': (
            'a0-60; T"Hello" 0-3 bottom caption; T"World" 3-6 bottom caption'
        ),
        'add captions "A" and "B" for 5 seconds each': (
            'a0-60; T"A" 0-5 bottom caption; T"B" 5-10 bottom caption'
        ),
        'add a caption "A" from 0:02 to 0:04 and "B" from 0:06 to 0:08': (
            'a0-60; T"A" 2-4 bottom caption; T"B" 6-8 bottom caption'
        ),
        "加字幕“你好”，放在中间": 'a0-60; T"你好" 0-60 center caption',
        # How long it lasts.
        "loop it until 3:00": "a0-60 a0-60 a0-60",
        "循环直到3分钟": "a0-60 a0-60 a0-60",
        "slow it down to 1:30": "a0-60(speed=0.666667)",
        "delete the video": "=",
        "全部删除": "=",
        "mute it || unmute": "=",
        "mute 0:03-0:05 || mute 0:03-0:05": "a0-3 a3-5(mute=True) a5-60",
    },
    "two": {
        "fade out the first clip": (
            'a0-60(fade_out=1,picture_fade_out=1) b0-20; T"Hello" 0-3 center; M calm 0-80'
        ),
        "fade the music out at 0:30": 'a0-60 b0-20; T"Hello" 0-3 center; M calm 0-30 fade_out=1',
        # Transitions belong to joints.
        "add a 2s crossfade between the clips || trim the first 3 seconds of the second clip": (
            'a0-58 b3-20(transition=crossfade:2); T"Hello" 0-3 center; M calm 0-75'
        ),
        "add a 2s crossfade between the clips || trim the last 3 seconds of the first clip "
        "|| remove the transitions": 'a0-55 b0-20; T"Hello" 0-3 center; M calm 0-75',
        "add a crossfade between the clips || remove the transitions": "=",
        "add a crossfade between the clips || loop it twice": (
            "a0-59 b0-20(transition=crossfade:1) a0-59 b0-20(transition=crossfade:1); "
            'T"Hello" 0-3 center; M calm 0-158'
        ),
        "split clip 2 at 0:05 || swap the clips": (
            'a0-60 b0-5 b5-20; T"Hello" 0-3 center; M calm 0-80'
        ),
    },
}


@pytest.mark.parametrize(
    ("base", "talk", "meant"),
    [(base, talk, meant) for base, talks in TALKS.items() for talk, meant in talks.items()],
)
def test_messages_one_after_another_give_the_draft_that_is_meant(base, talk, meant):
    before, after, _ = outcome(talk, base)
    assert written(before, after) == meant


def told(base, *phrases):
    """What is answered to the last of some messages."""
    draft, pictures = BASES[base]()
    shelf, said = Shelf(pictures), []
    for phrase in phrases:
        said = []
        language = language_of(phrase)
        for edit in understand(phrase, files=["song.mp3"]).edits:
            try:
                made = asyncio.run(edit.carry_out(draft, shelf, lambda _: None))
            except CannotDo as error:
                said.append(refuse(error, language))
                continue
            said.append(describe(made, language, changed=made.draft != draft))
            shelf.past.append(draft)
            draft = made.draft
    return " ".join(said)


@pytest.mark.parametrize(
    ("base", "phrases", "answer"),
    [
        ("one", ["make it 2 minutes long"], "loop it to 2:00, or: slow it down to 2:00"),
        ("one", ["做成2分钟"], "循环到2分钟"),
        ("one", ["delete everything"], "leave nothing of the video"),
        ("one", ['add a title "Hi" for 100 seconds'], "at 0:00–1:00: the video ends there"),
        ("one", ['add a title "Hi" from 0:50 to 1:10'], "at 0:50–1:00: the video ends there"),
        ("one", ["fade out 100 seconds"], "a fade out of 60 s"),
        ("one", ["fade to white"], "a fade out of 1 s, white"),
        ("one", ["make it a square gif"], "An export will be gif, 480×480"),
        ("one", ["convert to gif", "make it square"], "a GIF of it is 480×480"),
        ("one", ["convert to webm and export as webm"], "An export will be webm."),
        ("one", ["trim the first 10 seconds", "remove the music"], "from 'vlog' (0:00–0:50)"),
        ("two", ["mute the video"], "the music that was laid plays on"),
        ("two", ["mute 0:03-0:05"], "The sound is muted (0:03–0:05)."),
        ("two", ['change the title to "Bye"'], "“Hello”: it says “Bye” now."),
        ("two", ["make the title red and bigger"], "size 9% of the picture, colour red"),
        ("two", ["标题移到底部"], "“Hello”：位置底部。"),
        ("one", ["mute it", "rotate it", "undo the last two edits"], "the last 2 changes"),
        ("one", ["mute it", "undo the last 5 edits"], "I undid the last change."),
        ("two", ["split clip 2 at 0:05", "swap the clips"], "Which two of the 3 clips"),
    ],
)
def test_an_answer_says_what_was_done_and_what_can_be(base, phrases, answer):
    assert answer in told(base, *phrases)


def test_from_black_to_white_takes_two_pieces():
    # A segment has one colour that it fades from and to.
    draft = carried("fade in from black and fade out to white")
    one, two = timeline.main(draft)["sg"]
    assert "picture_fade_color" not in one["m"]
    assert two["m"]["picture_fade_color"] == "#ffffff"
    assert (one["d"], two["d"]) == (30_000, 30_000)


def test_the_colour_of_a_fade_goes_with_it():
    [piece] = timeline.main(carried("fade to white || trim the last 5 seconds"))["sg"]
    assert piece["m"]["picture_fade_color"] == "#ffffff"
    [piece] = timeline.main(carried("fade to white || remove the fade"))["sg"]
    assert "picture_fade_color" not in piece["m"]
