"""Check a written file before it gets its name."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av
from av.stream import Disposition

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["Defect", "Written", "check"]

# Containers round times: Matroska to milliseconds.
_ROUNDING = 0.002  # s
_MOST_JOINTS = 16  # a place takes some ms
_INDEXED = {"mp4", "mov"}
_NEVER = 2**62


class Defect(Exception):
    """Say what is wrong with a file that was just written."""


@dataclass
class Written:
    """Count what went into one stream: packets, bytes, and from when to when.

    Times are in ticks of `base` seconds, which is 0 before the first packet.
    """

    kind: str
    copied: bool
    base: float = 0.0
    packets: int = 0
    size: int = 0
    first: int = _NEVER  # the earliest time at which something shows, or is heard
    last: int = -_NEVER  # and when the last of it ends
    longest: int = 0
    began: int | None = None  # the first decoding time
    decoded: int = -_NEVER  # and the last
    joints: list[float] = field(default_factory=list)  # s, where copies and new pictures meet

    @property
    def end(self) -> float:
        """When the stream ends, in seconds."""
        return self.last * self.base if self.packets else 0.0

    def span(self, *, decoding: bool = False) -> float:
        """Return its length in seconds, or the time from its first to its last decoding."""
        if not decoding:
            return max(0, self.last - self.first) * self.base
        return 0.0 if self.began is None else (self.decoded - self.began) * self.base

    def add(self, packet: Packet[Stream]) -> None:
        """Count a packet; all of a stream have one time base."""
        # There are hundreds of thousands: whole numbers, and no calls that need not be.
        if not self.base:
            self.base = float(packet.time_base)
        self.packets += 1
        self.size += packet.size
        pts, dts, duration = packet.pts, packet.dts, packet.duration or 0
        if pts is not None:
            self.first = min(self.first, pts)
            self.last = max(self.last, pts + duration)
            self.longest = max(self.longest, duration)
        if dts is not None:
            self.decoded = dts
            if self.began is None:
                self.began = dts


def check(path: Path, muxer: str, written: list[Written]) -> None:
    """Open a file again and compare it with what was written into it.

    Every stream is there, decoding times rise, no packet is missing or lies beyond the end of the
    file, copied pictures have all their bytes, lengths are right within a frame, and what begins,
    stands in the middle, towards the end, and where copies meet new pictures decodes. Raises
    `Defect` when not.
    """
    # The name ends in .part, so the format has to be said.
    demuxer = {"ipod": "mp4", "webm": "matroska"}.get(muxer, muxer)
    with av.open(f"file:{path}", "r", format=demuxer) as container:
        streams = [s for s in container.streams if s.type in {"video", "audio"}]
        expected = [w for w in written if w.kind in {"video", "audio"}]
        if [s.type for s in streams] != [w.kind for w in expected]:
            raise Defect(f"it has the streams {[s.type for s in streams]}")
        # An MP4 tells all of this in its index; others have to be read.
        indexed = demuxer in _INDEXED
        found = (
            [_listed(container, stream) for stream in streams]
            if indexed
            else _read(container, streams)
        )
        for stream, is_there, want in zip(streams, found, expected, strict=True):
            # Cover art is no track of an MP4, so no index lists it: it has to decode.
            if not (indexed and Disposition.attached_pic in stream.disposition):
                _compare(stream, is_there, want, indexed=indexed)
        for stream, want in zip(streams, expected, strict=True):
            _decode_places(container, stream, want.joints[:_MOST_JOINTS])


def _listed(container: InputContainer, stream: Stream) -> Written:
    """Count what a stream's index lists."""
    found = Written(stream.type, copied=False, base=float(stream.time_base or 0))
    end, last = container.size, -_NEVER
    for entry in stream.index_entries:
        time, size = entry.timestamp, entry.size
        if time <= last:
            raise Defect(f"decoding times of stream {stream.index} go back")
        if entry.pos + size > end:
            raise Defect(f"stream {stream.index} goes on beyond the end of the file")
        last = time
        if found.began is None:
            found.began = time
        found.packets += 1
        found.size += size
    found.decoded = last
    return found


def _read(container: InputContainer, streams: list[Stream]) -> list[Written]:
    found = {
        stream.index: Written(stream.type, copied=False, base=float(stream.time_base or 0))
        for stream in streams
    }
    for packet in container.demux(*streams):
        if not packet.size:
            continue
        counted, dts = found[packet.stream_index], packet.dts
        if dts is not None and dts <= counted.decoded:
            raise Defect(f"decoding times of stream {packet.stream_index} go back")
        counted.add(packet)
    return list(found.values())


def _compare(stream: Stream, found: Written, want: Written, *, indexed: bool) -> None:
    if want.copied and (found.packets, found.size) != (want.packets, want.size):
        # MP3 and AAC are cut into packets anew by their parsers; pictures are not.
        if want.kind == "video":
            raise Defect(
                f"stream {stream.index} has {found.packets} packets of {want.packets}, "
                f"{found.size} bytes of {want.size}"
            )
    elif want.packets and not found.packets:
        raise Defect(f"stream {stream.index} is empty")
    if want.packets:
        slack = max(want.longest * want.base, found.longest * found.base) + _ROUNDING
        # An index knows decoding times alone, and other files do not have them all.
        missing = want.span(decoding=indexed) - found.span(decoding=indexed)
        if abs(missing) > slack:
            raise Defect(f"stream {stream.index} misses {missing:.3f} s")


def _decode_places(container: InputContainer, stream: Stream, joints: list[float]) -> None:
    """Decode one frame at the beginning, in the middle, towards the end and at each joint."""
    length = container.duration or 0
    places = [round(share * length) for share in (0.0, 0.5, 0.9)]
    # Rounded up: a seek goes to the last picture before its time that stands alone.
    places += [math.ceil(joint * av.time_base) for joint in joints]
    for place in dict.fromkeys(places):
        try:
            container.seek(place)
            frame = next((f for p in container.demux(stream) for f in p.decode()), None)
        except av.FFmpegError as error:
            raise Defect(f"stream {stream.index} does not decode ({error})") from error
        if frame is None and not place:
            raise Defect(f"stream {stream.index} does not decode")
