"""Smart joining: copy the groups of pictures that no edit touches, encode the rest.

H.264 can be cut where an IDR picture begins (ITU-T H.264, 7.4.1.2.4): nothing after it refers to
anything before it. What is encoded here has parameter sets of its own, under an id that the source
does not use, and both lie in the one description of the stream (ISO/IEC 14496-15, 5.3.3.1).
"""

from __future__ import annotations

import math
from array import array
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av
from av.codec.context import Flags
from av.filter import Graph
from av.packet import Packet

from cogwidgets.engine.media.avc import checked, free_id, is_idr, merged, profile_of, with_lengths
from cogwidgets.engine.media.compose import Composer, frame_number, source_time
from cogwidgets.engine.media.containers import moving_pictures, open_media, packets
from cogwidgets.engine.media.encoder import Encoding, h264_options, set_up
from cogwidgets.engine.media.errors import reading
from cogwidgets.engine.media.facts import is_image, look_at
from cogwidgets.engine.media.geometry import turning
from cogwidgets.engine.media.graph import MICROSECONDS
from cogwidgets.engine.media.pictures import NotCopyableError, add_copy, in_order
from cogwidgets.engine.media.threads import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.container import OutputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from cogwidgets.engine.media.facts import Facts
    from cogwidgets.engine.media.geometry import Canvas
    from cogwidgets.engine.media.plan import Clip, Timeline

    # Times of an hour would be some megabytes as fractions: ticks, a tick's seconds, what is added.
    Run = tuple[Sequence[int], Fraction, Fraction]

__all__ = ["Joint", "joint", "touched"]

_LONGEST = 1500  # pictures in a group: a file with longer ones has no places to cut at
_PICTURES_AHEAD = 8
_MUXERS = {"mp4", "mov", "matroska"}


def touched(timeline: Timeline) -> list[tuple[int, int]]:
    """List the ranges, in ms, in which the picture is more than that of its segment.

    >>> from cogwidgets.engine.media.plan import Text, Timeline
    >>> touched(Timeline(9000, texts=(Text("Hi", 1000, 3000),)))
    [(1000, 4000)]
    """
    ranges = [(text.start, text.end) for text in timeline.texts]
    ranges += [(overlay.start, overlay.end) for overlay in timeline.overlays]
    for clip in timeline.clips:
        for effect in clip.effects:
            end = clip.length if effect.end is None else min(effect.end, clip.length)
            ranges.append((clip.start + effect.begin, clip.start + end))
        if clip.picture_fade_in:
            ranges.append((clip.start, clip.start + clip.picture_fade_in))
        if clip.picture_fade_out:
            ranges.append((clip.end - clip.picture_fade_out, clip.end))
        if clip.transition:
            ranges.append((clip.start, clip.start + clip.transition.length))
    return [(begin, end) for begin, end in ranges if begin < end]


def _covered(clip: Clip, ranges: list[tuple[int, int]]) -> bool:
    """Tell whether ranges leave nothing of a clip free."""
    at = clip.start
    for begin, end in sorted(ranges):
        if begin > at:
            return False
        at = max(at, end)
        if at >= clip.end:
            return True
    return False


def _copyable(clip: Clip, facts: Facts, canvas: Canvas) -> bool:
    """Tell whether a clip shows its source as it is stored."""
    moved = clip.crop or clip.rotate or clip.flip or clip.zoom != 1 or clip.motion
    as_is = clip.runs_plainly and not moved
    turned = facts.stored[::-1] if facts.turned % 180 else facts.stored
    whole = turned == canvas.size == (facts.width, facts.height)
    like_ours = facts.codec == "h264" and facts.pixels == "yuv420p" and facts.space == canvas.space
    return as_is and whole and like_ours


