"""Differences: what is different in segments that are matched, and in what holds for the whole."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cogwidgets.draft.aspects import OF_DRAFT, OF_SEGMENT, output_of, written
from cogwidgets.draft.change import Change
from cogwidgets.draft.draft import clock
from cogwidgets.draft.matching import number, plays, span_of, spans, title_of, where, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cogwidgets.draft.draft import Draft, Segment
    from cogwidgets.draft.matching import Interval

__all__ = ["Differences", "Pair", "differing", "of_whole"]

Pair = tuple[int, "Segment", "Segment"]  # the track, what it was, what it is

# Of these a piece of a cut clip has only what is at its own edges.
_AT_START = ("fade_in", "picture_fade_in", "transition")
_AT_END = ("fade_out", "picture_fade_out")
_AT_EITHER = {*_AT_START, *_AT_END, "picture_fade_color"}


class Differences:
    """Tell what is different in segments; ``still`` leaves out what followed from other edits."""

    def __init__(self, before: Draft, after: Draft, *, still: bool) -> None:
        self._still = still
        self._edges = {**_edges(before, after, _AT_START, 0), **_edges(before, after, _AT_END, -1)}

    def of_places(self, group: Sequence[Pair]) -> list[Change]:
        """Tell what moved, and what lasts longer or shorter."""
        if self._still:
            return []
        found: list[Change] = []
        pieces = [new for _, _, new in group]
        for track, old, new in group:
            if old.id != new.id:
                continue
            name = title_of(new)
            turned = bool(old.meta.get("reverse")) != bool(new.meta.get("reverse"))
            if old.start != new.start and not turned:
                found.append(Change("moved", track, name, clock(old.start), clock(new.start)))
            if old.duration == new.duration or (plays(new) and plays(old)):
                continue
            gone = without([span_of(old)], [span_of(piece) for piece in pieces])
            if len(pieces) > 1 and old.start == new.start:
                left = clock(sum(piece.duration for piece in pieces))
                found += [Change("cut", track, name, spans(gone), left)] if gone else []
            else:
                found.append(
                    Change("trimmed", track, name, clock(old.duration), clock(new.duration))
                )
        return found

    def of_group(self, group: Sequence[Pair]) -> list[Change]:
        """Tell what is different in the pieces of a clip, and in which of them."""
        told: dict[Change, list[Segment]] = defaultdict(list)
        for track, old, new in group:
            for change in self._contents(track, old, new):
                told[change].append(new)
        found = []
        for change, pieces in told.items():
            everywhere = len(pieces) == len(group)
            when = "" if everywhere else spans(span_of(piece) for piece in pieces)
            found.append(replace(change, when=when))
        return [*found, *_music(group), *self._at_edges(group)] or self._unknown(group)

    def _unknown(self, group: Sequence[Pair]) -> list[Change]:
        """Name the keys of what nothing here has words for."""
        return [
            Change("edited", track, title_of(new), None, keys)
            for track, old, new in group
            if not self._still and old.id == new.id
            if (keys := differing(old.raw, new.raw, known=_PLACING | _AT_EITHER))
        ]

    def _contents(self, track: int, old: Segment, new: Segment) -> Iterator[Change]:
        """Tell what is seen, heard or read differently."""
        name = title_of(new)
        if old.volume != new.volume and not (math.isnan(old.volume) and math.isnan(new.volume)):
            yield Change("volume", track, name, old.volume, new.volume)
        if old.text != new.text:
            yield Change("text", track, name, old.text, new.text)
        if bool(old.meta.get("denoised")) != bool(new.meta.get("denoised")):
            yield Change("noise", track, name, None, "yes" if new.meta.get("denoised") else "no")
        for key in OF_SEGMENT:
            if key in _AT_EITHER or (key == "effects" and _alike(old, new, still=self._still)):
                continue
            was, now = (_of_timeline(s) if key == "effects" else s.meta for s in (old, new))
            aspect = written(OF_SEGMENT, key, was, now)
            if aspect is not None:
                yield Change(f"aspect:{key}", track, name, *aspect[1:])

    def _at_edges(self, group: Sequence[Pair]) -> list[Change]:
        """Tell what is different where clips begin and end."""
        found: list[Change] = []
        by_old: dict[int, list[Pair]] = defaultdict(list)
        for pair in group:
            by_old[id(pair[1].raw)].append(pair)
        for pieces in by_old.values():
            ordered = sorted(pieces, key=lambda pair: pair[2].start)
            for number_, (track, old, new) in enumerate(ordered):
                for keys, edge, place in (
                    (_AT_START, number_ == 0, new.start),
                    (_AT_END, number_ == len(ordered) - 1, new.end),
                ):
                    for key in keys:
                        if self._kept(key, old, new):
                            continue
                        was = old.meta if edge else {}
                        aspect = written(OF_SEGMENT, key, was, new.meta)
                        when = "" if edge else clock(place)
                        if aspect is not None:
                            found.append(
                                Change(f"aspect:{key}", track, title_of(new), *aspect[1:], when)
                            )
                faded = _AT_EITHER & new.meta.keys() & {"picture_fade_in", "picture_fade_out"}
                color = written(OF_SEGMENT, "picture_fade_color", old.meta, new.meta)
                if faded and color is not None:
                    found.append(
                        Change("aspect:picture_fade_color", track, title_of(new), *color[1:])
                    )
        return found

    def _kept(self, key: str, old: Segment, new: Segment) -> bool:
        """Tell whether a fade only went to another segment, which is first or last now."""
        held = self._edges.get(key)
        return held is not None and (old.raw is held[0].raw or new.raw is held[1].raw)


_PLACING = {"id", "start", "source_start", "d", "anchor", "name", "speech", "role", "mood"}


def _edges(
    before: Draft, after: Draft, keys: Iterable[str], place: int
) -> dict[str, tuple[Segment, Segment]]:
    """Give the segments at an edge of the main tracks, for each key that is there as it was."""
    mains = [
        next((t.segments for t in draft.tracks if t.kind == "video" and t.segments), [])
        for draft in (before, after)
    ]
    if not all(mains):
        return {}
    old, new = mains[0][place], mains[1][place]
    return {key: (old, new) for key in keys if old.meta.get(key) == new.meta.get(key) is not None}


def _alike(old: Segment, new: Segment, *, still: bool) -> bool:
    """Tell whether two segments have the same effects, so far as one is a piece of the other."""
    one, two = (
        [{k: v for k, v in e.items() if k not in {"from", "to"}} for e in _effects(s)]
        for s in (old, new)
    )
    if still or old.id != new.id or old.duration != new.duration:
        return all(effect in one for effect in two) and (still or len(one) >= len(two))
    return False


def _effects(segment: Segment) -> list[dict[str, Any]]:
    effects = segment.meta.get("effects")
    return [e for e in effects if isinstance(e, dict)] if isinstance(effects, list) else []


def _of_timeline(segment: Segment) -> dict[str, Any]:
    """Give a segment's effects with their times on the timeline."""
    begin = segment.start * 1000
    return {
        "effects": [
            {k: number(v, 0.0) + begin if k in {"from", "to"} else v for k, v in effect.items()}
            for effect in _effects(segment)
        ]
    }


