"""Drafts: the plain functions that edits are made of, each from a draft to a new draft.

A draft is the contract's JSON (contract.md, "The draft"): ``t`` tracks, ``tt`` track type, ``sg``
segments, ``d`` milliseconds, ``m`` metadata. The engine's own details are under ``m`` with long
names. Nothing here changes its argument, and unknown keys pass through.
"""

from __future__ import annotations

import copy
import secrets
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator

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

VIDEO, AUDIO = 0, 1
FADE_IN, FADE_OUT = 800, 2000  # ms
LOUDNESS = -15.0  # LUFS of the whole, in the middle of what video sites ask for


class Clip(TypedDict):
    """A medium that goes onto the video track; ``duration`` in ms."""

    source: str
    name: str
    duration: int
    width: int | None
    height: int | None
    fps: float | None


class Speech(TypedDict):
    """The sound that replaces a segment's own: one stem an audio stream; music in ms."""

    source: str
    streams: list[str]
    strength: str
    music: list[list[int]]


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
    segment = _segment(clip["source"], clip["name"], clip["duration"])
    track = {
        "tt": VIDEO if picture else AUDIO,
        "m": {"name": "Video" if picture else "Sound"},
        "sg": [segment],
    }
    new.setdefault("t", []).append(track)
    return new


def with_speech(draft: Draft, speech: dict[str, Speech]) -> Draft:
    """Replace the sound of the clips whose source is a key of ``speech``."""
    new = copy.deepcopy(draft)
    for clip in clips(new):
        found = speech.get(clip["m"]["source"])
        if found is not None:
            # Sound tracks may be a little longer than the picture.
            music = [[start, min(end, clip["d"])] for start, end in found["music"]]
            clip["m"]["speech"] = {**found, "music": music}
    return new


def without_speech(draft: Draft) -> Draft:
    """Give every clip its own sound back."""
    new = copy.deepcopy(draft)
    for clip in clips(new):
        clip["m"].pop("speech", None)
    return new


def with_music(draft: Draft, music: Music) -> Draft:
    """Lay a track under the whole draft, in place of one that was laid before."""
    new = without_music_segments(draft)
    duration = new.get("d", 0)
    segment = _segment(music["source"], music["name"], duration)
    segment["m"] |= {
        "role": "music",
        "mood": music["mood"],
        "loop": True,
        "fade_in": FADE_IN,
        "fade_out": FADE_OUT,
        "duck": True,
        "loudness": LOUDNESS,
    }
    new["t"].append({"tt": AUDIO, "m": {"name": "Music"}, "sg": [segment]})
    return new


def without_music_segments(draft: Draft) -> Draft:
    """Take laid tracks away, and the tracks that are empty then."""
    new = copy.deepcopy(draft)
    for track in new.get("t", []):
        if track.get("tt") == AUDIO:
            track["sg"] = [s for s in track["sg"] if s["m"].get("role") != "music"]
    new["t"] = [track for track in new.get("t", []) if track.get("sg")]
    return new


def _segment(source: str, name: str, duration: int) -> dict[str, Any]:
    return {
        "d": duration,
        "m": {
            "id": "seg_" + secrets.token_hex(6),
            "name": name,
            "source": source,
            "start": 0,
            "source_start": 0,
            "volume": 1.0,
        },
    }
