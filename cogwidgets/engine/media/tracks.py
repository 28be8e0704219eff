"""Bring each sound track into the output: copied as it is ready, or mixed and encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import av
import numpy as np

from cogwidgets.engine.media.containers import open_media
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.mix import Mix, Voice
from cogwidgets.engine.media.pictures import add_copy, copied, in_order, tags
from cogwidgets.engine.media.sound import SoundReader, in_blocks, placed, resample, to_stereo
from cogwidgets.engine.media.soundfile import RATE, add_sound, encode
from cogwidgets.engine.media.threads import ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    from cogwidgets.engine.media.containers import Format
    from cogwidgets.engine.media.plan import Clip, Plan
    from cogwidgets.engine.media.sound import Sound

__all__ = ["Lane", "sound_lanes"]

_PACKETS_AHEAD = 64
# Sound that may be copied from the source: what the format would be encoded to, and its like.
_KIN = {
    "aac": {"aac"},
    "libopus": {"opus", "vorbis"},
    "pcm_s16le": {"pcm_s16le"},
    "libmp3lame": {"mp3"},
}


class Lane(NamedTuple):
    """Bring packets to a stream of the output, in the order of their decoding times."""

    stream: Stream
    packets: Iterator[Packet[Any]]
    copied: bool


def sound_lanes(
    plan: Plan, form: Format, container: OutputContainer, samples: int, *, copy: bool = True
) -> tuple[list[Lane], list[Mix]]:
    """Add a stream for each sound track and return them with their packets, and the mixes made.

    A clip without sound gets one if there is music. `samples` is the length of the timeline at
    48 kHz; with `copy` false nothing is copied from the source.
    """
    with open_media(plan.clip.source) as source:
        streams = list(source.streams.audio)
        if not form.many_tracks:
            streams = streams[:1]
        stems = plan.clip.stems
        if stems is not None and len(stems) < len(streams):
            raise MediaError(
                "unreadable",
                f"{plan.clip.source.name} has {len(streams)} sound tracks, the draft the speech of "
                f"{len(stems)}; remove the music again.",
            )
        lanes: list[Lane] = []
        mixes: list[Mix] = []
        for number, stream in enumerate(streams):
            lane = _ready(plan, form, container, number, stream) if copy else None
            if lane is None:
                lane, mix = _made(plan, form, container, number, samples)
                mixes += [mix] if mix else []
            lane.stream.metadata.update(tags(stream.metadata))
            lane.stream.disposition = stream.disposition
            lanes.append(lane)
    if not streams and plan.bed is not None:
        mix = Mix(None, plan.bed, samples)
        mixes.append(mix)
        lanes.append(_lane(container, form, "stereo", mix.blocks, 0))
    return lanes, mixes


def _ready(
    plan: Plan, form: Format, container: OutputContainer, number: int, stream: AudioStream
) -> Lane | None:
    """Return a lane of packets that exist already, None when the sound has to be made."""
    clip = plan.clip
    if plan.bed is not None or clip.volume != 1.0:
        return None
    if clip.stems is None:
        codec = stream.codec_context.codec.canonical_name
        if form.muxer != "matroska" and codec not in _KIN[form.sound]:
            return None
        try:
            copy = add_copy(container, stream)
        except (ValueError, av.FFmpegError):
            return None
        return Lane(copy, copied(clip.source, stream.index, copy), copied=True)
    ready = clip.stems[number].with_suffix(".m4a")
    if form.sound != "aac" or not ready.exists():
        return None
    with SoundReader(ready) as reader:
        target = add_sound(container, "aac", reader.layout)
    return Lane(target, _moved(ready, target, _start(clip, number)), copied=True)


def _moved(path: Path, target: AudioStream, at: int) -> Iterator[Packet[Any]]:
    """Yield the packets of a stem's AAC, `at` samples later."""
    for packet in copied(path, 0, target):
        packet.pts = (packet.pts or 0) + at
        packet.dts = (packet.dts or 0) + at
        yield packet


def _start(clip: Clip, number: int) -> int:
    """Return the sample at which a sound track begins."""
    with SoundReader(clip.source, number) as reader:
        return round(reader.start * RATE)


def _open(clip: Clip, number: int) -> Callable[[], Iterator[Sound]]:
    """Return what opens the sound of a track, stem or original, at 48 kHz."""
    path, index = (clip.stems[number], 0) if clip.stems else (clip.source, number)

    def blocks() -> Iterator[Sound]:
        with SoundReader(path, index) as reader:
            yield from resample(reader, reader.rate, RATE, reader.channels)

    return blocks


def _made(
    plan: Plan, form: Format, container: OutputContainer, number: int, samples: int
) -> tuple[Lane, Mix | None]:
    """Return a lane of sound that is mixed, made louder or softer, or only encoded."""
    clip = plan.clip
    with SoundReader(*((clip.stems[number],) if clip.stems else (clip.source, number))) as reader:
        layout, channels = reader.layout, reader.channels
    at = _start(clip, number)
    opened = _open(clip, number)
    if plan.bed is not None:
        mix = Mix(Voice(opened, layout, channels, at, clip.volume), plan.bed, samples)
        return _lane(container, form, mix.layout, mix.blocks, 0), mix

    def blocks() -> Iterator[Sound]:
        # WAV and MP3 have no timestamps: their sound begins at the beginning.
        laid = opened() if form.pictures else placed(opened(), at, samples, channels)
        return (block * np.float32(clip.volume) for block in laid)

    return _lane(container, form, layout, blocks, at if form.pictures else 0), None


def _lane(
    container: OutputContainer,
    form: Format,
    layout: str,
    blocks: Callable[[], Iterator[Sound]],
    at: int,
) -> Lane:
    pair = form.sound == "libmp3lame" and av.AudioLayout(layout).nb_channels > 2  # noqa: PLR2004
    target = add_sound(container, form.sound, "stereo" if pair else layout)

    def packets() -> Iterator[Packet[Any]]:
        sound = (to_stereo(block, layout) for block in blocks()) if pair else blocks()
        yield from in_order(encode(target, in_blocks(sound, RATE), at))

    return Lane(target, ahead(packets(), _PACKETS_AHEAD), copied=False)
