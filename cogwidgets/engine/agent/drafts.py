"""Drafts: the plain functions that edits are made of, each from a draft to a new draft.

A draft is the contract's JSON (contract.md, "The draft"): ``t`` tracks, ``tt`` track type, ``sg``
segments, ``d`` milliseconds, ``m`` metadata. The engine's own details are under ``m`` with long
names. Nothing here changes its argument, and unknown keys pass through.
"""

from __future__ import annotations

import copy
import secrets
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from cogwidgets.draft import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Clip",
    "Draft",
    "Music",
    "Speech",
    "clips",
    "music_segments",
    "with_clip",
    "with_music",
    "with_speech",
    "without_music_segments",
    "without_speech",
]

Draft = dict[str, Any]

VIDEO, AUDIO, TEXT = 0, 1, 7
FADE_IN, FADE_OUT = 800, 2000  # ms
LOUDNESS = -15.0  # LUFS of the whole, in the middle of what video sites ask for


class Clip(TypedDict):
    """A medium that goes onto the video track; ``duration`` in ms, of an image 0."""

    source: str
    name: str
    duration: int
    width: int | None
    height: int | None
    fps: float | None
    filename: NotRequired[str]
    still: NotRequired[bool]


class Speech(TypedDict):
    """The sound that replaces a segment's own: one stem an audio stream; music in ms.

    Where there is ``only`` ([from, to] in ms of the source), it replaces the sound there alone.
    ``music_level`` is how much of the music is left beside it, 0 where it is not said.
    """

    source: str
    streams: list[str]
    strength: str
    music: list[list[int]]
    only: NotRequired[list[list[int]]]
    music_level: NotRequired[float]


class Denoised(TypedDict):
    """The sound that replaces a segment's own: one stem an audio stream, without its noise."""

    source: str
    streams: list[str]


class Music(TypedDict):
    """A track to lay under the clip."""

    source: str
    name: str
    mood: str | None


def segments(draft: Draft, kind: int) -> Iterator[dict[str, Any]]:
    """Give the segments of all tracks of a type."""
    for track in draft.get("t", ()):
        if track.get("tt") == kind:
            yield from track.get("sg", ())


def clips(draft: Draft) -> list[dict[str, Any]]:
    """Give the segments that carry the picture, or the sound that is edited."""
    return [
        *segments(draft, VIDEO),
        *(s for s in segments(draft, AUDIO) if s["m"].get("role") != "music"),
    ]


def music_segments(draft: Draft) -> list[dict[str, Any]]:
    """Give the segments that an edit has laid under the clip."""
    return [s for s in segments(draft, AUDIO) if s["m"].get("role") == "music"]


def with_clip(draft: Draft, clip: Clip, *, title: str) -> Draft:
    """Put the first clip onto the timeline.

    >>> clip = Clip(source="/media/0/a.mp4", name="a", duration=900, width=8, height=8, fps=30.0)
    >>> with_clip({}, clip, title="my vlog")["t"][0]["sg"][0]["d"]
    900
    """
    new = copy.deepcopy(draft)
    picture = clip["width"] is not None
    new["d"] = clip["duration"]
    new["m"] = {**new.get("m", {}), "title": title}
    if picture:
        new["m"] |= {key: clip[key] for key in ("width", "height", "fps")}
    segment = segment_of(clip["source"], clip["name"], clip["duration"])
    track = {
        "tt": VIDEO if picture else AUDIO,
        "m": {"name": "Video" if picture else "Sound"},
        "sg": [segment],
    }
    new.setdefault("t", []).append(track)
    return new


def with_speech(
    draft: Draft, speech: dict[str, Speech], where: Sequence[tuple[int, int]] | None = None
) -> Draft:
    """Replace the sound of the clips whose source is a key of ``speech``, or of stretches of it."""
    new = copy.deepcopy(draft)
    for clip in clips(new):
        found = speech.get(clip["m"]["source"])
        if found is None or (where is not None and not lies_in(clip, where)):
            continue
        # Sound tracks may be a little longer than the picture.
        end = in_source(clip, 0, clip["d"])[1] if not clip["m"].get("reverse") else None
        music = [[a, b if end is None else min(b, end)] for a, b in found["music"]]
        before = clip["m"].get("speech")
        clip["m"]["speech"] = {**found, "music": music}
        if where is not None and (before is None or "only" in before):
            begin = clip["m"].get("start", 0)
            inside = [
                in_source(clip, max(a - begin, 0), min(b - begin, clip["d"]))
                for a, b in where
                if a < begin + clip["d"] and b > begin
            ]
            only = [*(before or {}).get("only", ()), *map(list, inside)]
            clip["m"]["speech"]["only"] = united(only)
    return new


