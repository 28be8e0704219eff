"""Edits of what an export gives: its format, its size, its thumbnail."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Edit, Made, Plain
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import START, Point

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Output", "Thumbnail"]

_QUALITIES = {
    "high": re.compile(
        r"\b(?:high(?:est)?|best|max(?:imum)?|top|full) quality|"
        r"[高最][高好]?(?:画质|质量|清晰度)|(?:画质|质量)(?:调到|设为|要)?(?:最?[高好]|拉满)|高清|超清|无损",
        re.IGNORECASE,
    ),
    "medium": re.compile(
        r"\b(?:medium|normal|standard|mid) quality|[中普](?:等|通)?(?:画质|质量)", re.IGNORECASE
    ),
    "low": re.compile(r"\b(?:low(?:est|er)?|small) quality|[低](?:画质|质量)", re.IGNORECASE),
}
_ONLY_QUALITY = re.compile(
    r"[\W]*(?:(?:in|at|with|the|and|please) )*\w+ quality(?: please)?\W*", re.IGNORECASE
)
_SOUNDS = {"mp3", "wav", "m4a"}


@dataclass(frozen=True)
class Output(Plain):
    """Set what an export makes: its format, how many bytes at most."""

    tool: ClassVar[str] = "output"
    format: str | None = None
    size: int | None = None
    smaller: bool = False
    quality: str | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "convert to gif", "compress to 25 MB", "extract the audio as mp3", "压缩"."""
        form, size = action.value_of(Word.FORMAT), action.amount("bytes")
        compress = action.asks("compress")
        if size and not compress and action.length:  # "20m" is a length as well
            size = None
        quality = next((q for q, said in _QUALITIES.items() if said.search(action.text)), None)
        alone = action.verb is None and _ONLY_QUALITY.fullmatch(action.text)  # "webm, high quality"
        wished = action.verb in {Word.EXPORT, Word.OTHER, Word.WANT, Word.USE}
        if not (wished or form or alone):
            quality = None
        if action.negated or not (form or size or compress or quality):
            return None
        taken_out = action.verb is Word.REMOVE and form and action.has(Word.SOUND)
        if action.verb in {Word.REMOVE, Word.KEEP} and not (size or taken_out):
            return None
        track = action.verb is Word.ISOLATE and form in _SOUNDS  # "extract the soundtrack as wav"
        if (action.has(Word.MUSIC) and not track) or action.has(Word.TEXT, Word.MEDIA):
            return None
        if action.conditional:
            return None
        if size:
            action.find(Word.STYLE, "smaller")  # "smaller than 25 MB"
        return cls(form, int(size.value) if size else None, compress and size is None, quality)

    def merged(self, other: Edit) -> Edit | None:
        """Make one of "convert it to webm" and "at most 10 MB"."""
        if not isinstance(other, Output):
            return None
        size = other.size or self.size
        smaller = (self.smaller or other.smaller) and size is None
        quality = other.quality or self.quality
        return Output(other.format or self.format, size, smaller, quality)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Set it."""
        del workshop
        new = copy.deepcopy(draft)
        wanted: dict[str, Any] = dict(new.setdefault("m", {}).get("output", {}))
        wanted |= {k: v for k, v in (("format", self.format), ("size", self.size)) if v}
        if self.smaller or self.quality:
            wanted["quality"] = self.quality or "low"
        new["m"]["output"] = wanted
        size = f"{wanted['size'] / 1e6:g}" if "size" in wanted else ""
        told = {"format": wanted.get("format", ""), "size": size, "smaller": self.smaller}
        told |= {"quality": self.quality or "", "gif": gif_size(new)}
        return Made(new, "output", told)


def gif_size(draft: Draft) -> str:
    """Write how large the GIF of a draft is; empty where no GIF is asked for."""
    from cogwidgets.engine.media.gif import LONGEST

    details = draft.get("m", {})
    width, height = details.get("width"), details.get("height")
    if details.get("output", {}).get("format") != "gif" or not (width and height):
        return ""
    factor = min(1.0, LONGEST / max(width, height))
    return "×".join(str(max(2, round(side * factor) // 2 * 2)) for side in (width, height))


@dataclass(frozen=True)
class Thumbnail(Edit):
    """Make a frame of the video its thumbnail."""

    tool: ClassVar[str] = "thumbnail"
    at: Point = START

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "use the frame at 0:05 as the thumbnail", "把第5秒设为封面"."""
        if not action.asks("thumbnail") or action.negated or action.verb is Word.REMOVE:
            return None
        points = [m.point for m in action.moments] + [s.start for s in action.spans if not s.clip]
        if points:
            return cls(points[0])
        if action.goal is not None or action.length is not None:
            return cls(Point(0.0, action.goal or action.length or 0))
        if "end" in action.edges or re.search(r"last frame|最后一帧", action.text, re.IGNORECASE):
            return cls(Point(1.0, -100))
        return cls(Point(0.5) if "middle" in action.edges else Point(0.0))

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Make the picture."""
        del progress
        at = self.at.at(timeline.length(draft))
        for piece in timeline.laid(draft):
            if piece.old is not None and piece.old[0] <= at < max(piece.old[1], piece.old[0] + 1):
                break
        else:
            raise CannotDo("beyond", end=drafts.clock_of(timeline.length(draft)))
        inside, _ = drafts.in_source(piece.segment, at - piece.old[0], piece.segment["d"])
        picture = await workshop.thumbnail(piece.segment["m"]["source"], inside)
        new = copy.deepcopy(draft)
        new["m"]["thumbnail"] = {"at": at, "source": picture}
        return Made(new, "thumbnail", {"at": drafts.clock_of(at)}, {"thumbnail": picture})
