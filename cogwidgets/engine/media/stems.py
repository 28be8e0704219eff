"""The separate job: a file in, the speech of each of its sound tracks out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from cogwidgets.engine.media.channels import separate_channels
from cogwidgets.engine.media.containers import open_media
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.findings import Findings
from cogwidgets.engine.media.sound import Resampler, SoundReader, resample
from cogwidgets.engine.media.soundfile import RATE, SoundWriter
from cogwidgets.engine.media.threads import Consumer, ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cogwidgets.engine.media.separate import Separator, Strength
    from cogwidgets.engine.media.sound import Sound

__all__ = ["SeparateJob", "SeparateResult", "Stem", "separate"]

# Seconds that decoding may run ahead and encoding behind: what the separator takes and yields at
# once, so that neither waits for the other.
_AHEAD = 12
_BEHIND = 12
_MOST_CHANNELS = 8  # FLAC


class SeparateJob(TypedDict):
    """Name the file, the folder for its stems, and how hard to try."""

    source: str
    folder: str
    strength: Strength


class Stem(TypedDict):
    """Describe the separated speech of one sound track; times in seconds, `music` in ms."""

    index: int
    channels: int
    start: float
    duration: float
    samples: int
    music: list[list[int]]
    pause_drop_db: float | None


class SeparateResult(TypedDict):
    """List the stems, in the order of the file's sound tracks."""

    streams: list[Stem]


def separate(job: SeparateJob, progress: Callable[[float], None]) -> SeparateResult:
    """Separate the speech of every sound track of a file from the music.

    Track n, counted from 1, becomes `folder`/speech-n.flac, 16 bits and 48 kHz in all its channels
    and what mixing reads, and speech-n.m4a, the same as AAC, which a render can copy. Memory does
    not grow with the length of the file.

    Raises `MediaError`: "no_audio", "unreadable", "unsupported", "disk_full", "not_writable".
    """
    source, folder = Path(job["source"]), Path(job["folder"])
    with open_media(source) as container:
        count = len(container.streams.audio)
    if not count:
        raise MediaError("no_audio", f"{source.name} has no sound, so there is no music to remove.")
    # The networks take a while to load: not before the file has shown that it is worth it.
    from cogwidgets.engine.media.separate import Separator

    separator = Separator(job["strength"])

    def part(index: int) -> Callable[[float], None]:
        return lambda done: progress((index + done) / count)

    return {
        "streams": [
            _separate_track(source, index, folder, separator, part(index)) for index in range(count)
        ]
    }


def _separate_track(
    source: Path,
    index: int,
    folder: Path,
    separator: Separator,
    progress: Callable[[float], None],
) -> Stem:
    from cogwidgets.engine.media.separate import RATE as SEPARATION_RATE

    with SoundReader(source, index) as reader, ExitStack() as stack:
        channels, layout = reader.channels, reader.layout
        if channels > _MOST_CHANNELS:
            raise MediaError(
                "unsupported",
                f"{source.name} has a sound track of {channels} channels; "
                f"mix it down to {_MOST_CHANNELS} or fewer.",
            )
        files = [
            stack.enter_context(SoundWriter(folder / f"speech-{index + 1}{suffix}", layout))
            for suffix in (".flac", ".m4a")
        ]
        encoders = [stack.enter_context(Consumer(file.write, _BEHIND)) for file in files]

        def write(block: Sound) -> int:
            for encoder in encoders:
                encoder.put(block)
            return len(block)

        findings = Findings(SEPARATION_RATE)
        outward = Resampler(SEPARATION_RATE, RATE, channels)
        expected = max(reader.duration, 1e-3) * SEPARATION_RATE
        separated = written = 0
        blocks = ahead(resample(reader, reader.rate, SEPARATION_RATE, channels), _AHEAD)
        for pair in separate_channels(blocks, layout, separator.stream):
            for original, speech in _by_seconds(*pair):
                findings.add(original, speech)
                written += write(outward.push(speech))
                separated += len(speech)
            progress(min(1.0, separated / expected))
        written += write(outward.finish())
        start = reader.start
    return {
        "index": index + 1,
        "channels": channels,
        "start": round(start, 6),
        "duration": round(written / RATE, 6),
        "samples": written,
        "music": findings.music(),
        "pause_drop_db": findings.pause_drop_db(),
    }


def _by_seconds(original: Sound, speech: Sound) -> Iterator[tuple[Sound, Sound]]:
    """Cut long aligned blocks, so that what is made of them stays small."""
    from cogwidgets.engine.media.separate import RATE as SECOND

    for begin in range(0, len(speech), SECOND):
        yield original[begin : begin + SECOND], speech[begin : begin + SECOND]
