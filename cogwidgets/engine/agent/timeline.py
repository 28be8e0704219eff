"""Timeline: what can be done to the main storyline, and how everything else follows it.

The main storyline is the first video track (where there is no picture, the first sound track that
is no laid music): its segments follow one another without a gap. Every edit of it is written as a
list of `Laid` segments, each knowing which stretch of the old timeline it shows; `relaid` puts them
one after another and moves titles, overlays and music along. Times are integer ms. Nothing here
changes its argument, and unknown keys pass through.
"""

from __future__ import annotations

import copy
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent.drafts import AUDIO, TEXT, VIDEO, new_id
from cogwidgets.engine.agent.edges import (
    Laid,
    anchored,
    clamped,
    hold_fades,
    hold_transitions,
    taken,
    turned,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cogwidgets.engine.agent.drafts import Draft

__all__ = [
    "Laid",
    "apart",
    "changed",
    "cut",
    "divided",
    "inserted",
    "keep",
    "laid",
    "length",
    "main",
    "moved",
    "relaid",
    "repeated",
    "reversed_in",
    "sped",
    "split",
    "split_at",
    "split_segment",
]

Segment = dict[str, Any]
Stretch = tuple[int, int]

SHORTEST = 1  # ms: a segment of no length is none


def main(draft: Draft) -> dict[str, Any] | None:
    """Give the track of the main storyline."""
    tracks = draft.get("t", [])
    pictures = (t for t in tracks if t.get("tt") == VIDEO and t.get("sg"))
    sounds = (
        t
        for t in tracks
        if t.get("tt") == AUDIO and any(s["m"].get("role") != "music" for s in t.get("sg", ()))
    )
    return next(pictures, None) or next(sounds, None)


def length(draft: Draft) -> int:
    """Give how long the main storyline is."""
    track = main(draft)
    return sum(s["d"] for s in track["sg"]) if track else 0


def laid(draft: Draft) -> list[Laid]:
    """Give the main storyline as it is, as copies."""
    track = main(draft)
    found: list[Laid] = []
    at = 0
    for segment in track["sg"] if track else ():
        found.append(Laid(copy.deepcopy(segment), (at, at + segment["d"])))
        at += segment["d"]
    return found


def relaid(draft: Draft, pieces: Sequence[Laid], *, edges: bool = True) -> Draft:
    """Put segments one after another as the main storyline; all other tracks follow.

    A segment elsewhere keeps to what it was shown with: it moves, shrinks or goes with it. What
    spanned the whole goes on to span it, and what is bound to an edge stays at it (see `edges`). A
    transition at the very beginning is none. Without ``edges``, where nothing is cut off or moved,
    fades and transitions are left as they are, and what a piece is longer than before is new.
    """
    new = copy.deepcopy(draft)
    track = main(new)
    if track is None:
        track = {"tt": VIDEO, "m": {"name": "Video"}, "sg": []}
        new.setdefault("t", []).insert(0, track)
    pieces = [Laid(copy.deepcopy(piece.segment), piece.old) for piece in pieces]
    if edges:
        hold_transitions(laid(draft), pieces)
    before = length(draft)
    at = 0
    places: list[tuple[Stretch, Stretch]] = []
    for piece in pieces:
        piece.segment["m"]["start"] = at
        if not at:
            piece.segment["m"].pop("transition", None)
        if piece.old is not None:
            shown = piece.segment["d"] if edges else piece.old[1] - piece.old[0]
            places.append((piece.old, (at, at + shown)))
        at += piece.segment["d"]
    segments = [piece.segment for piece in pieces]
    if edges:
        hold_fades(track["sg"], segments)
    for segment in segments:
        clamped(segment)
    _held_effects(segments)
    track["sg"] = segments
    new["d"] = at
    for other in new["t"]:
        if other is not track and "sg" in other:
            moved_along = (_followed(s, places, before, at) for s in other["sg"])
            other["sg"] = apart([s for s in moved_along if s is not None])
    new["t"] = [t for t in new["t"] if t is track or t.get("sg") or t.get("tt") not in _OURS]
    return new


_OURS = {VIDEO, AUDIO, TEXT}


def _followed(
    segment: Segment, places: Sequence[tuple[Stretch, Stretch]], before: int, after: int
) -> Segment | None:
    """Move a segment of another track along with what it was shown with; None when that is gone."""
    details = segment.get("m")
    if not isinstance(details, dict) or "start" not in details:
        return segment
    bound = anchored(segment, after)
    if bound is not None:
        return bound
    start, end = details["start"], details["start"] + segment["d"]
    made = copy.deepcopy(segment)
    endless = "source" not in details or details.get("loop") or details.get("still")
    if start == 0 and end >= before and (endless or after <= before):
        made["d"] = after
        return made if after else None
    shown = sorted(p for p in places if p[0][0] < end and p[0][1] > start)
    if not shown:
        return None
    begin = _mapped(max(start, shown[0][0][0]), shown[0])
    stop = _mapped(min(end, shown[-1][0][1]), shown[-1])
    if stop <= begin:  # what it was shown with has been put in another order
        stop = begin + segment["d"]
    made["d"] = min(stop, after) - begin
    if "source" in details and details.get("role") != "music" and not details.get("still"):
        made["d"] = min(made["d"], segment["d"])
        skipped = shown[0][0][0] - start
        if skipped > 0:
            speed = details.get("speed", 1.0)
            made["m"]["source_start"] = details.get("source_start", 0) + round(skipped * speed)
    made["m"]["start"] = begin
    clamped(made)
    return made if made["d"] >= SHORTEST else None


def _mapped(at: int, place: tuple[Stretch, Stretch]) -> int:
    (old, old_end), (new, new_end) = place
    return new + round((at - old) * (new_end - new) / (old_end - old))


def apart(segments: list[Segment]) -> list[Segment]:
    """Keep segments of a track from lying on each other: the earlier one ends first."""
    placed = [s for s in segments if "start" in s.get("m", {})]
    placed.sort(key=lambda s: s["m"]["start"])
    for one, two in pairwise(placed):
        one["d"] = min(one["d"], two["m"]["start"] - one["m"]["start"])
    return [s for s in placed if s["d"] >= SHORTEST] + [s for s in segments if s not in placed]


# Cutting segments


def split_segment(segment: Segment, at: int) -> tuple[Segment, Segment]:
    """Cut a segment in two, ``at`` ms from its beginning; the first part keeps the id.

    >>> one, two = split_segment({"d": 10, "m": {"id": "a", "start": 0, "speed": 2.0}}, 4)
    >>> one["d"], two["d"], two["m"]["start"], two["m"]["source_start"]
    (4, 6, 4, 8)
    """
    first, second = copy.deepcopy(segment), copy.deepcopy(segment)
    first["d"], second["d"] = at, segment["d"] - at
    one, two = first["m"], second["m"]
    two["id"] = new_id()
    if "start" in two:
        two["start"] += at
    if "source" in one or "speed" in one:
        speed = one.get("speed", 1.0)
        begin = one.get("source_start", 0)
        if one.get("reverse"):
            one["source_start"] = begin + round((segment["d"] - at) * speed)
        elif not one.get("still"):
            two["source_start"] = begin + round(at * speed)
    for key in ("fade_out", "picture_fade_out"):
        one.pop(key, None)
    for key in ("fade_in", "picture_fade_in", "transition"):
        two.pop(key, None)
    _part_looks(one, two, at, segment["d"])
    return first, second


def _part_looks(one: dict[str, Any], two: dict[str, Any], at: int, whole: int) -> None:
    """Give each part of a cut segment the effects that it shows, and its part of a slow zoom."""
    if "effects" in one:
        one["effects"] = _effects(one["effects"], 0, at)
        two["effects"] = _effects(two["effects"], at, whole)
        for part in (one, two):
            if not part["effects"]:
                del part["effects"]
    if one.get("motion"):
        begin, long = one.get("motion_at", (0, whole))
        one["motion_at"], two["motion_at"] = [begin, long], [begin + at, long]


def _effects(effects: Iterable[dict[str, Any]], start: int, end: int) -> list[dict[str, Any]]:
    """Give the effects that are seen between two places, with times from the first of them."""
    found = []
    for effect in effects:
        seen = dict(effect)
        if "from" in seen or "to" in seen:
            begin, stop = max(seen.get("from", 0), start), min(seen.get("to", end), end)
            if stop <= begin:
                continue
            seen["from"], seen["to"] = begin - start, stop - start
        found.append(seen)
    return found


def _held_effects(segments: Sequence[Segment]) -> None:
    """Let no effect last longer than its segment is seen, which is behind what comes in too.

    What a crossfade took off a segment is seen no longer once another one follows it.
    """
    for segment, after in zip_longest(segments, segments[1:]):
        details = segment["m"]
        if any("to" in effect for effect in details.get("effects", ())):
            incoming = after["m"].get("transition") if after else None
            seen = segment["d"] + (incoming or {}).get("d", 0)
            details["effects"] = _effects(details["effects"], 0, seen)
            if not details["effects"]:
                del details["effects"]


def divided(pieces: Sequence[Laid], places: Iterable[int]) -> list[Laid]:
    """Cut at places of the old timeline; where there is a cut already, nothing is cut."""
    found = list(pieces)
    for place in sorted(set(places)):
        for index, piece in enumerate(found):
            if piece.old is not None and piece.old[0] < place < piece.old[1]:
                at = place - piece.old[0]
                one, two = split_segment(piece.segment, at)
                found[index : index + 1] = [
                    Laid(one, (piece.old[0], place)),
                    Laid(two, (place, piece.old[1])),
                ]
                break
    return found


def split_at(segments: Iterable[Segment], places: Iterable[int]) -> list[Segment]:
    """Cut the laid music of a track at places of the timeline."""
    found = list(segments)
    for place in sorted(set(places)):
        for index, segment in enumerate(found):
            start = segment["m"].get("start", 0)
            if segment["m"].get("role") == "music" and start < place < start + segment["d"]:
                found[index : index + 1] = split_segment(segment, place - start)
                break
    return found


def _within(piece: Laid, spans: Iterable[Stretch]) -> bool:
    return piece.old is not None and any(a <= piece.old[0] and piece.old[1] <= b for a, b in spans)


def _borders(spans: Iterable[Stretch]) -> list[int]:
    return [place for span in spans for place in span]


# Edits of the main storyline


def split(draft: Draft, places: Iterable[int]) -> Draft:
    """Cut clips in two at places, and leave all where it is."""
    return relaid(draft, divided(laid(draft), places), edges=False)


def cut(draft: Draft, spans: Sequence[Stretch]) -> Draft:
    """Take stretches out; what comes after them moves up."""
    pieces = divided(laid(draft), _borders(spans))
    return relaid(draft, [p for p in pieces if not _within(p, spans)])


def keep(draft: Draft, spans: Sequence[Stretch]) -> Draft:
    """Keep stretches and drop the rest."""
    pieces = divided(laid(draft), _borders(spans))
    return relaid(draft, [p for p in pieces if _within(p, spans)])


def changed(
    draft: Draft, spans: Sequence[Stretch], change: Callable[[dict[str, Any]], None]
) -> Draft:
    """Change the details of what lies in stretches, cutting clips where these begin and end."""
    pieces = divided(laid(draft), _borders(spans))
    before = [copy.deepcopy(piece.segment["m"]) for piece in pieces]
    for piece in pieces:
        if _within(piece, spans):
            change(piece.segment["m"])
    if [piece.segment["m"] for piece in pieces] == before:
        return copy.deepcopy(draft)  # what is so already needs no cut
    return relaid(draft, pieces, edges=False)


def sped(draft: Draft, spans: Sequence[Stretch], factor: float) -> Draft:
    """Play stretches ``factor`` times as fast; stills last as much shorter."""
    pieces = divided(laid(draft), _borders(spans))
    for piece in pieces:
        if _within(piece, spans):
            segment = piece.segment
            segment["d"] = max(SHORTEST, round(segment["d"] / factor))
            if not segment["m"].get("still"):
                segment["m"]["speed"] = round(segment["m"].get("speed", 1.0) * factor, 6)
            for effect in segment["m"].get("effects", ()):
                for key in effect.keys() & {"from", "to"}:
                    effect[key] = round(effect[key] / factor)
            if "motion_at" in segment["m"]:
                segment["m"]["motion_at"] = [round(ms / factor) for ms in segment["m"]["motion_at"]]
    for one, two in pairwise(pieces):
        transition = two.segment["m"].get("transition")
        if transition and _within(one, spans):  # what it took off the outgoing clip plays so, too
            took = int(taken(transition) / factor)
            two.segment["m"]["transition"] = {**transition, "took": took}
    return relaid(draft, pieces)


def reversed_in(draft: Draft, spans: Sequence[Stretch]) -> Draft:
    """Play stretches backwards, the clips in them in the other order too."""
    pieces = divided(laid(draft), _borders(spans))
    for span in spans:
        inside = [i for i, piece in enumerate(pieces) if _within(piece, [span])]
        for piece in (pieces[i] for i in inside):
            details = piece.segment["m"]
            if not details.get("still") and not details.pop("reverse", False):
                details["reverse"] = True
        if inside:
            turning = pieces[inside[0] : inside[-1] + 1]
            order = turned([piece.segment for piece in turning])
            old = [piece.old for piece in turning][::-1]
            pieces[inside[0] : inside[-1] + 1] = list(map(Laid, order, old))
    return relaid(draft, pieces)


def repeated(draft: Draft, span: Stretch, times: int) -> Draft:
    """Show a stretch ``times`` times more, right after itself."""
    pieces = divided(laid(draft), span)
    inside = [piece for piece in pieces if _within(piece, [span])]
    last = pieces.index(inside[-1]) + 1
    copies = [
        _anew(piece.segment, first=not number)
        for _ in range(times)
        for number, piece in enumerate(inside)
    ]
    return relaid(draft, [*pieces[:last], *copies, *pieces[last:]])


def _anew(segment: Segment, *, first: bool) -> Laid:
    made = copy.deepcopy(segment)
    made["m"]["id"] = new_id()
    if first:
        made["m"].pop("transition", None)
    return Laid(made)


def moved(draft: Draft, span: Stretch, to: int) -> Draft:
    """Take a stretch out and put it in again at a place of the old timeline."""
    pieces = divided(laid(draft), [*span, to])
    inside = [p for p in pieces if _within(p, [span])]
    rest = [p for p in pieces if not _within(p, [span])]
    before = [p for p in rest if p.old is not None and p.old[1] <= to]
    return relaid(draft, [*before, *inside, *rest[len(before) :]])


def inserted(draft: Draft, segments: Iterable[Segment], at: int) -> Draft:
    """Put new segments in at a place."""
    pieces = divided(laid(draft), [at])
    before = [p for p in pieces if p.old is not None and p.old[1] <= at]
    return relaid(draft, [*before, *map(Laid, segments), *pieces[len(before) :]])
