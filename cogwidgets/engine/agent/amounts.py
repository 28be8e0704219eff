"""Amounts: how much, how often, how large, as people write it, to values with their kinds."""

# ruff: noqa: E501, RUF001 - a pattern a line; Chinese messages have Chinese punctuation

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cogwidgets.engine.agent.numerals import NUMBER, ORDINAL, number, ordinal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Amount", "Frame", "amount_at"]

Kind = Literal[
    "share",
    "db",
    "lufs",
    "factor",
    "count",
    "parts",
    "bytes",
    "degrees",
    "fps",
    "number",
    "nth",
    "points",
]


@dataclass(frozen=True)
class Amount:
    """A number with its kind; ``by`` tells "by 20 %" (True) from "to 20 %" (False)."""

    kind: Kind
    value: float
    by: bool | None = None


@dataclass(frozen=True)
class Frame:
    """A shape of the picture: its sides, or their ratio where ``exact`` is false."""

    width: int
    height: int
    exact: bool = False

    def and_then(self, later: Frame) -> Frame:
        """Give what two that are named come to: lines and a shape are one, of two shapes the last.

        >>> Frame(1280, 720, exact=True).and_then(Frame(9, 16))
        Frame(width=720, height=1280, exact=True)
        """
        if self.exact is later.exact:
            return later
        lines, shape = (self, later) if self.exact else (later, self)
        scale = min(lines.width, lines.height) / min(shape.width, shape.height)
        width, height = (2 * round(side * scale / 2) for side in (shape.width, shape.height))
        return Frame(width, height, exact=True)


_N = NUMBER
_BY = r"(?:(?P<by>by |to |at |-> ?|到|至|为|成)(?:about |around )?)?"
_LINES = {
    "4k": 2160,
    "2k": 1440,
    "full hd": 1080,
    "fullhd": 1080,
    "hd": 720,
    "uhd": 2160,
    "8k": 4320,
}
_RATIOS = "9:16|16:9|1:1|4:5|5:4|4:3|3:4|21:9|9:21|2:3|3:2|2:1|1:2"


_FRACTIONS = {
    "half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "sixth": 1 / 6, "eighth": 0.125,
    "tenth": 0.1, "一半": 0.5, "三分之一": 1 / 3, "四分之一": 0.25,
}  # fmt: skip


def _fraction(text: str) -> float:
    """Read "a fifth", "two thirds".

    >>> _fraction("fifth"), _fraction("three quarters")
    (0.2, 0.75)
    """
    *count, part = re.split("[- ]", text.lower())
    return (number(count[0]) if count else 1.0) * _FRACTIONS[part.rstrip("s")]


def _frame(lines: float) -> Frame:
    # 16:9 of so many lines; which side is the longer the canvas decides.
    return Frame(2 * round(lines * 8 / 9), round(lines), exact=True)


def _ratio(text: str) -> Frame:
    width, height = (int(float(side)) for side in re.split(r"[:：x×/比]", text.lower()))
    return Frame(width, height)


