"""Router: what somebody types, to the action it asks for.

Only a sentence in which every word belongs to a command is one: "export the video, please" is,
"export the captions in yellow" is for the agent, since a word that nobody listed can be an edit.
Which words and sentences there are stands in router.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal, cast

from cogwidgets.client.target import CONTAINERS

__all__ = ["Action", "Lexicon", "Token", "named_files", "route"]

Action = Literal["export", "credits", "state", "upload", "message"]

_LONGEST = 4_000  # characters: no command is longer, so the rest need not be read
_MOST = 24  # tokens that say something: the same

_TABLE = tomllib.loads(resources.files(__package__).joinpath("router.toml").read_text("utf-8"))
_SIMPLIFIED = {pair[0]: pair[1] for pair in _TABLE["traditional"].split()}
_CONTAINERS = tuple(f".{container}" for container in CONTAINERS)
_FILE, _TARGET = "\ue000", "\ue001"
_STOPS = frozenset(",.;:!?\n。、—…")
_ATOM = re.compile(rf"[a-z0-9]+(?:'[a-z]+)*|[^\W_]|[{_FILE}{_TARGET}]|[{''.join(_STOPS)}]")


@dataclass(frozen=True)
class Token:
    """A word, what it can stand for, and from where to where it goes in the text.

    A word that nobody listed stands for nothing; punctuation stands for ``stop``.
    """

    concepts: frozenset[str]
    start: int
    end: int


class Lexicon:
    """Words by what they stand for; reads a text as the longest of them that fit.

    Parameters
    ----------
    words
        For each concept its words, parted by commas.

    Examples
    --------
    >>> lexicon = Lexicon({"export": "export, 导出", "it": "it"})
    >>> [sorted(token.concepts) for token in lexicon.read("Exprot it now")]
    [['export'], ['it'], []]

    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._concepts: dict[tuple[str, ...], frozenset[str]] = {}
        for concept, listed in words.items():
            for word in listed.split(","):
                atoms = tuple(_ATOM.findall(plainly(word.strip())))
                self._concepts[atoms] = self._concepts.get(atoms, frozenset()) | {concept}
        self._longest: dict[str, int] = {}
        for atoms in self._concepts:
            self._longest[atoms[0]] = max(len(atoms), self._longest.get(atoms[0], 0))

    @property
    def senses(self) -> set[frozenset[str]]:
        """Every set of concepts that a word here can stand for."""
        return set(self._concepts.values())

    def read(self, text: str) -> Iterator[Token]:
        """Yield the tokens of a text in its order, without gaps but for blanks and signs."""
        matches = list(_ATOM.finditer(plainly(text)))
        atoms = [_spelled(match[0]) for match in matches]
        at = 0
        while at < len(atoms):
            size, concepts = self._match(atoms, at)
            yield Token(concepts, matches[at].start(), matches[at + size - 1].end())
            at += size

    def _match(self, atoms: list[str], at: int) -> tuple[int, frozenset[str]]:
        for size in range(min(self._longest.get(atoms[at], 0), len(atoms) - at), 0, -1):
            if concepts := self._concepts.get(tuple(atoms[at : at + size])):
                return size, concepts
        return 1, frozenset({"stop"} if atoms[at] in _STOPS else ())


