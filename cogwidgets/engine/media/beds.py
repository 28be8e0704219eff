"""Music that is laid under a timeline: what it is and how it is to sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Bed"]


@dataclass(frozen=True)
class Bed:
    """Describe the music: times in seconds, loudness in LUFS."""

    path: Path
    start: float
    length: float
    skip: float = 0.0
    volume: float = 1.0
    loop: bool = True
    fade_in: float = 0.8
    fade_out: float = 2.0
    duck: bool = True
    loudness: float = -15.0
