"""Rephrasing: English that is said in several ways, written in the one that the lexicon knows.

"Turn the music off" becomes "turn off the music", "the 15 second mark" 15 seconds.
"""

# ruff: noqa: E501 - a pattern a line

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.numerals import CLOCK, DURATION, NUMBER, number
from cogwidgets.engine.agent.sayings import plain_english

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.hanzi import Twin

__all__ = ["rephrased"]

_T = rf"(?:{CLOCK}|{DURATION})"
_CLIP = r"(?:the )?(clip \d+|clip (?:one|two|three)|(?:first|second|third|last) (?:clip|video))"
_PARTS = {"2": "half", "3": "third", "4": "quarter", "5": "fifth"}
_WHOLE = re.compile(
    r"^(?:make|let|have|want) (?:it|this|the (?:video|clip|film|whole thing))$", re.IGNORECASE
)
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
        lambda m: f"{m[1]} {'to' if _WHOLE.search(m[1]) else 'for'} ",
    ),
    # "minus 12 dB" -> "-12 dB"
    (re.compile(r"\bminus (?=\d)", re.IGNORECASE), "-"),
    (re.compile(r"\bplus (?=\d+(?:\.\d+)? ?(?:db|%|percent))", re.IGNORECASE), "+"),
    # "start with clip 2", "have clip 2 come first" -> "put clip 2 first"
    (
        re.compile(
            rf"\b(?:start|begin|open)(?:s|ing)? (?:it |the video |off )?with {_CLIP}", re.IGNORECASE
        ),
        r"put \1 first",
    ),
    (
        re.compile(
            rf"\b(?:end|finish|close)(?:s|ing)? (?:it |the video )?with {_CLIP}", re.IGNORECASE
        ),
        r"put \1 last",
    ),
    (
        re.compile(
            rf"\b(?:have|let|make) {_CLIP} (?:come|go|play|be) (?=first|last|before|after)",
            re.IGNORECASE,
        ),
        r"put \1 ",
    ),
    (
        re.compile(
            "\\b(?:start|begin|open)(?:s|ing)? (?:it |the video |off )?with (?:the )?([\U00100000-\U0010ffff]|\\s[\U00100000-\U0010ffff])",
            re.IGNORECASE,
        ),
        r"add \1 at the start",
    ),
    # "everything after the first clip" -> "everything except the first clip"
    (
        re.compile(
            r"\b(?:everything|all|anything|the rest)(?: that comes)? (?:after (?:the )?(first clip|clip 1|clip one)|before (?:the )?(last clip))\b",
            re.IGNORECASE,
        ),
        lambda m: f"everything except the {m[1] or m[2]}",
    ),
    # "the first 15 and the last 15 seconds" -> "the first 15 seconds and the last 15 seconds"
    (
        re.compile(
            rf"\b(first|last) ({NUMBER}) (?=(?:and|&) (?:the )?(?:last|first) {NUMBER} (s|secs?|seconds?|mins?|minutes?)\b)",
            re.IGNORECASE,
        ),
        r"\1 \2 \3 ",
    ),
    # "calm in the first half, energetic in the second" -> "in the second half"
    (
        re.compile(
            r"(\bfirst half\b.{0,60}?\b(?:in|for|during|to|on) the (?:second|other|last))(?=\W*$|[,.])",
            re.IGNORECASE,
        ),
        r"\1 half",
    ),
    # "quieter than my voice" -> "quieter"
    (
        re.compile(
            r"\b(quieter|softer|lower|louder) than (?:(?:my|the|his|her|our) )?(?:voices?|speech|talking|speakers?|vocals)\b",
            re.IGNORECASE,
        ),
        r"\1",
    ),
    # "fade the sound in over 2 s and out over the last 4 s" -> each a fade of the sound
    (
        re.compile(
            rf"\bfad(?:e|ing) ((?:(?:the|my|all) )?(?!in\b|out\b)\w+ )?in ((?:(?:over|for|in|during) )?(?:the first )?{DURATION})"
            r",? (?:and |& |then )+(?:fade )?out (?=\w)",
            re.IGNORECASE,
        ),
        lambda m: f"fade in {m[1] or ''}{m[2]} and fade out {m[1] or ''}",
    ),
    # "out over the last 4" -> "the last 4 seconds"
    (
        re.compile(
            rf"\b(over|for|in|during|and) the (first|last|final) ({NUMBER})(?=\W*$|[,.;]| (?:louder|quieter|slower|faster|brighter|darker|muted|silent|blurred)\b)",
            re.IGNORECASE,
        ),
        r"\1 the \2 \3 seconds",
    ),
    # "start song.mp3 at 5 seconds" -> "add song.mp3 at 5 seconds"
    (
        re.compile(
            "\\b(?:start|begin) (\\s?[\U00100000-\U0010ffff]|my song|my track) +(?=at|from)",
            re.IGNORECASE,
        ),
        r"add \1 ",
    ),
    # "music under it all" -> "under everything"
    (
        re.compile(r"\bunder(?:neath)? (?:it all|all of it|all this)\b", re.IGNORECASE),
        "under everything",
    ),
    # "full volume" -> "100% volume"
    (re.compile(r"\b(?:full|max(?:imum)?) (?=volume|loudness)", re.IGNORECASE), "100% "),
    # "1/3" -> "third"
    (re.compile(r"(?<![\w/.])1/([2-5])(?![\w/])"), lambda m: _PARTS[m[1]]),
    # "start it a bit later, at 0:06" -> "start it at 0:06"
    (
        re.compile(
            r"\b((?:start|begin)(?:s|ing)?(?: it| this| the (?:video|clip))?)(?: (?:a (?:bit|little)|slightly))?"
            r" (?:later|earlier),? (?:(?:say|like|so|maybe),? )?(?=(?:at|from)\b)",
            re.IGNORECASE,
        ),
        r"\1 ",
    ),
    # "the first five of the second" -> "the first five seconds of the second clip"
    (
        re.compile(
            rf"\b(first|last) ({NUMBER})( seconds?| secs?)? of the (first|second|third|fourth|fifth|last)(?= *$|[,.;]| and\b)",
            re.IGNORECASE,
        ),
        r"\1 \2 seconds of the \4 clip",
    ),
    # "come up from black", "end in black", "dip to white at 0:20" -> "fade …"
    (
        re.compile(
            r"\b(?:com(?:e|es|ing)|emerg(?:e|es|ing)|appear(?:s|ing)?|starts?|rises?)(?: up| in| out)? from (black|white)\b",
            re.IGNORECASE,
        ),
        r"fade in from \1",
    ),
    (
        re.compile(
            r"\b(?:(?:end|finish|close)(?:s|ing)? (?:in|on|with|to)|go(?:es|ing)? to) (?:a )?(black|white)\b(?! (?:and|bar|screen))",
            re.IGNORECASE,
        ),
        r"fade out to \1",
    ),
    (
        re.compile(
            rf"\bdips? (?:down )?to (black|white) (?=(?:at|around) (?:the )?{_T})", re.IGNORECASE
        ),
        r"fade to \1 ",
    ),
    # "my voice is too quiet, everything else is too loud": what there is else
    (
        re.compile(
            r"\b(voice|speech|talking|vocals?)\b([^.;]{1,60}?)\b(?:everything|all) else\b",
            re.IGNORECASE,
        ),
        r"\1\2the background music",
    ),
    # "everything quieter but the last 3 seconds"
    (
        re.compile(
            r"\b(everything|all)\b([^,.;]{1,30}?),? but (?=(?:for )?the (?:first|last)\b)",
            re.IGNORECASE,
        ),
        r"\1\2 except ",
    ),
    # "in reverse order, the city one first", which says the same twice
    (
        re.compile(
            r"\b(reverse order|opposite order)\W+(?:so |with |the )*(?:(?:clip|video) )?\S+\s+"
            r"(?:clip |one |video )?(?:comes |goes |is )?first\b",
            re.IGNORECASE,
        ),
        r"\1",
    ),
    # "background music, not too loud" -> "add background music, not too loud"
    (
        re.compile(
            r"^\W*((?:(?:some|a bit of|a little|soft|quiet|nice|calm|happy) )*background music)"
            r"(?=\W*(?:$|,|but|not|at \d))",
            re.IGNORECASE,
        ),
        r"add \1",
    ),
    # "fade everything in and out" -> "fade in and out everything"
    (
        re.compile(
            r"\b(fad(?:e|es|ed|ing))\s+((?:(?!and\b|in\b|out\b)[\w']+\s+){1,4}?)(in (?:and|&) out)\b",
            re.IGNORECASE,
        ),
        r"\1 \3 \2",
    ),
    # "move it so that it comes before clip 1" -> "move it before clip 1"
    (
        re.compile(
            r"\bso (?:that )?(?:it|they)(?:'s| is| are| comes?| goes| plays?| appears?| ends? up)?"
            r"(?= (?:before|after|first|last|at the (?:start|end|beginning)|in front of)\b)",
            re.IGNORECASE,
        ),
        "",
    ),
    # "halve the length by chopping off the second half" -> "chopping off the second half"
    (
        re.compile(
            r"\b(?:shorten|make|cut|halve|reduce)\b[^,.;\d]{1,30} by "
            r"(?=(?:chopping|cutting|trimming|removing|deleting|dropping|taking)\b)",
            re.IGNORECASE,
        ),
        "",
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
    # "add calm music, quietly"
    (
        re.compile(
            r"(\b(?:add|put|lay|play)\b[^.;]*\b(?:music|song|track|bgm)\b[^.;,]*),\s*"
            r"((?:but |and )?(?:quietly|softly|faintly)\b)",
            re.IGNORECASE,
        ),
        r"\1 \2",
    ),
    # "only the first 5 seconds, keep the rest in colour"
    (
        re.compile(
            r"(\b(?:only|just)\b[^.!?]*?)[,;]? *(?:and |but )?(?:(?:keep|leave|let) )?(?:the )?"
            r"(?:rest|remainder|everything else)(?: stays?| should (?:stay|be)| is| can stay)? "
            r"(?:in (?:full |normal |the )?colou?r|as (?:it )?(?:is|was)|unchanged|untouched|"
            r"normal|the same|alone|at normal speed)(?=\W*$)",
            re.IGNORECASE,
        ),
        r"\1",
    ),
    # "bring back what you cut" -> "bring back the part"
    (
        re.compile(
            r"\b(?:bring|put|give|get|add|restore) ?(?:back )?(?:me )?(?:back )?"
            r"(?:the |that |those )?"
            r"(?:part|bit|piece|section|clip|scene|seconds|stuff|what|everything)s?"
            r"(?: that| which)?(?: (?:you|i|we|was|were|got|had|have|'ve|just))* ?"
            r"(?:cut|removed|deleted|trimmed)"
            r"(?: (?:out|off|away|before|earlier))?(?: back)?\b",
            re.IGNORECASE,
        ),
        "bring back the part",
    ),
    (re.compile(r"\bleave (.{1,30}?) alone\b", re.IGNORECASE), r"keep \1"),
    (re.compile(r"\b(music|song|bgm)[- ](?:free|less)\b", re.IGNORECASE), r"without \1"),
)


