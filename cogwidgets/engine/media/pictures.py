"""Copy a stream into the output packet by packet."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from av.video.stream import VideoStream

from cogwidgets.engine.media.containers import open_media, packets
from cogwidgets.engine.media.errors import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["NotCopyableError", "add_copy", "copied", "in_order", "tags"]

# Tags that describe the old file rather than what is in it.
_STALE = {
    "encoder", "duration", "vendor_id", "handler_name", "major_brand", "minor_version",
    "compatible_brands", "number_of_frames", "number_of_bytes", "bps",
}  # fmt: skip
# Elsewhere an edit list hides packets that are there for decoding alone.
_WITHOUT_EDIT_LISTS = {"matroska", "webm"}
# A container without decoding times leaves them out at the start, for as many packets as pictures
# are reordered; H.264 allows 16.
_MOST_REORDERED = 16


class NotCopyableError(Exception):
    """Say that the output's container does not take the packets of the source as they are."""


def tags(metadata: dict[str, str]) -> dict[str, str]:
    """Return the tags that stay true in another file, under the names that muxers know.

    >>> tags({"name": "Commentary", "ENCODER": "x264", "language": "eng"})
    {'title': 'Commentary', 'language': 'eng'}
    """
    kept = {
        # Matroska shouts, MP4 calls a track's title its name.
        "title" if key.lower() == "name" else key.lower() if key.isupper() else key: value
        for key, value in metadata.items()
    }
    return {
        key: value for key, value in kept.items() if not key.startswith("_")
        and key.lower() not in _STALE
    }  # fmt: skip


def add_copy(container: OutputContainer, stream: Stream) -> Stream:
    """Add a stream that takes the packets of `stream` as they are, with all that describes it.

    Raises `ValueError` or `av.FFmpegError` when the container cannot hold them.
    """
    copy = container.add_stream_from_template(stream, opaque=True)
    copy.time_base = stream.time_base
    copy.disposition = stream.disposition
    copy.metadata.update(tags(stream.metadata))
    if isinstance(stream, VideoStream) and isinstance(copy, VideoStream):
        # The container's word on the pixels' shape counts, where the codec's own differs.
        copy.sample_aspect_ratio = stream.sample_aspect_ratio or Fraction(0)
        if stream.codec_context.name == "hevc" and container.format.name in {"mp4", "mov"}:
            # QuickTime plays HEVC under this tag alone.
            copy.codec_context.codec_tag = "hvc1"
    return copy


def copied(path: Path, index: int, copy: Stream) -> Iterator[Packet[Any]]:
    """Yield the packets of stream `index` of a file, made out to `copy`.

    Raises `NotCopyableError` when only an edit list keeps some pictures from being shown, and the
    output has none.
    """
    with open_media(path) as container, reading(path):
        stream = container.streams[index]
        whole = copy.container.format.name in _WITHOUT_EDIT_LISTS
        for packet in in_order(packets(container, [stream])):
            if packet.is_discard and whole:
                if stream.type == "video":
                    raise NotCopyableError("the picture was cut inside a group of pictures")
                continue
            packet.stream = copy
            yield packet


def in_order(packets: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
    """Yield packets with decoding times that rise, which muxers ask for and not all files have."""
    early: list[Packet[Any]] = []
    last: int | None = None
    for packet in packets:
        dts, pts = packet.dts, packet.pts
        if (
            dts is not None and pts is not None and pts >= dts
            and not early and (last is None or dts > last)
        ):  # fmt: skip
            # As nearly all are; there are hundreds of thousands.
            last = dts
            yield packet
            continue
        if dts is None and last is None and len(early) < _MOST_REORDERED:
            early.append(packet)
            continue
        if packet.dts is None:
            packet.dts = (last + max(packet.duration or 0, 1)) if last is not None else packet.pts
        step = max(packet.duration or 0, 1)
        for count, earlier in enumerate(early):
            earlier.dts = (packet.dts or 0) - step * (len(early) - count)
        for ready in [*early, packet]:
            dts = ready.dts or 0
            if last is not None and dts <= last:
                dts = last + 1
            ready.dts = last = dts
            if ready.pts is None or ready.pts < dts:
                ready.pts = dts
            yield ready
        early = []
    for count, packet in enumerate(early):
        # Nothing had a decoding time: there is nothing to reorder.
        packet.dts = packet.pts if packet.pts is not None else count
        yield packet
