"""What changed is told as what was done: for edits that end without a word."""

import copy

import pytest
from shelf import BASES, outcome

from cogwidgets.draft import Change, Draft, changes

SAID = {
    "trim the first 5 seconds": ["Cut 0:00–0:05 out of 'vlog', 0:55 left"],
    "cut out 0:10-0:20": ["Cut 0:10–0:20 out of 'vlog', 0:50 left"],
    "split at 0:20": ["Split 'vlog' at 0:20"],
    "repeat the last 10 seconds": ["'vlog' is shown for 1:10 instead of 1:00"],
    "speed it up 2x": ["'vlog': speed 1x → 2x"],
    "slow down 0:10 to 0:20 by half": ["'vlog': speed 1x → 0.5x (0:10–0:30)"],
    "reverse the video": ["'vlog': backwards no → yes"],
    "reverse the last 5 seconds": ["'vlog': backwards no → yes (0:55–1:00)"],
    "mute from 0:10 to 0:15": ["'vlog': muted no → yes (0:10–0:15)"],
    "set volume to 50%": ["Volume of 'vlog' 100% → 50%"],
    "fade to black at the end": ["'vlog': picture fade out 0 s → 1 s"],
    "fade to white at the end": [
        "'vlog': picture fade out 0 s → 1 s",
        "'vlog': fade colour #000000 → #ffffff",
    ],
    "normalize the audio": ["Loudness in LUFS: as it is → -14"],
    'add a title "Hi"': ["Added 'Hi' (0:00–0:04)"],
    "make it vertical": ["The picture is 1080×1920 instead of 1920×1080"],
    "9:16 with blurred background": [
        "The picture is 1080×1920 instead of 1920×1080",
        "What does not fit the canvas: fit → blur",
    ],
    "make it brighter": ["'vlog': effects none → brightness +20%"],
    "pixelate from 0:10 to 0:12": ["'vlog': effects none → pixelate +50% (0:10–0:12)"],
    "zoom in from 0:10 to 0:15": ["'vlog': zoom 1x → 1.3x (0:10–0:15)"],
    "rotate it 90 degrees": ["'vlog': turned 0° → 90°"],
    "flip horizontally": ["'vlog': mirrored none → left to right"],
    "add beach.mp4 at the end": ["Added 'beach' (1:00–1:20)"],
    "put logo.png in the top right corner": ["Added 'logo' (0:00–1:00)"],
    "add calm music": ["Added 'calm 1' (0:00–1:00)"],
    "convert to gif": ["An export makes gif"],
    "compress to 25mb": ["An export makes at most 25 MB"],
    "compress it": ["An export makes low quality"],
    "use the frame at 0:05 as the thumbnail": ["The thumbnail is the frame at 0:05"],
    "remove the music": ["Music removed from 'vlog' (0:00–1:00)"],
    "remove the music from 0:05 to 0:12": ["Music removed from 'vlog' (0:05–0:12)"],
    "reduce the noise": ["Noise removed from 'vlog': yes"],
}
OF_TWO = {
    "delete the second clip": ["Removed 'beach' (1:00–1:20)"],
    "swap the clips": [
        "Moved 'beach' from 1:00 to 0:00",
        "Moved 'vlog' from 0:00 to 0:20",
        "Moved 'Hello' from 0:00 to 0:20",
    ],
    "add a crossfade between the clips": ["'beach': transition none → crossfade 1 s"],
    "move the title to the top": ["'Hello': position center → top"],
    'change the title to "Bye"': ["Text “Hello” → “Bye”"],
    "make the music louder": ["Volume of 'Calm 1' 100% → 150%"],
    "make the music louder from 0:10 to 0:20": ["Volume of 'Calm 1' 100% → 150% (0:10–0:20)"],
    "mute 0:03-0:05": [
        "'vlog': muted no → yes (0:03–0:05)",
        "'Calm 1': muted no → yes (0:03–0:05)",
    ],
    "fade the music out at 0:30": [
        "'Calm 1' now lasts 0:30 instead of 1:20",
        "'Calm 1': fade out 2 s → 1 s",
    ],
    "remove the background music from 0:10 to 0:20": [
        "Music removed from 'vlog' (0:10–0:20)",
        "Cut 0:10–0:20 out of 'Calm 1', 1:10 left",
    ],
}
# Of several edits, what the last one is told as: times are those of the timeline as it is then.
AFTER = {
    ("cut 0:00-0:10", "remove the music"): ["Music removed from 'vlog' (0:00–0:50)"],
    ("speed up 0:10-0:20 2x", "cut 0:05-0:12"): ["Cut 0:05–0:12 out of 'vlog', 0:48 left"],
    ("fade out", "trim the last 5 seconds"): ["Cut 0:55–1:00 out of 'vlog', 0:55 left"],
    ("fade out", "add beach.mp4 at the end"): ["Added 'beach' (1:00–1:20)"],
    ("fade out", "split at 0:20"): ["Split 'vlog' at 0:20"],
    ("make 0:05-0:10 black and white", "trim the first 2 seconds"): [
        "Cut 0:00–0:02 out of 'vlog', 0:58 left"
    ],
    ("mute 0:05-0:10", "mute 0:08-0:12"): ["'vlog': muted no → yes (0:10–0:12)"],
    ("repeat 0:10-0:20", "reverse it"): ["'vlog': backwards no → yes"],
    ("remove the music", "restore the original sound"): ["Music restored in 'vlog'"],
}


def told(before, after):
    return [str(change) for change in changes(Draft(before), Draft(after))]


@pytest.mark.parametrize(
    ("phrase", "base", "said"),
    [(p, "one", s) for p, s in SAID.items()] + [(p, "two", s) for p, s in OF_TWO.items()],
)
def test_each_edit_is_told_in_words(phrase, base, said):
    before, after, _ = outcome(phrase, base)
    assert told(before, after) == said


@pytest.mark.parametrize(("phrases", "said"), AFTER.items())
def test_an_edit_after_others_is_told_in_the_times_of_the_timeline(phrases, said):
    *first, last = phrases
    draft = carried_out(*first)
    assert told(draft, carried_out(last, draft=draft)) == said


def carried_out(*phrases, draft=None):
    """What becomes of a clip, phrase after phrase."""
    for phrase in phrases:
        base = BASES["one"]() if draft is None else (draft, BASES["one"]()[1])
        draft = outcome(phrase, base)[1]
    return draft


@pytest.mark.parametrize("phrase", [*SAID])
def test_an_edit_undone_is_told_too(phrase):
    before, after, _ = outcome(phrase, "one")
    assert told(after, before)
    assert changes(Draft(after), Draft(copy.deepcopy(after))) == []


def test_what_an_export_makes_is_told_both_ways():
    before, after, _ = outcome("convert to gif", "one")
    assert told(after, before) == ["An export makes mp4 instead of gif"]


@pytest.mark.parametrize("phrase", [*SAID, *OF_TWO])
def test_no_change_holds_more_than_what_it_says(phrase):
    before, after, _ = outcome(phrase, "two")
    for change in changes(Draft(before), Draft(after)):
        assert len(repr(change)) < 250
        assert "{" not in repr(change)


def test_what_there_are_no_words_for_is_named_by_its_key():
    before = {"t": [{"tt": 0, "sg": [{"d": 900, "m": {"name": "vlog"}}]}], "m": {}}
    after = copy.deepcopy(before)
    after["m"]["grain"] = {"much": list(range(999))}
    assert changes(Draft(before), Draft(after)) == [Change("edited", 0, "the draft", None, "grain")]
    assert told(before, after) == ["Changed 'the draft' (grain)"]
