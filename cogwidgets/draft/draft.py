"""Draft, Track, Segment: views over the raw draft JSON, which stays whole.

The raw dict is the truth (contract.md, "The draft"): a view reads what it knows, copes with what is
missing or odd, and never drops a key, so the draft goes back to the service as it came. Times are
float seconds here and integer milliseconds in the JSON.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from cogwidgets.plural import counted

__all__ = ["Draft", "Segment", "Track", "clock"]

_HUGE = 1e15
_KINDS = {0: "video", 1: "audio", 7: "text"}
_LABELS = {"video": "Video", "audio": "Audio", "text": "Title"}


def clock(seconds: float) -> str:
    """Write a time as ``m:ss``, with tenths where there are any.

    >>> clock(0), clock(83), clock(2.5), clock(3600)
    ('0:00', '1:23', '0:02.5', '60:00')
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    whole, tenth = divmod(rest, 10)
    return f"{minutes}:{whole:02d}" + (f".{tenth}" if tenth else "")


@dataclass(frozen=True)
class Segment:
    """One clip, piece of music or title on a track. ``start`` is on the timeline, in seconds."""

    raw: dict[str, Any]
    kind: str
    start: float

    @property
    def duration(self) -> float:
        """Seconds on the timeline."""
        return _seconds(self.raw.get("d"))

    @property
    def end(self) -> float:
        """Seconds from the timeline's start."""
        return self.start + self.duration

    @property
    def meta(self) -> dict[str, Any]:
        """The segment's ``m``, empty where there is none."""
        return _fields(self.raw.get("m"))

    @property
    def id(self) -> str:
        """The segment's own id, empty where it has none."""
        return _string(self._first("id", "segment_id"))

    @property
    def text(self) -> str:
        """The words of a title, empty for the rest."""
        return _string(self._first("text", "content")) if self.kind == "text" else ""

    @property
    def source(self) -> str:
        """The path or URL of the media, under whichever key the service put it."""
        return _string(self._first("source", "cdn_url", "url", "src", "path", "file"))

    @property
    def name(self) -> str:
        """What to call it: its name, its words, or the file name of its media."""
        named = _string(self._first("name", "title", "filename"))
        return named or self.text or PurePosixPath(unquote(urlsplit(self.source).path)).stem

    @property
    def volume(self) -> float:
        """Linear gain, 1.0 unchanged; NaN where a volume means nothing."""
        if self.kind == "text":
            return math.nan
        value = self._first("volume", "vol")
        return float(value) if _is_number(value) else 1.0

    @property
    def music_level(self) -> float:
        """How loud the music in its own sound is: 1.0 as recorded, 0.0 where it was taken out."""
        speech = self.meta.get("speech")
        if not isinstance(speech, dict):
            return 1.0
        level = speech.get("music_level")
        return level if isinstance(level, int | float) and _is_number(level) else 0.0

    def _first(self, *keys: str) -> Any:
        """Return the first key that is there, in ``m`` or on the segment itself."""
        meta = self.meta
        return next((place[k] for k in keys for place in (meta, self.raw) if k in place), None)

    def __repr__(self) -> str:
        return f"<Segment {self.kind} {self.name!r} {clock(self.start)}–{clock(self.end)}>"


@dataclass(frozen=True)
class Track:
    """One row of the timeline. ``index`` counts from 1."""

    raw: dict[str, Any]
    index: int

    @property
    def kind(self) -> str:
        """``video``, ``audio``, ``text``, else the track type's number as text."""
        kind = self.raw.get("tt")
        return _KINDS.get(kind, str(kind)) if isinstance(kind, int) else str(kind)

    @property
    def name(self) -> str:
        """The track's own name, or what it holds."""
        return _string(_fields(self.raw.get("m")).get("name")) or _LABELS.get(self.kind, self.kind)

    @property
    def segments(self) -> list[Segment]:
        """The segments in order; one without a start follows the one before it."""
        found, at = [], 0.0
        for raw in _dicts(self.raw.get("sg")):
            start = _fields(raw.get("m")).get("start", raw.get("start"))
            segment = Segment(raw, self.kind, _seconds(start) if _is_number(start) else at)
            at = segment.end
            found.append(segment)
        return found

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __repr__(self) -> str:
        segments = counted(len(self.segments), "segment")
        return f"<Track {self.index} {self.kind} {self.name!r} · {segments}>"


class Draft:
    """A view over one draft.

    >>> draft = Draft({"t": [{"tt": 0, "sg": [{"d": 10000, "m": {"name": "city timelapse"}}]}]})
    >>> draft.duration, draft.exportable
    (10.0, True)
    >>> print(draft)
    Timeline (1 track): 1. Video: city timelapse (0-10s)
    """

    def __init__(self, raw: dict[str, Any] | None) -> None:
        self.raw: dict[str, Any] = {} if raw is None else raw

    @property
    def tracks(self) -> list[Track]:
        """The tracks in order."""
        return [Track(raw, i) for i, raw in enumerate(_dicts(self.raw.get("t")), start=1)]

    @property
    def segments(self) -> list[Segment]:
        """Every segment of every track."""
        return [segment for track in self.tracks for segment in track]

    @property
    def meta(self) -> dict[str, Any]:
        """The draft's ``m``, empty where there is none."""
        return _fields(self.raw.get("m"))

    @property
    def title(self) -> str:
        """The draft's title, empty where it has none."""
        return _string(self.meta.get("title"))

    @property
    def duration(self) -> float:
        """Seconds: what the draft says, else where its last segment ends."""
        said = self.raw.get("d")
        return (
            _seconds(said) if _is_number(said) else max((s.end for s in self.segments), default=0.0)
        )

    @property
    def exportable(self) -> bool:
        """Whether a track has a segment (contract.md, "The draft")."""
        return any(track.segments for track in self.tracks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Draft) and self.raw == other.raw

    __hash__ = None  # type: ignore[assignment]  # a view over a dict that may change

    def __str__(self) -> str:
        tracks = [t for t in self.tracks if t.segments]
        if not tracks:
            return "Timeline (empty)"
        said = " ".join(f"{t.index}. {t.name}: {', '.join(map(_brief, t))}" for t in tracks)
        return f"Timeline ({counted(len(tracks), 'track')}): {said}"

    def _repr_html_(self) -> str:
        """Show it as lanes (`cogwidgets.draft.lanes`)."""
        from cogwidgets.draft.lanes import lanes

        return lanes(self)

    def __repr__(self) -> str:
        tracks = counted(len(self.tracks), "track")
        return f"<Draft {self.title!r} · {tracks} · {clock(self.duration)}>"


def _brief(segment: Segment) -> str:
    """Write a segment as the contract's summary line does."""
    name = f'"{segment.text}"' if segment.text else segment.name or "untitled"
    span = f"{segment.start:.3g}-{segment.end:.3g}s"
    loud = segment.volume
    quieter = "" if math.isnan(loud) or loud == 1 else f", {loud:.0%}"
    return f"{name} ({span}{quieter})"


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < _HUGE  # not NaN, not infinite, not beyond a float


def _seconds(milliseconds: Any) -> float:
    return milliseconds / 1000 if _is_number(milliseconds) else 0.0


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