# Numbers that a list's last unit is said for: "at 10, 20 and 30 seconds"
_N = r"\d+(?:\.\d+)?"
_LIST = r"(?:\s*,\s*(?:and |& )?|\s+(?:and|&|or)\s+)"
_COUNTED = re.compile(
    rf"(?<![\w.:%#-])(?:{_N}{_LIST})+{_N}(?=[ -]?(s|secs?|seconds?|mins?|minutes?)\b)",
    re.IGNORECASE,
)
# Bare ranges, which are seconds: "cut out 10-12, 20-22 and 30-32"
_RANGE = re.compile(rf"({_N})\s?[-\u2013]\s?({_N})")
_RANGES = re.compile(
    rf"(?<![\w.:%#/-]){_RANGE.pattern}(?:{_LIST}{_RANGE.pattern})*(?![\w:%/-]|\.\d|\s?(?:%|s\b|sec|min|x\b|p\b|fps|mb|db|percent|degrees|times))",
    re.IGNORECASE,
)
# "begin at 7 and stop at 48"
_AT = re.compile(
    rf"\b(?:(?:start|begin|end|stop|split|finish)(?:s|ing|ning|ping|ting)?(?: (?:it|this|the (?:video|clip)))? at|"
    rf"until|till) {_N}(?![\w:%/-]|\.\d|[ -]?(?:%|s\b|secs?\b|seconds?\b|min|percent|x\b)|{_LIST}\d)",
    re.IGNORECASE,
)


