"""Edits of titles and captions: add, change, take away."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.drafts import TEXT
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, spoken, stretches
from cogwidgets.engine.agent.edits.style import Style, styled
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import END, Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Edit, Workshop

__all__ = ["AddText", "ChangeText", "RemoveText"]

TITLE, CAPTION = 4000, 3000  # ms
SHORTEST = 500  # ms that a text is shown at least
_NAMES = ("title", "text", "caption")


@dataclass(frozen=True)
class AddText(Plain):
    """Show words for a while: a title in the middle, a caption at the bottom.

    ``anchor`` is the edge of the whole that it was asked for, where it stays; ``more`` are texts
    for which no time was said either, shown one after another.
    """

    tool: ClassVar[str] = "add_text"
    about: ClassVar[str] = "title"
    text: str
    role: Literal["title", "caption"] = "title"
    spans: tuple[Span, ...] = ()
    at: Point | None = None
    length: int | None = None
    style: Style = field(default_factory=Style)
    anchor: Literal["", "start", "end"] = ""
    more: tuple[AddText, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "add a title "Hello" at the top for 5 seconds", "在底部加上文字「关注我」"."""
        quoted = action.quoted
        if action.negated or action.verb in {Word.REMOVE, Word.KEEP, Word.RESTORE}:
            return None
        if action.asks("thumbnail") or _rewords(action) or _reworded(action) or _moves(action):
            return None  # a thumbnail is a frame of the video, without words on it
        if action.conditional or not (quoted or _wordless(action)):
            return None
        titled, plain = action.names("title"), not action.names(*_NAMES)
        role: Literal["title", "caption"] = "caption" if action.names("caption") else "title"
        length, (spans, at) = action.length or action.each, _when(action)
        style, length = styled(action, length)
        timed = bool(spans or at or length)
        anchor = _anchor(action, timed=bool(spans or at))
        anchor = anchor if role == "title" or (length and not at) else ""
        if not timed and titled:
            length = TITLE
        if style.position is None and (place := _usual_place(action)):
            style = style.at(place)
        shown = action.asks("write") or action.verb is Word.OTHER
        low = role == "caption" or (not titled and not timed and (not plain or shown))
        marked = _MARK.search(action.text) and not (titled or timed)  # there all the time
        if marked and style.position is None:
            style = style.at("bottom_right")
        if plain and not (timed or shown or marked) and style.position in {None, "center"}:
            length, low = TITLE, False
        if style.position is None:
            style = style.at("bottom" if low else "center")
        if style.grow is not None:
            style = style.much()
        return cls(quoted[-1] if quoted else "", role, spans, at, length, style, anchor)

    def merged(self, other: Edit) -> Edit | None:
        """Take "captions "Hello" and "World"" for two of a kind, one after the other."""
        if not isinstance(other, AddText) or self == other:
            return super().merged(other)
        timed = any(text.spans or text.at for text in (self, other))
        alike = (self.role, self.style.position) == (other.role, other.style.position)
        if timed or not alike or self.text == other.text:
            return None
        return replace(self, more=(*self.more, replace(other, anchor="")))

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Show it."""
        del workshop
        if not self.text:
            raise CannotDo("which_words")
        total = timeline.length(draft)
        texts_, edges = (replace(self, more=()), *self.more), {"start": 0, "end": total}
        free = [text for text in texts_ if not (text.spans or text.at)]
        usual = CAPTION if self.role == "caption" else TITLE
        long = next((text.length for text in free if text.length), usual)
        long = min(long, max(total // max(len(free), 1), 1))
        new, where, at, short = draft, [], 0, False
        for text in texts_:
            if self.more and text in free:
                start, end = at, at + long
                at = end
            else:
                start, end, cut = text.place(draft)
                short = short or cut
            where.append((start, end))
            details = {"text": text.text, "role": text.role, **text.style.details({})}
            if text.anchor and {"start": start, "end": end}[text.anchor] == edges[text.anchor]:
                details["anchor"] = text.anchor
            new = placed(new, start, end, details)
        words = "”, “".join(text.text for text in texts_)
        figures = {"text": words, "where": spoken(where, -1)}
        return Made(new, "text_added_short" if short else "text_added", figures)

    def place(self, draft: Draft) -> tuple[int, int, bool]:
        """Tell where it is shown, and whether the video ends before it would."""
        total = timeline.length(draft)
        if self.spans:
            [(start, end), *_] = stretches(draft, self.spans)
            wanted = self.spans[0].end
            return start, end, wanted.share == 0 and self.spans[0].clip is None and wanted.ms > end
        start = self.at.at(total) if self.at is not None else 0
        if start >= total:
            raise CannotDo("beyond", end=drafts.clock_of(total))
        spare = (CAPTION if self.role == "caption" else TITLE) if self.at else total
        end = min(start + (self.length or spare), total)
        said = self.length if self.length != TITLE else None
        return start, end, said is not None and start + said > end


_CLOSING = re.compile(
    r"\b(?:end|outro|closing|final) (?:card|screen|title|text)|\bclosing\b|\bcredits?\b",
    re.IGNORECASE,
)
_ALL_ALONG = re.compile(
    r"\b(?:whole|entire|full|all the) (?:video|clip|film|movie|thing|time|length)\b|\bthroughout\b|"
    r"\ball (?:the way through|along)\b|\b(?:until|till) the (?:very )?end\b",
    re.IGNORECASE,
)


def _anchor(action: Action, *, timed: bool) -> Literal["", "start", "end"]:
    """Tell which edge a title is bound to: the one that is named, else where titles stand."""
    if "end" in action.edges or (action.nth or 0) < 0 or _CLOSING.search(action.text):
        return "end"
    return "start" if "start" in action.edges or not timed else ""


_MARK = re.compile(r"水印|\bwatermark", re.IGNORECASE)
_GIVEN = re.compile(
    r"\W*(?:给|为|把|将|在)?(?:这个|那个|所有)?的?(?:标题|文字|字幕|字)加"
)  # 给标题加个底


def _when(action: Action) -> tuple[tuple[Span, ...], Point | None]:
    """Give the stretches or the moment at which a text is to be shown."""
    if action.length and len(action.spans) == 1 and action.spans[0].end == END:
        span = action.spans[0]  # "for 6 seconds starting at 0:04"
        return (replace(span, end=Point(span.start.share, span.start.ms + action.length)),), None
    if action.spans or action.moments:
        return action.spans, action.moments[0].point if action.moments else None
    edge, long = next(iter(action.edges), None), action.length or TITLE
    last = action.names("title") and (action.nth or 0) < 0
    if edge is None and (last or _CLOSING.search(action.text)):
        edge = "end"  # "as the closing title"
    if edge == "middle":
        return (), None if _centred(action) else Point(0.5)
    spans = {
        "end": (Span(Point(1.0, -long), Point(1.0)),),
        "start": (Span(Point(), Point(0.0, long)),),
    }
    return spans.get(edge or "", ()), None


def _usual_place(action: Action) -> str | None:
    """Tell the middle of the picture, and where a subtitle of a title stands."""
    if action.text.lstrip().startswith("副标题"):
        return "bottom"
    return "center" if _centred(action) else None


def _centred(action: Action) -> bool:
    """Tell the middle of the picture from that of the video."""
    return "middle" in action.edges and not _OF_VIDEO.search(action.text)


def _moved_to(action: Action) -> Point | None:
    """Give where a text is to begin, or to end: "to the end", "to 0:05"."""
    if action.asks("move") and action.edges:
        return Point(1.0) if "end" in action.edges else Point()
    return action.moments[0].point if action.moments else None


def _wordless(action: Action) -> bool:
    """Tell "add a title", without saying which."""
    adds = action.verb is Word.ADD and not action.has(Word.THE)
    if _GIVEN.match(action.text):
        return False
    named = any(t.word is Word.NAMED for t in action.words)  # 标题写 明天再见 放在底部
    kinds = ("title", "text", "caption") if ONE_CAPTION.search(action.text) else ("title", "text")
    return adds and not named and action.names(*kinds) and action.first is Word.THING


# A caption whose words can be asked for; "captions" are those of what is spoken
ONE_CAPTION = re.compile(
    r"\b(?:a|an|one|another) (?:\w+ )?(?:caption|subtitle)\b(?! track)|"
    r"一(?:行|句|条)(?:字幕|文字|字)",
    re.IGNORECASE,
)


_A = re.compile(
    r"\b(?:an?|another|some|one more|two|three)\b[^,.;]{0,30}\b(?:title|text|caption)",
    re.IGNORECASE,
)
_OF_VIDEO = re.compile(r"middle of the (?:video|clip|whole)|halfway|中间时|视频中间", re.IGNORECASE)


_SHOULD = re.compile(r"\b(?:should|must|has to|needs to) (?:read|say|be)\b", re.IGNORECASE)


def _rewords(action: Action) -> bool:
    """Tell "change the title to "Bye"" from "add a title "Bye""."""
    if not action.names(*_NAMES):
        return action.verb is Word.CHANGE
    if action.verb is Word.USE and _A.search(action.text):
        return False  # "make a title "The End" with a fade"
    if _SHOULD.search(action.text):
        return True  # "the title text should read "Ciao""
    words = [t.word for t in action.words]
    to = action.verb is Word.USE and Word.THING in words[: ([*words, Word.WITH]).index(Word.WITH)]
    to = to and action.has(Word.WITH)  # "make the title into …", not "make it square with a title"
    return action.verb is Word.CHANGE or to or action.asks("resize", "set", "convert")


def _moves(action: Action) -> bool:
    """Tell 标题“Hello”移到最后3秒, which is there already."""
    return bool(_MOVES.search(action.text)) and action.asks("move") and action.names(*_NAMES)


_MOVES = re.compile(r"\bmov|\bshift|[移挪搬]", re.IGNORECASE)


def _reworded(action: Action) -> bool:
    """Tell "change "Hi" to "Bye"", which names the text by its words."""
    return len(action.quoted) > 1 and (
        action.verb is Word.CHANGE or action.asks("resize", "convert")
    )


def placed(draft: Draft, start: int, end: int, details: dict[str, Any]) -> Draft:
    """Put a text onto the first text track with room for it, or onto one of its own."""
    new = copy.deepcopy(draft)
    segment = {"d": end - start, "m": {"id": drafts.new_id(), "start": start, **details}}
    for track in new["t"]:
        if track.get("tt") == TEXT and not any(
            drafts.lies_in(s, [(start, end)]) for s in track["sg"]
        ):
            track["sg"] = sorted([*track["sg"], segment], key=lambda s: s["m"].get("start", 0))
            return new
    name = "Captions" if details.get("role") == "caption" else "Titles"
    new["t"].append({"tt": TEXT, "m": {"name": name}, "sg": [segment]})
    return new


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
        if not (action.names(*_NAMES) or _reworded(action)):
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
        if quoted and not (_rewords(action) or _reworded(action) or _moves(action)):
            return None
        style, lasting = styled(action, action.length)
        spans = () if action.clips else action.spans
        if not (spans or action.asks("move") or action.edges) and _ALL_ALONG.search(action.text):
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
        if len(quoted) > 1 or (quoted and _moves(action)):
            which = quoted[0]
        text = quoted[-1] if quoted and not _moves(action) else None
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
        if not action.names(*_NAMES) and not (action.quoted and action.first is Word.TEXT):
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
