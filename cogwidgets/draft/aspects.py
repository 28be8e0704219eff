"""Aspects: what can be said of a segment or a draft, key by key, and how its values are written.

The keys are those that this project's engine puts under ``m``; of the service's own drafts nothing
is published, so whatever is odd is written as it is, and never an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cogwidgets.draft.draft import clock

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OF_DRAFT", "OF_SEGMENT", "output_of", "written"]

NUMBER = (int, float)


def _share(value: Any) -> str:
    return f"{value:.0%}" if isinstance(value, NUMBER) else str(value)


def _times(value: Any) -> str:
    return f"{value:g}x" if isinstance(value, NUMBER) else str(value)


def _ms(value: Any) -> str:
    return f"{value / 1000:g} s" if isinstance(value, NUMBER) else str(value)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _degrees(value: Any) -> str:
    return f"{_plain(value)}°"


def _ways(value: Any) -> str:
    return {"h": "left to right", "v": "upside down"}.get(value, str(value))


def _effects(value: Any) -> str:
    found = [e for e in value if isinstance(e, dict)] if isinstance(value, list) else []
    return ", ".join(map(_effect, found)) or "none"


def _effect(effect: dict[str, Any]) -> str:
    amount = effect.get("name", effect.get("amount"))
    shown = f" {amount:+.0%}" if isinstance(amount, NUMBER) else f" {amount}" if amount else ""
    start, end = effect.get("from"), effect.get("to")
    if isinstance(start, NUMBER) and isinstance(end, NUMBER):
        shown += f" ({clock(start / 1000)}–{clock(end / 1000)})"
    return f"{effect.get('kind', 'effect')}{shown}"


def _transition(value: Any) -> str:
    if not isinstance(value, dict):
        return "none"
    return f"{value.get('kind', 'transition')} {_ms(value.get('d', 0))}"


def _place(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{key} {_share(found)}" for key, found in value.items())


# Key: what it is called, how a value is written, what it is where the key is missing.
OF_SEGMENT: dict[str, tuple[str, Callable[[Any], str], Any]] = {
    "speed": ("Speed", _times, 1.0),
    "reverse": ("Backwards", _plain, False),
    "mute": ("Muted", _plain, False),
    "loop": ("Loop", _plain, False),
    "motion": ("Slow zoom", _plain, "none"),
    "fade_in": ("Fade in", _ms, 0),
    "fade_out": ("Fade out", _ms, 0),
    "picture_fade_in": ("Picture fade in", _ms, 0),
    "picture_fade_out": ("Picture fade out", _ms, 0),
    "picture_fade_color": ("Fade colour", _plain, "#000000"),
    "duck": ("Ducking", _plain, False),
    "effects": ("Effects", _effects, None),
    "crop": ("Crop", _place, "none"),
    "zoom": ("Zoom", _times, 1.0),
    "rotate": ("Turned", _degrees, 0),
    "flip": ("Mirrored", _ways, "none"),
    "transition": ("Transition", _transition, None),
    "place": ("Place", _place, "none"),
    "opacity": ("Opacity", _share, 1.0),
    "position": ("Position", _plain, "none"),
    "size": ("Size", _share, 0.06),
    "color": ("Colour", _plain, "#ffffff"),
    "background": ("Background", _plain, "none"),
    "bold": ("Bold", _plain, False),
}
OF_DRAFT: dict[str, tuple[str, Callable[[Any], str], Any]] = {
    "fit": ("What does not fit the canvas", _plain, "fit"),
    "fps": ("Frames a second", _plain, "none"),
    "background": ("Background", _plain, "#000000"),
    "loudness": ("Loudness in LUFS", _plain, "as it is"),
    "title": ("Title", _plain, ""),
}


def written(
    aspects: dict[str, tuple[str, Callable[[Any], str], Any]],
    key: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> tuple[str, str, str] | None:
    """Write how one aspect changed: what it is, and its value before and after.

    >>> written(OF_SEGMENT, "speed", {}, {"speed": 2.0})
    ('Speed', '1x', '2x')
    """
    label, write, missing = aspects[key]
    old, new = (write(details.get(key, missing)) for details in (before, after))
    return None if old == new else (label, _said(old), _said(new))


def output_of(value: Any) -> str:
    """Write what an export is to make; empty where nothing is asked for.

    >>> output_of({"format": "gif", "size": 2_000_000})
    'gif, at most 2 MB'
    """
    if not isinstance(value, dict):
        return ""
    return ", ".join(_wanted(key, wanted) for key, wanted in value.items() if wanted)


def _wanted(key: str, value: Any) -> str:
    if key == "size" and isinstance(value, NUMBER):
        return f"at most {value / 1e6:g} MB"
    return f"{value} quality" if key == "quality" else str(value)


def _said(text: str) -> str:
    return {"True": "yes", "False": "no"}.get(text, text)
