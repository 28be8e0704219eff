"""Action: one verb of a message with its objects, and what they say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.clauses import MUSICAL
from cogwidgets.engine.agent.lexicon import OBJECTS, Token, Word
from cogwidgets.engine.agent.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.engine.agent.times import Span

__all__ = ["EDITING", "NAMING", "WHEN", "Action", "action_of"]

WHEN = {Word.TIME, Word.PART}
NAMING = OBJECTS | {Word.MOOD, Word.FILE, Word.OWN, Word.ORIGINAL, Word.FREE}
EDITING = {Word.LEVEL, Word.OTHER}


_NO_MUSIC = (
    Word.ALL, Word.RATIO, Word.EFFECT, Word.FORMAT, Word.OTHER, Word.TRANSITION_KIND,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Action(Slots):
    """One verb of a message and the words that go with it.

    ``negated`` is "don't …", ``how`` the verb's own value. The others say what holds in the message
    as a whole: that something comes ``instead``, that only the voice is wanted, that the voice
    stays or goes, that music was spoken of, and how thorough to be. ``joined`` is "and …", not "and
    then …", and ``carried`` that the action before lent it where it is to be done.
    """

    verb: Word | None
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
    joined: bool = False
    carried: bool = False

    @property
    def spans(self) -> tuple[Span, ...]:
        """Give the stretches that are named; "all but the last 5 s" is what lies beside them."""
        named = super().spans
        if self.verb is Word.REMOVE and self.how != "mute":
            return named  # "remove all but …" keeps it
        verb = self.said.start if self.said is not None else -1
        pairs = ((one, two) for one, two in pairwise(self._plain) if two.spans)
        before = [one for one, two in pairs if not one.start < verb < two.start]
        if any(token.word in {Word.EXCEPT, Word.NOT} for token in before):
            return tuple(span for one in named for span in one.beside)
        return named

    @property
    def _plain(self) -> list[Token]:
        return [token for token in self.words if token.word not in {Word.THE, Word.WITH}]

    @property
    def first(self) -> Word | None:
        """What the verb is about: its first object."""
        return next((token.word for token in self.words if token.word in OBJECTS), None)

    def has(self, *words: Word) -> bool:
        """Tell whether one of these concepts goes with the verb."""
        found = [token for token in self.words if token.word in words]
        self.used.extend(found)
        return bool(found)

    def value(self, word: Word) -> str | None:
        """Give the value of a concept: the one after "with" or "to" where there are several."""
        wanted = [t for t in (*self.target, *self.words) if t.word is word]
        self.used.extend(wanted[:1])
        return wanted[0].value if wanted else None

    def follows(self, word: Word, *before: Word) -> bool:
        """Tell whether ``word`` comes right after one of ``before``, adjectives aside."""
        aside = {Word.THE, Word.ORIGINAL, Word.MOOD, Word.MORE}
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
        wanted = (self.verb is Word.CHANGE and self.how != "swap") or (
            self.has(*MUSICAL)
            and (
                (self.verb is Word.USE and self._says_which and not self.as_background)
                or (self.verb in {Word.ADD, Word.WANT} and self.instead)
            )
        )
        return wanted and not (self.negated or self.only_voice or self.has(Word.WITHOUT))

    @property
    def as_background(self) -> bool:
        """Tell "use my song as background music", which takes nothing away, from "instead"."""
        return bool(_BACKGROUND.search(self.text)) and not self.instead

    @property
    def musical(self) -> bool:
        """Tell whether music is what it is about, or may be."""
        other = self.clips or self.has(*_NO_MUSIC)
        known = self.first is not None or self._with() is None  # "change Hello to Hi there"
        vague = self.first in {None, Word.IT, Word.EVERYTHING, Word.VOICE} and not self.strange
        vague = vague and known
        return self.has(*MUSICAL) or (vague and self.music_spoken_of and not other)

    @property
    def _says_which(self) -> bool:
        """Tell "make the music happier" from "make the music better"."""
        return self.has(*MUSICAL[1:], Word.EITHER, Word.SOMETHING, Word.INSTEAD)

    def parts(self) -> tuple[Action, Action | None]:
        """Cut "replace X with Y" into "remove X" and "add Y"; Y may be nothing."""
        removed, added = self._halves()
        if removed and added:  # a time said of the one holds for the other
            when = tuple(t for t in (*removed, *added) if t.word in WHEN)
            removed, added = (
                half if any(t.word in WHEN for t in half) else (*half, *when)
                for half in (removed, added)
            )
        addition = replace(self, verb=Word.ADD, words=added or (_MUSIC,), instead=False)
        removal = replace(self, verb=Word.REMOVE, words=removed, instead=False)
        if removal.first in {None, Word.IT} and addition.has(*MUSICAL):
            removal = replace(removal, words=(_MUSIC,))
        if removal.first is Word.MUSIC and addition.first is None and addition.has(Word.SOMETHING):
            addition = replace(addition, words=(*addition.words, _MUSIC))
        silence = addition.has(Word.SILENCE) and not addition.has(*MUSICAL)
        # "make it copyright-free" names no music to lay.
        freed = self.verb is Word.USE and not addition.has(*MUSICAL[:-1], Word.SOMETHING)
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
        vague = self.verb in {None, Word.WANT} and not self.amount("share", "db", "factor", "bytes")
        return vague and self.first not in {Word.THING, Word.TEXT, Word.SOUND}

    @property
    def complains(self) -> bool:
        """Tell whether it only says what is wrong."""
        return self.verb is None and self.has(Word.DISLIKE)


_BACKGROUND = re.compile(r"\bas (?:an? |some )?(?:background|backing|bgm)\b", re.IGNORECASE)
_MUSIC = Token(Word.MUSIC, "", 0, 0)  # what is meant where a message need not say it


def action_of(verb: Word | None, words: Iterable[Token], start: int, end: int) -> Action:
    """Make an action of a verb and the words with it."""
    return Action(verb=verb, words=tuple(words), start=start, end=end)
