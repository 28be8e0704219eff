"""One decoded picture as it is to be seen: upright, in square pixels, in ordinary colours."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
from av.video.reformatter import ColorRange, Colorspace

from cogwidgets.engine.media.geometry import matrix_of, turning
from cogwidgets.engine.media.graph import PictureGraph, shape_of
from cogwidgets.engine.media.tonemap import HDR, tone_filters

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["as_seen", "jpeg"]

_STEPS = 118  # of an encoder's quality, in one of JPEG's from 1, the best, to 31


def as_seen(
    frame: VideoFrame, shape: Fraction | float | None = None, *, widest: int | None = None
) -> VideoFrame:
    """Return a decoded picture in R'G'B', turned as its recording says, HDR brought to BT.709.

    `shape` is that of a pixel, width by height; before it is turned the picture becomes no wider
    than `widest` pixels.
    """
    width = round(frame.width * float(shape or 1))
    factor = min(1.0, widest / width) if widest else 1.0
    width, height = (max(2, round(side * factor)) for side in (width, frame.height))
    scale = f"scale={width}:{height}:flags=bicubic"
    if frame.color_trc in HDR:
        filters = tone_filters(frame.color_trc, scale)
    elif frame.format.is_rgb:
        filters = [scale]
    else:
        matrix = matrix_of(frame.colorspace, min(frame.width, frame.height))
        filters = [f"{scale}:in_color_matrix={matrix}"]
    graph = PictureGraph()
    source = graph.source(shape_of(frame))
    graph.finish(
        graph.through(source, [*filters, "format=rgb24", *turning(-round(frame.rotation))])
    )
    return graph.run([source], [frame], 0)


def jpeg(picture: VideoFrame, quality: int = 3) -> bytes:
    """Encode a picture in R'G'B' as JFIF has it: BT.601 in full range; quality from 1 down to 31.

    >>> jpeg(av.VideoFrame(64, 48, "rgb24"))[:2].hex()
    'ffd8'
    """
    frame = picture.reformat(
        format="yuvj420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.JPEG
    )
    coder = av.VideoCodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.pix_fmt = frame.width, frame.height, "yuvj420p"
    coder.time_base = frame.time_base = Fraction(1, 25)
    coder.qscale = True
    coder.options = {"global_quality": str(quality * _STEPS)}
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])
