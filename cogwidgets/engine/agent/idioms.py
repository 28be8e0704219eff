"""Idioms: Chinese that says something else than its words do, read as what it means.

掐头去尾各两秒 is to cut two seconds off both ends, and names neither. The list is chinese.toml.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Any

from cogwidgets.engine.agent.hanzi import Twin, has_han
from cogwidgets.engine.agent.numerals import CLOCK, DURATION, NUMBER

__all__ = ["CHINESE", "plainly"]

CHINESE: dict[str, Any] = tomllib.loads(
    resources.files(__package__).joinpath("chinese.toml").read_text("utf-8")
)
_PARTS = {
    "{D}": DURATION,
    "{T}": f"(?:{CLOCK}|{DURATION})",
    "{N}": NUMBER,
    "{V}": "(?:剪|删|去|砍|裁|掐|切|抠|扔|减|截|丢)(?:掉|了|去|除|走|短)?",
}


def _compiled(said: str) -> re.Pattern[str]:
    for part, pattern in _PARTS.items():
        said = said.replace(part, pattern)
    return re.compile(said, re.IGNORECASE)


_IDIOMS = tuple((_compiled(idiom["said"]), idiom["means"]) for idiom in CHINESE["idiom"])


def plainly(twin: Twin) -> Twin:
    """Read the idioms of a message as what they mean; what was written stays beside it.

    >>> plainly(Twin.of("掐头去尾各两秒")).read
    '剪掉前两秒和最后两秒'
    """
    if not has_han(twin.read):
        return twin
    for pattern, means in _IDIOMS:
        twin = twin.read_as(pattern, means)
    return twin
