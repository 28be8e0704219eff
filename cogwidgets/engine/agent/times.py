"""Times: where in a video, as people say it, to points and spans that any draft can resolve.

"The last ten seconds", 前半段, "from 0:05 to 0:12", "clip 2" are read without knowing how long the
video is; `Point.at` and `resolve` tell the milliseconds on a draft.
"""

# ruff: noqa: E501, RUF001 - a pattern a line; Chinese messages have Chinese punctuation

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cogwidgets.engine.agent.numerals import (
    CLOCK,
    DURATION,
    NUMBER,
    ORDINAL,
    milliseconds,
    number,
    ordinal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MIDDLE",
    "By",
    "Each",
    "Edge",
    "Every",
    "Length",
    "Moment",
    "Point",
    "Span",
    "Target",
    "Time",
    "time_at",
]


@dataclass(frozen=True)
class Point:
    """A place: a share of the whole and an offset in ms.

    >>> Point(1.0, -3000).at(60_000)
    57000
    """

    share: float = 0.0
    ms: int = 0

    def at(self, total: int) -> int:
        """Give the milliseconds in something that lasts ``total``, which it does not leave."""
        return min(max(round(self.share * total) + self.ms, 0), total)


START, END = Point(), Point(1.0)
MIDDLE = -1000  # the clip in the middle, however many there are


@dataclass(frozen=True)
class Span:
    """A stretch of the whole, or of one clip counted from 1 (from -1 backwards)."""

    start: Point = START
    end: Point = END
    clip: int | None = None

    @property
    def beside(self) -> tuple[Span, ...]:
        """Give what lies before and after it, of the whole or of its clip."""
        around = ((START, self.start), (self.end, END))
        return tuple(Span(one, two, self.clip) for one, two in around if one != two)

    def within(self, clip: int) -> Span:
        """Give the same stretch of one clip."""
        return replace(self, clip=clip)


@dataclass(frozen=True)
class Moment:
    """One point in time: "at 0:05", or one ``second``, by its number: 第5秒."""

    point: Point
    second: bool = False


@dataclass(frozen=True)
class Length:
    """How long something is to last, in ms: "for 5 seconds"."""

    ms: int


@dataclass(frozen=True)
class Target:
    """What something is to be brought to, in ms or as a share: "to 30 seconds", "half as long"."""

    ms: int = 0
    share: float = 0.0


@dataclass(frozen=True)
class Every:
    """An interval, in ms: "every ten seconds"."""

    ms: int


@dataclass(frozen=True)
class Each:
    """How long each of several is to last, in ms: "3 seconds per photo"."""

    ms: int


@dataclass(frozen=True)
class Edge:
    """The beginning, the middle or the end, without saying how much of it."""

    where: Literal["start", "middle", "end"]


@dataclass(frozen=True)
class By:
    """How much longer something is to last, in ms; shorter when negative."""

    ms: int


Time = Span | Moment | Length | Target | Every | Each | Edge | By

_T = rf"(?:{CLOCK}|{DURATION})"
_LOOSE = rf"(?:{CLOCK}|{DURATION}|{NUMBER})"  # the unit may come later: "5 to 10 seconds"
_D = rf"(?:{DURATION}|(?:second|minute)(?: and a half)?)"
_IN = r"(?:(?:for|in|during|over|of|on|within|at|from|throughout) )?(?:the )?(?:very )?"
_BEGIN = r"(?:start|beginning|front|opening|head|intro)"
_FINISH = r"(?:end|ending|finish|back|tail|outro)"
_THINGS = r"(?:clip|video|scene|shot|segment|part|piece|bit|section|photo|image|picture|slide)s?"
_HAN_THINGS = r"(?:片段|视频|镜头|素材|部分|图片|照片|画面|图|片)"
_COUNT = r"[\d一二两三四五六七八九十]+"
_SHARES = {"half": 2, "third": 3, "quarter": 4}
_HAN_SHARES = {"半": 2, "二分之一": 2, "三分之一": 3, "四分之一": 4}


def _first(text: str) -> Span:
    return Span(START, Point(0.0, _count(text)))


def _last(text: str) -> Span:
    return Span(Point(1.0, -_count(text)), END)


def _count(text: str) -> int:
    return milliseconds(text if re.search(rf"{_T}|\d", text, re.IGNORECASE) else f"1 {text}")


