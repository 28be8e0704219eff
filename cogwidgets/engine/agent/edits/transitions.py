"""Transitions between clips: laid on the joints, and taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edges import taken
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["CROSSFADE", "Kind", "Transition", "crossfaded", "transition_of", "uncrossed"]

CROSSFADE = 1000  # ms


Kind = Literal["crossfade", "fade_black", "slide", "wipe"]


_WITH_A = re.compile(
    r"\bwith an? (?:[\w.]+ ){0,3}(?:wipe|slide|swipe|push|fade|dip)\b", re.IGNORECASE
)


def _lays(action: Action) -> bool:
    """Tell "photos, black fade between" and a slideshow from "cut between clip 1 and 2"."""
    return action.said is None or action.asks("slideshow", "join")


_BETWEEN = re.compile(r"\b(?:between|from .{1,20} to)\b", re.IGNORECASE)


def transition_of(action: Action) -> Kind | None:
    """Read whether clips are to be joined with a transition, and with which."""
    named = action.value_of(Word.TRANSITION_KIND)
    joints = named and _lays(action) and _BETWEEN.search(action.text)  # "black fade between"
    joints = joints or (named and _WITH_A.search(action.text))  # "attach it, with a wipe"
    if not (action.names("transition") or action.asks("transition") or joints):
        return None
    return named if named in {"fade_black", "slide", "wipe"} else "crossfade"  # type: ignore[return-value]


def crossfaded(draft: Draft, kind: Kind, ms: int, joints: list[int] | None = None) -> Draft:
    """Lay transitions on the joints between clips; all of them when none is named.

    The outgoing clip ends earlier, so that there is material to fade with (and the whole becomes
    as much shorter); black needs none.
    """
    pieces = timeline.laid(draft)
    for number in range(1, len(pieces)) if joints is None else joints:
        one, two = pieces[number - 1].segment, pieces[number].segment
        took = taken(two["m"].get("transition"))
        long = min(ms, (one["d"] + took) // 2, two["d"] // 2)
        takes = 0 if kind == "fade_black" else long
        two["m"]["transition"] = {"kind": kind, "d": long, "took": takes}
        one["d"] += took - takes
    return _relaid(draft, pieces)


def uncrossed(draft: Draft, whole: dict[str, int], joints: list[int] | None = None) -> Draft:
    """Take transitions away, all or those of some joints.

    The outgoing clips get back what a fade took off their ends: adding and removing a crossfade
    leaves a draft as long as it was. A clip that plays faster since then gets no more than its
    source has, whose ms are in ``whole``.
    """
    pieces = timeline.laid(draft)
    for number, (one, two) in enumerate(pairwise(piece.segment for piece in pieces), start=1):
        if joints is None or number in joints:
            back = taken(two["m"].pop("transition", None))
            one["d"] += min(back, _spare(one, whole, back))
    return _relaid(draft, pieces)


def _spare(segment: dict[str, Any], whole: dict[str, int], most: int) -> int:
    """Tell how much longer a clip can be shown; ``most`` where its source has no end."""
    details = segment["m"]
    if details.get("still") or details["source"] not in whole:
        return most
    end = drafts.in_source(segment, 0, segment["d"])[1]
    left: int = whole[details["source"]] - end
    speed: float = details.get("speed", 1.0)
    return max(round(left / speed), 0)


def _relaid(draft: Draft, pieces: list[timeline.Laid]) -> Draft:
    own = [timeline.Laid(p.segment, p.old and (p.old[0], p.old[0] + _own(p))) for p in pieces]
    return timeline.relaid(draft, own, edges=False)


def _own(piece: timeline.Laid) -> int:
    long: int = piece.segment["d"]
    return min(long, piece.old[1] - piece.old[0]) if piece.old else long


@dataclass(frozen=True)
class Transition(Plain):
    """Fade from clip to clip."""

    tool: ClassVar[str] = "transition"
    kind: Kind = "crossfade"
    ms: int = CROSSFADE
    clips: tuple[int, ...] = ()
    off: bool = False
    nth: int | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "add a 2 s crossfade between the clips", "两段之间加叠化转场", "no transitions"."""
        kind = transition_of(action)
        if kind is None or action.negated or action.conditional or action.asks("slideshow", "join"):
            return None
        if action.has(Word.MEDIA):
            return None
        off = action.verb is Word.REMOVE or action.has(Word.NOT, Word.WITHOUT)
        action.all_of(Word.PART)  # "in the middle" of two clips is between them
        return cls(kind, action.length or CROSSFADE, action.clips, off, action.nth)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Lay it on the joints."""
        count = len(timeline.laid(draft))
        if count < 2:  # noqa: PLR2004 - a joint needs two
            raise CannotDo("one_clip")
        if self.off:
            whole = {clip["source"]: clip["duration"] for clip in workshop.pictures()}
            return Made(uncrossed(draft, whole, self._joints(draft)), "transitions_gone")
        joints = self._joints(draft)
        new = crossfaded(draft, self.kind, self.ms, joints)
        figures = {"kind": self.kind, "seconds": f"{self.ms / 1000:g}"}
        return Made(new, "transition", {**figures, "count": len(joints or range(1, count))})

    def _joints(self, draft: Draft) -> list[int] | None:
        """Tell which joints are meant, by the clips beside them or counted; None for all."""
        count = len(timeline.laid(draft))
        if self.nth is not None:
            joint = self.nth if self.nth > 0 else count + self.nth
            if not 1 <= joint < count:
                raise CannotDo("no_such_clip", number=self.nth, count=count)
            return [joint]
        numbers = [n if n > 0 else count + 1 + n for n in self.clips]
        return [max(numbers) - 1] if numbers and 1 < max(numbers) <= count else None
