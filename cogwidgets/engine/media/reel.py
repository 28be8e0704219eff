"""The pictures of a source, by time: video, GIF, animated WebP, or a still, forwards or back."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

import av
from av.video.frame import VideoFrame

from cogwidgets.engine.media.containers import moving_pictures, open_media
from cogwidgets.engine.media.errors import MediaError, reading
from cogwidgets.engine.media.facts import (
    animation_ends,
    decoded,
    is_image,
    look_at,
    opened_image,
    upright,
)
from cogwidgets.engine.media.motion import REACH, Moving, zoom_at

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

    from cogwidgets.engine.media.plan import Clip

__all__ = ["Reel", "open_reel", "picture_of", "round_length"]

# Containers round times to milliseconds; the next picture is far later.
_ROUNDING = 0.004  # s
_BACKWARDS = 48  # pictures held at once when time runs back: 150 MB of 1080p


class Reel(Protocol):
    """Give the picture that shows at a time of the source, for times that rise."""

    def at(self, time: float) -> VideoFrame:
        """Return the picture at `time` seconds: the last one that has begun."""

    def close(self) -> None:
        """Close the file."""


def open_reel(clip: Clip, begin: float, size: tuple[int, int]) -> Reel:
    """Open the source of a clip so that it can be asked for times from `begin` seconds on.

    `size` is the largest in which a still is needed.
    """
    if is_image(clip.source):
        with opened_image(clip.source) as image:
            if getattr(image, "n_frames", 1) > 1:
                return _Animation(clip.source, loop=clip.loop)
            return _Still(upright(image), clip, size)
    reel: Reel
    if clip.reverse:
        reel = _Backwards(clip.source)
    else:
        reel = _Looped(clip.source, begin) if clip.loop else _Film(clip.source, begin)
    if not clip.motion:
        return reel
    ahead = clip.length * clip.speed / 1000 if clip.reverse else 0.0
    return Moving(reel, clip, clip.source_start / 1000 + ahead)


class _Film:
    """Decode a file of moving pictures forwards."""

    def __init__(self, path: Path, begin: float) -> None:
        self._path = path
        self._container = open_media(path)
        self._stream = moving_pictures(self._container)[0]
        self._stream.thread_type = "AUTO"
        self._seek(begin)

    def _seek(self, begin: float) -> None:
        base = self._stream.time_base or Fraction(1, 1000)
        if begin > 1:
            try:
                self._container.seek(int(begin / base), stream=self._stream)
            except av.FFmpegError:
                self._container.seek(0)
        self._frames = decoded(self._container, self._stream)
        with reading(self._path):
            current = next(self._frames, None)
            if current is None and begin > 1:
                # Beyond the end, or a file that cannot be sought in: its last picture stays.
                self._container.seek(0)
                self._frames = decoded(self._container, self._stream)
                current = next(self._frames, None)
        if current is None:
            raise MediaError(
                "unreadable",
                f"The pictures of {self._path.name} cannot be decoded; export it again.",
            )
        self._current = current
        self._next = next(self._frames, None)

    def at(self, time: float) -> VideoFrame:
        with reading(self._path):
            while self._next is not None and self._next[0] <= time + _ROUNDING:
                self._current, self._next = self._next, next(self._frames, None)
        return self._current[1]

    def close(self) -> None:
        self._frames.close()  # type: ignore[attr-defined]
        self._container.close()

    def following(self) -> float | None:
        """Return the time of the picture after the current one, None at the end."""
        return None if self._next is None else self._next[0]


def round_length(path: Path) -> float:
    """Return after how many seconds a source that loops begins anew: when its pictures end."""
    with open_media(path) as container:
        stream: av.VideoStream | None = next(iter(moving_pictures(container)), None)
        declared = stream and stream.duration and float(stream.duration * (stream.time_base or 1))
        return max(0.1, declared or (container.duration or av.time_base) / av.time_base)


class _Looped:
    """Play a file again and again."""

    def __init__(self, path: Path, begin: float) -> None:
        self._path = path
        self._length = round_length(path)
        self._round = int(begin // self._length)
        self._film = _Film(path, begin % self._length)

    def at(self, time: float) -> VideoFrame:
        number = int((time + _ROUNDING) // self._length)
        if number != self._round:
            self._film.close()
            self._film, self._round = _Film(self._path, 0.0), number
        return self._film.at(time - number * self._length)

    def close(self) -> None:
        self._film.close()


class _Backwards:
    """Give pictures at times that fall, some dozens at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        facts = look_at(path)
        self._span = _BACKWARDS / float((facts and facts.fps) or 30)
        self._held: list[tuple[float, VideoFrame]] = []

    def at(self, time: float) -> VideoFrame:
        if not self._held or self._held[0][0] > time + _ROUNDING:
            self._hold(time)
        return next(
            (frame for begin, frame in reversed(self._held) if begin <= time + _ROUNDING),
            self._held[0][1],
        )

    def _hold(self, time: float) -> None:
        begin = max(0.0, time - self._span)
        film = _Film(self._path, begin)
        try:
            self._held = [(begin, film.at(begin))]
            while (after := film.following()) is not None and after <= time + _ROUNDING:
                self._held.append((after, film.at(after)))
                del self._held[: -2 * _BACKWARDS]
        finally:
            film.close()

    def close(self) -> None:
        self._held = []


class _Still:
    """Show one picture, at rest or with a slow zoom over the clip."""

    def __init__(self, image: Image, clip: Clip, size: tuple[int, int]) -> None:
        reach = 1 + REACH if clip.motion else 1.0
        scale = min(1.0, max(size[0] * reach / image.width, size[1] * reach / image.height))
        shape = (max(2, round(image.width * scale)), max(2, round(image.height * scale)))
        self._image = image.resize(shape) if scale < 1 else image.copy()
        self._clip = clip
        self._frame = picture_of(self._image)

    def at(self, time: float) -> VideoFrame:
        zoom = zoom_at(self._clip, time)
        if zoom <= 1:
            return self._frame
        width, height = self._image.size
        left, top = width * (1 - 1 / zoom) / 2, height * (1 - 1 / zoom) / 2
        box = (left, top, width - left, height - top)
        from PIL.Image import Resampling

        return picture_of(self._image.resize((width, height), Resampling.BILINEAR, box))

    def close(self) -> None:
        self._image.close()


class _Animation:
    """Play an animated WebP, which FFmpeg does not decode."""

    def __init__(self, path: Path, *, loop: bool) -> None:
        self._image = opened_image(path)
        self._loop = loop
        self._ends = animation_ends(self._image, path)
        self._shown = -1
        self._frame: VideoFrame | None = None

    def at(self, time: float) -> VideoFrame:
        time += _ROUNDING
        if self._loop:
            time %= self._ends[-1]
        number = next((i for i, end in enumerate(self._ends) if time < end), len(self._ends) - 1)
        if number != self._shown or self._frame is None:
            self._image.seek(number)
            self._frame, self._shown = picture_of(self._image), number
        return self._frame

    def close(self) -> None:
        self._image.close()


def picture_of(image: Image) -> VideoFrame:
    """Return an image as a frame, with alpha if it has any."""
    import numpy as np

    alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    plain = image.convert("RGBA" if alpha else "RGB")
    kind = "rgba" if alpha else "rgb24"
    pixels = np.frombuffer(plain.tobytes(), np.uint8)
    return VideoFrame.from_ndarray(pixels.reshape(plain.height, plain.width, -1), format=kind)
