"""Changes: what differs between two drafts, as data and in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cogwidgets.draft.draft import clock

if TYPE_CHECKING:
    from cogwidgets.draft.draft import Draft, Segment

__all__ = ["Change", "changes", "changes_by_row"]


@dataclass(frozen=True)
class Change:
    """One thing that is different: ``str()`` says it in words.

    ``kind`` is ``added``, ``removed``, ``moved``, ``trimmed``, ``volume``, ``text``, ``music`` or
    ``edited``; ``before`` and ``after`` are the values it speaks of.
    """

    kind: str
    track: int
    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        kind = "restored" if self.kind == "music" and not self.after else self.kind
        return _WORDS[kind].format(name=self.name, before=self.before, after=self.after)


_WORDS = {
    "added": "Added '{name}' ({after})",
    "removed": "Removed '{name}' ({before})",
    "moved": "Moved '{name}' from {before} to {after}",
    "trimmed": "'{name}' now lasts {after} instead of {before}",
    "volume": "Volume of '{name}' {before:.0%} → {after:.0%}",
    "text": "Text “{before}” → “{after}”",
    "music": "Music removed from '{name}' ({after})",
    "restored": "Music restored in '{name}'",
    "edited": "Changed '{name}'",
}


def changes(before: Draft, after: Draft) -> list[Change]:
    """Return what changed from one draft to another, in the order of the tracks.

    Segments are matched by their ids, else by track, name and order.

    >>> from cogwidgets.draft import Draft
    >>> one = Draft({"t": [{"tt": 0, "sg": [{"d": 4000, "m": {"name": "vlog", "volume": 1.0}}]}]})
    >>> two = Draft({"t": [{"tt": 0, "sg": [{"d": 4000, "m": {"name": "vlog", "volume": 0.5}}]}]})
    >>> [str(change) for change in changes(one, two)]
    ["Volume of 'vlog' 100% → 50%"]
    """
    old, new = _by_key(before), _by_key(after)
    return [
        *(change for _, told in _compared(old, new) for change in told),
        *(
            Change("removed", track, _named(segment), _span(segment), None)
            for key, (track, segment) in old.items()
            if key not in new
        ),
    ]


def changes_by_row(before: Draft, after: Draft) -> dict[int, list[Change]]:
    """Return the changes of each segment that is there afterwards, by its row in the timeline.

    >>> from cogwidgets.draft import Draft
    >>> after = Draft({"t": [{"tt": 7, "sg": [{"d": 900, "m": {"text": "Day one"}}]}]})
    >>> changes_by_row(Draft({}), after)[0][0].kind
    'added'
    """
    return {row: told for row, told in _compared(_by_key(before), _by_key(after)) if told}


_Keyed = dict[tuple[Any, ...], tuple[int, "Segment"]]


def _compared(old: _Keyed, new: _Keyed) -> Iterator[tuple[int, list[Change]]]:
    """Tell for each row of the new draft what is different."""
    for row, (key, (track, segment)) in enumerate(new.items()):
        if key not in old:
            yield row, [Change("added", track, _named(segment), None, _span(segment))]
        else:
            yield row, _differences(track, old[key][1], segment)


def _differences(track: int, old: Segment, new: Segment) -> list[Change]:
    if old.raw == new.raw and old.start == new.start:
        return []
    name = _named(new)
    found = []
    if old.start != new.start:
        found.append(Change("moved", track, name, clock(old.start), clock(new.start)))
    if old.duration != new.duration:
        found.append(Change("trimmed", track, name, clock(old.duration), clock(new.duration)))
    if old.volume != new.volume and not (math.isnan(old.volume) and math.isnan(new.volume)):
        found.append(Change("volume", track, name, old.volume, new.volume))
    if old.text != new.text:
        found.append(Change("text", track, name, old.text, new.text))
    if old.meta.get("speech") != new.meta.get("speech"):
        found.append(Change("music", track, name, _music(old), _music(new)))
    return found or [Change("edited", track, name, old.raw, new.raw)]


def _music(segment: Segment) -> str:
    """Say where music was taken out of a segment, as the engine's ``speech`` tells it."""
    speech = segment.meta.get("speech")
    spans = speech.get("music") if isinstance(speech, dict) else None
    if not isinstance(spans, list):
        return ""
    pairs = [s for s in spans if isinstance(s, list) and len(s) == 2]  # noqa: PLR2004 - from, to
    return ", ".join(f"{clock(a / 1000)}–{clock(b / 1000)}" for a, b in pairs)


def _by_key(draft: Draft) -> _Keyed:
    keyed: _Keyed = {}
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
