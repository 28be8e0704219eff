"""Sketch: what a view draws of a source: its loudness over time, and a few small pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cogwidgets.draft.draft import clock
from cogwidgets.plural import counted

__all__ = ["Sketch"]

_IMAGES = ("data:image/jpeg;base64,", "data:image/png;base64,", "data:image/webp;base64,")


@dataclass(frozen=True, repr=False)
class Sketch:
    """What one source looks and sounds like, small enough to be sent to a view.

    ``peaks`` are the highest sample of each stretch, 0 to 100 (full scale), ``per_second`` of
    them; ``thumbnails`` are (second, data URI) pairs in order. ``spectrogram`` is a picture whose
    opacity is the level, 0 to 8 kHz from below. What a source has not is empty.

    >>> Sketch.read({"waveform": {"per_second": 2, "peaks": [0, 80, 200, "x"]}}).peaks
    (0, 80, 100, 0)
    """

    duration: float = 0.0
    per_second: float = 0.0
    peaks: tuple[int, ...] = ()
    thumbnails: tuple[tuple[float, str], ...] = ()
    poster: str = ""
    spectrogram: str = ""

    def __repr__(self) -> str:
        pictures = counted(len(self.thumbnails), "thumbnail")
        return f"<Sketch {clock(self.duration)} · {counted(len(self.peaks), 'peak')} · {pictures}>"

    @classmethod
    def read(cls, data: dict[str, Any]) -> Sketch:
        """Read the answer of a ``sketch_url``; what is odd in it is left out."""
        wave = data.get("waveform")
        wave = wave if isinstance(wave, dict) else {}
        peaks = wave.get("peaks")
        shown = data.get("thumbnails")
        return cls(
            duration=_number(data.get("duration")),
            per_second=_number(wave.get("per_second")),
            peaks=tuple(map(_peak, peaks)) if isinstance(peaks, list) else (),
            thumbnails=tuple(
                (_number(one.get("at")), _image(one.get("image")))
                for one in (shown if isinstance(shown, list) else [])
                if isinstance(one, dict) and _image(one.get("image"))
            ),
            poster=_image(data.get("poster")),
            spectrogram=_image(data.get("spectrogram")),
        )

    def between(self, start: float, end: float, count: int) -> list[int]:
        """Return the highest peak of each of ``count`` equal stretches of the source.

        ``start`` and ``end`` are seconds of the source; what is beyond it is 0.

        >>> Sketch(per_second=1.0, peaks=(10, 20, 30, 40)).between(1, 5, 2)
        [30, 40]
        """
        step = (end - start) * self.per_second / count if count else 0.0
        first = start * self.per_second
        found = []
        for number in range(count):
            low = math.floor(first + number * step)
            high = max(low + 1, math.ceil(first + (number + 1) * step))
            found.append(max(self.peaks[max(0, low) : max(0, high)], default=0))
        return found

    def picture_at(self, second: float) -> str:
        """Return the thumbnail that is shown at a second of the source, empty where there is none.

        >>> Sketch(thumbnails=((0.0, "data:a"), (8.0, "data:b"))).picture_at(7.9)
        'data:a'
        """
        before = [image for at, image in self.thumbnails if at <= second + 1e-6]
        return before[-1] if before else self.thumbnails[0][1] if self.thumbnails else ""


def _number(value: Any) -> float:
    odd = isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
    return 0.0 if odd else max(0.0, float(value))


def _peak(value: Any) -> int:
    return min(100, round(_number(value)))


def _image(value: Any) -> str:
    """Let a picture through only as data: what a service names could be anywhere."""
    return value if isinstance(value, str) and value.startswith(_IMAGES) else ""
