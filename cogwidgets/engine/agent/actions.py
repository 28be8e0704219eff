"""Actions: a message cut into verbs, each with its objects, before any edit is thought of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.lexicon import OBJECTS, VERBS, Token, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Action", "cut"]

_MUSICAL = (Word.MUSIC, Word.MOOD, Word.FILE, Word.OWN, Word.FREE)
_NAMING = OBJECTS | {Word.MOOD, Word.FILE, Word.OWN, Word.ORIGINAL, Word.FREE}


@dataclass(frozen=True)
class Action:
    """One verb of a message and the words that go with it.

    ``negated`` is "don't …", ``how`` the verb's own value. The others say what holds in the message
    as a whole: that something comes ``instead``, that only the voice is wanted, that the voice
    stays or goes, that music was spoken of, and how thorough to be.
    """

    verb: Word | None
    words: tuple[Token, ...]
    start: int
    end: int
    negated: bool = False
    how: str = ""
    instead: bool = False
    only_voice: bool = False
    keeps_voice: bool = False
    drops_voice: bool = False
    music_spoken_of: bool = False
    strength: str | None = None

    @property
    def first(self) -> Word | None:
        """What the verb is about: its first object."""
        return next((token.word for token in self.words if token.word in OBJECTS), None)

    def has(self, *words: Word) -> bool:
        """Tell whether one of these concepts goes with the verb."""
        return any(token.word in words for token in self.words)

    def value(self, word: Word) -> str | None:
        """Give the value of a concept: the one after "with" or "to" where there are several."""
        wanted = [token.value for token in self.target if token.word is word]
        wanted += [token.value for token in self.words if token.word is word]
        return wanted[0] if wanted else None

    def follows(self, word: Word, *before: Word) -> bool:
        """Tell whether ``word`` comes right after one of ``before``, adjectives aside."""
        aside = {Word.THE, Word.ORIGINAL, Word.MOOD}
        plain = [t.word for t in self.words if t.word not in aside]
        return any(one in before and two is word for one, two in pairwise(plain))

    @property
    def target(self) -> tuple[Token, ...]:
        """The words after "with", "to", "as"."""
        place = self._with()
        return self.words[place + 1 :] if place is not None else ()

    def _with(self) -> int | None:
        return next((i for i, token in enumerate(self.words) if token.word is Word.WITH), None)

    @property
    def replaces(self) -> bool:
        """Tell whether it asks for one thing in place of another."""
        wanted = self.verb is Word.CHANGE or (
            self.has(*_MUSICAL)
            and (
                (self.verb is Word.USE and self._says_which)
                or (self.verb in {Word.ADD, Word.WANT} and self.instead)
            )
        )
        return wanted and not (self.negated or self.only_voice or self.has(Word.WITHOUT))

    @property
    def _says_which(self) -> bool:
        """Tell "make the music happier" from "make the music better"."""
        return self.has(*_MUSICAL[1:], Word.EITHER, Word.SOMETHING, Word.INSTEAD)

    def parts(self) -> tuple[Action, Action | None]:
        """Cut "replace X with Y" into "remove X" and "add Y"; Y may be nothing."""
        removed, added = self._halves()
        addition = replace(self, verb=Word.ADD, words=added or (_MUSIC,), instead=False)
        removal = replace(self, verb=Word.REMOVE, words=removed, instead=False)
        if removal.first in {None, Word.IT} and addition.has(*_MUSICAL):
            removal = replace(removal, words=(_MUSIC,))
        if removal.first is Word.MUSIC and addition.first is None and addition.has(Word.SOMETHING):
            addition = replace(addition, words=(*addition.words, _MUSIC))
        silence = addition.has(Word.SILENCE) and not addition.has(*_MUSICAL)
        # "make it copyright-free" names no music to lay.
        freed = self.verb is Word.USE and not addition.has(*_MUSICAL[:-1], Word.SOMETHING)
        return removal, None if silence or freed else addition

    def _halves(self) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """Cut the words into what goes and what comes; either may be left unsaid."""
        place = self._with()
        if self.verb is Word.CHANGE and place is not None:
            return self.words[:place], self.words[place + 1 :]
        if self.verb is Word.CHANGE and self.has(Word.MUSIC) and self.how != "new":
            return self.words, ()
        return (), self.words

    @property
    def idle(self) -> bool:
        """Tell whether it asks for nothing, so that not doing it needs no words."""
        if self.negated or self.verb in {Word.KEEP, Word.TOUCH, Word.EXPORT}:
            return True
        if self.verb is Word.USE:  # "make the music better", "make it black and white"
            return not self.has(Word.MUSIC, Word.THING, Word.TEXT, Word.SOUND)
        vague = self.verb in {None, Word.WANT}
        return vague and self.first not in {Word.THING, Word.TEXT, Word.SOUND}

    @property
    def complains(self) -> bool:
        """Tell whether it only says what is wrong."""
        return self.verb is None and self.has(Word.DISLIKE)


_MUSIC = Token(Word.MUSIC, "", 0, 0)  # what is meant where a message need not say it


def cut(tokens: Sequence[Token], length: int, *, laid: bool) -> list[Action]:
    """Cut a message of a length into actions, and fill in what each leaves to the one before."""
    clauses = _clauses(tokens, length)
    only_voice, keeps_voice, drops_voice = _voice(tokens)
    instead = _has(tokens, Word.INSTEAD) or any(
        _has(clause.tokens, Word.DISLIKE) and _has(clause.tokens, Word.MUSIC) for clause in clauses
    )
    strength = _strength(tokens, clauses)
    spoken_of = laid
    previous: Action | None = None
    found: list[Action] = []
    for clause in clauses:
        spoken_of = spoken_of or _has(clause.tokens, Word.MUSIC, Word.OWN, Word.FILE)
        for action in _of_clause(clause, previous):
            whole = replace(
                action,
                instead=instead,
                only_voice=only_voice,
                keeps_voice=keeps_voice,
                drops_voice=drops_voice,
                music_spoken_of=spoken_of,
                strength=strength,
            )
            found.append(whole)
            if whole.verb is not None:
                previous = whole
            elif previous is None and whole.first is not None:
                previous = whole  # "there is a song in it; remove it"
    return found


@dataclass(frozen=True)
class _Clause:
    """What lies between two joints of a message."""

    tokens: tuple[Token, ...]
    start: int
    end: int


def _clauses(tokens: Sequence[Token], length: int) -> list[_Clause]:
    """Split at "and", commas and the like, but not inside "calm and happy".

    What is nothing but a time joins the clause beside it: "remove it, but only in the first half".
    """
    clauses: list[_Clause] = []
    held: list[Token] = []
    start = 0
    for index, token in enumerate(tokens):
        if token.word is not Word.JOIN:
            held.append(token)
            continue
        around = {
            t.word for t in (*tokens[max(0, index - 1) : index], *tokens[index + 1 : index + 2])
        }
        shared = token.value == "and" and held and around <= VERBS
        if not shared and not any(around <= alike for alike in _ALIKE):
            clauses.append(_Clause(tuple(held), start, token.start))
            held, start = [], token.end
    clauses.append(_Clause(tuple(held), start, length))
    joined: list[_Clause] = []
    for clause in filter(lambda clause: clause.tokens, clauses):
        if joined and (_only_when(clause) or _only_when(joined[-1])):
            last = joined.pop()
            clause = _Clause(last.tokens + clause.tokens, last.start, clause.end)  # noqa: PLW2901
        joined.append(clause)
    return joined


_ALIKE = ({Word.MOOD, Word.EITHER}, {Word.TIME})  # what "and" keeps in one clause


def _only_when(clause: _Clause) -> bool:
    says_more = VERBS | OBJECTS | {Word.MOOD, Word.FILE, Word.OWN, Word.FREE, Word.DISLIKE}
    return _has(clause.tokens, Word.TIME, Word.PART) and not _has(clause.tokens, *says_more)


def _of_clause(clause: _Clause, previous: Action | None) -> list[Action]:
    """Give each verb of a clause the words that follow it, up to the next verb."""
    tokens = clause.tokens
    places = [i for i, token in enumerate(tokens) if token.word in VERBS]
    if not places:
        whole = Action(None, tokens, clause.start, clause.end)
        return [_without_verb(whole, previous)]
    found: list[Action] = []
    start, willing = clause.start, True
    for number, place in enumerate(places):
        verb = tokens[place]
        stop = places[number + 1] if number + 1 < len(places) else len(tokens)
        lead = tokens[places[number - 1] + 1 if number else 0 : place]
        words = tokens[place + 1 : stop]
        if stop < len(tokens) and words and words[-1].word in {Word.NOT, Word.WITHOUT}:
            words = words[:-1]  # it belongs to the next verb
        named = any(token.word in _NAMING for token in words)
        if number == 0:
            # What stands before the first verb: its object in "把音乐去掉" and "the music is to be
            # removed", and in "把音乐换成欢快的" what is replaced; else only adverbs.
            takes_lead = not named or verb.word in {Word.CHANGE, Word.USE}
            words = (*(t for t in lead if takes_lead or t.word not in OBJECTS), *words)
        elif not named and found and found[-1].verb in {Word.WANT, Word.USE}:
            taken = found.pop()  # "I want the music gone"
            words, start = (*taken.words, *words), taken.start
            willing = willing and not taken.negated
        if not words and stop < len(tokens) and verb.word not in {Word.WANT, Word.USE}:
            # "don't remove or replace the music", "remove and replace it with something calm"
            words = tuple(t for t in tokens[stop:] if t.word in OBJECTS)[:1]
        negated = _negated(lead) or not willing
        end = clause.end if stop == len(tokens) else _end(tokens[place:stop], tokens[stop])
        found.append(Action(verb.word, words, start, end, negated=negated, how=verb.value))
        # "I don't want to lose the music", "don't remove or replace it": it goes on to the next.
        willing = not (negated and not named)
        start = end
    telling = [a for a in found if a.verb is not Word.WANT or a.has(*_NAMING)]
    return [_resolved(action, previous) for action in telling or found]


def _end(words: Sequence[Token], following: Token) -> int:
    """Tell where a verb's words end: before the "without" that belongs to the next verb."""
    last = words[-1]
    return last.start if last.word in {Word.NOT, Word.WITHOUT} else following.start


