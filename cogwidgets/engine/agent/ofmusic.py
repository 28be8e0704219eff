"""Of music: what is said of a track that was laid, without naming it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.changing import changed
from cogwidgets.engine.agent.edits.cuts import Cut
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.history import Undo
from cogwidgets.engine.agent.edits.music import AddMusic, RemoveMusic, gain
from cogwidgets.engine.agent.edits.sound import Duck, Mute, Volume
from cogwidgets.engine.agent.edits.underlay import MusicWhen
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.past import Follow, Past
from cogwidgets.engine.agent.said import Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["IT", "music_when", "of_music"]

_WITHOUT = re.compile(r"^[^剪删切裁去视片]*不要了?[吧啊]?\W*$")  # 前5秒不要, of the music


IT = re.compile(r"\b(?:it|that|this)\b|它|[这那](?!样|么)", re.IGNORECASE)


def _own_of_music(action: Action, past: Past, own: Sequence[Edit], said: Said) -> Follow | None:
    """Let an edit of all the sound be one of the laid music."""
    added = [one for one in own if isinstance(one, AddMusic)]
    if added and not action.has(Word.ORIGINAL):
        known = all(isinstance(one, AddMusic | RemoveMusic) for one in own)
        volume = _volume_of(past)
        told = (replace(one, volume=volume) if one.volume is None else one for one in added)
        return Follow(tuple(told)) if known else None  # it is the laid track that goes
    one = own[0] if len(own) == 1 else None
    if isinstance(one, Volume) and one.target == "all" and not _named_sound(action):
        return Follow((replace(one, target="music"),))
    heard = {"both"} if _named_sound(action) else {"both", "sound"}
    whole = isinstance(one, Fade) and one.what in heard
    before = past.touched[0] < past.here and said.goes_on
    meant = before or IT.search(action.text) or not action.edges
    if isinstance(one, Fade) and whole and meant and not one.color:
        return Follow((replace(one, what="music"),))
    if isinstance(one, Mute) and IT.search(action.text):
        laid = (i for i, edit in enumerate(past.edits) if isinstance(edit, AddMusic))
        return Follow((), max(laid))
    return None


def of_music(  # noqa: PLR0911 - a rule each
    action: Action, past: Past, own: Sequence[Edit] | None, said: Said
) -> Follow | None:
    """Give loudness and fades to the music where that was spoken of last."""
    last = past.edits[past.touched[0]]
    if isinstance(last, Undo) and past.touched[0] >= past.here and past.before is not None:
        back = isinstance(past.edits[past.before], RemoveMusic)  # "bring it back, but quieter"
        heard = [one for one in own or () if isinstance(one, Volume) and one.target == "all"]
        quieter = back and own and len(heard) == len(own) and not action.has(Word.EVERYTHING)
        return Follow(tuple(replace(one, target="music") for one in heard)) if quieter else None
    one = own[0] if own and len(own) == 1 else None
    if (
        isinstance(last, AddMusic)
        and not last.spans
        and isinstance(one, Cut)
        and len(one.spans) == 1
    ):
        spans = one.spans[0].beside
        if spans and _WITHOUT.search(action.text) and past.touched[0] < past.here:
            return Follow((replace(last, spans=tuple(spans), alone=True),), past.touched[0])
    musical = (
        isinstance(last, AddMusic | Duck)
        or (isinstance(last, Volume) and last.target == "music")
        or (isinstance(last, Fade) and last.what == "music")
    )
    laid = next((e for e in reversed(past.edits) if isinstance(e, AddMusic)), None)
    recorded = isinstance(last, Volume) and last.target == "music" and not last.spans
    if not musical or (laid is None and not (recorded and _of_level(own))):
        return None
    if own and not (action.has(Word.VOICE, Word.EVERYTHING, Word.VIDEO) or action.clips):
        return _own_of_music(action, past, own, said)
    if not own and said.whole and not isinstance(last, Fade):
        lowered = isinstance(last, Volume) and last.by is not None and last.by < 1
        way = said.louder or said.bigger or (-said.more if lowered else said.more)
        share = action.amount("share", "db")
        if share is not None and not action.timed:
            level = gain(share, 1.0)
            to, change = (level, None) if share.kind == "share" else (None, level)
            return Follow((Volume("music", to, change),))
        if way:
            by = {0.5: 1.25, 1.0: 1.5, 2.0: 2.0} if way > 0 else {0.5: 0.8, 1.0: 0.6, 2.0: 0.4}
            return Follow((Volume("music", None, by[action.degree]),))
    return None


def _of_level(own: Sequence[Edit] | None) -> bool:
    """Tell "even lower", which may be said of the music of a recording too."""
    return bool(own) and all(isinstance(one, Volume) and one.target == "all" for one in own or ())


def music_when(action: Action, past: Past, own: Sequence[Edit] | None, said: Said) -> Follow | None:
    """Read "the music from 0:05", 歌从第5秒开始进, of the music that was laid before."""
    named = action.timed and action.has(Word.MUSIC)
    when = bool(own) and all(isinstance(edit, MusicWhen) for edit in own or ())
    verbless = action.said is None and action.verb in {None, Word.ADD}
    plain = verbless and not action.has(Word.MOOD, Word.FILE)
    plain = plain and all(isinstance(one, AddMusic) for one in own or ())
    if not (named and (when or plain)):
        return None
    for index in reversed(range(len(past.edits))):
        if isinstance(past.edits[index], AddMusic):
            made = changed(past.edits[index], action, said)
            return Follow((made,), index) if made is not None else None
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
