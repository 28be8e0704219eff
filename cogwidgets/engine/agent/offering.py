"""Offering: an action offered to the edits in their table, and what of it none of them heeds."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.absence import absent_of, before_with, plain_text
from cogwidgets.engine.agent.action import WHEN
from cogwidgets.engine.agent.clauses import MUSICAL
from cogwidgets.engine.agent.edits import EDITS, AddMusic, RemoveMusic
from cogwidgets.engine.agent.edits.canvas import Canvas
from cogwidgets.engine.agent.edits.clips import Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep
from cogwidgets.engine.agent.edits.framing import Zoom
from cogwidgets.engine.agent.edits.music import names_song
from cogwidgets.engine.agent.edits.output import Output
from cogwidgets.engine.agent.edits.pace import Reverse, Speed
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Mute, Volume
from cogwidgets.engine.agent.lexicon import Token, Word
from cogwidgets.engine.agent.remarks import remark
from cogwidgets.engine.agent.times import Each

if TYPE_CHECKING:
    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["GENRE", "alike", "left_unread", "offered", "undescribed"]


def offered(action: Action) -> tuple[str | None, list[Edit] | None, list[Token]]:
    """Offer an action to the edits, unless it would need what is not here, which is named."""
    missing = absent_of(action)
    if not missing:
        return None, *_recognised(action)
    rest = before_with(action) or plain_text(action, missing)
    if rest is None:
        return missing, None, []
    edits, unread = _recognised(rest)  # "make it vertical with captions"
    unread += [t for t in action.words if t not in rest.words and t.word is not Word.WITH]
    return missing, edits, unread


def _recognised(action: Action) -> tuple[list[Edit] | None, list[Token]]:
    """Offer an action to the edits; an empty list: nothing to do, None: nobody knows it.

    What stands beside the edit is offered once more, and given back where nobody heeds it.
    """
    replaced = action.replaces and action.musical
    action.used.clear()
    if replaced:
        removal, addition = action.parts()
        found: list[Edit | None] = [RemoveMusic.recognise(removal) or Mute.recognise(removal)]
        found += [AddMusic.recognise(addition)] if addition else []
        edits = None if None in found else [edit for edit in found if edit is not None]
        action.has(*MUSICAL, Word.FORMAT)  # what comes and what goes, both are named
        return edits, left_unread(action) if edits else []
    edit = _first(action)
    if edit is None:
        return ([] if _idle(action) else None), []
    edits, unread = [edit, *_besides(edit, action)], left_unread(action)
    stays = isinstance(edit, _THERE) and bool(edit.spans)
    when = tuple(t for t in action.words if stays and t.word in WHEN and t.spans)
    while unread:
        more = _first(_aside(action, unread, when))
        left = [token for token in unread if token not in action.used]
        if more is None or len(left) == len(unread):
            break
        edits.append(more)
        unread = left
    return edits, unread


def _idle(action: Action) -> bool:
    """Tell whether an action asks for nothing, so that not doing it needs no words."""
    if not action.idle:
        return action.verb is None and remark(action.text)
    telling = action.unread(action.start, action.end)
    if action.verb is Word.KEEP and not action.negated:
        heeded = {Word.PLACE, Word.AMOUNT, *((Word.TIME,) if action.first is None else ())}
        return not any(t.word in heeded for t in telling)  # "keep the top part"
    telling = telling or list(action.strange)
    return action.verb is not None or action.negated or not telling or remark(action.text)


_DESCRIBED = re.compile(
    r"(?:[首个段点些种]|换|来|加|配|放|用|配上|加上)([\u4e00-\u9fff]{1,6}?)的?(?=(?:背景)?(?:音乐|bgm|歌|配乐|曲)|的$)",
    re.IGNORECASE,
)


GENRE = re.compile(  # which no track here is
    r"\b(?:jazz|blues|classical|reggae|country|folk|hip[- ]?hop|rap|k-?pop|pop|metal|punk|latin|"
    r"bossa nova|swing|funk|disco|opera|gospel|trap|guitar|violin|drums|orchestra|choir)\b"
    r"(?! (?:house|up)\b)",
    re.IGNORECASE,
)


def undescribed(action: Action, edits: list[Edit] | None) -> list[tuple[int, int]]:
    """Give what says which music is wanted, where nobody knows it: 适合旅行的音乐."""
    laid = [e for e in edits or () if isinstance(e, AddMusic)]
    if not laid or laid[0].mood or laid[0].file or laid[0].own or laid[0].known:
        return []
    if (genre := GENRE.search(action.text)) is not None:
        return [(action.start + genre.start(), action.start + genre.end())]
    found = _DESCRIBED.search(action.text)
    if found is None:
        return []
    start, end = (action.start + place for place in found.span(1))
    strange = sum(start <= token.start < end for token in action.strange)
    return [(start, end)] if strange > 1 else []


def alike(one: Edit, two: Edit) -> bool:
    """Tell whether two edits change the same thing in the same direction."""
    if isinstance(one, Volume) and isinstance(two, Volume):
        up = [edit.by is None or edit.by > 1 for edit in (one, two)]
        return two.by is None or up[0] == up[1]
    if isinstance(one, Effects) and isinstance(two, Effects):
        return bool({kind for kind, _ in one.effects} & {kind for kind, _ in two.effects})
    if isinstance(one, Speed) and isinstance(two, Speed):
        return two.target is not None or (one.factor > 1) == (two.factor > 1)
    return type(one) is type(two)


def _first(action: Action) -> Edit | None:
    return next(filter(None, (_tried(kind, action) for kind in EDITS)), None)


def _tried(kind: type[Edit], action: Action) -> Edit | None:
    before = len(action.used)
    edit = kind.recognise(action)
    if edit is None:
        del action.used[before:]  # what it has read for nothing
    return edit


def left_unread(action: Action) -> list[Token]:
    """Give the words that say something and that nobody has read."""
    unread = action.unread(action.start, action.end)
    comes = any(token.value == "with" for token in action.words)  # "my music video" is no music
    return [
        token
        for token in unread
        if not any(isinstance(m, Each) for m in token.meanings)
        and (comes or token.word is not Word.OWN)
    ]


# What is done to a stretch that is there afterwards, so that more can be done to it
_THERE = (Effects, Mute, Speed, Volume, Zoom, Reverse)


def _aside(action: Action, unread: list[Token], when: tuple[Token, ...]) -> Action:
    """Make an action of the words that are left over, which share the list of what is read.

    ``when`` is where the edit before it was.
    """
    said = [action.text[t.start - action.start : t.end - action.start] for t in unread]
    musical = any(token.word in MUSICAL for token in unread)
    verb = Word.ADD if musical else None
    when = () if musical or any(t.word in WHEN for t in unread) else when
    return replace(action, verb=verb, said=None, words=(*when, *unread), text=" ".join(said))


def _besides(edit: Edit, action: Action) -> list[Edit]:
    """Give what else the same words ask for: "a 15 second version for TikTok", "as 1080p mov"."""
    others: list[Edit | None] = []
    own = any(token.word in {Word.OWN, Word.FILE} for token in action.words)
    if isinstance(edit, Slideshow) and action.has(Word.MUSIC) and not own:
        mood = action.value(Word.MOOD)
        others.append(AddMusic(mood=mood, known=mood is None and names_song(action.text)))
    if isinstance(edit, Output) and action.spans:
        others.append(Keep(action.spans))
    if isinstance(edit, Canvas | Output | Keep | Cut):
        others += [
            _tried(kind, action) for kind in (Keep, Canvas, Output) if kind is not type(edit)
        ]
    return [other for other in others if other is not None]
