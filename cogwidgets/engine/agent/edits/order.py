"""Edits of the order of the storyline: move, swap, all of it the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from cogwidgets.draft import clock
from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, clip_at, spoken, stretches
from cogwidgets.engine.agent.edits.cuts import says
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Move", "Reorder", "Swap"]

_PUT = r"^\W*(?:and |then |now |please )*(?:put|place|stick|bring|get|have)\b"
_ORDER = (  # "clip 2 first, then clip 1", "play clip 2, then clip 1"
    r"^\W*(?:\w+ )?\S+(?: \d+)? first\b|"
    r"^\W*(?:\w+ )?(?:play|show|put|clip)\b.*\bthen\b"
)
_OTHER = r"\b(before|after|behind) the others?\b"
_BESIDE = r"\b(?:before|after|behind|in front of|ahead of|next to)\b"


@dataclass(frozen=True)
class Move(Plain):
    """Put a clip or a stretch somewhere else."""

    tool: ClassVar[str] = "move"
    span: Span
    to: Literal["start", "end"] | int | Point = "start"
    after: bool = False  # behind the clip that ``to`` numbers, and not before it

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "move the second clip to the start", "put the last clip first"."""
        clips = action.clips
        ordered = action.verb in {None, Word.ADD} and len(clips) == 2 and says(action, _ORDER)  # noqa: PLR2004
        put = ordered or (bool(clips) and action.verb is Word.ADD and says(action, _PUT))
        if not (action.asks("move") or put) or action.negated or not action.spans:
            return None
        if action.has(Word.PLACE, Word.MEDIA, Word.SOUND, Word.VOICE):
            return None
        if action.has(Word.TEXT, Word.MUSIC) or action.names("title", "text", "caption", "logo"):
            return None
        if len(clips) > 1:  # "move clip 3 before clip 1"
            if put and not (ordered or says(action, _BESIDE)):
                return None
            return cls(
                Span(clip=clips[0]), clips[1], says(action, r"\bafter\b|\bbehind\b|后面|之后")
            )
        to = cls._place(action)
        return cls(action.spans[0], to) if to is not None else None

    @staticmethod
    def _place(action: Action) -> Literal["start", "end"] | Point | None:
        """Read where it is to go."""
        if action.moments:
            return action.moments[0].point
        if action.goal is not None:
            return Point(0.0, action.goal)
        other = re.search(_OTHER, action.text, re.IGNORECASE)
        if other and len(action.clips) == 1:
            return "start" if other[1].lower() == "before" else "end"
        if "end" in action.edges or says(action, r"\blast\b(?! \w)|最后面?$"):
            return "end"
        first = "start" in action.edges or says(action, r"\bfirst\b|\bfront\b|最前")
        return "start" if first else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Put it there."""
        del workshop
        [span] = stretches(draft, [self.span])
        total = timeline.length(draft)
        if isinstance(self.to, Point):
            to = self.to.at(total)
        elif isinstance(self.to, int):
            to = sum(clip_at(draft, self.to)[: 2 if self.after else 1])
        else:
            to = 0 if self.to == "start" else total
        new = timeline.moved(draft, span, to)
        if new == draft:
            raise CannotDo("there_already")
        return Made(new, "moved", {"where": spoken([span], -1), "to": clock(to / 1000)})


@dataclass(frozen=True)
class Swap(Plain):
    """Let two clips change places; without numbers (0) the only two that there are."""

    tool: ClassVar[str] = "swap"
    one: int = 0
    two: int = 0

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "swap the clips", "swap clip 1 and clip 3", "交换两段"."""
        if not action.asks("swap") or action.negated:
            return None
        numbers = action.clips
        if len(numbers) < 2:  # noqa: PLR2004 - "swap clips 2 and 3" names them together
            numbers = tuple(int(number) for number in re.findall(r"\d+", action.text))
        return cls(*numbers[:2]) if len(numbers) > 1 else cls(0, 0)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Swap them."""
        del workshop
        order = timeline.laid(draft)
        numbers = (self.one, self.two) if self.one and self.two else (1, 2)
        if numbers != (self.one, self.two) and len(order) > 2:  # noqa: PLR2004 - a pair is clear
            raise CannotDo("which_clips", count=len(order))
        for number in numbers:
            clip_at(draft, number)
        one, two = (n - 1 if n > 0 else len(order) + n for n in numbers)
        order[one], order[two] = order[two], order[one]
        return Made(timeline.relaid(draft, order), "swapped", {"one": one + 1, "two": two + 1})


_ROUND = re.compile(
    r"\b(?:revers(?:e|ed|ing)|opposite|backwards?)\b(?: (?:the|my|of|all|clips?'?))* "
    r"(?:order|sequence)\b|"
    r"\b(?:order|sequence)\b[^,.;]{0,20}\b(?:round|reversed|backwards)\b|顺序颠倒",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reorder(Plain):
    """Let the clips come in the opposite order, the last one first."""

    tool: ClassVar[str] = "reorder"

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "in reverse order", "reverse the order of the clips", 顺序倒过来."""
        other = action.negated or action.timed or action.has(Word.TEXT, Word.MUSIC)
        return cls() if _ROUND.search(action.text) and not other else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Lay them out anew."""
        del workshop
        clips = timeline.laid(draft)
        if len(clips) < 2:  # noqa: PLR2004 - one has no order
            raise CannotDo("single_clip")
        clips.reverse()
        names = " → ".join(clip.segment["m"].get("name", "") for clip in clips)
        return Made(timeline.relaid(draft, clips), "reordered", {"names": names})
