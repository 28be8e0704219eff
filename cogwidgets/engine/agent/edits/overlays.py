"""Edits of what lies over the picture: logos, pictures in the picture."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.amounts import Amount
from cogwidgets.engine.agent.drafts import VIDEO
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, stretches
from cogwidgets.engine.agent.edits.clips import chosen, segment_of
from cogwidgets.engine.agent.edits.picture import shown
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import END, START, Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Clip, Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Overlay", "RemoveOverlay", "opacity_of", "silenced"]

MARGIN = 0.04  # of the canvas, between an overlay and its edges
SIZES = {"smaller": 0.12, "bigger": 0.4}  # widths where only that is said
LOGO, INSET = 0.2, 0.3  # widths as shares of the canvas


@dataclass(frozen=True)
class Overlay(Plain):
    """Lay an image or a video over the picture; an ``inset`` is a picture in the picture."""

    tool: ClassVar[str] = "overlay"
    about: ClassVar[str] = "logo"
    file: str | None = None
    place: str = "top_right"
    width: float | None = None
    opacity: float | None = None
    spans: tuple[Span, ...] = ()
    size: str = ""
    mute: bool = False
    inset: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "put logo.png in the top right corner", "画中画放beach.mp4在右下角"."""
        if action.negated or action.conditional or action.verb in {Word.REMOVE, Word.KEEP}:
            return None
        files = [t.value for t in action.all_of(Word.MEDIA)]
        places = [token.value for token in action.all_of(Word.PLACE)]
        place = next((p for p in places if "_" in p), next(iter(places), None))
        inset = action.asks("overlay")
        said = {Word.ADD, Word.USE, Word.OTHER, Word.WANT, *((None,) if place else ())}
        logo = action.names("logo") and action.verb in said  # 把logo放中间
        placed = place or _inside(action) or action.value_of(Word.FIT) == "fill"
        laid = files and action.verb in {Word.ADD, Word.USE, Word.OTHER} and placed
        laid = laid and not action.asks("join")
        if not (inset or logo or laid) or action.quoted or action.has(Word.MUSIC, Word.FILE):
            return None
        pip = inset and re.search(r"picture[- ]in|pip|画中画", action.text, re.IGNORECASE)
        share = action.amount("share")
        clear = action.find(Word.OPACITY) is not None
        sized = action.find(Word.STYLE, "size") and len(_shares(action)) == 1  # 占20%，半透明
        opacity = (0.5 if sized else opacity_of(action)) if clear else None
        apart = clear and not sized
        width = _width_of(action) if apart else round(share.value, 3) if share else None
        if action.value_of(Word.FIT) == "fill":
            width, place = 1.0, "center"
        where = action.spans or (
            action.stretches
            if action.moments or action.edges
            else ((Span(START, Point(0.0, action.length)),) if action.length else ())
        )
        default = "bottom_right" if pip else "top_right"
        size = next((t.value for t in action.all_of(Word.STYLE) if t.value != "size"), "")
        mute = silenced(action) if files or pip else False
        return cls(
            files[0] if files else None,
            place or default,
            width,
            opacity,
            where,
            size,
            mute,
            inset=bool(pip),
        )

    @property
    def heard(self) -> bool:
        """Tell whether it may have a sound: a file that is no image, or an inset."""
        return self.inset if self.file is None else not _STILL.search(self.file)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Lay it there."""
        shown(draft)
        clip = self._clip(draft, workshop)
        spans = tuple(span for span in self.spans if not self._waits(span, draft))
        [(start, end), *_] = stretches(draft, spans)
        still = clip.get("still", False)
        usual, sizes = (LOGO, SIZES) if still else (INSET, {"bigger": 0.5})
        width = self.width or sizes.get(self.size, usual)
        segment = segment_of(clip, end - start)
        segment["d"] = min(segment["d"], end - start)
        canvas = draft.get("m", {})
        shape = (canvas.get("width") or 16) / (canvas.get("height") or 9)
        height = width * shape * (clip["height"] or 9) / (clip["width"] or 16)
        segment["m"] |= {
            "start": start,
            "place": {**_centre(self.place, width, height), "w": width},
        }
        if self.mute:
            segment["m"]["mute"] = True
        if self.opacity is not None:
            segment["m"]["opacity"] = self.opacity
        new = laid_over(draft, segment)
        return Made(
            new,
            "overlaid_muted" if self.mute else "overlaid",
            {"name": clip["name"], "place": self.place},
        )

    @staticmethod
    def _waits(span: Span, draft: Draft) -> bool:
        """Tell "the second video" that is not on the timeline yet, and is what is to be laid."""
        return span == Span(clip=span.clip) and (span.clip or 0) > len(timeline.laid(draft))

    def _clip(self, draft: Draft, workshop: Workshop) -> Clip:
        if self.file is not None:
            return chosen(workshop, (self.file,))[0]
        waits = next((span.clip for span in self.spans if self._waits(span, draft)), None)
        videos = [clip for clip in workshop.pictures() if not clip.get("still", False)]
        if waits is not None and waits <= len(videos):
            return videos[waits - 1]
        there = {s["m"].get("source") for s in drafts.segments(draft, VIDEO)}
        left = [c for c in workshop.pictures() if c["source"] not in there]
        videos = [c for c in left if not c.get("still", False)] if self.inset else []
        named = videos or [c for c in left if "logo" in c["name"].lower()] or left
        if not named:
            raise CannotDo("nothing_to_lay")
        return named[-1]


def silenced(action: Action) -> bool:
    """Tell whether what is said beside an overlay takes its sound away, and not the video's.

    "muted", 关掉声音, 不要它的声音.
    """
    other = action.has(Word.VIDEO, Word.EVERYTHING, Word.ORIGINAL, Word.MUSIC, Word.VOICE)
    return bool(_SILENCED.search(action.text)) and not (other or action.clips)


_STILL = re.compile(r"\.(?:png|jpe?g|gif|webp)$", re.IGNORECASE)
_SILENCED = re.compile(
    r"静音|消音|(?:不要|关掉?|去掉|没有?|别有?|不带|不出)(?:它|他|她|的|小窗|画中画|任何)*声音?|声音?(?:关|去|静|消|不要|没)|"
    r"\b(?:mut(?:ed?|ing)|silence)\b|"
    r"\b(?:no|without|turn off|remove|silence|not (?:have|play|make)|\w+n't (?:have|play|make))"
    r"(?: its| the| any)* (?:sound|audio)\b",
    re.IGNORECASE,
)


def _shares(action: Action) -> list[Amount]:
    """Give the shares that are said, that of the opacity first."""
    clear = action.find(Word.OPACITY)
    at = clear.start if clear is not None else 0
    told = [t for t in action.words if isinstance(t.meaning, Amount) and t.meaning.kind == "share"]
    action.used.extend(told)
    near = sorted(told, key=lambda t: min(abs(t.start - at), abs(t.end - at)))
    return [t.meaning for t in near if isinstance(t.meaning, Amount)]


def _width_of(action: Action) -> float | None:
    """Read "10% width, 70% opacity": what is no opacity is a width."""
    _, *others = [*_shares(action), None]
    share = others[0] if others else None
    return round(share.value, 3) if share is not None else None


def opacity_of(action: Action) -> float:
    """Read how opaque it is to be; half where no number is said."""
    near = _shares(action)
    if not near:
        return 0.5
    share = near[0]
    clear = re.search(r"transparen|(?<!不)透明", action.text)
    opaque = re.search(r"opacity|不透明", action.text)
    return round(1 - share.value if clear and not opaque else share.value, 3)


def _inside(action: Action) -> bool:
    """Tell "from 0:10 to 0:20" from "after 0:30", where something is put in."""
    after = re.search(r"\bafter\b", action.text, re.IGNORECASE)
    return bool(action.spans) and action.spans[0].end != END and not after


def _centre(place: str, width: float, height: float) -> dict[str, float]:
    """Give the centre of an overlay of a size at a place, as shares of the canvas."""
    x = (
        MARGIN + width / 2
        if "left" in place
        else 1 - MARGIN - width / 2
        if "right" in place
        else 0.5
    )
    y = (
        MARGIN + height / 2
        if "top" in place
        else 1 - MARGIN - height / 2
        if "bottom" in place
        else 0.5
    )
    return {"x": round(x, 4), "y": round(y, 4)}


def laid_over(draft: Draft, segment: dict[str, Any]) -> Draft:
    """Put a segment onto the first overlay track with room for it, or onto one of its own."""
    new = copy.deepcopy(draft)
    main = timeline.main(new)
    span = (segment["m"]["start"], segment["m"]["start"] + segment["d"])
    for track in new["t"]:
        others = track.get("tt") == VIDEO and track is not main
        if others and not any(drafts.lies_in(s, [span]) for s in track["sg"]):
            track["sg"] = sorted([*track["sg"], segment], key=lambda s: s["m"]["start"])
            return new
    new["t"].append({"tt": VIDEO, "m": {"name": "Overlay"}, "sg": [segment]})
    return new


@dataclass(frozen=True)
class RemoveOverlay(Plain):
    """Take overlays away."""

    tool: ClassVar[str] = "remove_overlay"

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "remove the overlay", "去掉画中画"."""
        asked = action.names("logo") or action.asks("overlay")
        if action.verb is not Word.REMOVE or not asked or action.negated:
            return None
        return cls()

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Take them away."""
        del workshop
        main = timeline.main(draft)
        new = copy.deepcopy(draft)
        kept = [
            made
            for track, made in zip(draft["t"], new["t"], strict=True)
            if track is main or track.get("tt") != VIDEO
        ]
        if len(kept) == len(new["t"]):
            raise CannotDo("no_overlay")
        new["t"] = kept
        return Made(new, "overlay_gone")
