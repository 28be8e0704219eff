"""Edits: what can be done to a draft, a class each, in one table.

An edit recognises itself in an `Action`, has slots, asks the workshop for the media it needs, and
then changes the draft with pure functions. To add one, write its class, name it in `EDITS`, and
give its sentence to answers.toml.
"""

from __future__ import annotations

from cogwidgets.engine.agent.edits.base import CannotDo, Edit, Made, Plain, Separated, Workshop
from cogwidgets.engine.agent.edits.canvas import Canvas
from cogwidgets.engine.agent.edits.cleanup import Denoise, RemoveSilences
from cogwidgets.engine.agent.edits.clips import Join, Replace, Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Crop, Flip, Rotate, Zoom
from cogwidgets.engine.agent.edits.history import Redo, StartOver, Undo
from cogwidgets.engine.agent.edits.lengths import Lengthen, LikeSong, Stills
from cogwidgets.engine.agent.edits.music import AddMusic, RemoveMusic, RestoreMusic
from cogwidgets.engine.agent.edits.normal import Normal
from cogwidgets.engine.agent.edits.order import Move, Reorder, Swap
from cogwidgets.engine.agent.edits.output import Output, Thumbnail
from cogwidgets.engine.agent.edits.overlays import Overlay, RemoveOverlay
from cogwidgets.engine.agent.edits.pace import Repeat, Reverse, Speed
from cogwidgets.engine.agent.edits.picture import ClearEffects, Effects
from cogwidgets.engine.agent.edits.sound import Duck, Mute, Normalise, Unmute, Volume
from cogwidgets.engine.agent.edits.textchanges import ChangeText, RemoveText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.edits.underlay import MusicWhen, RemoveTrack

__all__ = [
    "EDITS",
    "AddMusic",
    "CannotDo",
    "Edit",
    "Made",
    "Plain",
    "RemoveMusic",
    "RestoreMusic",
    "Separated",
    "Workshop",
]

# Each action is offered to them in this order; the first that recognises it has it.
EDITS: tuple[type[Edit], ...] = (
    Normal, StartOver, Redo, Undo,
    RestoreMusic, RemoveTrack, RemoveMusic, MusicWhen, AddMusic,
    AddText, ChangeText, RemoveText,
    Slideshow, Replace, Transition, Overlay, RemoveOverlay, Join, Reorder,
    RemoveSilences, Denoise,
    Unmute, Mute, Fade, Duck, Normalise, Volume,
    Thumbnail, Swap, Move, Split, Repeat, Speed, Reverse, Flip, Rotate, Crop,
    Canvas, Output, ClearEffects, Zoom, Effects,
    LikeSong, Keep, Cut, Lengthen, Stills,
)  # fmt: skip
