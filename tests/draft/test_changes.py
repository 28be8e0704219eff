"""What changed is told as what was done: for edits that end without a word."""

import copy

import pytest
from shelf import outcome

from cogwidgets.draft import Draft, changes

SAID = {
    "trim the first 5 seconds": ["Cut 0:00–0:05 out of 'vlog', 0:55 left"],
    "cut out 0:10-0:20": ["Cut 0:10–0:20 out of 'vlog', 0:50 left"],
    "split at 0:20": ["Split 'vlog' at 0:20"],
    "repeat the last 10 seconds": ["'vlog' is shown for 1:10 instead of 1:00"],
    "speed it up 2x": ["'vlog': speed 1x → 2x"],
    "reverse the video": ["'vlog': backwards no → yes"],
    "mute from 0:10 to 0:15": ["'vlog': muted no → yes"],
    "set volume to 50%": ["Volume of 'vlog' 100% → 50%"],
    "fade to black at the end": ["'vlog': fade to black 0 s → 1 s"],
    "normalize the audio": ["Loudness in LUFS: as it is → -14"],
    'add a title "Hi"': ["Added 'Hi' (0:00–0:04)"],
    "make it vertical": ["The picture is 1080×1920 instead of 1920×1080"],
    "9:16 with blurred background": [
        "The picture is 1080×1920 instead of 1920×1080",
        "What does not fit the canvas: fit → blur",
    ],
    "make it brighter": ["'vlog': effects none → brightness +20%"],
    "pixelate from 0:10 to 0:12": ["'vlog': effects none → pixelate +50% (0:10–0:12)"],
    "rotate it 90 degrees": ["'vlog': turned 0° → 90°"],
    "flip horizontally": ["'vlog': mirrored none → left to right"],
    "add beach.mp4 at the end": ["Added 'beach' (1:00–1:20)"],
    "put logo.png in the top right corner": ["Added 'logo' (0:00–1:00)"],
    "add calm music": ["Added 'calm 1' (0:00–1:00)"],
    "compress to 25mb": ["An export makes at most 25 MB"],
    "use the frame at 0:05 as the thumbnail": ["The thumbnail is the frame at 0:05"],
    "remove the music": ["Music removed from 'vlog' (0:00–1:00)"],
    "remove the music from 0:05 to 0:12": ["Music removed from 'vlog' (0:05–0:12)"],
    "reduce the noise": ["Noise removed from 'vlog': yes"],
}
OF_TWO = {
    "delete the second clip": ["Removed 'beach' (1:00–1:20)"],
    "swap the clips": ["Moved 'beach' from 1:00 to 0:00", "Moved 'vlog' from 0:00 to 0:20"],
    "add a crossfade between the clips": ["'beach': transition none → crossfade 1 s"],
    "move the title to the top": ["'Hello': position center → top"],
    'change the title to "Bye"': ["Text “Hello” → “Bye”"],
    "make the music louder": ["Volume of 'Calm 1' 100% → 150%"],
}


@pytest.mark.parametrize(
    ("phrase", "base", "said"),
    [(p, "one", s) for p, s in SAID.items()] + [(p, "two", s) for p, s in OF_TWO.items()],
)
def test_each_edit_is_told_in_words(phrase, base, said):
    before, after, _ = outcome(phrase, base)
    told = [str(change) for change in changes(Draft(before), Draft(after))]
    assert set(said) <= set(told)
    assert len(told) <= len(said) + 3  # what followed from it at most


@pytest.mark.parametrize("phrase", [*SAID])
def test_an_edit_undone_is_told_too(phrase):
    before, after, _ = outcome(phrase, "one")
    assert changes(Draft(after), Draft(before))
    assert changes(Draft(after), Draft(copy.deepcopy(after))) == []