def _around(ms: int) -> Span:
    return Span(Point(0.5, -ms // 2), Point(0.5, ms // 2))


def _between(start: str, end: str) -> Span:
    unit = re.search(r"[^\d.\s:：]+$", end)
    bare = re.fullmatch(NUMBER, start.strip(), re.IGNORECASE)
    first = f"{start} {unit[0]}" if bare and unit and ":" not in end else start
    return Span(Point(0.0, milliseconds(first)), Point(0.0, milliseconds(end)))


def _share(which: str, share: str) -> Span:
    parts = _SHARES.get(share.lower()) or _HAN_SHARES[share]
    place = {"front": 1, "back": -1, "other": -1, "前": 1, "上": 1, "后": -1, "下": -1}.get(
        which, 0
    )
    if which.lower() in {"middle", "中间", "中间的"}:
        return Span(Point((1 - 1 / parts) / 2), Point((1 + 1 / parts) / 2))
    place = place or (-1 if which.startswith("最") else ordinal(which.removeprefix("第")))
    index = parts - 1 if place < 0 else min(place, parts) - 1
    return Span(Point(index / parts), Point((index + 1) / parts))


def _clip(which: str) -> Span:
    return Span(clip=-1 if which.startswith("最") else ordinal(which))


def _clips(one: str, two: str) -> tuple[Span, ...]:
    return _clip(one), _clip(two)


def _several(which: str, count: str) -> tuple[Span, ...]:
    first = which.lower() in {"first", "前"}
    numbers = range(1, int(number(count)) + 1)
    return tuple(Span(clip=n if first else -n) for n in (numbers if first else reversed(numbers)))


def _by(sign: int) -> Callable[..., By]:
    return lambda *found: By(sign * milliseconds(next(filter(None, found))))


def _at(start: str, length: str) -> Span:
    begin = milliseconds(start)
    return Span(Point(0.0, begin), Point(0.0, begin + milliseconds(length)))


_RULES: tuple[tuple[str, Callable[..., Time | tuple[Time, ...]]], ...] = (
    # Longer and shorter by so much
    (rf"(?:by )?(?:about |another )?({DURATION}) (?:longer|more)(?! (?:than|music))|(?:longer|more|on|extra|lengthen(?:ed)?|extend(?:ed)?)(?: (?:it|this|that|the (?:video|clip|title|text)))? by (?:about |another )?({DURATION})|(?:another|extra|an extra|add) ({DURATION})(?: more| longer)?(?=\W*$| (?:to|at|on) (?:the|it|its)\b)|\+ ?({DURATION})",
     _by(1)),
    (rf"(?:by )?(?:about )?({DURATION}) (?:shorter|less)|(?:shorter|less|shorten(?:ed)?|reduced?)(?: (?:it|this|that|the (?:video|clip|title|text)))? by (?:about )?({DURATION})|(?<![\w\d])[-−–] ?({DURATION})",
     _by(-1)),
    (rf"(?:再|多|加|延)?(?:放|显示|持续|加|延|拉)?长(?:个)?({DURATION})|(?<=延长)({DURATION})|多(?:放|显示|持续|停留?|留)?({DURATION})",
     _by(1)),
    (rf"(?:再)?(?:缩|剪)?短({DURATION})|(?<=缩短)({DURATION})|(?<=缩短了)({DURATION})|少(?:放|显示|持续|停留?)?({DURATION})", _by(-1)),
    # So long from there on
    (rf"(?:an? )?({DURATION})(?: long)?(?: (?:clip|piece|section|part|bit|segment|snippet|excerpt))? (?:starting|beginning|from) (?:at |from )?({_T})(?! (?:to|until|till|-))", lambda d, t: _at(t, d)),
    (rf"({DURATION}) (?:starting|beginning) (?:at|from) ({_T})", lambda d, t: _at(t, d)),
    (rf"(?:from|starting (?:at|from)) ({_T})(?: mark)?,? for (?:about )?({DURATION})", _at),
    (rf"从?第?({_T})(?:开始|起|处)[，,]?(?:的|持续|显示|放)?({DURATION})(?![到至])", _at),
    (rf"(?<=掐头去尾)各?({_D})|(?:首尾|头尾|前后|两头|两端|头和尾|开头(?:和|、)?结尾)各({_D})",
     lambda *d: (_first(next(filter(None, d))), _last(next(filter(None, d))))),
    # From here to there
    (rf"(?:from|between|starting at|starting from) (?:the )?(?:{_BEGIN}) (?:to|until|till|through) ({_T})",
     lambda t: Span(START, Point(0.0, milliseconds(t)))),
    (rf"(?:(?:from|of|to|at|around|about|between) )?({_LOOSE})(?: mark)?(?: ?(?:-|–|—|~|～) ?| (?:to|until|till|through|thru) )({_T})",
     _between),
    (rf"(?:(?<=keep )|(?<=cut )|(?<=down )|(?<=up )|(?<=reverse )|(?<=pixelate )|(?<=sepia )|(?<=white )|(?<=out )|(?<=off )|(?<=lose )|(?<=mute )|(?<=blur )|(?<=trim )|(?<=delete )|(?<=remove )|(?<=only )|(?<=use ))({NUMBER})(?: to | ?[-–] ?)({NUMBER})(?![\w%:.x]| (?:clips?|parts?))", _between),
    (rf"(?:until|till|so (?:that )?) ?(?:it|the video)(?:'s| is| lasts| runs) (?:only |about |exactly )?({_T})(?: long)?", lambda t: Target(milliseconds(t))),
    (rf"between ({_LOOSE})(?: mark)? (?:and|to) ({_T})", _between),
    (rf"(?:from )?(?:seconds?|secs?) ({NUMBER})(?: to | and | through | until | ?- ?)(?:seconds? |secs? )?({NUMBER})", _between),
    (rf"(?:from|between) ({NUMBER})(?: (?:to|and|until|till|-) | ?[-–] ?)({NUMBER})(?: ?s)?(?![\w%:.x])", _between),
    (rf"(?:so (?:that )?)?(?:(?:it|the (?:video|clip)) )?(?:start|begin)(?:s|ing|ning)?(?: (?:it|this|the (?:video|clip|film|movie|whole thing)|my video))? (?:at|from|on) ({_T}),? (?:and |then |& )*(?:end|stop|finish)(?:s|ing|es|ping)?(?: (?:it|this|the (?:video|clip|film|movie|whole thing)|my video))? (?:at|on|by) ({_T})",
     _between),
    (rf"从?第?({_T})开始[，,]?到?第?({_T})(?:结束|为止|停)", _between),
    (rf"(?:from )?({_T}) (?:to|until|till|through) (?:the )?(?:very )?{_FINISH}",
     lambda t: Span(Point(0.0, milliseconds(t)), END)),
    (rf"[从在]?第?({_LOOSE})(?:处|开始)?(?:到|至|-|–|—|~|～)第?({_T})(?:处|之间|的?时候|这段)?", _between),
    (rf"从?第?({_T})(?:处|开始)?(?:到|至)(?:最后|结尾|末尾|结束)",
     lambda t: Span(Point(0.0, milliseconds(t)), END)),
    (rf"从?(?:开头|开始|头)(?:到|至)第?({_T})", lambda t: Span(START, Point(0.0, milliseconds(t)))),
    # The first and the last of it
    (rf"{_IN}(?:first|opening|initial) ({_D})(?! (?:clip|video))", _first),
    (rf"{_IN}(?:last|final|ending|closing) ({_D})(?! (?:clip|video))", _last),
    (rf"{_IN}first and (?:the )?last ({_D})", lambda d: (_first(d), _last(d))),
    (rf"{_IN}middle ({DURATION})|({DURATION}) (?:from|out of|in|of) the (?:very )?middle|中间的?({DURATION})(?![到至])", lambda d: _around(_count(d))),
    (rf"{_IN}(first|last) ({_D}) (?:and|&) (?:the )?(?:last|first|final) ({_D}|{NUMBER})(?! (?:clip|part|title))",
     lambda w, a, b: (_first(a), _last(b)) if w.lower() == "first" else (_last(a), _first(b))),
    (rf"({_T}|(?!one\b){NUMBER}) (?:from|off|at|of)(?: of)? (?:the |its )?(?:very )?{_BEGIN}(?! and (?:the )?(?:second|third|last|clip))", _first),
    (rf"({_T}|(?!one\b){NUMBER}) (?:from|off|at|of)(?: of)? (?:the |its )?(?:very )?{_FINISH}", _last),
    (rf"({DURATION}) (?:from|off|at)(?: of)? (?:both ends|each end|either end|(?:the )?{_BEGIN} and (?:the )?{_FINISH})",
     lambda d: (_first(d), _last(d))),
    (rf"(?:the )?(?:{_BEGIN}|{_FINISH}) ({DURATION})", _first),
    (rf"(?:最?前面?的?|开头的?|最开始的?|起初的?|片头的?|头)({_D})钟?", _first),
    (rf"(?:最后面?的?|后面?的?|结尾的?|末尾的?|片尾的?|尾部的?)({_D})钟?", _last),
    # Parts of it
    (rf"{_IN}({ORDINAL}|middle|front|back|other) (half|third|quarter)(?: of)?", _share),
    (r"the middle (?:part|piece|section|bit|one|clip)|中间(?:的)?(?:那|这|一)一?[段个部]分?", lambda: Span(clip=MIDDLE)),
    (r"(前|后|上|下)(半)(?:段|部分|截|程|个?视频|片)?", _share),
    (r"(前|后|最后|最前|中间的?|第[一二三四])(?:的)?(二分之一|三分之一|四分之一)", _share),
    (rf"(?:an? |one |the )?(half|third|quarter) (?:off|from)(?: of)? (?:the |its )?(?:very )?({_BEGIN}|{_FINISH})",
     lambda share, edge: _share("first" if re.fullmatch(_BEGIN, edge, re.IGNORECASE) else "last", share)),
    # After and before
    (rf"(?:after|from|past|beyond|since|starting (?:at|from)|(?:start|begin)(?:s|ing)? (?:(?:it|this|the (?:video|clip|film|movie)|my video) )?(?:at|from)) (?:the )?(?:first )?({_T})(?: mark| point)?(?: on(?:wards?)?| forward)?",
     lambda t: Span(Point(0.0, milliseconds(t)), END)),
    (rf"({_T}) (?:onwards?|and (?:after|later|beyond|on))",
     lambda t: Span(Point(0.0, milliseconds(t)), END)),
    (rf"(?:before|until|till|up to|prior to|til|ends? (?:it )?at|stop(?:s|ping)? at|(?<=end )(?:the |this |my |it )?(?:video |clip )?at) (?:the )?({_T})(?: mark| point)?",
     lambda t: Span(START, Point(0.0, milliseconds(t)))),
    (rf"从?第?({_T})(?:之后|以后|往后|后|开始|起)(?:的)?", lambda t: Span(Point(0.0, milliseconds(t)), END)),
    (rf"第?({_T})(?:之前|以前|前)(?:的)?", lambda t: Span(START, Point(0.0, milliseconds(t)))),
    # A point, a length, a goal
    (rf"(?:at|@|around|in at|on) (?:the )?({_T})(?: mark| point)?|({_T}) (?:mark|point|in\b)",
     lambda *t: Moment(Point(0.0, milliseconds(next(filter(None, t)))))),
    (r"在?第(\d+|[一二两三四五六七八九十]+)秒(?:的时候|时|的地方|那里|那一?秒)?|(?:(?:at|in|on) )?(?:the )?second (\d+)(?![\d:.]|st|nd| ?(?:s|sec|m|%|x)\b)",
     lambda *t: Moment(Point(0.0, round(1000 * number(next(filter(None, t))))), second=True)),
    (rf"(?:(?:at|in|on|for) )?the (?!first|last|final|opening)({ORDINAL}) second(?! (?:clip|part|half|one))", lambda n: Moment(Point(0.0, 1000 * ordinal(n)), second=True)),
    (rf"在?第({DURATION})(?:处|的时候|时|的地方|那里)?|在?({_T})(?:处|的时候|时|的地方|位置|那一?帧)",
     lambda *t: Moment(Point(0.0, milliseconds(next(filter(None, t)))))),
    (rf"在第?({_T})(?!以?内|之内|左右|上下|里|长|开始|之?后|以后|之?前|以前|[到至\-~～]|那里|起)", lambda t: Moment(Point(0.0, milliseconds(t)))),
    (rf"({CLOCK})", lambda t: Moment(Point(0.0, milliseconds(t)))),
    (rf"(?:in(?:to)? )({DURATION})(?:[- ]long)? (?:pieces|parts|clips|chunks|segments|bits|sections|slices)|(?:in(?:to)? )?(?:pieces|parts|clips|chunks|segments|bits|sections) of ({DURATION})(?: each)?|every ({DURATION}|second|minute)|每隔?({DURATION})",
     lambda *t: Every(_count(next(filter(None, t))))),
    (rf"(?:down |back )?(?:to|into|fit(?:s|ting)?(?: (?:in|into))?|under|below|within|(?:up|add up) to) (?:exactly |about |just |around |only |be |a total of |a length of )?({_T})(?: long| in length| total)?",
     lambda t: Target(milliseconds(t))),
    (rf"(?:(?:in|for) )?({_T}) (?:total|in total|altogether|overall|all in all)", lambda t: Target(milliseconds(t))),
    (rf"(?:shorter|less|under|no longer|no more|not longer|not more) than ({_T})", lambda t: Target(milliseconds(t))),
    (r"(?:halve (?:the|its) (?:length|duration))|(?:to |in)?half (?:as long|(?:of )?(?:the|its) (?:length|duration))|[成到]一半(?:长|时长)?(?!音|声)", lambda: Target(share=0.5)),
    (rf"(?:(?<=make )(?:it |this |me )?(?:in(?:to)? )?|(?:into |in to ))an? ({DURATION})(?: long)?(?= (?:version|cut|edit|short|reel|clip|video|movie|film|slideshow|ad))",
     lambda t: Target(milliseconds(t))),
    (rf"(?:总共|一共|总计|合计|加起来|总时长|总长)(?:是|为|要|大概|大约|约|放)*({DURATION})", lambda t: Target(milliseconds(t))),
    (rf"(?:到|至|成|为|压到)(?:大约|大概)?({_T})(?:长|以内|之内|左右)?|({DURATION})(?:以内|之内)",
     lambda *t: Target(milliseconds(next(filter(None, t))))),
    (rf"(?:each|both) (?:for |over |lasting |of )?({DURATION})|(?<![\u4e00-\u9fff])各(?:自|是|为)?({DURATION})", lambda t: Each(milliseconds(t))),
    (rf"(?:an? |one )({DURATION})(?: long)? (?:cut|edit|version)\b|(?<=just )(?:an? |one )?({DURATION}) (?:long )?(?:cut|edit|version)\b", lambda t: Target(milliseconds(t))),
    (rf"(?:(?:for|lasting|lasts?|over|with|of|by|each|in) )?(?:about |around )?({DURATION})(?: long| in length)?",
     lambda t: Length(milliseconds(t))),
    (rf"(?:(?:for|with|at) )?({DURATION}) (?:each|apiece|(?:per|a|for each|for every) (?:photo|image|picture|pic|slide|frame|one|clip))|(?:each|every) (?:photo|image|picture|pic|slide|one) (?:for |lasts? |shown for )?({DURATION})|(?:每一?[张个段幅]|一[张幅])(?:图片?|照片|相片)?(?:都|各|要|只|大概|大约|约)*(?:显示|持续|停留?|放|播放?|展示|出现|看|留)?({DURATION})",
     lambda t: Each(milliseconds(t))),
    (rf"(?:持续|时长|显示)?(?:大约|大概)?({DURATION})(?:长)?", lambda t: Length(milliseconds(t))),
    # Edges
    (rf"(?:at|in|on|from|to|near|with|of|for) (?:the )?(?:very )?{_BEGIN}(?! (?:at|from))|at first|最?开头|开始(?:的?(?:部分|地方|时候)|处)|片头|最前面?|一开始|最开始",
     lambda: Edge("start")),
    (rf"(?:at|in|on|from|to|near|with|of|for) (?:the )?(?:very )?{_FINISH}(?! at)|结尾|最后一[帧幕]|(?<=[到在于])最后面?(?![一两二三四五六七八九十\d])|结束(?:的?(?:部分|地方|时候)|处|时)|片尾|末尾|最后面|最后(?![一两二三]|\d)(?=[^，。,.]{{0,4}}[渐淡加放显移写打])",
     lambda: Edge("end")),
    (r"(?:the|my) (?:very )?(?:start|beginning|opening|intro)(?! (?:is|was|drags?|feels?|looks?|seems?|sounds?|takes?|goes|comes?|lasts?|at|of the (?:second|third|last)|title|text|card|music|song))", lambda: Edge("start")),
    (r"(?:the|my) (?:very )?(?:end|ending|outro)(?! (?:is|was|drags?|feels?|looks?|seems?|sounds?|takes?|goes|comes?|lasts?|at|of the (?:second|third|last)|title|text|card|music|song|credits|screen))", lambda: Edge("end")),
    (r"(?:at|in|on) (?:the )?(?:very )?both ends|首尾|头尾|两端",
     lambda: (Edge("start"), Edge("end"))),
    (r"(?:in|at|from) (?:the )?(?:very )?middle(?! of the (?:screen|frame|picture))|halfway(?: through| point)?|(?:at )?the halfway point|中间(?:位置|处|部分)?",
     lambda: Edge("middle")),
    # Clips
    (rf"(?:(?:of|from|off|in|on|at|for) )?(?:each|every)(?: single)? {_THINGS}(?! (?:for|lasts?|shown) )|每(?:一)?[个段条](?:{_HAN_THINGS})?(?:的)?(?!之?[间中])",
     lambda: Span(clip=0)),
    (rf"(?:between )?(?:the )?(?:{_THINGS}|photos?) (?:no\.? ?|number |#)?({_COUNT}|{NUMBER}) ?(?:and|&|,|with|to) ?(?:{_THINGS} )?(?:no\.? ?|number |#)?({_COUNT}|{NUMBER})(?![\w:%.]|st|nd| ?(?:%|percent|secs?\b|seconds?\b|s\b|mins?\b|x\b|db\b|times\b|degrees\b|as\b))", _clips),
    (rf"(?:between )?(?:the )?({ORDINAL}) (?:{_THINGS} )?(?:and|&) (?:the )?({ORDINAL}) (?:{_THINGS}|ones?)(?! of)", _clips),
    (rf"(?:the )?(first|last) ({_COUNT}|{NUMBER}) {_THINGS}(?! of)", _several),
    (r"(?<=swap )(?:the )?(first|last) (two)(?: ones)?", _several),
    (rf"最?(后)({_COUNT})[个段条张](?:{_HAN_THINGS})?(?!字幕|标题|文字)", _several),
    (rf"第({_COUNT})[个段条张]?(?:{_HAN_THINGS})?(?:和|跟|与|、|到)第?({_COUNT})[个段条张](?:{_HAN_THINGS})?(?:之间|中间)?(?!字幕|标题|文字)", _clips),
    (rf"(前|后)({_COUNT})[个段条张](?:{_HAN_THINGS})?(?!字幕|标题|文字)", _several),
    (r"(前|后)(?:面|头|边)?(?:的)?(?:那|这|一)(?:一)?[个段条截块](?:视频|片段|部分)?",
     lambda which: Span(clip=1 if which == "前" else -1)),
    (rf"(?:the )?({ORDINAL}) (?:{_THINGS}|one(?! (?:second|minute)))(?! of)", _clip),
    (rf"(?:clip|scene|shot|segment|part|section|photo|image|picture|slide|video)s? (?:no\.? ?|number |#)?({_COUNT}|{NUMBER})(?![\w:%.]|st|nd)", _clip),
    (rf"第({_COUNT})(?:[个段条张块]|(?={_HAN_THINGS}))(?:{_HAN_THINGS})?(?!字幕|标题|文字)", _clip),
    (r"(?:片段|视频|镜头|素材|照片|图片?)([\d一二三四五六七八九]{1,2})(?![\d:：.%a-z倍秒分帧个张段次遍比度兆十百]|分钟)", _clip),
    (rf"倒数第?({_COUNT})[个段条张块](?:{_HAN_THINGS})?(?!字幕|标题|文字)", lambda n: Span(clip=-ordinal(n))),
    (rf"(最后一)[个段条张块](?:{_HAN_THINGS})?(?!字幕|标题|文字)", _clip),
)  # fmt: skip
# Latin letters are a word until a blank; Chinese after them begins another: vlog开头
_EDGED = r"(?:(?<![a-z0-9.])|(?=[\u4e00-\u9fff]))"
_ENDS = r"(?:(?<=[\u4e00-\u9fff])|(?![a-z0-9]))"
_COMPILED = tuple(
    (re.compile(rf"{_EDGED}(?:{pattern}){_ENDS}", re.IGNORECASE), make) for pattern, make in _RULES
)


def time_at(text: str, at: int) -> tuple[int, Time | tuple[Time, ...]] | None:
    """Read the longest time that begins at a place: where it ends, and what it means.

    >>> time_at("first ten seconds", 0)
    (17, Span(start=Point(share=0.0, ms=0), end=Point(share=0.0, ms=10000), clip=None))
    >>> time_at("到30秒", 0)
    (4, Target(ms=30000, share=0.0))
    """
    best: tuple[int, Time | tuple[Time, ...]] | None = None
    for pattern, make in _COMPILED:
        match = pattern.match(text, at)
        if match and match.end() > (best[0] if best else at):
            groups = [g for g in match.groups() if g is not None] if pattern.groups else []
            best = match.end(), make(*groups)
    return best
