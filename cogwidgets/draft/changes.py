"""Changes: what differs between two drafts, as data and in words.

A clip that was cut in two is still that clip: segments are matched by their ids, else by the
stretch of a source that they show, so an edit is told as what was done and not as what it took.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cogwidgets.draft.aspects import OF_DRAFT, OF_SEGMENT, written
from cogwidgets.draft.draft import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cogwidgets.draft.draft import Draft, Segment

__all__ = ["Change", "changes", "changes_by_row"]

Interval = tuple[float, float]
Placed = tuple[int, "Segment"]  # with the number of its track


@dataclass(frozen=True)
class Change:
    """One thing that is different: ``str()`` says it in words.

    ``kind`` is ``added``, ``removed``, ``moved``, ``trimmed``, ``cut``, ``split``, ``repeated``,
    ``volume``, ``text``, ``music``, ``noise``, ``canvas``, ``output``, ``thumbnail``, ``edited``,
    or ``aspect:`` and a key of `cogwidgets.draft.aspects`; ``before`` and ``after`` are the values
    it speaks of. ``track`` is 0 and ``name`` empty where it is about the whole.
    """

    kind: str
    track: int
    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        kind = "restored" if self.kind == "music" and not self.after else self.kind
        if kind.startswith("aspect:"):
            key = kind.removeprefix("aspect:")
            label = (OF_SEGMENT if self.name else OF_DRAFT)[key][0]
            what = f"'{self.name}': {label.lower()}" if self.name else f"{label}:"
            return f"{what} {self.before} → {self.after}"
        return _WORDS[kind].format(name=self.name, before=self.before, after=self.after)


_WORDS = {
    "added": "Added '{name}' ({after})",
    "removed": "Removed '{name}' ({before})",
    "moved": "Moved '{name}' from {before} to {after}",
    "trimmed": "'{name}' now lasts {after} instead of {before}",
    "cut": "Cut {before} out of '{name}', {after} left",
    "back": "Put {after} of '{name}' back",
    "split": "Split '{name}' at {after}",
    "repeated": "'{name}' is shown for {after} instead of {before}",
    "volume": "Volume of '{name}' {before:.0%} → {after:.0%}",
    "text": "Text “{before}” → “{after}”",
    "music": "Music removed from '{name}' ({after})",
    "restored": "Music restored in '{name}'",
    "noise": "Noise removed from '{name}': {after}",
    "canvas": "The picture is {after} instead of {before}",
    "output": "An export makes {after}",
    "thumbnail": "The thumbnail is the frame at {after}",
    "edited": "Changed '{name}'",
}
_STRUCTURAL = {"added", "removed", "cut", "back", "split", "repeated"}


def changes(before: Draft, after: Draft) -> list[Change]:
    """Return what changed from one draft to another, in the order of the tracks.

    Segments are matched by their ids, else by the source they show, else by track, name and order.

    >>> from cogwidgets.draft import Draft
    >>> one = Draft({"t": [{"tt": 0, "sg": [{"d": 4000, "m": {"name": "vlog", "volume": 1.0}}]}]})
    >>> two = Draft({"t": [{"tt": 0, "sg": [{"d": 4000, "m": {"name": "vlog", "volume": 0.5}}]}]})
    >>> [str(change) for change in changes(one, two)]
    ["Volume of 'vlog' 100% → 50%"]
    """
    old, new = _by_key(before), _by_key(after)
    found = _of_sources(list(old.values()), list(new.values()))
    told = {change.name for change in found}
    pairs: list[tuple[int, Segment, Segment]] = []
    for key, (track, segment) in new.items():
        parent = old.get(key) or _parent(segment, old.values())
        if parent is None:
            if segment.name not in told or not segment.source:
                found.append(Change("added", track, _named(segment), None, _span(segment)))
        else:
            pairs.append((track, parent[1], segment))
    shown = {segment.source for _, segment in new.values() if segment.source}
    found.extend(
        Change("removed", track, _named(segment), _span(segment), None)
        for key, (track, segment) in old.items()
        if key not in new and segment.source not in shown
    )
    follows = any(c.kind in _STRUCTURAL for c in found) or any(
        _sped(one, two) for _, one, two in pairs
    )
    reordered = _order(pairs, after=False) != _order(pairs, after=True)
    for track, one, two in pairs:
        found += _differences(track, one, two, still=follows and not reordered)
    found += _of_whole(before.meta, after.meta)
    if not found and before.raw != after.raw:
        found.append(Change("edited", 0, after.title or "the draft", before.raw, after.raw))
    found.sort(key=lambda change: change.track or math.inf)
    return list({str(change) + change.kind: change for change in found}.values())


def changes_by_row(before: Draft, after: Draft) -> dict[int, list[Change]]:
    """Return the changes of each segment that is there afterwards, by its row in the timeline.

    >>> from cogwidgets.draft import Draft
    >>> after = Draft({"t": [{"tt": 7, "sg": [{"d": 900, "m": {"text": "Day one"}}]}]})
    >>> changes_by_row(Draft({}), after)[0][0].kind
    'added'
    """
    old, new = _by_key(before), _by_key(after)
    moved = any(change.kind == "moved" for change in changes(before, after))
    found: dict[int, list[Change]] = {}
    for row, (key, (track, segment)) in enumerate(new.items()):
        parent = old.get(key) or _parent(segment, old.values())
        if parent is None:
            found[row] = [Change("added", track, _named(segment), None, _span(segment))]
            continue
        told = _differences(track, parent[1], segment, still=not moved)
        was, now = parent[1].duration, segment.duration
        if was != now and not moved:
            told.insert(0, Change("trimmed", track, _named(segment), clock(was), clock(now)))
        if told:
            found[row] = told
    return found


# What became of the sources


def _of_sources(old: Sequence[Placed], new: Sequence[Placed]) -> list[Change]:
    """Tell what was cut out of each source, split, or shown again."""
    before, after = _by_source(old), _by_source(new)
    found: list[Change] = []
    for source in before.keys() & after.keys():
        track, segment = after[source][0]
        one, two = ([_shows(s) for _, s in placed[source]] for placed in (before, after))
        name = _named(segment)
        gone, come = _without(one, two), _without(two, one)
        was, now = (sum(b - a for a, b in spans) for spans in (one, two))
        if gone and not come:
            found.append(Change("cut", track, name, _spans(gone), clock(now)))
        elif come:
            found.append(Change("back", track, name, None, _spans(come)))
        elif now > was + _MOMENT:
            found.append(Change("repeated", track, name, clock(was), clock(now)))
        elif len(two) > len(one):
            borders = sorted({a for a, _ in two} - {a for a, _ in one})
            if not _differ_within(before[source], after[source]):
                places = ", ".join(map(clock, borders))
                found.append(Change("split", track, name, None, places))
    return found


_MOMENT = 0.05  # s: less is rounding


def _by_source(placed: Iterable[Placed]) -> dict[str, list[Placed]]:
    found: dict[str, list[Placed]] = defaultdict(list)
    for track, segment in placed:
        plays = segment.kind in {"video", "audio"} and segment.meta.get("role") != "music"
        if (
            plays
            and segment.source
            and "source_start" in segment.meta
            and not segment.meta.get("still")
        ):
            found[segment.source].append((track, segment))
    return found


def _shows(segment: Segment) -> Interval:
    """Tell which stretch of its source a segment shows, in seconds."""
    start, speed = (_number(segment.meta.get(key), default) for key, default in _READ)
    return start / 1000, start / 1000 + segment.duration * speed


_READ = (("source_start", 0.0), ("speed", 1.0))


def _number(value: Any, default: float) -> float:
    good = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if good else default


def _without(spans: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Give what of some stretches lies in none of the others."""
    left = list(spans)
    for start, end in others:
        left = [
            part
            for a, b in left
            for part in ((a, min(b, start)), (max(a, end), b))
            if part[1] - part[0] > _MOMENT
        ]
    return sorted(set(left))


