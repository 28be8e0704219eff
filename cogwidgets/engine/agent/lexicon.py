"""Lexicon: the words of a video editor's messages, English and Chinese, as concepts.

A message becomes a row of tokens, longest match first. Edits are recognised from concepts, so a
new way of saying something is a new entry in words.toml or editing.toml, and never a new branch
anywhere. A word can mean several things (`Token.also`): "warm" is a mood of music and a colour.
Words that nobody listed are kept apart: whoever asks to "blur the wombat" must not get all blurred.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from importlib import resources
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent.amounts import Amount, Frame, amount_at
from cogwidgets.engine.agent.hanzi import Twin
from cogwidgets.engine.agent.idioms import CHINESE, plainly
from cogwidgets.engine.agent.rephrasing import rephrased
from cogwidgets.engine.agent.spelling import WORD, meant
from cogwidgets.engine.agent.times import Edge, Span, Time, time_at
from cogwidgets.engine.agent.verbatim import Masked, mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["OBJECTS", "VERBS", "Reading", "Token", "Word", "read"]


class Word(StrEnum):
    """What a token stands for."""

    # What is to be done
    REMOVE = auto()
    ADD = auto()
    USE = auto()  # lay this in place of what is there
    CHANGE = auto()
    KEEP = auto()
    TOUCH = auto()
    ISOLATE = auto()
    RESTORE = auto()
    WANT = auto()
    LEVEL = auto()  # louder, quieter, fades
    OTHER = auto()  # trim, split, rotate: ``value`` tells
    EXPORT = auto()
    # To what
    MUSIC = auto()
    VOICE = auto()
    SOUND = auto()
    SILENCE = auto()
    EVERYTHING = auto()
    THING = auto()  # captions, noise, titles: ``value`` tells
    ABSENT = auto()  # what this engine cannot do, by kind
    TEXT = auto()  # words in quotes, to be shown
    IT = auto()
    NAMED = auto()  # a text that is there, by what it says
    # How
    SOMETHING = auto()
    MOOD = auto()
    STRENGTH = auto()
    EITHER = auto()  # "strong": of a removal a strength, of a track a mood
    FREE = auto()
    ORIGINAL = auto()
    FILE = auto()
    OWN = auto()
    TIME = auto()
    PART = auto()  # in one clip, while somebody speaks, half of it
    AMOUNT = auto()  # 50 %, 6 dB, 2x, 10 MB
    MEDIA = auto()  # the name of a video or an image
    VIDEO = auto()
    VOLUME = auto()
    EFFECT = auto()  # of the picture: brightness+, sepia, look:vintage
    COLOUR = auto()
    PLACE = auto()  # on the screen
    RATIO = auto()
    FIT = auto()
    WAY = auto()  # a direction
    FORMAT = auto()
    STYLE = auto()
    TRANSITION_KIND = auto()
    OPACITY = auto()
    MORE = auto()
    ALL = auto()  # several clips or images at once
    VAGUE = auto()
    UNKNOWN = auto()
    DISLIKE = auto()  # what is wrong with it, which asks for nothing by itself
    # Grammar
    NOT = auto()
    ONLY = auto()
    EXCEPT = auto()
    WITHOUT = auto()
    INSTEAD = auto()
    WITH = auto()
    THE = auto()
    JOIN = auto()
    FILLER = auto()  # listed so that its parts are not taken for something else


VERBS = frozenset(
    {
        Word.REMOVE,
        Word.ADD,
        Word.USE,
        Word.CHANGE,
        Word.KEEP,
        Word.TOUCH,
        Word.ISOLATE,
        Word.RESTORE,
        Word.WANT,
        Word.LEVEL,
        Word.OTHER,
        Word.EXPORT,
    }
)
OBJECTS = frozenset(
    {
        Word.MUSIC,
        Word.VOICE,
        Word.SOUND,
        Word.SILENCE,
        Word.EVERYTHING,
        Word.THING,
        Word.ABSENT,
        Word.TEXT,
        Word.IT,
    }
)


_NEVER = "(?!)"


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))


_TABLE, _EDITING = _table("words.toml"), _table("editing.toml")
_FIRST = [entry for entry in CHINESE["word"] if not entry.get("late")]
_LAST = [entry for entry in CHINESE["word"] if entry.get("late")]


def _english(said: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(said)})(?![a-z0-9])", re.IGNORECASE)


_WORDS = tuple(
    (
        Word(entry["concept"]),
        entry.get("value", ""),
        _english(entry.get("english", [_NEVER])),
        re.compile("|".join(entry.get("chinese") or [_NEVER]), re.IGNORECASE),
        tuple(_english([said]) for said in entry.get("english", ())),
    )
    for entry in (*_FIRST, *_TABLE["word"], *_EDITING["word"], *_LAST)
)
_PLAIN = frozenset(_TABLE["plain"])
_PLAIN_ZH = re.compile(f"[{_TABLE['particles']}]+")


_PUNCTUATION = " ,.;!?，。；！？、"  # noqa: RUF001 - both scripts' own


@dataclass(frozen=True)
class Token:
    """One concept in a message; ``value`` is a mood, a strength, a file name or a text.

    ``start`` and ``end`` are places in `Reading.text`. ``meaning`` is what a time or an amount
    comes to, ``also`` what else the same words can mean.
    """

    word: Word
    value: str
    start: int
    end: int
    meaning: Time | tuple[Time, ...] | Amount | Frame | None = None
    also: tuple[Token, ...] = ()

    @property
    def meanings(self) -> tuple[object, ...]:
        """Give what it means, one or several."""
        return self.meaning if isinstance(self.meaning, tuple) else (self.meaning,)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Give the stretches that it names."""
        return tuple(m for m in self.meanings if isinstance(m, Span))

    @property
    def readings(self) -> tuple[Token, ...]:
        """Give all that it can mean, the likeliest first."""
        return (self, *self.also)


