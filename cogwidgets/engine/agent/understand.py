"""Understand: what somebody wrote -> the edits it asks for, and what of it is left over.

Three steps, none of which knows an edit: the lexicon makes tokens, `actions` cuts them into
actions (a verb, its objects, its target), and each action is offered to the edits in their table,
which recognise their own. "Replace X with Y" is two actions, remove X and add Y, done both or
neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cogwidgets.engine.agent.actions import Action, actions
from cogwidgets.engine.agent.edits import EDITS
from cogwidgets.engine.agent.lexicon import Word, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.engine.agent.edits import Edit

__all__ = ["Language", "Understanding", "language_of", "understand"]

Language = Literal["en", "zh"]
Question = Literal["help", "moods", "how", "state"]


@dataclass(frozen=True)
class Understanding:
    """What a message asks for.

    ``edits`` in the order to do them; ``not_done`` the pieces that nothing here can do;
    ``question`` when an answer is wanted and no edit; ``export`` when it asks for the file too;
    ``declined`` when it says what is not to be done.
    """

    edits: tuple[Edit, ...] = ()
    not_done: tuple[str, ...] = ()
    question: Question | None = None
    export: bool = False
    declined: bool = False


def understand(message: str, *, files: Iterable[str] = (), laid: bool = False) -> Understanding:
    """Read a message, in English or Chinese.

    Parameters
    ----------
    message
        What somebody wrote.
    files
        Names of the audio files in the session, which the message may name.
    laid
        Whether a track has been laid already, so that "something calmer" means another one.

    Examples
    --------
    >>> [type(edit).__name__ for edit in understand("swap the song for something calm").edits]
    ['RemoveMusic', 'AddMusic']

    """
    question = _question(message)
    if question is not None:
        return Understanding(question=question)
    reading = read(message, files)
    asked = actions(reading.tokens, len(reading.text), laid=laid)
    edits: list[Edit] = []
    left: list[tuple[int, int]] = []
    for action in asked:
        found = _recognised(action)
        if found:
            edits += found
        elif found is None and left and left[-1][1] == action.start:
            left[-1] = (left[-1][0], action.end)  # "lower the music" and "volume" are one
        elif found is None:
            left.append((action.start, action.end))
    return Understanding(
        _merged(edits),
        tuple(reading.quote(start, end) for start, end in left),
        export=any(action.verb is Word.EXPORT for action in asked),
        declined=any(action.negated or action.verb is Word.KEEP for action in asked),
    )


def language_of(message: str) -> Language:
    """Tell in which language to answer."""
    return "zh" if re.search(r"[\u4e00-\u9fff]", message) else "en"


# Questions

_POLITE = (
    r"can|could|would|will|may|shall|please|how about|what about|what if|"
    r"why (?:don'?t|not)|do you mind|would you mind|is it possible|are you able|can'?t|couldn'?t"
)
_ABOUT_US = re.compile(
    r"^\W*(?:help|\?+|what (?:can|do|could) you (?:do|offer)|what (?:else )?can i (?:do|say|ask)|"
    r"what are (?:you|your)|who are you|what is this|how does (?:this|it) work|how do i use|"
    r"你(?:能|可以|会)(?:做|干)?(?:什么|些什么|啥)|有(?:什么|哪些)功能|怎么用|如何使用|帮助|你是谁)",
    re.IGNORECASE,
)
_MOODS = re.compile(
    r"(?:what|which)\b.{0,30}\b(?:moods?|tracks|songs|music|styles?)\b.{0,30}\b"
    r"(?:have|are there|available|offer|choose|use|exist)|"
    r"(?:有|哪)(?:没有|什么|哪些|些).{0,6}(?:音乐|风格|曲)",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"^\W*(?:how (?:do|can|could|would|should|to)\b|怎么|怎样|如何|我?该?(?:怎么|如何))",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"^\W*(?:did|have|has|had|is|are|was|were|does|why|which|what|when|where|who)\b|"
    r"为什么|为啥|[了过](?:吗|没有?|么)\W*$|是什么|什么歌|哪首",
    re.IGNORECASE,
)
_TOLD = re.compile(  # "you removed the music", which tells and asks for nothing
    r"^\W*(?:i|you|we|they|he|she|it)(?:'ve| have| has| had| already| just)* "
    r"(?:removed|deleted|stripped|replaced|added|muted|cleared|cleaned|swapped|changed)\b",
    re.IGNORECASE,
)


def _question(message: str) -> Question | None:
    """Tell questions that want words from requests that are only put as questions."""
    message = message.replace("\u2019", "'")
    if _MOODS.search(message):
        return "moods"
    if _ABOUT_US.search(message):
        return "help"
    if re.match(rf"^\W*(?:{_POLITE})\b", message, re.IGNORECASE):
        return None
    if _HOW.search(message):
        return "how"
    return "state" if _STATE.search(message) or _TOLD.search(message) else None


# From actions to edits


def _recognised(action: Action) -> list[Edit] | None:
    """Offer an action to the edits; an empty list: nothing to do, None: nobody knows it."""
    if action.replaces:
        removal, addition = action.parts()
        found = [_first(removal), _first(addition)] if addition else [_first(removal)]
        return None if None in found else [edit for edit in found if edit is not None]
    edit = _first(action)
    if edit is not None:
        return [edit]
    return [] if action.idle else None


def _first(action: Action) -> Edit | None:
    return next(filter(None, (edit.recognise(action) for edit in EDITS)), None)


def _merged(edits: list[Edit]) -> tuple[Edit, ...]:
    """Make one edit of those that say the same thing twice, in the order of the table."""
    merged: dict[type[Edit], Edit] = {}
    for edit in edits:
        known = merged.get(type(edit))
        merged[type(edit)] = known.merged(edit) if known is not None else edit
    order = list(EDITS)
    return tuple(sorted(merged.values(), key=lambda edit: order.index(type(edit))))
