"""The still job: one frame of a video or an image as a JPEG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from cogwidgets.engine.media.containers import open_media
from cogwidgets.engine.media.errors import MediaError, reading, writing
from cogwidgets.engine.media.seen import as_seen, jpeg

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.video.frame import VideoFrame

__all__ = ["StillJob", "StillResult", "still"]


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
    """Write the frame that is shown at a time to `folder`/thumbnail.jpg, as it is to be seen.

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
    picture = as_seen(shown, stream.sample_aspect_ratio)
    path = Path(job["folder"]) / "thumbnail.jpg"
    with writing(path):
        path.write_bytes(jpeg(picture))
    progress(1.0)
    return {"width": picture.width, "height": picture.height}
