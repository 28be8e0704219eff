"""Actions: a message cut into verbs, each with its objects, before any edit is thought of."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.action import EDITING, NAMING, Action, action_of
from cogwidgets.engine.agent.clauses import MUSICAL, Clause, clauses_of, has
from cogwidgets.engine.agent.lexicon import OBJECTS, VERBS, Reading, Token, Word
from cogwidgets.engine.agent.references import after_normal, resolved, with_verb
from cogwidgets.engine.agent.remarks import remark

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Action", "cut"]


def cut(reading: Reading, *, laid: bool, about: Sequence[Token] = ()) -> list[Action]:
    """Cut a message into actions, and fill in what each leaves to the one before.

    ``about`` is what "it" means at the beginning: what the message before this one was about.
    """
    tokens = reading.tokens
    clauses = clauses_of(tokens, len(reading.text))
    only_voice, keeps_voice, drops_voice = _voice(tokens)
    instead = has(tokens, Word.INSTEAD) or any(
        has(clause.tokens, Word.DISLIKE) and has(clause.tokens, Word.MUSIC) for clause in clauses
    )
    strength = _strength(tokens, clauses)
    spoken_of, heard = laid, False
    previous = action_of(Word.TOUCH, about, 0, 0) if about else None
    found: list[Action] = []
    for clause in clauses:
        heard = heard or has(clause.tokens, Word.MUSIC, Word.OWN, Word.FILE)
        spoken_of = spoken_of or heard
        for number, action in enumerate(_of_clause(clause)):
            whole = replace(
                action,
                instead=instead,
                only_voice=only_voice,
                keeps_voice=keeps_voice,
                drops_voice=drops_voice,
                music_spoken_of=spoken_of,
                strength=strength,
                strange=tuple(t for t in reading.strange if action.start <= t.start < action.end),
                text=reading.text[action.start : action.end],
                joined=bool(number) or clause.joined,
            )
            whole = replace(whole, negated=True) if _LATER.match(whole.text) else whole
            whole = after_normal(whole, previous)
            whole = (
                with_verb(whole, previous, laid=laid)
                if whole.verb is None
                else resolved(whole, previous)
            )
            told = previous is not None and previous.verb is None and not previous.has(Word.EFFECT)
            if whole.carried and told and found:
                # "from 0:40 on it's only my shoes, cut that": it has told where
                found[-1] = replace(found[-1], words=(), strange=())
            whole = whole if heard else _of_picture(whole)
            found.append(whole)
            if whole.verb is None and whole.value(Word.NOT) == "yet" and len(whole.words) == 1:
                found[-2:] = [replace(one, negated=True) for one in found[-2:]]  # "but not yet"
            if whole.verb is not None or whole.has(Word.EFFECT):
                previous = whole
            elif previous is None and _leaves(whole):
                previous = whole  # "there is a song in it; remove it"
    return sorted([*found, *_unknown(reading, clauses)], key=lambda action: action.start)


_LATER = re.compile(  # "I'll add my own later", which asks for nothing
    r"\W*(?:and |but |because )?(?:i'?ll|i will|we'?ll|we will|i'm going to|i can)\b.*"
    r"\b(?:later|myself|afterwards|tomorrow|ourselves|another time)\b",
    re.IGNORECASE,
)


def _leaves(action: Action) -> bool:
    """Tell whether a clause without a verb leaves something to be called "it"."""
    if action.has(Word.OWN, Word.FILE) or (action.spans and action.first is not None):
        return True  # "the good part is 0:22 to 0:41, keep that"
    return action.first is not None and not _aside(action)


def _aside(action: Action) -> bool:
    """Tell "people get bored", which leaves nothing to be called "it"."""
    return action.first is Word.THING and action.names("") and remark(action.text)


def _unknown(reading: Reading, clauses: Sequence[Clause]) -> list[Action]:
    """Give the pieces of which no word is known, so that they are not lost without a word."""
    edges = [0, *(place for c in clauses for place in (c.start, c.end)), len(reading.text)]
    found = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        strange = tuple(t for t in reading.strange if start <= t.start < end)
        if sum(len(token.value) for token in strange) > 3:  # noqa: PLR2004 - more than "ugh", "嗯嗯"
            action = action_of(None, (), start, end)
            found.append(replace(action, strange=strange, text=reading.text[start:end]))
    return found


def _of_clause(clause: Clause) -> list[Action]:
    """Give each verb of a clause the words that follow it, up to the next verb."""
    tokens = clause.tokens
    places = [i for i, token in enumerate(tokens) if token.word in VERBS]
    places = [i for n, i in enumerate(places) if n == 0 or _begins(tokens, i, tokens[places[0]])]
    if not places:
        return [action_of(None, tokens, clause.start, clause.end)]
    found: list[Action] = []
    start, willing = clause.start, True
    for number, place in enumerate(places):
        verb = tokens[place]
        stop = places[number + 1] if number + 1 < len(places) else len(tokens)
        lead = tokens[places[number - 1] + 1 if number else 0 : place]
        words = tokens[place + 1 : stop]
        if stop < len(tokens) and words and words[-1].word in {Word.NOT, Word.WITHOUT}:
            words = words[:-1]  # it belongs to the next verb
        named = any(token.word in NAMING for token in words)
        if number == 0:
            # What stands before the first verb: its object in "把音乐去掉" and "the music is to be
            # removed", and in "把音乐换成欢快的" what is replaced; else only adverbs.
            takes_lead = not named or verb.word in {Word.CHANGE, Word.USE, *EDITING}
            words = (*(t for t in lead if takes_lead or t.word not in OBJECTS), *words)
        elif found and _lends(found[-1], verb, named=named):
            taken = found.pop()  # "I want the music gone"
            lent = taken.said if taken.verb in EDITING and taken.said else None
            words, start = (*((lent,) if lent else ()), *taken.words, *words), taken.start
            willing = willing and not taken.negated
        made = stop < len(tokens) and verb.word is Word.ADD and tokens[stop].word in EDITING
        wished = made or verb.word in {Word.WANT, Word.USE}  # "create a slideshow"
        if not words and stop < len(tokens) and not wished:
            # "don't remove or replace the music", "remove and replace it with something calm"
            words = tuple(t for t in tokens[stop:] if t.word in OBJECTS)[:1]
        negated = _negated(lead) or not willing
        end = clause.end if stop == len(tokens) else _end(tokens[place:stop], tokens[stop])
        action = action_of(verb.word, words, start, end)
        found.append(replace(action, said=verb, negated=negated, how=verb.value))
        # "I don't want to lose the music", "don't remove or replace it": it goes on to the next.
        willing = not (negated and not named)
        start = end
    found = [one for action in found for one in _with(action)]
    found = [_unwanted(action) for action in found]
    telling = [a for a in found if a.verb is not Word.WANT or a.has(*NAMING)]
    return [one for action in telling or found for one in _without(action)]


# What "make it … with …" can come with: a thing to add
_ADDED = {*MUSICAL, Word.TEXT, Word.ABSENT}
_MADE = {Word.RATIO, Word.TIME, Word.FORMAT, Word.EFFECT, Word.VIDEO, Word.PART}


def _with(action: Action) -> list[Action]:
    """Cut "make it a 15 s reel with happy music" into what to make of it and what to add."""
    place = next((i for i, t in enumerate(action.words) if t.value == "with" and i), None)
    if place is None or action.negated:
        return [action]
    made, added = action.words[:place], action.words[place + 1 :]
    cuts = action.how in {"cut", "trim", "take", "convert", "resize"} and has(added, Word.TEXT)
    if action.verb not in {Word.USE, Word.WANT} and not cuts:
        return [action]
    if not (has(made, *_MADE) and has(added, *_ADDED)) or has(made, *MUSICAL):
        return [action]
    border = action.words[place].start
    return [
        replace(action, words=made, end=border),
        replace(action, verb=Word.ADD, said=None, how="", words=added, start=border),
    ]


def _unwanted(action: Action) -> Action:
    """Take "I don't want any sound" for a wish that there be none."""
    there = action.first in {Word.SOUND, Word.SILENCE, Word.THING}
    if not (action.verb is Word.WANT and action.negated and there and action.how != "have"):
        return action
    return replace(action, verb=Word.REMOVE, negated=False, how="")


_WHEN = {Word.TIME, Word.PART}


def _without(action: Action) -> list[Action]:
    """Cut "clip 2 at half speed with no sound" into what to make of it and what is to go."""
    place = next((i for i, t in enumerate(action.words) if t.word is Word.WITHOUT and i), None)
    if place is None or action.negated or action.verb in {Word.REMOVE, Word.KEEP, Word.ISOLATE}:
        return [action]
    made, gone = action.words[:place], action.words[place + 1 :]
    if not has(gone, Word.SOUND) or has(gone, Word.MUSIC, Word.VOICE) or has(made, Word.SOUND):
        return [action]
    if not has(made, Word.AMOUNT, Word.RATIO, Word.EFFECT, Word.FORMAT, Word.MEDIA, Word.PART):
        return [action]
    border = action.words[place].start
    when = tuple(t for t in made if t.word in _WHEN and any(s.clip for s in t.spans))
    return [
        replace(action, words=made, end=border),
        replace(action, verb=Word.REMOVE, said=None, how="", words=(*gone, *when), start=border),
    ]


def _of_picture(action: Action) -> Action:
    """Take "warmer" for a colour where no music is spoken of."""
    if action.has(Word.SOMETHING, Word.FREE, Word.INSTEAD):
        return action
    words = (
        next((t for t in token.also if token.word is Word.MOOD and t.word is Word.EFFECT), token)
        for token in action.words
    )
    return replace(action, words=tuple(words))


def _begins(tokens: Sequence[Token], place: int, first: Token) -> bool:
    """Tell a second verb from "show it with a fade", "upside down", 换个封面，用第8秒的."""
    verb, before = tokens[place], tokens[place - 1]
    if verb.word is Word.REMOVE and place == len(tokens) - 1 and verb.value == "off":
        return first.word is not Word.REMOVE and first.value != "trim"  # "trim 4 s off, please"
    if verb.word is Word.USE:
        return before.value != "thumbnail"
    back = first.value == "undo" or first.word in {Word.REMOVE, Word.RESTORE}
    noun = verb.word in EDITING or verb.value in {"cut", "mute", "merge"}
    if back and first.value != "cut" and noun and before.word is Word.THE:
        return False  # "undo the trim", "get rid of the slow motion"
    if noun and first.value == "undo" and before is first:
        return False  # 撤销倒放
    if back and verb.word is Word.CHANGE and place == len(tokens) - 1:
        return False  # "take the speed change back"
    turned = first.value == "flip" and verb.value == "rotate"
    again = verb.value == first.value or before.word is Word.WITH or turned
    return verb.word not in EDITING or not again or verb.value == "thumbnail"


def _lends(previous: Action, verb: Token, *, named: bool) -> bool:
    """Tell "I want the music gone" and "add a fade out" from two actions."""
    if verb.value == "thumbnail":
        return previous.verb in {Word.WANT, Word.USE} or not previous.has(*NAMING)
    if previous.how == "overlay" and {t.word for t in previous.words} <= {Word.MEDIA, Word.WITH}:
        return verb.word is Word.ADD  # 画中画放 …
    if previous.verb in {Word.WANT, Word.USE}:
        return not named or (verb.word in EDITING and not previous.has(*NAMING))
    return (
        previous.verb in {Word.ADD, Word.LEVEL, Word.OTHER}
        and verb.word in EDITING
        and not previous.has(*NAMING - {Word.MOOD})
        and not (
            previous.has(Word.MOOD) and previous.has(Word.AMOUNT)
        )  # "piano at 10% that fades in"
        and previous.said is not None
        and (
            previous.verb is Word.ADD
            or previous.how in {"set", "speed", "convert", "resize"}
            or (previous.how in {"up", "down"} and verb.value in {"speed", "resize", "compress"})
        )
    )


def _end(words: Sequence[Token], following: Token) -> int:
    """Tell where a verb's words end: before the "without" that belongs to the next verb."""
    last = words[-1]
    return last.start if last.word in {Word.NOT, Word.WITHOUT} else following.start


