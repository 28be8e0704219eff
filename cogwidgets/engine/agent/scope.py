"""Scope: which stretch or clip an action is for, where the one before it said so."""

from __future__ import annotations

import re
from dataclasses import replace

from cogwidgets.engine.agent.action import EDITING, WHEN, Action
from cogwidgets.engine.agent.clauses import MUSICAL
from cogwidgets.engine.agent.lexicon import Token, Word
from cogwidgets.engine.agent.times import END, START, Moment, Point, Span

__all__ = [
    "POINTS",
    "in_its_place",
    "is_for",
    "lent_by",
    "of_rest",
    "of_split",
    "rest_of",
    "stretch_of",
    "told_where",
]


def in_its_place(action: Action, previous: Action | None) -> Action:
    """Read 第二段加快1.5倍，调亮一点 of that clip."""
    said = action.has(Word.EFFECT) or action.amount("factor")
    if previous is None or not said or not is_for(action, previous):
        return action
    stretch = stretch_of(previous)
    clips = any(span.clip is not None for token in stretch for span in token.spans)
    if not (clips or action.joined):
        return action
    return replace(action, words=(*action.words, *stretch), carried=bool(stretch))


def lent_by(action: Action, previous: Action) -> tuple[Token, ...]:
    """Give where an action of something that it names is for, where the one before was that."""
    there = stretch_of(previous) if not action.timed else ()
    if _THERE.search(action.text) or action.has(Word.IT) or _heard_too(action, previous):
        return there
    sound = action.first is Word.SOUND and not action.negated  # 第二段放慢，并去掉声音
    return tuple(t for t in there if sound and (action.joined or any(s.clip for s in t.spans)))


def told_where(action: Action, previous: Action) -> tuple[Token, ...]:
    """Give the stretch of "there is a cough at 0:20 to 0:25", which a bare "cut it" is for."""
    told = previous.how == "have" or previous.verb is None
    only_told = told and not (previous.has(*MUSICAL, Word.EFFECT) or previous.negated)
    bare = action.verb in {Word.REMOVE, Word.KEEP} and not action.negated
    bare = bare and action.first in {None, Word.IT}
    if not (only_told and bare) or action.timed:
        return ()
    when = tuple(t for t in previous.words if t.word in WHEN)
    at_edge = bool(previous.edges and previous.length)  # 尾巴上有4秒
    return when if at_edge else tuple(t for t in when if t.spans)


def of_split(action: Action, previous: Action) -> Action:
    """Read 从25秒断开，后半段删掉: what lies behind the cut, and not the half of the whole."""
    if previous.how != "split" or len(previous.moments) != 1:
        return action
    at, clip = previous.moments[0].point, next(iter(previous.clips), None)

    def side(token: Token) -> Token:
        halves = {Span(START, Point(0.5)): True, Span(Point(0.5), END): False}
        if not (len(token.spans) == 1 and token.spans[0] in halves):
            return token
        before = halves[token.spans[0]]
        if clip is not None:
            return replace(token, meaning=Span(clip=clip if before else clip + 1))
        return replace(token, meaning=Span(START, at) if before else Span(at, END))

    return replace(action, words=tuple(map(side, action.words)))


def of_rest(action: Action, previous: Action, where: str) -> Action:
    """Put what lies beside a stretch in the place of "the rest", what is after a moment alike."""
    beside = tuple(rest_of(t) for t in previous.words if t.word in WHEN and t.spans)
    if where != "rest":
        moments = (m for t in previous.words for m in t.meanings if isinstance(m, Moment))
        beside = tuple(
            Token(Word.TIME, "", 0, 0, Span(m.point) if where == "after" else Span(START, m.point))
            for m in moments
        )
    if not beside:
        return action
    others = tuple(t for t in action.words if t.word is not Word.EVERYTHING)
    if (
        _gone(previous) and where == "rest"
    ):  # "cut out 0:03 to 0:06 and slow the rest down": all that is left
        return replace(action, words=others)
    if previous.verb is Word.KEEP and where == "rest":  # "keep the first 10 s, delete the rest"
        return replace(action, verb=Word.KEEP, words=())
    return replace(action, words=(*others, *beside), carried=True)


_KEEPS = {"trim", "take", "begin", "cut", "split", "join", "slideshow", "undo", "reset"}


def _gone(previous: Action) -> bool:
    """Tell whether an action took away what it was about."""
    return previous.verb is Word.REMOVE and previous.how != "mute"


def stretch_of(previous: Action) -> tuple[Token, ...]:
    """Give where an action was, when that is still there after it: "speed clip 2 up, mute it"."""
    if previous.negated or _gone(previous) or previous.verb in {Word.KEEP, Word.EXPORT}:
        return ()
    ends = previous.verb in EDITING and previous.how in _KEEPS
    return tuple(
        t
        for t in previous.words
        if t.word in WHEN and (t.spans if not ends else any(s.clip is not None for s in t.spans))
    )


_OWN_WHERE = (
    Word.VIDEO, Word.EVERYTHING, Word.ALL, Word.MEDIA, Word.RATIO, Word.FORMAT, Word.FIT,
)  # fmt: skip


_THERE = re.compile(
    r"\b(?:over |right )?there\b|"
    r"\b(?:that|this|the same) (?:part|bit|section|stretch|segment|moment|piece|passage)\b|"
    r"那里|那儿|此处|那一?段|那部分",
    re.IGNORECASE,
)


POINTS = re.compile(r"\b(?:it|its|there|them)\b|它|那里|那儿|此处", re.IGNORECASE)


_ALSO = re.compile(r"\b(?:too|also|as well|its)\b|也|它", re.IGNORECASE)


def _heard_too(action: Action, previous: Action) -> bool:
    """Tell "its sound", 声音也大一点, of a clip that was spoken of in the message before."""
    heard = action.first is Word.SOUND and action.verb is Word.LEVEL
    return heard and previous.verb is Word.TOUCH and bool(_ALSO.search(action.text))


def is_for(  # noqa: PLR0911 - a rule each
    action: Action, previous: Action
) -> bool:
    """Tell whether an action is for where the one before was, being said so or for want of more."""
    if action.has(*_OWN_WHERE) or action.spans or action.moments or action.edges:
        return False
    if action.verb in {Word.EXPORT, Word.KEEP, Word.TOUCH, Word.RESTORE}:
        return False
    if "fade" in action.how and previous.has(*MUSICAL):
        return False  # 音乐5秒后开始，慢慢进来: not as long as that
    if POINTS.search(action.text):
        return True
    if action.verb is Word.ADD or (action.verb is Word.REMOVE and action.how != "mute"):
        return False
    if previous.verb is Word.TOUCH and action.has(Word.VOLUME) and not _ALSO.search(action.text):
        return False  # "turn the volume up", said some time after "the second clip"
    clips = any(s.clip is not None for t in previous.words for s in t.spans)
    if action.how.startswith("fade"):
        return clips  # "mute from 0:50 and fade out": at the end
    # "mute 0:03 to 0:05 and lower the volume": the volume is that of the whole
    whole = action.verb is Word.LEVEL and action.has(Word.VOLUME, Word.SOUND)
    return clips or (action.joined and not whole)


def rest_of(token: Token) -> Token:
    """Give what lies beside a time."""
    beside = [one for span in token.spans if span.clip is None for one in span.beside]
    return replace(token, meaning=tuple(beside) or None, word=Word.PART)
