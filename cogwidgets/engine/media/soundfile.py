"""Write sound to a file of its own: lossless FLAC, or AAC ready to be copied into a container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import av

from cogwidgets.engine.media.errors import writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet

    from cogwidgets.engine.media.sound import Sound

__all__ = ["RATE", "SoundWriter", "add_sound", "encode", "layout_for"]

RATE = 48_000

# Layouts whose channels, in this order, every player knows under another name.
_SIDE_AS_BACK = {"5.0(side)": "5.0", "5.1(side)": "5.1"}
_OPUS = {"mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"}  # RFC 7845, 5.1.1.2
_SAMPLES = {"aac": "fltp", "libopus": "flt", "libmp3lame": "fltp"}


def layout_for(codec: str, layout: str) -> str:
    """Return the layout under which `codec` keeps the channels of `layout`, in the same order.

    >>> layout_for("aac", "5.1(side)")
    '5.1'
    """
    return layout if codec in {"flac", "pcm_s16le"} else _SIDE_AS_BACK.get(layout, layout)


def bit_rate(codec: str, channels: int) -> int:
    """Return the bits a second for `channels`: AAC at 160 kbit/s a pair sounds like its source."""
    if codec == "aac":
        return {1: 96_000, 2: 160_000}.get(channels, 64_000 * channels)
    return {1: 80_000, 2: 192_000 if codec == "libmp3lame" else 128_000}.get(
        channels, 64_000 * channels
    )


def add_sound(
    container: OutputContainer, codec: str, layout: str, most: int | None = None
) -> AudioStream:
    """Add a stream for sound that is encoded here, or was encoded here before.

    `most` is the highest bit rate.

    Both are declared by the same encoder, because it alone knows the priming samples that
    Matroska wants announced in its header.
    """
    layout = layout_for(codec, layout)
    unnamed = codec == "libopus" and layout not in _OPUS
    options = {"mapping_family": "255"} if unnamed else {}
    stream = cast("AudioStream", container.add_stream(codec, rate=RATE, options=options))
    stream.layout = layout
    stream.format = _SAMPLES.get(codec, "s16")
    if codec in _SAMPLES:
        usual = bit_rate(codec, stream.layout.nb_channels)
        stream.bit_rate = min(usual, most or usual)
    return stream


def encode(stream: AudioStream, blocks: Iterable[Sound], at: int = 0) -> Iterator[Packet[Any]]:
    """Encode blocks; `at` is the place of the first sample at the stream's rate."""
    from cogwidgets.engine.media.sound import frame_of

    rate, kind, layout = stream.rate, stream.format.name, stream.layout.name
    for block in blocks:
        if len(block):
            yield from stream.encode(frame_of(block, kind, rate, layout, at))
            at += len(block)
    yield from stream.encode(None)


class SoundWriter:
    """Write 48 kHz sound to `path` through `path`.part; the name stands only when all is there.

    The codec follows the suffix: .flac or .m4a. Leaving the block on an error removes the .part.
    """

    def __init__(self, path: Path, layout: str) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        codec, muxer = {".flac": ("flac", "flac"), ".m4a": ("aac", "ipod")}[path.suffix]
        with writing(path):
            self._container = av.open(f"file:{self._part}", "w", format=muxer)
            self._stream = add_sound(self._container, codec, layout)
            # Opens the file: a folder that cannot be written is told before work begins.
            self._container.start_encoding()
        self._written = 0

    def write(self, block: Sound) -> None:
        """Append a block of (samples, channels); raise `MediaError` "disk_full"."""
        if not len(block):
            return
        from cogwidgets.engine.media.sound import frame_of

        stream = self._stream
        frame = frame_of(block, stream.format.name, RATE, stream.layout.name, self._written)
        self._written += len(block)
        with writing(self._path):
            self._container.mux(stream.encode(frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            with writing(self._path):
                if error is None:
                    self._container.mux(self._stream.encode(None))
                self._container.close()
                if error is None:
                    self._part.replace(self._path)
        finally:
            self._part.unlink(missing_ok=True)
