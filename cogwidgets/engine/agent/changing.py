"""Changing: an edit that was made, with what a later message says of it in its slots.

"Trim to 15 s" and then "make it 12" is "trim to 12 s"; "blur 3 s to 6 s" and then "less" is a
weaker blur of the same seconds. Each kind of edit says which of its slots a message can reach.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from cogwidgets.engine.agent.edits.clips import Join, Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Crop, Flip, Rotate, Zoom
from cogwidgets.engine.agent.edits.music import AddMusic
from cogwidgets.engine.agent.edits.order import Move
from cogwidgets.engine.agent.edits.output import Thumbnail
from cogwidgets.engine.agent.edits.overlays import INSET, LOGO, Overlay, opacity_of
from cogwidgets.engine.agent.edits.pace import Repeat, Speed
from cogwidgets.engine.agent.edits.picture import STRENGTHS, TONE, Effects
from cogwidgets.engine.agent.edits.sound import Volume
from cogwidgets.engine.agent.edits.textchanges import ChangeText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.rewording import ENDS, restyled, shifted, shown_text
from cogwidgets.engine.agent.stretching import (
    GROWTH,
    LASTS,
    at_edge,
    length_of,
    long_of,
    moment_of,
    moved_to,
    other_end,
    placed_anew,
    resized,
    shift_of,
)
from cogwidgets.engine.agent.times import END, START, Moment, Point, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.amounts import Amount
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.said import Said

__all__ = ["changed", "milder"]

_STILL = re.compile(r"\.(?:png|jpe?g|gif|webp)$", re.IGNORECASE)


def changed(edit: Edit, action: Action, said: Said) -> Edit | None:
    """Put what an action says into the slots of an edit; None where it has none of them."""
    for kinds, change in _CHANGES:
        if isinstance(edit, kinds):
            made: Edit | None = change(edit, action, said)
            if made is not None:
                return made
    return placed_anew(edit, action, said)


# Each kind's own


def _cut_to(edit: Keep, action: Action, said: Said) -> Edit | None:
    if said.later and edit.spans:
        return None  # which moves it
    begun = len(edit.spans) == 1 and edit.spans[0].clip is None and edit.spans[0].end == END
    if begun and said.corrects and action.moments and not action.spans:  # "no, at 8"
        return replace(edit, spans=(replace(edit.spans[0], start=action.moments[0].point),))
    if action.spans and not LASTS.search(action.text):
        spans = other_end(edit.spans, action) or moved_to(edit.spans, action)
        return replace(edit, spans=spans or (), target=None, share=None)
    if edit.spans:
        return None
    long = length_of(action, said, edit.target)
    return replace(edit, target=long, share=None) if long else None


def _cut_where(edit: Cut, action: Action, said: Said) -> Edit | None:
    if edit.spans:
        long = long_of(edit.spans[0])
        way = said.more or said.bigger or -said.longer
        told = action.by is not None or action.length or action.goal
        if way and not told and len(edit.spans) == 1 and long:
            grown = round(long * GROWTH[action.degree] ** way)
            return replace(edit, spans=(resized(edit.spans[0], grown),))
        return None
    if edit.edge and action.length and not action.spans:  # "trim the end", and then "3 seconds"
        named = Span(Point(0.5, -action.length // 2), Point(0.5, action.length // 2))
        first = Span(START, Point(0.0, action.length))
        return Cut((at_edge(first, edit.edge) or named,))
    goal = length_of(action, said, None)  # "trim it", and then "to 8 seconds"
    return Keep(target=goal) if goal and not action.spans else None


def _split_where(edit: Split, action: Action, said: Said) -> Edit | None:
    del said
    number = action.amount("number")
    parts = action.amount("parts")
    if parts is not None:
        return replace(edit, moments=(), every=None, parts=int(parts.value))
    at = action.moments
    long = action.goal or action.length or (round(number.value * 1000) if number else None)
    if not at and long is not None:
        at = (Moment(Point(0.0, long)),)
    if "middle" in action.edges:
        at = (Moment(Point(0.5)),)
    return replace(edit, moments=at, parts=None, every=None) if at else None


def _overlay(edit: Overlay, action: Action, said: Said) -> Edit | None:
    made = edit
    share = action.amount("share", "factor")
    way = said.bigger or said.more
    if action.find(Word.OPACITY):
        made, share = replace(made, opacity=opacity_of(action)), None
    if said.bigger or (share is not None and way):
        by = GROWTH[action.degree] ** way
        if share is not None:
            by = 1 + way * share.value if share.value < 1 else share.value**way
        still = edit.file is None or _STILL.search(edit.file)
        made = replace(made, width=round((edit.width or (LOGO if still else INSET)) * by, 3))
    elif share is not None and share.kind == "share":
        made = replace(made, width=round(share.value, 3))
    place = shifted(edit.place, action, said)
    made = replace(made, place=place) if place is not None else made
    at, old = moment_of(action), edit.spans[0] if edit.spans else Span()
    ms = length_of(action, said, long_of(old)) if share is None else None
    if at is not None:
        long = ms or long_of(old)
        made = replace(made, spans=(Span(at, Point(at.share, at.ms + long) if long else END),))
    elif ms:
        made = replace(made, spans=(resized(old, ms),))
    elif action.spans:
        made = replace(made, spans=action.spans)
    return made if made != edit or place is not None else None


def _faded(edit: Fade, action: Action, said: Said) -> Edit | None:
    ways = {"start": "in", "end": "out"}
    way = next((ways[edge] for edge in action.edges if edge in ways), None)
    way = way or next((w for w in ("in", "out") if action.asks(f"fade_{w}")), None)
    ms = length_of(action, said, edit.ms)
    heard = action.has(Word.SOUND, Word.VOLUME)
    colour = action.value_of(Word.COLOUR)
    if not (way or ms or heard or colour):
        return None
    what = "sound" if heard else "picture" if colour and edit.what == "both" else edit.what
    made = replace(edit, way=way or edit.way, ms=ms or edit.ms, what=what)  # type: ignore[arg-type]
    return replace(made, color=colour) if colour else made


def _joint(edit: Transition, action: Action, said: Said) -> Edit | None:
    ms = length_of(action, said, edit.ms)
    kind = action.value_of(Word.TRANSITION_KIND)
    if ms is None and kind is None:
        return None
    return replace(edit, ms=ms or edit.ms, kind=kind or edit.kind)  # type: ignore[arg-type]


def _slides(edit: Slideshow | Join, action: Action, said: Said) -> Edit | None:
    if action.clips:
        return None  # that one alone
    still = length_of(action, said, edit.still)
    return replace(edit, still=still) if still else None


def _rate(edit: Speed | Zoom, action: Action, said: Said) -> Edit | None:
    amount = action.amount("factor", "share", "number", "count")
    if amount is not None and not action.timed:
        value = amount.value
        if amount.kind == "share":
            value = (
                1 - value if edit.factor < 1 and value < 1 else 1 + value if value < 1 else value
            )
        return replace(edit, factor=round(value, 4))
    way = said.more or said.bigger
    quick = action.asks("faster") - action.asks("slower")
    if quick and edit.spans:  # "slower still", of those seconds
        return replace(edit, factor=round(edit.factor * GROWTH[action.degree] ** quick, 4))
    if not way or quick:
        return None
    by = {0.5: 1.25, 1.0: 1.5, 2.0: 2.0}[action.degree] if way > 0 else 0.5
    return replace(edit, factor=round(1 + (edit.factor - 1) * by, 4))


_FULL = re.compile(
    r"\b(?:full(?: strength)?|fully|completely|all the way)\b|最强|完全", re.IGNORECASE
)


def milder(edit: Speed, action: Action) -> Speed | None:
    """Read "not so slow", "half as fast", said of a speed; None where it is not."""
    if not _MILDER.search(action.text):
        return None
    return replace(edit, factor=round(1 + (edit.factor - 1) * 0.5, 4))


_MILDER = re.compile(  # "not so slow", "half as fast"
    r"\bnot (?:so|that|as|quite so) (?:fast|slow|quick)|\bhalf as (?:fast|slow|quick)|"
    r"(?:不[要用]?|别|没|没必要)(?:这么|那么|太)[快慢]|[快慢]过头",
    re.IGNORECASE,
)


def _strength(edit: Effects, action: Action, said: Said) -> Edit | None:
    amount = action.amount("share", "number")
    halved = action.amount("factor")
    way = said.more or said.bigger
    full = _FULL.search(action.text) is not None
    if said.other or (amount is None and halved is None and not way and not full):
        return None

    def set_to(kind: str, now: float | str) -> float | str:
        if isinstance(now, str):
            return now
        sign = -1 if now < 0 else 1
        if full and amount is None:
            return float(sign)
        if amount is not None and not way:
            value = amount.value / (100 if amount.kind == "number" and amount.value > 1 else 1)
            return round(sign * value, 3)
        if amount is not None or halved is not None:
            share = amount.value if amount is not None else halved.value if halved else 1.0
            return round(now * (1 + way * share if amount is not None and share < 1 else share), 3)
        if way < 0:
            return round(now * 0.5, 3)
        step = STRENGTHS.get(kind, TONE) * action.degree
        return round(max(-1.0, min(1.0, now + sign * step)), 3)

    effects = tuple((kind, set_to(kind, now)) for kind, now in edit.effects)
    return replace(edit, effects=effects, weaker=way < 0 and "look" in dict(effects))


def _loudness(  # noqa: PLR0911 - a rule each
    edit: Volume, action: Action, said: Said
) -> Edit | None:
    amount = action.amount("share", "db", "number")
    if amount is not None and not action.timed:
        if amount.kind == "db" or (amount.kind == "number" and edit.in_db):
            sign = -1 if edit.by is not None and edit.by < 1 and amount.value > 0 else 1
            return replace(edit, to=None, by=round(10 ** (sign * amount.value / 20), 3), in_db=True)
        share = amount.value / (100 if amount.kind == "number" else 1)
        if amount.by and edit.by is not None:
            return replace(edit, by=round(1 - share if edit.by < 1 else 1 + share, 3))
        return replace(edit, to=round(share, 3), by=None)
    way = said.more or said.bigger
    if said.louder and edit.to is not None and action.verb is None:  # "up a bit"
        return replace(edit, to=round(edit.to * GROWTH[action.degree] ** said.louder, 3))
    if not way or said.louder:
        return None
    if edit.by is not None:  # more of lowering is lower
        by = edit.by ** (GROWTH[action.degree] if way > 0 else 0.5)
        return replace(edit, by=round(by, 3))
    return replace(edit, to=round((edit.to or 1.0) * GROWTH[action.degree] ** way, 3))


def _share_of(amount: Amount) -> float:
    return round(amount.value / (100 if amount.kind == "number" else 1), 4)


def _side_of(action: Action) -> str | None:
    named = _SIDE.search(action.text)
    return _SIDES[named[0].lower()] if named else None


_SIDES = {
    "top": "top", "bottom": "bottom", "left": "left", "right": "right",
    "上": "top", "下": "bottom", "左": "left", "右": "right",
}  # fmt: skip
_SIDE = re.compile(r"\b(?:top|bottom|left|right)\b|[上下左右](?=[面边侧方])", re.IGNORECASE)


def _sides(edit: Crop, action: Action, said: Said) -> Edit | None:
    amount = action.amount("share", "number")
    way = said.more or said.bigger
    if amount is None and not way and not (_side_of(action) and said.goes_on):
        return None

    named = _side_of(action)
    if named and said.goes_on:  # "from the bottom too"
        most = max(edit.top, edit.bottom, edit.left, edit.right)
        action.used.extend(action.words)
        share = most if amount is None else _share_of(amount)
        return replace(Crop(spans=edit.spans), **{named: share})  # type: ignore[arg-type]

    def set_to(now: float) -> float:
        if not now or amount is None:
            return round(now * GROWTH[action.degree] ** way, 4)
        return _share_of(amount)

    return replace(
        edit,
        top=set_to(edit.top),
        bottom=set_to(edit.bottom),
        left=set_to(edit.left),
        right=set_to(edit.right),
    )


def _turned(edit: Rotate, action: Action, said: Said) -> Edit | None:
    if said.other:
        return replace(edit, degrees=-(edit.degrees or 90) % 360)
    amount = action.amount("degrees", "number")
    way = action.value_of(Word.WAY)
    if way in {"left", "right"} and amount is None:  # "clockwise"
        return replace(edit, degrees=90 if way == "right" else 270)
    if said.across and amount is None:
        return replace(edit, degrees=90 if said.across > 0 else 270)
    return replace(edit, degrees=round(amount.value) % 360) if amount is not None else None


def _mirrored(edit: Flip, action: Action, said: Said) -> Edit | None:
    way = action.value_of(Word.WAY)
    if said.other or way in {"h", "v"}:
        other: dict[str, Literal["h", "v"]] = {"h": "v", "v": "h"}
        return replace(edit, way=other[edit.way if said.other else other[str(way)]])
    return None


def _again(edit: Repeat, action: Action, said: Said) -> Edit | None:
    del said
    amount = action.amount("count", "factor", "number")
    return replace(edit, times=max(int(amount.value) - 1, 1)) if amount is not None else None


def _moved_to(edit: Move, action: Action, said: Said) -> Edit | None:
    del said
    if action.edges and action.edges[0] != "middle":
        return replace(edit, to=action.edges[0])  # type: ignore[arg-type]
    return None


def _begun(edit: AddMusic, action: Action, said: Said) -> Edit | None:
    begins = edit.spans[0].start if edit.spans else START
    if action.spans and action.spans[0].start == START and ENDS.search(action.text):
        made = replace(edit, alone=not edit.spans)
        return replace(made, spans=(Span(begins, action.spans[0].end),))
    at = moment_of(action)
    if at is None and said.later and begins.share == 0:
        at = Point(0.0, max(begins.ms + said.later * shift_of(action), 0))
    if at is None:
        return None
    ends = ENDS.search(action.text) and not action.asks("move")
    edit = replace(edit, alone=not edit.spans)  # what lay there before has gone for it
    return replace(edit, spans=(Span(begins, at) if ends else Span(at, END),))


def _frame(edit: Thumbnail, action: Action, said: Said) -> Edit | None:
    at = moment_of(action)
    ms = length_of(action, said, None) if at is None else None
    return replace(edit, at=at or Point(0.0, ms or 0)) if at is not None or ms else None


_CHANGES: tuple[tuple[Any, Callable[..., Edit | None]], ...] = (
    (Keep, _cut_to), (Cut, _cut_where), (Split, _split_where), (AddText, shown_text),
    (ChangeText, restyled), (Overlay, _overlay), (Fade, _faded), (Transition, _joint),
    ((Slideshow, Join), _slides), ((Speed, Zoom), _rate), (Effects, _strength),
    (Volume, _loudness), (Crop, _sides), (Rotate, _turned), (Flip, _mirrored), (Repeat, _again),
    (Move, _moved_to), (AddMusic, _begun), (Thumbnail, _frame),
)  # fmt: skip
