"""Spelling: words of editing with a slip in them, as what was meant (spelling.toml).

Only words of five letters and more are put right, that begin as they should, where one letter (of
eight and more two) is missing, too many, another or elsewhere, and that are no other English word:
"concert" is no "convert".
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from importlib import resources

__all__ = ["WORD", "meant"]

SHORT = 7  # letters of a word that has room for one slip
_TABLE = tomllib.loads(resources.files(__package__).joinpath("spelling.toml").read_text("utf-8"))
_OWN, _OTHERS = frozenset(_TABLE["own"]), frozenset(_TABLE["meant"])
WORD = re.compile(r"(?<![\w'.@#-])[a-z]{5,}(?![\w'.@-])", re.IGNORECASE)


@cache
def meant(word: str) -> str | None:
    """Give the word that was meant; None where it is right, or no word of editing.

    >>> meant("remvoe"), meant("brighnes"), meant("remote"), meant("wombat")
    ('remove', 'brightness', None, None)
    """
    written = word.lower()
    if written in _OWN or written in _OTHERS:
        return None
    slips = 2 if len(written) > SHORT else 1
    near = [own for own in _OWN if own[0] == written[0] and abs(len(own) - len(written)) <= slips]
    least = 1 - slips / len(written) - 1e-9  # of letters in common
    found = get_close_matches(written, near, n=1, cutoff=least)
    return found[0] if found else None
