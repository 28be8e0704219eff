"""Putright: an edit done before that a message says otherwise, though its words are a wish too."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent.changing import changed
from cogwidgets.engine.agent.edits.cuts import Cut, Keep
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Zoom
from cogwidgets.engine.agent.edits.history import Undo
from cogwidgets.engine.agent.edits.music import AddMusic, RemoveMusic
from cogwidgets.engine.agent.edits.overlays import Overlay, silenced
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Mute, Volume
from cogwidgets.engine.agent.edits.style import FADE
from cogwidgets.engine.agent.edits.textchanges import ChangeText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.past import Follow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.past import Past
    from cogwidgets.engine.agent.said import Said

__all__ = ["put_right", "with_others"]

_THAT = re.compile(
    r"\b(?:that|this|those|these)(?: (?:one|part|bit|piece|section|stretch)s?)?\b|"
    r"[那这]一?[段部几]",
    re.IGNORECASE,
)
_ALL = re.compile(r"\b(?:them|both|all|each|those|these)\b|都|它们|全部", re.IGNORECASE)
_OF_VIDEO = re.compile(
    r"\b(?:video|clip|all|everything|whole)|视频|原声|全部|所有|整个", re.IGNORECASE
)
_WITH_FADE = re.compile(
    r"\bwith (?:a |an |some |soft |nice |little )*fade\b(?! to\b)", re.IGNORECASE
)
_ONCE = (RemoveMusic, Mute)  # which once more would be nothing more


def put_right(  # noqa: C901, PLR0911 - a rule each
    action: Action, past: Past, own: Sequence[Edit] | None, said: Said
) -> Follow | None:
    """Read "no, keep only that part", 颜色改成粉色 of a title, 饱和度不要了 of two effects."""
    place = past.touched[0]
    last, one = past.edits[place], own[0] if own and len(own) == 1 else None
    if place >= past.here:
        return None
    if not own and not action.timed and (said.corrects or said.only) and _THAT.search(action.text):
        if isinstance(last, Cut) and last.spans and action.verb is Word.KEEP and not action.negated:
            action.used.extend(action.words)
            return Follow((Keep(last.spans),), place)
        if isinstance(last, Keep) and last.spans and action.verb is Word.REMOVE:
            return Follow((Cut(last.spans),), place)
    silent = isinstance(one, Mute) and not one.spans and not _OF_VIDEO.search(action.text)
    silent = silent or not (own or action.timed)  # "it shouldn't have sound"
    if isinstance(last, Overlay) and last.heard and silent and silenced(action):
        return Follow((replace(last, mute=True),), place)
    if isinstance(last, RemoveMusic) and not (own or last.spans):
        kept = action.verb is Word.KEEP and not action.negated and action.has(Word.MUSIC)
        beside = tuple(span for one in action.spans for span in one.beside) if kept else ()
        if len(action.spans) == 1 and beside:  # "keep the music from 8 to 12"
            return Follow((replace(last, spans=beside),), place)
    if isinstance(one, _ONCE) and type(one) is type(last) and one.spans and not last.spans:
        return Follow((one,), place)
    if isinstance(one, Undo) and one.steps == len(past.touched) > 1 and not action.has(Word.AMOUNT):
        return Follow((Undo(),))  # "both", for the two things that one message did
    if isinstance(one, Fade) and (faded := _text_faded(action, last, said)) is not None:
        return Follow((faded,), place)
    between = isinstance(one, Fade) and one.way == "both"
    if (
        isinstance(last, Transition)
        and between
        and action.length
        and not (one_way(action) or action.has(Word.VIDEO, Word.SOUND))
    ):
        return Follow((replace(last, ms=action.length),), place)  # "3 second fade", of a crossfade
    if (whole := _whole_again(action, past, own)) is not None:
        return whole
    return _coloured(action, past, own, said)


def _text_faded(action: Action, last: Edit, said: Said) -> Edit | None:
    """Read "at the end, 3 seconds, with a fade" of the text that was added."""
    if not (isinstance(last, AddText) and _WITH_FADE.search(action.text)):
        return None
    made = changed(last, action, said)
    made = made if isinstance(made, AddText) else last
    action.used.extend(action.words)
    return replace(made, style=replace(made.style, fade_in=FADE, fade_out=FADE))


def one_way(action: Action) -> bool:
    """Tell "fade out" from a fade between two clips."""
    return action.asks("fade_in", "fade_out") or bool(action.edges)


_WHOLE = re.compile(
    r"\b(?:the (?:whole|entire|full) (?:thing|time|video|clip|way|length)|all the (?:way|time)|"
    r"everywhere|throughout|(?:from )?start to (?:end|finish)|permanently|all of it)\b|"
    r"整个(?:视频|片子)?|全程|全片|从头到尾|一直(?:显示|放|都|在)|始终|全都",
    re.IGNORECASE,
)


def _whole_again(action: Action, past: Past, own: Sequence[Edit] | None) -> Follow | None:
    """Read "I want it on the whole thing again", 一直显示吧, of what is for some seconds."""
    place = past.touched[0]
    last: Any = past.edits[place]
    known = isinstance(last, Effects | Overlay | AddMusic | AddText | Mute | Volume | Zoom)
    if not (known and _WHOLE.search(action.text)) or action.negated:
        return None
    if own and not all(type(one) is type(last) for one in own):
        return None
    if isinstance(last, Effects) and own:
        kinds = {kind for one in own if isinstance(one, Effects) for kind, _ in one.effects}
        if not kinds & {kind for kind, _ in last.effects}:
            return None
    if not last.spans and not getattr(last, "at", None):
        return None
    action.used.extend(action.words)
    more = {"at": None, "length": None} if isinstance(last, AddText) else {}
    return Follow((replace(last, spans=(), **more),), place)


def _coloured(action: Action, past: Past, own: Sequence[Edit] | None, said: Said) -> Follow | None:
    """Give a colour to the text that was spoken of."""
    place = past.touched[0]
    last = past.edits[place]
    wished = own and not all(isinstance(edit, Effects) for edit in own)
    if wished or not isinstance(last, AddText | ChangeText) or action.quoted or action.timed:
        return None
    colour = action.value_of(Word.COLOUR) is not None and not action.has(Word.VIDEO, Word.MEDIA)
    plain = {t.value.rstrip("+-") for t in action.all_of(Word.EFFECT)} <= {"saturation"}
    made = changed(last, action, said) if colour and plain and not action.strange else None
    return Follow((made,), place) if made is not None else None


def with_others(follow: Follow, action: Action, past: Past, said: Said) -> Follow:
    """Change the others of the kind alike: "make them 3 seconds"; of fades leave "just the in"."""
    if follow.at is None or follow.at >= past.here:
        return follow
    kind, now = type(past.edits[follow.at]), follow.edits[0] if follow.edits else None
    places = range(past.here) if kind is AddText else past.touched
    others = [i for i in places if i != follow.at and type(past.edits[i]) is kind]
    beside: dict[int, tuple[Edit, ...]] = {}
    if said.only and isinstance(now, Fade):
        beside = dict.fromkeys(others, ())
    elif _ALL.search(action.text):
        made = ((i, changed(past.edits[i], replace(action, used=[]), said)) for i in others)
        beside = {i: (edit,) for i, edit in made if edit is not None}
    return replace(follow, beside=tuple(beside.items()))
