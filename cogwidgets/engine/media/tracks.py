"""Bring each sound track into the output: copied as it is ready, or mixed and encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import av

from cogwidgets.engine.media.containers import described
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.facts import tracks_of
from cogwidgets.engine.media.pictures import add_copy, copied, in_order, tags
from cogwidgets.engine.media.seams import sounding_on
from cogwidgets.engine.media.soundfile import RATE, add_sound, encode
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
            # What mixes computes; a copy must not wait for it.
            from cogwidgets.engine.media.soundtrack import mix_of

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
    stream = described(clip.source).streams.audio[number]
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
    heard = sounding_on(heard)
    alone = len(heard) == 1 and not timeline.beds and timeline.loudness is None
    if not alone or not heard[0].sounds_plainly or heard[0].start:
        return None
    clip = heard[0]
    path, index, shift = clip.source, number, 0
    if clip.speech:
        path, index = clip.speech.streams[number].with_suffix(".m4a"), 0
        if form.sound != "aac" or not path.exists():
            return None
        shift = _start(clip, number)
    stream = described(path).streams.audio[index]
    if not _takes(form, stream, whole=whole):
        return None
    try:
        target = (
            add_sound(container, "aac", stream.layout.name)
            if clip.speech
            else add_copy(container, stream)
        )
    except (ValueError, av.FFmpegError):
        return None
    packets = _moved(path, stream.index, target, shift)
    return Lane(target, packets if whole else _cut(packets, clip), copied=True)


def _takes(form: Format, stream: AudioStream, *, whole: bool) -> bool:
    """Tell whether a format holds a source's sound as it is, all of it or a part."""
    codec = stream.codec_context.codec.canonical_name
    kin = codec in _KIN[form.sound]
    if whole:
        return kin or form.muxer == "matroska"
    return kin and codec == "aac" and form.muxer in _WITH_EDIT_LISTS


def _start(clip: Clip, number: int) -> int:
    """Return the sample at which a sound track begins."""
    from cogwidgets.engine.media.sound import SoundReader

    with SoundReader(clip.source, number) as reader:
        return round(reader.start * RATE)


def _moved(path: Path, index: int, target: Stream, by: int) -> Iterator[Packet[Any]]:
    """Yield the packets of a sound track, `by` samples at 48 kHz later."""
    for packet in copied(path, index, target):
        if by:
            packet.pts = (packet.pts or 0) + by
            packet.dts = (packet.dts or 0) + by
        yield packet


def _cut(packets: Iterator[Packet[Any]], clip: Clip) -> Iterator[Packet[Any]]:
    """Yield those packets of a sound track that are heard in a clip, from its beginning.

    The packet before the first is needed to decode it; being before the beginning, it is not heard.
    """
    before: Packet[Any] | None = None
    first = last = None
    for packet in packets:
        if first is None or last is None:
            ticks = 1 / packet.time_base / 1000  # in a millisecond
            first = round(clip.source_start * ticks)
            last = round((clip.source_start + clip.length) * ticks)
        pts = packet.pts
        if pts is None or pts >= last:
            break
        heard = pts + (packet.duration or 0) > first
        # Players that can stop inside a packet are told where.
        packet.duration = min(packet.duration or 0, last - pts)
        packet.pts, packet.dts = pts - first, (packet.dts or 0) - first
        if heard and before is not None:
            yield before
            before = None
        if heard:
            yield packet
        else:
            before = packet


def _encoded(container: OutputContainer, form: Format, mix: Mix, most: int | None) -> Lane:
    from cogwidgets.engine.media.sound import in_blocks, to_stereo

    layout = mix.layout
    pair = form.sound == "libmp3lame" and av.AudioLayout(layout).nb_channels > 2  # noqa: PLR2004
    target: AudioStream = add_sound(container, form.sound, "stereo" if pair else layout, most)

    def packets() -> Iterator[Packet[Any]]:
        sound = (to_stereo(block, layout) for block in mix.blocks()) if pair else mix.blocks()
        yield from in_order(encode(target, in_blocks(sound, RATE)))

    return Lane(target, ahead(packets(), _PACKETS_AHEAD), copied=False)