def lies_in(segment: dict[str, Any], where: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a segment is shown in one of some stretches of the timeline."""
    start = segment["m"].get("start", 0)
    return any(a < start + segment["d"] and b > start for a, b in where)


def in_source(segment: dict[str, Any], start: int, end: int) -> tuple[int, int]:
    """Tell which stretch of its source, in ms, a segment shows between two places of its own.

    >>> in_source({"d": 10, "m": {"source_start": 100, "speed": 2.0}}, 0, 5)
    (100, 110)
    """
    details = segment["m"]
    speed, first = details.get("speed", 1.0), details.get("source_start", 0)
    if details.get("reverse"):
        start, end = segment["d"] - end, segment["d"] - start
    return first + round(start * speed), first + round(end * speed)


def on_timeline(segment: dict[str, Any], start: int, end: int) -> tuple[int, int] | None:
    """Tell where a stretch of its source is shown by a segment; None where it is not.

    >>> on_timeline({"d": 10, "m": {"start": 7, "source_start": 100, "speed": 2.0}}, 0, 110)
    (7, 12)
    """
    details = segment["m"]
    first, last = in_source(segment, 0, segment["d"])
    one, two = max(start, first), min(end, last)
    if two <= one:
        return None
    speed = details.get("speed", 1.0)
    begin, stop = (round((place - first) / speed) for place in (one, two))
    if details.get("reverse"):
        begin, stop = segment["d"] - stop, segment["d"] - begin
    at = details.get("start", 0)
    return at + begin, at + stop


def united(intervals: Iterable[Sequence[int]]) -> list[list[int]]:
    """Join intervals that overlap.

    >>> united([[5, 9], [0, 6]])
    [[0, 9]]
    """
    found: list[list[int]] = []
    for start, end in sorted(map(tuple, intervals)):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found


def without_speech(draft: Draft) -> Draft:
    """Give every clip its own sound back."""
    new = copy.deepcopy(draft)
    for clip in clips(new):
        clip["m"].pop("speech", None)
    return new


def with_music(
    draft: Draft,
    music: Music,
    where: tuple[int, int] | None = None,
    *,
    volume: float | None = None,
) -> Draft:
    """Lay a track under the whole draft or a stretch of it, in place of one that was there."""
    new = without_music_segments(draft, None if where is None else [where])
    start, end = where or (0, new.get("d", 0))
    segment = segment_of(music["source"], music["name"], end - start)
    segment["m"] |= {
        "start": start,
        "role": "music",
        "mood": music["mood"],
        "loop": True,
        "fade_in": min(FADE_IN, (end - start) // 2),
        "fade_out": min(FADE_OUT, (end - start) // 2),
        "duck": True,
        "loudness": LOUDNESS,
    }
    if volume is not None:
        segment["m"]["volume"] = volume
    beds = [
        track
        for track in new["t"]
        if track.get("tt") == AUDIO and any(s["m"].get("role") == "music" for s in track["sg"])
    ]
    if beds:
        beds[0]["sg"] = sorted([*beds[0]["sg"], segment], key=lambda s: s["m"]["start"])
    else:
        new["t"].append({"tt": AUDIO, "m": {"name": "Music"}, "sg": [segment]})
    return new


def without_music_segments(draft: Draft, where: Sequence[tuple[int, int]] | None = None) -> Draft:
    """Take laid tracks away, or stretches of them, and the tracks that are empty then."""
    if where is not None:
        return _without_stretches(draft, where)
    new = copy.deepcopy(draft)
    for track in new.get("t", []):
        if track.get("tt") == AUDIO:
            track["sg"] = [s for s in track["sg"] if s["m"].get("role") != "music"]
    new["t"] = [track for track in new.get("t", []) if track.get("sg")]
    return new


def _without_stretches(draft: Draft, where: Sequence[tuple[int, int]]) -> Draft:
    from cogwidgets.engine.agent.timeline import split_at

    new = copy.deepcopy(draft)
    for track in new.get("t", []):
        if track.get("tt") == AUDIO:
            parts = split_at(track["sg"], [place for span in where for place in span])
            track["sg"] = [
                s for s in parts if s["m"].get("role") != "music" or not lies_in(s, where)
            ]
    new["t"] = [track for track in new.get("t", []) if track.get("sg")]
    return new


def clock_of(ms: int) -> str:
    """Write a time in ms as people read it."""
    return clock(ms / 1000)


def new_id() -> str:
    """Make an id for a segment."""
    return "seg_" + secrets.token_hex(6)


def segment_of(source: str, name: str, duration: int) -> dict[str, Any]:
    """Make a segment of a medium, at the beginning of the timeline."""
    return {
        "d": duration,
        "m": {
            "id": new_id(),
            "name": name,
            "source": source,
            "start": 0,
            "source_start": 0,
            "volume": 1.0,
        },
    }
