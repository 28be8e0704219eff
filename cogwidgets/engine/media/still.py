"""The still job: one frame of a video or an image as a JPEG."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

import av
from av.filter import Graph

from cogwidgets.engine.media.containers import open_media
from cogwidgets.engine.media.errors import MediaError, reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.video.frame import VideoFrame

__all__ = ["StillJob", "StillResult", "still"]

_TURNS = {90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}


class StillJob(TypedDict):
    """Name the file, the time in ms, and the folder for the picture."""

    source: str
    at: int
    folder: str


class StillResult(TypedDict):
    """Give the size of the picture."""

    width: int
    height: int


def still(job: StillJob, progress: Callable[[float], None]) -> StillResult:
    """Write the frame that is shown at a time to `folder`/thumbnail.jpg, upright.

    Raises `MediaError`: "unreadable", "disk_full", "not_writable".
    """
    source = Path(job["source"])
    with open_media(source) as container, reading(source):
        if not container.streams.video:
            raise MediaError("unreadable", f"{source.name} has no picture; choose a video.")
        stream = container.streams.video[0]
        if stream.time_base is None:
            raise MediaError("unreadable", f"{source.name} has no times; export it again.")
        start = stream.start_time or 0
        wanted = start + round(job["at"] / 1000 / stream.time_base)
        if job["at"]:
            container.seek(wanted, stream=stream)
        shown: VideoFrame | None = None
        for frame in container.decode(stream):
            if shown is not None and frame.pts is not None and frame.pts > wanted:
                break
            shown = frame
    if shown is None:
        raise MediaError(
            "unreadable", f"No frame of {source.name} can be decoded; export it again."
        )
    upright = _turned(shown)
    picture = upright.reformat(format="yuvj420p")
    coder = av.CodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.pix_fmt = picture.width, picture.height, "yuvj420p"
    coder.time_base = picture.time_base = Fraction(1, 25)
    picture.pts = 0
    packets = [*coder.encode(picture), *coder.encode(None)]
    path = Path(job["folder"]) / "thumbnail.jpg"
    with writing(path):
        path.write_bytes(b"".join(bytes(packet) for packet in packets))
    progress(1.0)
    return {"width": picture.width, "height": picture.height}


def _turned(frame: VideoFrame) -> VideoFrame:
    """Turn a frame as its recording says: FFmpeg's decoders leave that to the reader."""
    turn = _TURNS.get(-frame.rotation % 360)
    if turn is None:
        return frame
    graph = Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    for name in turn.split(","):
        kind, _, options = name.partition("=")
        step = graph.add(kind, options or None)
        last.link_to(step)
        last = step
    last.link_to(graph.add("buffersink"))
    graph.configure()
    graph.push(frame)
    return cast("VideoFrame", graph.pull())
