"""References: what "it" stands for, and what a clause leaves to the one before it."""

from __future__ import annotations

import re
from dataclasses import replace

from cogwidgets.engine.agent.action import EDITING, WHEN, Action
from cogwidgets.engine.agent.clauses import MUSICAL
from cogwidgets.engine.agent.lexicon import OBJECTS, Token, Word
from cogwidgets.engine.agent.scope import (
    POINTS,
    in_its_place,
    is_for,
    lent_by,
    of_rest,
    of_split,
    rest_of,
    stretch_of,
    told_where,
)
from cogwidgets.engine.agent.times import START

__all__ = ["after_normal", "bare_fade", "resolved", "with_verb"]


def with_verb(  # noqa: C901, PLR0911, PLR0912 - a rule each
    action: Action, previous: Action | None, *, laid: bool = False
) -> Action:
    """Read "something calm instead", "not the voice", "the noise" after "remove the music and"."""
    if action.complains or _FINE.search(action.text):
        return action
    if (more := _more_of(action, previous) or _gapped(action, previous)) is not None:
        return more
    if previous is not None and action.value(Word.EVERYTHING) == "rest" and action.has(*_SAID):
        return of_rest(action, previous, "rest")  # 前10秒慢放，其余2倍速
    new = action.has(Word.INSTEAD, Word.FREE) and action.has(*MUSICAL)
    some = action.has(Word.SOMETHING) and action.has(*MUSICAL[1:]) and not _somewhat(action)
    if (new or some) and not action.has(Word.NOT):
        return replace(action, verb=Word.ADD)
    made = previous is not None and previous.verb in {*EDITING, Word.USE}
    mild = action.first is Word.MUSIC and action.has(Word.EITHER)
    named = mild or action.has(*MUSICAL[1:]) or bool(_SONG.search(action.text))
    if made and named and not (previous and previous.has(*MUSICAL)):
        return replace(action, verb=Word.ADD)  # "a slideshow with transitions and calm music"
    follows_on = previous is not None and previous.verb not in {None, Word.TOUCH}
    if (
        follows_on
        and previous is not None
        and action.has(Word.MUSIC, Word.THING, Word.FILE, Word.OWN, Word.TEXT)
    ):
        if action.has(Word.NOT) and previous.verb is Word.REMOVE:
            return replace(action, verb=previous.verb, negated=True)
        if not action.has(Word.NOT, Word.WITHOUT):
            if action.first is Word.TEXT:  # "captions: "one" at 1 s, "two" at 4 s"
                action = replace(action, words=(*_written_so(action, previous), *action.words))
            negated = previous.negated and not action.has(Word.ONLY)
            if previous.verb in EDITING and previous.how != "write" and _laid(action):
                return replace(action, verb=Word.ADD)  # "louder, and my logo top left"
            return replace(action, verb=previous.verb, how=previous.how, negated=negated)
    if (
        action.has(Word.MOOD, Word.FILE, Word.OWN)
        and action.has(Word.MUSIC)
        and not action.has(Word.NOT, Word.THE)
    ):
        return replace(action, verb=Word.ADD)
    also = previous is not None and previous.verb is Word.ADD and previous.has(Word.MUSIC)
    if also and action.has(Word.MOOD) and action.spans and action.first is None:
        music = Token(
            Word.MUSIC, "", action.start, action.start
        )  # "…, energetic in the second half"
        return replace(action, verb=Word.ADD, words=(*action.words, music))
    own = action.has(Word.OWN, Word.FILE) and action.first is None and not action.strange
    if own and previous is not None and previous.verb is None and not action.has(Word.NOT):
        return replace(action, verb=Word.ADD)  # "photos, 3 s each, my song"
    here = (previous is None or previous.verb is None) and not laid
    timed = action.first is Word.MUSIC and bool(action.spans) and action.text.isascii()
    timed = timed and not action.has(Word.NOT, Word.THE)
    if (here and timed and not action.strange) or (action.has(Word.MEDIA) and _laid(action)):
        return replace(action, verb=Word.ADD)  # "music from 5 to 15 s", "logo.png top left"
    return in_its_place(action, previous)


def _laid(action: Action) -> bool:
    """Tell what is new and lies over the picture."""
    return action.has(Word.TEXT, Word.PLACE) and not action.has(Word.NOT, Word.WITHOUT)


_IT = re.compile(r"\b(?:it|that|them)\b|它", re.IGNORECASE)


def bare_fade(action: Action) -> bool:
    """Tell "fade out" alone, which names nothing that is to fade."""
    here = [t for t in action.words if t.start < t.end and t.start >= action.start]
    bare = {Word.AMOUNT, Word.TIME, Word.PART, Word.THE, Word.WITH, Word.SOMETHING}
    fades = action.verb is Word.LEVEL and action.how.startswith("fade")
    adds = action.verb is Word.ADD and action.asks("fade", "fade_in", "fade_out")
    plain = all(t.word in bare or t.word is Word.LEVEL for t in here)
    return (
        (fades or adds)
        and plain
        and not (action.spans or action.negated or _IT.search(action.text))
    )


