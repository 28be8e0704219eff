"""Said: what a message says of something done before, beside times and places.

"A bit more", "smaller", 再长一点 compare; "no", "actually", 改成 put right; "also", "same", 也 go
on with the same. They are read from a message's text, by following.toml, for their words mean other
things elsewhere.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.engine.agent.action import Action

__all__ = ["Opening", "Said", "corrects", "opened", "said_of"]


@dataclass(frozen=True)
class Opening:
    """How a message begins: whether it puts something right or goes on, and where the rest is."""

    corrects: bool = False
    goes_on: bool = False
    end: int = 0


@dataclass(frozen=True)
class Said:
    """What an action says beside its slots; directions are 1, -1 or 0.

    ``more`` is how strong, ``bigger`` how large, ``louder``, ``longer`` in time; ``later`` when it
    begins; ``across`` to the right and ``up`` on the screen. ``whole`` tells that nothing else is
    said, so that it can only be about what was done before.
    """

    more: int = 0
    bigger: int = 0
    louder: int = 0
    longer: int = 0
    across: int = 0
    up: int = 0
    later: int = 0
    corrects: bool = False
    goes_on: bool = False
    again: bool = False
    only: bool = False
    other: bool = False
    whole: bool = False

    @property
    def compares(self) -> bool:
        """Tell whether it says more or less of something."""
        return any(
            (self.more, self.bigger, self.louder, self.longer, self.across, self.up, self.later)
        )


_TABLE = tomllib.loads(resources.files(__package__).joinpath("following.toml").read_text("utf-8"))


def _pattern(english: list[str], chinese: list[str]) -> re.Pattern[str]:
    words = rf"(?<![a-z'])(?:{'|'.join(english)})(?![a-z'-])"
    return re.compile("|".join((words, *chinese)), re.IGNORECASE)


def _listed(name: str) -> re.Pattern[str]:
    return _pattern(_TABLE[name], _TABLE[f"{name}_zh"])


_OPENING = re.compile(
    rf"\W*(?:(?:{_listed('opening').pattern})[\s,.;:!…—–，。！、-]*)+", re.IGNORECASE
)
_BEGINS_ON = re.compile(rf"\W*(?:{_listed('begins_on').pattern})[\s,]*", re.IGNORECASE)
_CORRECTING, _IN_PLACE = _listed("correcting"), _listed("in_place")
_GOES_ON, _AGAIN, _ONLY, _OTHER = map(_listed, ("goes_on", "again", "only", "other"))
_FILLING = _listed("filling")
_COMPARED = tuple(
    (entry["of"], entry["sign"], _pattern(entry["english"], entry["chinese"]))
    for entry in _TABLE["comparison"]
)


def opened(message: str) -> Opening:
    """Read how a message begins, where another came before it.

    >>> opened("no, the other one")
    Opening(corrects=True, goes_on=False, end=4)
    >>> opened("no music please").end
    0
    """
    found = _OPENING.match(message)
    if found and found.end() < len(message):
        goes_on = _BEGINS_ON.match(message, found.end())
        return Opening(bool(_CORRECTING.search(found[0])), bool(goes_on), found.end())
    goes_on = _BEGINS_ON.match(message)
    return Opening(goes_on=bool(goes_on and goes_on.end() < len(message)))


def corrects(message: str) -> bool:
    """Tell whether a message says that something was not meant.

    >>> corrects("no, 8"), corrects("a bit more")
    (True, False)
    """
    return opened(message).corrects or bool(_NOT_MEANT.search(message))


_NOT_MEANT = re.compile(r"\b(?:instead|meant?|rather)\b|不对|不是|改[成为到]|我是说", re.IGNORECASE)
_LIGHT = {None, Word.USE, Word.WANT, Word.CHANGE, Word.ADD, Word.TOUCH}
_LIGHT_HOW = {
    "resize", "set", "convert", "begin", "move", "write", "", "louder", "quieter", "up", "down",
}  # fmt: skip
# Verbs that a comparison can be taken for: "shorter", "make it smaller", "even slower"
_COMPARING = {"trim": {"longer"}, "compress": {"bigger"}, "slower": {"more"}, "faster": {"more"}}
_OWN = {
    Word.TEXT, Word.MUSIC, Word.VOICE, Word.EFFECT, Word.RATIO, Word.FORMAT, Word.FIT, Word.MEDIA,
    Word.FILE, Word.OWN, Word.MOOD, Word.ABSENT, Word.VIDEO, Word.EXCEPT, Word.EVERYTHING,
}  # fmt: skip


def said_of(
    action: Action, opening: Opening, *, things: Iterable[str] = (), lead: str = ""
) -> Said:
    """Read what an action says of what was done before; ``lead`` is what stands before it.

    ``things`` are the names of what it may be about ("title"); naming any other thing, or an
    effect, a text, the music, makes it a wish of its own.
    """
    text = action.text
    found: dict[str, int] = {}
    read: list[re.Match[str]] = [
        match for pattern in (_OTHER, _AGAIN, _GOES_ON) for match in pattern.finditer(text)
    ]
    for name, sign, pattern in _COMPARED:
        matches = list(pattern.finditer(text))
        if matches and name not in found:
            found[name] = sign
            read += matches
    action.find(Word.STYLE, "bigger", "smaller")  # which is read by its words below
    here = (t for t in action.all_of(Word.THING) if action.start <= t.start < t.end)
    named = {t.value for t in here} - {"", "degree", *things}
    light = action.verb in _LIGHT or (
        action.verb in {Word.OTHER, Word.LEVEL}
        and (action.how in _LIGHT_HOW or bool(found.keys() & _COMPARING.get(action.how, set())))
    )
    strange = [
        t
        for t in action.strange
        if not (_said(t.value) or any(m.start() <= t.start - action.start < m.end() for m in read))
    ]
    return Said(
        **found,
        corrects=opening.corrects or bool(_IN_PLACE.search(text)),
        goes_on=opening.goes_on or bool(_GOES_ON.search(lead + text)),
        again=bool(_AGAIN.search(lead + text)),
        only=bool(_ONLY.search(text)),
        other=bool(_OTHER.search(text)),
        whole=light and not (named or strange or action.negated or _wishes(action, things)),
    )


def _wishes(action: Action, things: Iterable[str]) -> bool:
    """Tell whether it names something that the thing done before is not."""
    tokens = (*action.words, *((action.said,) if action.said else ()))
    own = _OWN - {Word.TEXT} if "title" in things else _OWN
    return any(t.word in own and action.start <= t.start < t.end for t in tokens)


def _said(word: str) -> bool:
    """Tell whether a word that nobody listed is one of those read here."""
    return bool(_FILLING.fullmatch(word)) or any(p.fullmatch(word) for _, _, p in _COMPARED)
