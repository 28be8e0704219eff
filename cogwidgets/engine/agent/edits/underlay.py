"""Edits of laid music beside the recording's own: when it plays, and that it goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, spoken, stretches
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import END, START, Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["MusicWhen", "RemoveTrack"]

_PLAYS = re.compile(
    r"\b(?:starts?|begins?|kicks? in|comes? in|plays?|stops?|ends?)\b|"
    r"开始|只[放播在响]|[响进起]来?$|停|结束|为止|[响播放]到",
    re.IGNORECASE,
)
_STOPS = re.compile(r"\b(?:stops?|ends?)\b|停|结束|为止|[响播放]到", re.IGNORECASE)


@dataclass(frozen=True)
class MusicWhen(Plain):
    """Let laid music play in some stretches only."""

    tool: ClassVar[str] = "music_when"
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "the music starts at 0:10", 音乐从第10秒才开始, 背景音乐到50秒停."""
        light = action.verb in {None, Word.USE, Word.ADD} or action.asks("begin", "move")
        if action.first is not Word.MUSIC or action.negated or action.conditional or not light:
            return None
        chosen = action.has(Word.MOOD, Word.FILE, Word.OWN, Word.FREE, Word.EITHER, Word.ORIGINAL)
        only = action.has(Word.ONLY) and action.has(Word.THE)  # "put the music only on clip 2"
        plays = only or (action.verb is not Word.ADD and _PLAYS.search(action.text))
        if chosen or not plays:
            return None
        spans = action.spans
        if any(span.clip is not None for span in spans) and _STOPS.search(action.text):
            return None  # 到第二段停: where that begins
        if not spans and (point := _point(action)) is not None:
            spans = (Span(START, point) if _STOPS.search(action.text) else Span(point, END),)
        return cls(spans) if spans else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Take it away everywhere else."""
        del workshop
        if not drafts.music_segments(draft):
            raise CannotDo("no_laid_music")
        total, at, beside = timeline.length(draft), 0, []
        where = drafts.united([list(one) for one in stretches(draft, self.spans)])
        for start, end in [*where, (total, total)]:
            beside += [(at, start)] if start > at else []
            at = max(at, end)
        new = drafts.without_music_segments(draft, beside)
        return Made(new, "music_when", {"where": spoken([(a, b) for a, b in where], -1)})


def _point(action: Action) -> Point | None:
    if action.moments:
        return action.moments[0].point
    return Point(0.0, action.goal) if action.goal is not None else None


_LAID = re.compile(
    r"\b(?:you|i|we)(?:'ve| have)? (?:just |already )?(?:added|laid|put|inserted)\b|后来的",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RemoveTrack(Plain):
    """Take laid music away, and leave the recording's own sound as it is."""

    tool: ClassVar[str] = "remove_track"
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "remove the music you added", 去掉刚才加的音乐."""
        if action.verb is not Word.REMOVE or action.negated or action.conditional:
            return None
        named = action.has(Word.MUSIC, Word.OWN) and not action.has(Word.ORIGINAL)
        return cls(action.spans) if named and _LAID.search(action.text) else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Take it away."""
        del workshop
        if not drafts.music_segments(draft):
            raise CannotDo("nothing_laid")
        where = stretches(draft, self.spans) if self.spans else None
        return Made(drafts.without_music_segments(draft, where), "laid_gone")
