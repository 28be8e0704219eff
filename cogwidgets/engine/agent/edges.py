"""Edges: what is bound to the beginning, the end or a joint of the storyline stays there.

A fade-in belongs to the beginning of the whole and not to the frames that were first when it was
asked for; so does a fade-out to the end, an opening title to the beginning, a transition to the
joint of two clips. Times are integer ms.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Laid", "anchored", "clamped", "hold_fades", "hold_transitions", "taken", "turned"]

Segment = dict[str, Any]
Stretch = tuple[int, int]

_FADES = {"in": ("fade_in", "picture_fade_in"), "out": ("fade_out", "picture_fade_out")}
_PICTURE = {"picture_fade_in", "picture_fade_out"}
_COLOR = "picture_fade_color"


@dataclass(frozen=True)
class Laid:
    """A segment, and the stretch of the old timeline that it shows; None for a new one."""

    segment: Segment
    old: Stretch | None = None


def hold_fades(before: Sequence[Segment], after: Sequence[Segment]) -> None:
    """Bring the fades of the first and the last segment to those that are first and last now.

    >>> old = [{"d": 9000, "m": {"id": "a", "fade_out": 1000}}]
    >>> new = [{"d": 500, "m": {"id": "a"}}]
    >>> hold_fades(old, new)
    >>> new[0]["m"]["fade_out"]
    1000
    """
    if not (before and after):
        return
    for way, place in (("in", 0), ("out", -1)):
        old, edge = before[place]["m"], after[place]["m"]
        for key in _FADES[way]:
            if key not in old:
                continue
            for segment in after:
                details = segment["m"]
                if details is not edge and details.get("id") == old.get("id"):
                    details.pop(key, None)
            if key not in edge:
                edge[key] = old[key]
                if key in _PICTURE and _COLOR in old:
                    edge[_COLOR] = old[_COLOR]


def clamped(segment: Segment) -> None:
    """Let no fade and no transition last longer than its segment, and no colour stay without one.

    >>> segment = {"d": 400, "m": {"fade_in": 800, "picture_fade_color": "#ffffff"}}
    >>> clamped(segment)
    >>> segment["m"]
    {'fade_in': 400}
    """
    details = segment["m"]
    for keys in _FADES.values():
        for key in keys:
            if key in details:
                details[key] = min(details[key], segment["d"])
    if _COLOR in details and not _PICTURE & details.keys():
        del details[_COLOR]
    transition = details.get("transition")
    if transition and transition.get("d", 0) > segment["d"]:
        details["transition"] = {**transition, "d": segment["d"]}


def anchored(segment: Segment, whole: int) -> Segment | None:
    """Put a text that was asked for at the beginning or the end there again; None for others."""
    anchor = segment["m"].get("anchor")
    if anchor not in {"start", "end"} or not whole:
        return None
    made = copy.deepcopy(segment)
    made["d"] = min(segment["d"], whole)
    made["m"]["start"] = 0 if anchor == "start" else whole - made["d"]
    return made


# Transitions: bound to a joint, written at the segment that comes in


def taken(transition: dict[str, Any] | None) -> int:
    """Tell how much of the outgoing segment a transition took, for material to fade with.

    >>> taken({"kind": "wipe", "d": 500}), taken({"kind": "wipe", "d": 500, "took": 0})
    (500, 0)
    """
    if not transition or transition.get("kind") == "fade_black":
        return 0
    took: int = transition.get("took", transition.get("d", 0))
    return took


def hold_transitions(before: Sequence[Laid], pieces: Sequence[Laid]) -> None:
    """Keep transitions at the joints of the clips that they were laid between.

    Where the beginning of an incoming clip is cut off, what is left of it comes in so; at a joint
    that is new nothing was taken off the outgoing clip. The pieces are changed in place.
    """
    joints = [
        (one.old, two.old, two.segment["m"]["transition"])
        for one, two in pairwise(before)
        if "transition" in two.segment["m"] and one.old and two.old
    ]
    for one, two in pairwise(pieces):
        if one.old is None or two.old is None:
            if (one.old is None) != (two.old is None):
                _untaken(two.segment)
            continue
        for gone, come, transition in joints:
            if _in(one.old, gone) and _in(two.old, come):
                two.segment["m"].setdefault("transition", dict(transition))
                if one.old[1] != gone[1]:
                    _untaken(two.segment)
                break
        else:
            _untaken(two.segment)


def _in(stretch: Stretch, whole: Stretch) -> bool:
    return whole[0] <= stretch[0] and stretch[1] <= whole[1]


def _untaken(segment: Segment) -> None:
    transition = segment["m"].get("transition")
    if transition and taken(transition):
        segment["m"]["transition"] = {**transition, "took": 0}


def turned(segments: Sequence[Segment]) -> list[Segment]:
    """Give segments in the other order, the transitions at the joints where they were."""
    kinds = [segment["m"].pop("transition", None) for segment in segments]
    found = list(segments)[::-1]
    for segment, kind in zip(found, [kinds[0], *kinds[:0:-1]], strict=True):
        if kind:
            segment["m"]["transition"] = kind
    return found
