"""The probe job: what a file is, and whether it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

import av

from cogwidgets.engine.media.containers import (
    MOST_PIXELS,
    SUPPORTED,
    container_name,
    moving_pictures,
    open_media,
    packets,
    zero,
)
from cogwidgets.engine.media.errors import MediaError, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.container import InputContainer
    from av.stream import Stream
    from av.video.frame import VideoFrame

__all__ = ["MOST_BYTES", "AudioTrack", "ProbeJob", "ProbeResult", "lengths", "probe"]

MOST_BYTES = 500_000_000  # contract.md "Endpoints": 500 MB at most
_IMAGES = {"jpg", "jpeg", "png", "gif", "webp"}
_UPLOADS = {*_IMAGES, "mp4", "mov", "avi", "webm", "mkv", "mp3", "wav", "m4a", "aac"}
# A file whose sound or picture ends this much before the declared end is cut off.
_MISSING = 0.5  # s


class ProbeJob(TypedDict):
    """Name the file."""

    source: str


class AudioTrack(TypedDict):
    """Describe a sound track; `index` counts from 0, `start` is in seconds."""

    index: int
    codec: str
    rate: int
    channels: int
    layout: str
    start: float
    language: str | None


class ProbeResult(TypedDict):
    """Describe a file: seconds, stored width and height, clockwise degrees to turn them by."""

    file_type: Literal["video", "image", "audio"]
    duration: float
    width: int | None
    height: int | None
    fps: float | None
    rotation: int
    container: str
    video_codec: str | None
    audio: list[AudioTrack]
    warning: NotRequired[str]


def probe(job: ProbeJob, progress: Callable[[float], None]) -> ProbeResult:  # noqa: ARG001
    """Describe a media file after decoding the beginning of each of its streams.

    Raises `MediaError`: "unreadable", "unsupported", "too_large" (contract.md "Endpoints").

    >>> probe({"source": "vlog.mp4"}, print)["file_type"]  # doctest: +SKIP
    'video'
    """
    path = Path(job["source"])
    with reading(path):
        if path.stat().st_size > MOST_BYTES:
            raise MediaError(
                "too_large",
                f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB; "
                "compress it or cut it into parts.",
            )
        animated = _is_animated_webp(path)
    if animated:
        return _animation(path)
    with open_media(path) as container:
        kind = container_name(container, path)
        if kind not in _UPLOADS:
            raise MediaError(
                "unsupported", f"{path.name} is of a type that is not taken; use {SUPPORTED}."
            )
        with reading(path):
            picture, decoded = _first_frames(container)
        if not decoded and any(
            video.codec_context is not None and not video.codec_context.width
            for video in container.streams.video
        ):
            raise MediaError(
                "unreadable",
                f"{path.name} cannot be decoded: it is damaged, or a picture of more than "
                f"{MOST_PIXELS // 1_000_000} million pixels; save it smaller.",
            )
        if not decoded:
            raise MediaError(
                "unreadable",
                f"Nothing in {path.name} can be decoded, it is damaged or cut off near its "
                "beginning; export it again.",
            )
        declared, found = lengths(container, path)
        result = _describe(container, kind, picture, found or declared)
        if declared - found > _MISSING:
            result["warning"] = (
                f"{path.name} is cut off: {found:.1f} of {declared:.1f} s are there; "
                "export or download it again to get the rest."
            )
        elif len(decoded) < len(_timed(container)):
            result["warning"] = (
                f"A track of {path.name} cannot be decoded and will be missing; export it again."
            )
        return result


def _is_animated_webp(path: Path) -> bool:
    """Tell what FFmpeg would decode into nothing (the flag of the VP8X chunk, bit 1)."""
    with path.open("rb") as file:
        head = file.read(21)
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and bool(head[20] & 2)


def _animation(path: Path) -> ProbeResult:
    """Describe an animated WebP, which Pillow reads."""
    from cogwidgets.engine.media.facts import animation_ends, opened_image

    with opened_image(path) as image:
        width, height = image.size
        ends = animation_ends(image, path)
    return {
        "file_type": "image",
        "duration": round(ends[-1], 6),
        "width": width,
        "height": height,
        "fps": round(len(ends) / ends[-1], 3),
        "rotation": 0,
        "container": "webp",
        "video_codec": "webp",
        "audio": [],
    }


def _first_frames(container: InputContainer) -> tuple[VideoFrame | None, set[int]]:
    """Decode until every stream has given a frame: the first picture, the streams that did."""
    waiting = {stream.index: stream for stream in _timed(container)}
    decoded: set[int] = set()
    picture: VideoFrame | None = None
    for packet in container.demux(*waiting.values()):
        if packet.stream_index in decoded:
            continue
        try:
            frames = packet.decode()
        except (av.error.InvalidDataError, av.error.EOFError, av.error.ArgumentError):
            continue
        if frames:
            decoded.add(packet.stream_index)
            if picture is None and packet.stream.type == "video":
                picture = frames[0]  # type: ignore[assignment]
        if decoded == waiting.keys():
            break
    return picture, decoded


def _seconds(stream: Stream, time: int | None) -> float:
    return float(time * stream.time_base) if time is not None and stream.time_base else 0.0


def lengths(container: InputContainer, path: Path) -> tuple[float, float]:
    """Return the declared length of a file and the one that is really there, in seconds."""
    declared = max(
        (container.duration or 0) / av.time_base,
        *(_seconds(stream, stream.duration) for stream in _timed(container)),
    )
    if container_name(container, path) in _IMAGES - {"gif"}:
        return declared, declared
    if "mov" in container.format.name:
        return declared, min(declared, _indexed(container))
    # Others have no index to trust. Reading on, not decoding, costs a second a gigabyte.
    end = 0.0
    with open_media(path) as anew:
        for packet in packets(anew, _timed(anew)):
            time = packet.pts if packet.pts is not None else packet.dts
            if time is not None:
                end = max(end, float((time + (packet.duration or 0)) * packet.time_base))
    found = end - zero(container)
    if container.format.name in {"avi", "wav"}:
        declared = max(declared, found * _riff_share(path))
    # Raw AAC guesses its length from the bit rate, a live recording declares none.
    guessed = container.format.name == "aac" or not container.duration
    return (found if guessed else declared), found


def _riff_share(path: Path) -> float:
    """Return how many times larger a RIFF file says it is; 1 when it does not say."""
    with path.open("rb") as file:
        stated = int.from_bytes(file.read(8)[4:], "little") + 8
    actual = path.stat().st_size
    unknown = stated <= 8 or stated >= 2**32  # noqa: PLR2004  left open by a live recording
    return 1.0 if unknown else stated / actual


def _timed(container: InputContainer) -> list[Stream]:
    return [*moving_pictures(container), *container.streams.audio]


def _indexed(container: InputContainer) -> float:
    """Return the end of what lies within the file, of all that an MP4's index lists."""
    end = float("inf")
    for stream in _timed(container):
        entries = stream.index_entries
        there = len(entries)
        while there and entries[there - 1].pos + entries[there - 1].size > container.size:
            there -= 1
        if there < len(entries):
            end = min(end, _seconds(stream, entries[there - 1].timestamp if there else 0))
    return end


