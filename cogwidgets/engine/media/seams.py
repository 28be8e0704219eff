"""Join segments that run on: what was cut for its sound alone shows no cut, and the reverse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.engine.media.plan import Clip, Timeline

__all__ = ["seamless", "sounding_on"]


def seamless(timeline: Timeline) -> Timeline:
    """Return a timeline of the same pictures in as few segments as can be; its sound is not kept.

    >>> from pathlib import Path
    >>> from cogwidgets.engine.media.plan import Clip, Timeline
    >>> muted = Clip(Path("a.mp4"), 0, 2000, volume=0.0)
    >>> rest = Clip(Path("a.mp4"), 2000, 5000, source_start=2000)
    >>> [clip.length for clip in seamless(Timeline(7000, clips=(muted, rest))).clips]
    [7000]
    """
    clips: list[Clip] = []
    for clip in timeline.clips:
        joined = _joined(clips[-1], clip) if clips else None
        if joined:
            clips[-1] = joined
        else:
            clips.append(clip)
    return replace(timeline, clips=tuple(clips))


def sounding_on(heard: Iterable[Clip]) -> list[Clip]:
    """Return segments with those as one whose sound is that of their source, and runs on.

    What they show is not kept.

    >>> from pathlib import Path
    >>> from cogwidgets.engine.media.plan import Clip
    >>> first = Clip(Path("a.mp4"), 0, 2000)
    >>> rest = Clip(Path("a.mp4"), 2000, 5000, source_start=2000, zoom=2)
    >>> [clip.length for clip in sounding_on([first, rest])]
    [7000]
    """
    clips: list[Clip] = []
    for clip in heard:
        last = clips[-1] if clips else None
        if (
            last
            and _runs_on(last, clip)
            and (last.source, last.speech) == (clip.source, clip.speech)
            and last.sounds_plainly
            and clip.sounds_plainly
            and not clip.transition
        ):
            clips[-1] = replace(last, length=last.length + clip.length)
        else:
            clips.append(clip)
    return clips


def _runs_on(first: Clip, second: Clip) -> bool:
    """Tell whether the second segment goes on where the first ends, on the timeline and in time."""
    return (
        first.runs_plainly
        and first.end == second.start
        and first.source_start + first.length == second.source_start
    )


def _joined(first: Clip, second: Clip) -> Clip | None:
    """Return two segments as one, None where the picture jumps or changes between them."""
    fades = first.picture_fade_out or second.picture_fade_in
    if not _runs_on(first, second) or fades or second.transition:
        return None
    if any(effect.begin or effect.end is not None for effect in (*first.effects, *second.effects)):
        return None
    both_fade = first.picture_fade_in and second.picture_fade_out
    if both_fade and first.picture_fade_color != second.picture_fade_color:
        return None
    if _looks(first) != _looks(second):
        return None
    return replace(
        first,
        length=first.length + second.length,
        picture_fade_out=second.picture_fade_out,
        picture_fade_color=(second if second.picture_fade_out else first).picture_fade_color,
    )


def _looks(clip: Clip) -> Clip:
    """Return what of a segment decides how its picture looks, at any time but when it fades."""
    return replace(
        clip,
        start=0,
        length=0,
        source_start=0,
        volume=1.0,
        fade_in=0,
        fade_out=0,
        loudness=None,
        speech=None,
        picture_fade_in=0,
        picture_fade_out=0,
        picture_fade_color="",
        transition=None,
    )
