"""Edits of how long it lasts: longer, an image each, as long as the song."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from cogwidgets.draft import clock
from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain
from cogwidgets.engine.agent.edits.clips import Slideshow
from cogwidgets.engine.agent.edits.cuts import of_storyline, total_of
from cogwidgets.engine.agent.edits.music import LONG_AS
from cogwidgets.engine.agent.edits.transitions import CROSSFADE, Kind, crossfaded, transition_of
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Lengthen", "LikeSong", "Stills"]

_STAYS = re.compile(r"张[^，。]*?(?:停|显示|停留|展示|改[成为到]|改|\d)")
_IMAGES = re.compile(r"\b(?:photo|picture|image|pic|slide)s?\b|照片|图|相片|张", re.IGNORECASE)


@dataclass(frozen=True)
class Lengthen(Plain):
    """Show a clip ``by`` ms longer: an image, or a video of which more was recorded."""

    tool: ClassVar[str] = "lengthen"
    by: int
    clip: int = -1

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "make it 2 seconds longer", "the first clip 3 s longer", "再长2秒"."""
        if action.by is None or action.by < 0 or not of_storyline(action):
            return None
        asked = action.verb in {Word.USE, Word.OTHER, Word.ADD, Word.LEVEL, Word.WANT, None}
        return cls(action.by, action.clips[0] if action.clips else -1) if asked else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Let it end later."""
        pieces = timeline.laid(draft)
        index = self.clip - 1 if self.clip > 0 else len(pieces) + self.clip
        if not 0 <= index < len(pieces):
            raise CannotDo("no_such_clip", number=self.clip, count=len(pieces))
        segment = pieces[index].segment
        details = segment["m"]
        spare = self.by
        if not details.get("still"):
            whole = {c["source"]: c["duration"] for c in workshop.pictures()}
            first, last = drafts.in_source(segment, 0, segment["d"])
            left = first if details.get("reverse") else whole.get(details["source"], last) - last
            spare = min(self.by, round(left / details.get("speed", 1.0)))
        if spare <= 0:
            raise CannotDo("no_more")
        if details.get("reverse"):
            details["source_start"] -= round(spare * details.get("speed", 1.0))
        segment["d"] += spare
        new = timeline.relaid(draft, pieces, edges=False)
        total = drafts.clock_of(timeline.length(new))
        figures = {"seconds": f"{spare / 1000:g}", "total": total}
        return Made(new, "lengthened", figures)


@dataclass(frozen=True)
class Stills(Plain):
    """Show each image for ``each`` ms; where none is on the timeline yet, lay them out so."""

    tool: ClassVar[str] = "still_length"
    each: int
    transition: Kind | None = None
    clip: int | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "2 seconds per photo", "每张照片2秒", and 第一张停5秒 of one."""
        clips = [span.clip for span in action.spans if span.clip]
        one = clips[0] if len(clips) == 1 else None
        length, verb = action.length, action.verb in {None, Word.CHANGE, Word.USE, Word.OTHER}
        if one and length and verb and not action.negated and _STAYS.search(action.text):
            return cls(length, clip=one)
        if action.each is None or action.negated or not _IMAGES.search(action.text):
            return None
        action.find(Word.PART)  # at the end, where they come anyway
        named = action.names("transition")  # which is an edit of its own
        return cls(action.each, None if named else transition_of(action))

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Set their lengths."""
        pieces = timeline.laid(draft)
        stills = [p.segment for p in pieces if p.segment["m"].get("still")]
        if not stills:
            return Slideshow(self.each, self.transition).apply(draft, workshop)
        if self.clip is not None:
            place = self.clip - 1 if self.clip > 0 else len(pieces) + self.clip
            stills = [p.segment for p in pieces[place : place + 1] if p.segment["m"].get("still")]
            if not stills:
                raise CannotDo("no_such_clip", number=self.clip, count=len(pieces))
        for segment in stills:
            segment["d"] = self.each
        new = timeline.relaid(draft, pieces)
        if self.transition is not None:
            new = crossfaded(new, self.transition, CROSSFADE)
        total = drafts.clock_of(timeline.length(new))
        key = "stills" if self.clip is None else "still"
        return Made(new, key, {"seconds": f"{self.each / 1000:g}", "total": total})


@dataclass(frozen=True)
class LikeSong(Plain):
    """Let the video last as long as the song that was uploaded; images share its length."""

    tool: ClassVar[str] = "like_song"
    file: str | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "make the video as long as the song", 视频和音乐一样长."""
        named = action.has(Word.MUSIC, Word.OWN, Word.FILE)
        other = action.has(Word.TEXT) or action.names("title", "caption", "text", "logo")
        if not (named and LONG_AS.search(action.text)) or action.negated or other:
            return None
        action.find(Word.VIDEO)
        return cls(action.value_of(Word.FILE))

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Drop what is longer, or show the images longer or shorter."""
        goal, total = workshop.audio_length(self.file), timeline.length(draft)
        if goal is None:
            raise CannotDo("no_song")
        pieces = timeline.laid(draft)
        if all(piece.segment["m"].get("still") for piece in pieces):
            for number, piece in enumerate(pieces):
                start, end = (goal * n // len(pieces) for n in (number, number + 1))
                piece.segment["d"] = end - start
            new = timeline.relaid(draft, pieces)
        elif goal > total:
            raise CannotDo("longer", total=clock(total / 1000), target=goal)
        else:
            new = timeline.keep(draft, [(0, goal)])
        return Made(new, "like_song", {"total": total_of(new)})
