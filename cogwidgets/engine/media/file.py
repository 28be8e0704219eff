"""Write one file: its streams of pictures, sound and the rest, muxed and then checked."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
from av.video.stream import VideoStream

from cogwidgets.engine.media.check import Defect, Written, check
from cogwidgets.engine.media.compose import Composer, frame_number
from cogwidgets.engine.media.containers import described, forget, moving_pictures
from cogwidgets.engine.media.encoder import Encoding, add_pictures, encode_pictures
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.gif import add_gif
from cogwidgets.engine.media.pictures import NotCopyableError, add_copy, copied, tags
from cogwidgets.engine.media.seams import seamless
from cogwidgets.engine.media.smart import joint
from cogwidgets.engine.media.tracks import Lane, sound_lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    from cogwidgets.engine.media.containers import Format
    from cogwidgets.engine.media.geometry import Canvas
    from cogwidgets.engine.media.plan import Clip, Timeline
    from cogwidgets.engine.media.smart import Joint

__all__ = ["Made", "Request", "write_file"]

_STEP = 0.001  # of the whole, between two reports of progress
_KINDS = {"video": "cover art", "subtitle": "subtitles", "attachment": "attachments"}


@dataclass(frozen=True)
class Request:
    """Say what to write: `canvas` is None without pictures.

    `whole` says that the timeline is one source as it is; `copying` and `others` whether pictures,
    and subtitles and the like, may be copied from it.
    """

    timeline: Timeline
    form: Format
    canvas: Canvas | None
    encoding: Encoding
    whole: bool
    copying: bool = True
    others: bool = True
    sound_rate: int | None = None


@dataclass(frozen=True)
class Made:
    """Describe what was written: seconds, pixels, LUFS."""

    duration: float
    size: tuple[int, int] | tuple[None, None]
    copied: bool
    encoded: float
    loudness: float
    notes: list[str]


def write_file(request: Request, part: Path, progress: Callable[[float], None]) -> Made:
    """Write a file and read it back.

    Raises `Defect` when it is damaged, `NotCopyableError` when what was to be copied cannot be, and
    `MediaError` when a source cannot be read or there is nothing to write.
    """
    timeline, form = request.timeline, request.form
    options = dict(form.options)
    with av.open(f"file:{part}", "w", format=form.muxer, options=options) as container:
        pictures, smart = _picture_lanes(request, container)
        sounds, mixes, lost = sound_lanes(
            timeline,
            form,
            container,
            whole=request.whole,
            copy=request.others and (request.copying or request.whole) and not request.sound_rate,
            most=request.sound_rate,
        )
        more: list[Lane] = []
        if primary := _primary(timeline):
            source = described(primary.source)
            container.metadata.update(tags(source.metadata))
            if request.whole:
                more, left = _other_lanes(primary, form, container, source, copy=request.others)
                lost += left
                if form.picture and (chapters := source.chapters()):
                    container.set_chapters(chapters)
        forget()
        if not (pictures or sounds):
            raise MediaError("no_audio", "There is no sound to make such a file of.")
        written = _write(container, [*pictures, *sounds, *more], timeline.length / 1000, progress)
    if smart:
        written[0].joints = [float(joint) for joint in smart.joints]
    check(part, form.muxer, written)
    copies = [stream for stream in written if stream.kind == "video" and stream.copied]
    size = next(
        ((lane.stream.width, lane.stream.height) for lane in pictures
         if isinstance(lane.stream, VideoStream)), (None, None),
    )  # fmt: skip
    names = ", ".join(dict.fromkeys(lost))
    encoded = 0.0
    if pictures and not copies:
        encoded = timeline.length / 1000
    elif smart and request.canvas:
        encoded = float(smart.encoded / request.canvas.fps)
    return Made(
        duration=max(stream.end for stream in written),
        size=size,
        copied=bool(copies) and (smart is None or smart.copied > 0),
        encoded=encoded,
        loudness=mixes[0].loudness if mixes else float("-inf"),
        notes=[f"Left out, because such a file cannot hold it: {names}."] if names else [],
    )


def _primary(timeline: Timeline) -> Clip | None:
    """Return the first segment when all of the timeline comes from its source."""
    clips = timeline.clips or timeline.sounds
    return clips[0] if len({clip.source for clip in clips}) == 1 and not clips[0].still else None


def _picture_lanes(request: Request, container: OutputContainer) -> tuple[list[Lane], Joint | None]:
    """Return the lanes of pictures: copied whole, joined from copies and new ones, or new."""
    canvas, timeline = request.canvas, seamless(request.timeline)
    if canvas is None:
        return [], None
    if request.form.picture == "gif":
        return [Lane(*add_gif(container, timeline, canvas), copied=False)], None
    if request.copying and request.whole:
        return _copies(timeline.clips[0].source, container), None
    if request.copying:
        smart = joint(timeline, canvas, container, request.form.muxer)
        if smart:
            return [Lane(smart.stream, smart.packets(), copied=True)], smart
    target = add_pictures(container, canvas, request.encoding)
    count = frame_number(timeline.length, canvas.fps)
    frames = Composer(timeline, canvas).frames(number / canvas.fps for number in range(count))
    return [Lane(target, encode_pictures(target, frames, canvas.fps), copied=False)], None


def _copies(path: Path, container: OutputContainer) -> list[Lane]:
    lanes: list[Lane] = []
    for stream in moving_pictures(described(path)):
        try:
            target = add_copy(container, stream)
        except (ValueError, av.FFmpegError) as error:
            raise NotCopyableError("the container cannot hold this codec") from error
        lanes.append(Lane(target, copied(path, stream.index, target), copied=True))
    return lanes


def _other_lanes(
    clip: Clip, form: Format, container: OutputContainer, source: InputContainer, *, copy: bool
) -> tuple[list[Lane], list[str]]:
    """Copy subtitles, cover art and attachments; name what had to stay behind."""
    lanes: list[Lane] = []
    lost: list[str] = []
    moving = moving_pictures(source)
    for stream in source.streams:
        if stream.type == "audio" or stream in moving or _rebuilt(stream, source):
            continue
        # Of streams without a codec only Matroska's attachments have a place to go.
        bare = stream.codec_context is None
        if copy and (not bare or (stream.type == "attachment" and form.muxer == "matroska")):
            try:
                target = add_copy(container, stream)
            except (ValueError, av.FFmpegError):
                pass  # the container cannot hold this kind
            else:
                packets = copied(clip.source, stream.index, target)
                lanes.append(Lane(target, packets, copied=True))
                continue
        lost.append(_KINDS.get(stream.type, "a data track"))
    return lanes, lost


def _rebuilt(stream: Stream, source: InputContainer) -> bool:
    """Tell whether a data stream is made anew from what describes the others."""
    timecode = stream.type == "data" and "timecode" in stream.metadata
    chapters = stream.type == "data" and bool(source.chapters()) and stream.name == "bin_data"
    return timecode or chapters


def _write(
    container: OutputContainer, lanes: list[Lane], length: float, progress: Callable[[float], None]
) -> list[Written]:
    """Mux the packets of all lanes in the order of their decoding times."""
    written = {lane.stream.index: Written(lane.stream.type, lane.copied) for lane in lanes}
    try:
        # The header first: it opens the encoders.
        container.start_encoding()
        timed = [_timed(lane, written[lane.stream.index]) for lane in lanes]
        reported = 0.0
        for time, _, packet in heapq.merge(*timed):
            container.mux_one(packet)
            if time >= reported:
                progress(time / max(length, 1e-3))
                reported = time + length * _STEP
        container.close()
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise Defect(str(error)) from error
    return list(written.values())


def _timed(lane: Lane, written: Written) -> Iterator[tuple[float, int, Packet[Stream]]]:
    """Yield a lane's packets behind their decoding times, in seconds, and count them."""
    for packet in lane.packets:
        written.add(packet)
        yield (packet.dts or 0) * written.base, lane.stream.index, packet
