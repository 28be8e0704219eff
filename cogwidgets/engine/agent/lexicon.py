"""Lexicon: the words of a video editor's messages, English and Chinese, as concepts.

A message becomes a row of tokens, longest match first; words that are not listed mean nothing
here. Edits are recognised from concepts, so a new way of saying something is a new entry in
words.toml, and never a new branch anywhere.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum, auto
from importlib import resources
from typing import TYPE_CHECKING

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
    LEVEL = auto()  # louder, quieter, fades: not yet
    OTHER = auto()  # verbs of edits that are not here yet
    EXPORT = auto()
    # To what
    MUSIC = auto()
    VOICE = auto()
    SOUND = auto()
    SILENCE = auto()
    EVERYTHING = auto()
    THING = auto()  # captions, noise, titles: not yet
    TEXT = auto()  # words in quotes, to be shown
    IT = auto()
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
        Word.TEXT,
        Word.IT,
    }
)


_NEVER = "(?!)"
_TABLE = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))
_WORDS = tuple(
    (
        Word(entry["concept"]),
        entry.get("value", ""),
        re.compile(
            rf"(?<![a-z0-9])(?:{'|'.join(entry.get('english', [_NEVER]))})(?![a-z0-9])",
            re.IGNORECASE,
        ),
        re.compile("|".join(entry.get("chinese", [_NEVER])), re.IGNORECASE),
    )
    for entry in _TABLE["word"]
)


def _misspelt(word: str) -> Iterator[str]:
    """Give the ways to write a word with a letter missing, doubled or swapped with the next."""
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]
        yield word[: i + 1] + word[i:]
        yield word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :]


_MISSPELT = {wrong: word for word in _TABLE["spelled"] for wrong in _misspelt(word)}

_REWRITTEN = (
    # "turn the music off" -> "turn off the music"
    (
        re.compile(
            r"\b(turn|take|cut|leave|switch|shut|filter|strip|pull|get|edit|wipe|rip|clean|clear|put|"
            r"bring|add|give)\s+((?:(?!and\b|then\b|but\b)[\w'-]+\s+){1,5}?)"
            r"(off|out|away|down|up|back)\b",
            re.IGNORECASE,
        ),
        r"\1 \3 \2",
    ),
    # "clean the sound of any music" -> "remove any music"
    (
        re.compile(
            r"\b(?:clean|clear|rid|strip) [^,.;]{1,30}? of"
            r"(?= (?:any |all |the )?(?:background )?(?:music|songs?|bgm)\b)",
            re.IGNORECASE,
        ),
        "remove",
    ),
    (re.compile(r"\bleave (.{1,30}?) alone\b", re.IGNORECASE), r"keep \1"),
    (re.compile(r"\b(music|song|bgm)[- ](?:free|less)\b", re.IGNORECASE), r"without \1"),
)
_PUNCTUATION = " ,.;!?，。；！？、"  # noqa: RUF001 - both scripts' own


@dataclass(frozen=True)
class Token:
    """One concept in a message; ``value`` is a mood, a strength, a file name or a text.

    ``start`` and ``end`` are places in `Reading.text`.
    """

    word: Word
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """A message as tokens, whose places are those in ``text``."""

    tokens: tuple[Token, ...]
    text: str
    masked: Masked

    def quote(self, start: int, end: int) -> str:
        """Give a piece of the message back in the user's words."""
        return " ".join(self.masked.unmasked(self.text[start:end]).split()).strip(_PUNCTUATION)


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
    text = re.sub(
        r"[a-z]{4,}", lambda m: _MISSPELT.get(m[0].lower(), m[0]), masked.text, flags=re.IGNORECASE
    )
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    found: list[Token] = []
    at = 0
    while at < len(text):
        piece = masked.piece(text[at])
        token = Token(Word(piece.kind), piece.value, at, at + 1) if piece else _longest(text, at)
        if token is not None and token.word is not Word.FILLER:
            found.append(token)
        at = token.end if token is not None else at + 1
    return Reading(tuple(found), text, masked)


def _longest(text: str, at: int) -> Token | None:
    best: Token | None = None
    for word, value, english, chinese in _WORDS:
        match = english.match(text, at) or chinese.match(text, at)
        if match and match.end() > (best.end if best else at):
            best = Token(word, value, at, match.end())
    return best
