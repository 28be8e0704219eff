"""Clauses: a message cut at its joints, each piece with the words that only go on with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.amounts import Amount
from cogwidgets.engine.agent.lexicon import OBJECTS, VERBS, Token, Word
from cogwidgets.engine.agent.times import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MUSICAL", "Clause", "clauses_of", "has"]

MUSICAL = (Word.MUSIC, Word.MOOD, Word.FILE, Word.OWN, Word.FREE)

# What "and" keeps in one clause
_ALIKE = (
    {Word.MOOD, Word.EITHER},
    {Word.TIME},
    {Word.EFFECT, Word.MOOD},
    {Word.STYLE, Word.COLOUR},
    {Word.MEDIA},
    {Word.WAY},
    {Word.PLACE},
    {Word.PART},
    {Word.VIDEO, Word.SOUND},
)
# What is more than a time, though it is neither a verb nor a thing
_SAYING = {
    Word.MOOD, Word.FILE, Word.OWN, Word.FREE, Word.DISLIKE, Word.EFFECT, Word.VOLUME, Word.FORMAT,
    Word.RATIO, Word.MEDIA,
}  # fmt: skip
# What can be said of a text or an overlay in a clause of its own
_DETAILS = {
    Word.COLOUR, Word.PLACE, Word.STYLE, Word.OPACITY, Word.STRENGTH,
    Word.TIME, Word.WITH, Word.THE,
}  # fmt: skip


# What only names something
_NAMED = {Word.TIME, Word.PART, Word.THING, Word.THE, Word.VIDEO, Word.WITH}
_JOINS = {"join", "slideshow"}
_RATES = {"factor", "db", "lufs"}  # amounts that say by themselves what is to be done


@dataclass(frozen=True)
class Clause:
    """What lies between two joints of a message; ``joined`` to the one before by "and" alone."""

    tokens: tuple[Token, ...]
    start: int
    end: int
    joined: bool = False


def clauses_of(tokens: Sequence[Token], length: int) -> list[Clause]:
    """Split at "and", commas and the like, but not inside "calm and happy".

    What is nothing but a time joins the clause beside it: "remove it, but only in the first half".
    """
    found: list[Clause] = []
    held: list[Token] = []
    start, by_and = 0, False
    for index, token in enumerate(tokens):
        if token.word is not Word.JOIN:
            held.append(token)
            continue
        beside = (*tokens[max(0, index - 1) : index], *tokens[index + 1 : index + 2])
        around = {token.word for token in beside}
        # "remove or replace the music", but not "make it pop and get rid of …"
        whole = bool(held) and held[-1].value == "enhance"
        shared = token.value == "and" and held and around <= VERBS and not whole
        alike = len(beside) == 2 and any(  # noqa: PLR2004 - one on each side
            all(any(r.word in kinds for r in t.readings) for t in beside) for kinds in _ALIKE
        )
        # "a vintage look and blur 0:02-0:04": the time is of the second alone
        alike = alike and not (Word.EFFECT in around and _timed(tokens[index + 1 :]))
        if not shared and not alike:
            found.append(Clause(tuple(held), start, token.start, joined=by_and))
            # after ", and" it goes on as after "and", after "and then" it does not
            by_and = token.value == "and"
            held, start = [], token.end
    found.append(Clause(tuple(held), start, length, joined=by_and))
    joined: list[Clause] = []
    for clause in filter(lambda clause: clause.tokens, found):
        leads = joined and _only_when(joined[-1]) and not _begins(joined[-1])
        if joined and (
            leads
            or _done_to(clause, joined[-1])
            or (_only_when(clause) and not (_of_clip(clause) and _of_clip(joined[-1])))
            or _more_of(clause, joined[-1])
        ):
            last = joined.pop()
            if _more_of(clause, last):  # "larger" is said of the title, and is no louder
                clause = replace(clause, tokens=tuple(map(_detail, clause.tokens)))  # noqa: PLW2901
            clause = Clause(last.tokens + clause.tokens, last.start, clause.end, last.joined)  # noqa: PLW2901
        joined.append(clause)
    return joined


def _detail(token: Token) -> Token:
    """Take a word for what it says of a text, where it can say that."""
    if token.word not in VERBS:
        return token
    return next((r for r in token.readings if r.word in _DETAILS), token)


def _timed(tokens: Sequence[Token]) -> bool:
    """Tell whether a time comes before the next joint."""
    stop = next((i for i, t in enumerate(tokens) if t.word is Word.JOIN), len(tokens))
    return has(tokens[:stop], Word.TIME, Word.PART)


def _only_when(clause: Clause) -> bool:
    says_more = VERBS | OBJECTS | _SAYING
    told = any(isinstance(t.meaning, Amount) and t.meaning.kind in _RATES for t in clause.tokens)
    when = has(clause.tokens, Word.TIME, Word.PART) and not has(clause.tokens, *says_more)
    return when and not told


def _of_clip(clause: Clause) -> bool:
    """Tell "clip 2 to 10 s", which goes on as the clause before it began."""
    clips = any(span.clip for t in clause.tokens for span in t.spans)
    return clips and any(isinstance(m, Target) for t in clause.tokens for m in t.meanings)


def _begins(clause: Clause) -> bool:
    """Tell "start at 0:08, …", which is a wish, from "at 0:08, …"."""
    return clause.tokens[0].word is Word.TIME and clause.tokens[0].value == "begins"


def _done_to(clause: Clause, before: Clause) -> bool:
    """Tell a verb alone that is what becomes of the clause before it: 字幕0到3秒 删掉."""
    (first, *more), words = clause.tokens, {token.word for token in before.tokens}
    goes = first.word is Word.REMOVE and first.value not in {"mute", "fix"} and not more
    return goes and bool(words & {Word.TIME, Word.PART}) and words <= _NAMED


def _more_of(  # noqa: PLR0911 - a rule each
    clause: Clause, before: Clause
) -> bool:
    """Tell what only goes on with the clause before: "add a title "Hi", in red"."""
    words = {token.word for token in clause.tokens}
    senses = [{reading.word for reading in token.readings} for token in clause.tokens]
    shown = has(before.tokens, Word.TEXT, Word.MEDIA) or any(
        (t.word is Word.THING and t.value in {"title", "caption", "text", "logo"})
        or t.value == "overlay"
        for t in before.tokens
    )
    counted = (
        {Word.AMOUNT} if any({Word.OPACITY, Word.STYLE} & sense for sense in senses) else set()
    )
    if any(isinstance(t.meaning, Amount) and t.meaning.kind == "points" for t in clause.tokens):
        counted = {Word.AMOUNT}  # "…, 72pt"
    details = _DETAILS | counted
    if shown and all(sense & details for sense in senses) and not words <= {Word.TIME, Word.THE}:
        return True
    told = {token.word for token in clause.tokens if token.value != "write"}  # 只显示前3秒
    if shown and Word.TIME in told and told <= {Word.TIME, Word.ONLY}:
        return True
    if has(clause.tokens, Word.TIME) and any(t.value == "thumbnail" for t in before.tokens):
        return words <= {Word.TIME, Word.USE, Word.VIDEO, Word.THE, Word.WITH}
    laid = has(before.tokens, Word.ADD, Word.USE, Word.CHANGE) and has(before.tokens, *MUSICAL)
    if laid and Word.AMOUNT in words and words <= {Word.VOLUME, Word.AMOUNT, Word.WITH}:
        return not has(before.tokens, Word.AMOUNT)  # "lay calm music, about 15% loud"
    joins = has(before.tokens, Word.MEDIA) or any(t.value in _JOINS for t in before.tokens)
    if Word.TRANSITION_KIND in words and joins:  # "attach the beach video, with a wipe"
        return words <= {Word.TRANSITION_KIND, Word.WITH, Word.TIME, Word.THING, Word.AMOUNT}
    if words <= {Word.AMOUNT, Word.WITH} and not has(before.tokens, Word.AMOUNT):
        zoomed = any(t.value in {"zoom_in", "zoom_out"} for t in before.tokens)  # 放大 1.8倍
        times = any(
            isinstance(t.meaning, Amount) and t.meaning.kind == "factor" for t in clause.tokens
        )
        return zoomed or has(before.tokens, *((Word.EFFECT,) if not times else ()), Word.VOLUME)
    laid = has(before.tokens, Word.ADD, Word.USE, Word.CHANGE) and has(before.tokens, *MUSICAL)
    if laid and words <= {Word.MOOD}:
        return True  # "add some chill music, quiet"
    return laid and Word.AMOUNT in words and words <= {Word.VOLUME, Word.AMOUNT, Word.WITH}


def has(tokens: Iterable[Token], *words: Word) -> bool:
    """Tell whether one of these concepts is among tokens."""
    return any(token.word in words for token in tokens)
