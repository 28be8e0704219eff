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
    was spoken of; ``strength`` is how thorough it asks to be.
    """

    verb: Word | None
    words: tuple[Token, ...]
    start: int
    end: int
    negated: bool = False
    have: bool = False
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
        """Tell whether ``word`` comes right after one of ``before``, articles aside."""
        plain = [t.word for t in self.words if t.word not in {Word.THE, Word.ORIGINAL}]
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
        wanted = self.verb in {Word.CHANGE, Word.USE} or (self.verb is Word.ADD and self.instead)
        return wanted and not (self.negated or self.only_voice or self.has(Word.WITHOUT))

    def parts(self) -> tuple[Action, Action | None]:
        """Cut "replace X with Y" into "remove X" and "add Y"; Y may be nothing."""
        removed, added = self._halves()
        addition = replace(self, verb=Word.ADD, words=added or (_MUSIC,), instead=False)
        removal = replace(self, verb=Word.REMOVE, words=removed, instead=False)
        if removal.first in {None, Word.IT} and addition.has(*_MUSICAL):
            removal = replace(removal, words=(_MUSIC,))
        nothing = addition.has(Word.SILENCE) and not addition.has(*_MUSICAL)
        return removal, None if nothing else addition

    def _halves(self) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """Cut the words into what goes and what comes; either may be left unsaid."""
        place = self._with()
        if self.verb is Word.CHANGE and place is not None:
            return self.words[:place], self.words[place + 1 :]
        if self.verb is Word.CHANGE and self.has(Word.MUSIC):
            return self.words, ()
        return (), self.words

    @property
    def idle(self) -> bool:
        """Tell whether it asks for nothing, so that not doing it needs no words."""
        if self.negated or self.verb in {Word.KEEP, Word.TOUCH}:
            return True
        return self.verb in {None, Word.WANT, Word.USE} and self.first not in {
            Word.THING,
            Word.SOUND,
        }


_MUSIC = Token(Word.MUSIC, "", 0, 0)  # what is meant where a message need not say it


def actions(tokens: Sequence[Token], *, laid: bool) -> list[Action]:
    """Cut a message into actions, and fill in what a piece leaves out from the one before."""
    only_voice, keeps_voice = _voice(tokens)
    spoken_of = laid
    previous: Action | None = None
    found: list[Action] = []
    for clause in _clauses(tokens):
        spoken_of = spoken_of or _has(clause, Word.MUSIC, Word.OWN, Word.FILE)
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


def _clauses(tokens: Sequence[Token]) -> list[list[Token]]:
    """Split at "and", commas and the like, but not inside "calm and happy"."""
    clauses: list[list[Token]] = [[]]
    for index, token in enumerate(tokens):
        if token.word is not Word.JOIN:
            clauses[-1].append(token)
            continue
        before = tokens[index - 1].word if index else None
        after = tokens[index + 1].word if index + 1 < len(tokens) else None
        if not before is after is Word.MOOD:
            clauses.append([])
    return [clause for clause in clauses if clause]


def _of_clause(clause: list[Token], previous: Action | None) -> list[Action]:
    """Give each verb of a clause the words that follow it, up to the next verb."""
    start, end = clause[0].start, clause[-1].end
    places = [i for i, token in enumerate(clause) if token.word in VERBS]
    if not places:
        return [_without_verb(Action(None, tuple(clause), start, end), previous)]
    found: list[Action] = []
    for number, place in enumerate(places):
        stop = places[number + 1] if number + 1 < len(places) else len(clause)
        lead = clause[places[number - 1] + 1 if number else 0 : place]
        words = tuple(clause[place + 1 : stop])
        verb = clause[place]
        named = any(token.word in _NAMING for token in words)
        if number == 0:
            # What stands before the first verb: its object in "把音乐去掉" and "the music is to be
            # removed", and in "把音乐换成欢快的" what is replaced; else only adverbs.
            takes_lead = not named or verb.word in {Word.CHANGE, Word.USE}
            kept = lead if takes_lead else [t for t in lead if t.word not in OBJECTS]
            words = (*kept, *words)
        elif not named and found and found[-1].verb in {Word.WANT, Word.USE}:
            words = (*found.pop().words, *words)  # "I want the music gone"
        found.append(
            Action(
                verb.word,
                words,
                start if number == 0 else verb.start,
                end if stop == len(clause) else clause[stop].start,
                negated=_negated(lead),
                have=verb.value == "have",
            )
        )
    telling = [a for a in found if a.verb is not Word.WANT or a.has(*_NAMING)]
    return [_resolved(action, previous) for action in telling or found]


def _without_verb(action: Action, previous: Action | None) -> Action:
    """Read "something calm instead", "not the voice", "the noise" after "remove the music and"."""
    music = action.has(*_MUSICAL)
    if music and action.has(Word.INSTEAD, Word.SOMETHING, Word.FREE) and not action.has(Word.NOT):
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
    around = [
        {t.word for t in tokens[max(0, i - 4) : i + 2]}
        for i, token in enumerate(tokens)
        if token.word is Word.VOICE
    ]
    only = any(Word.ONLY in words for words in around)
    return only, only or any(words & {Word.KEEP, Word.EXCEPT} for words in around)


def _has(tokens: Iterable[Token], *words: Word) -> bool:
    return any(token.word in words for token in tokens)
