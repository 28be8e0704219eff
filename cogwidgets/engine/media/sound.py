"""Sound as blocks of samples: decode, resample, cut into 16 bits."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Self

import av
import numpy as np
from numpy.typing import NDArray

from cogwidgets.engine.media.containers import open_media, packets, zero
from cogwidgets.engine.media.errors import MediaError, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from av.audio.frame import AudioFrame

__all__ = [
    "Resampler",
    "Sound",
    "SoundReader",
    "frame_of",
    "in_blocks",
    "placed",
    "resample",
    "sound_of",
    "to_stereo",
]

Sound = NDArray[np.float32]  # (samples, channels), full scale is 1.0

# Timestamps may stray this far from the sample count before they are believed: containers round
# to milliseconds and recorders jitter, while the shortest packet anyone loses lasts 20 ms.
_STRAY = 0.015
_BLOCK_SECONDS = 1.0
_PADDING = 48_000  # samples, a block of silence at most
# Decoders need packets before the first good sample; MP3 needs the most, half a second of them.
_RUN_UP = 0.5  # s
# Containers whose seeking knows where it lands.
_SOUGHT = {"mov", "matroska", "webm", "wav", "flac"}
# What FFmpeg takes so many channels for when a file does not name them.
_BY_COUNT = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}


def sound_of(frame: AudioFrame) -> Sound:
    """Return the samples of a decoded frame, whatever its format, as float32."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    kind = frame.format.name.removesuffix("p")
    if kind in _FULL_SCALE:
        centre = 128.0 if kind == "u8" else 0.0
        samples = (samples - np.float64(centre)) / _FULL_SCALE[kind]
    return np.ascontiguousarray(samples.T, dtype=np.float32)


def frame_of(sound: Sound, kind: str, rate: int, layout: str, at: int) -> AudioFrame:
    """Return a frame for an encoder that takes `kind` ("s16", "s16p", "flt" or "fltp").

    `at` is the place of its first sample. Beyond full scale 16 bits are clipped, never wrapped.
    """
    from av.audio.frame import AudioFrame

    laid = np.ascontiguousarray(sound.T) if kind.endswith("p") else sound.reshape(1, -1)
    if kind.startswith("s16"):
        whole = np.clip(np.rint(laid * np.float32(32768)), -32768, 32767).astype(np.int16)
        frame = AudioFrame.from_ndarray(whole, format=kind, layout=layout)
    else:
        frame = AudioFrame.from_ndarray(laid, format=kind, layout=layout)
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = at
    return frame


class SoundReader:
    """Read one audio stream as blocks of about a second, sample by sample where it belongs.

    Gaps between timestamps become silence, overlaps are cut, the encoder's delay and edit lists
    are honoured, damaged packets are left out, all in constant memory. `index` counts the audio
    streams from 0. `start` is the time, in seconds on the file's timeline, of the first sample;
    with `begin` that is at or before it, near where the container can be sought in.

    Raises `MediaError`: "unreadable" when nothing of the stream can be decoded.

    >>> with SoundReader(Path("vlog.mp4")) as reader:  # doctest: +SKIP
    ...     samples = sum(len(block) for block in reader)
    """

    def __init__(self, path: Path, index: int = 0, begin: float = 0.0) -> None:
        self._path = path
        self._container = open_media(path)
        self._stream = self._container.streams.audio[index]
        self._zero = zero(self._container)
        if begin > _RUN_UP and _SOUGHT & set(self._container.format.name.split(",")):
            time = begin - _RUN_UP + self._zero
            with reading(path):
                self._container.seek(int(time / (self._stream.time_base or 1)), stream=self._stream)
        self._frames = self._decode()
        try:
            self._first = next(self._frames)
        except StopIteration:
            self._container.close()
            raise MediaError(
                "unreadable", f"The sound of {path.name} cannot be decoded; export it again."
            ) from None
        # The stream may not know: HE-AAC doubles its rate only in the decoder.
        self.rate = self._first.sample_rate
        self.channels = self._first.layout.nb_channels
        self.layout = self._first.layout.name
        if self.layout.endswith("channels"):
            self.layout = _BY_COUNT.get(self.channels, self.layout)
        start = self._time(self._first)
        self.start = 0.0 if start is None or abs(start) < 1e-6 else start  # noqa: PLR2004

    @property
    def duration(self) -> float:
        """The length, in seconds, that the container declares; 0 when it does not know."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        end = (self._container.duration or 0) / av.time_base
        return max(0.0, end - max(0.0, self.start))

    def __iter__(self) -> Iterator[Sound]:
        waiting: list[Sound] = []
        ready = 0
        for piece in self._pieces():
            waiting.append(piece)
            ready += len(piece)
            if ready >= self.rate * _BLOCK_SECONDS:
                yield np.concatenate(waiting)
                waiting, ready = [], 0
        if waiting:
            yield np.concatenate(waiting)

    def _decode(self) -> Iterator[AudioFrame]:
        with reading(self._path):
            for packet in packets(self._container, [self._stream]):
                try:
                    yield from self._stream.decode(packet)
                except av.error.InvalidDataError:
                    continue
            try:
                yield from self._stream.decode(None)
            except (av.error.InvalidDataError, av.error.EOFError):
                return

    def _time(self, frame: AudioFrame) -> float | None:
        return None if frame.time is None else frame.time - self._zero

    def _alike(self) -> Iterator[AudioFrame]:
        """Yield the frames, those that change rate or layout converted to the first one's."""
        converter: av.AudioResampler | None = None
        layout = self._first.layout.name
        frame: AudioFrame | None = self._first
        while frame is not None:
            if (frame.sample_rate, frame.layout.name) == (self.rate, layout):
                yield frame
            else:
                converter = converter or av.AudioResampler(
                    format=self._first.format, layout=layout, rate=self.rate
                )
                yield from converter.resample(frame)
            frame = next(self._frames, None)

    def _pieces(self) -> Iterator[Sound]:
        stray = round(_STRAY * self.rate)
        longest = (self._container.duration or 0) / av.time_base * self.rate + self.rate
        origin = self.start
        count = 0
        for frame in self._alike():
            piece = sound_of(frame)
            time = self._time(frame)
            ahead = 0 if time is None else round((time - origin) * self.rate) - count
            if ahead > longest:
                # No gap is longer than the file: the clock jumped, the sound did not.
                origin += ahead / self.rate
            elif ahead > stray:
                count += ahead
                yield from _silence(ahead, self.channels, self.rate)
            elif ahead < -stray:
                piece = piece[-ahead:]
            count += len(piece)
            yield piece

    def close(self) -> None:
        """Close the file."""
        self._frames.close()  # type: ignore[attr-defined]
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _silence(samples: int, channels: int, rate: int) -> Iterator[Sound]:
    """Yield silence in blocks of a second at most."""
    for begin in range(0, samples, rate):
        yield np.zeros((min(rate, samples - begin), channels), np.float32)


