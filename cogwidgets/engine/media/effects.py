"""Effects as filters of FFmpeg: what each kind of the draft's vocabulary does to a picture.

All take limited-range 4:2:0; those that look-up tables can do keep the picture in it, so they cost
next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.media.plan import Effect

__all__ = ["filters_of", "known"]

_GREY = 128
_ROUNDING = 0.001  # s
# Looks in FFmpeg's terms: curves of its own presets where it has them, tints and contrast else.
_LOOKS = {
    "cinematic": [
        "curves=master='0/0.02 0.25/0.2 0.75/0.8 1/0.97'",
        "colorbalance=rs=-0.06:bs=0.1:rh=0.08:bh=-0.08",
    ],
    "vintage": ["curves=preset=vintage", "vignette=angle=PI/6"],
    "noir": ["lutyuv=y='clip((val-128)*1.35+122,16,235)':u=128:v=128", "vignette=angle=PI/5"],
    "vivid": [
        (
            "lutyuv=y='clip((val-128)*1.1+128,16,235)'"
            ":u='clip((val-128)*1.4+128,16,240)':v='clip((val-128)*1.4+128,16,240)'"
        )
    ],
    "cool": ["lutyuv=u='clip(val+9,16,240)':v='clip(val-8,16,240)'"],
    "warm": ["lutyuv=u='clip(val-9,16,240)':v='clip(val+8,16,240)'"],
}


def _brightness(amount: float, _: float) -> list[str]:
    return [f"lutyuv=y='clip(val+{amount * 80:.3f},16,235)'"]


def _contrast(amount: float, _: float) -> list[str]:
    factor = 1 + amount * (1.0 if amount > 0 else 0.8)
    return [f"lutyuv=y='clip((val-126)*{factor:.4f}+126,16,235)'"]


def _colour(factor: float) -> list[str]:
    table = f"'clip((val-{_GREY})*{factor:.4f}+{_GREY},16,240)'"
    return [f"lutyuv=u={table}:v={table}"]


def _saturation(amount: float, _: float) -> list[str]:
    return _colour(1 + amount * (1.5 if amount > 0 else 1.0))


def _warmth(amount: float, _: float) -> list[str]:
    by = amount * 24
    return [f"lutyuv=u='clip(val-{by:.3f},16,240)':v='clip(val+{by * 0.8:.3f},16,240)'"]


def _grayscale(amount: float, _: float) -> list[str]:
    return _colour(1 - abs(amount))


def _sepia(amount: float, _: float) -> list[str]:
    share = abs(amount)
    u, v = (f"'clip((val-128)*{1 - share:.4f}+{128 + share * by:.3f},16,240)'" for by in (-18, 12))
    return [f"lutyuv=u={u}:v={v}"]


def _blur(amount: float, side: float) -> list[str]:
    return [f"gblur=sigma={max(0.5, abs(amount) * side / 30):.3f}:steps=2"]


def _sharpen(amount: float, _: float) -> list[str]:
    return [f"unsharp=5:5:{abs(amount) * 2:.3f}:5:5:0"]


def _vignette(amount: float, _: float) -> list[str]:
    return [f"vignette=angle={0.2 + abs(amount) * 0.9:.4f}"]


def _pixelate(amount: float, side: float) -> list[str]:
    # Even blocks fall alike on the halved planes of the colours.
    block = max(2, round((0.01 + abs(amount) * 0.06) * side / 2) * 2)
    return [f"pixelize=w={block}:h={block}"]


_KINDS: dict[str, Callable[[float, float], list[str]]] = {
    "brightness": _brightness,
    "contrast": _contrast,
    "saturation": _saturation,
    "warmth": _warmth,
    "grayscale": _grayscale,
    "sepia": _sepia,
    "blur": _blur,
    "sharpen": _sharpen,
    "vignette": _vignette,
    "pixelate": _pixelate,
}


def known(effect: Effect) -> bool:
    """Tell whether this engine can do an effect."""
    return effect.name in _LOOKS if effect.kind == "look" else effect.kind in _KINDS


def filters_of(effect: Effect, side: int, at: float = 0.0) -> list[str]:
    """Return FFmpeg's filters for an effect; `side` is the canvas' smaller side in pixels.

    They work in its range alone; `at` is the segment's start in seconds. An unknown effect is none.

    >>> from cogwidgets.engine.media.plan import Effect
    >>> filters_of(Effect("vignette", 0.5, begin=1000, end=2000), 1080, at=60)
    ["vignette=angle=0.6500:enable='gte(t,60.999)*lt(t,61.999)'"]
    """
    if not known(effect):
        return []
    if effect.kind == "look":
        filters = _LOOKS[effect.name]
    else:
        filters = _KINDS[effect.kind](effect.amount, side)
    if effect.begin <= 0 and effect.end is None:
        return list(filters)
    # Pictures at the edge may be rounded down by less than a millisecond.
    during = f"gte(t,{at + effect.begin / 1000 - _ROUNDING:.3f})"
    if effect.end is not None:
        during += f"*lt(t,{at + effect.end / 1000 - _ROUNDING:.3f})"
    return [f"{each}:enable='{during}'" for each in filters]
