"""Edits with more than one file: join, insert, replace, slideshow, transitions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.drafts import VIDEO
from cogwidgets.engine.agent.edits.base import CannotDo, Edit, Made, Plain, clip_at
from cogwidgets.engine.agent.edits.music import LONG_AS
from cogwidgets.engine.agent.edits.transitions import (
    CROSSFADE,
    Kind,
    Transition,
    crossfaded,
    transition_of,
)
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import Point

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Clip, Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = [
    "Join",
    "Replace",
    "Slideshow",
    "laid_out",
]

STILL = 3000  # ms that an image is shown


def segment_of(clip: Clip, still: int, number: int = 0, *, motion: bool = False) -> dict[str, Any]:
    """Make a segment of an upload; images last ``still`` ms, and every second one zooms out."""
    is_still = clip.get("still", False)
    segment = drafts.segment_of(
        clip["source"], clip["name"], still if is_still else clip["duration"]
    )
    if is_still:
        segment["m"]["still"] = True
        if motion:
            segment["m"]["motion"] = "zoom_out" if number % 2 else "zoom_in"
    return segment


def chosen(workshop: Workshop, names: tuple[str, ...]) -> list[Clip]:
    """Give the uploads of these names, in that order.

    Raises
    ------
    CannotDo
        There is none of a name.

    """
    found = []
    for name in names:
        meant = [c for c in workshop.pictures() if c.get("filename", "").lower() == name.lower()]
        if not meant:
            raise CannotDo("no_such_file", file=name)
        found.append(meant[-1])
    return found


def in_order(draft: Draft, sources: list[str]) -> Draft:
    """Give a draft whose clips come in the order of these sources, if these are all of them."""
    pieces = timeline.laid(draft)
    if len(sources) < 2 or {p.segment["m"]["source"] for p in pieces} != set(sources):  # noqa: PLR2004
        return draft
    return timeline.relaid(
        draft, sorted(pieces, key=lambda piece: sources.index(piece.segment["m"]["source"]))
    )


@dataclass(frozen=True)
class Join(Plain):
    """Put uploads onto the storyline: those that are named, else all that are not there yet."""

    tool: ClassVar[str] = "join"
    files: tuple[str, ...] = ()
    to: Literal["start", "end"] | Point | int = "end"  # or before a clip
    still: int = STILL
    transition: Kind | None = None
    images: bool = False
    first: bool = False  # because other edits of the message need them
    fade: int = CROSSFADE
    motion: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "join the clips", "add beach.mp4 at the end", "合并所有视频"."""
        if action.negated or action.verb in {Word.REMOVE, Word.KEEP, Word.EXPORT}:
            return None
        files = tuple(t.value for t in action.all_of(Word.MEDIA))
        joins = action.asks("join")
        added = (
            files
            and action.verb in {Word.ADD, Word.OTHER, Word.USE}
            and not action.find(Word.PLACE)
        )
        other = action.asks("overlay", "convert", "slideshow") or action.names("logo")
        where = _ends(action)
        listed = action.verb is Word.ADD and (
            action.has(Word.ALL) or _OTHERS.search(action.text) or action.names("image")
        )
        after = bool(action.spans and action.spans[0].clip is None and where == "end")
        between = bool(files) and bool(_AT_JOINT.search(action.text))
        placed = where is not None or action.moments or "middle" in action.edges or between
        if other or not (joins or listed or (added and placed)):
            return None
        if action.has(Word.MUSIC, Word.SOUND, Word.VOICE) or action.quoted:
            return None
        to: Literal["start", "end"] | Point | int = where or "end"
        if between and not action.asks("transition"):
            to = max(action.clips, default=2)
        if after:
            to = action.spans[0].start
        if action.moments or "middle" in action.edges:
            to = action.moments[0].point if action.moments else Point(0.5)
        several = bool(_IMAGES.search(action.text)) and not _VIDEOS.search(action.text)
        images = (action.names("image") or several) and not files
        action.amount("parts")  # "into one"
        kind, long = transition_of(action), action.length
        fade = long if kind and long and not images else CROSSFADE
        return cls(
            files,
            to,
            action.each or long or STILL,
            kind,
            images,
            fade=fade,
            motion=action.asks("slow_zoom"),
        )

    def merged(self, other: Edit) -> Edit | None:
        """Take "join them with a wipe … just join them" for one wish."""
        if isinstance(other, Join) and (self.files, self.to) == (other.files, other.to):
            return self if self.transition else other
        return super().merged(other)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Put them there."""
        there = {s["m"].get("source") for s in drafts.segments(draft, VIDEO)}
        new_ones = [
            c
            for c in workshop.pictures()
            if c["source"] not in there and c.get("still", False) is self.images
        ]
        found = chosen(workshop, self.files)
        if len(found) > 1:
            found = [c for c in found if c["source"] not in there] or found
        clips = found or new_ones
        if not clips and timeline.main(draft) is None:  # "put the photos together"
            return Slideshow(self.still, self.transition).apply(draft, workshop)
        if not clips and self.transition is not None and len(timeline.laid(draft)) > 1:
            return Transition(self.transition, self.fade).apply(draft, workshop)
        if not clips:
            raise CannotDo("nothing_to_join")
        total = timeline.length(draft)
        at = 0 if self.to == "start" else total
        if isinstance(self.to, Point):
            at = self.to.at(total)
        elif isinstance(self.to, int) and total:
            at = clip_at(draft, self.to)[0]
        count = len(timeline.laid(draft))
        made = [segment_of(c, self.still, n, motion=self.motion) for n, c in enumerate(clips)]
        new = timeline.inserted(draft, made, at)
        new["m"] = canvas_of(clips[0]) | new.get("m", {})
        if self.transition is not None:
            ids = {segment["m"]["id"] for segment in made}
            order = [p.segment["m"]["id"] in ids for p in timeline.laid(new)]
            joints = [i for i in range(1, len(order)) if order[i] or order[i - 1]]
            new = crossfaded(new, self.transition, self.fade, joints if count else None)
        new = in_order(new, [clip["source"] for clip in chosen(workshop, self.files)])
        names = ", ".join(clip["name"] for clip in clips)
        told = "joined_first" if self.first else "joined"
        return Made(new, told, {"names": names, "total": drafts.clock_of(timeline.length(new))})


@dataclass(frozen=True)
class Replace(Plain):
    """Put an upload in the place of a clip."""

    tool: ClassVar[str] = "replace_clip"
    clip: int
    file: str

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "replace clip 2 with beach.mp4", "把第二段换成beach.mp4"."""
        files = [t.value for t in action.all_of(Word.MEDIA)]
        if action.verb is not Word.CHANGE or action.negated or not (files and action.clips):
            return None
        return cls(action.clips[0], files[-1])

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Put it there."""
        begin, long = clip_at(draft, self.clip)
        [clip] = chosen(workshop, (self.file,))
        pieces = timeline.laid(draft)
        index = next(i for i, p in enumerate(pieces) if p.old == (begin, begin + long))
        made = timeline.Laid(segment_of(clip, long), (begin, begin + long))
        new = timeline.relaid(draft, [*pieces[:index], made, *pieces[index + 1 :]])
        total = drafts.clock_of(timeline.length(new))
        return Made(new, "joined", {"names": clip["name"], "total": total})


_IMAGES = re.compile(r"\b(?:photo|picture|image|pic)s\b", re.IGNORECASE)
_VIDEOS = re.compile(r"\b(?:clip|video)s\b", re.IGNORECASE)
# "a 20 second slideshow", "the photos in 12 seconds"
_IN_ALL = re.compile(
    r"\b(?:seconds?|secs?|s|minutes?|min)[ -](?:long )?(?:photo |picture )?"
    r"(?:slide ?show|montage|video|movie|film|reel)|"
    r"\b(?:in|within|lasting|total|overall|altogether) (?:about |around |exactly )?\d",
    re.IGNORECASE,
)
_FADING = re.compile(
    r"\b(?:seconds?|secs?|s|half)[ -](?:long )?"
    r"(?:cross|fad|wipe|dissolv|slide(?!s?[ -]?show)|transition|dip)",
    re.IGNORECASE,
)
_AT_JOINT = re.compile(
    r"\bbetween (?:the )?(?:clips?|two|both|first)|段(?:视频|片段)?的?(?:之间|中间|衔接处)"
)
_OTHERS = re.compile(r"\bother (?:clips?|videos?)\b|其[他它]视频", re.IGNORECASE)


def _ends(action: Action) -> Literal["start", "end"] | None:
    text = action.text.lower()
    if "start" in action.edges or re.search(
        r"\bbefore\b|\bin front\b|\bfirst\W*$|前面|之前|开头", text
    ):
        return "start"
    if "end" in action.edges or re.search(
        r"\bafter\b|\bappend|\bnext\b|\blast\W*$|后面|之后|结尾|接上|接到", text
    ):
        return "end"
    return None


def canvas_of(clip: Clip) -> dict[str, Any]:
    """Give the canvas that a first clip makes."""
    width, height = clip["width"] or 1920, clip["height"] or 1080
    if clip.get("still"):  # photos are larger than videos need
        width, height = (1920, 1080) if width >= height else (1080, 1920)
    return {"width": width, "height": height, "fps": clip["fps"] or 30.0}


@dataclass(frozen=True)
class Slideshow(Plain):
    """Show the images one after another, each slowly zoomed; as long as the song if wished."""

    tool: ClassVar[str] = "slideshow"
    still: int = STILL
    transition: Kind | None = None
    files: tuple[str, ...] = ()
    total: int | None = None
    fade: int = CROSSFADE
    like_song: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "make a slideshow of my photos, 3 seconds each", "用这些照片做一个视频"."""
        images = action.asks("join") and action.names("image") and action.verb is not Word.ADD
        if not (action.asks("slideshow") or images) or action.negated:
            return None
        files = tuple(t.value for t in action.all_of(Word.MEDIA))
        goal, kind = action.goal, transition_of(action)
        faded = _FADING.search(action.text) if kind else None  # "with 2 second crossfades"
        if goal is None and not faded and action.each is None and _IN_ALL.search(action.text):
            goal = action.length
        still = action.each or (action.length if not (goal or faded) else None) or STILL
        action.find(Word.PART)  # at the end, where they come anyway
        fade = action.length if faded and action.length else CROSSFADE
        like = bool(LONG_AS.search(action.text)) and action.has(Word.MUSIC, Word.OWN)
        return cls(still, kind, files, goal, fade, like)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Lay them out after what is there."""
        found = chosen(workshop, self.files)
        there = {s["m"].get("source") for s in drafts.segments(draft, VIDEO)}
        images = found or [c for c in workshop.pictures() if c.get("still")]
        images = [c for c in images if c["source"] not in there] or images
        if not images:
            raise CannotDo("no_images")
        goal = self.total
        if self.like_song:
            goal = workshop.audio_length(None)
            if goal is None:
                raise CannotDo("no_song")
        joints = (len(images) - 1) * (self.transition is not None)
        taking = 0 if self.transition == "fade_black" else self.fade * joints
        whole = goal + taking if goal else self.still * len(images)
        ends = [whole * n // len(images) for n in range(len(images) + 1)]
        made = [
            segment_of(clip, ends[n + 1] - ends[n], n, motion=True) for n, clip in enumerate(images)
        ]
        new = timeline.inserted(draft, made, timeline.length(draft))
        new["m"] = {"title": images[0]["name"]} | canvas_of(images[0]) | new.get("m", {})
        if self.transition is not None:
            new = crossfaded(new, self.transition, self.fade)
        total = drafts.clock_of(timeline.length(new))
        return Made(new, "slideshow", {"count": len(images), "total": total})


def laid_out(draft: Draft, workshop: Workshop, *edits: Edit) -> Draft | None:
    """Put the session's images or sound onto an empty timeline for edits that need one."""
    if drafts.clips(draft) or any(isinstance(edit, Slideshow | Join) for edit in edits):
        return None
    if workshop.pictures():
        return Slideshow().apply(draft, workshop).draft
    sound = workshop.sound_clip()
    return drafts.with_clip(draft, sound, title=sound["name"]) if sound else None
