"""A slip of the pen is read as what was meant, and never a word of another meaning."""

import pytest

from cogwidgets.engine.agent.answer import answer_to
from cogwidgets.engine.agent.understand import understand


@pytest.mark.parametrize(
    ("message", "tool"),
    [
        ("remvoe the music", "separate_audio"),
        ("make it brihgter", "effects"),
        ("trim 5 secnds from the start", "cut"),
        ("revrese the clip", "reverse"),
    ],
)
def test_a_slip_is_read_as_what_was_meant_and_told(message, tool):
    asked = understand(message)
    assert [edit.tool for edit in asked.edits] == [tool]
    [(said, read)] = asked.respelled
    answer = answer_to(asked, ["Done."], "en", [], "")
    assert answer == f"I read \u201c{said}\u201d as \u201c{read}\u201d. Done."


@pytest.mark.parametrize(
    "message",
    [
        "add a title \u201cremvoe\u201d",
        "add remvoe.mp4 at the end",
        "trim my concert video to 20 seconds",
        "move the second clip to the front",
        "put my friend Vince in the corner",
        "add @volumn in the corner",
    ],
)
def test_texts_names_and_other_words_are_left_alone(message):
    assert understand(message).respelled == ()
