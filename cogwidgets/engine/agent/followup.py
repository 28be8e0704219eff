"""Follow-ups: what an action does to the edits that were made before it.

"Actually make it 12", "less", "on the left instead" take an edit back and do it otherwise; "the
same at the end", "also the last 2 seconds" do it once more; "bring that back" takes it back. "It"
is what was touched last, so a time said of it is its own and never the video's. One rule serves the
messages of a session and the clauses of one message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.changing import changed
from cogwidgets.engine.agent.edits.clips import Slideshow, Transition
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Move, Split, Swap
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.history import Redo, Undo
from cogwidgets.engine.agent.edits.music import AddMusic, gain
from cogwidgets.engine.agent.edits.overlays import Overlay
from cogwidgets.engine.agent.edits.pace import Repeat, Reverse, Speed
from cogwidgets.engine.agent.edits.picture import Crop, Effects, Flip, Rotate, Zoom
from cogwidgets.engine.agent.edits.revise import Ask
from cogwidgets.engine.agent.edits.sound import Duck, Mute, Volume
from cogwidgets.engine.agent.edits.texts import AddText, ChangeText
from cogwidgets.engine.agent.lexicon import OBJECTS, Word
from cogwidgets.engine.agent.said import Opening, Said, said_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["FORGET", "Follow", "Past", "followed"]


@dataclass(frozen=True)
class Past:
    """What was done before an action: edits, oldest first.

    ``touched`` are the places of those that "it" can be, the likeliest first: what the message
    before did, or this one. ``here`` is where those of this message begin. ``clips`` counts the
    clips on the timeline, ``undone`` tells that the message before was an undo.
    """

    edits: tuple[Edit, ...] = ()
    touched: tuple[int, ...] = ()
    here: int = 0
    clips: int = 0
    undone: bool = False

    def with_later(self, instead: Mapping[int, tuple[Edit, ...]], edits: Sequence[Edit]) -> Past:
        """Give it with what a message has said so far."""
        if not (edits or instead):
            return self
        before = [(instead.get(i) or (edit,))[-1] for i, edit in enumerate(self.edits)]
        here = range(len(before) + len(edits) - 1, len(before) - 1, -1)
        touched = (*here, *instead) if edits else tuple(instead)
        return replace(self, edits=(*before, *edits), touched=touched)


@dataclass(frozen=True)
class Follow:
    """Edits in place of the one at ``at``, or on top of all where that is None."""

    edits: tuple[Edit, ...]
    at: int | None = None


# What a time, a size and a place said of "it" belong to, and not to the video
_OWNERS = (AddText, ChangeText, Overlay, Fade, Transition)
# Of these another one says what shall be in place of the first, and does not come on top of it
_FAMILIES = (
    (Cut, Keep, Split, Move, Swap, Repeat, Reverse, Speed),
    (Effects, Zoom, Crop, Rotate, Flip),
    (Volume, Mute),
    (AddText,),
)
_NAMES: dict[type, set[str]] = {
    AddText: {"title", "text", "caption"},
    ChangeText: {"title", "text", "caption"},
    Overlay: {"logo"},
    Fade: {"fade"},
    Transition: {"transition"},
    Effects: {"filter"},
}
_FADE = re.compile(r"\bfade\b|淡[入出]", re.IGNORECASE)
_WAY = re.compile(r"\bfade[- ]?(?:in|out)\b|淡[入出]|\bout\b", re.IGNORECASE)
_IT = re.compile(r"\b(?:it|that|this)\b|[它这那]", re.IGNORECASE)
_AS_IT_IS = re.compile(r"\b(?:normal|unchanged|as (?:it )?is)\b|正常|不变|照旧", re.IGNORECASE)
_LOUD = re.compile(r"[声音响吵]|\b(?:loud|quiet|volume|sound)", re.IGNORECASE)
FORGET = re.compile(
    r"\b(?:as|like|how|the way) it was\b|\bchanged? my mind\b|\bforget (?:it|that)\b|"
    r"\bnever ?mind\b|\bdon'?t do (?:it|that)\b|\bback to (?:before|how)\b|"
    r"\bwithout (?:it|that)(?: after all)?\W*$|"
    r"(?:改|变|调|弄|换|放|拿|找|加)回[去来]|跟?(?:之前|刚才|原来)(?:一样|那样|的样子|就好|就行)|"
    r"^\W*(?:还是)?(?:不要了?|算了|取消|作罢|不用了)[吧啊呢]?\W*$|还是原来(?:的|那样)",
    re.IGNORECASE,
)


def followed(  # noqa: PLR0911 - a rule each
    action: Action, past: Past, own: Sequence[Edit] | None, opening: Opening, lead: str = ""
) -> Follow | None:
    """Tell what an action does to the edits before it; None where it is a wish of its own.

    ``own`` are the edits that it is by itself, ``lead`` the words before it.
    """
    if past.undone and not past.touched:  # an undo can be given back, too
        past = replace(past, edits=(Undo(),), touched=(0,))
    if (back := _given_back(action, past, own)) is not None:
        return back
    if not past.touched or (_AS_IT_IS.search(action.text) and not own):
        return None
    things = {name for edit in past.edits for name in _NAMES.get(type(edit), ())}
    said = said_of(action, opening, things=things, lead=lead)
    if (music := _of_music(action, past, own, said)) is not None:
        return music
    if said.other and said.whole and _of_several(past):
        return Follow((Ask("which_clip"),))
    for index in _meant(action, past, said):
        edit = past.edits[index]
        made = changed(edit, action, said)
        if made is not None and _accepted(edit, made, action, said, own, before=index < past.here):
            on_top = _on_top(made, action, said) or (
                index >= past.here and hasattr(made, "spans") and _only_where(edit, made, said)
            )
            return Follow((made,), None if on_top else index)
    if said.whole and said.again and not own and not action.timed:
        return Follow(tuple(past.edits[i] for i in reversed(past.touched)))
    if own and said.corrects:
        return _in_place(own, past)
    return None


def _of_several(past: Past) -> bool:
    """Tell whether what was done last is done to one of more than two clips."""
    spans = (span for i in past.touched for span in getattr(past.edits[i], "spans", ()))
    return past.clips != 2 and any(span.clip for span in spans)  # noqa: PLR2004 - of two


def _meant(action: Action, past: Past, said: Said) -> Iterator[int]:
    """Give the places of the edits that an action can be about, the likeliest first."""
    here = {
        t.value
        for t in action.all_of(Word.THING)
        if action.start <= t.start < action.end and t.value
    }
    kinds = {t.value.rstrip("+-") for t in action.all_of(Word.EFFECT)}
    zooms = action.asks("zoom_in", "zoom_out")
    places = range(len(past.edits) - 1, -1, -1)
    here -= {"fade", "degree"}
    if _FADE.search(action.text) and (said.compares or not _WAY.search(action.text)):
        here.add("fade")
    if kinds and said.compares:
        yield from (
            i
            for i in places
            if isinstance(edit := past.edits[i], Effects) and kinds & {k for k, _ in edit.effects}
        )
    elif zooms and said.more:
        yield from (i for i in places if isinstance(past.edits[i], Zoom))
    elif here:
        yield from (i for i in places if here & _NAMES.get(type(past.edits[i]), set()))
    elif said.whole:
        older = (i for i in places if i not in past.touched and i < past.here)
        for i in (*past.touched, *(older if said.corrects else ())):
            yield i
            if isinstance(past.edits[i], ChangeText):
                yield from (j for j in places if j < i and isinstance(past.edits[j], AddText))
            if isinstance(past.edits[i], Volume | Fade | Duck):
                yield from (j for j in places if j < i and isinstance(past.edits[j], AddMusic))


def _accepted(
    edit: Edit, made: Edit, action: Action, said: Said, own: Sequence[Edit] | None, *, before: bool
) -> bool:
    """Tell whether what is said belongs to that edit, where it could be a wish of its own too.

    ``before`` tells that a message before has made it.
    """
    marked = said.corrects or said.again or (said.goes_on and not action.has(Word.IT))
    if not own or marked or (isinstance(edit, Slideshow) and not action.each):
        return not (own and isinstance(edit, Slideshow))
    if all(isinstance(one, ChangeText | AddText) for one in own):
        return action.timed and isinstance(own[0], ChangeText) and not own[0].nth
    if isinstance(edit, _OWNERS) or (isinstance(edit, AddMusic) and action.asks("begin")):
        return True
    sized = all(isinstance(one, Volume) for one in own) and not _LOUD.search(action.text)
    if sized and (said.bigger or said.more) and not isinstance(edit, Volume):
        return True
    louder = all(isinstance(one, Volume) for one in own) and _LOUD.search(action.text)
    if said.more and isinstance(edit, Effects | Zoom):
        return not louder  # "brighter and less loud" are two things
    figures = action.timed or action.has(Word.AMOUNT)
    return before and figures and not said.compares and [type(made)] == [type(e) for e in own]


def _on_top(made: Edit, action: Action, said: Said) -> bool:
    """Tell "and the same at the end" from "and make it bigger"."""
    if said.corrects and not said.again:
        return False
    if said.again:
        return True
    placed = isinstance(made, _OWNERS) and not (action.edges or action.has(Word.SOUND))
    return said.goes_on and not (action.has(Word.IT) or said.compares or said.only or placed)


def _only_where(edit: Edit, made: Edit, said: Said) -> bool:
    """Tell whether a clause of the same message names one place more."""
    if said.corrects or said.only or isinstance(edit, _OWNERS):
        return False
    spans = getattr(edit, "spans", ())
    return bool(spans) and replace(made, spans=spans) == edit  # type: ignore[type-var]


def _of_music(  # noqa: PLR0911 - a rule each
    action: Action, past: Past, own: Sequence[Edit] | None, said: Said
) -> Follow | None:
    """Give loudness and fades to the music where that was spoken of last."""
    last = past.edits[past.touched[0]]
    musical = (
        isinstance(last, AddMusic | Duck)
        or (isinstance(last, Volume) and last.target == "music")
        or (isinstance(last, Fade) and last.what == "music")
    )
    laid = next((e for e in reversed(past.edits) if isinstance(e, AddMusic)), None)
    if not musical or laid is None:
        return None
    wide = action.has(Word.VOICE, Word.EVERYTHING, Word.VIDEO) or action.clips
    if own and len(own) == 1 and not wide:
        one = own[0]
        if isinstance(one, Volume) and one.target == "all" and not _named_sound(action):
            return Follow((replace(one, target="music"),))
        if (
            isinstance(one, Fade)
            and one.what == "both"
            and (action.has(Word.IT) or not action.edges)
        ):
            return Follow((replace(one, what="music"),))
        if isinstance(one, Mute) and _IT.search(action.text):
            return Follow((), max(i for i, e in enumerate(past.edits) if e is laid))
        if isinstance(one, AddMusic) and one.volume is None and laid is not None:
            volumes = _volume_of(past)
            return Follow((replace(one, volume=volumes),)) if volumes is not None else None
    if not own and said.whole and not isinstance(last, Fade):
        way = said.louder or said.bigger or said.more
        share = action.amount("share", "db")
        if share is not None and not action.timed:
            level = gain(share, 1.0)
            to, change = (level, None) if share.kind == "share" else (None, level)
            return Follow((Volume("music", to, change),))
        if way:
            by = {0.5: 1.25, 1.0: 1.5, 2.0: 2.0} if way > 0 else {0.5: 0.8, 1.0: 0.6, 2.0: 0.4}
            return Follow((Volume("music", None, by[action.degree]),))
    return None


def _named_sound(action: Action) -> bool:
    """Tell "the sound", which is all of it, from 声音 of what was spoken of."""
    return any(
        token.start >= action.start and action.text[token.start - action.start].isascii()
        for token in action.all_of(Word.SOUND)
        if token.end > token.start
    )


def _volume_of(past: Past) -> float | None:
    """Give the volume that the laid music has come to, where somebody has set it."""
    volume, said = 1.0, False
    for edit in past.edits:
        if isinstance(edit, AddMusic):
            volume, said = edit.volume or 1.0, edit.volume is not None
        elif isinstance(edit, Volume) and edit.target in {"music", "all"} and not edit.spans:
            volume, said = edit.to if edit.to is not None else volume * (edit.by or 1.0), True
    return round(volume, 3) if said else None


def _given_back(action: Action, past: Past, own: Sequence[Edit] | None) -> Follow | None:
    """Read "put it back", "bring that back", "turn it off", 还是不要了, 都恢复."""
    if not past.touched:
        return None
    first = next((t.word for t in action.words if t.word in OBJECTS and t.end > t.start), None)
    about = first in {None, Word.IT, Word.EVERYTHING} and not (
        action.timed or action.quoted or action.has(Word.VIDEO, Word.EFFECT, Word.MEDIA)
    )
    plain = not action.strange and not action.has(Word.ORIGINAL, Word.MUSIC, Word.OWN)
    restores = action.verb is Word.RESTORE and not action.how and about and plain
    if (restores or (FORGET.search(action.text) and about)) and not action.negated:
        return Follow((Redo() if past.undone else Undo(),))
    if (
        own
        or action.verb is not Word.REMOVE
        or action.how in {"cut", "fix"}
        or not (about and plain)
    ):
        return None
    if action.negated or past.touched[0] >= past.here:
        return None
    return Follow((), past.touched[0])


def _in_place(own: Sequence[Edit], past: Past) -> Follow | None:
    """Put edits in place of one that they say otherwise: "no, keep the first 5 seconds"."""
    for family in _FAMILIES:
        if not all(isinstance(edit, family) for edit in own):
            continue
        for index in past.touched:
            if isinstance(past.edits[index], family):
                return Follow(tuple(own), index)
    return None
