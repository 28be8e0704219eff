"""Stretching: when and how long something is that was done before, as a later message says it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent.edits.sound import Volume
from cogwidgets.engine.agent.numerals import DURATION, milliseconds
from cogwidgets.engine.agent.times import END, START, Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.said import Said

__all__ = [
    "GROWTH",
    "LASTS",
    "at_edge",
    "length_of",
    "long_of",
    "moment_of",
    "moved_to",
    "other_end",
    "placed_anew",
    "resized",
    "shift_of",
]

GROWTH = {0.5: 1.25, 1.0: 1.5, 2.0: 2.0}  # by how much "a bit", "more", "a lot more" is more
SHORTEST = 500  # ms
LASTS = re.compile(r"(?<!the )(?<!my )\blasts? ", re.IGNORECASE)
_OF_IT = re.compile(r"\b(?:its|of it|from it|of that)\b|它", re.IGNORECASE)


def length_of(action: Action, said: Said, now: int | None) -> int | None:
    """Read how long it is to last, in ms, where it lasts ``now``."""
    if action.by is not None:
        shorter = said.longer < 0 and action.by > 0
        return max((now or 0) + (-action.by if shorter else action.by), SHORTEST)
    if LASTS.search(action.text) and action.spans and action.spans[0].start.share == 1:
        return -action.spans[0].start.ms
    long = action.length or action.goal or action.each
    if long is None and said.longer and now is not None:
        long = max(round(now * GROWTH[action.degree] ** said.longer), SHORTEST)
    return long


def moment_of(action: Action) -> Point | None:
    """Read where it is to begin: "at 0:05", "from 2 s on"."""
    if action.moments:
        return action.moments[0].point
    for span in action.spans:
        if span.clip is None and span.end == END and span.start.share == 0 and span.start != START:
            return span.start
    moved = action.asks("move", "begin") and action.goal is not None
    return Point(0.0, action.goal or 0) if moved else None


def shift_of(action: Action) -> int:
    """Read by how many ms it is to begin earlier or later; a second where that is not said."""
    found = re.search(DURATION, action.text, re.IGNORECASE)
    return action.length or (milliseconds(found[0]) if found else 1000)


def long_of(span: Span) -> int | None:
    """Tell how many ms a stretch has, where that does not depend on the video."""
    return span.end.ms - span.start.ms if span.start.share == span.end.share else None


def resized(span: Span, ms: int) -> Span:
    """Give a stretch another length, from where it is anchored."""
    if span.start.share == 1:
        return replace(span, start=Point(1.0, span.end.ms - ms))
    return replace(span, end=Point(span.start.share, span.start.ms + ms))


def at_edge(span: Span, edge: str) -> Span | None:
    """Give a stretch as long as this one at the beginning or the end."""
    long = long_of(span)
    if edge == "middle":
        return None
    if long is not None:
        ends = (START, Point(0.0, long)) if edge == "start" else (Point(1.0, -long), END)
    else:
        share = span.end.share - span.start.share
        ends = (START, Point(share)) if edge == "start" else (Point(1 - share), END)
    return Span(*ends, clip=span.clip)


def placed_anew(edit: Any, action: Action, said: Said) -> Edit | None:
    """Let an edit that has stretches hold for others."""
    if not hasattr(edit, "spans"):
        return None
    old: tuple[Span, ...] = edit.spans
    if said.later and len(old) == 1 and old[0].clip is None and not action.spans:
        moved: Edit = replace(edit, spans=(_shifted(old[0], action, said),))
        return moved
    spans = _other_clip(old) if said.other else other_end(old, action) or moved_to(old, action)
    if spans is None and old and not said.other:
        found = (at_edge(old[0], edge) for edge in action.edges)
        spans = tuple(span for span in found if span is not None) or None
        long = length_of(action, said, long_of(old[0]))
        if action.goal and not action.length and old[0].start.share == 0:  # "extend it to 0:20"
            long = action.goal - old[0].start.ms if action.goal > old[0].start.ms else long
        if spans is None and long is not None and len(old) == 1 and long_of(old[0]) is not None:
            spans = (resized(old[0], long),)
    if spans is None:
        return None
    target = {"target": "clips"} if isinstance(edit, Volume) and action.clips else {}
    made: Edit = replace(edit, spans=spans, **target)
    return made


def _shifted(span: Span, action: Action, said: Said) -> Span:
    """Let a stretch begin or end earlier or later, or both where neither is said."""
    by = said.later * shift_of(action)
    begins, ends = _BEGINS.search(action.text), _STOPS.search(action.text)
    start = span.start if ends and not begins else replace(span.start, ms=span.start.ms + by)
    end = span.end if begins and not ends else replace(span.end, ms=span.end.ms + by)
    if span.start.share == 0:
        start = replace(start, ms=max(start.ms, 0))
    return replace(span, start=start, end=end)


_BEGINS = re.compile(r"\b(?:start|begin)|开始|起", re.IGNORECASE)
UNTIL = re.compile(r"\b(?:end|stop|finish|until|till|up to)|结束|停|到", re.IGNORECASE)
_BOTH = re.compile(
    r"\b(?:from (?:the )?(?:start|beginning)|first|only|just|instead)\b|从|前|[开片]头|只",
    re.IGNORECASE,
)
_STOPS = re.compile(r"\b(?:end|stop|finish)|结束|停", re.IGNORECASE)


def other_end(old: tuple[Span, ...], action: Action) -> tuple[Span, ...] | None:
    """Read "make it until 7" of 0:03 to 0:06, "start at 0:02" of what ends at 0:13.

    The end that is not named stays where it was.
    """
    if len(old) != 1 or len(action.spans) != 1 or action.spans[0].clip is not None:
        return None
    was, now = old[0], action.spans[0]
    if was.clip is not None or was.start.share or now.start.share or _BOTH.search(action.text):
        return None
    if now.start == START and now.end.share == 0 and UNTIL.search(action.text):
        later = was.start != START and now.end.ms > was.start.ms
        return (replace(was, end=now.end),) if later else None
    if now.end == END and was.end.share == 0 and _BEGINS.search(action.text):
        earlier = START != now.start != was.start and now.start.ms < was.end.ms
        return (replace(was, start=now.start),) if earlier else None
    return None


def moved_to(old: tuple[Span, ...], action: Action) -> tuple[Span, ...] | None:
    """Give the stretches that are named now; "the second clip" may be said of seconds of a clip."""
    spans = action.spans
    if not spans:
        return None
    clips = [span.clip for span in spans if span.clip is not None]
    bare = all(span == Span(clip=span.clip) for span in spans) and clips
    parts = [span for span in old if span != Span(clip=span.clip)]
    if bare and parts and len(clips) == 1 and clips[0] is not None:
        return tuple(span.within(clips[0]) for span in parts)
    inside = old[0].clip if old else None
    if inside is not None and not clips and _OF_IT.search(action.text):
        return tuple(span.within(inside) for span in spans)
    return spans


def _other_clip(old: tuple[Span, ...]) -> tuple[Span, ...] | None:
    """Give "the other one" of two clips."""
    other = {1: 2, 2: 1, -1: 1}
    clips = {span.clip for span in old}
    if len(clips) != 1 or (clip := clips.pop()) not in other or clip is None:
        return None
    return tuple(span.within(other[clip]) for span in old)
