"""Actions: a message cut into verbs, each with its objects, before any edit is thought of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.clauses import MUSICAL, Clause, clauses_of, has
from cogwidgets.engine.agent.lexicon import OBJECTS, VERBS, Reading, Token, Word
from cogwidgets.engine.agent.slots import Slots
from cogwidgets.engine.agent.times import END, START, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Action", "cut"]

_WHEN = {Word.TIME, Word.PART}
_NAMING = OBJECTS | {Word.MOOD, Word.FILE, Word.OWN, Word.ORIGINAL, Word.FREE}


@dataclass(frozen=True, kw_only=True)
class Action(Slots):
    """One verb of a message and the words that go with it.

    ``negated`` is "don't …", ``how`` the verb's own value. The others say what holds in the message
    as a whole: that something comes ``instead``, that only the voice is wanted, that the voice
    stays or goes, that music was spoken of, and how thorough to be.
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
        wanted = self.verb is Word.CHANGE or (
            self.has(*MUSICAL)
            and (
                (self.verb is Word.USE and self._says_which)
                or (self.verb in {Word.ADD, Word.WANT} and self.instead)
            )
        )
        return wanted and not (self.negated or self.only_voice or self.has(Word.WITHOUT))

    @property
    def musical(self) -> bool:
        """Tell whether music is what it is about, or may be."""
        other = self.has(Word.ALL, Word.RATIO, Word.EFFECT, Word.FORMAT, Word.OTHER) or self.clips
        vague = self.first in {None, Word.IT, Word.EVERYTHING, Word.VOICE}
        return self.has(*MUSICAL) or (vague and not other)

    @property
    def _says_which(self) -> bool:
        """Tell "make the music happier" from "make the music better"."""
        return self.has(*MUSICAL[1:], Word.EITHER, Word.SOMETHING, Word.INSTEAD)

    def parts(self) -> tuple[Action, Action | None]:
        """Cut "replace X with Y" into "remove X" and "add Y"; Y may be nothing."""
        removed, added = self._halves()
        if removed and added:  # a time said of the one holds for the other
            when = tuple(t for t in (*removed, *added) if t.word in _WHEN)
            removed, added = (
                half if any(t.word in _WHEN for t in half) else (*half, *when)
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


_MUSIC = Token(Word.MUSIC, "", 0, 0)  # what is meant where a message need not say it


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
    previous = _action(Word.TOUCH, about, 0, 0) if about else None
    found: list[Action] = []
    for clause in clauses:
        heard = heard or has(clause.tokens, Word.MUSIC, Word.OWN, Word.FILE)
        spoken_of = spoken_of or heard
        for action in _of_clause(clause, previous):
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
            )
            whole = whole if heard else _of_picture(whole)
            found.append(whole)
            if whole.verb is not None:
                previous = whole
            elif previous is None and whole.first is not None:
                previous = whole  # "there is a song in it; remove it"
    return found


def _of_clause(clause: Clause, previous: Action | None) -> list[Action]:
    """Give each verb of a clause the words that follow it, up to the next verb."""
    tokens = clause.tokens
    places = [i for i, token in enumerate(tokens) if token.word in VERBS]
    places = [i for n, i in enumerate(places) if n == 0 or _begins(tokens, i, tokens[places[0]])]
    if not places:
        whole = _action(None, tokens, clause.start, clause.end)
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
            takes_lead = not named or verb.word in {Word.CHANGE, Word.USE, *_EDITING}
            words = (*(t for t in lead if takes_lead or t.word not in OBJECTS), *words)
        elif found and _lends(found[-1], verb, named=named):
            taken = found.pop()  # "I want the music gone"
            lent = taken.said if taken.verb in _EDITING and taken.said else None
            words, start = (*((lent,) if lent else ()), *taken.words, *words), taken.start
            willing = willing and not taken.negated
        if not words and stop < len(tokens) and verb.word not in {Word.WANT, Word.USE}:
            # "don't remove or replace the music", "remove and replace it with something calm"
            words = tuple(t for t in tokens[stop:] if t.word in OBJECTS)[:1]
        negated = _negated(lead) or not willing
        end = clause.end if stop == len(tokens) else _end(tokens[place:stop], tokens[stop])
        action = _action(verb.word, words, start, end)
        found.append(replace(action, said=verb, negated=negated, how=verb.value))
        # "I don't want to lose the music", "don't remove or replace it": it goes on to the next.
        willing = not (negated and not named)
        start = end
    telling = [a for a in found if a.verb is not Word.WANT or a.has(*_NAMING)]
    resolved: list[Action] = []
    for action in telling or found:
        resolved.append(_resolved(action, previous))
        if action.has(Word.MUSIC) and action.verb is Word.ADD:
            previous = action  # "add music that fades out"
    return resolved


