"""The sketch job: what a view draws of a file: its loudness over time, and a few small pictures."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cogwidgets.engine.media.containers import moving_pictures, open_media
from cogwidgets.engine.media.errors import MediaError, reading
from cogwidgets.engine.media.seen import as_seen, jpeg
from cogwidgets.engine.media.sound import SoundReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.container import InputContainer

    from cogwidgets.engine.media.sound import Sound

__all__ = ["SketchJob", "SketchResult", "sketch"]

_PEAKS_PER_SECOND = 50.0
_MOST_PEAKS = 2000
_COLUMNS_PER_SECOND = 25.0
_MOST_COLUMNS = 600
_ROWS = 64  # of the spectrogram
_TOP = 8000  # Hz: speech and what tells it from music is below
_WINDOW = 0.043  # s, a little less than a column lasts at first
_QUIETEST = -72.0  # dB of full scale: what is drawn as nothing
_MOST_THUMBNAILS = 12
_THUMBNAIL_HEIGHT = 72  # pixels
_POSTER_WIDTH = 640
_QUALITY = 6  # of their JPEG
_SOUND_SHARE = 0.7  # of the work

Pixels = NDArray[np.uint8]


class SketchJob(TypedDict):
    """Name the file."""

    source: str


class Waveform(TypedDict):
    """The highest sample of each stretch, 0 to 100 (full scale), `per_second` of them."""

    per_second: float
    peaks: list[int]


class Thumbnail(TypedDict):
    """One small picture; `at` in seconds, `image` a data URI."""

    at: float
    image: str


class SketchResult(TypedDict):
    """Describe a file to whoever draws it; a part that it has not is None or empty.

    `spectrogram` is a picture of 0 to 8 kHz, low below, whose opacity is the level.
    """

    duration: float
    waveform: Waveform | None
    spectrogram: str | None
    thumbnails: list[Thumbnail]
    poster: str | None


def sketch(job: SketchJob, progress: Callable[[float], None]) -> SketchResult:
    """Sketch a media file in constant memory; of its pictures only keyframes are decoded.

    Raises `MediaError` "unreadable" when there is nothing to draw of it.
    """
    path = Path(job["source"])
    with open_media(path) as container:
        duration = (container.duration or 0) / av.time_base
        with reading(path):
            shown = _pictures(container, duration)
        sounds = bool(container.streams.audio)
    progress(1 - _SOUND_SHARE)
    peaks = _Peaks()
    spectrogram: str | None = None
    if sounds:
        try:
            spectrogram, heard = _listen(path, peaks, duration, progress)
            duration = duration or heard
        except MediaError:
            if not shown:
                raise
    if not shown and not peaks.found:
        raise MediaError("unreadable", f"There is nothing to draw of {path.name}.")
    return {
        "duration": round(duration, 3),
        "waveform": peaks.waveform() if peaks.found else None,
        "spectrogram": spectrogram,
        "thumbnails": [
            {"at": round(at, 3), "image": _jpeg(picture, height=_THUMBNAIL_HEIGHT)}
            for at, picture in shown
        ],
        "poster": _poster([picture for _, picture in shown]),
    }


# Sound


def _listen(
    path: Path, peaks: _Peaks, duration: float, progress: Callable[[float], None]
) -> tuple[str, float]:
    """Hear the first sound track; returns its spectrogram and its length in seconds."""
    with SoundReader(path) as reader:
        columns = _Columns(reader.rate)
        count = 0
        lead = round(max(0.0, reader.start) * reader.rate)
        for block in _led(reader, lead, reader.channels):
            peaks.add(np.abs(block).max(axis=1), count, reader.rate)
            columns.add(block.mean(axis=1))
            count += len(block)
            if duration:
                done = min(1.0, count / reader.rate / duration)
                progress(1 - _SOUND_SHARE + _SOUND_SHARE * done)
        return columns.picture(), count / reader.rate


def _led(blocks: SoundReader, lead: int, channels: int) -> Iterator[Sound]:
    """Put the silence before the first sample in front, so that times are the file's."""
    if lead:
        yield np.zeros((lead, channels), np.float32)
    yield from blocks


