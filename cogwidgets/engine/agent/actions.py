"""Actions: a message cut into verbs, each with its objects, before any edit is thought of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.lexicon import OBJECTS, VERBS, Token, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Action", "actions"]

_MUSICAL = (Word.MUSIC, Word.MOOD, Word.FILE, Word.OWN, Word.FREE)
_NAMING = OBJECTS | {Word.MOOD, Word.FILE, Word.OWN, Word.ORIGINAL, Word.FREE}


@dataclass(frozen=True)
class Action:
    """One verb of a message and the words that go with it.

    ``negated`` is "don't …"; the last four say what holds in the message as a whole: that
    something comes "instead", that only the voice is wanted, that the voice stays, and that music
    was spoken of; ``strength`` is how thorough it asks to be. ``how`` is the verb's own value.
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
            and (self.verb is Word.USE or (self.verb in {Word.ADD, Word.WANT} and self.instead))
        )
        return wanted and not (self.negated or self.only_voice or self.has(Word.WITHOUT))

    def parts(self) -> tuple[Action, Action | None]:
        """Cut "replace X with Y" into "remove X" and "add Y"; Y may be nothing."""
        removed, added = self._halves()
        addition = replace(self, verb=Word.ADD, words=added or (_MUSIC,), instead=False)
        removal = replace(self, verb=Word.REMOVE, words=removed, instead=False)
        if removal.first in {None, Word.IT} and addition.has(*_MUSICAL):
            removal = replace(removal, words=(_MUSIC,))
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
        return self.verb in {None, Word.WANT, Word.USE} and self.first not in {
            Word.THING,
            Word.SOUND,
        }


_MUSIC = Token(Word.MUSIC, "", 0, 0)  # what is meant where a message need not say it


def actions(tokens: Sequence[Token], length: int, *, laid: bool) -> list[Action]:
    """Cut a message of a length into actions, and fill in what each leaves to the one before."""
    only_voice, keeps_voice = _voice(tokens)
    spoken_of = laid
    previous: Action | None = None
    found: list[Action] = []
    for clause in _clauses(tokens, length):
        spoken_of = spoken_of or _has(clause.tokens, Word.MUSIC, Word.OWN, Word.FILE)
        for action in _of_clause(clause, previous):
            whole = replace(
                action,
                instead=_has(tokens, Word.INSTEAD),
                only_voice=only_voice,
                keeps_voice=keeps_voice,
                music_spoken_of=spoken_of,
                strength=next((t.value for t in tokens if t.word is Word.STRENGTH), None),
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
    """Split at "and", commas and the like, but not inside "calm and happy"."""
    clauses: list[_Clause] = []
    held: list[Token] = []
    start = 0
    for index, token in enumerate(tokens):
        if token.word is not Word.JOIN:
            held.append(token)
            continue
        before = tokens[index - 1].word if index else None
        after = tokens[index + 1].word if index + 1 < len(tokens) else None
        if not before is after is Word.MOOD:
            clauses.append(_Clause(tuple(held), start, token.start))
            held, start = [], token.end
    clauses.append(_Clause(tuple(held), start, length))
    return [clause for clause in clauses if clause.tokens]


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
        negated = _negated(lead) or not willing
        end = clause.end if stop == len(tokens) else _end(tokens[place:stop], tokens[stop])
        found.append(Action(verb.word, words, start, end, negated=negated, how=verb.value))
        # "I don't want to lose the music": not wanting goes on to the next verb.
        willing = not (negated and verb.word is Word.WANT and not named)
        start = end
    telling = [a for a in found if a.verb is not Word.WANT or a.has(*_NAMING)]
    return [_resolved(action, previous) for action in telling or found]


def _end(words: Sequence[Token], following: Token) -> int:
    """Tell where a verb's words end: before the "without" that belongs to the next verb."""
    last = words[-1]
    return last.start if last.word in {Word.NOT, Word.WITHOUT} else following.start


def _without_verb(action: Action, previous: Action | None) -> Action:
    """Read "something calm instead", "not the voice", "the noise" after "remove the music and"."""
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
            return replace(action, verb=previous.verb, negated=negated)
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
    named = tuple(t for t in previous.words if t.word in OBJECTS)[:1]
    return replace(action, words=(*named, *(t for t in action.words if t.word is not Word.IT)))


def _negated(before: Sequence[Token]) -> bool:
    """Tell "don't remove" and "without removing" from "no music: remove it"."""
    for token in reversed(before):
        if token.word in {Word.NOT, Word.WITHOUT}:
            return True
        if token.word in OBJECTS:
            return False
    return False


def _voice(tokens: Sequence[Token]) -> tuple[bool, bool]:
    """Tell whether only the voice is wanted, and whether it is named as what stays."""
    words = [t.word for t in tokens if t.word not in {Word.THE, Word.WITH}]
    around = [
        set(words[max(0, i - 4) : i + 2]) for i, word in enumerate(words) if word is Word.VOICE
    ]
    only = any(Word.ONLY in near for near in around)
    return only, only or any(near & {Word.KEEP, Word.EXCEPT} for near in around)


def _has(tokens: Iterable[Token], *words: Word) -> bool:
    return any(token.word in words for token in tokens)