def _differ_within(old: Sequence[Placed], new: Sequence[Placed]) -> bool:
    """Tell whether pieces of a clip were changed, so that the cut between them is no edit."""
    ids = {segment.id: segment for _, segment in old}
    fresh = [segment for _, segment in new if segment.id not in ids]
    parents = [(_parent(segment, old), segment) for segment in fresh]
    pieces = [(ids[s.id], s) for _, s in new if s.id in ids]
    pieces += [(parent[1], segment) for parent, segment in parents if parent]
    return any(_differences(0, one, two, still=True) for one, two in pieces)


def _parent(segment: Segment, old: Iterable[Placed]) -> Placed | None:
    """Find the clip that a new segment is a piece of."""
    if not segment.source or "source_start" not in segment.meta:
        return None
    start, end = _shows(segment)
    for placed in old:
        if placed[1].source == segment.source and placed[1].kind == segment.kind:
            a, b = _shows(placed[1])
            if a - _MOMENT <= start and end <= b + _MOMENT:
                return placed
    return None


def _spans(spans: Iterable[Interval]) -> str:
    return ", ".join(f"{clock(a)}–{clock(b)}" for a, b in spans)


# What became of each segment


def _order(pairs: Iterable[tuple[int, Segment, Segment]], *, after: bool) -> list[str]:
    of_video = [
        (two.start if after else one.start, two.id) for _, one, two in pairs if one.id == two.id
    ]
    return [name for _, name in sorted(of_video)]