def _describe(
    container: InputContainer, kind: str, picture: VideoFrame | None, duration: float
) -> ProbeResult:
    videos = moving_pictures(container)
    video = videos[0] if videos else None
    context = video.codec_context if video else None
    rate = (video.average_rate or video.guessed_rate) if video else None
    image = kind in _IMAGES
    beginning = zero(container)
    return {
        "file_type": "image" if image else "video" if video else "audio",
        "duration": 0.0 if image and kind != "gif" else round(duration, 6),
        "width": context.width if context else None,
        "height": context.height if context else None,
        "fps": round(float(rate), 3) if rate and not image else None,
        # FFmpeg turns counter-clockwise.
        "rotation": -picture.rotation % 360 if picture is not None else 0,
        "container": kind,
        "video_codec": _codec(video) if video else None,
        "audio": [
            {
                "index": index,
                "codec": _codec(stream),
                "rate": stream.codec_context.sample_rate,
                "channels": stream.codec_context.channels,
                "layout": stream.layout.name,
                "start": round(max(0.0, _seconds(stream, stream.start_time) - beginning), 6),
                "language": stream.language,
            }
            for index, stream in enumerate(container.streams.audio)
            if stream.codec_context is not None  # of a codec that nobody knows
        ],
    }


def _codec(stream: Stream) -> str:
    """Name the codec, not the decoder that reads it."""
    return stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"
