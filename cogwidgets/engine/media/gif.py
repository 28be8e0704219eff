"""Animated GIF: few pictures a second, in 256 colours chosen for all of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from av.filter import Graph

from cogwidgets.engine.media.canvas import scaled
from cogwidgets.engine.media.compose import Composer, frame_number
from cogwidgets.engine.media.threads import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from cogwidgets.engine.media.geometry import Canvas
    from cogwidgets.engine.media.plan import Timeline

__all__ = ["LONGEST", "add_gif", "gif_canvas"]

_RATE = Fraction(25, 2)  # a GIF counts in hundredths of a second: 8 of them
LONGEST = 480
_PICTURES_AHEAD = 8


def gif_canvas(canvas: Canvas) -> Canvas:
    """Return the canvas that a GIF is made in: small, because every picture is kept whole."""
    return replace(scaled(canvas, LONGEST, LONGEST), fps=min(canvas.fps, _RATE))


def add_gif(
    container: OutputContainer, timeline: Timeline, canvas: Canvas
) -> tuple[VideoStream, Iterator[Packet[Any]]]:
    """Add the stream and return it with its packets; the pictures are composed twice."""
    target = container.add_stream("gif", rate=canvas.fps)
    target.width, target.height = canvas.size
    target.pix_fmt = "pal8"
    target.time_base = 1 / canvas.fps
    return target, _packets(target, timeline, canvas)


def _frames(timeline: Timeline, canvas: Canvas) -> Iterator[VideoFrame]:
    count = frame_number(timeline.length, canvas.fps)
    times = (number / canvas.fps for number in range(count))
    for number, frame in enumerate(
        ahead(Composer(timeline, canvas).frames(times), _PICTURES_AHEAD)
    ):
        frame.pts, frame.time_base = number, 1 / canvas.fps
        yield frame


def _source(graph: Graph, canvas: Canvas, kind: str, size: tuple[int, int]) -> Any:
    rate = canvas.fps
    return graph.add(
        "buffer",
        f"video_size={size[0]}x{size[1]}:pix_fmt={kind}"
        f":time_base={rate.denominator}/{rate.numerator}:pixel_aspect=1/1"
        f":frame_rate={rate.numerator}/{rate.denominator}",
    )


def _palette(timeline: Timeline, canvas: Canvas) -> VideoFrame:
    graph = Graph()
    source = _source(graph, canvas, "yuv420p", canvas.size)
    chooser = graph.add("palettegen", "stats_mode=full")
    sink = graph.add("buffersink")
    graph.link_nodes(source, graph.add("format", "rgb32"), chooser, sink).configure()
    for frame in _frames(timeline, canvas):
        source.push(frame)
    source.push(None)
    return cast("VideoFrame", sink.pull())


def _packets(target: VideoStream, timeline: Timeline, canvas: Canvas) -> Iterator[Packet[Any]]:
    palette = _palette(timeline, canvas)
    graph = Graph()
    source = _source(graph, canvas, "yuv420p", canvas.size)
    colours = _source(graph, canvas, palette.format.name, (palette.width, palette.height))
    painter = graph.add("paletteuse", "dither=bayer:bayer_scale=4:diff_mode=rectangle")
    sink = graph.add("buffersink")
    source.link_to(painter, 0, 0)
    colours.link_to(painter, 0, 1)
    painter.link_to(sink)
    graph.configure()
    palette.pts, palette.time_base = 0, 1 / canvas.fps
    colours.push(palette)
    colours.push(None)
    for frame in _frames(timeline, canvas):
        source.push(frame)
        painted = cast("VideoFrame", sink.pull())
        painted.pict_type = 0
        yield from target.encode(painted)
    yield from target.encode(None)
