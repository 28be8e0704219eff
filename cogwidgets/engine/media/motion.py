"""Motion: a slow zoom over the length of a clip, smooth to fractions of a pixel.

FFmpeg's zoompan and scale move by whole pixels, which trembles; Pillow takes a box of fractions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from av.video.frame import VideoFrame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cogwidgets.engine.media.plan import Clip
    from cogwidgets.engine.media.reel import Reel

__all__ = ["REACH", "Moving", "zoom_at", "zoomed"]

REACH = 0.15  # how far a slow zoom goes in
_KEPT = ("color_range", "colorspace", "color_primaries", "color_trc")


def zoom_at(clip: Clip, time: float) -> float:
    """Return how large a clip's picture is ``time`` seconds of its source after its in-point.

    >>> from pathlib import Path
    >>> from cogwidgets.engine.media.plan import Clip
    >>> zoom_at(Clip(Path("a.png"), 0, 2000, motion="zoom_in"), 1.0)
    1.075
    """
    begin, whole = clip.motion_at or (0, clip.length)
    share = (begin + 1000 * time / clip.speed) / max(whole, 1)
    share = min(max(share, 0.0), 1.0)
    towards = {"zoom_in": share, "zoom_out": 1 - share}.get(clip.motion, 0.0)
    return 1 + REACH * towards


class Moving:
    """Show a reel of moving pictures with the slow zoom of its clip."""

    def __init__(self, reel: Reel, clip: Clip, begin: float) -> None:
        self._reel, self._clip, self._begin = reel, clip, begin

    def at(self, time: float) -> VideoFrame:
        """Return the picture that shows at a second of the source."""
        passed = abs(time - self._begin)  # backwards, the source's time falls
        return zoomed(self._reel.at(time), zoom_at(self._clip, passed))

    def close(self) -> None:
        """Let go of the file."""
        self._reel.close()


def zoomed(frame: VideoFrame, zoom: float) -> VideoFrame:
    """Return the middle of a picture, as large as the whole was, in the same format."""
    if zoom <= 1:
        return frame
    if len(frame.planes) != len(frame.format.components):  # packed: not a plane a component
        frame = frame.reformat(format="yuv420p")
    made = VideoFrame(frame.width, frame.height, frame.format.name)
    deep = any(component.bits > 8 for component in frame.format.components)  # noqa: PLR2004
    for plane, target in zip(frame.planes, made.planes, strict=True):
        _samples(target, deep=deep)[:] = _enlarged(_samples(plane, deep=deep), zoom)
    made.pts = frame.pts
    if frame.time_base is not None:
        made.time_base = frame.time_base
    for name in _KEPT:
        setattr(made, name, getattr(frame, name))
    return made


def _samples(plane: Any, *, deep: bool) -> NDArray[Any]:
    """Give the samples of a plane, which may be written to."""
    import numpy as np

    kind = np.dtype(np.uint16 if deep else np.uint8)
    rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: plane.height, : plane.width]


def _enlarged(samples: NDArray[Any], zoom: float) -> NDArray[Any]:
    import numpy as np
    from PIL import Image

    height, width = samples.shape
    left, top = width * (1 - 1 / zoom) / 2, height * (1 - 1 / zoom) / 2
    deep = samples.dtype != np.uint8
    picture = Image.fromarray(samples.astype(np.float32) if deep else np.ascontiguousarray(samples))
    box = (left, top, width - left, height - top)
    larger = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR, box))
    return np.rint(larger).astype(samples.dtype) if deep else larger
