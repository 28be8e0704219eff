"""Questions: the pieces of a message that want words and no edit.

"Could you remove it?" is a request that is put as a question; "is it removed?" is one.
"""

# ruff: noqa: E501, RUF001 - a pattern a line; Chinese messages have Chinese punctuation

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.stating import stated
from cogwidgets.engine.agent.topics import topic

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Asked", "Question", "questions"]

# help, moods, how, state, thanks, what; "about:" and the key of a topic, or "state:" and what of it
Question = str


@dataclass(frozen=True)
class Asked:
    """A question, and from where to where it goes in a text."""

    question: Question
    start: int
    end: int


_SENTENCE = re.compile(r"(?<=[!?。？！\n])|(?<=\.)(?=\s|$)")
_PIECE = re.compile(r"(?<=[,;，；、])|\bbut\b|但是?|不过", re.IGNORECASE)

_GREETING = re.compile(
    r"\W*(?:(?:hi|hello|hey|hallo|你好|您好|嗨|哈喽|在吗|在不在|早上好|早|晚上好)(?: there)?[呀啊哦]?\W*)+",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\W*(?:(?:ok|okay|great|perfect|nice|cool|many|so much|very much|a lot|thanks?(?: you)?|thx|ty"
    r"|好的?|太?棒了?|不错|谢谢(?:你|您|啦)?|多谢|感谢|辛苦了?|哈+|嘿嘿|可以了?|就这样吧?|没了|没有了|搞定了?|牛+啊?|6{2,}|绝了|赞|"
    r"厉害|完美|收到|嗯+|好嘞|行了?|没事了?|没问题|挺好的?|很好|爱了|满意|ok|okk|好滴|好哒|完事|就酱)\W*)+",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\W*(?:(?:ok|okay|so|and|then|well|hm+|hey|hi|alright)\W+)*(?:help\W*$|\?+$|what (?:can|do|could) you (?:do|offer)|"
    r"what (?:else )?can i (?:do|say|ask)|what are (?:you|your)|who are you|what is this\W*$|"
    r"(?:can|could|do) you (?:do|support|handle|offer|know)(?: any| some)? "
    r"(?!it\b|that\b|this\b|the\b|an?\b|my\b|something|.*(?:caption|subtitle|subs\b))"
    r"[a-z][a-z -]{2,25}\?+\W*$|how does (?:this|it) work|how do i use|"
    r"你(?:都)?(?:能|可以|会)(?:帮我)?(?:做|干)?(?:什么|些什么|啥|哪些|些啥|点啥|嘛(?!\W*$))|你(?:都)?(?:能|会|可以)(?:做|干)[嘛吗些啥点]|(?:都|还)?能(?:帮我|为我)?(?:做|干)(?:些)?(?:什么|啥|哪些|嘛)|有(?:什么|哪些)功能|怎么用|如何使用|帮助\W*$|你是谁)",
    re.IGNORECASE,
)
_MOODS = re.compile(
    r"(?:what|which)\b.{0,30}\b(?:moods?|tracks|songs|music|styles?)\b.{0,30}\b"
    r"(?:have|are there|available|offer|choose|use|exist)|"
    r"do you have (?:any |some )?(?:\w+ )?(?:music|songs|tracks)\b|"
    r"(?:有|能用|可以用|可选|支持|提供)(?:什么|哪些|哪几种|多少).{0,6}(?:音乐|风格|曲)|哪些.{0,4}风格|"
    r"有没有.{1,6}的(?:音乐|歌|bgm|曲)",
    re.IGNORECASE,
)
_REQUEST = re.compile(  # what is put as a question and is none
    r"\W*(?:(?:can|could|would|will (?:you|u)|may|shall|please|how about|what about|what if|"
    r"why (?:don'?t|not)|do you mind|is it possible|is there (?:a|any) way|any way|any chance|are you able|can'?t|couldn'?t)\b"
    r"(?!(?: (?:you|u|i|we|to|please|also|still))* "
    r"(?:tell|explain|know|hear|see|check(?!.*\band\b)|say|think|recommend|suggest)\b)|"
    r"what (?:i|we) (?:want|need|would)|is (?:that|it|this) (?:ok|okay|alright|fine|possible)\W*$)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\W*(?:(?:please|then|and|ok(?:ay)?|now)[\s,]+)*(?:cut|trim|make|add|remove|put|speed|slow|mute|set|turn|"
    r"lower|raise|delete|crop|rotate|blur|replace|change|split|move|swap|reverse|undo)\b|"
    r"\W*(?:把|剪掉?|删掉?|加|静音|调|撤销|去掉)",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\W*(?:where|which|when|who|while|what|that|because)\b", re.IGNORECASE)
_ABLE_ZH = re.compile(r"\W*你?会不会")
_HOW = re.compile(r"\W*how (?:do|can|could|would|should|to)\b", re.IGNORECASE)
_HOW_ZH = re.compile(r"(?:怎么|怎样|如何)(?!.{0,3}[没还有不回])")
_STATE = re.compile(
    r"\W*(?:(?:did|has|had|is|are|am|was|were|does|why|which|when|should|will|(?:how|what|where|who)s?)\b|"
    r"(?:do|have|can|could) (?:you|i|we|they)\b|is it possible\b)",
    re.IGNORECASE,
)
_STATE_ZH = re.compile(
    r"什么|啥|为何|哪|谁|多少|多[长久]|几首|怎么|怎样|如何|是否|会不会|(?:有|共|了|是|成|剩)几[段个首]|在吗|(?:吗|么|呢|没有?)\W*$"
)
_REQUEST_ZH = re.compile(
    r"(?:什么|啥|哪|怎么|多少).{0,8}[都也]|一[点些]呢\W*$|随便|有没有(?:办法|可能)|"
    r"(?:能(?!听|看)|可以|可否|帮|请|麻烦|要不|想|好|行).*[吗么]\W*$"
)
_DONE_ZH = re.compile(
    r"\W*(?:都|全)?(?:好|完成|弄好|做完|做好|搞定|改好|改完|处理完|剪完|剪好)了?(?:吗|没有?|么)\W*$"
)
_TOLD = re.compile(  # "you removed the music", which tells and asks for nothing
    r"\W*(?:i|you|we|they|he|she|it)(?:'ve| have| has| had| already| just)* "
    r"(?:removed|deleted|stripped|replaced|added|muted|cleared|cleaned|swapped|changed)\b",
    re.IGNORECASE,
)


_FIRST: tuple[tuple[Callable[[str], object], Question | None], ...] = (
    (_GREETING.fullmatch, "help"),
    (_THANKS.fullmatch, "thanks"),
    (_MOODS.search, "moods"),
    (_HELP.match, "help"),
    (_DONE_ZH.match, "state"),
)
_THEN: tuple[tuple[Callable[[str], object], Question | None], ...] = (
    (_REQUEST.match, None),
    (_REQUEST_ZH.search, None),
    (_ABLE_ZH.match, "help"),
    (_HOW.match, "how"),
    (_HOW_ZH.search, "how"),
    (_STATE.match, "state"),
    (_STATE_ZH.search, "state"),
    (_TOLD.match, "state"),
)


def questions(text: str) -> list[Asked]:
    """Find the questions of a text, sentence by sentence and within it comma by comma.

    A sentence that ends in a question is one as a whole: "if I remove the music, what happens?".

    Examples
    --------
    >>> [asked.question for asked in questions("Why is there music? Remove it.")]
    ['state:music']

    """
    found: list[Asked] = []
    for start, end in _cut(_SENTENCE, text, 0, len(text)):
        pieces = [(at, to, _question(text[at:to])) for at, to in _cut(_PIECE, text, start, end)]
        if len(pieces) > 1 and _REQUEST.match(text[slice(*pieces[0][:2])]):
            # "could you cut the first 4 s, where nothing happens?"
            pieces = [(a, b, None if _RELATIVE.match(text[a:b]) else q) for a, b, q in pieces]
        if len(pieces) > 1 and all((q or "").startswith("state:") for *_, q in pieces):
            found += [Asked(question, at, to) for at, to, question in pieces if question]
            continue  # "how long is it, and is there sound?"
        last = pieces[-1][2]
        ordered = (last or "").startswith("state:") and _ORDER.match(text[slice(*pieces[0][:2])])
        whole = last not in {None, "thanks"} and not (last or "").startswith("about:")
        whole = whole and not ordered  # "cut 2 seconds, how long is it then?"
        if last is not None and whole and not _TOLD.match(text, pieces[-1][0]):
            found.append(Asked(last, start, end))
        else:
            found += [Asked(question, at, to) for at, to, question in pieces if question]
    return found


def _cut(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a stretch of a text; what is blank goes with what is before it."""
    places = [start]
    for match in pattern.finditer(text, start, end):
        if re.search(r"\w", text[places[-1] : match.start()]) and re.search(
            r"\w", text[match.start() : end]
        ):
            places.append(match.start())
    return list(pairwise([*places, end]))


_AND_WHAT = re.compile(r"\b(?:and|&) (?=(?:in )?(?:what|how|which|where|is|are)\b)", re.IGNORECASE)


def _stated(half: str) -> str | None:
    """Tell what a half of a question asks: "what resolution is it and how long?"."""
    return stated(half) or stated(half.rstrip(" ?") + " is it?")


def _question(piece: str) -> Question | None:
    for meant, question in _FIRST:
        if meant(piece):
            return question
    halves = _AND_WHAT.split(piece)
    states = list(dict.fromkeys(map(_stated, halves))) if len(halves) > 1 else []
    if len(states) > 1 and None not in states:  # "how long is it and what resolution?"
        return f"state:{','.join(filter(None, states))}"
    state = stated(piece)
    if state is not None:
        return f"state:{state}"
    about = topic(piece)
    if about is not None:
        return f"about:{about}"
    return next((question for meant, question in _THEN if meant(piece)), None)
