"""Edits of titles and captions: add, change, take away."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field, replace
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

__all__ = [
    "CAPTION",
    "NAMES",
    "ONE_CAPTION",
    "SHORTEST",
    "TITLE",
    "AddText",
    "moves",
    "placed",
    "reworded",
    "rewords",
]

TITLE, CAPTION = 4000, 3000  # ms
SHORTEST = 500  # ms that a text is shown at least
NAMES = ("title", "text", "caption")


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
        if action.asks("thumbnail") or rewords(action) or reworded(action) or moves(action):
            return None  # a thumbnail is a frame of the video, without words on it
        if action.conditional or not (quoted or _wordless(action)):
            return None
        titled, plain = action.names("title"), not action.names(*NAMES)
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
ALL_ALONG = re.compile(
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


def rewords(action: Action) -> bool:
    """Tell "change the title to "Bye"" from "add a title "Bye""."""
    if not action.names(*NAMES):
        return action.verb is Word.CHANGE
    if action.verb is Word.USE and _A.search(action.text):
        return False  # "make a title "The End" with a fade"
    if _SHOULD.search(action.text):
        return True  # "the title text should read "Ciao""
    words = [t.word for t in action.words]
    to = action.verb is Word.USE and Word.THING in words[: ([*words, Word.WITH]).index(Word.WITH)]
    to = to and action.has(Word.WITH)  # "make the title into …", not "make it square with a title"
    return action.verb is Word.CHANGE or to or action.asks("resize", "set", "convert")


def moves(action: Action) -> bool:
    """Tell 标题“Hello”移到最后3秒, which is there already."""
    return bool(_MOVES.search(action.text)) and action.asks("move") and action.names(*NAMES)


_MOVES = re.compile(r"\bmov|\bshift|[移挪搬]", re.IGNORECASE)


def reworded(action: Action) -> bool:
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
