"""Topics: what people ask about the engine itself, and what is true of it (topics.toml)."""

# ruff: noqa: E501 - a pattern a line

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from cogwidgets.engine.policy import Policy

if TYPE_CHECKING:
    from cogwidgets.engine.agent.understand import Language

__all__ = ["answered", "topic"]

_TABLE = tomllib.loads(resources.files(__package__).joinpath("topics.toml").read_text("utf-8"))
_TOPICS: dict[str, tuple[re.Pattern[str], re.Pattern[str], list[str]]] = {
    entry["key"]: (
        re.compile(rf"\b(?:{entry['english']})", re.IGNORECASE),
        re.compile(entry["chinese"], re.IGNORECASE),
        entry["answer"],
    )
    for entry in _TABLE["topic"]
}
_ASKS = re.compile(
    r"\?\W*$|^\W*(?:(?:so|and|but|hey|hi|ok|also|wait) )*(?:what|whats|what's|which|how|is|are|does|do|did|can|could|"
    r"will|would|where|when|why|who|any)\b",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(
    r"[吗么嘛呢?？]\W*$|什么|啥|哪|多少|多[久长大高快]|怎么|怎样|如何|能不能|可不可以|是否|会不会|要不要|有没有|"
    r"几[个种钱块秒分k]|支不支持|收不收|贵不贵"
)


def topic(piece: str) -> str | None:
    """Tell what a piece of a message asks about the engine; None when it does not.

    >>> topic("will I lose quality?"), topic("会不会损失画质啊"), topic("make it free of noise")
    ('quality', 'quality', None)
    """
    english, chinese = _ASKS.search(piece), _ASKS_ZH.search(piece)
    for key, (said, said_zh, _) in _TOPICS.items():
        if (english and said.search(piece)) or (chinese and said_zh.search(piece)):
            return key
    return None


def answered(key: str, language: Language) -> str:
    """Answer a question about a topic.

    >>> answered("limits", "en")
    'A file may have up to 500 MB and 6 hours, and a message up to 50 files.'
    """
    policy = Policy()
    figures = {
        "mb": f"{policy.file_bytes / 1e6:g}",
        "hours": f"{policy.seconds / 3600:g}",
        "files": policy.files,
    }
    answer: str = _TOPICS[key][2][language == "zh"]
    return answer.format(**figures)