def _in_seconds(match: re.Match[str]) -> str:
    rising = float(match[1]) < float(match[2])  # "16-9" is a shape
    return f"{match[1]}s-{match[2]}s" if rising else match[0]


def _with_unit(match: re.Match[str]) -> str:
    found = match[0]
    for one in list(re.finditer(_N, found))[-2::-1]:  # the last has it
        found = f"{found[: one.end()]} {match[1]}{found[one.end() :]}"
    return found


def rephrased(twin: Twin) -> Twin:
    """Write a message's turns of phrase in the one way that is known; what was said stays beside.

    >>> from cogwidgets.engine.agent.hanzi import Twin
    >>> " ".join(rephrased(Twin.of("turn the music off at the 1:20 mark")).read.split())
    'turn off the music at 1:20'
    """
    twin = plain_english(twin)
    twin = twin.sub(_COUNTED, lambda m, _: _with_unit(m))
    twin = twin.sub(_RANGES, lambda m, _: _RANGE.sub(_in_seconds, m[0]))
    twin = twin.sub(_AT, lambda m, _: f"{m[0]} seconds")
    for pattern, replacement in _REWRITTEN:
        twin = twin.sub(pattern, lambda m, _, new=replacement: _written(m, new))  # type: ignore[misc]
    return twin


def _written(match: re.Match[str], new: str | Callable[[re.Match[str]], str]) -> str:
    return match.expand(new) if isinstance(new, str) else new(match)
