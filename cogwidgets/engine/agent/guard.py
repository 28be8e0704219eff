"""Guard: a message about what was done last never falls on the whole video.

"2x please" after a title, "it should start at 8 s" after a filter: what was touched last cannot be
that, and the video was not named. One question does less harm than a guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits.canvas import Canvas
from cogwidgets.engine.agent.edits.clips import Join, Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.lengths import Lengthen
from cogwidgets.engine.agent.edits.order import Move, Reorder, Swap
from cogwidgets.engine.agent.edits.output import Output
from cogwidgets.engine.agent.edits.overlays import Overlay
from cogwidgets.engine.agent.edits.pace import Repeat, Reverse, Speed
from cogwidgets.engine.agent.edits.textchanges import ChangeText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.past import Past

__all__ = ["BEGINS", "astray", "bare_rate", "put_elsewhere"]

# After these "it" is the video, or a part of it
_OF_VIDEO = (
    Cut, Keep, Move, Split, Swap, Reorder, Repeat, Reverse, Speed, Lengthen, Join, Slideshow,
    Canvas, Output,
)  # fmt: skip
_PACE = re.compile(r"\b(?:speed|fast|quick|slow|pace|tempo|motion)|[速快慢]", re.IGNORECASE)
BEGINS = re.compile(
    r"\b(?:start|begin|appear|show|come|display|visible)|显示|出现|开始|进来|露出|起", re.IGNORECASE
)
_VIDEO = re.compile(r"\b(?:video|film|movie|clip|footage|vlog)s?\b|视频|片子|影片", re.IGNORECASE)
_CUTS = re.compile(r"\b(?:trim|cut|crop|keep|delete|remove|chop)|[剪留删切裁]|去掉", re.IGNORECASE)
_NAMED = (Word.VIDEO, Word.EVERYTHING, Word.ALL, Word.MEDIA)


def astray(action: Action, past: Past, own: Sequence[Edit]) -> bool:
    """Tell whether what an action is by itself would fall on a video that nobody spoke of."""
    place = past.touched[0]
    if place >= past.here or isinstance(past.edits[place], _OF_VIDEO) or action.has(*_NAMED):
        return False
    if action.clips or _VIDEO.search(action.text):
        return False
    timed = all(isinstance(edit, Cut | Keep) and edit.spans for edit in own)
    begins = timed and BEGINS.search(action.text) and not _CUTS.search(action.text)
    return bare_rate(action, own) or bool(begins)


def bare_rate(action: Action, own: Sequence[Edit]) -> bool:
    """Tell "2x please", which says of nothing that it shall be faster."""
    paced = action.verb in {Word.LEVEL, Word.OTHER} or _PACE.search(action.text)
    return not paced and all(isinstance(edit, Speed) for edit in own)


def put_elsewhere(action: Action, past: Past, own: Sequence[Edit]) -> bool:
    """Tell "put it at the bottom" of a text or picture that is there from a text without words."""
    wordless = all(isinstance(edit, AddText) and not edit.text for edit in own)
    there = isinstance(past.edits[past.touched[0]], AddText | ChangeText | Overlay)
    named = any(t.end > t.start for t in action.all_of(Word.THING))
    return wordless and there and not (action.quoted or named)
