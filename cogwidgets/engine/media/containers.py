"""Open media files: which containers are read, which are written, and how they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import av

from cogwidgets.engine.media.errors import MediaError, reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

__all__ = [
    "FORMATS",
    "MOST_PIXELS",
    "SUPPORTED",
    "Format",
    "container_name",
    "described",
    "forget",
    "moving_pictures",
    "open_media",
    "packets",
    "zero",
]

MOST_PIXELS = 64_000_000  # of a picture; 8K has 33, and memory takes some bytes for each
SUPPORTED = "mp4, mov, avi, webm, mkv, jpg, png, gif, webp, mp3, wav, m4a, aac"

# FFmpeg's demuxers for the formats of contract.md "Endpoints", and what own music may come in.
# The list also keeps playlists out, which would make FFmpeg open other files and addresses.
_DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mp3,wav,aac,flac,ogg,"
    "image2,jpeg_pipe,png_pipe,gif,gif_pipe,webp_pipe,webp"
)


@dataclass(frozen=True)
class Format:
    """Describe an output format: FFmpeg's muxer, the codecs, what it can hold.

    `sound` or `picture` is empty where it holds none.
    """

    muxer: str
    sound: str
    picture: str = "libx264"
    many_tracks: bool = True
    options: tuple[tuple[str, str], ...] = ()


# Edit lists in an MP4 count in the movie's time scale: 48 kHz places sound to the sample.
_FAST_START = (("movflags", "+faststart"), ("movie_timescale", "48000"))

_DESCRIBED = 2
_described: dict[tuple[Path, int, int], InputContainer] = {}  # the last one asked for comes last

FORMATS = {
    "mp4": Format("mp4", "aac", options=_FAST_START),
    "mov": Format("mov", "aac", options=_FAST_START),
    "mkv": Format("matroska", "aac"),
    "webm": Format("webm", "libopus", "libvpx-vp9"),
    "gif": Format("gif", "", "gif", many_tracks=False),
    "m4a": Format("ipod", "aac", "", options=_FAST_START),
    "wav": Format("wav", "pcm_s16le", "", many_tracks=False),
    "mp3": Format("mp3", "libmp3lame", "", many_tracks=False),
}


def open_media(path: Path) -> InputContainer:
    """Open a media file for reading.

    Raises `MediaError`: "unreadable" when it is missing, empty, damaged or no media, "unsupported"
    when it is media of a kind that is not taken (contract.md "Endpoints").
    """
    with reading(path):
        if path.stat().st_size == 0:
            raise MediaError("unreadable", f"{path.name} is empty; copy or export it again.")
        try:
            # The prefix keeps a name such as "a:b.mp4" from being taken for a protocol.
            container = av.open(
                f"file:{path}",
                "r",
                options={"max_pixels": str(MOST_PIXELS)},  # for what looks for streams
                container_options={"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"},
                metadata_errors="replace",
            )
            for stream in container.streams.video:
                # A file of a megabyte may hold a picture that fills the memory.
                if stream.codec_context is not None:  # there is none for an unknown codec
                    stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        except av.error.ArgumentError as error:
            raise MediaError(
                "unsupported", f"{path.name} is of a type that is not taken; use {SUPPORTED}."
            ) from error
    if not container.streams.video and not container.streams.audio:
        container.close()
        raise MediaError(
            "unreadable", f"{path.name} holds neither picture nor sound; export it again."
        )
    return container


def described(path: Path) -> InputContainer:
    """Return a media file opened to be asked what it is, not to be read or closed.

    Opening takes 10 ms and a render asks half a dozen times, so the last ones stay open, until
    `forget`. Raises as `open_media` does.
    """
    with reading(path):
        state = path.stat()
    key = path, state.st_mtime_ns, state.st_size
    container = _described.pop(key, None) or open_media(path)
    if len(_described) >= _DESCRIBED:
        # Not closed, because somebody may still ask it.
        del _described[next(iter(_described))]
    _described[key] = container
    return container


def forget() -> None:
    """Close what `described` holds: the index of an hour is some megabytes."""
    # A container and its streams hold each other, so letting go of it would not close it.
    for container in _described.values():
        container.close()
    _described.clear()


def container_name(container: InputContainer, path: Path) -> str:
    """Name the container as people do: mp4, mov, m4a, mkv, webm, avi, png, ..."""
    names = container.format.name.split(",")
    if "mov" in names:
        brand = container.metadata.get("major_brand", "").strip().lower()
        return {"qt": "mov", "m4a": "m4a"}.get(brand, "mp4")
    if "matroska" in names:
        return "webm" if path.suffix.lower() == ".webm" else "mkv"
    name = names[0].removesuffix("_pipe")
    return {"jpeg": "jpg", "image2": path.suffix.lower().lstrip(".")}.get(name, name)


def moving_pictures(container: InputContainer) -> list[VideoStream]:
    """List the video streams that move: all but cover art."""
    from av.stream import Disposition

    return [
        stream
        for stream in container.streams.video
        if Disposition.attached_pic not in stream.disposition
    ]


def zero(container: InputContainer) -> float:
    """Return the timestamp, in seconds, that is the beginning of the file's timeline.

    Timestamps of a video count as they stand. A file with sound alone begins with its first
    sample: MP3 starts its clock at the encoder's delay, which is cut off.
    """
    if moving_pictures(container) or container.start_time is None:
        return 0.0
    streams: tuple[AudioStream, ...] = container.streams.audio
    starts = [
        float(stream.start_time * stream.time_base)
        for stream in streams
        if stream.start_time is not None and stream.time_base is not None
    ]
    return min(starts, default=0.0)


def packets(container: InputContainer, streams: list[Stream]) -> Iterator[Packet[Stream]]:
    """Demux the packets of some streams in file order, without the empty ones that flush.

    They end where damage begins; a packet that the end of the file cuts in two is left out.
    """
    from av.stream import Discard

    for stream in container.streams:
        stream.discard = Discard.default if stream in streams else Discard.all
    try:
        for packet in container.demux(*streams):
            if packet.size and not packet.is_corrupt:
                yield packet
    except av.error.InvalidDataError:
        return
