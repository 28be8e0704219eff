"""Rewording: how a text is changed by what is said of it: its words, look, place and times."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent.edits.style import GROUND, SIZE, Style
from cogwidgets.engine.agent.edits.textchanges import ChangeText
from cogwidgets.engine.agent.edits.texts import CAPTION, TITLE, AddText
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.stretching import (
    GROWTH,
    at_edge,
    length_of,
    long_of,
    moment_of,
    resized,
    shift_of,
)
from cogwidgets.engine.agent.times import START, Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.said import Said

__all__ = ["ENDS", "restyled", "shifted", "shown_text"]

ENDS = re.compile(r"\b(?:end|stop|until|till)|结束|到", re.IGNORECASE)


def shown_text(edit: AddText, action: Action, said: Said) -> Edit | None:
    """Change a text that a message has laid."""
    made = edit
    if action.quoted:
        made = replace(made, text=action.quoted[-1])
    made = _timed_text(made, action, said)
    if said.bigger:
        size = edit.style.size or SIZE
        grown = round(size * GROWTH[action.degree] ** said.bigger, 3)
        made = replace(made, style=replace(made.style, size=grown))
    usual = "bottom" if made.role == "caption" else "center"
    style = _styled(made.style, action, said, usual)
    made = replace(made, style=style) if style is not None else made
    return made if made != edit or style is not None else None


def _timed_text(edit: AddText, action: Action, said: Said) -> AddText:
    """Show a text at another time, or for longer."""
    usual = CAPTION if edit.role == "caption" else TITLE
    now = edit.length or (long_of(edit.spans[0]) if edit.spans else None) or usual
    long, at = length_of(action, said, now), moment_of(action)
    begins = edit.at or (edit.spans[0].start if edit.spans else START)
    if at is None and said.later:
        at = replace(begins, ms=begins.ms + said.later * shift_of(action))
        return replace(edit, at=at, spans=(), length=now)
    if at is not None:
        return replace(edit, at=at, spans=(), length=long if long and action.length else now)
    if long is not None:
        edge = action.edges[0] if action.length and action.edges else "middle"
        there = at_edge(Span(START, Point(0.0, long)), edge)  # "at the end for 3 seconds"
        anew = {"spans": (there,), "at": None, "length": None} if there else _lasting(edit, long)
        return replace(edit, **anew)
    if action.spans:
        span = action.spans[0]
        ends = span.start == START and span.clip is None and not span.end.share
        if ends and ENDS.search(action.text) and span.end.ms > begins.ms:
            return replace(edit, **_lasting(edit, span.end.ms - begins.ms))
        return replace(edit, spans=action.spans, at=None, length=None)
    there = at_edge(Span(START, Point(0.0, now)), action.edges[0]) if action.edges else None
    return replace(edit, spans=(there,), at=None, length=None) if there is not None else edit


def _styled(style: Style, action: Action, said: Said, place: str | None) -> Style | None:
    """Give a text another colour, place, ground or weight; None where none is said."""
    now = style.position or place
    placed = now is not None or action.find(Word.PLACE) is not None
    position = shifted(now or "", action, said) if placed else None
    position = None if position in {"left", "right"} else position
    found = {
        "position": position,
        "color": action.value_of(Word.COLOUR),
        "background": GROUND if action.find(Word.STYLE, "boxed") else None,
        "bold": True if action.find(Word.STYLE, "bold") else None,
    }
    wanted = {key: value for key, value in found.items() if value is not None}
    return replace(style, **wanted) if wanted else None  # type: ignore[arg-type]


def _lasting(edit: AddText, ms: int) -> dict[str, Any]:
    """Give the slots of a text that lasts so long from where it begins, or up to the end."""
    if not edit.spans:
        return {"length": ms}
    if edit.spans[0].start.share == 1 or edit.spans[0].clip is not None:
        return {"spans": (resized(edit.spans[0], ms),), "length": None}
    return {"at": edit.spans[0].start, "spans": (), "length": ms}


def shifted(place: str, action: Action, said: Said) -> str | None:
    """Give the place that is meant: a named one, or the next one that way; None where none is."""
    named = action.value_of(Word.PLACE)
    rows, sides = ("bottom", "", "top"), ("left", "", "right")
    row = next((name for name in ("top", "bottom") if name in place), "")
    side = next((name for name in ("left", "right") if name in place), "")
    if named is None and not (said.up or said.across):
        return None
    if named == "center" or (named and "_" in named):
        return named
    if named is not None:
        row = named if named in rows else row
    elif said.up:
        row = rows[min(max(rows.index(row) + said.up, 0), 2)]
    if said.across:
        side = sides[0 if said.across < 0 else 2]
    return "_".join(filter(None, (row, side))) or "center"


def restyled(edit: ChangeText, action: Action, said: Said) -> Edit | None:
    """Change what a message has changed of a text."""
    if action.quoted:
        return replace(edit, text=action.quoted[-1])
    style = _styled(edit.style, action, said, None)
    return replace(edit, style=style) if style is not None else None
