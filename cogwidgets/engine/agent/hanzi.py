"""Hanzi: Chinese as it is written, and the same in simplified characters, for reading it.

Whoever writes 刪掉開頭三秒 means what 删掉开头三秒 says. Both are kept beside each other, character
for character, so that what is to be shown or quoted stays as its author wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

__all__ = ["Replaced", "Twin", "has_han", "simplified"]

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF10, 0xFF5B) if chr(wide - 0xFEE0).isalnum()} | {
    0xFF05: ord("%"),
    0x3000: ord(" "),
}


FILLED = "\u2060"  # stands where one of two texts is the longer: no letter, no blank, no width


def has_han(text: str) -> bool:
    """Tell whether there is Chinese in a text."""
    return _HAN.search(text) is not None


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Give a text in simplified characters and narrow figures, each in the place of its own.

    >>> simplified("刪掉開頭３秒"), simplified("trim 3 s")
    ('删掉开头3秒', 'trim 3 s')
    """
    text = text.translate(_WIDE)
    if not _HAN.search(text):
        return text
    convert = _converter().convert
    whole = convert(text)
    if len(whole) == len(text):
        return str(whole)
    ones = ((c, convert(c)) for c in text)
    return "".join(one if len(one) == 1 else c for c, one in ones)


@dataclass(frozen=True)
class Twin:
    """A text as it is read and as it was ``written``; a place in one is the same in the other."""

    read: str
    written: str

    @classmethod
    def of(cls, text: str) -> Twin:
        """Make it of what somebody wrote."""
        return cls(simplified(text), text)

    def sub(self, pattern: re.Pattern[str], replaced: Callable[[re.Match[str], Twin], str]) -> Twin:
        """Replace what a pattern finds in what is read, in both alike.

        ``replaced`` is given the match and this twin, so that it can look up what was written.
        """
        read: list[str] = []
        written: list[str] = []
        at = 0
        for match in pattern.finditer(self.read):
            new = replaced(match, self)
            same = new == match[0]
            read += [self.read[at : match.start()], new]
            written += [
                self.written[at : match.start()],
                self.written[match.start() : match.end()] if same else new,
            ]
            at = match.end()
        return Twin("".join([*read, self.read[at:]]), "".join([*written, self.written[at:]]))

    def read_as(self, pattern: re.Pattern[str], means: str) -> Twin:
        """Read what a pattern finds as something else, and keep what was written of it."""
        read: list[str] = []
        written: list[str] = []
        at = 0
        for match in pattern.finditer(self.read):
            new = match.expand(means)
            old = self.written[match.start() : match.end()]
            long = max(len(new), len(old))
            read += [self.read[at : match.start()], new.ljust(long, FILLED)]
            written += [self.written[at : match.start()], old.ljust(long, FILLED)]
            at = match.end()
        return Twin("".join([*read, self.read[at:]]), "".join([*written, self.written[at:]]))


Replaced = Callable[[re.Match[str], Twin], str]  # what to put in place of a match
