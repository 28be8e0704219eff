"""Encoders of pictures: which codec and how good, for each output format."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from cogwidgets.engine.media.threads import ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import av
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from cogwidgets.engine.media.geometry import Canvas

__all__ = ["PREVIEW", "QUALITIES", "Encoding", "add_pictures", "encode_pictures", "h264_options"]

PREVIEW = "preview"
QUALITIES = ("high", "medium", "low", PREVIEW)

# Constant rate factors; every six of x264's halve the bits.
_H264 = {"high": "18", "medium": "23", "low": "28", PREVIEW: "30"}
_VP9 = {"high": "31", "medium": "37", "low": "44", PREVIEW: "48"}
_PICTURES_AHEAD = 8


@dataclass(frozen=True)
class Encoding:
    """Say how pictures are encoded; `bit_rate`, in bits a second, takes the place of `quality`."""

    codec: str
    quality: str = "high"
    bit_rate: int | None = None


def h264_options(encoding: Encoding) -> dict[str, str]:
    """Return x264's options: veryfast is where time and size are in balance on two cores.

    >>> h264_options(Encoding("libx264", "medium"))
    {'preset': 'veryfast', 'crf': '23', 'profile': 'high'}
    """
    preset = "ultrafast" if encoding.quality == PREVIEW else "veryfast"
    options = {"preset": preset, "crf": _H264[encoding.quality], "profile": "high"}
    if encoding.bit_rate:
        # The buffer of a second keeps the rate even, so that the size can be foretold.
        del options["crf"]
        options |= {
            "b": str(encoding.bit_rate),
            "maxrate": str(encoding.bit_rate),
            "bufsize": str(encoding.bit_rate),
        }
    return options


def _vp9_options(encoding: Encoding) -> dict[str, str]:
    options = {"deadline": "realtime", "cpu-used": "6", "row-mt": "1", "b": "0"}
    if encoding.bit_rate:
        return options | {"b": str(encoding.bit_rate), "maxrate": str(encoding.bit_rate)}
    return options | {"crf": _VP9[encoding.quality]}


def add_pictures(container: OutputContainer, canvas: Canvas, encoding: Encoding) -> VideoStream:
    """Add a stream of the canvas' size and rate."""
    options = h264_options(encoding) if encoding.codec == "libx264" else _vp9_options(encoding)
    stream = cast(
        "VideoStream", container.add_stream(encoding.codec, rate=canvas.fps, options=options)
    )
    set_up(stream.codec_context, canvas)
    stream.time_base = 1 / canvas.fps
    return stream


def set_up(context: av.VideoCodecContext, canvas: Canvas) -> None:
    """Tell an encoder the canvas."""
    context.width, context.height = canvas.size
    context.pix_fmt = "yuv420p"
    context.time_base = 1 / canvas.fps
    context.sample_aspect_ratio = Fraction(1)
    matrix, spread, primaries, transfer = canvas.space
    context.colorspace, context.color_range = matrix, spread
    context.color_primaries, context.color_trc = primaries, transfer
    # By default PyAV has slices encoded side by side, which costs quality.
    context.thread_type = "FRAME"


def encode_pictures(
    target: VideoStream, frames: Iterable[VideoFrame], fps: Fraction
) -> Iterator[Packet[Any]]:
    """Encode pictures that follow each other at `fps`; they are composed in a thread of its own."""
    for number, frame in enumerate(ahead(frames, _PICTURES_AHEAD)):
        frame.pts, frame.time_base = number, 1 / fps
        frame.pict_type = 0
        yield from target.encode(frame)
    yield from target.encode(None)