def _more_of(action: Action, previous: Action | None) -> Action | None:
    """Read what has no verb as more of the same: "fade in from black, out to white"."""
    if previous is None:
        return None
    for way, begins in _WAYS.items():
        if "fade" in previous.how and begins.match(action.text):
            said = Token(Word.LEVEL, way, action.start, action.start)
            heard = {Word.SOUND, Word.MUSIC, Word.VOICE}
            same = tuple(t for t in previous.words if t.word in heard)
            words = (*same, *action.words)
            return replace(action, verb=Word.LEVEL, how=way, said=said, words=words)
    if previous.verb is None and action.first is Word.TEXT:
        return replace(action, words=(*_written_so(action, previous), *action.words))
    return None


_SAID = (Word.AMOUNT, Word.EFFECT)


_FINE = re.compile(  # "black bars are fine"
    r"\b(?:is|are|would be) (?:fine|ok|okay|good|all ?right|great|perfect)\W*$", re.IGNORECASE
)
_GAPPED = {Word.PLACE, Word.WAY, Word.EFFECT}


def _gapped(action: Action, previous: Action | None) -> Action | None:
    """Read "crop the bottom by 10% and the top by 5%", where the verb is left out."""
    if previous is None or previous.verb not in EDITING or action.strange or action.has(Word.NOT):
        return None
    rest = {Word.AMOUNT, Word.TIME, Word.PART, Word.THE, Word.WITH, *_GAPPED}
    if not {t.word for t in action.words} <= rest:
        return None
    kinds = _GAPPED & {t.word for t in action.words} & {t.word for t in previous.words}
    clips = bool(action.clips) and bool(previous.clips)
    how = {Word.AMOUNT, Word.TIME}
    told = any(t.word in how for t in action.words) and any(t.word in how for t in previous.words)
    if not (told and (kinds or clips)):
        return None
    return replace(
        action, verb=previous.verb, how=previous.how, said=previous.said, negated=previous.negated
    )


def _somewhat(action: Action) -> bool:
    """Tell 复古一点, which is a look, from 来一点复古的."""
    return action.text.rstrip("吧呢 ").endswith("一点") and action.find(Word.EFFECT) is not None


def after_normal(action: Action, previous: Action | None) -> Action:
    """Read "play normally until 0:30 and then twice as fast": from there on."""
    if previous is None or action.timed or previous.negated:
        return action
    if previous.how not in {"unchanged", "normal:speed"} or action.verb is Word.EXPORT:
        return action
    spans = [s for s in previous.spans if s.start == START and s.clip is None]
    rest = tuple(Token(Word.TIME, "", 0, 0, one) for s in spans for one in s.beside)
    return replace(action, words=(*action.words, *rest))


def resolved(  # noqa: C901, PLR0911 - a rule each
    action: Action, previous: Action | None
) -> Action:
    """Put what "it" stands for, or what is left out, in its place."""
    if previous is None or action.verb is Word.WANT or _complaint(action, previous):
        return action  # "take it out and give it to me" wants the file
    action = of_split(action, previous)
    if there := told_where(action, previous):
        return replace(action, words=there, carried=True)
    beside = action.value(Word.EVERYTHING)
    if beside in {"rest", "after", "before"}:
        return of_rest(action, previous, beside)
    if action.as_background and _POINTS_BACK.search(action.text) and not action.has(*MUSICAL[1:]):
        own = tuple(t for t in previous.words if t.word in {Word.OWN, Word.FILE})
        return replace(action, words=(*own, *action.words))  # "use that as background music"
    if action.first not in {None, Word.IT}:
        there = lent_by(action, previous)
        return replace(action, words=(*action.words, *there), carried=bool(there))
    stretch = stretch_of(previous) if is_for(action, previous) else ()
    if (effects := _effects(action, previous)) and not stretch:
        return replace(action, words=(*action.words, *effects))
    chosen = action.has(Word.MOOD, Word.FILE, Word.OWN, Word.ORIGINAL)
    if chosen and (action.first is None or action.verb is Word.ADD):
        return action  # "lay song.mp3 under it"
    named: tuple[Token, ...] = ()
    if _refers(action, previous):
        named = _things(previous)
        if named and _silent(named[0]) and (_of_sound(action) or _of_whole(action)):
            named = ()  # "add a title and make it louder": the video, for a title has no sound
        if previous.verb is Word.KEEP and named:  # "keep it until 0:20, then remove it": after that
            named += tuple(rest_of(t) for t in previous.words if t.word in WHEN)
    sized = _SIZED.get(action.how)
    if sized and not action.has(Word.AMOUNT, Word.VIDEO) and _silent_one(previous):
        size = Token(Word.STYLE, sized, action.start, action.end)
        return replace(action, verb=Word.USE, said=None, how="", words=(*_things(previous), size))
    if not stretch and not named and not _refers(action, previous):
        return action
    clips = tuple(t for t in stretch if any(s.clip is not None for s in t.spans))
    lent = (*named, *clips) if named else stretch
    words = (*lent, *(t for t in action.words if t.word is not Word.IT))
    return replace(action, words=words, carried=bool(stretch and not named))


