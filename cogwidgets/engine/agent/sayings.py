"""Sayings: English wishes that are said by what they are for, as the plain wish.

"The music is drowning me out" is that it is too loud, "play it three times in a row" a loop, "in a
small box" a picture in the picture.
"""

# ruff: noqa: E501 - a saying a line

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.numerals import CLOCK, DURATION, NUMBER

if TYPE_CHECKING:
    from cogwidgets.engine.agent.hanzi import Twin

__all__ = ["plain_english"]

_STILL = r"(?:photo|picture|pic|image|slide|shot)"
_SITES = r"(?:my |the )?(?:tik ?tok|insta(?:gram)?|youtube|reels|shorts|facebook)(?: (?:shorts|reels|stor(?:y|ies)))?"
_SAID: tuple[tuple[str, str], ...] = (
    (r"\b(?:(?:is|are|was|keeps?) )?(?:kind of |totally |really |completely )?drown(?:s|ing|ed) (?:me|my voice|us|him|her|them|everything|the \w+) out\b", "is too loud"),
    (r"\b(?:(?:is|are|was|keeps?) )?(?:kind of |totally |really |completely )?(?:drown|overpower|overwhelm|cover)(?:s|ing|ed)(?: up| out)? (?:me|my voice|us|him|her|them|everything|the (?:voice|talking|speech|speaker))\b", "is too loud"),
    # "play it three times in a row" -> "loop it three times"
    (rf"\bplay(?:s|ed|ing)? (it|this|that|the (?:clip|video|whole thing|thing)) ((?:{NUMBER}) times|twice|thrice)(?: (?:in a row|over|back to back|in succession))?\b", r"loop \1 \2"),
    (rf"\bplay ((?:the (?:first|last) (?:{DURATION}|half|part|clip)|{CLOCK} ?(?:-|to) ?{CLOCK})) ((?:{NUMBER}) times|twice|thrice)(?: (?:in a row|over))?\b", r"repeat \1 \2"),
    # "vertical with a white background"
    (r"(\b(?:vertical|portrait|landscape|horizontal|square|widescreen|\d{1,2}:\d{1,2})(?: \w+){0,3}?),? with (?:an? )?((?:white|black|red|blue|green|yellow|pink|gr[ae]y|purple|orange|brown) (?:background|bars|borders|sides))\b", r"\1, \2"),
    # "as a little window over the talk", "in a small box"
    (r"\b(?:as|in) an? (?:(?:little|small|tiny|mini) )*(?:window|box|inset|frame)(?= (?:over|on top of|in|at|on|above)\b|\W|$)(?! (?:of the|with))", "as picture in picture"),
    (r"\bon top of (?=(?:the |my )?[^,.;]{1,30} as picture in picture)", "over "),
    # "end the video with a fade"
    (r"\b(?:end|finish|close)(?:s|ing)? (?:it |this |the (?:video|clip|film) )?with (?:a |an )?((?:nice |slow |soft |gentle |long |short )?)fade\b(?![- ](?:out|in|to))", r"\1fade out at the end"),
    (r"\b(?:start|begin|open)(?:s|ing)? (?:it |this |the (?:video|clip|film) )?with (?:a |an )?((?:nice |slow |soft |gentle |long |short )?)fade\b(?![- ](?:out|in|to))", r"\1fade in at the start"),
    # "half as big" -> "half the size"
    (r"\bhalf as (?:big|large|wide|small)\b(?: as (?:that|it is|now))?", "half the size"),
    (r"\b(?:twice|double) as (?:big|large|wide)\b(?: as (?:that|it is|now))?", "twice the size"),
    # "each photo should stay 4 seconds" -> "4 seconds per photo"
    (rf"\b(?:each|every) {_STILL}(?: (?:should|must|needs? to|has to|to|can|shall|will))? (?:be )?(?:stays?|shown|shows?|lasts?|appears?|displayed|visible|up|on screen)(?: (?:on|up|on screen))? (?:for )?({DURATION})", r"\1 per photo"),
    # "I want to post this on tiktok"
    (rf"\b(?:i(?:'d| would)? (?:want|like|need|plan|am going|intend|hope)(?: to)?|i'm (?:going|planning) to|i'll|i am gonna|i'm gonna|we want to|want to) (?:post|upload|share|publish|put)(?: (?:it|this|that|the (?:video|clip)))?(?: up)? (?:on|to|onto) (?={_SITES}\b(?:\W*$|[,.;]))", "this is for "),
    # "turn my photos into a video" -> a slideshow
    (r"\b(?:turn|make|transform|convert) ((?:(?:all|of|my|the|these|those|our) )*(?:photos|pictures|pics|images))(?: i uploaded)? (?:in)?to an? (?:\w+ )?(?:video|film|movie|clip|reel)\b", r"make a slideshow of \1"),
    (r"\b(?:take|grab|pick) (?=(?:the )?[^,.;]{1,30}?\b(?:frame|second|shot)\b[^,.;]{0,20} as (?:the |a |my )?(?:thumbnail|cover))", "use "),
    # "make it go quieter whenever I'm talking" -> "duck the music …"
    (r"\b(?:make|have|let) (?:it|the (?:music|song|track))(?: to)? (?:go |get |be |become )?(?:quieter|softer|lower|down)(?: automatically)? (?=(?:when(?:ever)?|while|as soon as|every time) .{0,20}(?:talk|speak|voice|speech))", "duck the music "),
    # "the contrast was fine before" -> "undo the contrast"
    (r"^(\W*)the (contrast|brightness|saturation|warmth|sharpness|blur|vignette|volume|speed|crop|zoom|colou?rs?) (?:was|were|had been|looked) (?:just |totally |already )?(?:fine|good|ok(?:ay)?|better|right|perfect|great) (?:before|as (?:it|they) (?:was|were)|without (?:it|that)|already)\b", r"\1undo the \2"),
    # "out over 3" after "in over 2 seconds"
    (rf"({DURATION} (?:and|&|,) (?:fade )?(?:out|in) (?:over|for|in|during) {NUMBER})(?=\W*$|[,.;])", r"\1 seconds"),
    # "fade to black at the end" after a fade in
    (r"(\bfade in\b[^.;]{0,40} and )(?:then )?fade to (?=black|white)", r"\1fade out to "),
    # "the other corner, bottom left"
    (r"\b(?:in |to |into )?(?:the |an)other (?:corner|side|place|spot)(?:,| -| \u2013)? (?:i mean )?(?:at |in |on |to )?(?:the )?(?=(?:top|bottom|upper|lower|left|right)\b)", ""),
    # "keep only the left half of the picture"
    (r"\b(?:only |just )?(?:keep|show|leave)(?: me)?(?: only| just)? (the (?:left|right|top|bottom|upper|lower) (?:half|third|quarter|\d+ ?%)) of the (?:picture|image|frame|screen|shot)\b", r"crop to \1"),
    (r"\bbetween the first two(?: (?:clips?|videos?|photos?|ones|parts))?\b", "between clip 1 and clip 2"),
    (r"\bbetween the last two(?: (?:clips?|videos?|photos?|ones|parts))?\b", "between the last clip"),
)  # fmt: skip
_PIECE = "\\s*[\U00100000-\U0010ffff]"
_T = rf"(?:{CLOCK}|{DURATION})"
_CAPTIONED = re.compile(  # a list of texts, each with its time before it
    rf"^(?:\s*(?:ok|okay|sure|yes|so|then|here|they are|these)\b)*\W*"
    rf"(?={_T}\s*(?:-|\u2013|to)\s*{_T}\W*?{_PIECE}\W+(?:and )?{_T}\s*(?:-|\u2013|to)\s*{_T}\W*?{_PIECE})",
    re.IGNORECASE,
)
_UNPARTED = re.compile(  # '1s-3s "Hi" 3s-5s "there"'
    rf"(?<=[\U00100000-\U0010ffff])\s+(?={_T}\s*(?:-|\u2013|to)\s*{_T}\W*?{_PIECE})", re.IGNORECASE
)
_RULES = tuple((re.compile(said, re.IGNORECASE), means) for said, means in _SAID)
_N = r"\d+(?:\.\d+)?"
_SPLIT = re.compile(  # "split at 5 and 10"
    rf"\b(?:split|cut|divide)(?: (?:it|this|the \w+))?(?: up)? at {_N}(?:(?:\s*,\s*(?:and )?|\s+(?:and|&)\s+){_N})+"
    r"(?![\w:%-]|\.\d| ?(?:s|secs?|seconds?|min\w*)\b)",
    re.IGNORECASE,
)


def plain_english(twin: Twin) -> Twin:
    """Read the sayings of a message as what they mean; what was written stays beside it.

    >>> from cogwidgets.engine.agent.hanzi import Twin
    >>> plain_english(Twin.of("play it three times in a row")).read
    'loop it three times'
    """
    twin = twin.sub(_CAPTIONED, lambda _m, _t: "add captions: ")
    twin = twin.sub(_UNPARTED, lambda _m, _t: ", ")
    twin = twin.sub(_SPLIT, lambda m, _: re.sub(_N, lambda n: f"{n[0]} seconds", m[0]))
    for pattern, means in _RULES:
        twin = twin.sub(pattern, lambda m, _, new=means: m.expand(new))  # type: ignore[misc]
    return twin
