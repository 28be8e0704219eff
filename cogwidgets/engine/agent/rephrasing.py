"""Rephrasing: English that is said in several ways, written in the one that the lexicon knows.

"Turn the music off" becomes "turn off the music", "the 15 second mark" 15 seconds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.numerals import CLOCK, DURATION, NUMBER, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.hanzi import Twin

__all__ = ["rephrased"]

_T = rf"(?:{CLOCK}|{DURATION})"
_REWRITTEN: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # "one and a half seconds" -> "1.5 seconds", "half speed" alike
    (
        re.compile(rf"\b({NUMBER}) and a half\b", re.IGNORECASE),
        lambda m: f"{number(m[1]) + 0.5:g}",
    ),
    # "the 15 second mark", "minute mark" -> "15 second", "1 minute"
    (
        re.compile(rf"\b(?:the )?({_T})[ -](?:mark|point|time ?(?:stamp|code))\b", re.IGNORECASE),
        r"\1",
    ),
    (re.compile(r"\bthe (minute|second) mark\b", re.IGNORECASE), r"1 \1"),
    # "at second 15" -> "at 15 seconds"
    (
        re.compile(
            rf"\b(at|from|to|until|till|after|before|past|around) (second|sec|minute)s? ({NUMBER})"
            r"(?![\w.:]| ?(?:to|and|until|till|through|-)\b)",
            re.IGNORECASE,
        ),
        r"\1 \3 \2s",
    ),
    # "make it last 5 seconds" -> "for 5 seconds", which are not the last ones
    (
        re.compile(
            r"\b((?:make|let|have|want|each|every)"
            r"(?: (?!the |only|just|my |its )[\w']+| (?:the|my|its) \w+){1,4}?|it|they)"
            rf"(?: to| should| must| shall| will| can)* lasts?(?: for)? (?={DURATION})",
            re.IGNORECASE,
        ),
        r"\1 for ",
    ),
    # "turn the music off" -> "turn off the music"
    (
        re.compile(
            r"\b(turn|slow|speed|quiet|take|cut|leave|switch|shut|filter|strip|pull|get|edit|wipe|rip|clean|clear|put|"
            r"bring|add|give)\s+((?:(?!and\b|then\b|but\b|\d)[\w'-]+\s+){1,5}?)"
            r"(?<!upside )(off|out|away|down|up|back)\b",
            re.IGNORECASE,
        ),
        r"\1 \3 \2",
    ),
    # "brightness +20" -> "increase brightness by 20%"
    (
        re.compile(
            r"\b(brightness|contrast|saturation|warmth|sharpness)\s*[:=]?\s*"
            r"(?:\+|plus |up (?:by )?)\s?(\d+)(?![\d.]| ?(?:%|db|s\b|sec))%?",
            re.IGNORECASE,
        ),
        r"increase \1 by \2%",
    ),
    (
        re.compile(
            r"\b(brightness|contrast|saturation|warmth|sharpness)\s*[:=]?\s*"
            r"(?:[-\u2212]|minus |down (?:by )?)\s?(\d+)(?![\d.]| ?(?:%|db|s\b|sec))%?",
            re.IGNORECASE,
        ),
        r"decrease \1 by \2%",
    ),
    # "fade to white at the end, in from black"
    (
        re.compile(
            r"(?<!fade )(?<!fades )(?<!fading )(?<!zoom )\b(in from|out to) (black|white)\b",
            re.IGNORECASE,
        ),
        r"fade \1 \2",
    ),
    # "clean the sound of any music" -> "remove any music"
    (
        re.compile(
            r"\b(?:clean|clear|rid|strip) [^,.;]{1,30}? of"
            r"(?= (?:any |all |the )?(?:background )?(?:music|songs?|bgm)\b)",
            re.IGNORECASE,
        ),
        "remove",
    ),
    (re.compile(r"\bleave (.{1,30}?) alone\b", re.IGNORECASE), r"keep \1"),
    (re.compile(r"\b(music|song|bgm)[- ](?:free|less)\b", re.IGNORECASE), r"without \1"),
)


def rephrased(twin: Twin) -> Twin:
    """Write a message's turns of phrase in the one way that is known; what was said stays beside.

    >>> from cogwidgets.engine.agent.hanzi import Twin
    >>> rephrased(Twin.of("turn the music off at the 1:20 mark")).read
    'turn off the music at 1:20'
    """
    for pattern, replacement in _REWRITTEN:
        twin = twin.sub(pattern, lambda m, _, new=replacement: _written(m, new))  # type: ignore[misc]
    return twin


def _written(match: re.Match[str], new: str | Callable[[re.Match[str]], str]) -> str:
    return match.expand(new) if isinstance(new, str) else new(match)
