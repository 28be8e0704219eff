"""Understand: what somebody wrote -> the edits it asks for, and what of it is left over.

Three steps, none of which knows an edit: the lexicon makes tokens, `actions` cuts them into
actions (a verb, its objects, its target), and `recognition` offers each action to the edits in
their table, which recognise their own. "Replace X with Y" is two actions, remove X and add Y, done
both or neither. Edits come in the order in which they were said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cogwidgets.engine.agent.actions import Action, cut
from cogwidgets.engine.agent.lexicon import Reading, Token, Word, read
from cogwidgets.engine.agent.merging import merged
from cogwidgets.engine.agent.past import Past
from cogwidgets.engine.agent.questions import questions
from cogwidgets.engine.agent.recognition import Found
from cogwidgets.engine.agent.said import Opening, opened, said_of
from cogwidgets.engine.agent.times import Span
from cogwidgets.engine.agent.verbatim import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.questions import Asked, Question

__all__ = ["Language", "Understanding", "language_of", "understand"]

Language = Literal["en", "zh"]
_NOTHING = Past()
LONGEST = 4000  # characters that are read of a message


@dataclass(frozen=True)
class Understanding:
    """What a message asks for.

    ``edits`` in the order to do them; ``not_done`` the pieces that nothing here can do, and
    ``absent`` what they would need; ``question`` when an answer is wanted; ``export`` when it asks
    for the file too; ``declined`` when it says what is not to be done; ``instead`` the places of
    edits made before, each with what is to be in its place; ``respelled`` what was read as another
    word, and as which.
    """

    edits: tuple[Edit, ...] = ()
    not_done: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    question: Question | None = None
    export: bool = False
    declined: bool = False
    instead: tuple[tuple[int, tuple[Edit, ...]], ...] = ()
    respelled: tuple[tuple[str, str], ...] = ()


def understand(
    message: str,
    *,
    files: Iterable[str] = (),
    laid: bool = False,
    past: Past = _NOTHING,
    asked: Edit | None = None,
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
    past
        The edits that were made before, which this message may go on with or put right.
    asked
        The edit whose slots the last answer asked for.

    Examples
    --------
    >>> [type(edit).__name__ for edit in understand("swap the song for something calm").edits]
    ['RemoveMusic', 'AddMusic']

    """
    message, rest = message[:LONGEST], message[LONGEST:]
    opening = opened(message) if past.edits or asked else Opening()
    reading = read(message[opening.end :], files)
    wanted = questions(reading.text)
    unable = _unable(reading, wanted)
    wanted = [asked for asked in wanted if asked not in unable]
    actions = [
        action
        for action in cut(reading, laid=laid, about=(*_thing(_about(past)), *_clip(past)))
        if not any(asked.start <= action.start < asked.end for asked in (*wanted, *unable))
    ]
    beside = (*wanted, *unable)
    found = Found.of(_with_leads(actions, reading, past, beside), past, opening, asked)
    declined = any(action.negated or action.verb is Word.KEEP for action in actions)
    done = bool(found.edits or found.left or found.instead)
    answered = [asked.question for asked in wanted if not done or _of_engine(asked.question)]
    if not (done or answered) and any(action.find(Word.VAGUE) for action in actions):
        answered = ["what"]
    if not (done or declined or answered) and any(action.complains for action in actions):
        answered = ["help"]
    return Understanding(
        merged(found.edits),
        (
            *(reading.quote(asked.start, asked.end) for asked in unable),
            *(reading.quote(start, end) for start, end in sorted(found.left + found.lost)),
            *_beginning(rest),
        ),
        tuple(dict.fromkeys([*unable.values(), *found.absent])),
        question=_told(answered),
        export=any(action.verb is Word.EXPORT and not action.negated for action in actions),
        declined=declined or found.dropped,
        instead=tuple(sorted(found.instead.items())),
        respelled=reading.respelled,
    )


def _unable(reading: Reading, wanted: Iterable[Asked]) -> dict[Asked, str]:
    """Give what is asked whether it can be done and cannot, each with what it would need."""
    found: dict[Asked, str] = {}
    for asked in wanted:
        if asked.question == "help" and "会不会" in reading.text[asked.start : asked.end]:
            for token in reading.tokens:
                if token.word is Word.ABSENT and asked.start <= token.start < asked.end:
                    found.setdefault(asked, token.value)
    return found


def _with_leads(
    actions: Sequence[Action], reading: Reading, past: Past, asked: Iterable[Asked]
) -> Iterator[tuple[Action, str, bool]]:
    """Give the actions, each with the words before it that are in none.

    Where something was done before, words such as "further down" may be about that, and are an
    action of their own, but a bare one.
    """
    at, text = 0, reading.text
    for question in asked:  # which wishes for nothing
        if re.search(r"[吗么嘛]\W*$", text[question.start : question.end]):
            blank = " " * (question.end - question.start)
            text = text[: question.start] + blank + text[question.end :]
    for action in [*actions, None]:
        start = action.start if action is not None else len(text)
        lead = text[at:start]
        if (past.edits or actions) and re.search(r"\w", lead):
            strange = tuple(t for t in reading.strange if at <= t.start < start)
            bare = Action(verb=None, words=(), start=at, end=start, strange=strange, text=lead)
            if action is None or said_of(bare, Opening()).compares:
                yield bare, "", True
        if action is not None:
            yield action, lead, False
            at = max(at, action.end)


def _about(past: Past) -> str:
    """Tell what "it" is at the beginning of a message."""
    return past.edits[past.touched[0]].about if past.touched else ""


def _of_engine(question: Question) -> bool:
    """Tell what is answered beside edits too, for it asks nothing about them."""
    return question == "moods" or question.startswith(("about:", "state:"))


def _told(answered: Sequence[Question]) -> Question | None:
    """Give the question that says most closely what it asks."""
    close = dict.fromkeys(q.removeprefix("state:") for q in answered if q.startswith("state:"))
    other = (q for q in answered if q != "thanks")
    if close:
        return "state:" + ",".join(close)
    return next(other, None) or next(iter(answered), None)


def _beginning(rest: str) -> list[str]:
    """Name what was too long to be read."""
    return [rest.strip()[:60] + "…"] if rest.strip() else []


def language_of(message: str) -> Language:
    """Tell in which language to answer; words that are only to be shown do not count.

    >>> language_of('add a title "你好"'), language_of("加个标题")
    ('en', 'zh')
    """
    return "zh" if re.search(r"[\u4e00-\u9fff]", mask(message).text) else "en"


def _clip(past: Past) -> tuple[Token, ...]:
    """Give the clip that "it" is at the beginning of a message."""
    clip = past.scope
    return () if clip is None else (Token(Word.PART, "", 0, 0, Span(clip=clip)),)


def _thing(about: str) -> tuple[Token, ...]:
    known = {"video": Word.VIDEO, "volume": Word.SOUND, "music": Word.MUSIC}
    return (Token(known.get(about, Word.THING), about, 0, 0),) if about else ()
