"""The denoise job: a file in, each of its sound tracks without its noise out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from cogwidgets.engine.media.containers import open_media
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.sound import SoundReader, resample
from cogwidgets.engine.media.soundfile import RATE, SoundWriter
from cogwidgets.engine.media.threads import ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from cogwidgets.engine.media.deepfilter import DeepFilterNet
    from cogwidgets.engine.media.sound import Sound

__all__ = ["CleanTrack", "DenoiseJob", "DenoiseResult", "cleaned", "denoise"]

# Sound is cleaned in stretches that know nothing of each other but their context and a fade: the
# network's running means settle within a second.
STRETCH = 20 * RATE
CONTEXT = RATE
FADE = RATE // 20
_AHEAD = 12  # blocks that decoding may run ahead
_MOST_CHANNELS = 8  # FLAC


class DenoiseJob(TypedDict):
    """Name the file and the folder for its clean sound."""

    source: str
    folder: str


class CleanTrack(TypedDict):
    """Describe a clean sound track; times in seconds."""

    index: int
    channels: int
    start: float
    duration: float
    samples: int


class DenoiseResult(TypedDict):
    """List the clean tracks, in the order of the file's sound tracks."""

    streams: list[CleanTrack]


def denoise(job: DenoiseJob, progress: Callable[[float], None]) -> DenoiseResult:
    """Take the noise out of every sound track of a file, with DeepFilterNet3, and keep the voices.

    Track n, counted from 1, becomes `folder`/denoised-n.flac, 16 bits and 48 kHz in all its
    channels, and denoised-n.m4a, the same as AAC. Memory does not grow with the length of the file.

    Raises `MediaError`: "no_audio", "unreadable", "unsupported", "disk_full", "not_writable".
    """
    source, folder = Path(job["source"]), Path(job["folder"])
    with open_media(source) as container:
        count = len(container.streams.audio)
    if not count:
        raise MediaError("no_audio", f"{source.name} has no sound, so there is no noise to remove.")
    # The network takes a while to load: not before the file has shown that it is worth it.
    from cogwidgets.engine.media.deepfilter import DeepFilterNet

    network = DeepFilterNet()

    def part(index: int) -> Callable[[float], None]:
        return lambda done: progress((index + done) / count)

    return {
        "streams": [
            _clean_track(source, index, folder, network, part(index)) for index in range(count)
        ]
    }


def _clean_track(
    source: Path,
    index: int,
    folder: Path,
    network: DeepFilterNet,
    progress: Callable[[float], None],
) -> CleanTrack:
    with SoundReader(source, index) as reader, ExitStack() as stack:
        if reader.channels > _MOST_CHANNELS:
            raise MediaError(
                "unsupported",
                f"{source.name} has a sound track of {reader.channels} channels; "
                f"mix it down to {_MOST_CHANNELS} or fewer.",
            )
        files = [
            stack.enter_context(
                SoundWriter(folder / f"denoised-{index + 1}{suffix}", reader.layout)
            )
            for suffix in (".flac", ".m4a")
        ]
        blocks = ahead(resample(reader, reader.rate, RATE, reader.channels), _AHEAD)
        expected = max(reader.duration, 1e-3) * RATE
        written = 0
        for block in cleaned(blocks, network.speech):
            for file in files:
                for begin in range(0, len(block), RATE):
                    file.write(block[begin : begin + RATE])
            written += len(block)
            progress(min(1.0, written / expected))
        return {
            "index": index + 1,
            "channels": reader.channels,
            "start": round(reader.start, 6),
            "duration": round(written / RATE, 6),
            "samples": written,
        }


def cleaned(
    blocks: Iterable[Sound], speech: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> Iterator[Sound]:
    """Clean a sound that comes block by block, (samples, channels) at 48 kHz, in constant memory.

    ``speech`` takes and gives one channel. Yields as many samples as come in.

    >>> parts = cleaned([np.ones((RATE, 2), np.float32)], lambda channel: channel / 2)
    >>> float(next(parts).mean())
    0.5
    """
    fade = np.linspace(0, 1, FADE, dtype=np.float32)[:, None]
    tail: Sound | None = None
    for sound, lead, last in _stretches(blocks):
        clean = np.stack([speech(np.ascontiguousarray(channel)) for channel in sound.T], axis=1)
        clean = clean[lead:]
        if tail is not None:
            clean[:FADE] = tail * (1 - fade) + clean[:FADE] * fade
        if last:
            yield clean
        else:
            yield clean[:STRETCH]
            tail = clean[STRETCH : STRETCH + FADE]


def _stretches(blocks: Iterable[Sound]) -> Iterator[tuple[Sound, int, bool]]:
    """Cut into stretches: their sound, how much of it is only context, whether it is the last."""
    held: Sound | None = None
    lead = 0
    for block in blocks:
        held = block if held is None else np.concatenate([held, block])
        while len(held) > lead + STRETCH + FADE:
            yield held[: lead + STRETCH + FADE], lead, False
            held = held[lead + STRETCH - CONTEXT :]
            lead = CONTEXT
    if held is not None and len(held) > lead:
        yield held, lead, True
