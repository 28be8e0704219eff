"""Compose the pictures of a timeline: at each moment one graph of FFmpeg's filters for what shows.

The graph is built anew whenever something comes or goes: the segment of the main track, the one
that leaves during a transition, overlays, titles. Each picture pushed into it comes out at once.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Generic, TypeVar

from av.video.reformatter import Colorspace

from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.facts import is_image, look_at
from cogwidgets.engine.media.graph import MICROSECONDS, shape_of
from cogwidgets.engine.media.reel import open_reel, picture_of
from cogwidgets.engine.media.scene import Scene, SceneGraph
from cogwidgets.engine.media.titles import draw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from av.video.frame import VideoFrame

    from cogwidgets.engine.media.facts import Facts
    from cogwidgets.engine.media.geometry import Canvas
    from cogwidgets.engine.media.plan import Clip, Text, Timeline
    from cogwidgets.engine.media.reel import Reel
    from cogwidgets.engine.media.titles import Title

__all__ = ["Composer", "frame_number", "source_time"]

Part = TypeVar("Part", "Clip", "Text")


def frame_number(milliseconds: float, fps: Fraction) -> int:
    """Return the number of the frame that begins nearest to a time, halves rounded up.

    >>> frame_number(1000, Fraction(30000, 1001)), frame_number(50, Fraction(30))
    (30, 2)
    """
    return int(Fraction(milliseconds) * fps / 1000 + Fraction(1, 2))


def source_time(clip: Clip, facts: Facts, fps: Fraction) -> Fraction:
    """Return the second of the source that shows when a clip begins.

    Where the source runs at the canvas' rate it is on a whole frame, so that none falls between
    two frames of the output.
    """
    if facts.fps is not None and abs(facts.fps - fps) < Fraction(1, 100) and clip.runs_plainly:
        return Fraction(frame_number(clip.source_start, fps)) / fps
    return Fraction(clip.source_start, 1000)


@dataclass(frozen=True)
class _Span(Generic[Part]):
    """Hold what shows from one frame to another, the last not among them."""

    first: int
    end: int
    part: Part


@dataclass(frozen=True)
class _Playing:
    """Hold the reel of a clip, when it begins on the timeline, and `at` which second of it."""

    reel: Reel
    begin: Fraction
    at: float
    pace: float  # seconds of the source in one of the timeline

    def picture(self, time: Fraction) -> VideoFrame:
        return self.reel.at(max(0.0, self.at + self.pace * float(time - self.begin)))


class Composer:
    """Make the pictures of a timeline at any rising times."""

    def __init__(self, timeline: Timeline, canvas: Canvas) -> None:
        self._timeline = timeline
        self._canvas = canvas
        self._near = 1 / (4 * canvas.fps)
        # Whole numbers, because all of them are looked at for every frame.
        self._clips = self._spans(timeline.clips)
        self._overlays = self._spans(timeline.overlays)
        self._texts = self._spans(timeline.texts)
        self._playing: dict[Clip, _Playing] = {}
        self._titles: dict[Text, tuple[Title, VideoFrame]] = {}
        self._scene: Scene | None = None
        self._graph: SceneGraph | None = None

    def frames(self, times: Iterable[Fraction]) -> Iterator[VideoFrame]:
        """Yield the picture at each of `times`, in seconds on the timeline; `pts` is in µs."""
        try:
            for time in times:
                yield self._frame(time)
        finally:
            for playing in self._playing.values():
                playing.reel.close()
            self._playing.clear()
            self._graph = self._scene = None

    def _frame(self, time: Fraction) -> VideoFrame:
        scene = self._at(time)
        if scene != self._scene:
            for clip in [clip for clip in self._playing if clip not in scene.clips()]:
                self._playing.pop(clip).reel.close()
            self._graph = None
            self._scene = scene
        titles = [self._title(text) for text in scene.texts]
        pictures = [
            *(self._picture(clip, time) for clip in scene.clips()),
            *(frame for _, frame in titles),
        ]
        shapes = [shape_of(picture) for picture in pictures]
        if self._graph is None or self._graph.shapes != shapes:
            facts = {clip: _facts(clip.source) for clip in scene.clips()}
            places = [(title.x, title.y) for title, _ in titles]
            elapsed = float(time - self._begin(scene.clip.start)) if scene.clip else 0.0
            self._graph = SceneGraph(
                scene,
                shapes,
                self._canvas,
                ground=lambda: self._ground,
                facts=facts,
                places=places,
                elapsed=elapsed,
            )
        return self._graph.run(pictures, round(time * MICROSECONDS))

    def _spans(self, parts: tuple[Part, ...]) -> list[_Span[Part]]:
        fps = self._canvas.fps
        return [_Span(frame_number(p.start, fps), frame_number(p.end, fps), p) for p in parts]

    def _at(self, time: Fraction) -> Scene:
        """Find what shows at a time."""
        frame = math.floor((time + self._near) * self._canvas.fps)
        clip = leaving = None
        for number, span in enumerate(self._clips):
            if span.first <= frame < span.end:
                clip = span.part
                coming = clip.transition
                fps = self._canvas.fps
                if coming and number and frame < frame_number(clip.start + coming.length, fps):
                    leaving = self._clips[number - 1].part
                break
        return Scene(
            clip,
            leaving,
            tuple(span.part for span in self._overlays if span.first <= frame < span.end),
            tuple(span.part for span in self._texts if span.first <= frame < span.end),
        )

    def _begin(self, milliseconds: int) -> Fraction:
        return Fraction(frame_number(milliseconds, self._canvas.fps)) / self._canvas.fps

    def _picture(self, clip: Clip, time: Fraction) -> VideoFrame:
        if clip not in self._playing:
            self._playing[clip] = self._opened(clip, time)
        return self._playing[clip].picture(time)

    def _opened(self, clip: Clip, time: Fraction) -> _Playing:
        facts = _facts(clip.source)
        begin, pace = self._begin(clip.start), clip.speed
        if clip.reverse:
            last = (clip.source_start + clip.length * clip.speed) / 1000
            at, pace = last - 1 / float(facts.fps or 30), -pace
        elif clip.still:
            # A still of a video is the picture at its in-point.
            image = is_image(clip.source)
            at, pace = (0.0, pace) if image else (clip.source_start / 1000, 0.0)
        else:
            at = float(source_time(clip, facts, self._canvas.fps))
        first = max(0.0, at + pace * float(time - begin))
        return _Playing(open_reel(clip, first, self._canvas.size), begin, at, pace)

    @functools.cached_property
    def _ground(self) -> VideoFrame:
        """A picture of the background's colour, for where something lets it be seen."""
        return _plain(self._canvas)

    def _title(self, text: Text) -> tuple[Title, VideoFrame]:
        if text not in self._titles:
            title = draw(text, self._canvas.width, self._canvas.height)
            frame = picture_of(title.image)
            self._titles[text] = title, frame
        return self._titles[text]


def _facts(path: Path) -> Facts:
    facts = look_at(path)
    if facts is None:
        raise MediaError(
            "unsupported", f"{path.name} has no picture to show; put it on a track of sound."
        )
    return facts


def _plain(canvas: Canvas) -> VideoFrame:
    """Make a picture of the background's colour."""
    from PIL import Image

    image = Image.new("RGB", canvas.size, canvas.background[:7])
    matrix = Colorspace.ITU709 if canvas.matrix == "bt709" else Colorspace.ITU601
    return picture_of(image).reformat(format="yuv420p", dst_colorspace=matrix)
