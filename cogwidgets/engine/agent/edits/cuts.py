"""Edits of the storyline: cut, keep, split."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from cogwidgets.draft import clock
from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, clip_at, spoken, stretches
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import END, START, Every, Moment, Point, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["WHOLE", "Cut", "Keep", "Split", "figures", "of_storyline", "says", "total_of"]

WHOLE = Span()
_ELSEWHERE = (
    Word.MUSIC, Word.SOUND, Word.VOICE, Word.TEXT, Word.EFFECT, Word.VOLUME, Word.MEDIA, Word.OWN,
    Word.FILE,
)  # fmt: skip


def of_storyline(action: Action) -> bool:
    """Tell whether an action is about the video itself and nothing that lies on it."""
    things = {t.value for t in action.all_of(Word.THING)}
    # "cut out the boring start, 0 to 6 s", "trim the sneeze at 0:10 to 0:12": told where
    told = bool(action.spans) and (action.how == "cut" or action.asks("trim"))
    other = (action.unlisted and not told) or action.has(*_ELSEWHERE) or things - {"", "image"}
    return not (action.negated or other or action.conditional)


def total_of(draft: Draft) -> str:
    """Write how long a draft is."""
    return clock(timeline.length(draft) / 1000)


@dataclass(frozen=True)
class Cut(Plain):
    """Take stretches or clips out; with none named, it has to be asked which.

    ``edge`` is "start", "middle" or "end" where only that is named, and not how much of it.
    """

    tool: ClassVar[str] = "cut"
    spans: tuple[Span, ...] = ()
    edge: str = ""

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "trim the first 5 seconds", "cut out 0:10-0:20", "删掉第二段"."""
        if action.verb is Word.WANT and action.negated and action.spans:
            plain = replace(action, negated=False)  # "I don't want the first 4 seconds"
            return cls(action.spans) if of_storyline(plain) else None
        trims = action.asks("trim") and not _trimmed_to(action)
        if not (action.verb is Word.REMOVE or trims) or action.how == "mute":
            return None
        second = any(moment.second for moment in action.moments)
        # "cut the beginning" does not say how much of it, which is asked then
        shared = action.amount("share") is not None
        told = action.length or action.spans or second or shared or not action.edges
        spans = action.stretches if told else ()
        if action.verb is Word.REMOVE and cls._all(action):
            spans = spans or (WHOLE,)  # "delete everything", which leaves nothing
        # "remove the beginning" asks how much of it, "cut a part out" which
        some = action.verb is Word.REMOVE and bool(_SOME.search(action.text))
        open_ended = action.how == "cut" or bool(action.edges) or some
        if not of_storyline(action) or not (spans or trims or open_ended):
            return None
        if action.has(Word.EVERYTHING) and action.has(Word.EXCEPT):
            return None
        vague = action.moments or action.has(Word.THING)
        if not spans and not some and (action.how == "cut" and vague):
            return None
        edge = next((e for e in _EDGES if e in action.edges), "") if not spans else ""
        return cls(spans, edge=edge)

    def with_next(self, other: Cut) -> Cut | None:
        """Make one of two cuts that a message names one after the other.

        Both count in the times of what lay there before the message; None where they overlap, so
        that the second can only be of what the first has left.
        """
        one, two = (figures(edit.spans) for edit in (self, other))
        if not (one and two) or any(a < d and c < b for a, b in one for c, d in two):
            return None
        return replace(self, spans=(*self.spans, *other.spans))

    @classmethod
    def _all(cls, action: Action) -> bool:
        """Tell "delete the video", which would leave nothing."""
        everything = action.first is Word.EVERYTHING and not action.strange
        whole = everything or action.has(Word.VIDEO) or bool(_ALL.search(action.text))
        partly = action.timed or action.length or action.has(Word.EXCEPT)
        return whole and not partly

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Take them out."""
        del workshop
        if not self.spans:
            raise CannotDo("how_much" if self.edge in {"start", "end"} else "which_part")
        where = stretches(draft, self.spans)
        if sum(b - a for a, b in where) >= timeline.length(draft):
            raise CannotDo("nothing_left")
        new = timeline.cut(draft, where)
        return Made(new, "cut", {"where": spoken(where, -1), "total": total_of(new)})


def figures(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Give stretches in ms; what counts from the end lies behind all others, halves have none."""
    if any(s.clip is not None or {s.start.share, s.end.share} - {0, 1} for s in spans):
        return []
    far = 10**9
    return [
        (int(s.start.share * far) + s.start.ms, int(s.end.share * far) + s.end.ms) for s in spans
    ]


