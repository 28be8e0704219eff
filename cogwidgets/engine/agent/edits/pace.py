"""Edits of how the storyline plays: again, faster or slower, backwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, spoken, stretches
from cogwidgets.engine.agent.edits.cuts import WHOLE, of_storyline, says, total_of
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import START, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Repeat", "Reverse", "Speed"]

SLOWEST, FASTEST = 0.1, 16.0
_PUT = re.compile(r"\b(?:to|at) the end\b|[放贴接挪移加]", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:until|till|up to)\b|直到|到", re.IGNORECASE)


@dataclass(frozen=True)
class Repeat(Plain):
    """Show a stretch ``times`` times more, or the whole again and again up to a length."""

    tool: ClassVar[str] = "repeat"
    span: Span = WHOLE
    times: int = 1
    target: int | None = None
    to_end: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "repeat the last 10 seconds", "loop it 3 times", "循环三遍"."""
        if not action.asks("repeat", "loop") or not of_storyline(action):
            return None
        count = action.amount("count", "factor")
        # "loop it 3 times" plays it three times in all, and so does "repeat it 3 times".
        often = int(count.value) if count else 2
        target = action.goal or (action.length if action.asks("loop") else None)
        edge = action.stretches[:1] if action.edges and not action.goal else ()
        span = next(iter(action.spans or edge), WHOLE)  # "repeat the ending"
        if span.start == START and not span.end.share and _UNTIL.search(action.text):
            return cls(WHOLE, target=span.end.ms)  # "loop it until 3:00"
        at_end = bool(action.spans) and "end" in action.edges and bool(_PUT.search(action.text))
        return cls(span, max(often - 1, 1), target, at_end)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Show it again."""
        del workshop
        [span] = stretches(draft, [self.span])
        times = self.times
        if self.target is not None:
            rest = self.target - timeline.length(draft)
            if rest <= 0:
                raise CannotDo("long_enough", total=total_of(draft))
            times = -(-rest // (span[1] - span[0]))
        new = timeline.repeated(draft, span, times)
        if self.to_end:
            again = (span[1], span[1] + times * (span[1] - span[0]))
            new = timeline.moved(new, again, timeline.length(new))
        if self.target is not None:
            new = timeline.keep(new, [(0, self.target)])
        where = spoken([span], timeline.length(draft))
        return Made(new, "repeated", {"where": where, "times": times + 1, "total": total_of(new)})


@dataclass(frozen=True)
class Speed(Plain):
    """Play faster or slower, at the same pitch; ``target`` is the length to come to, in ms."""

    tool: ClassVar[str] = "speed"
    factor: float = 1.0
    spans: tuple[Span, ...] = ()
    target: int | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "speed it up 2x", "slow motion from 0:10 to 0:20", "二倍速", "make it faster"."""
        amount = action.amount("factor", "share", "count", "number")
        speed = action.asks("speed")
        fast = action.asks("faster") or (speed and (action.asks("up") or says(action, r"\bup\b")))
        slow = action.asks("slower") or (speed and action.asks("down"))
        bare = amount is not None and amount.kind == "factor" and action.first in {None, Word.IT}
        paced = bool(re.search(r"speed\b", action.text, re.IGNORECASE))
        wished = {None, Word.USE, Word.LEVEL, Word.ADD, *((Word.WANT,) if paced else ())}
        bare = bare and action.verb in wished  # "play it 2x faster"
        neutral = action.asks("speed") or bare
        if not (fast or slow or neutral) or action.negated or action.unlisted:
            return None
        if action.has(Word.MUSIC, Word.VOICE, Word.VOLUME, Word.TEXT) or action.conditional:
            return None
        undone = neutral and not (fast or slow) and amount is None and not action.goal
        if action.verb is Word.REMOVE or undone:
            return None
        factor = cls._factor(action, fast=fast, slow=slow)
        return cls(round(factor, 4), action.stretches, action.goal)

    @staticmethod
    def _factor(action: Action, *, fast: bool, slow: bool) -> float:
        amount = action.amount("factor", "share", "count", "number")
        if amount is None:
            if fast:
                sped = 8.0 if says(action, r"lapse|延时") else 1.5
                return {0.5: 1.25, 2.0: 2.0}.get(action.degree, sped)
            slowed = 0.5 if says(action, r"slow[- ]?mo|慢动作|慢镜头|慢放") else 0.75
            return {0.5: 0.8, 2.0: 0.5}.get(action.degree, slowed)
        value = amount.value
        if amount.kind == "share" and (amount.by or (amount.by is None and (fast or slow))):
            half = slow and value == 0.5  # noqa: PLR2004 - "by half" and "to half" are one
            return 0.5 if half else 1 + value if fast else max(1 - value, SLOWEST)
        if slow and value > 1:
            return 1 / value
        return value

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Change the speed."""
        del workshop
        where = stretches(draft, self.spans)
        factor = self.factor
        if self.target is not None:
            factor = round(sum(b - a for a, b in where) / self.target, 6)
        if not SLOWEST <= factor <= FASTEST:
            raise CannotDo("too_fast", least=SLOWEST, most=FASTEST)
        new = timeline.sped(draft, where, factor)
        before = {
            piece.segment["m"].get("speed", 1.0)
            for piece in timeline.laid(draft)
            if piece.old is not None
            and any(a < piece.old[1] and b > piece.old[0] for a, b in where)
        }
        now = factor * before.pop() if len(before) == 1 else factor  # of what was sped already
        figures = {"where": spoken(where, timeline.length(draft)), "factor": f"{now:.3g}"}
        return Made(new, "sped", {**figures, "total": total_of(new)})


@dataclass(frozen=True)
class Reverse(Plain):
    """Play backwards."""

    tool: ClassVar[str] = "reverse"
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "reverse the last 5 seconds", "倒放"."""
        if not action.asks("reverse") or not of_storyline(action):
            return None
        return cls(action.stretches)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Turn it around."""
        del workshop
        where = stretches(draft, self.spans)
        new = timeline.reversed_in(draft, where)
        return Made(new, "reversed", {"where": spoken(where, timeline.length(draft))})
