"""Compose the pictures of a timeline: at each moment one graph of FFmpeg's filters for what shows.

The graph is built anew whenever something comes or goes: the segment of the main track, the one
that leaves during a transition, overlays, titles. Each picture pushed into it comes out at once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

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


class Composer:
    """Make the pictures of a timeline at any rising times."""

    def __init__(self, timeline: Timeline, canvas: Canvas) -> None:
        self._timeline = timeline
        self._canvas = canvas
        self._near = 1 / (4 * canvas.fps)
        self._reels: dict[Clip, Reel] = {}
        self._titles: dict[Text, tuple[Title, VideoFrame]] = {}
        self._ground = _plain(canvas)
        self._scene: Scene | None = None
        self._graph: SceneGraph | None = None

    def frames(self, times: Iterable[Fraction]) -> Iterator[VideoFrame]:
        """Yield the picture at each of `times`, in seconds on the timeline; `pts` is in µs."""
        try:
            for time in times:
                yield self._frame(time)
        finally:
            for reel in self._reels.values():
                reel.close()
            self._reels.clear()
            self._graph = self._scene = None

    def _frame(self, time: Fraction) -> VideoFrame:
        scene = self._at(time)
        if scene != self._scene:
            for clip in [clip for clip in self._reels if clip not in scene.clips()]:
                self._reels.pop(clip).close()
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
                ground=self._ground,
                facts=facts,
                places=places,
                elapsed=elapsed,
            )
        return self._graph.run(pictures, round(time * MICROSECONDS))

    def _at(self, time: Fraction) -> Scene:
        """Find what shows at a time."""
        time += self._near

        def shows(part: Clip | Text) -> bool:
            return self._begin(part.start) <= time < self._begin(part.end)

        clips = self._timeline.clips
        number = next((i for i, clip in enumerate(clips) if shows(clip)), None)
        clip = leaving = None
        if number is not None:
            clip = clips[number]
            coming = clip.transition
            if coming and number and time < self._begin(clip.start + coming.length):
                leaving = clips[number - 1]
        return Scene(
            clip,
            leaving,
            tuple(overlay for overlay in self._timeline.overlays if shows(overlay)),
            tuple(text for text in self._timeline.texts if shows(text)),
        )

    def _begin(self, milliseconds: int) -> Fraction:
        return Fraction(frame_number(milliseconds, self._canvas.fps)) / self._canvas.fps

    def _picture(self, clip: Clip, time: Fraction) -> VideoFrame:
        facts = _facts(clip.source)
        local = float(time - self._begin(clip.start)) * clip.speed
        if clip.reverse:
            last = (clip.source_start + clip.length * clip.speed) / 1000
            at = max(0.0, last - local - 1 / float(facts.fps or 30))
        elif clip.still:
            # A still of a video is the picture at its in-point.
            at = local if is_image(clip.source) else clip.source_start / 1000
        else:
            at = float(source_time(clip, facts, self._canvas.fps)) + local
        if clip not in self._reels:
            self._reels[clip] = open_reel(clip, at, self._canvas.size)
        return self._reels[clip].at(at)

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
