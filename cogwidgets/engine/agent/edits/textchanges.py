"""Edits of texts that are there: change what they say, how they look and when, take them away."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.drafts import TEXT
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, spoken, stretches
from cogwidgets.engine.agent.edits.style import Style, styled
from cogwidgets.engine.agent.edits.texts import (
    ALL_ALONG,
    NAMES,
    SHORTEST,
    TITLE,
    AddText,
    moves,
    reworded,
    rewords,
)
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import END, Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["ChangeText", "RemoveText"]


def _moved_to(action: Action) -> Point | None:
    """Give where a text is to begin, or to end: "to the end", "to 0:05"."""
    if action.asks("move") and action.edges:
        return Point(1.0) if "end" in action.edges else Point()
    return action.moments[0].point if action.moments else None


@dataclass(frozen=True)
class ChangeText(Plain):
    """Change the words, the look or the time of the texts that are meant."""

    tool: ClassVar[str] = "change_text"
    about: ClassVar[str] = "title"
    which: str | None = None
    text: str | None = None
    style: Style = field(default_factory=Style)
    spans: tuple[Span, ...] = ()
    length: int | None = None
    longer: int | None = None
    nth: int | None = None
    later: int = 0
    at: Point | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "make the title bigger", "change the title to "X"", "标题换成黄色"."""
        if not (action.names(*NAMES) or reworded(action)):
            return None
        if action.verb is Word.REMOVE:
            return cls._ended(action)
        if (
            action.negated
            or action.conditional
            or (action.verb is Word.ADD and not _styled(action))
        ):
            return None
        quoted = action.quoted
        if quoted and not (rewords(action) or reworded(action) or moves(action)):
            return None
        style, lasting = styled(action, action.length)
        spans = () if action.clips else action.spans
        if not (spans or action.asks("move") or action.edges) and ALL_ALONG.search(action.text):
            spans = (Span(),)  # "keep the title on screen the whole time"
        begins = [t for t in action.words if t.value == "begins" and t.spans]
        at = None if spans else _moved_to(action)
        if begins and begins[0].spans[0].end == END:
            spans, at = (), begins[0].spans[0].start  # "the title starts at 0:02"
        length = lasting or (action.goal if not spans else None)
        longer = action.by
        if longer and action.asks("trim"):
            longer = -abs(longer)
        later = _later(action, length)
        length = None if later else length
        if not (quoted or style != Style() or spans or at or length or longer or later):
            return None
        which = action.value_of(Word.NAMED) or ("caption" if action.names("caption") else None)
        if len(quoted) > 1 or (quoted and moves(action)):
            which = quoted[0]
        text = quoted[-1] if quoted and not moves(action) else None
        return cls(which, text, style, spans, length, longer, action.nth, later, at)

    @classmethod
    def _ended(cls, action: Action) -> Self | None:
        """Read "remove the title after 2 seconds", which is there until then."""
        spans, which = action.spans, action.value_of(Word.NAMED)
        if len(spans) != 1 or spans[0].end != END or spans[0].clip or spans[0].start.share:
            return None
        return cls(which, spans=(Span(Point(-1.0), spans[0].start),), nth=action.nth)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Change them."""
        new = copy.deepcopy(draft)
        meant = texts(new, self.which, self.nth)
        before = {id(s): (copy.deepcopy(s["m"]), s["d"]) for s in meant}
        if not meant and self.text is not None:
            style = self.style if self.style.position else self.style.at("center")
            added = AddText(self.text, "title", self.spans, self.at, self.length or TITLE, style)
            return added.apply(draft, workshop)
        if not meant:
            raise CannotDo("no_text")
        for segment in meant:
            details = segment["m"]
            details |= self.style.details(details)
            if self.text is not None:
                details["text"] = self.text
            self._time(segment, draft)
        for track in new["t"]:
            if track.get("tt") == TEXT:
                track["sg"] = timeline.apart(track["sg"])
        last = meant[-1]
        was, lasted = before[id(last)]
        told = [(k, v) for k, v in last["m"].items() if k in _TOLD and was.get(k) != v]
        start = last["m"].get("start", 0)
        if (start, last["d"]) != (was.get("start", 0), lasted):
            told.append(("when", spoken([(start, start + last["d"])], -1)))
        words = "”, “".join(before[id(s)][0].get("text", "") for s in meant)
        return Made(new, "text_changed", {"text": words, "told": tuple(told)})

    def _time(self, segment: dict[str, Any], draft: Draft) -> None:
        """Show a text when it is said, as long as before where that is not said."""
        total, details = timeline.length(draft), segment["m"]
        start, long = details.get("start", 0), self.length or segment["d"]
        if self.spans and self.spans[0].start.share < 0:  # from when it is there already
            long = max(self.spans[0].end.at(total) - start, SHORTEST)
        elif self.spans:
            [(start, end), *_] = stretches(draft, self.spans)
            long = end - start
        elif self.at is not None:
            start = self.at.at(total)
            start = max(total - long, 0) if start >= total else start  # at the end it ends there
        elif self.length is None and self.longer is not None:
            long = max(long + self.longer, SHORTEST)
        if self.later:
            start = max(min(start + self.later, total - long), 0)
        if self.spans or self.later or self.at is not None:
            details.pop("anchor", None)
            details["start"] = start
        segment["d"] = min(long, total - start)


_LATER = re.compile(r"推迟|延后|延迟|晚|\blater\b", re.IGNORECASE)


_EARLIER = re.compile(r"提前|早|\b(?:earlier|sooner)\b", re.IGNORECASE)


def _later(action: Action, length: int | None) -> int:
    """Give how much later a text is to be shown, in ms; earlier when negative."""
    if not length or action.spans:
        return 0
    if _LATER.search(action.text):
        return length
    return -length if _EARLIER.search(action.text) else 0


_TOLD = ("text", "position", "size", "color", "background", "bold", "fade_in", "fade_out")


def _styled(action: Action) -> bool:
    return Style.of(action) != Style() and not action.quoted


@dataclass(frozen=True)
class RemoveText(Plain):
    """Take titles or captions away: all of them, or the one with certain words.

    Of ``spans`` they go while these last; what is shown at the moment ``at`` goes altogether.
    """

    tool: ClassVar[str] = "remove_text"
    which: str | None = None
    nth: int | None = None
    spans: tuple[Span, ...] = ()
    at: Point | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "remove the title", "去掉字幕"."""
        gone = action.verb is Word.REMOVE or (
            action.verb is None and action.follows(Word.THING, Word.NOT, Word.WITHOUT)
        )
        if not gone or action.negated or action.conditional:
            return None
        if not action.names(*NAMES) and not (action.quoted and action.first is Word.TEXT):
            return None
        if action.quoted or action.find(Word.NAMED):
            return cls(action.quoted[0] if action.quoted else action.value_of(Word.NAMED))
        spans = () if action.clips else action.spans
        at = action.moments[0].point if action.moments and not spans else None
        return cls("caption" if action.names("caption") else None, action.nth, spans, at)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Take them away."""
        del workshop
        new = copy.deepcopy(draft)
        where = stretches(draft, self.spans) if self.spans else None
        if self.at is not None:
            at = self.at.at(timeline.length(draft))
            where = [(at, at + 1)]
        gone = [
            text
            for text in texts(new, self.which, self.nth)
            if where is None or drafts.lies_in(text, where)
        ]
        if not gone:
            raise CannotDo("no_text")
        for track in new["t"]:
            if track.get("tt") == TEXT:
                kept = [s for s in track["sg"] if s not in gone]
                if self.spans and where:
                    kept += [piece for s in gone if s in track["sg"] for piece in _beside(s, where)]
                track["sg"] = sorted(kept, key=lambda s: s["m"].get("start", 0))
        new["t"] = [t for t in new["t"] if t.get("tt") != TEXT or t["sg"]]
        words = ", ".join(s["m"].get("text", "") for s in gone)
        return Made(new, "text_removed", {"text": words})


def _beside(text: dict[str, Any], where: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """Give what of a text is shown outside of stretches, where it can still be read."""
    start, end = text["m"].get("start", 0), text["m"].get("start", 0) + text["d"]
    borders = sorted({start, end, *(at for span in where for at in span if start < at < end)})
    left = []
    for a, b in pairwise(borders):
        if b - a >= SHORTEST and not any(one < b and a < two for one, two in where):
            made = copy.deepcopy(text)
            made["d"], made["m"]["start"] = b - a, a
            made["m"]["id"] = text["m"]["id"] if a == start else drafts.new_id()
            left.append(made)
    return left


def texts(draft: Draft, which: str | None, nth: int | None = None) -> list[dict[str, Any]]:
    """Give the texts that are meant: captions, those with certain words, or the titles.

    ``nth`` is which of these by time, from 1; the last is -1.
    """
    found = sorted(drafts.segments(draft, TEXT), key=lambda s: s["m"].get("start", 0))
    if which == "caption":
        found = [s for s in found if s["m"].get("role") == "caption"]
    elif which is not None:
        found = [s for s in found if which.lower() in s["m"].get("text", "").lower()]
    else:
        found = [s for s in found if s["m"].get("role") != "caption"] or found
    if nth is None:
        return found
    index = nth - 1 if nth > 0 else len(found) + nth
    return found[index : index + 1] if index >= 0 else []