class _Peaks:
    """Gather the highest sample of each stretch; stretches are joined as they grow too many."""

    def __init__(self) -> None:
        self._per_second = _PEAKS_PER_SECOND
        self.found: list[float] = []

    def add(self, levels: NDArray[np.float32], at: int, rate: int) -> None:
        """Take the levels of the samples from the sample `at` on."""
        if not len(levels):
            return
        step = rate / self._per_second
        first, last = int(at / step), int((at + len(levels) - 1) / step)
        bounds = np.ceil(np.arange(first, last + 1) * step).astype(int) - at
        highest = np.maximum.reduceat(levels, np.clip(bounds, 0, len(levels) - 1)).tolist()
        if first < len(self.found):
            self.found[first] = max(self.found[first], highest.pop(0))
        self.found += highest
        while len(self.found) > _MOST_PEAKS:
            self.found = _joined(self.found)
            self._per_second /= 2

    def waveform(self) -> Waveform:
        """Give what was gathered."""
        peaks = [min(100, round(100 * peak)) for peak in self.found]
        return {"per_second": self._per_second, "peaks": peaks}


def _joined(levels: list[float]) -> list[float]:
    return [max(levels[i : i + 2]) for i in range(0, len(levels), 2)]


class _Columns:
    """Gather a spectrum every few hundredths of a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._step = round(rate / _COLUMNS_PER_SECOND)
        self._size = max(256, round(rate * _WINDOW))
        self._window = np.hanning(self._size).astype(np.float32)
        bins = max(_ROWS, int(min(_TOP, rate / 2) * self._size / rate))
        self._bounds = np.linspace(0, bins, _ROWS, endpoint=False).astype(int)
        self._bins = bins
        self._rest = np.zeros(0, np.float32)
        self._skip = 0
        self._found: list[NDArray[np.float32]] = []

    def add(self, mono: NDArray[np.float32]) -> None:
        """Take the samples that come next."""
        waiting = np.concatenate([self._rest, mono])
        at = self._skip
        while at + self._size <= len(waiting):
            spectrum = np.abs(np.fft.rfft(waiting[at : at + self._size] * self._window))
            power = spectrum[: self._bins] / (self._size / 4)  # a sine of full scale is 1
            self._found.append(np.maximum.reduceat(power, self._bounds).astype(np.float32))
            at += self._step
        self._skip = max(0, at - len(waiting))
        self._rest = waiting[at:]
        if len(self._found) > _MOST_COLUMNS:
            self._found = [
                np.maximum(*self._found[i : i + 2]) if i + 1 < len(self._found) else self._found[i]
                for i in range(0, len(self._found), 2)
            ]
            self._step *= 2

    def picture(self) -> str:
        """Give a PNG as a data URI: the level is its opacity, so that a view chooses the colour."""
        found = np.array(self._found or [np.zeros(_ROWS, np.float32)]).T[::-1]
        level = 20 * np.log10(np.maximum(found, 1e-9))
        alpha = np.clip(255 * (1 - level / _QUIETEST), 0, 255).astype(np.uint8)
        pixels = np.zeros((*alpha.shape, 4), np.uint8)
        pixels[..., 3] = alpha
        return _png(pixels)


def _png(pixels: Pixels) -> str:
    """Encode a picture with alpha, as a data URI."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


# Pictures


def _pictures(container: InputContainer, duration: float) -> list[tuple[float, Pixels]]:
    """Decode a keyframe near each of a few times; with the second it is shown at."""
    streams = moving_pictures(container)
    if not streams:
        return []
    stream = streams[0]
    stream.codec_context.skip_frame = "NONKEY"
    wanted = min(_MOST_THUMBNAILS, max(1, round(duration)))
    found: dict[float, Pixels] = {}
    for number in range(wanted):
        if number:
            try:
                container.seek(round(number * duration / wanted * av.time_base))
            except av.FFmpegError:
                break
        try:
            frame = next(container.decode(stream), None)
        except av.FFmpegError:  # damaged here; there may be more further on
            continue
        if frame is None:
            continue
        at = max(0.0, frame.time or 0.0)
        if at not in found:
            seen = as_seen(frame, stream.sample_aspect_ratio, widest=_POSTER_WIDTH)
            found[at] = np.asarray(seen.to_ndarray(), np.uint8)
    return sorted(found.items())


def _poster(pictures: list[Pixels]) -> str | None:
    """Choose the liveliest of the first pictures: films begin black."""
    first = pictures[: max(1, len(pictures) // 3)]
    if not first:
        return None
    return _jpeg(max(first, key=lambda picture: float(picture.std())))


def _jpeg(picture: Pixels, *, height: int | None = None) -> str:
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    tall = min(height or frame.height, frame.height)
    wide = frame.width * tall / frame.height
    # JPEG halves the colours' resolution, so edges are even.
    frame = frame.reformat(width=max(2, round(wide / 2) * 2), height=max(2, tall // 2 * 2))
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(frame, _QUALITY)).decode()}"
