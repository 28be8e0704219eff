"""What a render shows and plays, and when, as frozen data (`planning` reads it from a draft).

Times are milliseconds on the timeline unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from cogwidgets.engine.media.beds import Bed

__all__ = [
    "Clip",
    "Effect",
    "Place",
    "Speech",
    "Text",
    "Timeline",
    "Transition",
]


@dataclass(frozen=True)
class Effect:
    """Name one change of the picture; `begin` and `end` count from the segment's start."""

    kind: str
    amount: float = 0.0
    name: str = ""
    begin: int = 0
    end: int | None = None


@dataclass(frozen=True)
class Transition:
    """Describe how a segment comes in over the one before it."""

    kind: str
    length: int


@dataclass(frozen=True)
class Place:
    """Place an overlay: its centre and width as fractions of the canvas."""

    x: float = 0.5
    y: float = 0.5
    width: float = 0.3
    opacity: float = 1.0


@dataclass(frozen=True)
class Speech:
    """Name the stems that replace a source's sound tracks, everywhere or in `only` (source ms).

    `music_level` of what is not speech stays beside them.
    """

    streams: tuple[Path, ...]
    only: tuple[tuple[int, int], ...] | None = None
    music_level: float = 0.0

    @property
    def alone(self) -> bool:
        """Whether nothing else is heard, at any time."""
        return self.only is None and not self.music_level


@dataclass(frozen=True)
class Clip:
    """Describe one segment of a source: `length` on the timeline, `length * speed` of the source.

    `source_start` is in ms of the source's time; a piece of a clip with a `motion` begins at the
    first of `motion_at` in one that lasts the second; `crop` is x, y, width, height as fractions.
    """

    source: Path
    start: int
    length: int
    source_start: int = 0
    speed: float = 1.0
    reverse: bool = False
    loop: bool = False
    still: bool = False
    motion: str = ""
    motion_at: tuple[int, int] | None = None
    volume: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    loudness: float | None = None
    speech: Speech | None = None
    picture_fade_in: int = 0
    picture_fade_out: int = 0
    picture_fade_color: str = "#000000"
    crop: tuple[float, float, float, float] | None = None
    zoom: float = 1.0
    rotate: int = 0
    flip: str = ""
    fit: str = ""
    effects: tuple[Effect, ...] = ()
    transition: Transition | None = None
    place: Place | None = None

    @property
    def end(self) -> int:
        """Where it ends on the timeline."""
        return self.start + self.length

    @property
    def runs_plainly(self) -> bool:
        """Whether it plays its source forwards, once, at its own speed."""
        return self.speed == 1 and not (self.reverse or self.loop or self.still)

    @property
    def sounds_plainly(self) -> bool:
        """Whether its sound is the source's or a stem's as it stands, from its first sample on."""
        whole_stem = self.speech is None or self.speech.alone
        unchanged = self.volume == 1 and self.loudness is None and whole_stem
        return unchanged and self.runs_plainly and not (self.fade_in or self.fade_out)


@dataclass(frozen=True)
class Text:
    """Describe a title; `size` is the capitals' height as a fraction of the smaller side."""

    text: str
    start: int
    length: int
    position: str = "bottom"
    size: float = 0.06
    color: str = "#ffffff"
    background: str = ""
    fade_in: int = 0
    fade_out: int = 0
    bold: bool = False

    @property
    def end(self) -> int:
        """Where it ends on the timeline."""
        return self.start + self.length


@dataclass(frozen=True)
class Timeline:
    """Hold all there is to render; `clips` follow each other, `overlays` lie above them in order.

    `width`, `height` and `fps` are None where the draft leaves them to its first picture.
    """

    length: int
    clips: tuple[Clip, ...] = ()
    overlays: tuple[Clip, ...] = ()
    sounds: tuple[Clip, ...] = ()
    beds: tuple[Bed, ...] = ()
    texts: tuple[Text, ...] = ()
    width: int | None = None
    height: int | None = None
    fps: Fraction | None = None
    fit: str = ""
    background: str = "#000000"
    loudness: float | None = None
    output: dict[str, Any] = field(default_factory=dict)

    @property
    def sounding(self) -> tuple[Clip, ...]:
        """All segments whose own sound is heard."""
        return (*self.clips, *self.overlays, *self.sounds)

    def sources(self) -> list[Path]:
        """List the files that the render reads."""
        clips = self.sounding
        stems = [path for clip in clips if clip.speech for path in clip.speech.streams]
        return [*(clip.source for clip in clips), *stems, *(bed.path for bed in self.beds)]
