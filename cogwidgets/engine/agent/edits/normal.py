"""Edits that bring one thing back to how it was recorded: "reset the zoom", 恢复原速."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.drafts import clock_of
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, spoken, stretches
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop
    from cogwidgets.engine.agent.times import Span

__all__ = ["Normal"]

ROUNDING = 3  # ms
# What each is under ``m`` of a segment
_KEYS = {
    "zoom": ("zoom", "motion"),
    "crop": ("crop",),
    "rotation": ("rotate", "flip"),
    "colours": ("effects",),
    "direction": ("reverse",),
    "fades": ("fade_in", "fade_out", "picture_fade_in", "picture_fade_out", "picture_fade_color"),
}


@dataclass(frozen=True)
class Normal(Plain):
    """Show or play something as it was recorded: its zoom, speed, volume, colours and the like."""

    tool: ClassVar[str] = "reset"
    what: str
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "reset the zoom", "back to normal speed", "恢复原速"."""
        named = action.said.value if action.said and action.said.word is Word.RESTORE else ""
        kind, _, what = named.partition(":")
        return cls(what, action.spans) if kind == "normal" and not action.negated else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Bring it back."""
        where = stretches(draft, self.spans)
        if self.what == "speed":
            whole = {clip["source"]: clip["duration"] for clip in workshop.pictures()}
            new = _snapped(_at_normal_speed(draft, where), whole)
        elif self.what == "volume":
            new = timeline.changed(draft, where, lambda details: details.update(volume=1.0))
        else:
            new = timeline.changed(draft, where, self._dropped)
        if new == draft:
            raise CannotDo("normal_already")
        figures = {"normal": self.what, "where": spoken(where, timeline.length(draft))}
        return Made(new, "normal", {**figures, "total": clock_of(timeline.length(new))})

    def _dropped(self, details: dict[str, Any]) -> None:
        for key in _KEYS[self.what]:
            details.pop(key, None)


def _at_normal_speed(draft: Draft, where: list[tuple[int, int]]) -> Draft:
    new = draft
    for piece in reversed(timeline.laid(draft)):  # from the end, so that places stay
        speed = piece.segment["m"].get("speed", 1.0)
        if piece.old is None or speed == 1:
            continue
        for start, end in where:
            inside = (max(start, piece.old[0]), min(end, piece.old[1]))
            if inside[0] < inside[1]:
                new = timeline.sped(new, [inside], 1 / speed)
    return new


def _snapped(draft: Draft, whole: dict[str, int]) -> Draft:
    """Let clips end where their sources end, which rounding has missed by a few ms."""
    pieces = timeline.laid(draft)
    for piece in pieces:
        details = piece.segment["m"]
        left = whole.get(details["source"], 0) - details.get("source_start", 0) - piece.segment["d"]
        if details.get("speed", 1.0) == 1 and abs(left) <= ROUNDING:
            piece.segment["d"] += left
    return timeline.relaid(draft, pieces)
