"""Titles: words as pictures with alpha, in a font that has Latin, Cyrillic and East Asian letters.

FFmpeg has no drawtext in the wheel, so Pillow draws.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

    from cogwidgets.engine.media.plan import Text

__all__ = ["Title", "draw", "missing_glyphs"]

_CHINESE = 2  # the face of the collection that writes Han characters as mainland China does
_BOLD = "NotoSansCJK-Bold.ttc"
_CAP_HEIGHT = 0.733  # of the font's size, for Noto Sans CJK
_MARGIN = 0.06  # of the canvas' smaller side
_WIDEST = 0.9  # of the canvas' width
_UNASSIGNED = "\U000fffff"  # private use, and in no font of ours


@dataclass(frozen=True)
class Title:
    """Hold a drawn title and the pixel of the canvas at which its top left corner lies."""

    image: Image
    x: int
    y: int


@functools.lru_cache(maxsize=16)
def _font(pixels: int) -> FreeTypeFont:
    from noto_cjk_sans_otc import FONT_PATH
    from PIL import ImageFont

    return ImageFont.truetype(str(FONT_PATH), pixels, index=_CHINESE)


@functools.lru_cache(maxsize=16)
def _bold_font(pixels: int) -> FreeTypeFont | None:
    """Return the same letters in bold where the system has them: the package does not."""
    from PIL import ImageFont

    try:
        return ImageFont.truetype(_BOLD, pixels, index=_CHINESE)
    except OSError:
        return None


@functools.lru_cache(maxsize=4096)
def _has_glyph(character: str) -> bool:
    """Tell whether the font draws a character as anything but its box for the unknown."""
    if character.isspace():
        return True
    font = _font(32)
    drawn, unknown = font.getmask(character), font.getmask(_UNASSIGNED)
    return drawn.size != unknown.size or bytes(drawn) != bytes(unknown)


def missing_glyphs(text: str) -> str:
    """Return the characters that the font cannot draw, each once.

    >>> missing_glyphs("Größe, 中文, かな")
    ''
    >>> missing_glyphs("hi \U0001f600")
    '\U0001f600'
    """
    return "".join(c for c in dict.fromkeys(text) if not _has_glyph(c))


def draw(text: Text, width: int, height: int) -> Title:
    """Draw a title for a canvas of `width` x `height` pixels; what has no glyph is left out."""
    from PIL import Image, ImageDraw

    side = min(width, height)
    pixels = max(8, round(text.size * side / _CAP_HEIGHT))
    bold = _bold_font(pixels) if text.bold else None
    font = bold or _font(pixels)
    words = "".join(c for c in text.text if _has_glyph(c))
    lines = _wrapped(words, font, _WIDEST * width)
    align = _column(text.position)
    # Without a ground of its own a thin dark line keeps light letters readable on light pictures.
    edge = 0 if text.background else max(1, pixels // 24)
    weight = max(1, pixels // 32) if text.bold and bold is None else 0
    said = "\n".join(lines) or " "
    tool = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = tool.multiline_textbbox(
        (0, 0), said, font=font, align=align, spacing=pixels * 0.2, stroke_width=edge + weight
    )
    pad = round(pixels * 0.3) if text.background else 2
    size = (_even(box[2] - box[0] + 2 * pad), _even(box[3] - box[1] + 2 * pad))
    ink = _rgba(text.color)
    ground = _rgba(text.background) if text.background else (0, 0, 0, 0)
    image = Image.new("RGBA", size, ground)
    draw_on = ImageDraw.Draw(image)
    at = (pad - box[0], pad - box[1])
    if edge:
        draw_on.multiline_text(
            at, said, font=font, fill=(0, 0, 0, 200), align=align, spacing=pixels * 0.2,
            stroke_width=edge + weight, stroke_fill=(0, 0, 0, 200),
        )  # fmt: skip
    draw_on.multiline_text(
        at, said, font=font, fill=ink, align=align, spacing=pixels * 0.2,
        stroke_width=weight, stroke_fill=ink,
    )  # fmt: skip
    x, y = _corner(text.position, size, width, height)
    return Title(image.crop((max(0, -x), max(0, -y), size[0], size[1])), max(0, x), max(0, y))


def _wrapped(words: str, font: FreeTypeFont, width: float) -> list[str]:
    """Break lines that are too long between words, or between characters where there are none."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if line and font.getlength(line + piece.rstrip()) > width:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return lines


def _pieces(paragraph: str) -> list[str]:
    """Cut a line where it may be broken: after a space, and around East Asian characters."""
    pieces: list[str] = []
    for character in paragraph:
        east_asian = ord(character) >= 0x2E80  # noqa: PLR2004  where Unicode's radicals begin
        if pieces and not east_asian and not pieces[-1].endswith(" "):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _column(position: str) -> str:
    return next((side for side in ("left", "right") if position.endswith(side)), "center")


def _corner(position: str, size: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    margin = round(_MARGIN * min(width, height))
    column = _column(position)
    x = {"left": margin, "right": width - size[0] - margin}.get(column, (width - size[0]) // 2)
    row = "top" if position.startswith("top") else position.partition("_")[0]
    y = {"top": margin, "bottom": height - size[1] - margin}.get(row, (height - size[1]) // 2)
    # The colours have half the resolution.
    return x // 2 * 2, y // 2 * 2


def _even(value: float) -> int:
    return int(value + 1) // 2 * 2


def _rgba(color: str) -> tuple[int, int, int, int]:
    from PIL import ImageColor

    try:
        found = ImageColor.getcolor(color, "RGBA")
    except ValueError:
        return (255, 255, 255, 255)
    return found if isinstance(found, tuple) and len(found) == 4 else (255, 255, 255, 255)  # noqa: PLR2004