_EDGES = ("start", "middle", "end")
_SOME = re.compile(
    r"\b(?:a|an|one|some|another) (?:small |little |short )?"
    r"(?:part|bit|piece|section|chunk)s?\b(?! of)|"
    r"(?:[掉除去剪删]|^\W*(?:剪|删))(?:一|某|几)小?[段块](?!时)",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"^\W*(?:(?:全部|所有|一切)(?:删除|删掉|清空)|(?:删除|删掉|清空)(?:全部|所有|一切)|清空)\W*$"
)


_CLIP_TO = r"\b(?:clip|video|scene|part|one|clip \d) (?:down )?to\b"  # "trim clip 1 to 5-20 s"


def _trimmed_to(action: Action) -> bool:
    """Tell "trim to 0:10-0:20" and "trim to a minute" from "trim the first 5 seconds"."""
    ranged = any(s.start != START and s.end != END for s in action.spans)
    ranged = ranged and not (action.clips and not says(action, _CLIP_TO))
    goal = action.goal or action.goal_share or action.by
    goal = goal or any(t.value == "begins" for t in action.words)  # "trim end at 0:47"
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


_BEGINS = re.compile(
    r"\b(?:start|begin|end)s?\b (?:(?:it|this|the \w+|my video) )?(?:at|from)|开始|结束",
    re.IGNORECASE,
)


_ENDS = re.compile(r"\b(?:end|stop)|结束", re.IGNORECASE)