def plainly(text: str) -> str:
    """Write a text in small, narrow, simplified characters, each in its old place."""
    return "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character in "\u2018\u2019\u00b4`":
        return "'"
    narrow = unicodedata.normalize("NFKC", character).lower()
    return _SIMPLIFIED.get(narrow, narrow) if len(narrow) == 1 else character


def _misspellings(word: str) -> Iterator[str]:
    """Give the ways to write a word with one letter missing, added, wrong or swapped."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in letters:
            yield before + letter + after
            yield before + letter + after[1:]


def _listed(key: str) -> list[str]:
    return [word.strip() for word in _TABLE[key].split(",")]


_SPELLED = {wrong: word for word in _listed("misspelled") for wrong in _misspellings(word)}
_SPELLED |= {word: word for word in _listed("misspelled") + _listed("apart")}


def _spelled(atom: str) -> str:
    """Put a misspelled command right, and one with its last letter held down ("exporttt")."""
    if len(atom) > 3 and atom[-1] == atom[-2] == atom[-3]:  # noqa: PLR2004 - three of the same
        atom = atom.rstrip(atom[-1]) + atom[-1]
    return _SPELLED.get(atom, atom)


_ENDING = rf"\.(?:{'|'.join(_TABLE['endings'].split())})(?![a-z0-9])"
_ROOT = r"(?<![\w/\\.~:])(?:~|\.{1,2}(?=/)|/(?=[\w.-]+/)|[a-z]:(?=[\\/]))"
_HAN = rf"(?![{_TABLE['edits']}])[\u3400-\u9fff]"
_SIGN = r"[\w()\[\]@%+*?.\\/-]"
_NAME = re.compile(
    rf"""
    (?:https?|ftp|file)://[!-~]+
    # In quotes there can be blanks, but "trim a.mp4" may be a message as a whole
    | (?<!\w)(?P<quote>["'])(?P<quoted>
        [^"'\s]{{1,300}}{_ENDING} | (?<=\S\s["'])[^"'\n]{{1,300}}{_ENDING} | {_ROOT}[^"'\n]{{1,300}}
      )(?P=quote)
    # Behind a blank in a path comes another folder, or the last word: /home/My Videos/day 1.mp4
    | {_ROOT}(?:{_SIGN}|{_HAN}){{1,300}}?
      (?:\\?\ (?:{_SIGN}|{_HAN}){{1,80}}?/(?:{_SIGN}|{_HAN}){{0,300}}?){{0,6}}
      (?:\\?\ (?:{_SIGN}|{_HAN}){{1,80}}?)?{_ENDING}
    | {_ROOT}[\\/]{_SIGN}{{0,300}}
    | (?<!{_SIGN}){_SIGN}{{1,300}}{_ENDING}
    | (?:(?<![^\s:\uff1a])(?!上传|导入)|(?<=上传)|(?<=导入))(?:{_HAN}|\d){{1,40}}{_ENDING}
    """,
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)


def named_files(text: str) -> list[str]:
    """List the files that a text names: paths, names with a known ending and URLs, as written.

    Quotes and backslashes before blanks are taken off. Whether there is such a file is not asked.

    Examples
    --------
    >>> named_files("upload ~/clips/a.mov and 'day 1.mp4'")
    ['~/clips/a.mov', 'day 1.mp4']

    """
    return [
        (match["quoted"] or match[0].rstrip(".,;!?)")).replace("\\ ", " ")
        for match in _NAME.finditer(text)
    ]


def _sign(match: re.Match[str]) -> str:
    """Stand in for a file: whether it could be the name of an export."""
    name = match["quoted"] or match[0]
    exported = name.lower().endswith(_CONTAINERS) and "://" not in name
    return f" {_TARGET if exported else _FILE} "


class _Grammar:
    """Sentences over concepts; each set of concepts is a letter, and a concept a class of them."""

    def __init__(self, lexicon: Lexicon, table: Mapping[str, Mapping[str, object]]) -> None:
        senses = sorted(map(sorted, lexicon.senses))
        self._letters = {frozenset(sense): chr(0x4E00 + n) for n, sense in enumerate(senses)}
        self._classes: dict[str, str] = {}
        for sense, letter in self._letters.items():
            for concept in sense:
                self._classes[concept] = self._classes.get(concept, "") + letter
        self._parts = cast("Mapping[str, str]", table["parts"])
        self.sentences = {
            cast("Action", action): re.compile(
                f"(?:{'|'.join(map(self._pattern, patterns))}){{1,2}}"
            )
            for action, patterns in cast("Mapping[str, list[str]]", table["sentences"]).items()
        }

    def spell(self, tokens: list[Token]) -> str:
        return "".join(self._letters[token.concepts] for token in tokens)

    def _pattern(self, sentence: str) -> str:
        return re.sub(r"[a-z]\w*", self._word, sentence).replace(" ", "")

    def _word(self, match: re.Match[str]) -> str:
        if part := self._parts.get(match[0]):
            return f"(?:{self._pattern(part)})"
        return f"[{self._classes[match[0]]}]"


_END = Token(frozenset({"stop"}), 0, 0)
_LEXICON = Lexicon(_TABLE["words"])
_GRAMMAR = _Grammar(_LEXICON, _TABLE)


def route(text: str) -> Action:
    """Say which action a sentence asks for (contract.md, "Words to actions").

    ``"message"`` is whatever is not a command from its first word to its last, so that no edit is
    swallowed: what else a sentence asks for, "not yet", and questions of how go to the agent.

    Examples
    --------
    >>> route("Looks good, can you export it in 1080p please?"), route("还有多少积分")
    ('export', 'credits')
    >>> route("make the credits roll slower"), route("remove the music and export")
    ('message', 'message')

    """
    if len(text) > _LONGEST:
        return "message"
    said = _said(_LEXICON.read(_NAME.sub(_sign, text)))
    if said is None or not 0 < len(said) <= _MOST:
        return "message"
    letters = _GRAMMAR.spell(said)
    asked = [a for a, sentence in _GRAMMAR.sentences.items() if sentence.fullmatch(letters)]
    return asked[0] if len(asked) == 1 else "message"


def _said(tokens: Iterable[Token]) -> list[Token] | None:
    """Leave out what asks for nothing; None where there is a word that nobody listed.

    "Great" asks for nothing between two commas; in front of a noun it says what that is like.
    """
    said: list[Token] = []
    clause: list[Token] = []
    for token in (*tokens, _END):
        if not token.concepts or "only" in token.concepts:
            return None
        if "stop" in token.concepts:
            if not all(token.concepts & {"done", "nice"} for token in clause):
                said += clause
            clause = []
        elif "filler" not in token.concepts and not _one_more_file(clause, token):
            clause.append(token)
    return said


def _one_more_file(clause: list[Token], token: Token) -> bool:
    """Tell whether it only goes on with a list of files."""
    return bool(clause) and "file" in token.concepts and clause[-1].concepts == token.concepts
