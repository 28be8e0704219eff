"""Style: how a text is to look, and how a message says so."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.numerals import DURATION, milliseconds

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action

__all__ = ["GROUND", "SIZE", "Style", "styled"]

SIZE = 0.06  # cap height as a share of the canvas' smaller side
BIG, SMALL = 0.1, 0.04
GROWTH = {0.5: 1.25, 1.0: 1.5, 2.0: 2.0}
FADE = 500  # ms
GROUND = "#000000aa"  # behind a text


_FADING = re.compile(
    rf"(?:淡[入出]|渐[入出]|\bfad(?:es?|ing)[ -]?(?:in|out)) *(?:各|都|over|of)? *({DURATION})",
    re.IGNORECASE,
)
_SIZE = re.compile(r"\bsize|字号|大小", re.IGNORECASE)


@dataclass(frozen=True)
class Style:
    """How a text is to look; None leaves it as it is."""

    position: str | None = None
    size: float | None = None
    grow: float | None = None
    color: str | None = None
    background: str | None = None
    bold: bool | None = None
    fade_in: int | None = None
    fade_out: int | None = None

    @classmethod
    def of(cls, action: Action) -> Style:
        """Read it."""
        kinds = ("share", "number") if _SIZE.search(action.text) else ("share",)
        styled = action.find(Word.STYLE) or _SIZE.search(action.text)
        amount = action.amount(*kinds) if styled else None
        amount = amount or action.amount("points")
        grow = size = None
        if amount is not None:
            if amount.kind == "share" and amount.by is not False:
                grow = 1 + amount.value if action.find(Word.STYLE, "bigger") else 1 - amount.value
            else:
                size = round(amount.value / (1 if amount.kind == "share" else 1000), 3)
        elif action.find(Word.STYLE, "bigger"):
            grow = GROWTH[action.degree]
        elif action.find(Word.STYLE, "smaller"):
            grow = round(1 / GROWTH[action.degree], 3)
        faded = action.asks("fade", "fade_in", "fade_out") or action.names("fade")
        ways = (action.asks("fade_in"), action.asks("fade_out"))
        both = ways[0] == ways[1] or bool(
            re.search(r"in and out|in & out", action.text, re.IGNORECASE)
        )
        return cls(
            position=_position(action),
            size=size,
            grow=grow,
            color=action.value_of(Word.COLOUR),
            background=GROUND if action.find(Word.STYLE, "boxed") else None,
            bold=True if action.find(Word.STYLE, "bold") else None,
            fade_in=FADE if faded and (ways[0] or both) else None,
            fade_out=FADE if faded and (ways[1] or both) else None,
        )

    def details(self, now: dict[str, Any]) -> dict[str, Any]:
        """Give the details that a text gets which has ``now``."""
        set_to = {
            key: getattr(self, key)
            for key in ("position", "size", "color", "background", "bold", "fade_in", "fade_out")
        }
        if self.grow is not None:
            set_to["size"] = round(now.get("size", SIZE) * self.grow, 3)
        return {key: value for key, value in set_to.items() if value is not None}

    def at(self, position: str) -> Style:
        """Give it at another place."""
        return replace(self, position=position)

    def much(self) -> Style:
        """Give it big or small, where it only says bigger or smaller."""
        return replace(self, grow=None, size=BIG if (self.grow or 1) > 1 else SMALL)


def _position(action: Action) -> str | None:
    """Read where it is to stand: 底部居中 is the bottom."""
    named = [token.value for token in action.all_of(Word.PLACE)]
    return next((place for place in named if place != "center"), named[0] if named else None)


def styled(action: Action, length: int | None) -> tuple[Style, int | None]:
    """Tell "fading in over a second" from "shown for a second": the look, and how long it is."""
    style, fading = Style.of(action), _FADING.search(action.text)
    if not fading or not (style.fade_in or style.fade_out):
        return style, length
    long = milliseconds(fading[1])
    style = replace(style, fade_in=style.fade_in and long, fade_out=style.fade_out and long)
    return style, None if length == long else length
