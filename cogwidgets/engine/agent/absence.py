"""Absence: what an action would need that is not here, such as captions from speech."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits.texts import ONE_CAPTION
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.action import Action

__all__ = ["absent_of", "before_with", "plain_text"]

_DOES = re.compile(r"\W*(?:(?:can|could|will|would) you |please )*do\b", re.IGNORECASE)


def absent_of(action: Action) -> str | None:
    """Tell what an action would need that is not here; None when it needs no such thing."""
    if action.negated or action.verb in {Word.KEEP, Word.TOUCH} or action.has(Word.NOT):
        return None
    tokens = [*action.words, *((action.said,) if action.said else ())]
    named = next((t for t in tokens if t.word is Word.ABSENT), None)
    asked = action.verb in {Word.ADD, Word.USE, Word.CHANGE, Word.WANT}
    asked = asked or bool(_DOES.match(action.text))
    if named is None and asked:
        named = action.find(Word.ABSENT)
    if named is None and action.quoted:  # 'a voice-over saying "hi"' is no title
        shown = next(t.start for t in action.words if t.word is Word.TEXT)
        voice = action.find(Word.ABSENT, "voice")
        named = voice if voice is not None and voice.start < shown else None
    told = named is not None and named.value == "highlights"
    told = told and action.verb not in {Word.ADD, Word.USE, Word.WANT, None}
    if told and action.spans:  # "cut out the useless part, 0:08 to 0:12": told where
        named = None
    if named is not None and (not action.quoted or named.value in {"voice", "cover"}):
        return str(named.value)
    timed = action.spans or action.moments
    one = ONE_CAPTION.search(action.text)  # its words can be asked for
    captions: bool = action.names("caption") and not (action.quoted or timed or one)
    asked = asked or action.asks("write")
    return "captions" if captions and asked and not _restyled(action) else None


def before_with(action: Action) -> Action | None:
    """Give an action without what it is to come with, where that is what is not here."""
    if action.verb is Word.CHANGE:
        return None  # "replace the music with a voice-over" is no wish to remove it
    places = [i for i, token in enumerate(action.words) if token.word is Word.WITH and i]
    for place, stop in reversed(list(pairwise([*places, len(action.words)]))):
        rest = replace(action, words=(*action.words[:place], *action.words[stop:]))
        if absent_of(rest) is None:
            return rest
    return None


def plain_text(action: Action, missing: str) -> Action | None:
    """Give an action of a text without the look that is not here: 标题换成白色带描边."""
    if missing not in {"fonts", "effects"} or not action.names("title", "text", "caption"):
        return None
    rest = replace(action, words=tuple(t for t in action.words if t.word is not Word.ABSENT))
    return rest if _styled(rest) and absent_of(rest) is None else None


def _restyled(action: Action) -> bool:
    """Tell 给字幕加个底色 from "add captions in yellow", which are to be written first."""
    named = next(t for t in action.all_of(Word.THING) if t.value == "caption")
    new = action.verb is Word.ADD and action.said and named.start >= action.said.end
    return _styled(action) and not (new and not action.has(Word.THE))


def _styled(action: Action) -> bool:
    return any(action.find(word) for word in (Word.COLOUR, Word.STYLE, Word.PLACE))
