"""Numerals: numbers and lengths of time as people write them, English and Chinese, to values."""

# ruff: noqa: E501 - a pattern a line

from __future__ import annotations

import re

__all__ = ["CLOCK", "DURATION", "NUMBER", "ORDINAL", "milliseconds", "number", "ordinal"]

_SMALL = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
_VAGUE = {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4, "half": 0.5}
_HAN = {c: v for v, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "半": 0.5, "几": 3}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
        ],
        start=1,
    )
} | {"last": -1, "final": -1, "closing": -1, "ending": -1, "opening": 1}

_WORDS = "|".join(sorted([*_SMALL, *_TENS], key=len, reverse=True))
# 一点五, but not 快一点 and then a number
_HAN_NUMBER = (
    "(?:(?<=[放缩][大小])[一二两三四五六七八九十]+点[零一二三四五六七八九]+(?=倍)|(?<![快慢大小亮暗高低早晚多少长短近远轻响强弱淡深暖冷])[零一二两三四五六七八九十百]+点[零一二三四五六七八九]+|"
    "[零一二两三四五六七八九十百]+)"
)
NUMBER = rf"(?:\d+(?:[.,]\d+)?|(?:twenty|{'|'.join(_TENS)})[- ](?:{_WORDS})|{_WORDS}|{_HAN_NUMBER})"
_COUNTED = (  # words need a blank before the unit: "as" is no second
    rf"(?:\d+(?:[.,]\d+)?|(?:half(?: an?)?|(?:an? )?(?:couple|few)(?: of)?|several|{NUMBER}|an?)(?=[- ])|"
    rf"{_HAN_NUMBER}|半个?|好?几)"
)
_UNIT = r"(?:ms|milliseconds?|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|毫秒|小时|分钟|分|秒钟|秒)"
_END = r"(?:(?<=[\u4e00-\u9fff])|(?![a-z0-9]))"  # 10秒2倍速: Chinese ends before a figure
CLOCK = r"(?:\d{1,2}[:：])?\d{1,2}[:：]\d{2}(?:\.\d{1,3})?(?!\d|[:：]\d)"
_DECADE = r"[5-9]0s (?:vibes?|music|style|looks?|films?|songs?|movies?|feel|theme|tunes?|pop|rock)"
_LARGER = r"(?:hours?|hrs?|h|minutes?|mins?|m|小时|分钟|分)"  # what smaller units may follow
DURATION = (
    rf"(?!{_DECADE})(?:\d+m\d+s?{_END}|\d+分[0-5]?\d(?![\d.:秒分%倍])|"
    rf"{_COUNTED}[- ]?个?{_LARGER}(?:{_END}|(?=\d))(?: and a half|半)?(?:(?: and)? ?{NUMBER}[- ]?{_UNIT}{_END})+|"
    rf"{_COUNTED}[- ]?个?{_UNIT}{_END}(?: and a half|半)?)"
)
ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|\d+(?:st|nd|rd|th))"

_PART = re.compile(rf"({_COUNTED})[- ]?个?({_UNIT})(?: and a (half)|(半))?", re.IGNORECASE)
_SHORT = re.compile(r"(\d+)[m分](\d+)s?", re.IGNORECASE)
_MS = {"h": 3_600_000, "小": 3_600_000, "m": 60_000, "分": 60_000, "s": 1000, "秒": 1000, "毫": 1}


def number(text: str) -> float:
    """Read a number, in digits or words.

    >>> number("twenty-five"), number("十五"), number("a couple of"), number("一点五")
    (25.0, 15.0, 2.0, 1.5)
    """
    text = text.strip().lower().replace(",", ".")
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    whole, point, part = text.partition("点")
    if point and part and all(c in _HAN for c in part):
        return float(f"{_han(whole):.0f}." + "".join(f"{_HAN[c]:.0f}" for c in part))
    if text and all(c in _HAN or c in "百个好" for c in text):
        return _han(text.strip("个好"))
    known = _SMALL | _TENS | _VAGUE
    values = [known[word] for word in re.findall(r"[a-z]+", text) if word in known]
    if "half" in text:
        return 0.5
    return float(sum(values[1:] if len(values) > 1 and text.startswith("a ") else values))


def _han(text: str) -> float:
    hundreds, found, rest = text.rpartition("百")
    total = 100 * (_HAN.get(hundreds, 1) if found else 0)
    if "十" in rest:
        tens, _, ones = rest.partition("十")
        return float(total + 10 * _HAN.get(tens, 1) + _HAN.get(ones, 0))
    return float(total + sum(_HAN.get(c, 0) for c in rest))


def ordinal(text: str) -> int:
    """Read "second", "3rd", "last" or 三 as a place, from 1; the last is -1.

    >>> ordinal("second"), ordinal("3rd"), ordinal("last"), ordinal("三")
    (2, 3, -1, 3)
    """
    text = text.lower()
    digits = re.match(r"\d+", text)
    if digits:
        return int(digits[0])
    return _ORDINALS[text] if text in _ORDINALS else int(number(text))


def milliseconds(text: str) -> int:
    """Read a clock time or a duration; a bare number is seconds.

    >>> [milliseconds(t) for t in ("0:30", "1m20", "half a minute", "一分半", "1分20秒", "7")]
    [30000, 80000, 30000, 90000, 80000, 7000]
    """
    text = text.strip().lower()
    if re.fullmatch(CLOCK, text):
        total = 0.0
        for part in re.split("[:：]", text):
            total = 60 * total + float(part)
        return round(1000 * total)
    short = _SHORT.fullmatch(text)
    if short:
        return 60_000 * int(short[1]) + 1000 * int(short[2])
    parts = _PART.findall(text)
    if not parts:
        return round(1000 * number(text))
    return round(
        sum(
            _unit(unit) * (number(count) + bool(half or ban) / 2)
            for count, unit, half, ban in parts
        )
    )


def _unit(unit: str) -> int:
    return 1 if unit.startswith(("ms", "mil")) else _MS[unit[0]]
