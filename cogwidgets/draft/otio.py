"""OTIO: a draft to and from OpenTimelineIO, which editing programs exchange timelines in.

Needs the extra ``otio``. What OpenTimelineIO has a word for is said in that word: tracks, clips,
gaps, media, speed, transitions, markers. The rest of a track or segment travels in its metadata, so
that a draft comes back as it went.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

from cogwidgets.draft.draft import Draft
from cogwidgets.draft.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    import opentimelineio as otio

    from cogwidgets.draft.draft import Segment, Track
    from cogwidgets.draft.layout import Clip

__all__ = ["from_otio", "to_otio"]

_OURS = "cogwidgets"
_RATE = 30.0  # where a draft does not say its frames per second
_SMALLEST = 0.0005  # s; half a millisecond, in which drafts count


def to_otio(draft: Draft, *, media: Mapping[str, str] | None = None) -> otio.schema.Timeline:
    """Return a draft as an OpenTimelineIO timeline.

    ``media`` gives the URL or path under which another program finds a source (a state's
    ``cdn_url``, or a file of yours); without it media go by the draft's own names. Clips that
    overlap on one track go to further ones, since a track of OpenTimelineIO is a row. Raises
    `ImportError` where the extra is not installed.

    >>> timeline = to_otio(Draft({"t": [{"tt": 0, "sg": [{"d": 1500, "m": {"name": "vlog"}}]}]}))
    >>> timeline.tracks[0][0].name, timeline.duration().to_seconds()
    ('vlog', 1.5)
    """
    otio = _library()
    rate = draft.meta.get("fps")
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 < rate < math.inf:
        rate = _RATE
    writer = _Writer(float(rate), media or {})
    rest = {key: value for key, value in draft.raw.items() if key != "t"}
    timeline = otio.schema.Timeline(draft.title, metadata={_OURS: {"draft": _plain(rest)}})
    clips = iter(Layout(draft).clips)
    for track in draft.tracks:
        own = [(segment, next(clips)) for segment in track]
        timeline.tracks.extend(writer.tracks(track, own))
    return timeline


def from_otio(timeline: otio.schema.Timeline) -> Draft:
    """Return an OpenTimelineIO timeline as a draft: ours as it went, another's as far as it can be.

    Of another program's timeline come tracks, clips, gaps, names, media, in-points, speed and
    dissolves.

    >>> title = {"d": 900, "m": {"text": "Day one", "start": 100}}
    >>> draft = Draft({"t": [{"tt": 7, "sg": [title]}]})
    >>> from_otio(to_otio(draft)) == draft
    True
    """
    raw = _dict(timeline.metadata, "draft")
    tracks: list[dict[str, Any]] = []
    places: dict[int, int] = {}  # which of ours a track of theirs goes on with
    for track in timeline.tracks:
        ours = track.metadata.get(_OURS, {})
        place = ours.get("place") if hasattr(ours, "get") else None
        found = _segments(track)
        if isinstance(place, int) and place in places:
            tracks[places[place]]["sg"] += found
            continue
        kept = _dict(track.metadata, "track")
        if not kept:
            kept = {"tt": 1 if track.kind == "Audio" else 0}
            if track.name:
                kept["m"] = {"name": track.name}
        if isinstance(place, int):
            places[place] = len(tracks)
        tracks.append({**kept, "sg": found})
    for track in tracks:
        # What had to go to further tracks goes back to where it stood.
        track["sg"].sort(key=lambda one: one.pop("", 0))
    if _OURS not in timeline.metadata:
        raw = {"m": {"title": timeline.name}} if timeline.name else {}
        raw["d"] = round(timeline.duration().to_seconds() * 1000) if tracks else 0
    return Draft({**raw, "t": tracks} if tracks or "t" in raw else raw)


class _Writer:
    """Make tracks and clips at one rate, in frames per second."""

    def __init__(self, rate: float, media: Mapping[str, str]) -> None:
        self._otio = _library()
        self._rate = rate
        self._media = media

    def tracks(self, track: Track, own: list[tuple[Segment, Clip]]) -> list[otio.schema.Track]:
        """Return the rows that one track of a draft takes."""
        schema = self._otio.schema
        kind = schema.TrackKind.Audio if track.kind == "audio" else schema.TrackKind.Video
        rest = {key: value for key, value in track.raw.items() if key != "sg"}
        made: list[tuple[Any, float]] = []
        for number, (segment, clip) in enumerate(own):
            row, end = next(
                ((row, end) for row, end in made if end <= clip.start + _SMALLEST), (None, 0.0)
            )
            if row is None:
                metadata = {"place": track.index, "track": _plain(rest)}
                row = schema.Track(track.name, kind=kind, metadata={_OURS: metadata})
                made.append((row, 0.0))
            if clip.start - end > _SMALLEST:
                row.append(schema.Gap(duration=self._time(clip.start - end)))
            if row and (dissolve := self._transition(segment)) is not None:
                row.append(dissolve)
            row.append(self._clip(segment, clip, number))
            made = [(one, clip.end if one is row else until) for one, until in made]
        if not made:
            metadata = {"place": track.index, "track": _plain(rest)}
            made.append((schema.Track(track.name, kind=kind, metadata={_OURS: metadata}), 0.0))
        return [row for row, _ in made]

    def _time(self, seconds: float) -> otio.opentime.RationalTime:
        return self._otio.opentime.RationalTime(seconds * self._rate, self._rate)

    def _range(self, start: float, seconds: float) -> otio.opentime.TimeRange:
        return self._otio.opentime.TimeRange(self._time(start), self._time(seconds))

    def _clip(self, segment: Segment, clip: Clip, number: int) -> otio.schema.Clip:
        schema = self._otio.schema
        length = clip.end - clip.start
        reference: Any = schema.MissingReference()
        if segment.source:
            reference = schema.ExternalReference(
                target_url=self._media.get(segment.source, segment.source),
                available_range=self._range(0, clip.at + length * clip.speed),
            )
        made = schema.Clip(
            name=clip.label,
            media_reference=reference,
            source_range=self._range(clip.at, length),
            metadata={_OURS: {"segment": _plain(segment.raw), "number": number}},
        )
        if clip.speed != 1 or clip.reverse:
            scalar = -clip.speed if clip.reverse else clip.speed
            made.effects.append(schema.LinearTimeWarp(time_scalar=scalar))
        for low, high in clip.removed:
            at = clip.at + (low - clip.start) * clip.speed
            made.markers.append(
                schema.Marker(
                    name="music removed",
                    color=schema.MarkerColor.ORANGE,
                    marked_range=self._range(at, (high - low) * clip.speed),
                )
            )
        return made

    def _transition(self, segment: Segment) -> otio.schema.Transition | None:
        told = segment.meta.get("transition")
        told = told if isinstance(told, dict) else {}
        length = told.get("d")
        if not isinstance(length, int | float) or isinstance(length, bool) or not length > 0:
            return None
        schema = self._otio.schema
        dissolve = told.get("kind") == "crossfade"
        kinds = schema.TransitionTypes
        return schema.Transition(
            name=str(told.get("kind", "")),
            transition_type=kinds.SMPTE_Dissolve if dissolve else kinds.Custom,
            # It begins with the incoming clip; the outgoing one goes on behind it.
            in_offset=self._time(0),
            out_offset=self._time(length / 1000),
        )


def _segments(track: otio.schema.Track) -> list[dict[str, Any]]:
    """Read the clips of a track; the key "" is their place among those of a draft's own track."""
    otio = _library()
    found: list[dict[str, Any]] = []
    at = 0.0
    moved = False
    dissolve = 0.0
    for item in track:
        if isinstance(item, otio.schema.Transition):
            dissolve = (item.in_offset + item.out_offset).to_seconds()
            continue
        length = item.duration().to_seconds()
        if isinstance(item, otio.schema.Gap):
            moved = True
        else:
            raw = _dict(item.metadata, "segment")
            if raw:
                found.append({**raw, "": item.metadata[_OURS].get("number", len(found))})
            else:
                found.append({**_foreign(item, at, length, dissolve, moved), "": len(found)})
        dissolve = 0.0
        at += length
    return found


