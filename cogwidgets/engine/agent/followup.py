"""Follow-ups: what an action does to the edits that were made before it.

"Actually make it 12", "less", "on the left instead" take an edit back and do it otherwise; "the
same at the end", "also the last 2 seconds" do it once more; "bring that back" takes it back. "It"
is what was touched last, so a time said of it is its own and never the video's. One rule serves the
messages of a session and the clauses of one message.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.changing import changed, milder
from cogwidgets.engine.agent.edits.canvas import Canvas
from cogwidgets.engine.agent.edits.clips import Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Crop, Flip, Rotate, Zoom
from cogwidgets.engine.agent.edits.history import Undo
from cogwidgets.engine.agent.edits.lengths import Lengthen
from cogwidgets.engine.agent.edits.music import AddMusic, RemoveMusic
from cogwidgets.engine.agent.edits.overlays import Overlay
from cogwidgets.engine.agent.edits.pace import Repeat, Reverse, Speed
from cogwidgets.engine.agent.edits.picture import STRENGTHS, Effects
from cogwidgets.engine.agent.edits.revise import Ask
from cogwidgets.engine.agent.edits.sound import Duck, Mute, Volume
from cogwidgets.engine.agent.edits.textchanges import ChangeText, RemoveText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.guard import BEGINS, astray, bare_rate, put_elsewhere
from cogwidgets.engine.agent.inplace import in_place
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.named import named_back, nth_alike, nth_text
from cogwidgets.engine.agent.ofmusic import IT, music_when, of_music
from cogwidgets.engine.agent.past import Follow, Past
from cogwidgets.engine.agent.putright import put_right, with_others
from cogwidgets.engine.agent.rewording import ENDS
from cogwidgets.engine.agent.said import Opening, Said, said_of
from cogwidgets.engine.agent.stretching import other_end, resized
from cogwidgets.engine.agent.takeback import disliked, given_back, one_of_several

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["followed"]


# What a time, a size and a place said of "it" belong to, and not to the video
_OWNERS = (AddText, ChangeText, Overlay, Fade, Transition)
# What holds for stretches, and may be wanted for fewer
_RANGED = (Effects, Zoom, Rotate, Flip, Reverse, Speed, Mute, Volume, AddMusic, RemoveMusic)
_NAMES: dict[type, set[str]] = {
    AddText: {"title", "text", "caption"},
    ChangeText: {"title", "text", "caption"},
    Overlay: {"logo"},
    Fade: {"fade"},
    Transition: {"transition"},
    Effects: {"filter"},
}
# After these "a bit bigger" is said of the picture
_FRAMED = (Rotate, Flip, Crop, Canvas, Effects)
_ZOOMS = re.compile(r"放大|缩小")
_FADE = re.compile(r"\bfade\b|淡[入出]", re.IGNORECASE)
_WAY = re.compile(r"\bfade[- ]?(?:in|out)\b|淡[入出]|\bout\b", re.IGNORECASE)
_STRONG = re.compile(r"\b(?:strong|intense|weak|blurry|much)\b|[强弱重]", re.IGNORECASE)
_AS_IT_IS = re.compile(r"\b(?:normal|unchanged|as (?:it )?is)\b|正常|不变|照旧", re.IGNORECASE)
_LOUD = re.compile(r"[声音响吵]|\b(?:loud|quiet|volume|sound)", re.IGNORECASE)


def followed(  # noqa: C901, PLR0911, PLR0912 - a rule each
    action: Action, past: Past, own: Sequence[Edit] | None, opening: Opening, lead: str = ""
) -> Follow | None:
    """Tell what an action does to the edits before it; None where it is a wish of its own.

    ``own`` are the edits that it is by itself, ``lead`` the words before it.
    """
    if past.undone and not past.touched:  # an undo can be given back, too
        past = replace(past, edits=(*past.edits, Undo()), touched=(len(past.edits),))
    if past.taken and not past.touched:  # and so can what took back one edit of several
        past = replace(past, edits=(*past.edits, Undo()), touched=(len(past.edits),))
    if (back := named_back(action, past, own) or given_back(action, past, own)) is not None:
        return back
    if not past.touched or (_AS_IT_IS.search(action.text) and not own):
        return None
    if (spoken := _spoken_of(action, past, own)) is not None:
        return spoken
    moves = own is not None and put_elsewhere(action, past, own)
    own = None if moves else own  # the text that is there
    things = {name for edit in past.edits for name in _NAMES.get(type(edit), ())}
    said = said_of(action, opening, things=things, lead=lead)
    if own and _new_text(action, own) and not said.corrects:
        return None
    special = _milder(action, past) or (
        put_right(action, past, own, said)
        or music_when(action, past, own, said)
        or of_music(action, past, own, said)
        or _narrowed(action, past, own, said)
        or _hidden(action, past)
        or _stronger(action, past, own, said)
    )
    if special is not None:
        return with_others(special, action, past, said)
    if action.verb is not Word.REMOVE and (text := nth_text(action, past)) is not None:
        made = changed(past.edits[text[0]], text[1], said)
        if made is not None:
            action.used.extend(action.words)
            return Follow((made,), text[0])
    if said.other and said.whole and _of_several(past):
        return Follow((Ask("which_clip"),))
    for index in _meant(action, past, said):
        if (follow := _changed(index, action, past, said, own)) is not None:
            return with_others(follow, action, past, said)
    zooms = said.whole and said.bigger and not own and _ZOOMS.search(action.text)
    if zooms and isinstance(past.edits[past.touched[0]], _FRAMED):
        return Follow((Zoom(1.15, out=said.bigger < 0),))
    if said.whole and said.again and not own and not action.timed:
        return Follow(tuple(past.edits[i] for i in reversed(past.touched)))
    if own and (follow := in_place(own, action, past, opening, said)) is not None:
        return follow
    if own and astray(action, past, own):
        return _asked(action)
    return Follow(()) if moves else None


def _milder(action: Action, past: Past) -> Follow | None:
    """Read "not that slow" of the speed that was set last."""
    for place in past.touched:
        edit = past.edits[place]
        if isinstance(edit, Speed) and (less := milder(edit, action)) is not None:
            action.used.extend(action.words)
            return Follow((less,), place)
    return None


def _new_text(action: Action, own: Sequence[Edit]) -> bool:
    """Tell "add another title "Two" at 0:10", which leaves the first as it is."""
    worded = all(isinstance(one, AddText) and one.text for one in own)
    return worded and action.verb is Word.ADD and bool(action.quoted)


def _spoken_of(action: Action, past: Past, own: Sequence[Edit] | None) -> Follow | None:
    """Read "get rid of the first one", "the noise reduction sounds weird"."""
    if (alike := nth_alike(action, past)) is not None:
        return alike
    one = one_of_several(action, past, own)
    if one is None:
        return disliked(action, past, own)
    if isinstance(one, bool):
        return _asked(action)
    action.used.extend(action.words)
    return Follow((one,))


def _asked(action: Action) -> Follow:
    action.used.extend(action.words)
    return Follow((Ask("which_thing"),))


def _changed(
    index: int, action: Action, past: Past, said: Said, own: Sequence[Edit] | None
) -> Follow | None:
    """Say an edit otherwise, in its place or once more; None where nothing is said of it."""
    edit = past.edits[index]
    made = changed(edit, action, said)
    if made is None or not _accepted(edit, made, action, said, own, before=index < past.here):
        return None
    here = index >= past.here and hasattr(made, "spans")
    if index < past.here and _one_end(edit, made, action):
        return Follow((made,), index)  # "start at 0:03", "and end at 0:13"
    on_top = _on_top(made, action, said) or (here and _only_where(edit, made, said))
    if on_top and isinstance(made, Keep) and isinstance(edit, Keep):
        return Follow((replace(made, spans=(*edit.spans, *made.spans)),), index)
    return Follow((made,), None if on_top else index)


def _one_end(edit: Edit, made: Edit, action: Action) -> bool:
    """Tell whether only the beginning or the end of what was done is said anew."""
    if isinstance(edit, AddMusic):
        ends = BEGINS.search(action.text) or ENDS.search(action.text)
        when = bool(action.moments or action.spans) and not action.find(Word.MOOD)
        return isinstance(made, AddMusic) and bool(ends) and when
    return hasattr(made, "spans") and bool(other_end(getattr(edit, "spans", ()), action))


def _narrowed(action: Action, past: Past, own: Sequence[Edit] | None, said: Said) -> Follow | None:
    """Read "just the fade out", "only reverse the first 10 seconds", 只要后半段 after 黑白."""
    index = past.touched[0]
    edit, one = past.edits[index], own[0] if own and len(own) == 1 else None
    if not said.only or one is None or index >= past.here:
        return None
    if isinstance(edit, Fade) and isinstance(one, Fade):
        return Follow((replace(edit, way=one.way),), index)
    spans = getattr(one, "spans", ()) and action.spans
    wanted = isinstance(one, Keep) and action.verb in {None, Word.WANT}
    if spans and (wanted or type(one) is type(edit)) and isinstance(edit, _RANGED):
        return Follow((replace(edit, spans=spans),), index)
    return None


def _hidden(action: Action, past: Past) -> Follow | None:
    """Read "don't show it in the last 5 seconds", 最后5秒不要显示, of a picture or text laid."""
    index = past.touched[0]
    edit = past.edits[index]
    if not isinstance(edit, AddText | Overlay) or edit.spans:
        return None
    if isinstance(edit, AddText) and (edit.at or edit.length):
        return None
    seen = action.asks("write", "begin") or BEGINS.search(action.text)
    if not (seen and action.negated and len(action.spans) == 1):
        return None
    beside = tuple(action.spans[0].beside)
    if not beside or action.quoted or action.spans[0].clip is not None:
        return None
    action.used.extend(action.words)
    return Follow((replace(edit, spans=beside),), index)


def _stronger(action: Action, past: Past, own: Sequence[Edit] | None, said: Said) -> Follow | None:
    """Read "cut 2 more seconds", and 再模糊一点 of the seconds that are blurred."""
    index = past.touched[0]
    edit, one = past.edits[index], own[0] if own and len(own) == 1 else None
    if index >= past.here:
        return None
    if one == Cut() and isinstance(edit, Cut) and len(edit.spans) == 1 and action.length:
        return Follow((Cut((resized(edit.spans[0], action.length),)),))
    if (
        said.compares
        or action.timed
        or not (isinstance(edit, Effects) and isinstance(one, Effects))
    ):
        return None
    before, more = dict(edit.effects), dict(one.effects)
    added = {
        kind: round(min(float(before[kind]) + float(by), 1.0), 3)
        for kind, by in more.items()
        if kind in before and not isinstance(by, str)
    }
    if added.keys() != more.keys() or not (edit.spans or added.keys() <= STRENGTHS.keys()):
        return None
    return Follow((replace(edit, effects=tuple((before | added).items())),), index)


def _of_several(past: Past) -> bool:
    """Tell whether what was done last is done to one of more than two clips."""
    spans = (span for i in past.touched for span in getattr(past.edits[i], "spans", ()))
    return past.clips != 2 and any(span.clip for span in spans)  # noqa: PLR2004 - of two


def _meant(  # noqa: C901 - a rule each
    action: Action, past: Past, said: Said
) -> Iterator[int]:
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
    if action.each and not here:
        yield from (i for i in places if isinstance(past.edits[i], Slideshow))
    if kinds and said.compares:
        yield from (
            i
            for i in places
            if isinstance(edit := past.edits[i], Effects) and kinds & {k for k, _ in edit.effects}
        )
    elif action.asks("faster", "slower") and not action.timed:
        yield from (i for i in past.touched if isinstance(past.edits[i], Speed))
    elif zooms and said.bigger and isinstance(past.edits[past.touched[0]], Overlay):
        yield past.touched[0]
    elif zooms and said.more:
        yield from (i for i in places if isinstance(past.edits[i], Zoom))
    elif here:
        yield from (i for i in places if here & _NAMES.get(type(past.edits[i]), set()))
    elif said.whole:
        older = (i for i in places if i not in past.touched and i < past.here)
        of_music = isinstance(past.edits[past.touched[0]], Volume | Fade | Duck)
        if of_music and BEGINS.search(action.text):
            yield from (i for i in places if isinstance(past.edits[i], AddMusic))
        for i in (*past.touched, *(older if said.corrects else ())):
            yield i
            if isinstance(past.edits[i], ChangeText):
                yield from (j for j in places if j < i and isinstance(past.edits[j], AddText))
            if isinstance(past.edits[i], Volume | Fade | Duck):
                yield from (j for j in places if j < i and isinstance(past.edits[j], AddMusic))


def _accepted(  # noqa: C901, PLR0911 - a rule each
    edit: Edit, made: Edit, action: Action, said: Said, own: Sequence[Edit] | None, *, before: bool
) -> bool:
    """Tell whether what is said belongs to that edit, where it could be a wish of its own too.

    ``before`` tells that a message before has made it.
    """
    loud = all(isinstance(one, Volume) for one in own or ()) and _LOUD.search(action.text)
    if own and loud and not isinstance(edit, Volume | AddMusic):
        return False
    marked = said.corrects or said.again or (said.goes_on and not IT.search(action.text))
    zoomed = own and all(isinstance(one, Zoom) for one in own) and said.bigger
    if zoomed and isinstance(edit, Overlay) and not action.has(Word.VIDEO):
        return True  # "shrink it by half", said of a logo
    if before and isinstance(edit, Slideshow) and action.each:
        return True  # "5 seconds each", also after the transitions
    if own and bare_rate(action, own) and isinstance(edit, Effects):
        return bool(_STRONG.search(action.text))
    if own and bare_rate(action, own) and isinstance(edit, Zoom | Repeat | Overlay):
        return True
    if not own or marked or (isinstance(edit, Slideshow) and not action.each):
        return not (own and isinstance(edit, Slideshow))
    if all(isinstance(one, RemoveText) for one in own):
        return False
    if all(isinstance(one, ChangeText | AddText) for one in own):
        return action.timed and isinstance(own[0], ChangeText) and not own[0].nth
    begins = action.asks("begin") or (action.timed and BEGINS.search(action.text))
    if isinstance(edit, _OWNERS) or (isinstance(edit, AddMusic) and begins):
        return True
    sized = all(isinstance(one, Volume) for one in own) and not _LOUD.search(action.text)
    if sized and (said.bigger or said.more) and not isinstance(edit, Volume):
        return True
    named = {kind for one in own if isinstance(one, Effects) for kind, _ in one.effects}
    if said.bigger and isinstance(edit, Effects) and named & {kind for kind, _ in edit.effects}:
        return True  # "bigger blocks", of the mosaic that is there
    if (said.more and isinstance(edit, Effects | Zoom)) or _same_seconds(edit, action, own):
        return True
    figures = (action.timed and not action.carried) or action.has(Word.AMOUNT)
    return before and figures and not said.compares and [type(made)] == [type(e) for e in own]


def _same_seconds(edit: Edit, action: Action, own: Sequence[Edit]) -> bool:
    """Tell "2 more", said of a cut, and "slower still", said of some seconds."""
    if isinstance(edit, Cut):
        return all(isinstance(one, Lengthen) for one in own)
    return isinstance(edit, Speed) and bool(edit.spans) and not action.timed


def _on_top(made: Edit, action: Action, said: Said) -> bool:
    """Tell "and the same at the end" from "and make it bigger"."""
    if said.corrects and not said.again:
        return False
    if said.again:
        return True
    placed = isinstance(made, _OWNERS) and not (action.edges or action.has(Word.SOUND))
    return said.goes_on and not (IT.search(action.text) or said.compares or said.only or placed)


def _only_where(edit: Edit, made: Edit, said: Said) -> bool:
    """Tell whether a clause of the same message names one place more."""
    if said.corrects or said.only or isinstance(edit, _OWNERS):
        return False
    spans = getattr(edit, "spans", ())
    return bool(spans) and replace(made, spans=spans) == edit  # type: ignore[type-var]
