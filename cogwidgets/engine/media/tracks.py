"""Bring each sound track into the output: copied as it is ready, or mixed and encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import av

from cogwidgets.engine.media.containers import open_media
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.pictures import add_copy, copied, in_order, tags
from cogwidgets.engine.media.sound import SoundReader, in_blocks, to_stereo
from cogwidgets.engine.media.soundfile import RATE, add_sound, encode
from cogwidgets.engine.media.soundtrack import mix_of, tracks_of
from cogwidgets.engine.media.threads import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    from cogwidgets.engine.media.containers import Format
    from cogwidgets.engine.media.mix import Mix
    from cogwidgets.engine.media.plan import Clip, Timeline

__all__ = ["Lane", "sound_lanes"]

_PACKETS_AHEAD = 64
# Sound that may be copied from the source: what the format would be encoded to, and its like.
_KIN = {
    "aac": {"aac"},
    "libopus": {"opus", "vorbis"},
    "pcm_s16le": {"pcm_s16le"},
    "libmp3lame": {"mp3"},
}
# Where an edit list says from which sample on a packet is heard.
_WITH_EDIT_LISTS = {"mp4", "mov", "ipod"}


class Lane(NamedTuple):
    """Bring packets to a stream of the output, in the order of their decoding times."""

    stream: Stream
    packets: Iterator[Packet[Any]]
    copied: bool


def sound_lanes(
    timeline: Timeline,
    form: Format,
    container: OutputContainer,
    *,
    whole: bool = False,
    copy: bool = True,
    most: int | None = None,
) -> tuple[list[Lane], list[Mix], list[str]]:
    """Add a stream for each sound track; return them with their packets, the mixes made, notes.

    Where one source is all that is heard each of its tracks goes on, else there is one track.
    `whole` says that the one segment is all of its source; with `copy` false nothing is copied;
    `most` is the highest bit rate of what is encoded.
    """
    heard = [clip for clip in timeline.sounding if tracks_of(clip)]
    for clip in heard:
        if clip.speech and len(clip.speech.streams) < tracks_of(clip):
            raise MediaError(
                "unreadable",
                f"{clip.source.name} has {tracks_of(clip)} sound tracks, the draft the speech of "
                f"{len(clip.speech.streams)}; remove the music again.",
            )
    if not form.sound:
        return [], [], ["sound"] if heard or timeline.beds else []
    count = 1
    if len({clip.source for clip in heard}) == 1:
        count = tracks_of(heard[0])
    found = max([tracks_of(clip) for clip in heard], default=1)
    if not form.many_tracks:
        count = min(count, 1)
    lanes: list[Lane] = []
    mixes: list[Mix] = []
    for number in range(count):
        lane = _ready(timeline, heard, form, container, number, whole=whole) if copy else None
        if lane is None:
            mix = mix_of(timeline, number)
            if mix is None:
                continue
            mixes.append(mix)
            lane = _encoded(container, form, mix, most)
        if heard:
            _describe(lane.stream, heard[0], number)
        lanes.append(lane)
    return lanes, mixes, ["more than one sound track"] if found > count else []


def _describe(target: Stream, clip: Clip, number: int) -> None:
    """Hand on the language and the name of the source's track."""
    with open_media(clip.source) as source:
        stream = source.streams.audio[number]
        target.metadata.update(tags(stream.metadata))
        target.disposition = stream.disposition


def _ready(
    timeline: Timeline,
    heard: list[Clip],
    form: Format,
    container: OutputContainer,
    number: int,
    *,
    whole: bool,
) -> Lane | None:
    """Return a lane of packets that exist already, None when the sound has to be made."""
    alone = len(heard) == 1 and not timeline.beds and timeline.loudness is None
    if not alone or not heard[0].sounds_plainly or heard[0].start:
        return None
    clip = heard[0]
    speech = clip.speech.streams[number].with_suffix(".m4a") if clip.speech else None
    if speech is not None and (form.sound != "aac" or not speech.exists()):
        return None
    path, index = (speech, 0) if speech else (clip.source, number)
    with open_media(path) as source:
        stream = source.streams.audio[index]
        codec = stream.codec_context.codec.canonical_name
        if (form.muxer != "matroska" or not whole) and codec not in _KIN[form.sound]:
            return None
        if not whole and not (form.muxer in _WITH_EDIT_LISTS and codec == "aac"):
            return None
        try:
            target = (
                add_sound(container, "aac", stream.layout.name)
                if speech
                else add_copy(container, stream)
            )
        except (ValueError, av.FFmpegError):
            return None
        # The same track, but the packets know their index in the file.
        place = stream.index
    shift = _start(clip, number) if speech else 0
    if whole:
        return Lane(target, _moved(path, place, target, shift), copied=True)
    return Lane(target, _cut(path, place, target, clip, shift), copied=True)


def _start(clip: Clip, number: int) -> int:
    """Return the sample at which a sound track begins."""
    with SoundReader(clip.source, number) as reader:
        return round(reader.start * RATE)


def _moved(path: Path, index: int, target: Stream, by: int) -> Iterator[Packet[Any]]:
    """Yield the packets of a sound track, `by` samples at 48 kHz later."""
    for packet in copied(path, index, target):
        if by:
            packet.pts = (packet.pts or 0) + by
            packet.dts = (packet.dts or 0) + by
        yield packet


def _cut(path: Path, index: int, target: Stream, clip: Clip, by: int) -> Iterator[Packet[Any]]:
    """Yield the packets of a part of a sound track.

    The packet before the first is needed to decode it; being before the beginning, it is not heard.
    """
    begin, end = clip.source_start / 1000, (clip.source_start + clip.length) / 1000
    waiting: Packet[Any] | None = None
    for packet in _moved(path, index, target, by):
        base = packet.time_base
        first = round(begin / base)
        if packet.pts is None or packet.pts * base >= end:
            break
        late = (packet.pts + (packet.duration or 0)) * base > begin
        shifted = packet
        shifted.pts, shifted.dts = packet.pts - first, (packet.dts or 0) - first
        if late and waiting is not None:
            yield waiting
            waiting = None
        if late:
            yield shifted
        else:
            waiting = shifted


def _encoded(container: OutputContainer, form: Format, mix: Mix, most: int | None) -> Lane:
    layout = mix.layout
    pair = form.sound == "libmp3lame" and av.AudioLayout(layout).nb_channels > 2  # noqa: PLR2004
    target: AudioStream = add_sound(container, form.sound, "stereo" if pair else layout, most)

    def packets() -> Iterator[Packet[Any]]:
        sound = (to_stereo(block, layout) for block in mix.blocks()) if pair else mix.blocks()
        yield from in_order(encode(target, in_blocks(sound, RATE)))

    return Lane(target, ahead(packets(), _PACKETS_AHEAD), copied=False)
