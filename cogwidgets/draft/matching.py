"""Matching: which segment of one draft a segment of another is, and where its source shows.

A clip that was cut in two is still that clip: segments are matched by their ids, else by the
stretch of a source that they show, else by track, name and order. Times are float seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from cogwidgets.draft.draft import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cogwidgets.draft.draft import Draft, Segment

__all__ = [
    "MOMENT",
    "Interval",
    "Placed",
    "by_key",
    "by_source",
    "number",
    "parent_of",
    "plays",
    "shows",
    "span_of",
    "spans",
    "title_of",
    "united",
    "where",
    "without",
]

Interval = tuple[float, float]
Placed = tuple[int, "Segment"]  # with the number of its track
MOMENT = 0.05  # s: less is rounding


def by_key(draft: Draft) -> dict[tuple[Any, ...], Placed]:
    """Give every segment under what it is known by."""
    keyed: dict[tuple[Any, ...], Placed] = {}
    seen: Counter[tuple[Any, ...]] = Counter()
    for track in draft.tracks:
        for segment in track:
            base = (segment.id,) if segment.id else (track.index, track.kind, title_of(segment))
            keyed[(*base, seen[base])] = (track.index, segment)
            seen[base] += 1
    return keyed


def title_of(segment: Segment) -> str:
    """Give what to call a segment."""
    return segment.name or segment.text or "untitled"


def by_source(placed: Iterable[Placed]) -> dict[str, list[Placed]]:
    """Give the segments that play a stretch of a source, under that source."""
    found: dict[str, list[Placed]] = defaultdict(list)
    for track, segment in placed:
        if plays(segment):
            found[segment.source].append((track, segment))
    return found


def plays(segment: Segment) -> bool:
    """Tell whether a segment shows a stretch of a source once, which stills and music do not."""
    once = segment.meta.get("role") != "music" and not segment.meta.get("still")
    known = bool(segment.source) and "source_start" in segment.meta
    return segment.kind in {"video", "audio"} and once and known


def shows(segment: Segment) -> Interval:
    """Tell which stretch of its source a segment shows."""
    start, speed = _begin(segment), _speed(segment)
    return start, start + segment.duration * speed


def where(segment: Segment, stretch: Interval) -> Interval | None:
    """Tell where on the timeline a stretch of a segment's source is; None where it is not.

    >>> from cogwidgets.draft import Draft
    >>> raw = {"d": 4000, "m": {"source": "a.mp4", "source_start": 3000, "start": 1000}}
    >>> [clip] = Draft({"t": [{"tt": 0, "sg": [raw]}]}).segments
    >>> where(clip, (0.0, 5.0))
    (1.0, 3.0)
    """
    begin, end = shows(segment)
    one, two = max(stretch[0], begin), min(stretch[1], end)
    if two <= one:
        return None
    low, high = (one - begin) / _speed(segment), (two - begin) / _speed(segment)
    if segment.meta.get("reverse") is True:
        low, high = segment.duration - high, segment.duration - low
    return segment.start + low, segment.start + high


def span_of(segment: Segment) -> Interval:
    """Tell where a segment is on the timeline."""
    return segment.start, segment.end


def _begin(segment: Segment) -> float:
    return number(segment.meta.get("source_start"), 0.0) / 1000


def _speed(segment: Segment) -> float:
    return number(segment.meta.get("speed"), 1.0) or 1.0


def number(value: Any, default: float) -> float:
    """Give a number, the default for whatever is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else default


def parent_of(segment: Segment, old: Iterable[Placed]) -> Placed | None:
    """Find the clip that a new segment is a piece of."""
    if not segment.source or "source_start" not in segment.meta:
        return None
    start, end = shows(segment)
    for placed in old:
        if placed[1].source == segment.source and placed[1].kind == segment.kind:
            a, b = shows(placed[1])
            if a - MOMENT <= start and end <= b + MOMENT:
                return placed
    return None


def without(stretches: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Give what of some stretches lies in none of the others.

    >>> without([(0, 9)], [(2, 3)])
    [(0, 2), (3, 9)]
    """
    taken = united(others)
    ends = [end for _, end in taken]
    found: set[Interval] = set()
    for begin, stop in stretches:
        at = begin
        for start, end in taken[bisect_right(ends, begin) :]:
            if start >= stop:
                break
            found.add((at, start))
            at = max(at, end)
        found.add((at, stop))
    return sorted(part for part in found if part[1] - part[0] > MOMENT)


def united(stretches: Iterable[Interval]) -> list[Interval]:
    """Join stretches that touch or overlap.

    >>> united([(5.0, 9.0), (0.0, 5.0)])
    [(0.0, 9.0)]
    """
    found: list[Interval] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1] + MOMENT:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def spans(stretches: Iterable[Interval]) -> str:
    """Write stretches as people read them.

    >>> spans([(0, 5), (5, 9.5), (12, 20)])
    '0:00–0:09.5, 0:12–0:20'
    """
    return ", ".join(f"{clock(a)}–{clock(b)}" for a, b in united(stretches))
