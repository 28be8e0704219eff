"""A graph of FFmpeg's filters into which pictures are pushed, and each comes out at once."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

from av.filter import Graph

from cogwidgets.engine.media.tonemap import TONE, tone_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.filter.context import FilterContext
    from av.video.frame import VideoFrame

__all__ = ["MICROSECONDS", "PictureGraph", "Shape", "shape_of"]

MICROSECONDS = 1_000_000
Shape = tuple[int, int, str, int, int]


def shape_of(frame: VideoFrame) -> Shape:
    """Return what a graph has to know of the pictures that go into it."""
    return frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range


class PictureGraph:
    """Build a graph from its sources on; `finish` comes before the first `run`.

    `rate`, in pictures a second, is what filters take that count pictures.
    """

    def __init__(self, rate: Fraction = Fraction(30)) -> None:
        self._rate = rate
        self._graph = Graph()
        self._sink = self._graph.add("buffersink")
        self._constants: list[tuple[FilterContext, VideoFrame]] = []

    def source(self, shape: Shape) -> FilterContext:
        """Add a way in for pictures of a shape."""
        width, height, kind, matrix, spread = shape
        return self._graph.add(
            "buffer",
            f"video_size={width}x{height}:pix_fmt={kind}:time_base=1/{MICROSECONDS}"
            f":pixel_aspect=1/1:colorspace={matrix}:range={spread}"
            f":frame_rate={self._rate.numerator}/{self._rate.denominator}",
        )

    def constant(self, picture: VideoFrame) -> FilterContext:
        """Add a picture that is the same at all times."""
        self._constants.append((self.source(shape_of(picture)), picture))
        return self._constants[-1][0]

    def through(self, picture: FilterContext, filters: Sequence[str]) -> FilterContext:
        """Send a picture through filters, each "name" or "name=options"; `TONE` is one of ours."""
        for each in filters:
            name, _, options = each.partition("=")
            if name == TONE:
                table = self.constant(tone_table(int(options)))
                picture = self.joined("haldclut", "interp=tetrahedral", picture, table)
                continue
            following = self._graph.add(name, options or None)
            picture.link_to(following)
            picture = following
        return picture

    def joined(
        self, name: str, options: str, first: FilterContext, second: FilterContext
    ) -> FilterContext:
        """Send two pictures through a filter that makes one of them."""
        both = self._graph.add(name, options)
        first.link_to(both, 0, 0)
        second.link_to(both, 0, 1)
        return both

    def doubled(self, picture: FilterContext) -> tuple[FilterContext, FilterContext]:
        """Send a picture two ways."""
        split = self._graph.add("split", "2")
        picture.link_to(split)
        first, second = self._graph.add("null"), self._graph.add("null")
        split.link_to(first, 0, 0)
        split.link_to(second, 1, 0)
        return first, second

    def finish(self, picture: FilterContext) -> None:
        """Let a picture out."""
        picture.link_to(self._sink)
        self._graph.configure()

    def run(
        self, sources: Sequence[FilterContext], pictures: Sequence[VideoFrame], time: int
    ) -> VideoFrame:
        """Push the pictures of one moment, in µs, and pull what becomes of them."""
        moving = zip(sources, pictures, strict=True)
        for source, picture in [*moving, *self._constants]:
            # A reel may show the same picture again, and reads no times from it.
            picture.pts = time
            picture.time_base = Fraction(1, MICROSECONDS)
            source.push(picture)
        return cast("VideoFrame", self._sink.pull())