def _action(verb: Word | None, words: Iterable[Token], start: int, end: int) -> Action:
    return Action(verb=verb, words=tuple(words), start=start, end=end)


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
    if verb.word is Word.USE:
        return before.value != "thumbnail"
    turned = first.value == "flip" and verb.value == "rotate"
    again = verb.value == first.value or before.word is Word.WITH or turned
    return verb.word not in _EDITING or not again or verb.value == "thumbnail"


def _lends(previous: Action, verb: Token, *, named: bool) -> bool:
    """Tell "I want the music gone" and "add a fade out" from two actions."""
    if verb.value == "thumbnail":
        return previous.verb in {Word.WANT, Word.USE} or not previous.has(*_NAMING)
    if previous.how == "overlay" and not previous.words:
        return verb.word is Word.ADD  # 画中画放 …
    if previous.verb in {Word.WANT, Word.USE}:
        return not named or (verb.word in _EDITING and not previous.has(*_NAMING))
    return (
        previous.verb in {Word.ADD, Word.LEVEL, Word.OTHER}
        and verb.word in _EDITING
        and not previous.has(*_NAMING - {Word.MOOD})
        and previous.said is not None
        and (
            previous.verb is Word.ADD
            or previous.how in {"set", "speed", "convert", "resize"}
            or (previous.how in {"up", "down"} and verb.value == "speed")
        )
    )


_EDITING = {Word.LEVEL, Word.OTHER}


def _end(words: Sequence[Token], following: Token) -> int:
    """Tell where a verb's words end: before the "without" that belongs to the next verb."""
    last = words[-1]
    return last.start if last.word in {Word.NOT, Word.WITHOUT} else following.start


def _without_verb(action: Action, previous: Action | None) -> Action:  # noqa: PLR0911 - a rule each
    """Read "something calm instead", "not the voice", "the noise" after "remove the music and"."""
    if action.complains:
        return action
    new = action.has(Word.INSTEAD, Word.FREE) and action.has(*MUSICAL)
    some = action.has(Word.SOMETHING) and action.has(*MUSICAL[1:])
    if (new or some) and not action.has(Word.NOT):
        return replace(action, verb=Word.ADD)
    if previous is not None and previous.verb in _EDITING and action.has(*MUSICAL[1:]):
        return replace(action, verb=Word.ADD)  # "a slideshow with transitions and calm music"
    follows_on = previous is not None and previous.verb is not None
    if (
        follows_on
        and previous is not None
        and action.has(Word.MUSIC, Word.THING, Word.FILE, Word.OWN, Word.TEXT)
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
    if not _refers(action, previous):
        return action
    named = tuple(t for t in previous.words if _lasts(t))[:1]
    if named and _silent(named[0]) and _of_sound(action):
        named = ()  # "add a title and make it louder": the video, for a title has no sound
    if previous.verb is Word.KEEP and named:  # "keep it until 0:20, then remove it" from there on
        named += tuple(_rest(t) for t in previous.words if t.word in _WHEN)
    return replace(action, words=(*named, *(t for t in action.words if t.word is not Word.IT)))


def _silent(token: Token) -> bool:
    """Tell whether a thing cannot be heard."""
    return token.word is Word.TEXT or (token.word is Word.THING and token.value in _WRITTEN)


def _of_sound(action: Action) -> bool:
    """Tell whether an action is about how loud something is."""
    return action.how == "mute" or (action.verb is Word.LEVEL and "fade" not in action.how)


_WRITTEN = {"title", "text", "caption", "logo"}


def _lasts(token: Token) -> bool:
    """Tell whether a thing is there after an edit of it, so that "it" can be that."""
    if token.word is Word.THING:
        return token.value in {"", *_WRITTEN}
    return token.word in OBJECTS - {Word.ABSENT}


def _refers(action: Action, previous: Action) -> bool:
    """Tell whether an action is about what the one before was about, and not about the video."""
    if action.has(Word.VIDEO, Word.RATIO, Word.EFFECT, Word.FORMAT, Word.FIT, Word.MEDIA):
        return False
    if action.verb is Word.EXPORT:
        return False
    if action.verb is Word.OTHER:
        return action.how == "move" and not action.clips
    if action.verb is Word.LEVEL and previous.verb is Word.REMOVE:
        return False
    if action.has(Word.IT):
        return True
    return action.how not in {"cut", "mute"} and not (action.verb is Word.REMOVE and action.spans)


def _rest(token: Token) -> Token:
    """Give what lies beside a time."""
    spans = token.meaning if isinstance(token.meaning, tuple) else (token.meaning,)
    beside = [
        Span(start, end)
        for span in spans
        if isinstance(span, Span) and span.clip is None
        for start, end in ((START, span.start), (span.end, END))
        if start != end
    ]
    return replace(token, meaning=tuple(beside) or None, word=Word.PART)


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