def _negated(before: Sequence[Token]) -> bool:
    """Tell "don't remove", "without removing" and "别把音乐去掉" from "no music: remove it"."""
    named = False
    for token in reversed(before):
        if token.word in {Word.NOT, Word.WITHOUT} and (not named or token.value == "verb"):
            return True
        named = named or token.word in OBJECTS
    return False


def _strength(tokens: Sequence[Token], clauses: Sequence[Clause]) -> str | None:
    """Read how thorough to be, be it said by the way: "remove the music, strong"."""
    named = [token.value for token in tokens if token.word is Word.STRENGTH]
    for clause in clauses:
        first, *more = clause.tokens
        if first.word is Word.EITHER and (not more or more[0].word is Word.WITH):
            named.append(first.value.partition("/")[0])
    return named[0] if named else None


def _voice(tokens: Sequence[Token]) -> tuple[bool, bool, bool]:
    """Tell whether only the voice is wanted, is named as what stays, or as what goes."""
    words = [t.word for t in tokens if t.word not in {Word.THE, Word.WITH}]
    around = [
        set(words[max(0, i - 4) : i + 2]) for i, word in enumerate(words) if word is Word.VOICE
    ]
    only = any(Word.ONLY in near for near in around)
    keeps = only or any(near & {Word.KEEP, Word.EXCEPT} for near in around)
    goes = any(
        before.word in {Word.NOT, Word.WITHOUT, Word.REMOVE} and after.word is Word.VOICE
        for before, after in pairwise(t for t in tokens if t.word is not Word.THE)
    )
    return only, keeps, goes