def _without_verb(action: Action, previous: Action | None) -> Action:
    """Read "something calm instead", "not the voice", "the noise" after "remove the music and"."""
    if action.complains:
        return action
    new = action.has(Word.INSTEAD, Word.FREE) and action.has(*_MUSICAL)
    some = action.has(Word.SOMETHING) and action.has(*_MUSICAL[1:])
    if (new or some) and not action.has(Word.NOT):
        return replace(action, verb=Word.ADD)
    follows_on = previous is not None and previous.verb is not None
    if (
        follows_on
        and previous is not None
        and action.has(Word.MUSIC, Word.THING, Word.FILE, Word.OWN)
    ):
        if action.has(Word.NOT) and previous.verb is Word.REMOVE:
            return replace(action, verb=previous.verb, negated=True)
        if not action.has(Word.NOT, Word.WITHOUT):
            negated = previous.negated and not action.has(Word.ONLY)
            return replace(action, verb=previous.verb, how=previous.how, negated=negated)
    if (
        action.has(Word.MOOD, Word.FILE)
        and action.has(Word.MUSIC)
        and not action.has(Word.NOT, Word.THE)
    ):
        return replace(action, verb=Word.ADD)
    return action


def _resolved(action: Action, previous: Action | None) -> Action:
    """Put what "it" stands for, or what is left out, in its place."""
    if previous is None or action.first not in {None, Word.IT}:
        return action
    if action.first is None and action.has(Word.MOOD, Word.FILE, Word.OWN, Word.ORIGINAL):
        return action
    if action.verb is Word.WANT:
        return action  # "take it out and give it to me" wants the file
    named = tuple(t for t in previous.words if t.word in OBJECTS)[:1]
    if previous.verb is Word.KEEP:  # "keep it until 0:20, then remove it"
        named += tuple(t for t in previous.words if t.word in {Word.TIME, Word.PART})
    return replace(action, words=(*named, *(t for t in action.words if t.word is not Word.IT)))


def _negated(before: Sequence[Token]) -> bool:
    """Tell "don't remove", "without removing" and "别把音乐去掉" from "no music: remove it"."""
    named = False
    for token in reversed(before):
        if token.word in {Word.NOT, Word.WITHOUT} and (not named or token.value == "verb"):
            return True
        named = named or token.word in OBJECTS
    return False


def _strength(tokens: Sequence[Token], clauses: Sequence[_Clause]) -> str | None:
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


def _has(tokens: Iterable[Token], *words: Word) -> bool:
    return any(token.word in words for token in tokens)