class Resampler:
    """Resample a stream block by block; in all round(samples * target / source) come out.

    soxr's filters have linear phase and their delay is taken out, so that a sample stays at its
    time.

    >>> resampler = Resampler(44_100, 48_000, channels=1)
    >>> len(resampler.push(np.zeros((441, 1), np.float32))) + len(resampler.finish())
    480
    """

    def __init__(self, source: int, target: int, channels: int) -> None:
        import soxr

        self._source, self._target, self._channels = source, target, channels
        self._soxr = soxr.ResampleStream(source, target, channels) if source != target else None
        self._taken = self._given = 0

    def push(self, block: Sound) -> Sound:
        """Take a block, return what is ready: (samples, channels), possibly none."""
        self._taken += len(block)
        out: Sound = block if self._soxr is None else self._soxr.resample_chunk(block)
        self._given += len(out)
        return out

    def finish(self) -> Sound:
        """Return what was still on its way."""
        rest = np.zeros((0, self._channels), np.float32)
        if self._soxr is not None:
            rest = self._soxr.resample_chunk(rest, last=True)
        missing = round(self._taken * self._target / self._source) - self._given
        return np.pad(rest[:missing], ((0, max(0, missing - len(rest))), (0, 0)))


def resample(blocks: Iterable[Sound], source: int, target: int, channels: int) -> Iterator[Sound]:
    """Resample blocks from the rate `source` to the rate `target`, in constant memory.

    >>> sum(map(len, resample([np.zeros((441, 2), np.float32)] * 3, 44_100, 48_000, channels=2)))
    1440
    """
    resampler = Resampler(source, target, channels)
    for block in blocks:
        yield resampler.push(block)
    yield resampler.finish()


def placed(blocks: Iterable[Sound], at: int, samples: int, channels: int) -> Iterator[Sound]:
    """Lay sound on a timeline of `samples` samples from the sample `at` on, in silence else.

    >>> [len(block) for block in placed([np.ones((4, 1), np.float32)], 2, 5, channels=1)]
    [2, 3]
    """
    position = min(max(at, 0), samples)
    yield from _silence(position, channels, _PADDING)
    skip = max(0, -at)
    for block in blocks:
        kept = block[skip:][: samples - position]
        skip = max(0, skip - len(block))
        position += len(kept)
        if len(kept):
            yield kept
        if position == samples:
            return
    yield from _silence(samples - position, channels, _PADDING)


def in_blocks(blocks: Iterable[Sound], samples: int) -> Iterator[Sound]:
    """Cut a stream anew into blocks of `samples` samples; the last one may be shorter.

    >>> [len(block) for block in in_blocks([np.zeros((5, 1), np.float32)], 2)]
    [2, 2, 1]
    """
    waiting: list[Sound] = []
    ready = 0
    for block in blocks:
        waiting.append(block)
        ready += len(block)
        if ready >= samples:
            joined = np.concatenate(waiting)
            whole = ready // samples * samples
            yield from np.split(joined[:whole], whole // samples)
            waiting, ready = [joined[whole:]], ready - whole
    if ready:
        yield np.concatenate(waiting)


def to_stereo(sound: Sound, layout: str) -> Sound:
    """Mix any layout to a pair as ITU-R BS.775 does; one channel goes to both sides.

    >>> to_stereo(np.ones((1, 1), np.float32), "mono").tolist()
    [[1.0, 1.0]]
    """
    if sound.shape[1] == 1:
        return np.repeat(sound, 2, axis=1)
    if sound.shape[1] == 2:  # noqa: PLR2004
        return sound
    gains = [_side_gains(channel.name) for channel in av.AudioLayout(layout).channels]
    matrix = np.array(gains, np.float32)
    mixed: Sound = sound @ (matrix / matrix.sum(axis=0).max())
    return mixed


def _side_gains(channel: str) -> tuple[float, float]:
    """Return how much of a channel goes to the left and to the right."""
    if channel == "LFE":
        return 0.0, 0.0
    gain = 1.0 if channel in {"FL", "FR"} else 0.5**0.5
    return (0.0 if channel.endswith("R") else gain), (0.0 if channel.endswith("L") else gain)
