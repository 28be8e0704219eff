"""What people type goes where they want it, and no edit is swallowed."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.client.router import named_files, route

LINES = Path(__file__).with_name("phrases.txt").read_text(encoding="utf-8").splitlines()
PHRASES = [
    (action.strip(), text.strip().replace("\\n", "\n"))
    for action, equals, text in (line.partition("=") for line in LINES)
    if equals and not action.startswith("#")
]
COMMANDS = [(action, text) for action, text in PHRASES if action != "message"]
TRAPS = [text for action, text in PHRASES if action == "message"]


def test_the_table_is_as_large_as_it_is_meant_to_be():
    counts = Counter(action for action, _ in PHRASES)
    assert counts.keys() == {"export", "credits", "state", "upload", "message"}
    assert len(PHRASES) >= 500
    assert counts["message"] >= 0.45 * len(PHRASES)


@pytest.mark.parametrize("text", TRAPS)
def test_no_edit_is_swallowed(text):
    assert route(text) == "message"


def test_what_is_read_as_a_command_is_that_command():
    routed = [(action, route(text), text) for action, text in PHRASES]
    assert not [row for row in routed if row[1] not in ("message", row[0])]


def test_hardly_a_command_is_missed():
    missed = [text for action, text in COMMANDS if route(text) != action]
    assert len(missed) <= 0.05 * len(COMMANDS), missed


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("vlog.mp4", ["vlog.mp4"]),
        ("upload ~/clips/a.mov and 'day 1.mp4'", ["~/clips/a.mov", "day 1.mp4"]),
        ("https://example.org/v.mp4", ["https://example.org/v.mp4"]),
        ("上传片头.mp4", ["片头.mp4"]),
        ("remove the music", []),
    ],
)
def test_files_are_found_by_their_names(text, files):
    assert named_files(text) == files


@given(st.text(max_size=200))
def test_no_text_is_too_odd(text):
    assert route(text) in {"export", "credits", "state", "upload", "message"}


def test_a_very_long_text_is_read_in_a_moment():
    assert route("export the video " * 10_000) == "message"
    assert route("a/" * 50_000) == "message"
    assert route("'" * 100_000) == "message"
