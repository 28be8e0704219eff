"""Grammar: words by what they stand for, and sentences as patterns over that.

How words may be written (traditional characters, misspellings) stands in grammar.toml; the words
and the sentences belong to whoever reads a text: router.toml, phrasing.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

__all__ = ["Grammar", "Lexicon", "Token", "plainly", "table"]


def table(name: str) -> dict[str, Any]:
    """Read one of this folder's tables of words."""
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))


_TABLE = table("grammar.toml")
_SIMPLIFIED = {pair[0]: pair[1] for pair in _TABLE["traditional"].split()}
_STOPS = frozenset(",.;:!?\n。、—…")
# A character for private use is a word: it stands for what its reader has put it in place of
_ATOM = re.compile(rf"[a-z0-9]+(?:'[a-z]+)*|[^\W_]|[\ue000-\uf8ff]|[{''.join(_STOPS)}]")


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


class Grammar:
    """Patterns over concepts; each set of concepts is a letter, and a concept a class of them.

    A pattern is a regular expression with concepts, or parts of patterns, for its words.

    Examples
    --------
    >>> lexicon = Lexicon({"export": "export, 导出", "it": "it"})
    >>> grammar = Grammar(lexicon, {"object": "it"})
    >>> letters = grammar.spell(lexicon.read("export it now"))
    >>> re.match(grammar.pattern(["export object?"]), letters).end()
    2

    """

    def __init__(self, lexicon: Lexicon, parts: Mapping[str, str]) -> None:
        senses = sorted(map(sorted, lexicon.senses | {frozenset(), frozenset({"stop"})}))
        self._letters = {frozenset(sense): chr(0x4E00 + n) for n, sense in enumerate(senses)}
        self._classes: dict[str, str] = {}
        for sense, letter in self._letters.items():
            for concept in sense:
                self._classes[concept] = self._classes.get(concept, "") + letter
        self._parts = parts

    def spell(self, tokens: Iterable[Token]) -> str:
        """Write tokens as the letters that patterns are matched against, one letter a token."""
        return "".join(self._letters[token.concepts] for token in tokens)

    def pattern(self, sentences: Iterable[str]) -> str:
        """Write patterns as one regular expression over letters: any of them."""
        return f"(?:{'|'.join(map(self._expanded, sentences))})"

    def _expanded(self, sentence: str) -> str:
        return re.sub(r"[a-z]\w*", self._word, sentence).replace(" ", "")

    def _word(self, match: re.Match[str]) -> str:
        if part := self._parts.get(match[0]):
            return f"(?:{self._expanded(part)})"
        return f"[{self._classes[match[0]]}]"