@dataclass(frozen=True)
class Reading:
    """A message as tokens, whose places are those in ``text``.

    ``strange`` are the words that nobody listed, ``twin`` has what was written beside ``text``;
    ``respelled`` are slips of the pen, each with the word that it is read as.
    """

    tokens: tuple[Token, ...]
    strange: tuple[Token, ...]
    twin: Twin
    masked: Masked
    respelled: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """What is read."""
        return self.twin.read

    def quote(self, start: int, end: int) -> str:
        """Give a piece of the message back in the user's words."""
        return " ".join(self.masked.unmasked(self.twin.said(start, end)).split()).strip(
            _PUNCTUATION
        )


def read(message: str, files: Iterable[str] = ()) -> Reading:
    """Turn a message into tokens.

    Parameters
    ----------
    message
        What somebody wrote.
    files
        Names of audio files that may be meant; such a name may hold any words.

    Examples
    --------
    >>> [token.word.value for token in read("turn the music off, please").tokens]
    ['remove', 'the', 'music', 'join']

    """
    masked = mask(message, files)
    twin = plainly(masked.twin)
    respelled: dict[str, str] = {}
    twin = twin.sub(WORD, lambda m, _: _respelled(m, respelled))
    twin = rephrased(twin)
    text = twin.read
    found: list[Token] = []
    strange: list[Token] = []
    at = 0
    while at < len(text):
        piece = masked.piece(text[at])
        token = Token(Word(piece.kind), piece.value, at, at + 1) if piece else _longest(text, at)
        if token is None:
            unlisted = _UNLISTED.match(text, at)
            if unlisted and not _is_plain(unlisted[0]):
                strange.append(Token(Word.UNKNOWN, unlisted[0], at, unlisted.end()))
            at = unlisted.end() if unlisted and unlisted[0].isascii() else at + 1
        else:
            if token.word is not Word.FILLER:
                found.append(token)
            at = token.end
    put_right = tuple(respelled.items())
    return Reading(tuple(found), tuple(_han_words(strange)), twin, masked, put_right)


def _respelled(match: re.Match[str], put_right: dict[str, str]) -> str:
    """Give a word as it was meant, where nobody listed it as it is; names are left alone."""
    word = match[0]
    named = word[0].isupper() and not word.isupper() and match.start() > 0
    right = None if named or _is_plain(word) else meant(word)
    if right is None or _longest(f" {word} ", 1) is not None:
        return word
    put_right[word] = right
    return right


def _is_plain(word: str) -> bool:
    """Tell whether a word says nothing of its own: "the", "what's"."""
    word = word.lower()
    adverb = word.endswith("ly") and len(word) > 5 and word not in _NO_ADVERBS  # noqa: PLR2004
    return adverb or word in _PLAIN or _CONTRACTED.sub("", word) in _PLAIN


_NO_ADVERBS = {
    "butterfly",
    "family",
    "assembly",
    "dragonfly",
    "anomaly",
    "monopoly",
    "jelly",
    "belly",
}
_CONTRACTED = re.compile(r"'(?:s|re|ve|ll|d|m)$")
_UNLISTED = re.compile(r"[A-Za-z][A-Za-z'-]*|[\u4e00-\u9fff]")


def _han_words(strange: Iterable[Token]) -> Iterator[Token]:
    """Leave out the little words of Chinese."""
    for token in strange:
        if not _PLAIN_ZH.fullmatch(token.value):
            yield token


_BEGINS = re.compile(r"(?:start|begin|end|stop)s?(?: it| the video| this)?\b", re.IGNORECASE)
_HEX = re.compile(r"#[0-9a-f]{6}(?![0-9a-z])", re.IGNORECASE)


def _longest(text: str, at: int) -> Token | None:
    """Read the longest concept at a place; of equals the first, with the others beside it."""
    found: list[Token] = []
    time, amount = time_at(text, at), amount_at(text, at)
    if hexes := _HEX.match(text, at):
        return Token(Word.COLOUR, hexes[0].lower(), at, hexes.end())
    ratio = amount is not None and isinstance(amount[1], Frame) and not amount[1].exact
    if time is not None and not (ratio and amount is not None and amount[0] >= time[0]):
        begins = "begins" if _BEGINS.match(text, at) else ""
        found.append(Token(_time_word(time[1]), begins, at, time[0], time[1]))
    latin = text[at].isascii()
    for word, value, english, chinese, each in _WORDS:
        match = latin and english.match(text, at)
        ends = [m.end() for said in each if (m := said.match(text, at))] if match else []
        if not match and (match := chinese.match(text, at)):
            ends = [match.end()]
        if ends and max(ends) > at:  # "fade in and out" is more than "fade"
            found.append(Token(word, value, at, max(ends)))
    if amount is not None:
        word = Word.RATIO if isinstance(amount[1], Frame) else Word.AMOUNT
        found.append(Token(word, "", at, amount[0], amount[1]))
    if not found:
        return None
    end = max(token.end for token in found)
    first, *others = (token for token in found if token.end == end)
    return replace(first, also=tuple(others))


def _time_word(meaning: Time | tuple[Time, ...]) -> Word:
    first = meaning[0] if isinstance(meaning, tuple) else meaning
    part = isinstance(first, Edge) or (isinstance(first, Span) and first.clip is not None)
    return Word.PART if part else Word.TIME