def _effects(action: Action, previous: Action) -> tuple[Token, ...]:
    """Give what of the picture is to be more or less: "the colours are dull, boost them"."""
    if action.verb is not Word.LEVEL or action.how not in {"up", "down"}:
        return ()
    if action.has(Word.EFFECT, Word.VOLUME, Word.SOUND):
        return ()
    effects = tuple(t for t in previous.words if t.word is Word.EFFECT)
    return tuple(t for t in effects if t.value == "dull") or effects


def _complaint(action: Action, previous: Action) -> bool:
    """Tell whether "fix it" is said of what is wrong, and of no song that could be taken out."""
    return action.how == "fix" and not previous.has(*MUSICAL)


_SONG = re.compile(r"^\W*(?:and )?(?:the|that|this) (?:song|track|tune|mp3)\b", re.IGNORECASE)
_WAYS = {
    "fade_out": re.compile(r"\W*(?:and )?(?:back )?out\b", re.IGNORECASE),
    "fade_in": re.compile(r"\W*(?:and )?(?:back )?in from\b", re.IGNORECASE),
}


_POINTS_BACK = re.compile(r"\b(?:it|that|this)\b", re.IGNORECASE)


def _things(previous: Action) -> tuple[Token, ...]:
    """Give the thing that an action leaves to be called "it"; a text with what it says."""
    texts = [t for t in previous.words if t.word is Word.TEXT]
    known = [t for t in previous.words if t.word is Word.NAMED]
    if texts or known:
        role = next((t.value for t in previous.words if _written(t)), "title")
        thing = Token(Word.THING, role, 0, 0)
        return thing, Token(Word.NAMED, (texts or known)[-1].value, 0, 0)
    music = previous.verb in {Word.ADD, Word.USE, Word.CHANGE} and previous.has(*MUSICAL)
    if music:
        return (Token(Word.MUSIC, "", 0, 0),)
    return tuple(t for t in previous.words if _lasts(t))[:1]


def _written_so(action: Action, previous: Action) -> tuple[Token, ...]:
    """Give what a text of a list shares with the one before: what it is, and its place."""
    role = tuple(t for t in previous.words if _written(t))[:1]
    place = tuple(t for t in previous.words if t.word is Word.PLACE)[:1]
    named = any(_written(t) for t in action.words)
    placed = any(t.word is Word.PLACE for t in action.words)
    return (*(() if named else role), *(() if placed else place))


def _written(token: Token) -> bool:
    return token.word is Word.THING and token.value in {"title", "caption", "text"}


def _silent(token: Token) -> bool:
    """Tell whether a thing cannot be heard."""
    return token.word is Word.TEXT or (token.word is Word.THING and token.value in _WRITTEN)


_SIZED = {"compress": "smaller", "zoom_in": "bigger", "zoom_out": "smaller"}


def _silent_one(previous: Action) -> bool:
    """Tell whether the action before was about a text or a picture, which "smaller" sizes."""
    named = _things(previous)
    return bool(named) and _silent(named[0])


def _of_whole(action: Action) -> bool:
    """Tell "fade to black at the end", which is said of the picture."""
    fades = "fade" in action.how and not POINTS.search(action.text)
    return fades and (action.has(Word.COLOUR) or bool(action.edges))


def _of_sound(action: Action) -> bool:
    """Tell whether an action is about how loud something is."""
    return action.how == "mute" or (action.verb is Word.LEVEL and "fade" not in action.how)


_WRITTEN = {"title", "text", "caption", "logo"}


def _lasts(token: Token) -> bool:
    """Tell whether a thing is there after an edit of it, so that "it" can be that."""
    if token.word is Word.THING:
        return token.value in {"", *_WRITTEN}
    return token.word in OBJECTS - {Word.ABSENT}


def _refers(  # noqa: PLR0911 - a rule each
    action: Action, previous: Action
) -> bool:
    """Tell whether an action is about what the one before was about, and not about the video."""
    if action.has(Word.VIDEO, Word.RATIO, Word.EFFECT, Word.FORMAT, Word.FIT, Word.MEDIA):
        return False
    if action.verb is Word.EXPORT:
        return False
    if "fade" in action.how and action.edges and not previous.has(*MUSICAL, Word.SOUND):
        return False  # 加个标题，最后淡出: the video does
    if action.verb is Word.OTHER:
        return action.how == "move" and not action.clips
    if action.verb is Word.LEVEL and previous.verb is Word.REMOVE:
        return False
    if action.has(Word.IT):
        return True
    parts = action.verb in {Word.REMOVE, Word.KEEP} and action.spans
    return action.how not in {"cut", "mute"} and not parts
