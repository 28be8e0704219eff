"""Sequel: what is for the rest of the video: "sepia for the first 4 s, then black and white"."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits.music import AddMusic
from cogwidgets.engine.agent.edits.normal import Normal
from cogwidgets.engine.agent.edits.pace import Speed
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Volume
from cogwidgets.engine.agent.lexicon import Token, Word
from cogwidgets.engine.agent.times import END, Point, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["for_the_rest", "goes_on"]

_THEN = re.compile(r"\bthen\b|然后|接着|再", re.IGNORECASE)
_AFTER = re.compile(r"\bafter(?:wards| that)\b|\bfrom then on\b|之后|后面|后边|往后", re.IGNORECASE)
_OTHER_HALF = re.compile(r"\bthe (?:second|other)(?: half| one)?\W*$|另一半|后一半", re.IGNORECASE)
_HALF = Point(0.5)
_LOOKS = {"grayscale", "sepia", "look"}


def for_the_rest(action: Action, lead: str, before: Sequence[Edit]) -> Action | None:
    """Give an action the stretch after that of the edit before it, where it may be for that.

    ``lead`` are the words between the two: "then" is one of them.
    """
    spans: tuple[Span, ...] = getattr(before[-1], "spans", ()) if before else ()
    if len(spans) != 1 or spans[0].clip is not None or spans[0].end == END or action.timed:
        return None
    half = spans[0].end == _HALF and _OTHER_HALF.search(action.text)
    said = _THEN.search(lead) or _AFTER.search(lead + action.text) or half
    if not (said or action.verb is Word.RESTORE):
        return None
    when = Token(Word.TIME, "", action.start, action.start, Span(spans[0].end, END))
    return replace(action, words=(*action.words, when), used=[])


def goes_on(action: Action, lead: str, before: Edit, edits: Sequence[Edit]) -> bool:
    """Tell whether edits of the rest are meant, after "then" or after "after that".

    "Then" may also only tell the order of what is for the whole, so that only what takes turns
    with the edit before it goes on there.
    """
    if all(isinstance(edit, Normal) for edit in edits) or _AFTER.search(lead + action.text):
        return True
    last = edits[-1]
    if isinstance(before, Effects) and isinstance(last, Effects):
        one, two = ({kind for kind, _ in edit.effects} for edit in (before, last))
        return action.verb is not Word.ADD and bool(one & two or (one | two) <= _LOOKS)
    return isinstance(last, Speed | Volume | AddMusic) and type(last) is type(before)