def _music(group: Sequence[Pair]) -> list[Change]:
    """Tell where on the timeline music was taken out of a clip, or put back into it."""
    changed = [pair for pair in group if pair[1].meta.get("speech") != pair[2].meta.get("speech")]
    if not changed:
        return []
    track, old, segment = changed[0]
    levels = old.music_level, segment.music_level
    if levels[0] != levels[1] and not set(levels) <= {0, 1}:
        return [Change("music_level", track, title_of(segment), *levels)]
    was = spans(place for _, old, _ in changed for place in _cleared(old))
    now = spans(place for _, _, new in changed for place in _cleared(new))
    if was == now and len(changed) < len(group):
        return []
    return [Change("music", track, title_of(segment), was, now)]


def _cleared(segment: Segment) -> Iterator[Interval]:
    """Tell where music was taken out of a segment, as the engine's ``speech`` tells it."""
    speech = segment.meta.get("speech") if not segment.music_level else None
    found = speech.get("only", speech.get("music")) if isinstance(speech, dict) else None
    for pair in found if isinstance(found, list) else ():
        if isinstance(pair, list) and len(pair) == 2:  # noqa: PLR2004 - from, to
            place = where(segment, (number(pair[0], 0.0) / 1000, number(pair[1], 0.0) / 1000))
            if place is not None:
                yield place


def differing(before: Any, after: Any, known: Iterable[str] = ()) -> str:
    """Name the keys under which two pieces of JSON differ."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return ""
    keys = [k for k in {**before, **after} if before.get(k) != after.get(k)]
    inner = [(before.get(k), after.get(k)) for k in keys if k == "m"]
    named = [k for k in keys if k != "m"] + [k for pair in inner for k in _keys_of(*pair)]
    return ", ".join(k for k in named if k not in set(known))


def _keys_of(one: Any, two: Any) -> list[str]:
    fields = [side if isinstance(side, dict) else {} for side in (one, two)]
    return [k for k in {**fields[0], **fields[1]} if fields[0].get(k) != fields[1].get(k)]


def of_whole(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Tell what is different in what holds for the whole."""
    found = []
    one, two = (f"{m.get('width')}×{m.get('height')}" for m in (before, after))
    if one != two and "width" in before and "width" in after:
        found.append(Change("canvas", 0, "", one, two))
    for key in OF_DRAFT:
        aspect = written(OF_DRAFT, key, before, after) if before else None
        if aspect is not None:
            found.append(Change(f"aspect:{key}", 0, "", *aspect[1:]))
    was, now = output_of(before.get("output")), output_of(after.get("output"))
    if was != now:
        found.append(Change("output", 0, "", was, now or "mp4"))
    was, now = (_thumbnail(details.get("thumbnail")) for details in (before, after))
    if before.get("thumbnail") != after.get("thumbnail"):
        found.append(Change("thumbnail", 0, "", was, now))
    return found


def _thumbnail(picture: Any) -> str:
    if not isinstance(picture, dict):
        return ""
    return clock(number(picture.get("at"), 0.0) / 1000)
