"""Decide in which size, at which rate and in which colours a timeline is shown."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from cogwidgets.engine.media.facts import look_at
from cogwidgets.engine.media.geometry import Canvas

if TYPE_CHECKING:
    from cogwidgets.engine.media.facts import Facts
    from cogwidgets.engine.media.plan import Timeline

__all__ = ["LONG", "SHORT", "canvas_of", "first_picture", "scaled", "shows_itself"]

LONG, SHORT = 1920, 1080  # contract.md "Endpoints": up to 1080x1920
_FALLBACK = 1280, 720
_FASTEST, _ODD = 60, 120
_SDR = {2, 1, 4, 5, 6, 7, 8, 13}  # transfer functions (ITU-T H.273, table 3) of common 8-bit video
_BT709 = 1, 1, 1, 1
# A draft counts in milliseconds, and a file's tracks end some frames apart.
_CUT = 0.25  # s


def canvas_of(timeline: Timeline, *, first: Facts | None) -> Canvas:
    """Return the canvas of a timeline whose first picture is `first`.

    The draft's word counts. A draft that names the stored size of a picture which is shown turned,
    or in pixels that are not square, means the picture as it is shown.
    """
    size = timeline.width, timeline.height
    if size[0] is None or size[1] is None:
        size = (first.width, first.height) if first else _FALLBACK
    elif first and size == first.stored and not timeline.fit:
        size = first.width, first.height
    fps = timeline.fps or (first.fps if first else None) or Fraction(30)
    # Drafts round to a thousandth, and repeat what odd files count.
    if first and first.fps and (abs(first.fps - fps) < 0.01 or fps > _ODD):  # noqa: PLR2004
        fps = first.fps
    fps = min(fps, Fraction(_FASTEST)).limit_denominator(1001)
    space = _BT709
    if first and first.space[3] in _SDR and first.space[1] != 2 and first.space[0]:  # noqa: PLR2004
        space = first.space
    canvas = Canvas(
        width=size[0] or _FALLBACK[0],
        height=size[1] or _FALLBACK[1],
        fps=fps,
        fit=timeline.fit or "fit",
        background=timeline.background,
        space=space,
    )
    return scaled(canvas, LONG, SHORT)


def scaled(canvas: Canvas, longest: int, shortest: int) -> Canvas:
    """Bring a canvas into a box, lying or standing, keeping its shape; its sides become even."""
    long, short = max(canvas.size), min(canvas.size)
    factor = min(1.0, longest / long, shortest / short)
    width, height = (max(2, round(side * factor) // 2 * 2) for side in canvas.size)
    return replace(canvas, width=width, height=height)


def first_picture(timeline: Timeline) -> Facts | None:
    """Describe the first picture of the main track, or of an overlay where there is none."""
    for clip in (*timeline.clips, *timeline.overlays):
        if facts := look_at(clip.source):
            return facts
    return None


def shows_itself(timeline: Timeline, first: Facts | None, length: float) -> bool:
    """Tell whether a timeline is one source of `length` seconds as it is, so far as pictures go."""
    clips = timeline.clips or timeline.sounds
    if len(clips) != 1 or timeline.overlays or timeline.texts:
        return False
    clip = clips[0]
    changed = (
        clip.start or clip.source_start or not clip.runs_plainly
        or clip.crop or clip.rotate or clip.flip or clip.zoom != 1 or clip.motion
        or clip.effects
        or clip.picture_fade_in or clip.picture_fade_out
    )  # fmt: skip
    if changed or min(clip.length, timeline.length) / 1000 < length - _CUT:
        return False
    if first is None:
        return True
    size = timeline.width, timeline.height
    own = None in size or size in {first.stored, (first.width, first.height)}
    fps = timeline.fps
    paced = fps is None or not first.fps or abs(fps - first.fps) < 0.01 or fps > _ODD  # noqa: PLR2004
    return own and paced
