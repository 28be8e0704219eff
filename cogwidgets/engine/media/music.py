"""Royalty-free music by mood."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LICENCE", "MOODS", "Track", "choose", "tracks"]

MOODS = ("calm", "energetic", "happy", "nostalgic", "tender")
LICENCE = (
    "Generated music from immich-memories-music, MIT licence: royalty-free, no attribution needed."
)


@dataclass(frozen=True)
class Track:
    """Name a piece of music."""

    path: Path
    name: str
    mood: str
    licence: str


def tracks(mood: str) -> list[Track]:
    """List the tracks of a mood, always in the same order.

    Raises `ValueError` for a mood that is not one of `MOODS`.

    >>> [track.name for track in tracks("calm")][:2]
    ['Calm acoustic 1', 'Calm acoustic 2']
    """
    if mood not in MOODS:
        raise ValueError(f"There is no music of the mood {mood!r}; choose one of {MOODS}.")
    from immich_memories_music import tracks_dir

    found: list[Track] = []
    for path in sorted((tracks_dir() / mood).glob("*.opus")):
        # Files are called mood_style_seed; the seed says nothing to a listener.
        style = path.stem.split("_")[1]
        number = 1 + sum(track.path.stem.split("_")[1] == style for track in found)
        found.append(Track(path, f"{mood.capitalize()} {style} {number}", mood, LICENCE))
    return found


def choose(mood: str, seed: str) -> Track:
    """Choose a track of a mood; the same seed gets the same track.

    >>> choose("happy", "vlog.mp4") == choose("happy", "vlog.mp4")
    True
    """
    known = tracks(mood)
    digest = hashlib.sha256(f"{mood} {seed}".encode()).digest()
    return known[int.from_bytes(digest[:8]) % len(known)]
