"""One scene, all that shows at one moment, as one graph of FFmpeg's filters."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from av.filter import Graph

from cogwidgets.engine.media.effects import filters_of
from cogwidgets.engine.media.geometry import TONE, fitted
from cogwidgets.engine.media.tonemap import tone_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from av.filter.context import FilterContext
    from av.video.frame import VideoFrame

    from cogwidgets.engine.media.facts import Facts
    from cogwidgets.engine.media.geometry import Canvas
    from cogwidgets.engine.media.plan import Clip, Text

__all__ = ["MICROSECONDS", "Scene", "SceneGraph", "Shape", "shape_of"]

MICROSECONDS = 1_000_000
Shape = tuple[int, int, str, int, int]

_XFADES = {
    "crossfade": "fade",
    "fade_black": "fadeblack",
    "slide": "slideleft",
    "wipe": "wipeleft",
}


@dataclass(frozen=True)
class Scene:
    """Name what shows: the main segment, the one that leaves behind it, overlays, titles."""

    clip: Clip | None
    leaving: Clip | None
    overlays: tuple[Clip, ...]
    texts: tuple[Text, ...]

    def clips(self) -> list[Clip]:
        """List what comes from sources, from the ground up."""
        main = [clip for clip in (self.leaving, self.clip) if clip is not None]
        return [*main, *self.overlays]


def shape_of(frame: VideoFrame) -> Shape:
    """Return what a graph has to know of the pictures that go into it."""
    return frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range


class SceneGraph:
    """Make one picture of those of a scene, its clips and then its titles.

    Every picture goes in with its time on the timeline, which is the `t` of effects and fades.
    `ground` lies under all; `places` are the corners of the titles; `elapsed` is the time in
    seconds since the main segment began.
    """

    def __init__(
        self,
        scene: Scene,
        shapes: Sequence[Shape],
        canvas: Canvas,
        *,
        ground: VideoFrame,
        facts: Mapping[Clip, Facts],
        places: Sequence[tuple[int, int]],
        elapsed: float,
    ) -> None:
        self.shapes = list(shapes)
        self._canvas = canvas
        self._facts = facts
        self._graph = Graph()
        self._ground = ground
        self._constants: list[tuple[FilterContext, VideoFrame]] = []
        self._sources = [self._source(shape) for shape in shapes]
        coming = iter(self._sources)
        leaving = self._base(scene.leaving, next(coming)) if scene.leaving else None
        picture = self._base(scene.clip, next(coming)) if scene.clip else self._constant(ground)
        if leaving is not None and scene.clip and scene.clip.transition:
            options = (
                f"transition={_XFADES[scene.clip.transition.kind]}"
                f":duration={scene.clip.transition.length / 1000}:offset={-elapsed:.6f}"
            )
            picture = self._joined("xfade", options, leaving, picture)
        for clip in scene.overlays:
            picture = self._overlaid(picture, clip, next(coming))
        for text, place in zip(scene.texts, places, strict=True):
            picture = self._titled(picture, text, next(coming), place)
        self._sink = self._graph.add("buffersink")
        self._through(picture, ["format=yuv420p"]).link_to(self._sink)
        self._graph.configure()

    def run(self, pictures: Sequence[VideoFrame], time: int) -> VideoFrame:
        """Push the pictures of one moment, in µs, and pull what becomes of them."""
        moving = zip(self._sources, pictures, strict=True)
        for source, picture in [*moving, *self._constants]:
            # A reel may show the same picture again, and reads no times from it.
            picture.pts = time
            picture.time_base = Fraction(1, MICROSECONDS)
            source.push(picture)
        return cast("VideoFrame", self._sink.pull())

    def _source(self, shape: Shape) -> FilterContext:
        width, height, kind, matrix, spread = shape
        rate = self._canvas.fps
        return self._graph.add(
            "buffer",
            f"video_size={width}x{height}:pix_fmt={kind}:time_base=1/{MICROSECONDS}"
            f":pixel_aspect=1/1:colorspace={matrix}:range={spread}"
            f":frame_rate={rate.numerator}/{rate.denominator}",
        )

    def _through(self, picture: FilterContext, filters: Sequence[str]) -> FilterContext:
        for each in filters:
            name, _, options = each.partition("=")
            if name == TONE:
                table = self._constant(tone_table(int(options)))
                picture = self._joined("haldclut", "interp=tetrahedral", picture, table)
                continue
            following = self._graph.add(name, options or None)
            picture.link_to(following)
            picture = following
        return picture

    def _joined(
        self, name: str, options: str, first: FilterContext, second: FilterContext
    ) -> FilterContext:
        both = self._graph.add(name, options)
        first.link_to(both, 0, 0)
        second.link_to(both, 0, 1)
        return both

    def _constant(self, picture: VideoFrame) -> FilterContext:
        """Add a picture that is the same at all times."""
        self._constants.append((self._source(shape_of(picture)), picture))
        return self._constants[-1][0]

    def _base(self, clip: Clip, picture: FilterContext) -> FilterContext:
        """Bring a segment of the main track to the whole canvas, effects and fades included."""
        facts = self._facts[clip]
        fit = fitted(clip, facts, self._canvas)
        picture = self._through(picture, fit.filters)
        if fit.behind:
            split = self._graph.add("split", "2")
            picture.link_to(split)
            copies = [self._graph.add("null") for _ in range(2)]
            for number, copy in enumerate(copies):
                split.link_to(copy, number, 0)
            behind = self._through(copies[0], fit.behind)
            picture = self._joined("overlay", "x=(W-w)/2:y=(H-h)/2", behind, copies[1])
        elif facts.alpha:
            picture = self._joined("overlay", "x=0:y=0", self._constant(self._ground), picture)
        return self._through(picture, ["format=yuv420p", *self._changes(clip)])

    def _changes(self, clip: Clip) -> list[str]:
        """List the filters of a clip's effects and of its fades from and to a colour."""
        start = clip.start / 1000
        side = self._canvas.side
        filters = [each for e in clip.effects for each in filters_of(e, side, start)]
        fades = _fades(clip.start, clip.end, clip.picture_fade_in, clip.picture_fade_out)
        if clip.picture_fade_color != "#000000":
            # FFmpeg takes a way round by RGB for these.
            fades = [f"{fade}:color=0x{clip.picture_fade_color[1:]}" for fade in fades]
        return filters + fades

    def _overlaid(self, picture: FilterContext, clip: Clip, source: FilterContext) -> FilterContext:
        fit = fitted(clip, self._facts[clip], self._canvas)
        place = clip.place
        if place is None:
            return picture
        above = self._through(source, [*fit.filters, *self._changes(clip)])
        if place.opacity < 1:
            above = self._through(above, ["format=yuva420p", f"lutyuv=a=val*{place.opacity:.4f}"])
        left = round(place.x * self._canvas.width - fit.size[0] / 2)
        top = round(place.y * self._canvas.height - fit.size[1] / 2)
        return self._joined("overlay", f"x={left}:y={top}", picture, above)

    def _titled(
        self, picture: FilterContext, text: Text, source: FilterContext, place: tuple[int, int]
    ) -> FilterContext:
        fades = _fades(text.start, text.end, text.fade_in, text.fade_out)
        above = self._through(
            source,
            [
                f"scale=out_color_matrix={self._canvas.matrix}:out_range=tv",
                "format=yuva420p",
                *(f"{fade}:alpha=1" for fade in fades),
            ],
        )
        return self._joined("overlay", f"x={place[0]}:y={place[1]}", picture, above)


def _fades(start: int, end: int, fade_in: int, fade_out: int) -> list[str]:
    filters = []
    if fade_in > 0:
        filters.append(f"fade=t=in:st={start / 1000}:d={fade_in / 1000}")
    if fade_out > 0:
        filters.append(f"fade=t=out:st={(end - fade_out) / 1000}:d={fade_out / 1000}")
    return filters
