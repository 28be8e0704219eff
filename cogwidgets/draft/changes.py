"""Changes: what differs between two drafts, as data and in words.

An edit is told as what was done and not as what it took: a clip that was cut in two is still that
clip, and what moved up because of a cut did not move. All times are those of the timeline.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cogwidgets.draft.change import Change
from cogwidgets.draft.differences import Differences, differing, of_whole
from cogwidgets.draft.draft import clock
from cogwidgets.draft.matching import (
    MOMENT,
    by_key,
    by_source,
    number,
    parent_of,
    plays,
    shows,
    span_of,
    spans,
    title_of,
    where,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cogwidgets.draft.differences import Pair
    from cogwidgets.draft.draft import Draft, Segment
    from cogwidgets.draft.matching import Interval, Placed

__all__ = ["Change", "changes", "changes_by_row"]

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
    old, new = by_key(before), by_key(after)
    pairs, fresh = _paired(old, new)
    groups = list(_grouped(pairs))
    changed = Differences(before, after, still=False)
    inside = any(changed.of_group(group) for group in groups)
    found = _of_sources(list(old.values()), list(new.values()), changed=inside)
    told = {change.name for change in found}
    found += [
        Change("added", track, title_of(segment), None, spans([span_of(segment)]))
        for track, segment in fresh
        if title_of(segment) not in told or not segment.source
    ]
    found += _removed(old, new)
    follows = any(change.kind in _STRUCTURAL for change in found) or any(
        _sped(one, two) or _joined(one, two) for _, one, two in pairs
    )
    reordered = _order(pairs, after=False) != _order(pairs, after=True)
    changed = Differences(before, after, still=follows and not reordered)
    for group in groups:
        found += [*changed.of_places(group), *changed.of_group(group)]
    found += of_whole(before.meta, after.meta)
    if not found and before.raw != after.raw:
        keys = differing(before.raw, after.raw)
        found.append(Change("edited", 0, after.title or "the draft", None, keys))
    found.sort(key=lambda change: change.track or math.inf)
    return list({str(change) + change.kind: change for change in found}.values())


def changes_by_row(before: Draft, after: Draft) -> dict[int, list[Change]]:
    """Return the changes of each segment that is there afterwards, by its row in the timeline.

    >>> from cogwidgets.draft import Draft
    >>> after = Draft({"t": [{"tt": 7, "sg": [{"d": 900, "m": {"text": "Day one"}}]}]})
    >>> changes_by_row(Draft({}), after)[0][0].kind
    'added'
    """
    old, new = by_key(before), by_key(after)
    moved = any(change.kind == "moved" for change in changes(before, after))
    changed = Differences(before, after, still=not moved)
    found: dict[int, list[Change]] = {}
    for row, (key, (track, segment)) in enumerate(new.items()):
        parent = old.get(key) or parent_of(segment, old.values())
        if parent is None:
            span = spans([span_of(segment)])
            found[row] = [Change("added", track, title_of(segment), None, span)]
            continue
        pair = (track, parent[1], segment)
        told = [*changed.of_places([pair]), *changed.of_group([pair])]
        was, now = parent[1].duration, segment.duration
        if was != now and not any(change.kind == "trimmed" for change in told) and not moved:
            told.insert(0, Change("trimmed", track, title_of(segment), clock(was), clock(now)))
        if told:
            found[row] = told
    return found


def _paired(
    old: dict[tuple[Any, ...], Placed], new: dict[tuple[Any, ...], Placed]
) -> tuple[list[Pair], list[Placed]]:
    """Give the segments with what they were, and those that were not there."""
    pairs: list[Pair] = []
    fresh: list[Placed] = []
    for key, (track, segment) in new.items():
        parent = old.get(key) or parent_of(segment, old.values())
        if parent is None:
            fresh.append((track, segment))
        else:
            pairs.append((track, parent[1], segment))
    return pairs, fresh


def _grouped(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    """Give the pieces of one source together."""
    groups: dict[Any, list[Pair]] = defaultdict(list)
    for pair in pairs:
        track, old, _ = pair
        groups[(track, old.source) if plays(old) else id(old.raw)].append(pair)
    yield from groups.values()


def _removed(
    old: dict[tuple[Any, ...], Placed], new: dict[tuple[Any, ...], Placed]
) -> list[Change]:
    shown = {segment.source for _, segment in new.values() if segment.source}
    gone: dict[tuple[int, str], list[Interval]] = defaultdict(list)
    for key, (track, segment) in old.items():
        if key not in new and segment.source not in shown:
            gone[track, title_of(segment)].append(span_of(segment))
    return [Change("removed", *whose, spans(held), None) for whose, held in gone.items()]


# What became of the sources


def _of_sources(old: Sequence[Placed], new: Sequence[Placed], *, changed: bool) -> list[Change]:
    """Tell what was cut out of each source, split, or shown again.

    Where pieces of it were ``changed``, the cut between them is no edit of its own.
    """
    before, after = by_source(old), by_source(new)
    behind = _behind(old), _behind(new)
    found: list[Change] = []
    for source in before.keys() & after.keys():
        track, segment = after[source][0]
        was, now = before[source], after[source]
        one, two = _seen(was, behind[0]), _seen(now, behind[1])
        name = title_of(segment)
        gone, come = without(one, two), without(two, one)
        lasts, lasted = (clock(sum(s.duration for _, s in placed)) for placed in (now, was))
        shown = [sum(b - a for a, b in stretches) for stretches in (one, two)]
        if gone and not come and (places := _on_timeline(was, gone)):
            found.append(Change("cut", track, name, places, lasts))
        elif come and _on_timeline(now, come):
            found.append(Change("back", track, name, None, _on_timeline(now, come)))
        elif shown[1] > shown[0] + MOMENT:
            found.append(Change("repeated", track, name, lasted, lasts))
        elif len(two) > len(one) and not changed:
            starts = {a for a, _ in one}
            borders = sorted(s.start for _, s in now if shows(s)[0] not in starts)
            found.append(Change("split", track, name, None, ", ".join(map(clock, borders))))
    return found


def _behind(placed: Sequence[Placed]) -> dict[int, float]:
    """Tell how long segments go on behind what a transition brings in, by the id of their JSON."""
    return {
        id(one.raw): _lasts(two.meta.get("transition"))
        for (track, one), (other, two) in pairwise(placed)
        if track == other
    }


def _seen(placed: Iterable[Placed], behind: dict[int, float]) -> list[Interval]:
    """Tell which stretches of a source are seen, also behind what a transition brings in."""
    found = []
    for _, segment in placed:
        start, end = shows(segment)
        more = behind.get(id(segment.raw), 0.0)
        backwards = segment.meta.get("reverse") is True
        found.append((start - more, end) if backwards else (start, end + more))
    return found


def _lasts(transition: Any) -> float:
    """Tell how long a segment goes on behind the next one (`transition` of a draft)."""
    if not isinstance(transition, dict) or transition.get("kind") == "fade_black":
        return 0.0
    return number(transition.get("took", transition.get("d")), 0.0) / 1000


def _on_timeline(placed: Iterable[Placed], stretches: Sequence[Interval]) -> str:
    """Write where stretches of a source are, or were, on the timeline."""
    places = [where(segment, each) for _, segment in placed for each in stretches]
    return spans(place for place in places if place is not None)


# What became of each segment


def _order(pairs: Iterable[Pair], *, after: bool) -> list[str]:
    of_video = [
        (two.start if after else one.start, two.id) for _, one, two in pairs if one.id == two.id
    ]
    return [name for _, name in sorted(of_video)]


def _sped(one: Segment, two: Segment) -> bool:
    return number(one.meta.get("speed"), 1.0) != number(two.meta.get("speed"), 1.0)


def _joined(one: Segment, two: Segment) -> bool:
    """Tell whether a transition took other material than before."""
    return _lasts(one.meta.get("transition")) != _lasts(two.meta.get("transition"))
