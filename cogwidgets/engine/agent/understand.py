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

from cogwidgets.engine.agent.actions import Action, cut
from cogwidgets.engine.agent.edits import EDITS
from cogwidgets.engine.agent.lexicon import Word, read
from cogwidgets.engine.agent.questions import questions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.questions import Question

__all__ = ["Language", "Understanding", "language_of", "understand"]

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Understanding:
    """What a message asks for.

    ``edits`` in the order to do them; ``not_done`` the pieces that nothing here can do;
    ``question`` when an answer is wanted; ``export`` when it asks for the file too;
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
    reading = read(message, files)
    wanted = questions(reading.text)
    edits: list[Edit] = []
    left: list[tuple[int, int]] = []
    actions = [
        action
        for action in cut(reading.tokens, len(reading.text), laid=laid)
        if not any(asked.start <= action.start < asked.end for asked in wanted)
    ]
    for action in actions:
        found = _recognised(action)
        if found:
            edits += found
        elif found is None and left and left[-1][1] == action.start:
            left[-1] = (left[-1][0], action.end)  # "lower the music" and "volume" are one
        elif found is None:
            left.append((action.start, action.end))
    declined = any(action.negated or action.verb is Word.KEEP for action in actions)
    done = bool(edits or left)
    answered = [asked.question for asked in wanted if not done or asked.question == "moods"]
    if not (done or declined or answered) and any(action.complains for action in actions):
        answered = ["help"]
    return Understanding(
        _merged(edits),
        tuple(reading.quote(start, end) for start, end in left),
        question=answered[0] if answered else None,
        export=any(action.verb is Word.EXPORT and not action.negated for action in actions),
        declined=declined,
    )


def language_of(message: str) -> Language:
    """Tell in which language to answer."""
    return "zh" if re.search(r"[\u4e00-\u9fff]", message) else "en"


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
