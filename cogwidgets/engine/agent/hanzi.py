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
    """A text as it is read, beside what was written.

    ``places`` tells where in ``written`` each character of ``read`` comes from, and its end.
    """

    read: str
    written: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Twin:
        """Make it of what somebody wrote."""
        return cls(simplified(text), text, tuple(range(len(text) + 1)))

    def said(self, start: int, end: int) -> str:
        """Give what was written of a stretch of what is read."""
        return self.written[self.places[start] : self.places[end]]

    def sub(self, pattern: re.Pattern[str], replaced: Replaced) -> Twin:
        """Put something else in place of what a pattern finds, in both texts.

        ``replaced`` is given the match and this twin, so that it can look up what was written.
        """
        read: list[str] = []
        written: list[str] = []
        places: list[int] = []
        at = long = 0

        def put(new: str, said: str) -> None:
            nonlocal long
            read.append(new)
            written.append(said)
            inside = range(len(new)) if len(new) == len(said) else [0] * len(new)
            places.extend(long + i for i in inside)
            long += len(said)

        for match in pattern.finditer(self.read):
            for i in range(at, match.start()):
                put(self.read[i], self.said(i, i + 1))
            new = replaced(match, self)
            same = new == match[0]
            put(new, self.said(*match.span()) if same else new)
            at = match.end()
        for i in range(at, len(self.read)):
            put(self.read[i], self.said(i, i + 1))
        return Twin("".join(read), "".join(written), (*places, long))

    def read_as(self, pattern: re.Pattern[str], means: str) -> Twin:
        """Read what a pattern finds as something else; what was written stays."""
        return self._read(pattern, lambda match: match.expand(means))

    def _read(self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> Twin:
        read: list[str] = []
        places: list[int] = []
        at = 0
        for match in pattern.finditer(self.read):
            put = new(match)
            read += [self.read[at : match.start()], put]
            places += self.places[at : match.start()]
            places += [self.places[match.start()]] * len(put)
            at = match.end()
        if not read:
            return self
        return Twin("".join([*read, self.read[at:]]), self.written, (*places, *self.places[at:]))


Replaced = Callable[[re.Match[str], Twin], str]  # what to put in place of a match
