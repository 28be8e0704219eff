"""One scene, all that shows at one moment, as one graph of FFmpeg's filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cogwidgets.engine.media.effects import filters_of
from cogwidgets.engine.media.geometry import fitted
from cogwidgets.engine.media.graph import PictureGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from av.filter.context import FilterContext
    from av.video.frame import VideoFrame

    from cogwidgets.engine.media.facts import Facts
    from cogwidgets.engine.media.geometry import Canvas
    from cogwidgets.engine.media.graph import Shape
    from cogwidgets.engine.media.plan import Clip, Text

__all__ = ["Scene", "SceneGraph"]

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


class SceneGraph:
    """Make one picture of those of a scene, its clips and then its titles.

    Every picture goes in with its time on the timeline, which is the `t` of effects and fades.
    `ground` makes what lies under all; `places` are the corners of the titles; `elapsed` is the
    time in seconds since the main segment began.
    """

    def __init__(
        self,
        scene: Scene,
        shapes: Sequence[Shape],
        canvas: Canvas,
        *,
        ground: Callable[[], VideoFrame],
        facts: Mapping[Clip, Facts],
        places: Sequence[tuple[int, int]],
        elapsed: float,
    ) -> None:
        self.shapes = list(shapes)
        self._canvas = canvas
        self._facts = facts
        self._graph = PictureGraph(canvas.fps)
        self._ground = ground
        self._sources = [self._graph.source(shape) for shape in shapes]
        coming = iter(self._sources)
        leaving = self._base(scene.leaving, next(coming)) if scene.leaving else None
        picture = (
            self._base(scene.clip, next(coming)) if scene.clip else self._graph.constant(ground())
        )
        if leaving is not None and scene.clip and scene.clip.transition:
            options = (
                f"transition={_XFADES[scene.clip.transition.kind]}"
                f":duration={scene.clip.transition.length / 1000}:offset={-elapsed:.6f}"
            )
            picture = self._graph.joined("xfade", options, leaving, picture)
        for clip in scene.overlays:
            picture = self._overlaid(picture, clip, next(coming))
        for text, place in zip(scene.texts, places, strict=True):
            picture = self._titled(picture, text, next(coming), place)
        self._graph.finish(self._graph.through(picture, ["format=yuv420p"]))

    def run(self, pictures: Sequence[VideoFrame], time: int) -> VideoFrame:
        """Push the pictures of one moment, in µs, and pull what becomes of them."""
        return self._graph.run(self._sources, pictures, time)

    def _base(self, clip: Clip, picture: FilterContext) -> FilterContext:
        """Bring a segment of the main track to the whole canvas, effects and fades included."""
        facts = self._facts[clip]
        fit = fitted(clip, facts, self._canvas)
        picture = self._graph.through(picture, fit.filters)
        if fit.behind:
            under, picture = self._graph.doubled(picture)
            behind = self._graph.through(under, fit.behind)
            picture = self._graph.joined("overlay", "x=(W-w)/2:y=(H-h)/2", behind, picture)
        elif facts.alpha:
            ground = self._graph.constant(self._ground())
            picture = self._graph.joined("overlay", "x=0:y=0", ground, picture)
        return self._graph.through(picture, ["format=yuv420p", *self._changes(clip)])

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
        above = self._graph.through(source, [*fit.filters, *self._changes(clip)])
        if place.opacity < 1:
            fainter = f"lutyuv=a=val*{place.opacity:.4f}"
            above = self._graph.through(above, ["format=yuva420p", fainter])
        left = round(place.x * self._canvas.width - fit.size[0] / 2)
        top = round(place.y * self._canvas.height - fit.size[1] / 2)
        return self._graph.joined("overlay", f"x={left}:y={top}", picture, above)

    def _titled(
        self, picture: FilterContext, text: Text, source: FilterContext, place: tuple[int, int]
    ) -> FilterContext:
        fades = _fades(text.start, text.end, text.fade_in, text.fade_out)
        above = self._graph.through(
            source,
            [
                f"scale=out_color_matrix={self._canvas.matrix}:out_range=tv",
                "format=yuva420p",
                *(f"{fade}:alpha=1" for fade in fades),
            ],
        )
        return self._graph.joined("overlay", f"x={place[0]}:y={place[1]}", picture, above)


def _fades(start: int, end: int, fade_in: int, fade_out: int) -> list[str]:
    filters = []
    if fade_in > 0:
        filters.append(f"fade=t=in:st={start / 1000}:d={fade_in / 1000}")
    if fade_out > 0:
        filters.append(f"fade=t=out:st={(end - fade_out) / 1000}:d={fade_out / 1000}")
    return filters