def _foreign(
    item: Any, at: float, length: float, dissolve: float, moved: bool
) -> dict[str, Any]:  # fmt: skip
    """Make a segment of another program's clip."""
    otio = _library()
    meta: dict[str, Any] = {"name": item.name} if item.name else {}
    reference = getattr(item, "media_reference", None)
    if isinstance(reference, otio.schema.ExternalReference):
        meta["source"] = reference.target_url
        start = item.trimmed_range().start_time
        if reference.available_range is not None:
            start -= reference.available_range.start_time
        meta["source_start"] = max(0, round(start.to_seconds() * 1000))
    for effect in getattr(item, "effects", ()):
        if isinstance(effect, otio.schema.LinearTimeWarp) and effect.time_scalar:
            meta["speed"] = abs(effect.time_scalar)
            meta |= {"reverse": True} if effect.time_scalar < 0 else {}
    if moved:
        meta["start"] = round(at * 1000)
    if dissolve:
        meta["transition"] = {"kind": "crossfade", "d": round(dissolve * 1000)}
    return {"d": round(length * 1000), "m": meta}


def _library() -> Any:
    try:
        import opentimelineio
    except ImportError as error:
        raise ImportError(
            "OpenTimelineIO is not installed: pip install 'cogwidgets[otio]'."
        ) from error
    return opentimelineio


def _plain(value: Any) -> Any:
    """Copy JSON into what metadata can hold: NaN and what is infinite become nothing."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _dict(metadata: Any, key: str) -> dict[str, Any]:
    """Read one of ours out of metadata, as plain JSON again."""
    ours = metadata.get(_OURS)
    value = ours.get(key) if hasattr(ours, "get") else None
    found = _json(value)
    return copy.deepcopy(found) if isinstance(found, dict) else {}


def _json(value: Any) -> Any:
    if hasattr(value, "items"):
        return {key: _json(inner) for key, inner in value.items()}
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return [_json(inner) for inner in value]
    return value
