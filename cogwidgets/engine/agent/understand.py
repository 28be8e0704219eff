"""Understand: what somebody wrote -> the edits it asks for, and what of it is left over.

Three steps, none of which knows an edit: the lexicon makes tokens, `actions` cuts them into
actions (a verb, its objects, its target), and each action is offered to the edits in their table,
which recognise their own. "Replace X with Y" is two actions, remove X and add Y, done both or
neither. Edits come in the order in which they were said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cogwidgets.engine.agent.actions import Action, cut
from cogwidgets.engine.agent.clauses import MUSICAL
from cogwidgets.engine.agent.edits import EDITS, AddMusic, RemoveMusic
from cogwidgets.engine.agent.edits.canvas import Canvas
from cogwidgets.engine.agent.edits.clips import Join, Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Move
from cogwidgets.engine.agent.edits.output import Output
from cogwidgets.engine.agent.edits.pace import Speed
from cogwidgets.engine.agent.edits.sound import Mute
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.lexicon import Token, Word, read
from cogwidgets.engine.agent.questions import questions
from cogwidgets.engine.agent.remarks import remark
from cogwidgets.engine.agent.times import Each
from cogwidgets.engine.agent.verbatim import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.questions import Question

__all__ = ["Language", "Understanding", "language_of", "understand"]

Language = Literal["en", "zh"]
LONGEST = 4000  # characters that are read of a message


@dataclass(frozen=True)
class Understanding:
    """What a message asks for.

    ``edits`` in the order to do them; ``not_done`` the pieces that nothing here can do, and
    ``absent`` what they would need; ``question`` when an answer is wanted; ``export`` when it asks
    for the file too; ``declined`` when it says what is not to be done.
    """

    edits: tuple[Edit, ...] = ()
    not_done: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    question: Question | None = None
    export: bool = False
    declined: bool = False


def understand(
    message: str, *, files: Iterable[str] = (), laid: bool = False, before: Sequence[Edit] = ()
) -> Understanding:
    """Read a message, in English or Chinese.

    Parameters
    ----------
    message
        What somebody wrote.
    files
        Names of the audio files in the session, which the message may name.
    laid
        Whether a track has been laid already, so that "something calmer" means another one.
    before
        The edits of the message before, which this one may go on with.

    Examples
    --------
    >>> [type(edit).__name__ for edit in understand("swap the song for something calm").edits]
    ['RemoveMusic', 'AddMusic']

    """
    message, rest = message[:LONGEST], message[LONGEST:]
    reading = read(message, files)
    wanted = questions(reading.text)
    edits: list[Edit] = []
    left: list[tuple[int, int]] = []
    lost: list[tuple[int, int]] = []  # what the edits that were found leave unheeded
    absent: list[str] = []
    known = False
    actions = [
        action
        for action in cut(reading, laid=laid, about=_thing(before[-1].about if before else ""))
        if not any(asked.start <= action.start < asked.end for asked in wanted)
    ]
    for action in actions:
        missing = _absent(action)
        found, unread = (None, []) if missing else _recognised(action)
        lost += [(token.start, token.end) for token in unread]
        absent += [missing] if missing else []
        if found is None and action.how == "fix" and action.first in {None, Word.IT} and edits:
            continue  # "it is too dark, can you fix it": it is fixed
        if found:
            # Where an action is for the stretch of the one before, that must not have moved yet.
            moved = action.carried and edits and isinstance(edits[-1], Speed | Move)
            edits[-1:] = [*found, edits[-1]] if moved else [*edits[-1:], *found]
        elif found is None and left and left[-1][1] == action.start:
            left[-1] = (left[-1][0], action.end)  # "lower the music" and "volume" are one
        elif found is None:
            left.append((action.start, action.end))
            known = known or action.verb is not None or bool(missing)
    each = next((action.each for action in actions if action.each), None)
    if each:  # "a slideshow with calm music, 3 seconds each" is not said of the music
        edits = [replace(e, still=each) if isinstance(e, Slideshow | Join) else e for e in edits]
    if not (edits or known):
        left = []  # no word of it was known: "not understood" says so better
    declined = any(action.negated or action.verb is Word.KEEP for action in actions)
    done = bool(edits or left)
    answered = [asked.question for asked in wanted if not done or asked.question == "moods"]
    if not (done or answered) and any(action.find(Word.VAGUE) for action in actions):
        answered = ["what"]
    if not (done or declined or answered) and any(action.complains for action in actions):
        answered = ["help"]
    return Understanding(
        _merged(edits),
        (*(reading.quote(start, end) for start, end in sorted(left + lost)), *_beginning(rest)),
        tuple(dict.fromkeys(absent)),
        question=answered[0] if answered else None,
        export=any(action.verb is Word.EXPORT and not action.negated for action in actions),
        declined=declined,
    )


def _beginning(rest: str) -> list[str]:
    """Name what was too long to be read."""
    return [rest.strip()[:60] + "…"] if rest.strip() else []


def language_of(message: str) -> Language:
    """Tell in which language to answer; words that are only to be shown do not count.

    >>> language_of('add a title "你好"'), language_of("加个标题")
    ('en', 'zh')
    """
    return "zh" if re.search(r"[\u4e00-\u9fff]", mask(message).text) else "en"


def _thing(about: str) -> tuple[Token, ...]:
    known = {"video": Word.VIDEO, "volume": Word.SOUND, "music": Word.MUSIC}
    return (Token(known.get(about, Word.THING), about, 0, 0),) if about else ()


# From actions to edits


def _absent(action: Action) -> str | None:
    """Tell what an action would need that is not here; None when it needs no such thing."""
    if action.negated or action.verb in {Word.KEEP, Word.TOUCH} or action.has(Word.NOT):
        return None
    tokens = [*action.words, *((action.said,) if action.said else ())]
    named = next((t for t in tokens if t.word is Word.ABSENT), None)
    asked = action.verb in {Word.ADD, Word.USE, Word.CHANGE, Word.WANT}
    if named is None and asked:
        named = action.find(Word.ABSENT)
    if named is not None and not action.quoted:
        return str(named.value)
    captions: bool = action.names("caption") and not action.quoted and not action.timed
    asked = asked or action.asks("write")
    return "captions" if captions and asked and not _styled(action) else None


def _styled(action: Action) -> bool:
    return any(action.find(word) for word in (Word.COLOUR, Word.STYLE, Word.PLACE))


def _recognised(action: Action) -> tuple[list[Edit] | None, list[Token]]:
    """Offer an action to the edits; an empty list: nothing to do, None: nobody knows it.

    What stands beside the edit is offered once more, and given back where nobody heeds it.
    """
    action.used.clear()
    if action.replaces and action.musical:
        removal, addition = action.parts()
        found: list[Edit | None] = [RemoveMusic.recognise(removal) or Mute.recognise(removal)]
        found += [AddMusic.recognise(addition)] if addition else []
        edits = None if None in found else [edit for edit in found if edit is not None]
        return edits, _unread(action) if edits else []
    edit = _first(action)
    if edit is None:
        return ([] if _idle(action) else None), []
    edits, unread = [edit, *_besides(edit, action)], _unread(action)
    while unread:
        more = _first(_aside(action, unread))
        if more is None:
            break
        edits.append(more)
        unread = [token for token in unread if token not in action.used]
    return edits, unread


def _idle(action: Action) -> bool:
    """Tell whether an action asks for nothing, so that not doing it needs no words."""
    if not action.idle:
        return action.verb is None and remark(action.text)
    telling = action.unread(action.start, action.end) or action.strange
    return action.verb is not None or action.negated or not telling or remark(action.text)


def _first(action: Action) -> Edit | None:
    for kind in EDITS:
        before = len(action.used)
        edit = kind.recognise(action)
        if edit is not None:
            return edit
        del action.used[before:]  # what it has read for nothing
    return None


def _unread(action: Action) -> list[Token]:
    unread = action.unread(action.start, action.end)
    return [token for token in unread if not any(isinstance(m, Each) for m in token.meanings)]


def _aside(action: Action, unread: list[Token]) -> Action:
    """Make an action of the words that are left over, which share the list of what is read."""
    said = [action.text[t.start - action.start : t.end - action.start] for t in unread]
    musical = any(token.word in MUSICAL for token in unread)
    verb = Word.ADD if musical else None
    return replace(action, verb=verb, said=None, words=tuple(unread), text=" ".join(said))


def _besides(edit: Edit, action: Action) -> list[Edit]:
    """Give what else the same words ask for: "a 15 second version for TikTok", "as 1080p mov"."""
    others: list[Edit | None] = []
    if isinstance(edit, Slideshow) and action.has(Word.MUSIC):
        others.append(AddMusic(mood=action.value(Word.MOOD)))
    if isinstance(edit, Output) and action.spans:
        others.append(Keep(action.spans))
    if isinstance(edit, Canvas | Output | Keep | Cut):
        others += [
            kind.recognise(action) for kind in (Keep, Canvas, Output) if kind is not type(edit)
        ]
    return [other for other in others if other is not None]


def _merged(edits: list[Edit]) -> tuple[Edit, ...]:
    """Make one edit of those that say the same thing twice; music goes before other comes."""
    merged: list[Edit] = []
    worded = any(isinstance(edit, AddText) and edit.text for edit in edits)
    if worded:  # "add two titles, "One" at 0 and "Two" at 5s" asks for no third
        edits = [edit for edit in edits if not isinstance(edit, AddText) or edit.text]
    for edit in edits:
        for place, known in enumerate(merged):
            one = known.merged(edit) if type(known) is type(edit) else None
            if one is not None:
                merged[place] = one
                break
        else:
            merged.append(edit)
    laying = next((i for i, edit in enumerate(merged) if isinstance(edit, AddMusic)), len(merged))
    late = [edit for edit in merged[laying:] if isinstance(edit, RemoveMusic)]
    rest = [edit for edit in merged[laying:] if not isinstance(edit, RemoveMusic)]
    return (*merged[:laying], *late, *rest)
