"""In place: an edit that comes in the place of the one before, or beside it for the same stretch.

"Blur it instead", "no, just lower it", 还是用黑白吧 take the edit before back and are for what that
was for; "and brighter too" comes on top, for the same seconds. A clip that "it" stands for is known
from the first word on (`references`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.framing import Crop, Flip, Rotate, Zoom
from cogwidgets.engine.agent.edits.order import Move, Swap
from cogwidgets.engine.agent.edits.pace import Repeat, Reverse, Speed
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Mute, Volume
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.past import Follow
from cogwidgets.engine.agent.times import Point, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.past import Past
    from cogwidgets.engine.agent.said import Opening, Said

__all__ = ["STRETCHED", "in_place"]

# Of these another one says what shall be in place of the first, and does not come on top of it
_FAMILIES = (
    (Cut, Keep, Split, Move, Swap, Repeat, Reverse, Speed),
    (Effects, Zoom, Crop, Rotate, Flip),
    (Volume, Mute),
    (AddText,),
)
# What is done to a stretch, and can be done to the same one instead of another
STRETCHED = (Effects, Zoom, Rotate, Flip, Reverse, Speed, Mute, Volume, Cut)
_INSTEAD = re.compile(
    r"\b(?:instead|rather)\b|(?:改|换)[成为]|还是|"
    r"\b(?:change|turn|switch) (?:it|that|this) (?:in)?to\b",
    re.IGNORECASE,
)
_TOO = re.compile(r"\b(?:too|also|as well|and)\b|[也再又还]", re.IGNORECASE)
_THIS = re.compile(
    r"\b(?:this|that|the same) (?:bit|part|section|stretch|piece|moment)\b|"
    r"[这那]一?[段块部]|同一段",
    re.IGNORECASE,
)
_WHOLE = (Word.VIDEO, Word.EVERYTHING, Word.ALL, Word.MEDIA)
_TOO_MUCH = re.compile(
    r"\btoo (?:quiet|loud|soft|fast|slow|bright|dark|warm|cold|big|small|low|high)\b|"
    r"\bnot \w+ enough\b|太.{1,2}了|不够",
    re.IGNORECASE,
)
_ONE_OF = {"grayscale", "sepia", "look"}  # the picture has one of them


def in_place(  # noqa: PLR0911 - a rule each
    own: Sequence[Edit], action: Action, past: Past, opening: Opening, said: Said
) -> Follow | None:
    """Put edits in place of one that they say otherwise: "no, keep the first 5 seconds".

    音量调到50% is no correction of a mute: only "no" and the like reach another kind of edit.
    """
    place = past.touched[0]
    whole = action.has(*_WHOLE) or bool(action.spans or action.moments)
    meant = opening.corrects or bool(_INSTEAD.search(action.text))
    if place < past.here and not whole and _THIS.search(action.text):
        return _beside(own, past, opening, said, action)
    if said.goes_on or opening.goes_on or not (said.corrects or meant):
        beside = place < past.here and not whole
        return _beside(own, past, opening, said, action) if beside else None
    if _TOO_MUCH.search(action.text):
        return None  # "that's too quiet", which is said of how it is now
    if said.corrects and (at := _alike(own, past, meant=meant)) is not None:
        return Follow(tuple(own if whole else _for_same(own, past.edits[at])), at)
    if place >= past.here or whole or not meant or past.idle or past.undone:
        return None
    last = past.edits[place]
    stretched = isinstance(last, STRETCHED) and bool(last.spans)
    if stretched and len(past.touched) == len(own) == 1 and isinstance(own[0], STRETCHED):
        return Follow(tuple(_for_same(own, last)), place)
    return None


def _alike(own: Sequence[Edit], past: Past, *, meant: bool) -> int | None:
    """Give the place of an edit that was touched last and that these say otherwise."""
    kinds = {type(edit) for edit in own}
    for family in _FAMILIES:
        if not all(isinstance(edit, family) for edit in own):
            continue
        for index in past.touched:
            edit = past.edits[index]
            if isinstance(edit, family) and (meant or type(edit) in kinds):
                return index if meant or _rivals(edit, own) else None
    return None


def _rivals(edit: Edit, own: Sequence[Edit]) -> bool:
    """Tell "make it sepia", said of black and white, from "make it sharper"."""
    if not isinstance(edit, Effects):
        return True
    before = {kind for kind, _ in edit.effects}
    after = {kind for one in own if isinstance(one, Effects) for kind, _ in one.effects}
    return bool(before & after) or bool(before & _ONE_OF and after & _ONE_OF)


def _for_same(own: Sequence[Edit], last: Any) -> list[Edit]:
    """Let edits be for the stretches of the one in whose place they come."""
    old: tuple[Span, ...] = getattr(last, "spans", ())
    made: list[Any] = list(own)
    if not old or isinstance(last, AddText | Keep):
        return made
    return [
        replace(one, spans=old) if isinstance(one, STRETCHED) and not one.spans else one
        for one in made
    ]


def _beside(
    own: Sequence[Edit], past: Past, opening: Opening, said: Said, action: Action
) -> Follow | None:
    """Do "and brighter too" for the same seconds as what was done last."""
    last: Any = past.edits[past.touched[0]]
    if isinstance(last, Repeat) and len(own) == 1:
        return _of_copy(own[0], last)
    known = len(past.touched) == 1 and isinstance(last, STRETCHED) and not isinstance(last, Cut)
    on = (
        opening.goes_on
        or said.goes_on
        or _THIS.search(action.text)
        or bool(_TOO.match(action.text.strip()))
    )
    one: Any = own[0] if len(own) == 1 else None
    if not (known and on and last.spans) or any(span.clip is not None for span in last.spans):
        return None
    if not isinstance(one, STRETCHED) or isinstance(one, Cut) or one.spans:
        return None
    if action.has(Word.VOLUME, Word.SOUND) and not isinstance(last, Mute | Volume):
        return None
    spans = tuple(_played(span, last) for span in last.spans)
    return Follow((replace(one, spans=spans),))


def _of_copy(one: Any, last: Repeat) -> Follow | None:
    """Read "in slow motion", said of seconds that are shown once more, of the last showing."""
    span = last.span
    spans_known = span.clip is None and span.start.share == span.end.share
    if span == Span() or not spans_known or not isinstance(one, Effects | Speed | Reverse | Zoom):
        return None
    if one.spans:
        return None
    if span.start.share == 0:
        long = (span.end.ms - span.start.ms) * last.times
        span = replace(
            span,
            start=Point(0.0, span.end.ms + long - (span.end.ms - span.start.ms)),
            end=Point(0.0, span.end.ms + long),
        )
    return Follow((replace(one, spans=(span,)),))


def _played(span: Span, last: Edit) -> Span:
    """Give a stretch as long as it is since it plays at another speed."""
    if not isinstance(last, Speed) or span.start.share != 0 or span.end.share != 0:
        return span
    long = round((span.end.ms - span.start.ms) / last.factor)
    return replace(span, end=Point(0.0, span.start.ms + long))