class Joint:
    """Join copied and encoded groups of pictures into one stream of a container.

    Raises `NotCopyableError`, at the beginning or while it works, when that cannot be done.
    """

    def __init__(
        self,
        timeline: Timeline,
        canvas: Canvas,
        container: OutputContainer,
        plain: dict[Clip, Facts],
    ) -> None:
        self._timeline, self._canvas, self._plain = timeline, canvas, plain
        self._near = 1 / (4 * canvas.fps)
        self._touched = [tuple(map(self._begin, span)) for span in touched(timeline)]
        base = next(clip for clip in timeline.clips if clip in plain)
        # What is shown turned is stored, and so encoded, as the camera held it.
        self._turn = turning(-plain[base].turned)
        self._stored = replace(canvas, width=plain[base].stored[0], height=plain[base].stored[1])
        with open_media(base.source) as source, reading(base.source):
            stream = moving_pictures(source)[0]
            try:
                description = checked(stream.codec_context.extradata or b"")
            except (ValueError, IndexError) as error:
                raise NotCopyableError("the stream's description is damaged or odd") from error
            first = next(in_order(packets(source, [stream])))
            # The decoding times run ahead of the showing times by the reordering of the source.
            self._base = stream.time_base or Fraction(1, 1000)
            self._delay = (first.pts or 0) - (first.dts or 0)
            self._id, self._profile = free_id(description), profile_of(description)
            self.stream = add_copy(container, stream)
        self._own = self._encoder().extradata or b""
        context = cast("VideoStream", self.stream).codec_context
        context.extradata = merged(description, self._own)
        self.encoded = 0  # pictures
        self.copied = 0
        self.joints: list[Fraction] = []  # where copies and new pictures meet, on the timeline

    def packets(self) -> Iterator[Packet[Any]]:
        """Yield all packets, copied or encoded, with decoding times that rise."""
        return in_order(self._packets())

    def _packets(self) -> Iterator[Packet[Any]]:
        fps = self._canvas.fps
        waiting: list[Run] = []
        at = 0
        for clip in self._timeline.clips:
            begin, end = frame_number(clip.start, fps), frame_number(clip.end, fps)
            waiting += self._ticks(at, begin)
            at = max(at, end)
            if clip not in self._plain:
                waiting += self._ticks(begin, end)
                continue
            running = False
            for group, runs, free in self._groups(clip):
                if free:
                    yield from self._encoded(waiting)
                    if not running or waiting:
                        self.joints.append((group[0].pts or 0) * self._base)
                    yield from group
                    self.copied += len(group)
                    waiting, running = [], True
                else:
                    waiting += runs
        waiting += self._ticks(at, frame_number(self._timeline.length, fps))
        yield from self._encoded(waiting)

    def _ticks(self, first: int, last: int) -> list[Run]:
        return [(range(first, last), 1 / self._canvas.fps, Fraction(0))] if first < last else []

    def _begin(self, milliseconds: int) -> Fraction:
        return frame_number(milliseconds, self._canvas.fps) / self._canvas.fps

    def _groups(self, clip: Clip) -> Iterator[tuple[list[Packet[Any]], list[Run], bool]]:
        """Yield each group of a clip: its packets, its times on the timeline, whether it is free.

        Free is a group that lies wholly inside the clip and that no edit touches.
        """
        facts = self._plain[clip]
        fps = self._canvas.fps
        begin = source_time(clip, facts, fps)
        frames = frame_number(clip.end, fps) - frame_number(clip.start, fps)
        end = begin + frames / fps
        shift = self._begin(clip.start) - begin
        for group in _idr_groups(clip.source, begin):
            # Whole numbers from here on: there are thousands of packets, and fractions are slow.
            base = group[0].time_base
            first, last = (math.ceil((time - self._near) / base) for time in (begin, end))
            times = sorted(packet.pts or 0 for packet in group)
            if times[0] >= last:
                return
            inside = [time for time in times if first <= time < last]
            if not inside:
                continue
            free = len(inside) == len(times) and not self._is_touched(
                inside[0] * base + shift, inside[-1] * base + shift
            )
            if free:
                self._place(group, round(shift / base), base)
                yield group, [], True
            else:
                yield group, [(array("q", inside), base, shift)], False

    def _is_touched(self, first: Fraction, last: Fraction) -> bool:
        return any(
            begin <= last + self._near and first + self._near < end for begin, end in self._touched
        )

    def _place(self, group: list[Packet[Any]], shift: int, base: Fraction) -> None:
        """Move packets by `shift` ticks of their clock, and make them out to the output."""
        same = base == self._base
        for packet in group:
            packet.pts = (packet.pts or 0) + shift
            packet.dts = (packet.dts or 0) + shift
            packet.stream = self.stream
            if not same:
                for name in ("pts", "dts", "duration"):
                    setattr(packet, name, round(getattr(packet, name) * base / self._base))
                packet.time_base = self._base

    def _encoder(self) -> av.VideoCodecContext:
        encoder = av.VideoCodecContext.create("libx264", "w")
        set_up(encoder, self._stored)
        encoder.framerate = self._canvas.fps
        encoder.time_base = self._base
        encoder.flags |= Flags.global_header
        encoder.options = h264_options(Encoding("libx264")) | {
            "profile": self._profile,
            "bf": "0",
            "x264-params": f"sps-id={self._id}",
        }
        encoder.open()
        return encoder

    def _encoded(self, runs: list[Run]) -> Iterator[Packet[Any]]:
        """Encode the pictures at some times, beginning with an IDR picture."""
        if not runs:
            return
        self.joints.append(next(_times(runs)))
        encoder = self._encoder()
        if encoder.extradata != self._own:
            raise NotCopyableError("the encoder describes its stream differently each time")
        frames = Composer(self._timeline, self._canvas).frames(_times(runs))
        pictures = ahead(_turned(frames, self._turn, self._canvas), _PICTURES_AHEAD)
        for time, picture in zip(_times(runs), pictures, strict=True):
            picture.pts, picture.time_base = round(time / self._base), self._base
            picture.pict_type = 0
            yield from map(self._own_packet, encoder.encode(picture))
        yield from map(self._own_packet, encoder.encode(None))
        self.encoded += sum(len(ticks) for ticks, _, _ in runs)

    def _own_packet(self, packet: Packet[Any]) -> Packet[Any]:
        made = Packet(with_lengths(bytes(packet)))
        made.pts, made.is_keyframe = packet.pts, packet.is_keyframe
        # Without reordering, pictures are shown as soon as the source's would be.
        made.dts = (packet.pts or 0) - self._delay
        made.duration = round(1 / self._canvas.fps / self._base)
        made.time_base = self._base
        made.stream = self.stream
        return made