def _sped(one: Segment, two: Segment) -> bool:
    return _number(one.meta.get("speed"), 1.0) != _number(two.meta.get("speed"), 1.0)


def _differences(track: int, old: Segment, new: Segment, *, still: bool) -> list[Change]:
    """Tell what is different in a segment; ``still`` leaves out what followed from other edits."""
    if old.raw == new.raw and old.start == new.start:
        return []
    name = _named(new)
    found = []
    if old.id == new.id and not still:
        if old.start != new.start:
            found.append(Change("moved", track, name, clock(old.start), clock(new.start)))
        if old.duration != new.duration:
            found.append(Change("trimmed", track, name, clock(old.duration), clock(new.duration)))
    found += _contents(track, name, old, new)
    for key in OF_SEGMENT:
        aspect = (
            None
            if key in _INSIDE and old.id != new.id
            else written(OF_SEGMENT, key, old.meta, new.meta)
        )
        if aspect is not None:
            found.append(Change(f"aspect:{key}", track, name, *aspect[1:]))
    followed = still or old.id != new.id
    return found or ([] if followed else [Change("edited", track, name, old.raw, new.raw)])


def _contents(track: int, name: str, old: Segment, new: Segment) -> list[Change]:
    """Tell what is heard or read differently."""
    found = []
    if old.volume != new.volume and not (math.isnan(old.volume) and math.isnan(new.volume)):
        found.append(Change("volume", track, name, old.volume, new.volume))
    if old.text != new.text:
        found.append(Change("text", track, name, old.text, new.text))
    if old.meta.get("speech") != new.meta.get("speech"):
        found.append(Change("music", track, name, _music(old), _music(new)))
    if bool(old.meta.get("denoised")) != bool(new.meta.get("denoised")):
        found.append(
            Change("noise", track, name, None, "yes" if new.meta.get("denoised") else "no")
        )
    return found


# Of these the later piece of a cut clip has none, or times of its own.
_INSIDE = {"fade_in", "fade_out", "picture_fade_in", "picture_fade_out", "transition"}


def _of_whole(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Tell what is different in what holds for the whole."""
    found = []
    one, two = (f"{m.get('width')}×{m.get('height')}" for m in (before, after))
    if one != two and "width" in before and "width" in after:
        found.append(Change("canvas", 0, "", one, two))
    for key in OF_DRAFT:
        aspect = written(OF_DRAFT, key, before, after) if before else None
        if aspect is not None:
            found.append(Change(f"aspect:{key}", 0, "", *aspect[1:]))
    if before.get("output") != after.get("output") and isinstance(after.get("output"), dict):
        told = ", ".join(_output(key, value) for key, value in after["output"].items())
        found.append(Change("output", 0, "", before.get("output"), told))
    picture = after.get("thumbnail")
    if before.get("thumbnail") != picture and isinstance(picture, dict):
        at = clock(_number(picture.get("at"), 0.0) / 1000)
        found.append(Change("thumbnail", 0, "", None, at))
    return found


def _output(key: str, value: Any) -> str:
    if key == "size" and isinstance(value, int | float):
        return f"at most {value / 1e6:g} MB"
    return str(value)


def _music(segment: Segment) -> str:
    """Say where music was taken out of a segment, as the engine's ``speech`` tells it."""
    speech = segment.meta.get("speech")
    spans = speech.get("only", speech.get("music")) if isinstance(speech, dict) else None
    if not isinstance(spans, list):
        return ""
    pairs = [s for s in spans if isinstance(s, list) and len(s) == 2]  # noqa: PLR2004 - from, to
    return ", ".join(
        f"{clock(_number(a, 0.0) / 1000)}–{clock(_number(b, 0.0) / 1000)}" for a, b in pairs
    )


def _by_key(draft: Draft) -> dict[tuple[Any, ...], Placed]:
    keyed: dict[tuple[Any, ...], Placed] = {}
    seen: Counter[tuple[Any, ...]] = Counter()
    for track in draft.tracks:
        for segment in track:
            base = (segment.id,) if segment.id else (track.index, track.kind, _named(segment))
            keyed[(*base, seen[base])] = (track.index, segment)
            seen[base] += 1
    return keyed


def _named(segment: Segment) -> str:
    return segment.name or segment.text or "untitled"


def _span(segment: Segment) -> str:
    return f"{clock(segment.start)}–{clock(segment.end)}"
