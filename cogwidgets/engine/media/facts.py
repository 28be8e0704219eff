"""What a source is, looked at once: the size, pace and colours of its picture, its sound tracks."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, cast

import av

from cogwidgets.engine.media.containers import described, moving_pictures, open_media, packets
from cogwidgets.engine.media.errors import MediaError, reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.video.frame import VideoFrame
    from PIL.Image import Image

    from cogwidgets.engine.media.plan import Clip

__all__ = [
    "Facts",
    "animation_ends",
    "decoded",
    "is_image",
    "look_at",
    "opened_image",
    "tracks_of",
    "upright",
]

_FASTEST = 120  # pictures a second that a camera may take
_PILLOW = {"jpg", "jpeg", "png", "webp"}


@dataclass(frozen=True)
class Facts:
    """Describe a source's picture as shown: rotated, in square pixels.

    `stored` is its size before that; `codec` is empty for pictures that Pillow reads; `pixels` is
    FFmpeg's name of their format; `description` is what the container says
    of the codec's parameters.
    """

    width: int
    height: int
    stored: tuple[int, int]
    fps: Fraction | None
    turned: int  # degrees clockwise from stored to shown
    alpha: bool
    codec: str
    pixels: str
    space: tuple[int, int, int, int]  # matrix, range, primaries, transfer, as FFmpeg numbers them
    description: bytes = b""


def is_image(path: Path) -> bool:
    """Tell whether Pillow reads a file: a still, or an animated WebP."""
    return path.suffix.lower().lstrip(".") in _PILLOW or _magic(path)


def _magic(path: Path) -> bool:
    with reading(path), path.open("rb") as file:
        head = file.read(12)
    webp = head[:4] == b"RIFF" and head[8:] == b"WEBP"
    return webp or head.startswith((b"\x89PNG", b"\xff\xd8\xff"))


def look_at(path: Path) -> Facts | None:
    """Describe the picture of a source after decoding its first frame; None when it has none."""
    with reading(path):
        state = path.stat()
    return _looked_at(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=64)
def _looked_at(path: Path, *_: int) -> Facts | None:
    if is_image(path):
        with opened_image(path) as image:
            alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
            width, height = upright(image).size
            size = (width, height)
            return Facts(width, height, size, None, 0, alpha, "", "rgb24", (0, 2, 1, 1))
    with open_media(path) as container, reading(path):
        streams = moving_pictures(container)
        if not streams:
            return None
        frame = _first(container, streams[0])
        if frame is None:
            raise MediaError(
                "unreadable", f"The pictures of {path.name} cannot be decoded; export it again."
            )
        stream = streams[0]
        turned = -frame.rotation % 360
        width = round(frame.width * (stream.sample_aspect_ratio or 1))
        shown = (frame.height, width) if turned % 180 else (width, frame.height)
        return Facts(
            *shown,
            stored=(frame.width, frame.height),
            fps=_rate(stream),
            turned=turned,
            alpha=any(part.is_alpha for part in frame.format.components),
            codec=stream.codec_context.codec.canonical_name,
            pixels=frame.format.name,
            space=(
                0 if frame.format.is_rgb else frame.colorspace,
                frame.color_range,
                frame.color_primaries,
                frame.color_trc,
            ),
            description=stream.codec_context.extradata or b"",
        )


def _rate(stream: av.VideoStream) -> Fraction | None:
    """Return frames a second: counted, or guessed where a file counts the ticks of its clock."""
    counted = stream.average_rate
    return counted if counted and counted <= _FASTEST else stream.guessed_rate or counted


def _first(container: av.container.InputContainer, stream: av.VideoStream) -> VideoFrame | None:
    found = next(decoded(container, stream), None)
    return found[1] if found else None


def decoded(
    container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[tuple[float, VideoFrame]]:
    """Decode pictures and their times in seconds, which rise, over damage.

    Times count as the file counts them (see `containers.zero`). A picture's own time is whatever
    it was last shown at.
    """
    base = stream.time_base or Fraction(1, 1000)
    last: int | None = None
    for packet in chain(packets(container, [stream]), [None]):
        try:
            frames = stream.decode(cast("av.Packet[av.VideoStream] | None", packet))
        except (av.error.InvalidDataError, av.error.EOFError):
            continue
        for frame in frames:
            if frame.pts is not None and (last is None or frame.pts > last):
                last = frame.pts
                yield float(frame.pts * base), frame


def tracks_of(clip: Clip) -> int:
    """Count the sound tracks of a clip's source."""
    with reading(clip.source):
        state = clip.source.stat()
    return 0 if clip.still else _tracks(clip.source, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=64)
def _tracks(path: Path, *_: int) -> int:
    if is_image(path):
        return 0
    return len(described(path).streams.audio)


def animation_ends(image: Image, path: Path) -> list[float]:
    """List when each picture of an animation ends, in seconds.

    Raises `MediaError` "unreadable" when a picture is damaged.
    """
    ends: list[float] = []
    end = 0.0
    with reading(path):
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            end += max(float(image.info.get("duration", 100)), 10.0) / 1000
            ends.append(end)
    return ends


def opened_image(path: Path) -> Image:
    """Open an image with Pillow; raise `MediaError` "unreadable"."""
    from PIL import Image, UnidentifiedImageError

    with reading(path):
        try:
            return Image.open(path)
        except Image.DecompressionBombError as error:
            raise MediaError(
                "too_large", f"{path.name} has too many pixels; make it smaller."
            ) from error
        except UnidentifiedImageError as error:
            raise MediaError(
                "unreadable",
                f"{path.name} cannot be read as an image: it is damaged; export it again.",
            ) from error


def upright(image: Image) -> Image:
    """Turn a photo as its camera was held."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)