def joint(
    timeline: Timeline, canvas: Canvas, container: OutputContainer, muxer: str
) -> Joint | None:
    """Return what joins a timeline's pictures, None when there is nothing to copy.

    Raises `NotCopyableError` when there is, but it cannot be cut.
    """
    if muxer not in _MUXERS:
        return None
    plain: dict[Clip, Facts] = {}
    ranges = touched(timeline)
    wanted: tuple[bytes, int] | None = None
    for clip in timeline.clips:
        if clip.still or is_image(clip.source):
            continue
        facts = look_at(clip.source)
        if facts is None or not _copyable(clip, facts, canvas) or _covered(clip, ranges):
            continue
        if wanted is None or (facts.description, facts.turned) == wanted:
            wanted = facts.description, facts.turned
            plain[clip] = facts
    return Joint(timeline, canvas, container, plain) if plain else None


def _times(runs: list[Run]) -> Iterator[Fraction]:
    for ticks, base, shift in runs:
        for tick in ticks:
            yield tick * base + shift


def _turned(
    frames: Iterator[VideoFrame], filters: list[str], canvas: Canvas
) -> Iterator[VideoFrame]:
    """Send pictures of the canvas through filters that turn them."""
    if not filters:
        yield from frames
        return
    graph = Graph()
    size = f"video_size={canvas.width}x{canvas.height}"
    nodes = [graph.add("buffer", f"{size}:pix_fmt=yuv420p:time_base=1/{MICROSECONDS}")]
    for each in filters:
        name, _, options = each.partition("=")
        nodes.append(graph.add(name, options or None))
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    for frame in frames:
        graph.vpush(frame)
        yield graph.vpull()


def _idr_groups(path: Path, begin: Fraction) -> Iterator[list[Packet[Any]]]:
    """Yield the groups of pictures of a file, each from an IDR picture to the next."""
    with open_media(path) as source, reading(path):
        stream = moving_pictures(source)[0]
        if begin > 0:
            source.seek(int(begin / (stream.time_base or 1)), stream=stream)
        group: list[Packet[Any]] = []
        for packet in in_order(packets(source, [stream])):
            if packet.is_discard:
                raise NotCopyableError("the picture was cut inside a group of pictures")
            if packet.is_keyframe and is_idr(bytes(packet)):
                if group:
                    yield group
                group = []
            elif not group:
                raise NotCopyableError("the pictures do not begin with one that stands alone")
            group.append(packet)
            if len(group) > _LONGEST:
                raise NotCopyableError("the groups of pictures are too long")
        if group:
            yield group
