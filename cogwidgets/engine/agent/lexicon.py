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

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    {Word.MUSIC, Word.VOICE, Word.SOUND, Word.SILENCE, Word.EVERYTHING, Word.THING, Word.IT}
)


_TABLE = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))
_WORDS = tuple(
    (
        Word(entry["concept"]),
        entry.get("value", ""),
        re.compile(rf"(?<![a-z0-9])(?:{'|'.join(entry['english'])})(?![a-z0-9])", re.IGNORECASE),
        re.compile("|".join(entry.get("chinese", ["(?!)"])), re.IGNORECASE),
    )
    for entry in _TABLE["word"]
)

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
    (re.compile(r"\bleave (.{1,30}?) alone\b", re.IGNORECASE), r"keep \1"),
    (re.compile(r"\b(music|song|bgm)[- ](?:free|less)\b", re.IGNORECASE), r"without \1"),
)
_AUDIO = r"\.(?:mp3|wav|m4a|aac|flac|ogg|opus|wma)(?![A-Z0-9])"
_QUOTED_FILE = re.compile(
    rf"""(?<=["'\u201c\u2018\u300c\u300a])[^"'\u201d\u2019\u300d\u300b]{{1,200}}{_AUDIO}""",
    re.IGNORECASE,
)
_AUDIO_FILE = re.compile(rf"[A-Z0-9_(][A-Z0-9_.()-]*{_AUDIO}", re.IGNORECASE)
_OTHER_FILE = re.compile(
    r"[A-Z0-9_(][A-Z0-9_.()-]*\.(?:mp4|mov|avi|webm|mkv|jpe?g|png|gif|webp)(?![A-Z0-9])",
    re.IGNORECASE,
)


_PUNCTUATION = " ,.;!?，。；！？、"  # noqa: RUF001 - both scripts' own
_MASK = 0x100000  # a private plane: each file name in a message becomes one of its characters


@dataclass(frozen=True)
class Token:
    """One concept in a message; ``value`` is a mood, a strength or a file name.

    ``start`` and ``end`` are places in `Reading.text`.
    """

    word: Word
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """A message as tokens."""

    tokens: tuple[Token, ...]
    text: str
    names: tuple[str, ...]

    def quote(self, start: int, end: int) -> str:
        """Give a piece of the message back as it was written."""
        piece = "".join(
            self.names[ord(c) - _MASK] if ord(c) >= _MASK else c for c in self.text[start:end]
        )
        return " ".join(piece.split()).strip(_PUNCTUATION)


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
    text, names = _mask(message, files)
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _longest(text, at)
        if ord(text[at]) >= _MASK:
            word, value, _ = names[ord(text[at]) - _MASK]
            token = Token(word, value, at, at + 1)
        if token is not None and token.word is not Word.FILLER:
            found.append(token)
        at = token.end if token is not None else at + 1
    return Reading(tuple(found), text, tuple(shown for _, _, shown in names))


def _longest(text: str, at: int) -> Token | None:
    best: Token | None = None
    for word, value, english, chinese in _WORDS:
        match = english.match(text, at) or chinese.match(text, at)
        if match and match.end() > (best.end if best else at):
            best = Token(word, value, at, match.end())
    return best


def _mask(message: str, files: Iterable[str]) -> tuple[str, list[tuple[Word, str, str]]]:
    """Replace each file name by one character, so that its words are not read as words."""
    names: list[tuple[Word, str, str]] = []

    def hide(pattern: re.Pattern[str], word: Word, text: str, value: str | None = None) -> str:
        def one(match: re.Match[str]) -> str:
            names.append((word, value or match[0], match[0]))
            return f" {chr(_MASK + len(names) - 1)} "

        return pattern.sub(one, text)

    text = "".join(c for c in message.replace("\u2019", "'") if ord(c) < _MASK)
    for file in sorted(files, key=len, reverse=True):
        text = hide(re.compile(re.escape(file), re.IGNORECASE), Word.FILE, text, file)
    text = hide(_AUDIO_FILE, Word.FILE, hide(_QUOTED_FILE, Word.FILE, text))
    return hide(_OTHER_FILE, Word.FILLER, text), names
