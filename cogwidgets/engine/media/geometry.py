"""From a source's picture to its place on the canvas: turn, crop, zoom, flip, fit, as filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cogwidgets.engine.media.tonemap import HDR, tone_filters

if TYPE_CHECKING:
    from fractions import Fraction

    from cogwidgets.engine.media.facts import Facts
    from cogwidgets.engine.media.plan import Clip

__all__ = ["Canvas", "Fitted", "fitted", "matrix_of", "turning"]

_TURNS = {90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
# FFmpeg's names of the colour matrices that 8-bit video comes in; others are taken for the usual.
_MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020"}
_HD = 720


def matrix_of(matrix: int, side: int) -> str:
    """Name the colour matrix as FFmpeg does; what is not told is told by the smaller side.

    >>> matrix_of(2, 1080), matrix_of(6, 1080)
    ('bt709', 'smpte170m')
    """
    return _MATRICES.get(matrix, "bt709" if side >= _HD else "smpte170m")


@dataclass(frozen=True)
class Canvas:
    """Describe the pictures to make; `space` is matrix, range, primaries, transfer."""

    width: int
    height: int
    fps: Fraction
    fit: str = "fit"
    background: str = "#000000"
    space: tuple[int, int, int, int] = (1, 1, 1, 1)
    fast: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    @property
    def side(self) -> int:
        """The smaller side."""
        return min(self.width, self.height)

    @property
    def matrix(self) -> str:
        """The colour matrix, as FFmpeg calls it; what is not told is told by the size."""
        return matrix_of(self.space[0], self.side)


@dataclass(frozen=True)
class Fitted:
    """Hold the filters up to the canvas, or to an overlay of `size`; `behind` makes what is under.

    With `behind`, the picture is split: one copy goes through `behind` and fills the canvas.
    """

    filters: list[str]
    behind: list[str]
    size: tuple[int, int]


def turning(degrees: int) -> list[str]:
    """Return the filters that turn a picture clockwise.

    >>> turning(180)
    ['hflip', 'vflip']
    """
    return list(_TURNS.get(degrees % 360, []))


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)


def fitted(clip: Clip, facts: Facts, canvas: Canvas) -> Fitted:
    """Return the filters that bring a clip to the canvas, or to its size as an overlay."""
    stored_width, stored_height = facts.stored
    filters = turning(facts.turned)
    width, height = (
        (stored_height, stored_width) if facts.turned % 180 else (stored_width, stored_height)
    )
    shape = facts.width / facts.height / (width / height)  # of one pixel
    if clip.crop:
        x, y, w, h = clip.crop
        crop = round(width * x), round(height * y), _even(width * w), _even(height * h)
        width, height = min(crop[2], width), min(crop[3], height)
        filters.append(f"crop={width}:{height}:{crop[0]}:{crop[1]}")
    filters += turning(clip.rotate)
    if clip.rotate % 180:
        width, height, shape = height, width, 1 / shape
    filters += {"h": ["hflip"], "v": ["vflip"]}.get(clip.flip, [])
    if clip.zoom > 1:
        width, height = _even(width / clip.zoom), _even(height / clip.zoom)
        filters.append(f"crop={width}:{height}")
    aspect = width * shape / height
    if clip.place:
        size = _even(canvas.width * clip.place.width), 0
        size = size[0], _even(size[0] / aspect)
        return Fitted([*filters, *_scaled((width, height), size, facts, canvas)], [], size)
    fit = clip.fit or canvas.fit
    target, bars = _target(aspect, canvas, fit)
    filters += _scaled((width, height), target, facts, canvas)
    return _laid(filters, target, fit, canvas, bars=bars)


def _target(aspect: float, canvas: Canvas, fit: str) -> tuple[tuple[int, int], bool]:
    """Return the size of a picture on the canvas, and whether that leaves bars."""
    wider = aspect > canvas.width / canvas.height
    inside = (
        (canvas.width, min(canvas.height, _even(canvas.width / aspect)))
        if wider
        else (min(canvas.width, _even(canvas.height * aspect)), canvas.height)
    )
    # A pixel of a bar is only a rounding.
    if canvas.width - inside[0] <= 2 and canvas.height - inside[1] <= 2:  # noqa: PLR2004
        return canvas.size, False
    if fit != "fill":
        return inside, True
    covering = (
        (_even(canvas.height * aspect), canvas.height)
        if wider
        else (canvas.width, _even(canvas.width / aspect))
    )
    return covering, False


def _laid(
    filters: list[str], size: tuple[int, int], fit: str, canvas: Canvas, *, bars: bool
) -> Fitted:
    """Lay a scaled picture onto the canvas: over its own blur, between bars, or cut off."""
    if not bars:
        crop = [] if size == canvas.size else [f"crop={canvas.width}:{canvas.height}"]
        return Fitted([*filters, *crop], [], canvas.size)
    if fit == "blur":
        # A blurred picture needs few pixels: blurring an eighth of the size costs a sixty-fourth.
        small = _even(canvas.width / 8), _even(canvas.height / 8)
        behind = [
            f"scale={small[0]}:{small[1]}:force_original_aspect_ratio=increase:flags=bilinear",
            f"crop={small[0]}:{small[1]}",
            f"gblur=sigma={canvas.side / 8 / 18:.2f}:steps=3",
            f"scale={canvas.width}:{canvas.height}:flags=bicubic",
            "lutyuv=y='clip(val*0.8,16,235)'",
        ]
        return Fitted(filters, behind, size)
    pad = f"pad={canvas.width}:{canvas.height}:-1:-1:color=0x{canvas.background[1:7]}"
    return Fitted([*filters, pad], [], canvas.size)


def _scaled(
    size: tuple[int, int], target: tuple[int, int], facts: Facts, canvas: Canvas
) -> list[str]:
    """Scale, and bring the colours to the canvas' matrix and to limited range."""
    kind = "yuva420p" if facts.alpha else "yuv420p"
    flags = "bilinear" if canvas.fast else "bicubic"
    if facts.space[3] in HDR:
        return [
            *tone_filters(facts.space[3], f"scale={target[0]}:{target[1]}:flags={flags}"),
            f"scale=out_color_matrix={canvas.matrix}:out_range=tv",
            f"format={kind}",
            "setparams=color_primaries=bt709:color_trc=bt709",
            "setsar=1",
        ]
    matrix, spread = facts.space[0], facts.space[1]
    coming = matrix_of(matrix, min(facts.stored))
    same = spread != 2 and (matrix == 0 or coming == canvas.matrix)  # noqa: PLR2004  full range
    filters = []
    if size != target or not same or matrix == 0:
        options = f"scale={target[0]}:{target[1]}:flags={flags}"
        if matrix != 0:
            options += f":in_color_matrix={coming}"
        filters.append(f"{options}:out_color_matrix={canvas.matrix}:out_range=tv")
    return [*filters, f"format={kind}", "setsar=1"]
