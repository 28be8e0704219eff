"""References: what "it" stands for, and what a clause leaves to the one before it."""

from __future__ import annotations

from dataclasses import replace

from cogwidgets.engine.agent.action import EDITING, WHEN, Action
from cogwidgets.engine.agent.clauses import MUSICAL
from cogwidgets.engine.agent.lexicon import OBJECTS, Token, Word
from cogwidgets.engine.agent.times import END, START, Span

__all__ = ["resolved", "with_verb"]


def with_verb(action: Action, previous: Action | None) -> Action:  # noqa: PLR0911 - a rule each
    """Read "something calm instead", "not the voice", "the noise" after "remove the music and"."""
    if action.complains:
        return action
    new = action.has(Word.INSTEAD, Word.FREE) and action.has(*MUSICAL)
    some = action.has(Word.SOMETHING) and action.has(*MUSICAL[1:])
    if (new or some) and not action.has(Word.NOT):
        return replace(action, verb=Word.ADD)
    if previous is not None and previous.verb in EDITING and action.has(*MUSICAL[1:]):
        return replace(action, verb=Word.ADD)  # "a slideshow with transitions and calm music"
    follows_on = previous is not None and previous.verb is not None
    if (
        follows_on
        and previous is not None
        and action.has(Word.MUSIC, Word.THING, Word.FILE, Word.OWN, Word.TEXT)
    ):
        if action.has(Word.NOT) and previous.verb is Word.REMOVE:
            return replace(action, verb=previous.verb, negated=True)
        if not action.has(Word.NOT, Word.WITHOUT):
            negated = previous.negated and not action.has(Word.ONLY)
            return replace(action, verb=previous.verb, how=previous.how, negated=negated)
    if (
        action.has(Word.MOOD, Word.FILE, Word.OWN)
        and action.has(Word.MUSIC)
        and not action.has(Word.NOT, Word.THE)
    ):
        return replace(action, verb=Word.ADD)
    return action


def resolved(action: Action, previous: Action | None) -> Action:
    """Put what "it" stands for, or what is left out, in its place."""
    if previous is None or action.first not in {None, Word.IT}:
        return action
    if action.first is None and action.has(Word.MOOD, Word.FILE, Word.OWN, Word.ORIGINAL):
        return action
    if action.verb is Word.WANT:
        return action  # "take it out and give it to me" wants the file
    if not _refers(action, previous):
        return action
    named = tuple(t for t in previous.words if _lasts(t))[:1]
    if named and _silent(named[0]) and _of_sound(action):
        named = ()  # "add a title and make it louder": the video, for a title has no sound
    if previous.verb is Word.KEEP and named:  # "keep it until 0:20, then remove it" from there on
        named += tuple(_rest(t) for t in previous.words if t.word in WHEN)
    return replace(action, words=(*named, *(t for t in action.words if t.word is not Word.IT)))


def _silent(token: Token) -> bool:
    """Tell whether a thing cannot be heard."""
    return token.word is Word.TEXT or (token.word is Word.THING and token.value in _WRITTEN)


def _of_sound(action: Action) -> bool:
    """Tell whether an action is about how loud something is."""
    return action.how == "mute" or (action.verb is Word.LEVEL and "fade" not in action.how)


_WRITTEN = {"title", "text", "caption", "logo"}


def _lasts(token: Token) -> bool:
    """Tell whether a thing is there after an edit of it, so that "it" can be that."""
    if token.word is Word.THING:
        return token.value in {"", *_WRITTEN}
    return token.word in OBJECTS - {Word.ABSENT}


def _refers(action: Action, previous: Action) -> bool:
    """Tell whether an action is about what the one before was about, and not about the video."""
    if action.has(Word.VIDEO, Word.RATIO, Word.EFFECT, Word.FORMAT, Word.FIT, Word.MEDIA):
        return False
    if action.verb is Word.EXPORT:
        return False
    if action.verb is Word.OTHER:
        return action.how == "move" and not action.clips
    if action.verb is Word.LEVEL and previous.verb is Word.REMOVE:
        return False
    if action.has(Word.IT):
        return True
    return action.how not in {"cut", "mute"} and not (action.verb is Word.REMOVE and action.spans)


def _rest(token: Token) -> Token:
    """Give what lies beside a time."""
    spans = token.meaning if isinstance(token.meaning, tuple) else (token.meaning,)
    beside = [
        Span(start, end)
        for span in spans
        if isinstance(span, Span) and span.clip is None
        for start, end in ((START, span.start), (span.end, END))
        if start != end
    ]
    return replace(token, meaning=tuple(beside) or None, word=Word.PART)
