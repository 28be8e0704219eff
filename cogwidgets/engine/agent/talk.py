"""Talk: what the messages of one session refer to, from one message to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.understand import Understanding, understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cogwidgets.engine.agent.edits import Edit

__all__ = ["Talk"]

# Refusals that ask for something, so that the next message may be the answer.
ASKING = {"which_part", "where_to_split", "which_words", "which_look"}


@dataclass
class Talk:
    """The edits that were made last, and the question that the last answer asked."""

    before: tuple[Edit, ...] = ()
    asked: str = ""
    for_words: bool = False

    def understood(self, message: str, *, files: Iterable[str], laid: bool) -> Understanding:
        """Read a message; where it only answers a question, together with what was asked about."""
        files = list(files)

        def read(text: str) -> Understanding:
            return understand(text, files=files, laid=laid, before=self.before)

        found = read(message)
        if self.asked and not (found.edits or found.question or found.declined):
            said = f"\u201c{_words(message)}\u201d" if self.for_words else message
            together = read(f"{self.asked} {said}")
            return together if together.edits else found
        return found

    def remember(self, message: str, done: Sequence[Edit], refused: Sequence[str]) -> None:
        """Keep which edits a message has made, and what its answer asked about, once."""
        asks = next((key for key in refused if key in ASKING), "")
        self.before = tuple(done) or self.before
        self.asked = message if asks and not self.asked else ""
        self.for_words = asks == "which_words"


_SAYING = re.compile(
    r"^(?:(?:那|那么)?(?:就|请)?(?:写|叫|用|打|显示)上?(?![\u4e00-\u9fff]{0,2}(?:作|当|做))|"
    r"(?:ok |okay |then |just |please |let it |it should |it can |make it )*"
    r"(?:say|write|put|type|call it|use)\b)[:：,，\s]*",
    re.IGNORECASE,
)


def _words(answer: str) -> str:
    """Give the words to show of an answer that says which: "just write Day one"."""
    return (
        _SAYING.sub("", answer.strip()).strip("\"'\u201c\u201d\u2018\u2019\u300c\u300d\u300a\u300b")
        or answer
    )