_RULES: tuple[tuple[str, Callable[..., Amount | Frame]], ...] = (
    (rf"(?:the )?({ORDINAL})(?= (?:title|text|caption|subtitle|transition|crossfade|dissolve|word|label|headline|heading))",
     lambda n: Amount("nth", ordinal(n))),
    (r"第([\d一二两三四五六七八九十]+)[个条行句段]?(?=标题|文字|字幕|转场|叠化)|(最后一)[个条行句](?=标题|文字|字幕|转场)",
     lambda n: Amount("nth", -1 if n.startswith("最") else ordinal(n))),
    (rf"{_BY}({_N}) ?(?:%|％|percent)", lambda n: Amount("share", number(n) / 100)),
    (rf"{_BY}百分之({_N})", lambda n: Amount("share", number(n) / 100)),
    (r"(?!百)([二三四五六七八九十]|\d{1,2})分之([一二三四五六七八九]|\d{1,2})",
     lambda n, m: Amount("share", number(m) / number(n))),
    (rf"{_BY}(?:a |one )?(half|quarter|third)(?! (?:an?|second|minute|speed|of(?! the (?:width|screen|frame|picture|height))))|{_BY}(一半|三分之一|四分之一)",
     lambda n: Amount("share", _FRACTIONS[n.lower()])),
    (rf"{_BY}(?:an? |one )?(fifth|sixth|eighth|tenth|(?:two|three|four)[- ](?:thirds|quarters|fifths|tenths))(?! (?:second|minute|clip|photo|one|video))",
     lambda n: Amount("share", _fraction(n))),
    (rf"{_BY}([-−+]? ?\d+(?:\.\d+)?) ?(?:db|decibels?|分贝)", lambda n: Amount("db", _signed(n))),
    (r"(?:loudness|lufs)(?: to| at| of|:)? ?([-−]\d+(?:\.\d+)?)", lambda n: Amount("lufs", _signed(n))),
    (rf"{_BY}([-−+]? ?\d+(?:\.\d+)?) ?lufs", lambda n: Amount("lufs", _signed(n))),
    (r"一倍(?!速)", lambda: Amount("factor", 2.0)),
    (rf"{_BY}({_N}) ?(?:x|×|倍速?|times (?:the )?(?:speed|faster|as fast|slower|normal speed|original speed))(?: (?:the )?(?:normal |original )?speed)?(?:播放)?",
     lambda n: Amount("factor", number(n))),
    (rf"{_BY}({_N})(?= (?:playback )?speed)|{_BY}(\d+(?:\.\d+)?)速", lambda n: Amount("factor", number(n))),
    (rf"{_BY}[x×*]({_N})", lambda n: Amount("factor", number(n))),
    (rf"{_BY}(?:twice|double)(?: (?:as (?:fast|big|large)|the (?:speed|size)|speed))?",
     lambda: Amount("factor", 2.0)),
    (r"(?:twice|two times|2x) (?:as slow|slower)", lambda: Amount("factor", 0.5)),
    (rf"{_BY}(?:triple)(?: (?:the )?speed)?", lambda: Amount("factor", 3.0)),
    (rf"{_BY}(?:(?:half|halve) (?:as fast|(?:the )?speed|of (?:the|its) speed)|halve|half(?= (?:the|its|as loud)))",
     lambda: Amount("factor", 0.5)),
    (rf"{_BY}(?:a |one )?(quarter|third) (?:of )?(?:the |its )?(?:normal |original )?speed", lambda n: Amount("factor", 0.25 if n.startswith("q") else 1 / 3)),
    (r"(?:the )?half[- ]speed|半速|减半", lambda: Amount("factor", 0.5)),
    (rf"({_N}) ?(?:times|次|遍)", lambda n: Amount("count", number(n))),
    (r"once(?: more| again)?|一遍|一次", lambda: Amount("count", 1.0)),
    (r"twice", lambda: Amount("count", 2.0)),
    (rf"(?:in|into) ({_N})(?! ?(?:x|speed|times|percent))(?: (?:equal|even))?(?: (?:parts?|pieces?|clips?|segments?|sections?|chunks?|bits?|slices?|scenes?))?(?![\w%.:]| ?(?:s|sec|min|m)\b)|(?:成|为)?({_N})(?:等?[份段]|个?部分|等分)",
     lambda n: Amount("parts", number(n))),
    (r"in(?:to)? half|in(?:to)? halves|两半|对半", lambda: Amount("parts", 2.0)),
    (r"(?:in(?:to)? )(?:thirds)", lambda: Amount("parts", 3.0)),
    (rf"{_BY}(\d+(?:\.\d+)?) ?(?:mb|mbs|megs?|megabytes?|mib|兆|m)", lambda n: Amount("bytes", float(n) * 1e6)),
    (r"(\d+(?:\.\d+)?) ?(?:kb|kilobytes?)", lambda n: Amount("bytes", float(n) * 1e3)),
    (r"(\d+(?:\.\d+)?) ?(?:gb|gigabytes?|gigs?)", lambda n: Amount("bytes", float(n) * 1e9)),
    (rf"({_N}) ?(?:px|pt|pixels?|points?|像素|号(?=字|大小))", lambda n: Amount("points", number(n))),
    (rf"{_BY}({_N}) ?(?:°|degrees?|deg|度)", lambda n: Amount("degrees", number(n))),
    (r"(?:by )?a quarter turn", lambda: Amount("degrees", 90.0)),
    (rf"{_BY}(\d+) ?(?:fps|frames (?:per|a) second|帧每秒|帧)", lambda n: Amount("fps", float(n))),
    (rf"{_BY}(\d{{3,4}})p", lambda n: _frame(float(n))),
    (rf"{_BY}({'|'.join(_LINES)})(?: resolution)?", lambda n: _frame(_LINES[n.lower()])),
    (r"(\d{3,4}) ?(?:x|×|by|\*) ?(\d{3,4})", lambda w, h: Frame(int(w), int(h), exact=True)),
    (rf"(?:(?:to|into|in|as) |成|为|到)?({_RATIOS}|\d{{1,2}} ?(?:x|×|比) ?\d{{1,2}}|{_RATIOS.replace(':', '：')})(?![\d:])",
     _ratio),
    (rf"{_BY}({_N})(?![:：.])", lambda n: Amount("number", number(n))),
)  # fmt: skip
_COMPILED = tuple(
    (
        re.compile(
            rf"(?:(?<![a-z0-9.:])|(?=[\u4e00-\u9fff]))(?:{re.sub('P<by>', f'P<by{i}>', p, count=1).replace('(?P<by>', '(?:')})"
            r"(?:(?<=[\u4e00-\u9fff])|(?![a-z0-9]))",
            re.IGNORECASE,
        ),
        make,
    )
    for i, (p, make) in enumerate(_RULES)
)


def _signed(text: str) -> float:
    return float(text.replace("−", "-").replace(" ", ""))


def amount_at(text: str, at: int) -> tuple[int, Amount | Frame] | None:
    """Read the longest amount that begins at a place: where it ends, and what it is.

    >>> amount_at("by 20%", 0)
    (6, Amount(kind='share', value=0.2, by=True))
    >>> amount_at("1.5倍速", 0), amount_at("9:16", 0)
    ((5, Amount(kind='factor', value=1.5, by=None)), (4, Frame(width=9, height=16, exact=False)))
    """
    best: tuple[int, Amount | Frame] | None = None
    for pattern, make in _COMPILED:
        match = pattern.match(text, at)
        if match is None or match.end() <= (best[0] if best else at):
            continue
        by = next((v for k, v in match.groupdict().items() if v), None)
        named = set(pattern.groupindex.values())
        groups = [
            g for i, g in enumerate(match.groups(), start=1) if g is not None and i not in named
        ]
        made = make(*groups)
        if isinstance(made, Amount) and by:
            made = Amount(made.kind, made.value, by=by.strip().lower() == "by")
        best = match.end(), made
    return best
