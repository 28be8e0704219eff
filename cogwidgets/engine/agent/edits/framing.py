"""Edits of what of the picture is seen, and how it lies: crop, zoom, rotate, flip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Edit, Made, Plain, spoken, stretches
from cogwidgets.engine.agent.edits.picture import NOT_PICTURE, of_picture, shown
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop
    from cogwidgets.engine.agent.times import Span

__all__ = ["Crop", "Flip", "Rotate", "Zoom"]

QUARTER = 90  # degrees
_SIDES = ("top", "bottom", "left", "right")
_OTHERS = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}
_KEPT = re.compile(  # "crop to the left half", which is what stays
    r"\b(?:(?:in)?to|in on) (?:(?:just|only|show) )*"
    r"the (?:\w+ )?(?:top|bottom|left|right|upper|lower)\b",
    re.IGNORECASE,
)
_MIDDLE = re.compile(r"\bto (?:just |only )*the (?:middle|cent(?:er|re))\b", re.IGNORECASE)
STRIP = 0.1  # of the picture's height or width, cropped where only the side is said


@dataclass(frozen=True)
class Crop(Plain):
    """Cut shares off the sides of the picture."""

    tool: ClassVar[str] = "crop"
    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "crop out the bottom 10%", "crop 5% from all sides"."""
        if not action.asks("crop") and not (
            action.how == "cut" and (action.find(Word.PLACE) or action.find(Word.WAY))
        ):
            return None
        amount = action.amount("share")
        placed = action.asks("crop") and action.find(Word.PLACE)
        if action.frame or not (amount or placed) or not of_picture(action):
            return None
        named = [t.value for w in (Word.PLACE, Word.WAY) for t in action.all_of(w)]
        if re.search(r"\b(?:the|both) sides\b|两边|两侧", action.text, re.IGNORECASE):
            named.append("h")
        ways = {"h": "left right", "v": "top bottom"}
        place = " ".join(ways.get(side, side) for side in named)
        value = round(amount.value, 4) if amount else STRIP
        sides = {side: value for side in _SIDES if side in place}
        if sides and amount and value < 1 and _KEPT.search(action.text):
            sides = {_OTHERS[side]: round(1 - value, 4) for side in sides}
        if amount and value < 1 and _MIDDLE.search(action.text):
            value = round((1 - value) / 2, 4)
        sides = sides or dict.fromkeys(_SIDES, value)
        top, bottom, left, right = (sides.get(side, 0.0) for side in _SIDES)
        return cls(top, bottom, left, right, action.stretches)

    def merged(self, other: Edit) -> Edit | None:
        """Make one of two sides, both of which count in the picture as it is now."""
        if not isinstance(other, Crop) or other.spans != self.spans:
            return None
        if any(getattr(self, side) and getattr(other, side) for side in _SIDES):
            return None
        return Crop(
            self.top + other.top,
            self.bottom + other.bottom,
            self.left + other.left,
            self.right + other.right,
            self.spans,
        )

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Crop it, what was cropped already included."""
        del workshop
        shown(draft)
        if self.top + self.bottom >= 1 or self.left + self.right >= 1:
            raise CannotDo("nothing_left")

        def change(details: dict[str, Any]) -> None:
            now = details.get("crop", {"x": 0, "y": 0, "w": 1, "h": 1})
            details["crop"] = {
                "x": round(now["x"] + self.left * now["w"], 4),
                "y": round(now["y"] + self.top * now["h"], 4),
                "w": round(now["w"] * (1 - self.left - self.right), 4),
                "h": round(now["h"] * (1 - self.top - self.bottom), 4),
            }

        new = timeline.changed(draft, stretches(draft, self.spans), change)
        return Made(new, "cropped")


@dataclass(frozen=True)
class Zoom(Plain):
    """Show the middle of the picture larger, or let stills grow slowly."""

    tool: ClassVar[str] = "zoom"
    factor: float = 1.3
    slow: bool = False
    out: bool = False
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "zoom in 150% from 0:10 to 0:15", "放大1.5倍", "slow zoom"."""
        slow = action.asks("slow_zoom")
        asked = slow or action.asks("zoom_in", "zoom_out")
        size = action.value_of(Word.STYLE) if action.amount("share", "factor") else None
        asked = asked or size in {"bigger", "smaller"}  # "make it 20% bigger"
        if not asked or action.verb is Word.REMOVE or not of_picture(action):
            return None
        out = (
            action.asks("zoom_out")
            or size == "smaller"
            or bool(re.search(r"\bout\b|缩小|拉远", action.text, re.IGNORECASE))
        )
        amount = action.amount("factor", "share")
        factor = 1.15 if action.degree < 1 else 1.6 if action.degree > 1 else 1.3
        if amount is not None:
            factor = amount.value if amount.value > 1 else 1 + amount.value
            if out and amount.value < 1 and amount.by is False:  # "to 80 %"
                factor = 1 / amount.value
        action.find(Word.PLACE, "center")  # which is where it zooms anyway
        return cls(round(factor, 3), slow, out, action.stretches)

    def merged(self, other: Edit) -> Edit | None:
        """Take 特写一下，放大两倍 for one wish."""
        return other if isinstance(other, Zoom) and self == Zoom() else super().merged(other)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Zoom."""
        del workshop
        shown(draft)
        where = stretches(draft, self.spans)

        def change(details: dict[str, Any]) -> None:
            if self.slow:
                details["motion"] = "zoom_out" if self.out else "zoom_in"
                details.pop("motion_at", None)
            elif self.out:
                zoom = round(details.get("zoom", 1.0) / self.factor, 3)
                details.pop("zoom", None)
                if zoom > 1:
                    details["zoom"] = zoom
            else:
                details["zoom"] = round(details.get("zoom", 1.0) * self.factor, 3)

        new = timeline.changed(draft, where, change)
        if new == draft:
            raise CannotDo("all_shown")
        figures = {"where": spoken(where, timeline.length(draft)), "factor": f"{self.factor:g}"}
        return Made(new, "zoomed_slowly" if self.slow else "zoomed", figures)


@dataclass(frozen=True)
class Rotate(Plain):
    """Turn the picture by quarter turns, clockwise."""

    tool: ClassVar[str] = "rotate"
    degrees: int | None = None
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "rotate it 90 degrees", "rotate left", "旋转180度"."""
        if not action.asks("rotate") or action.negated or action.has(*NOT_PICTURE):
            return None
        amount = action.amount("degrees", "number")
        upside = action.find(Word.WAY, "v") or re.search(
            r"upside|倒置|颠倒|倒过来", action.text, re.IGNORECASE
        )
        left, right = action.find(Word.WAY, "left"), action.find(Word.WAY, "right")
        if not (amount or upside or left or right):
            return cls(None, action.spans)
        degrees = round(amount.value) if amount else 180 if upside else QUARTER
        return cls((-degrees if left else degrees) % 360, action.spans)

    def merged(self, other: Edit) -> Edit | None:
        """Take "it is upside down, rotate it" for one wish."""
        if isinstance(other, Rotate) and None in {self.degrees, other.degrees}:
            return self if other.degrees is None else other
        return super().merged(other)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Turn it."""
        del workshop
        shown(draft)
        degrees = QUARTER if self.degrees is None else self.degrees
        if degrees % QUARTER:
            raise CannotDo("quarter_turns")
        where = stretches(draft, self.spans)

        def change(details: dict[str, Any]) -> None:
            turned = (details.pop("rotate", 0) + degrees) % 360
            if turned:
                details["rotate"] = turned

        new = timeline.changed(draft, where, change)
        return Made(new, "rotated", {"degrees": degrees})


@dataclass(frozen=True)
class Flip(Plain):
    """Mirror the picture."""

    tool: ClassVar[str] = "flip"
    way: Literal["h", "v"] = "h"
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "flip horizontally", "mirror it", "上下翻转"."""
        if not action.asks("flip") or action.negated or action.has(*NOT_PICTURE):
            return None
        return cls("v" if action.find(Word.WAY, "v") else "h", action.spans)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Mirror it; twice is not at all."""
        del workshop
        shown(draft)
        where = stretches(draft, self.spans)

        def change(details: dict[str, Any]) -> None:
            now = details.pop("flip", None)
            if now is None:
                details["flip"] = self.way
            elif now != self.way:  # both ways is a half turn
                details["rotate"] = (details.get("rotate", 0) + 180) % 360

        return Made(timeline.changed(draft, where, change), "flipped", {"way": self.way})
