"""Edits of the storyline: cut, keep, split, move, repeat, speed, reverse."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from cogwidgets.draft import clock
from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, clip_at, spoken, stretches
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import END, START, Every, Moment, Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Cut", "Keep", "Move", "Repeat", "Reverse", "Speed", "Split", "Swap", "of_storyline"]

WHOLE = Span()
SLOWEST, FASTEST = 0.1, 16.0
_ELSEWHERE = (Word.MUSIC, Word.SOUND, Word.VOICE, Word.TEXT, Word.EFFECT, Word.VOLUME, Word.MEDIA)


def of_storyline(action: Action) -> bool:
    """Tell whether an action is about the video itself and nothing that lies on it."""
    things = {t.value for t in action.all_of(Word.THING)}
    return (
        not (action.negated or action.unlisted or action.has(*_ELSEWHERE) or things - {"", "image"})
        and not action.conditional
    )


def _total(draft: Draft) -> str:
    return clock(timeline.length(draft) / 1000)


@dataclass(frozen=True)
class Cut(Plain):
    """Take stretches or clips out; with none named, it has to be asked which."""

    tool: ClassVar[str] = "cut"
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "trim the first 5 seconds", "cut out 0:10-0:20", "删掉第二段"."""
        if action.verb is Word.WANT and action.negated and action.spans:
            plain = replace(action, negated=False)  # "I don't want the first 4 seconds"
            return cls(action.spans) if of_storyline(plain) else None
        trims = action.asks("trim") and not _trimmed_to(action)
        if not (action.verb is Word.REMOVE or trims) or action.how == "mute":
            return None
        spans = action.stretches if action.length or action.spans else ()
        if action.verb is Word.REMOVE and action.first is Word.EVERYTHING and not action.strange:
            spans = spans or (WHOLE,)  # "delete everything", which leaves nothing
        # "remove the beginning" asks how much of it
        open_ended = action.how == "cut" or bool(action.edges)
        if not of_storyline(action) or not (spans or trims or open_ended):
            return None
        if action.has(Word.EVERYTHING) and action.has(Word.EXCEPT):
            return None
        vague = action.moments or action.has(Word.THING)
        if not spans and (action.how == "cut" and vague):
            return None
        return cls(spans)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Take them out."""
        del workshop
        if not self.spans:
            raise CannotDo("which_part")
        where = stretches(draft, self.spans)
        if sum(b - a for a, b in where) >= timeline.length(draft):
            raise CannotDo("nothing_left")
        new = timeline.cut(draft, where)
        return Made(new, "cut", {"where": spoken(where, -1), "total": _total(new)})


def _trimmed_to(action: Action) -> bool:
    """Tell "trim to 0:10-0:20" and "trim to a minute" from "trim the first 5 seconds"."""
    ranged = any(s.start != START and s.end != END for s in action.spans) and not action.clips
    goal = action.goal or action.goal_share or action.by
    return bool(goal) or ranged or action.follows(Word.TIME, Word.WITH)


def _from_to(action: Action, *, trims: bool) -> tuple[Span, ...]:
    """Read "start at 0:12", "end at 0:50", "skip to 0:05", 从0:10剪到0:30."""
    at = action.moments[0].point if action.moments else None
    goal = Point(0.0, action.goal) if action.goal is not None else None
    if action.spans:
        return ()
    if action.asks("begin") and (at or goal):
        point = at or goal or START
        return (Span(START, point) if _ENDS.search(action.text) else Span(point, END),)
    return (Span(at, goal),) if trims and at and goal else ()


_BEGINS = re.compile(r"\b(?:start|begin|end)s?\b (?:it )?(?:at|from)|开始|结束", re.IGNORECASE)


_ENDS = re.compile(r"\b(?:end|stop)|结束", re.IGNORECASE)


@dataclass(frozen=True)
class Keep(Plain):
    """Keep stretches, or the first so many ms of the whole or of one clip, and drop the rest.

    ``less`` is how many ms fewer there are to be.
    """

    tool: ClassVar[str] = "keep"
    spans: tuple[Span, ...] = ()
    target: int | None = None
    clip: int | None = None
    share: float | None = None
    less: int | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "keep only the first 30 seconds", "trim to 15s", "start at 0:12", "剪到30秒"."""
        share = action.amount("share")
        if share is not None and share.by and action.asks("trim") and of_storyline(action):
            return cls(share=round(1 - share.value, 4))  # "shorten it by a third"
        if not of_storyline(action) or action.has(Word.AMOUNT):
            return None
        trims = action.asks("trim", "crop") and _trimmed_to(action)
        spans = _from_to(action, trims=trims) or cls._stretches(action, trims=trims)
        return cls(spans) if spans else cls._shortened(action, trims=trims)

    @staticmethod
    def _stretches(action: Action, *, trims: bool) -> tuple[Span, ...]:
        """Give the stretches that are to stay, where that is how it is said."""
        makes = action.verb is Word.USE
        each = any(span.clip == 0 for span in action.spans) or action.has(Word.ALL)
        long = action.goal or (action.length if makes else None)
        if each and long and (trims or makes):  # "trim each clip to 3 seconds"
            return (Span(START, Point(0.0, long), 0),)
        rest = (
            action.verb is Word.REMOVE and action.has(Word.EXCEPT) and action.has(Word.EVERYTHING)
        )
        begins = action.verb in {None, Word.USE} and bool(_BEGINS.search(action.text))
        keeps = action.verb is Word.KEEP or action.asks("take", "begin") or rest or begins
        wants = action.verb in {Word.WANT, Word.USE} and action.has(Word.ONLY)
        trimmed = trims and action.goal is None and not action.goal_share
        return action.spans if keeps or wants or trimmed else ()

    @classmethod
    def _shortened(cls, action: Action, *, trims: bool) -> Self | None:
        """Read how long it is to be, or how much shorter."""
        clip = action.clips[0] if action.clips else None
        if trims and action.goal_share and len(action.spans) == len(action.clips) == 1:
            return cls((), None, clip, action.goal_share)  # "cut the first clip to half its length"
        if action.by is not None:
            shorter = action.by < 0 or action.asks("trim")
            asked = action.verb in {Word.USE, Word.OTHER, Word.REMOVE, Word.LEVEL, Word.WANT, None}
            return cls(less=abs(action.by), clip=clip) if shorter and asked else None
        plain = not action.has(Word.THING)
        sized = action.verb in {Word.REMOVE, Word.USE, Word.WANT, None} and plain
        target = action.goal if trims or sized else None
        named = action.verb is Word.WANT and action.has(Word.VIDEO) and plain
        shared = action.verb is None and action.goal_share is not None
        whole = (action.verb is Word.USE or named or shared) and not action.asks("speed")
        only = action.verb in {Word.WANT, Word.USE} and action.has(Word.ONLY)
        if target is None and (whole or only):
            target = action.length
        part = action.goal_share if trims or whole else None
        return cls((), target, clip, part) if target or part else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Drop the rest."""
        del workshop
        if (self.target, self.share, self.less) != (None, None, None):
            begin, whole = (
                (0, timeline.length(draft)) if self.clip is None else clip_at(draft, self.clip)
            )
            target = self.target or round((self.share or 1.0) * whole) - (self.less or 0)
            if target <= 0:
                raise CannotDo("nothing_left")
            if target >= whole:
                raise CannotDo("short_enough", total=clock(whole / 1000))
            new = timeline.cut(draft, [(begin + target, begin + whole)])
            return Made(new, "shortened", {"total": _total(new)})
        where = stretches(draft, self.spans)
        new = timeline.keep(draft, where)
        return Made(new, "kept", {"where": spoken(where, -1), "total": _total(new)})


@dataclass(frozen=True)
class Split(Plain):
    """Cut clips in two at points, into equal parts, or every so many ms."""

    tool: ClassVar[str] = "split"
    moments: tuple[Moment, ...] = ()
    parts: int | None = None
    every: int | None = None
    clip: int | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "split at 0:20", "cut the video in half", "分成三段"."""
        parts = action.amount("parts")
        cuts = action.verb is Word.REMOVE and action.how == "cut"
        lengths = action.lengths if action.moments or not parts else ()  # "at 5 s and 12 s"
        bare = action.amount("number") if not action.moments else None  # "split it at 8"
        if bare is not None and bare.by is False:
            lengths = (round(1000 * bare.value),)
        at = (*action.moments, *(Moment(Point(0.0, ms)) for ms in lengths)) or (
            (Moment(Point(0.5)),) if "middle" in action.edges and not cuts else ()
        )
        asked = action.asks("split") or (cuts and not action.spans and (parts or action.moments))
        if not asked or not (of_storyline(action) or action.names("")):
            return None
        if action.has(Word.MUSIC, Word.VOICE, Word.SOUND, Word.TEXT):
            return None
        every = next(iter(action._times(Every)), None)  # noqa: SLF001 - of our own base
        clip = action.clips[0] if action.clips else None
        return cls(at, int(parts.value) if parts else None, every.ms if every else None, clip)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Cut there."""
        del workshop
        begin, whole = (
            (0, timeline.length(draft)) if self.clip is None else clip_at(draft, self.clip)
        )
        if self.moments:
            places = [begin + moment.point.at(whole) for moment in self.moments]
        elif self.parts:
            places = [begin + round(whole * i / self.parts) for i in range(1, self.parts)]
        elif self.every:
            places = [begin + at for at in range(self.every, whole, self.every)]
        else:
            raise CannotDo("where_to_split")
        new = timeline.split(draft, places)
        if new == draft:
            raise CannotDo("beyond", end=clock(whole / 1000))
        told = ", ".join(clock(place / 1000) for place in places)
        return Made(new, "split", {"where": told})


@dataclass(frozen=True)
class Move(Plain):
    """Put a clip or a stretch somewhere else."""

    tool: ClassVar[str] = "move"
    span: Span
    to: Literal["start", "end"] | int | Point = "start"

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "move the second clip to the start", "put the last clip first"."""
        if not action.asks("move") or action.negated or not action.spans:
            return None
        if action.has(Word.TEXT, Word.MUSIC) or action.names("title", "text", "caption", "logo"):
            return None
        clips = action.clips
        if len(clips) > 1:  # "move clip 3 before clip 1"
            return cls(Span(clip=clips[0]), clips[1])
        to: Literal["start", "end"] | Point | None = None
        if action.moments:
            to = action.moments[0].point
        elif action.goal is not None:
            to = Point(0.0, action.goal)
        elif "end" in action.edges or _says(action, r"\blast\b(?! \w)|最后面?$"):
            to = "end"
        elif "start" in action.edges or _says(action, r"\bfirst\b|\bfront\b|最前"):
            to = "start"
        return cls(action.spans[0], to) if to is not None else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Put it there."""
        del workshop
        [span] = stretches(draft, [self.span])
        total = timeline.length(draft)
        if isinstance(self.to, Point):
            to = self.to.at(total)
        elif isinstance(self.to, int):
            to = clip_at(draft, self.to)[0]
        else:
            to = 0 if self.to == "start" else total
        new = timeline.moved(draft, span, to)
        if new == draft:
            raise CannotDo("there_already")
        return Made(new, "moved", {"where": spoken([span], -1), "to": clock(to / 1000)})


def _says(action: Action, pattern: str) -> bool:
    return re.search(pattern, action.text.strip().rstrip(".!。！"), re.IGNORECASE) is not None


@dataclass(frozen=True)
class Swap(Plain):
    """Let two clips change places; without numbers the first two."""

    tool: ClassVar[str] = "swap"
    one: int = 1
    two: int = 2

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "swap the clips", "swap clip 1 and clip 3", "交换两段"."""
        if not action.asks("swap") or action.negated:
            return None
        return cls(*action.clips[:2]) if len(action.clips) > 1 else cls()

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Swap them."""
        del workshop
        order = timeline.laid(draft)
        for number in (self.one, self.two):
            clip_at(draft, number)
        one, two = (n - 1 if n > 0 else len(order) + n for n in (self.one, self.two))
        order[one], order[two] = order[two], order[one]
        return Made(timeline.relaid(draft, order), "swapped", {"one": one + 1, "two": two + 1})


@dataclass(frozen=True)
class Repeat(Plain):
    """Show a stretch ``times`` times more, or the whole again and again up to a length."""

    tool: ClassVar[str] = "repeat"
    span: Span = WHOLE
    times: int = 1
    target: int | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "repeat the last 10 seconds", "loop it 3 times", "循环三遍"."""
        if not action.asks("repeat", "loop") or not of_storyline(action):
            return None
        count = action.amount("count", "factor")
        # "loop it 3 times" plays it three times in all, and so does "repeat it 3 times".
        often = int(count.value) if count else 2
        target = action.goal or (action.length if action.asks("loop") else None)
        span = action.spans[0] if action.spans else Span()
        if (
            action.asks("loop")
            and span.start == START
            and span.end.ms
            and _UNTIL.search(action.text)
        ):
            span, target = Span(), span.end.ms  # "loop it until 1:30"
        return cls(span, max(often - 1, 1), target)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Show it again."""
        del workshop
        [span] = stretches(draft, [self.span])
        times = self.times
        if self.target is not None:
            rest = self.target - timeline.length(draft)
            if rest <= 0:
                raise CannotDo("long_enough", total=_total(draft))
            times = -(-rest // (span[1] - span[0]))
        new = timeline.repeated(draft, span, times)
        if self.target is not None:
            new = timeline.keep(new, [(0, self.target)])
        where = spoken([span], timeline.length(draft))
        return Made(new, "repeated", {"where": where, "times": times + 1, "total": _total(new)})


_UNTIL = re.compile(r"\b(?:until|till|up to)\b|直到|到", re.IGNORECASE)


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
        fast = action.asks("faster") or (speed and action.asks("up"))
        slow = action.asks("slower") or (speed and action.asks("down"))
        bare = amount is not None and amount.kind == "factor" and action.first in {None, Word.IT}
        bare = bare and action.verb in {None, Word.USE, Word.LEVEL, Word.ADD}  # "play it 2x faster"
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
                sped = 8.0 if _says(action, r"lapse|延时") else 1.5
                return {0.5: 1.25, 2.0: 2.0}.get(action.degree, sped)
            slowed = 0.5 if _says(action, r"slow[- ]?mo|慢动作|慢镜头|慢放") else 0.75
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
            factor = round(sum(b - a for a, b in where) / self.target, 4)
        if not SLOWEST <= factor <= FASTEST:
            raise CannotDo("too_fast", least=SLOWEST, most=FASTEST)
        new = timeline.sped(draft, where, factor)
        figures = {"where": spoken(where, timeline.length(draft)), "factor": f"{factor:g}"}
        return Made(new, "sped", {**figures, "total": _total(new)})


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
