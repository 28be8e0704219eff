"""Layout: what stands where on a drawn timeline; the picture and the live view both draw this."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cogwidgets.draft.changes import changes_by_row
from cogwidgets.draft.draft import clock

if TYPE_CHECKING:
    from cogwidgets.draft.changes import Change
    from cogwidgets.draft.draft import Draft, Segment

__all__ = ["Clip", "Lane", "Layout", "Run", "span", "ticks"]

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # s
_SHORT = {
    "added": "new",
    "volume": "volume {was:.0%} → {now:.0%}",
    "music_level": "music {was:.0%} → {now:.0%}",
    "trimmed": "{was} → {now}",
    "moved": "moved to {now}",
    "text": "was “{was}”",
}
_NARROW = 3.0  # pixels; clips below are drawn as one with their neighbours


@dataclass(frozen=True)
class Lane:
    """One track as it is drawn; ``index`` counts from 1."""

    index: int
    kind: str
    name: str
    pictures: bool
    sounds: bool


@dataclass(frozen=True)
class Clip:
    """One segment as it is drawn. Times in seconds, on the timeline but for ``at``.

    ``hue`` is ``video``, ``audio``, ``music``, ``text`` or ``other``. ``sound`` is the source that
    is heard and ``was`` the one that it replaced, ``removed`` where music was taken out. A second
    of the timeline is ``speed`` seconds of the source, from its second ``at``.
    """

    row: int
    track: int
    hue: str
    label: str
    note: str
    start: float
    end: float
    picture: str
    sound: str
    was: str
    at: float
    speed: float
    loop: bool
    reverse: bool
    gain: float
    removed: tuple[tuple[float, float], ...]
    changed: str

    @property
    def sources(self) -> list[str]:
        """The media that it shows something of."""
        return [s for s in dict.fromkeys((self.picture, self.sound, self.was)) if s]

    def source_time(self, second: float) -> float:
        """Return which second of the source is played at a second of the timeline."""
        gone = self.end - second if self.reverse else second - self.start
        return self.at + gone * self.speed


@dataclass(frozen=True)
class Run:
    """Clips too narrow to be drawn apart: ``count`` of them, from the row ``row`` on."""

    row: int
    track: int
    hue: str
    start: float
    end: float
    count: int
    changed: str


class Layout:
    """Where the segments of a draft stand; ``before`` is the draft that changes are told from.

    >>> from cogwidgets.draft import Draft
    >>> layout = Layout(Draft({"t": [{"tt": 7, "sg": [{"d": 3000, "m": {"text": "Day one"}}]}]}))
    >>> [(clip.label, clip.hue, clip.end) for clip in layout.window(0, 10, 100)]
    [('Day one', 'text', 3.0)]
    """

    def __init__(self, draft: Draft, before: Draft | None = None) -> None:
        told = changes_by_row(before, draft) if before is not None else {}
        self.duration = draft.duration
        self.lanes: list[Lane] = []
        self.clips: list[Clip] = []
        self.segments: list[Segment] = []
        self._tracks: list[_Track] = []
        for track in draft.tracks:
            first = len(self.clips)
            for segment in track:
                row = len(self.clips)
                self.segments.append(segment)
                self.clips.append(_clip(row, track.index, segment, told.get(row, [])))
            clips = self.clips[first:]
            if clips:
                shown, heard = (any(getattr(c, s) for c in clips) for s in ("picture", "sound"))
                self.lanes.append(Lane(track.index, track.kind, track.name, shown, heard))
                self._tracks.append(_Track(clips))
                self.duration = max(self.duration, *(clip.end for clip in clips))

    def window(self, start: float, end: float, pixels: float) -> list[Clip | Run]:
        """Return what can be seen between two seconds on so many pixels, track by track."""
        scale = pixels / (end - start) if end > start else 0.0
        found: list[Clip | Run] = []
        for track in self._tracks:
            found.extend(_merged(track.between(start, end), scale))
        return found


class _Track:
    """The clips of one track by their start, so that those of a window are found fast."""

    def __init__(self, clips: list[Clip]) -> None:
        self._clips = sorted(clips, key=lambda clip: clip.start)
        self._starts = [clip.start for clip in self._clips]
        self._ends: list[float] = []  # the latest so far: clips may overlap
        latest = -math.inf
        for clip in self._clips:
            latest = max(latest, clip.end)
            self._ends.append(latest)

    def between(self, start: float, end: float) -> Iterator[Clip]:
        first, last = bisect_left(self._ends, start), bisect_left(self._starts, end)
        for clip in self._clips[first:last]:
            if clip.end >= start:
                yield clip


def _merged(clips: Iterator[Clip], scale: float) -> Iterator[Clip | Run]:
    run: list[Clip] = []
    for clip in clips:
        narrow = (clip.end - clip.start) * scale < _NARROW
        if run and not (narrow and (clip.start - run[-1].end) * scale < _NARROW):
            yield _run(run)
            run = []
        if narrow:
            run.append(clip)
        else:
            yield clip
    if run:
        yield _run(run)


def _run(clips: list[Clip]) -> Clip | Run:
    if len(clips) == 1:
        return clips[0]
    changed = next((clip.changed for clip in clips if clip.changed), "")
    end = max(clip.end for clip in clips)
    first = clips[0]
    return Run(first.row, first.track, first.hue, first.start, end, len(clips), changed)


def ticks(start: float, end: float, pixels: float, *, apart: float = 64.0) -> list[float]:
    """Return where a ruler has its marks: round seconds, at least ``apart`` pixels between two.

    >>> ticks(0, 24, 900)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0]
    """
    if not end > start or pixels <= 0:
        return [start]
    least = (end - start) * apart / pixels
    step = next((s for s in _STEPS if s >= least), 3600 * math.ceil(least / 3600))
    first = math.ceil(start / step - 1e-9)
    return [n * step * 1.0 for n in range(first, math.floor(end / step + 1e-9) + 1)]


def _clip(row: int, track: int, segment: Segment, told: list[Change]) -> Clip:
    meta = segment.meta
    still = meta.get("still") is True
    sound = "" if still or segment.kind not in {"video", "audio"} else segment.source
    alone = "" if segment.music_level else _source(meta.get("speech"))
    replaced = _source(meta.get("denoised")) or alone
    speed = _number(meta.get("speed"), 1.0) or 1.0
    at = _number(meta.get("source_start"), 0.0) / 1000
    return Clip(
        row=row,
        track=track,
        hue=_hue(segment),
        label=segment.text or segment.name or "untitled",
        note=_note(segment),
        start=segment.start,
        end=max(segment.start, segment.end),
        picture=segment.source if segment.kind == "video" else "",
        sound=replaced if sound and replaced else sound,
        was=sound if replaced else "",
        at=at,
        speed=speed,
        loop=meta.get("loop") is True,
        reverse=meta.get("reverse") is True,
        gain=0.0 if meta.get("mute") is True else _gain(segment.volume),
        removed=_removed(segment, at, speed),
        changed=", ".join(map(_in_short, told)),
    )


def _hue(segment: Segment) -> str:
    if segment.kind == "audio" and segment.meta.get("role") == "music":
        return "music"
    return segment.kind if segment.kind in {"video", "audio", "text"} else "other"


def _note(segment: Segment) -> str:
    """Say in a word or two what sets a clip apart from its source as it came."""
    meta = segment.meta
    speed = _number(meta.get("speed"), 1.0)
    said = [
        f"{segment.volume:.0%}" if _gain(segment.volume) != 1 else "",
        f"music {segment.music_level:.0%}" if segment.music_level not in {0, 1} else "",
        "muted" if meta.get("mute") is True else "",
        f"{speed:g}×" if speed != 1 else "",
        "reversed" if meta.get("reverse") is True else "",
    ]
    return " · ".join(filter(None, said))


def _removed(segment: Segment, at: float, speed: float) -> tuple[tuple[float, float], ...]:
    """Bring the spans of removed music, which are in ms of the source, onto the timeline."""
    speech = segment.meta.get("speech")
    spans = speech.get("music") if isinstance(speech, dict) and not segment.music_level else None
    found = []
    for span in spans if isinstance(spans, list) else []:
        if isinstance(span, list) and len(span) == 2:  # noqa: PLR2004 - from, to
            low, high = (
                segment.start + (_number(ms, 0.0) / 1000 - at) / speed for ms in span
            )  # fmt: skip
            low, high = max(segment.start, low), min(segment.end, high)
            if high > low:
                found.append((low, high))
    return tuple(found)


def _in_short(change: Change) -> str:
    """Put a change into the words that fit a table's cell."""
    if change.kind == "music":
        return "music removed" if change.after else "music restored"
    return _SHORT.get(change.kind, change.kind).format(was=change.before, now=change.after)


def _source(replacement: Any) -> str:
    source = replacement.get("source") if isinstance(replacement, dict) else None
    return source if isinstance(source, str) else ""


def _gain(volume: float) -> float:
    return 1.0 if math.isnan(volume) else volume


def _number(value: Any, default: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else default


def span(clip: Clip | Run) -> str:
    """Write where a clip stands, as ``0:00–0:23``."""
    return f"{clock(clip.start)}–{clock(clip.end)}"
