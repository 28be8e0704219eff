"""Read a draft as what there is to render."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.mix import Bed

__all__ = ["Clip", "Plan", "read_plan"]

_VIDEO, _AUDIO = 0, 1  # contract.md "The draft": track types


@dataclass(frozen=True)
class Clip:
    """Describe a whole file on the timeline; `stems` replace its sound tracks, one by one."""

    source: Path
    length: float  # s
    volume: float
    stems: tuple[Path, ...] | None


@dataclass(frozen=True)
class Plan:
    """Describe a render: one clip, with or without music under it."""

    clip: Clip
    bed: Bed | None

    def sources(self) -> list[Path]:
        """List the files that the render reads."""
        music = [self.bed.path] if self.bed else []
        return [self.clip.source, *(self.clip.stems or ()), *music]


def read_plan(draft: dict[str, Any], media: dict[str, str]) -> Plan:
    """Read a draft (contract.md "The draft"); `media` tells where each source of it lies.

    Raises `MediaError` "unsupported", naming what cannot be rendered yet.
    """
    clips: list[Clip] = []
    beds: list[Bed] = []
    for track in draft.get("t", []):
        kind = track.get("tt")
        for segment in track.get("sg", []):
            if kind not in {_VIDEO, _AUDIO}:
                raise _unsupported(f"a track of type {kind}")
            details = segment.get("m", {})
            if details.get("role") == "music":
                beds.append(_bed(segment.get("d", 0), details, media))
            else:
                clips.append(_clip(segment.get("d", 0), details, media))
    if len(clips) != 1:
        raise _unsupported("several clips in one video" if clips else "a draft without a clip")
    if len(beds) > 1:
        raise _unsupported("more than one piece of music")
    return Plan(clips[0], beds[0] if beds else None)


def _unsupported(what: str) -> MediaError:
    return MediaError("unsupported", f"This engine cannot render {what} yet; undo that edit.")


def _path(source: str, media: dict[str, str]) -> Path:
    try:
        return Path(media[source])
    except KeyError:
        raise MediaError(
            "unreadable", f"{source} is not among the uploaded files; upload it again."
        ) from None


def _clip(length: int, details: dict[str, Any], media: dict[str, str]) -> Clip:
    if details.get("start", 0) or details.get("source_start", 0):
        raise _unsupported("a clip that was cut or moved")
    speech = details.get("speech")
    stems = tuple(_path(source, media) for source in speech["streams"]) if speech else None
    return Clip(
        source=_path(details["source"], media),
        length=length / 1000,
        volume=float(details.get("volume", 1.0)),
        stems=stems,
    )


def _bed(length: int, details: dict[str, Any], media: dict[str, str]) -> Bed:
    return Bed(
        path=_path(details["source"], media),
        start=details.get("start", 0) / 1000,
        length=length / 1000,
        skip=details.get("source_start", 0) / 1000,
        volume=float(details.get("volume", 1.0)),
        loop=bool(details.get("loop", True)),
        fade_in=details.get("fade_in", 0) / 1000,
        fade_out=details.get("fade_out", 0) / 1000,
        duck=bool(details.get("duck", True)),
        loudness=float(details.get("loudness", Bed.loudness)),
    )
