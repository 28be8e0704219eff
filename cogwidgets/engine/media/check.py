"""Check a written file before it gets its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["Defect", "Written", "check"]

# Containers round times: Matroska to milliseconds.
_ROUNDING = 0.002  # s


class Defect(Exception):
    """Say what is wrong with a file that was just written."""


@dataclass
class Written:
    """Count what went into one stream: packets, bytes, and from when to when, in seconds."""

    kind: str
    copied: bool
    packets: int = 0
    size: int = 0
    begin: float = field(default=float("inf"))
    end: float = field(default=float("-inf"))
    step: float = 0.0
    base: float = field(default=0.0, repr=False)

    def add(self, packet: Packet[Stream]) -> None:
        """Count a packet; all of a stream have one time base."""
        # Fractions are slow, and there are thousands of packets.
        base = self.base = self.base or float(packet.time_base)
        self.packets += 1
        self.size += packet.size
        pts = packet.pts
        if pts is not None:
            time, duration = pts * base, (packet.duration or 0) * base
            self.begin = min(self.begin, time)
            self.end = max(self.end, time + duration)
            self.step = max(self.step, duration)


def check(path: Path, muxer: str, written: list[Written]) -> None:
    """Read a file back and compare it with what was written into it.

    It opens, every stream is there, decoding times rise, no packet is missing, copied streams have
    all their bytes, lengths are right within a frame, beginning, middle and end decode. Raises
    `Defect` when not.
    """
    # The name ends in .part, so the format has to be said.
    demuxer = {"ipod": "mp4", "webm": "matroska"}.get(muxer, muxer)
    with av.open(f"file:{path}", "r", format=demuxer) as container:
        streams = [s for s in container.streams if s.type in {"video", "audio"}]
        expected = [w for w in written if w.kind in {"video", "audio"}]
        if [s.type for s in streams] != [w.kind for w in expected]:
            raise Defect(f"it has the streams {[s.type for s in streams]}")
        found = _read(container, streams)
        for stream, want in zip(streams, expected, strict=True):
            _compare(stream, found[stream.index], want)
        for stream in streams:
            _decode_places(container, stream)


def _read(container: InputContainer, streams: list[Stream]) -> dict[int, Written]:
    found = {stream.index: Written(stream.type, copied=False) for stream in streams}
    last: dict[int, int] = {}
    for packet in container.demux(*streams):
        if not packet.size:
            continue
        index, dts = packet.stream_index, packet.dts
        if dts is not None:
            if dts <= last.get(index, dts - 1):
                raise Defect(f"decoding times of stream {index} go back")
            last[index] = dts
        found[index].add(packet)
    return found


def _compare(stream: Stream, found: Written, want: Written) -> None:
    if want.copied and (found.packets, found.size) != (want.packets, want.size):
        # MP3 and AAC are cut into packets anew by their parsers; pictures are not.
        if want.kind == "video":
            raise Defect(
                f"stream {stream.index} has {found.packets} packets of {want.packets}, "
                f"{found.size} bytes of {want.size}"
            )
    elif want.packets and not found.packets:
        raise Defect(f"stream {stream.index} is empty")
    if want.packets and want.end > want.begin:
        slack = max(want.step, found.step) + _ROUNDING
        missing = (want.end - want.begin) - (found.end - found.begin)
        if abs(missing) > slack:
            raise Defect(f"stream {stream.index} misses {missing:.3f} s")


def _decode_places(container: InputContainer, stream: Stream) -> None:
    """Decode one frame at the beginning, in the middle and towards the end."""
    length = container.duration or 0
    for share in (0.0, 0.5, 0.9):
        try:
            container.seek(int(share * length))
            frame = next((f for p in container.demux(stream) for f in p.decode()), None)
        except av.FFmpegError as error:
            raise Defect(f"stream {stream.index} does not decode ({error})") from error
        if frame is None and share == 0.0:
            raise Defect(f"stream {stream.index} does not decode")