@dataclass(frozen=True)
class Keep(Plain):
    """Keep stretches, or the first so many ms of the whole or of one clip, and drop the rest.

    ``less`` is how many ms fewer there are to be; ``others`` lets the clips stay of
    which nothing is said.
    """

    tool: ClassVar[str] = "keep"
    spans: tuple[Span, ...] = ()
    target: int | None = None
    clip: int | None = None
    share: float | None = None
    less: int | None = None
    others: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "keep only the first 30 seconds", "trim to 15s", "start at 0:12", "剪到30秒"."""
        share = action.amount("share")
        if share is not None and share.by and action.asks("trim") and of_storyline(action):
            return cls(share=1 - share.value)  # "shorten it by a third"
        if not of_storyline(action) or action.has(Word.AMOUNT):
            return None
        less = (
            action.verb is Word.LEVEL and action.how == "down" and action.goal
        )  # "reduce it to 50 s"
        trims = (action.asks("trim", "crop") or bool(less)) and _trimmed_to(action)
        spans = _from_to(action, trims=trims) or cls._stretches(action, trims=trims)
        parts = trims and len(spans) == 1 and spans[0].clip and spans[0] != Span(clip=spans[0].clip)
        others = bool(spans) and (bool(parts) or _of_topic(action, spans))
        return cls(spans, others=others) if spans else cls._shortened(action, trims=trims)

    @staticmethod
    def _stretches(action: Action, *, trims: bool) -> tuple[Span, ...]:
        """Give the stretches that are to stay, where that is how it is said."""
        makes = action.verb is Word.USE or (action.verb is None and says(action, r"\bshould be\b"))
        each = any(span.clip == 0 for span in action.spans) or action.has(Word.ALL)
        long = action.goal or (action.length if makes else None)
        if each and long and (trims or makes):  # "trim each clip to 3 seconds"
            return (Span(START, Point(0.0, long), 0),)
        rest = (
            action.verb is Word.REMOVE and action.has(Word.EXCEPT) and action.has(Word.EVERYTHING)
        )
        named = action.verb is Word.WANT and action.has(Word.VIDEO)
        begins = action.verb in {None, Word.USE} or named
        begins = begins and bool(_BEGINS.search(action.text))
        keeps = action.verb is Word.KEEP or action.asks("take", "begin") or rest or begins
        wants = action.verb in {Word.WANT, Word.USE} and (
            action.has(Word.ONLY)
            or says(action, r"\b(?:an?|the) [\w ]*?(?:clip|cut|excerpt|snippet)\b")
        )
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
            if shorter and says(action, r"\b(?:intro|beginning|start|opening)\b"):
                return cls((Span(Point(0.0, abs(action.by)), END, clip),))
            asked = action.verb in {Word.USE, Word.OTHER, Word.REMOVE, Word.LEVEL, Word.WANT, None}
            return cls(less=abs(action.by), clip=clip) if shorter and asked else None
        if says(action, r"\bleav(?:e|ing)\b") and not action.has(Word.ONLY):
            return None  # "take the pauses out but leave half a second"
        made = says(action, r"\b(?:into |this |it )?an? [\w-]+(?: [\w-]+)? (?:clip|video)\b")
        plain = made or not action.has(Word.THING)
        sized = action.verb in {Word.REMOVE, Word.USE, Word.WANT, None} and plain
        target = action.goal if trims or sized else None
        told = action.how == "have"  # 尾巴上有4秒是黑的
        named = action.verb is Word.WANT and not told and action.has(Word.VIDEO) and plain
        shared = action.verb is None and action.goal_share is not None
        keeps = action.verb is Word.KEEP and not action.negated and plain
        whole = (action.verb is Word.USE or named or shared or keeps) and not action.asks("speed")
        only = action.verb in {Word.WANT, Word.USE} and action.has(Word.ONLY) and not told
        kept = (
            action.verb is Word.KEEP
            and plain
            and not (action.has(Word.ONLY) and action.timed and action.spans)
        )
        if target is None and (whole or only or kept):
            target = action.length
        part = action.goal_share if trims or whole else None
        if target and len(action.spans) == 1 and action.spans[0] == Span(action.spans[0].start):
            at = action.spans[0].start  # "a 15 second version starting at 0:20"
            return cls((Span(at, Point(at.share, at.ms + target)),))
        return cls((), target, clip, part) if target or part else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Drop the rest."""
        del workshop
        if (self.target, self.share, self.less) != (None, None, None):
            begin, whole = (
                (0, timeline.length(draft)) if self.clip is None else clip_at(draft, self.clip)
            )
            target = self.target or round((self.share or 1.0) * whole)
            target -= self.less or 0
            if target <= 0:
                raise CannotDo("nothing_left")
            if target > whole:
                raise CannotDo("longer", total=clock(whole / 1000), target=target)
            if target == whole:
                raise CannotDo("short_enough", total=clock(whole / 1000))
            new = timeline.cut(draft, [(begin + target, begin + whole)])
            told = "shortened" if begin else "shortened_to_first"
            return Made(new, told, {"total": total_of(new), "kept": clock(target / 1000)})
        where = stretches(draft, self.spans)
        kept = [*where, *self._elsewhere(draft)]
        new = timeline.keep(draft, sorted(kept))
        told = "kept_of_clip" if len(kept) > len(where) else "kept"
        return Made(new, told, {"where": spoken(where, -1), "total": total_of(new)})

    def _elsewhere(self, draft: Draft) -> list[tuple[int, int]]:
        """Give the clips that stay as they are."""
        count = len(timeline.laid(draft))
        numbers = (span.clip or 0 for span in self.spans)
        named = {n if n > 0 else count + 1 + n for n in numbers}
        left = (n for n in range(1, count + 1) if n not in named)
        return (
            [(at, at + long) for at, long in (clip_at(draft, n) for n in left)]
            if self.others
            else []
        )


def _of_topic(action: Action, spans: tuple[Span, ...]) -> bool:
    """Tell 第一段只留前10秒, which speaks of that clip alone, from 只留第一段的前10秒."""
    if action.said is None or any(s.clip in {None, 0} or s == Span(clip=s.clip) for s in spans):
        return False
    clips = (t for t in action.words if any(s.clip is not None for s in t.spans))
    return all(token.start < action.said.start for token in clips)


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
        points = [moment for moment in action.moments if not moment.second]
        every = next(iter(action._times(Every)), None)  # noqa: SLF001 - of our own base
        several = parts is not None and parts.value > 1  # 剪掉一段 is no cut in two
        named = several or points or every
        asked = action.asks("split") or (cuts and not action.spans and named)
        if not asked or not (of_storyline(action) or action.names("")):
            return None
        if action.has(Word.MUSIC, Word.VOICE, Word.SOUND, Word.TEXT):
            return None
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


def says(action: Action, pattern: str) -> bool:
    """Tell whether an action's own words match a pattern."""
    return re.search(pattern, action.text.strip().rstrip(".!。！"), re.IGNORECASE) is not None
