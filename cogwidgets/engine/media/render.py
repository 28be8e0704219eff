"""The render job: a draft in, a finished file out."""

from __future__ import annotations

import heapq
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import av
import numpy as np
from av.video.stream import VideoStream

from cogwidgets.engine.media.check import Defect, Written, check
from cogwidgets.engine.media.containers import FORMATS, moving_pictures, open_media
from cogwidgets.engine.media.errors import MediaError, writing
from cogwidgets.engine.media.pictures import NotCopyableError, add_copy, copied, encoded, tags
from cogwidgets.engine.media.plan import read_plan
from cogwidgets.engine.media.probe import lengths
from cogwidgets.engine.media.soundfile import RATE
from cogwidgets.engine.media.tracks import Lane, sound_lanes

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    from cogwidgets.engine.media.containers import Format
    from cogwidgets.engine.media.plan import Plan

__all__ = ["Output", "RenderJob", "RenderResult", "render"]

# A draft counts in milliseconds, and a file's tracks end some frames apart.
_CUT = 0.25  # s
_KINDS = {"video": "cover art", "subtitle": "subtitles", "attachment": "attachments"}


class Output(TypedDict):
    """Name the output's format; `quality` is always "high"."""

    format: str
    quality: NotRequired[str]


class RenderJob(TypedDict):
    """Carry a draft, where its sources lie, and where the render goes."""

    draft: dict[str, Any]
    media: dict[str, str]
    output: Output
    target: str


class RenderResult(TypedDict):
    """Describe the render: seconds, pixels as stored, bytes, LUFS; `notes` tell what was lost."""

    duration: float
    width: int | None
    height: int | None
    size: int
    copied_video: bool
    loudness: float | None
    notes: list[str]


def render(job: RenderJob, progress: Callable[[float], None]) -> RenderResult:
    """Render a draft into `target`, through `target`.part, which is checked and then renamed.

    Pictures are copied packet by packet, and encoded anew only when the output's container cannot
    hold them. Raises `MediaError`: "unreadable", "unsupported", "no_audio", "disk_full",
    "not_writable", "internal".
    """
    try:
        plan = read_plan(job["draft"], job["media"])
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise MediaError(
            "unsupported",
            "The draft is not one that this engine can read; send it as the state gives it.",
        ) from error
    target = Path(job["target"])
    form = FORMATS.get(job["output"]["format"])
    if form is None:
        raise MediaError(
            "unsupported",
            f"There is no output format {job['output']['format']!r}; use {', '.join(FORMATS)}.",
        )
    sources = [source for source in plan.sources() if source.exists()]
    if target.exists() and any(target.samefile(source) for source in sources):
        raise MediaError(
            "not_writable", f"{target.name} would overwrite its source; choose another name."
        )
    part = target.with_name(target.name + ".part")
    try:
        with writing(target):
            result = _render_somehow(plan, form, part, progress)
            part.replace(target)
    except (NotCopyableError, Defect) as error:
        raise MediaError(
            "internal", f"The render of {target.name} came out damaged ({error}); please report it."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return result


def _render_somehow(
    plan: Plan, form: Format, part: Path, progress: Callable[[float], None]
) -> RenderResult:
    """Copy what can be copied; what the muxer or the check refuses is encoded anew or left out."""
    try:
        return _render(plan, form, part, progress, pictures=True, others=True)
    except (NotCopyableError, Defect):
        pass
    try:
        return _render(plan, form, part, progress, pictures=False, others=True)
    except Defect:
        return _render(plan, form, part, progress, pictures=False, others=False)


def _render(
    plan: Plan,
    form: Format,
    part: Path,
    progress: Callable[[float], None],
    *,
    pictures: bool,
    others: bool,
) -> RenderResult:
    """Write one file and check it, copying `pictures` and `others` of the source or not."""
    with open_media(plan.clip.source) as source:
        videos = moving_pictures(source) if form.pictures else []
        length = _length(plan, source)
        if not (videos or source.streams.audio or plan.bed):
            raise MediaError(
                "no_audio", f"{plan.clip.source.name} has no sound to make such a file of."
            )
        options = dict(form.options)
        with av.open(f"file:{part}", "w", format=form.muxer, options=options) as container:
            container.metadata.update(tags(source.metadata))
            lanes = [_picture_lane(plan, container, stream, copy=pictures) for stream in videos]
            sounds, mixes = sound_lanes(plan, form, container, round(length * RATE), copy=others)
            more, notes = _other_lanes(plan, form, container, source, copy=others)
            if form.pictures and (chapters := source.chapters()):
                container.set_chapters(chapters)
            size = _size(lanes)
            written = _write(container, [*lanes, *sounds, *more], length, progress)
        check(part, form.muxer, written)
        loudness = mixes[0].loudness if mixes else float("-inf")
        return {
            "duration": round(max(stream.end for stream in written), 6),
            "width": size[0],
            "height": size[1],
            "size": part.stat().st_size,
            "copied_video": any(stream.kind == "video" and stream.copied for stream in written),
            "loudness": round(loudness, 2) if np.isfinite(loudness) else None,
            "notes": notes,
        }


def _length(plan: Plan, source: InputContainer) -> float:
    """Return the length of the timeline in seconds."""
    path = plan.clip.source
    whole = (source.duration or 0) / av.time_base
    if plan.clip.length < whole - _CUT and plan.clip.length < lengths(source, path)[1] - _CUT:
        raise MediaError(
            "unsupported", "This engine cannot render a clip that was cut yet; undo that edit."
        )
    return plan.clip.length


def _size(pictures: list[Lane]) -> tuple[int, int] | tuple[None, None]:
    """Return the width and height of the first picture stream of the output."""
    for lane in pictures:
        if isinstance(lane.stream, VideoStream):
            return lane.stream.width, lane.stream.height
    return None, None


def _picture_lane(plan: Plan, container: OutputContainer, stream: Stream, *, copy: bool) -> Lane:
    path = plan.clip.source
    if copy:
        try:
            target = add_copy(container, stream)
        except (ValueError, av.FFmpegError):
            pass  # the container cannot hold this codec
        else:
            return Lane(target, copied(path, stream.index, target), copied=True)
    return Lane(*encoded(path, stream.index, container), copied=False)


def _other_lanes(
    plan: Plan, form: Format, container: OutputContainer, source: InputContainer, *, copy: bool
) -> tuple[list[Lane], list[str]]:
    """Copy subtitles, cover art and attachments; return notes on what had to stay behind."""
    lanes: list[Lane] = []
    lost: list[str] = []
    if not form.many_tracks and len(source.streams.audio) > 1:
        lost.append("more than one sound track")
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
                packets = copied(plan.clip.source, stream.index, target)
                lanes.append(Lane(target, packets, copied=True))
                continue
        lost.append(_KINDS.get(stream.type, "a data track"))
    names = ", ".join(dict.fromkeys(lost))
    return lanes, [f"Left out, because such a file cannot hold it: {names}."] if lost else []


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

    def time(packet: Packet[Stream]) -> float:
        return (packet.dts or 0) * float(packet.time_base)

    try:
        # The header first: it opens the encoders.
        container.start_encoding()
        for packet in heapq.merge(*(lane.packets for lane in lanes), key=time):
            written[packet.stream.index].add(packet)
            container.mux_one(packet)
            progress(max(0.0, time(packet)) / max(length, 1e-3))
        container.close()
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise Defect(str(error)) from error
    return list(written.values())
