"""Takeback: what takes back something done before.

"Put it back", "take it off again", "get rid of the first one", "actually no music", 还是不要了 are
said of what was touched last, and of the video only where that is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits.cleanup import Denoise, RemoveSilences
from cogwidgets.engine.agent.edits.cuts import Cut
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Zoom
from cogwidgets.engine.agent.edits.history import Redo, Undo
from cogwidgets.engine.agent.edits.music import AddMusic, RemoveMusic
from cogwidgets.engine.agent.edits.overlays import Overlay
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Duck, Mute, Normalise, Volume
from cogwidgets.engine.agent.edits.textchanges import ChangeText, RemoveText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.edits.underlay import RemoveTrack
from cogwidgets.engine.agent.lexicon import OBJECTS, Word
from cogwidgets.engine.agent.past import Follow
from cogwidgets.engine.agent.times import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.past import Past

__all__ = ["DROP", "FORGET", "disliked", "given_back", "one_of_several"]

_TAKEN: dict[str, type] = {"noise": Denoise, "silence": RemoveSilences}  # and can be put back
FORGET = re.compile(
    r"\b(?:as|like|how|the way) it was\b|\bchanged? my mind\b|\bforget (?:it|that)\b|"
    r"\bnever ?mind\b|\bdon'?t do (?:it|that)\b|\bback to (?:before|how)\b|"
    r"^\W*(?:nah+|nope|no+)\W*$|^\W*不(?:好|行|对)?\W*$|"
    r"\bwithout (?:it|that)(?: after all)?\W*$|^\W*don'?t\W*$|"
    r"(?:改|变|调|弄|换|放|拿|找|加)回[去来]|跟?(?:之前|刚才|原来)(?:一样|那样|的样子|就好|就行)|"
    r"^\W*(?:还是)?(?:不要了?|算了|取消|作罢|不用了)[吧啊呢]?\W*$|还是原来(?:的|那样)",
    re.IGNORECASE,
)

# Of these, what may also say that a wish is not to be done
DROP = re.compile(
    r"\bchanged? my mind\b|\bforget (?:about )?(?:it|that|this)\b|\bnever ?mind\b|"
    r"\bdon'?t (?:do (?:it|that)|bother|worry)\b|\bleave it(?: then)?\W*$|"
    r"^\W*(?:nah+|nope|no+)\W*$|^\W*不(?:好|行|对)?\W*$|"
    r"^\W*(?:don'?t|skip (?:it|that))\W*$|"
    r"^\W*(?:那|还是|就)*(?:不要了?|算了|取消|作罢|不用了?|不弄了|不做了|别弄了|没事了?|当我没说)[吧啊呢]?\W*$",
    re.IGNORECASE,
)


def given_back(  # noqa: PLR0911 - a rule each
    action: Action, past: Past, own: Sequence[Edit] | None
) -> Follow | None:
    """Read "put it back", "bring that back", "turn it off", 还是不要了, 都恢复."""
    if not past.touched:
        return None
    here = (t for t in action.words if action.start <= t.start < min(t.end, action.end))
    first = next((t.word for t in here if t.word in OBJECTS), None)
    own = None if past.disliked else own  # "it" is that, and not what else was named
    about = first in {None, Word.IT, Word.EVERYTHING} and not (
        action.timed or action.quoted or action.has(Word.VIDEO, Word.EFFECT, Word.MEDIA)
    )
    plain = not action.strange and not action.has(Word.ORIGINAL, Word.MUSIC, Word.OWN)
    taken = {t.value for t in action.all_of(Word.THING)} & _TAKEN.keys()
    if action.verb is Word.RESTORE and taken and not action.negated:
        kinds = tuple(_TAKEN[thing] for thing in taken)
        found = (i for i in reversed(range(past.here)) if isinstance(past.edits[i], kinds))
        return Follow((), at) if (at := next(found, None)) is not None else None
    if own and (follow := _of_own(action, past, own, plain=about and plain)) is not None:
        return follow
    if past.idle and about and DROP.search(action.text) and not action.negated:
        action.used.extend(action.words)
        return Follow((), dropped=True)  # what was asked for last has not been done
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
    last = past.edits[past.touched[0]]
    laid = (i for i in reversed(range(past.here)) if isinstance(past.edits[i], AddMusic))
    of_music = isinstance(last, Volume) and last.target == "music"
    at = next(laid, None) if of_music else None  # "take it out again" is not its volume
    return Follow((), past.touched[0] if at is None else at)


_MUTES = re.compile(r"\b(?:mut|silen|quiet|sound|audio|noise|hear)|[静消]音|声|音", re.IGNORECASE)
_AGAIN = re.compile(r"\b(?:again|back)\b|[又再]", re.IGNORECASE)
_CLIP = re.compile(
    r"\b(?:clip|video|part|scene|shot|footage|photo|picture|image|half|third)s?\b|[段张幕]|视频|片段|镜头",
    re.IGNORECASE,
)
_MUSICAL = (AddMusic, Duck)


def _of_own(action: Action, past: Past, own: Sequence[Edit], *, plain: bool) -> Follow | None:
    """Take back what was done last where the words alone would ask for something of the video."""
    place = past.touched[0]
    last, one = past.edits[place], own[0]
    if place >= past.here or len(own) != 1:
        return None
    silent = _MUTES.search(action.text) or action.verb is not Word.REMOVE
    if isinstance(one, Mute) and plain and not (silent or one.spans):
        music = isinstance(last, Volume) and last.target == "music"
        tracks = (i for i in reversed(range(past.here)) if isinstance(past.edits[i], AddMusic))
        if music and (at := next(tracks, None)) is not None and not action.negated:
            return Follow((), at)  # the track, and not how loud it is
        heard = isinstance(last, Volume | AddMusic | Duck) and not _AGAIN.search(action.text)
        return None if heard or action.negated else Follow((), place)
    if isinstance(one, RemoveMusic) and not (one.original or one.spans or action.has(Word.VOICE)):
        music = isinstance(last, _MUSICAL) or "music" in {
            getattr(last, "target", ""),
            getattr(last, "what", ""),
        }
        laid = (i for i in reversed(range(past.here)) if isinstance(past.edits[i], AddMusic))
        if any(isinstance(edit, RemoveMusic) for edit in past.edits[: past.here]):
            return None  # the recording has none any more, so what was laid is all there is
        if music and next(laid, None) is not None:
            return Follow((RemoveTrack(),))
    return None


def one_of_several(action: Action, past: Past, own: Sequence[Edit] | None) -> Edit | bool | None:
    """Read "get rid of the first one" of the transitions or texts that were spoken of last.

    True where it would be a clip, but something else was spoken of, so that one has to ask; None
    where it is no such wish.
    """
    last = past.edits[past.touched[0]]
    one = own[0] if own and len(own) == 1 else None
    if not isinstance(one, Cut) or len(one.spans) != 1 or _CLIP.search(action.text):
        return None
    number = one.spans[0].clip
    if number is None or one.spans[0] != Span(clip=number):
        return None
    if isinstance(last, Transition):
        return Transition(off=True, nth=number)
    if isinstance(last, AddText | ChangeText):
        caption = isinstance(last, AddText) and last.role == "caption"
        texts = sum(isinstance(edit, AddText) for edit in past.edits)
        return RemoveText("caption" if caption else None, number) if texts > 1 else True
    other = (Fade, Overlay, AddMusic, Duck, Volume, Denoise, Normalise)
    effects = isinstance(last, Effects | Zoom) and not any(s.clip for s in last.spans)
    return True if isinstance(last, other) or effects else None


_DISLIKED = re.compile(
    r"\b(?:sounds?|looks?|is|are|feels?|seems?)"
    r"(?: (?:a bit|really|so|too|very|rather|just|kind of))? "
    r"(?:weird|odd|strange|awful|bad|ugly|off|wrong|terrible|horrible|cheap|silly|unnatural|"
    r"robotic|annoying|distracting|rubbish|tacky|not good|not nice)\b|"
    r"(?:难看|难听|奇怪|不好看|不好听|不自然|太丑|很丑|太假|好丑|好怪|怪怪的)",
    re.IGNORECASE,
)


def disliked(action: Action, past: Past, own: Sequence[Edit] | None) -> Follow | None:
    """Read "the noise reduction sounds weird": no wish for it, but what "it" is from here on."""
    if action.verb in {Word.ADD, Word.REMOVE} or not _DISLIKED.search(action.text):
        return None
    joint = action.has(Word.TRANSITION_KIND) or action.names("transition")
    taken = next((t.value for t in action.all_of(Word.THING) if t.value in _TAKEN), None)
    kind = Transition if joint else type(own[0]) if own else _TAKEN.get(taken or "")
    same = (i for i in reversed(range(past.here)) if type(past.edits[i]) is kind)
    at = next(same, None)
    action.used.extend(action.words)
    return Follow((), about=at) if at is not None else None
