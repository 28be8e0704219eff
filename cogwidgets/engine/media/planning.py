"""Read a draft as a timeline: a pure step from JSON to frozen data; nothing is opened here."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from cogwidgets.engine.media.beds import Bed
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.plan import Clip, Effect, Place, Speech, Text, Timeline, Transition

__all__ = ["read_plan"]

_VIDEO, _AUDIO, _TEXT = 0, 1, 7  # contract.md "The draft": track types
_TRANSITIONS = {"crossfade", "fade_black", "slide", "wipe"}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_FITS = {"fit", "fill", "blur"}


def read_plan(draft: dict[str, Any], media: dict[str, str]) -> Timeline:
    """Read a draft (contract.md "The draft"); `media` tells where each source of it lies.

    Keys and track types that it does not know are passed over, and so is whatever has no length.
    Raises `MediaError`: "unsupported" when nothing is left to render or a value makes no sense,
    "unreadable" when a source is not among `media`.
    """
    try:
        return _timeline(draft, media)
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        raise MediaError(
            "unsupported",
            f"The draft holds a value that makes no sense ({error}); undo the edit that set it.",
        ) from error


def _timeline(draft: dict[str, Any], media: dict[str, str]) -> Timeline:
    clips: list[Clip] = []
    overlays: list[Clip] = []
    sounds: list[Clip] = []
    beds: list[Bed] = []
    texts: list[Text] = []
    main = True
    for track in draft.get("t") or []:
        segments = _placed(track.get("sg") or [])
        kind = track.get("tt")
        if kind == _VIDEO:
            found = [_clip(start, length, m, media) for start, length, m in segments]
            (clips if main else overlays).extend(found)
            main = main and not found
        elif kind == _AUDIO:
            for start, length, m in segments:
                if m.get("role") == "music":
                    beds.append(_bed(start, length, m, media))
                else:
                    sounds.append(_clip(start, length, m, media))
        elif kind == _TEXT:
            texts += [_text(start, length, m) for start, length, m in segments if m.get("text")]
    overlays = [_overlay(clip) for clip in overlays]
    if not (clips or overlays or sounds):
        raise MediaError(
            "unsupported", "A draft without a clip cannot be rendered; upload a video first."
        )
    m = draft.get("m") or {}
    ends = [part.end for part in (*clips, *overlays, *sounds)] + [text.end for text in texts]
    length = draft.get("d") or max(ends)
    return Timeline(
        length=int(length),
        clips=tuple(clips),
        overlays=tuple(overlays),
        sounds=tuple(sounds),
        beds=tuple(beds),
        texts=tuple(text for text in texts if text.start < length),
        width=_pixels(m.get("width")),
        height=_pixels(m.get("height")),
        fps=_rate(m.get("fps")),
        fit=_one_of(m.get("fit"), _FITS),
        background=_color(m.get("background")),
        loudness=_optional(m.get("loudness")),
        output=dict(m.get("output") or {}),
    )


def _placed(segments: list[dict[str, Any]]) -> list[tuple[int, int, dict[str, Any]]]:
    """Give start, length and details of each segment; one without a start follows the last."""
    found: list[tuple[int, int, dict[str, Any]]] = []
    at = 0
    for segment in segments:
        details = segment.get("m") or {}
        start = int(details.get("start", at))
        length = int(segment.get("d", 0))
        at = start + length
        if length > 0:
            found.append((start, length, details))
    return found


def _path(source: str, media: dict[str, str]) -> Path:
    if source not in media:
        raise MediaError(
            "unreadable", f"{source} is not among the uploaded files; upload it again."
        )
    return Path(media[source])


def _clip(start: int, length: int, m: dict[str, Any], media: dict[str, str]) -> Clip:
    transition = m.get("transition") or {}
    crop = m.get("crop")
    place = m.get("place")
    return Clip(
        source=_path(m["source"], media),
        start=start,
        length=length,
        source_start=int(m.get("source_start", 0)),
        speed=_within(m.get("speed", 1.0), 0.05, 100),
        reverse=bool(m.get("reverse")),
        loop=bool(m.get("loop")),
        still=bool(m.get("still")),
        motion=str(m.get("motion") or ""),
        motion_at=_part(m.get("motion_at")),
        volume=0.0 if m.get("mute") else _within(m.get("volume", 1.0), 0, 100),
        fade_in=int(m.get("fade_in", 0)),
        fade_out=int(m.get("fade_out", 0)),
        loudness=_optional(m.get("loudness")),
        speech=_speech(m, media),
        picture_fade_in=int(m.get("picture_fade_in", 0)),
        picture_fade_out=int(m.get("picture_fade_out", 0)),
        picture_fade_color=_color(m.get("picture_fade_color")),
        crop=_crop(crop) if crop else None,
        zoom=_within(m.get("zoom", 1.0), 1, 20),
        rotate=int(m.get("rotate", 0)) % 360 // 90 * 90,
        flip=_one_of(m.get("flip"), {"h", "v"}),
        fit=_one_of(m.get("fit"), _FITS),
        effects=tuple(_effect(effect) for effect in m.get("effects") or ()),
        transition=(
            Transition(_one_of(transition.get("kind"), _TRANSITIONS) or "crossfade",
                       min(int(transition["d"]), length))
            if transition.get("d") else None
        ),
        place=(
            Place(float(place.get("x", 0.5)), float(place.get("y", 0.5)),
                  _within(place.get("w", 0.3), 0.01, 4), _within(m.get("opacity", 1.0), 0, 1))
            if place else None
        ),
    )  # fmt: skip


def _part(value: Any) -> tuple[int, int] | None:
    """Read which part of a motion a segment shows: where it begins, and how long the whole is."""
    return None if value is None else (int(value[0]), int(value[1]))


def _overlay(clip: Clip) -> Clip:
    return clip if clip.place else replace(clip, place=Place())


def _speech(m: dict[str, Any], media: dict[str, str]) -> Speech | None:
    """Read what replaces the own sound: the denoised sound wins over the speech."""
    for found in (m.get("denoised"), m.get("speech")):
        if found:
            only = found.get("only")
            return Speech(
                tuple(_path(source, media) for source in found["streams"]),
                None if only is None else tuple((int(a), int(b)) for a, b in only),
                _within(found.get("music_level", 0.0), 0, 100),
            )
    return None


def _effect(effect: dict[str, Any]) -> Effect:
    end = effect.get("to")
    return Effect(
        kind=str(effect.get("kind")),
        amount=_within(effect.get("amount", 1.0), -1, 1),
        name=str(effect.get("name") or ""),
        begin=int(effect.get("from") or 0),
        end=None if end is None else int(end),
    )


def _crop(crop: dict[str, Any]) -> tuple[float, float, float, float]:
    x, y = (_within(crop.get(key, 0), 0, 0.99) for key in "xy")
    return x, y, _within(crop.get("w", 1), 0.01, 1 - x), _within(crop.get("h", 1), 0.01, 1 - y)


def _text(start: int, length: int, m: dict[str, Any]) -> Text:
    return Text(
        text=str(m["text"]),
        start=start,
        length=length,
        position=str(m.get("position") or "bottom"),
        size=_within(m.get("size", 0.06), 0.005, 0.5),
        color=str(m.get("color") or "#ffffff"),
        background=str(m.get("background") or ""),
        fade_in=int(m.get("fade_in", 0)),
        fade_out=int(m.get("fade_out", 0)),
        bold=bool(m.get("bold")),
    )


def _bed(start: int, length: int, m: dict[str, Any], media: dict[str, str]) -> Bed:
    return Bed(
        path=_path(m["source"], media),
        start=start / 1000,
        length=length / 1000,
        skip=m.get("source_start", 0) / 1000,
        volume=0.0 if m.get("mute") else float(m.get("volume", 1.0)),
        loop=bool(m.get("loop", True)),
        fade_in=m.get("fade_in", 0) / 1000,
        fade_out=m.get("fade_out", 0) / 1000,
        duck=bool(m.get("duck", True)),
        loudness=float(m.get("loudness", Bed.loudness)),
    )


def _within(value: Any, low: float, high: float) -> float:
    return min(max(float(value), low), high)


def _one_of(value: Any, known: set[str]) -> str:
    return value if value in known else ""


def _color(value: Any) -> str:
    """Read "#rrggbb", black where it is anything else."""
    return value[:7].lower() if isinstance(value, str) and _COLOR.match(value) else "#000000"


def _optional(value: Any) -> float | None:
    return None if value is None else float(value)


def _pixels(value: Any) -> int | None:
    return int(value) if value and int(value) > 1 else None


def _rate(value: Any) -> Fraction | None:
    """Read frames a second; 29.97 and its kin mean the thousands over 1001 that they round.

    >>> _rate(29.97), _rate(30.0)
    (Fraction(30000, 1001), Fraction(30, 1))
    """
    if not value or float(value) <= 0:
        return None
    near = Fraction(round(float(value) * 1.001)) * Fraction(1000, 1001)
    if abs(float(near) - float(value)) < 0.002 and float(value) != round(float(value)):  # noqa: PLR2004
        return near
    return Fraction(float(value)).limit_denominator(1001)
