"""Edits of the canvas: its shape, its size, its rate, and what is beside the picture."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.amounts import Frame
from cogwidgets.engine.agent.edits.base import Made, Plain
from cogwidgets.engine.agent.edits.output import gif_size
from cogwidgets.engine.agent.edits.picture import shown
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Edit, Workshop

__all__ = ["Canvas"]

SHORT_SIDE = 1080
NEARLY = 0.02  # by how much a shape differs where no bars are seen
_BLURRED = re.compile(r"\bwith (?:an? |some |the )?blur", re.IGNORECASE)
SQUARISH = {(4, 5): (1080, 1350), (5, 4): (1350, 1080)}


@dataclass(frozen=True)
class Canvas(Plain):
    """Give the picture another shape or size; ``fit`` tells what becomes of what does not fit."""

    tool: ClassVar[str] = "canvas"
    about: ClassVar[str] = "video"
    frame: Frame | None = None
    fit: Literal["fit", "fill", "blur"] | None = None
    fps: float | None = None
    background: str | None = None

    @classmethod
    def recognise(cls, action: Action) -> Self | None:  # noqa: C901, PLR0911 - one a reason
        """Read "9:16 for TikTok with blurred background", "改成竖屏", "resize to 720p"."""
        if action.negated or action.verb in {Word.KEEP, Word.RESTORE, Word.TOUCH, Word.ISOLATE}:
            return None
        if action.verb is Word.REMOVE and not action.find(Word.FIT):
            return None
        frame, fps = action.frame, action.amount("fps")
        fit = action.value_of(Word.FIT)
        if frame is not None and fit is None and _BLURRED.search(action.text):
            fit = "blur" if action.find(Word.EFFECT, "blur") else None  # "vertical with blur"
        if fit == "fit" and action.verb is Word.REMOVE:
            fit = "fill"  # "cut off the black bars"
        if fit == "fill" and action.value_of(Word.COLOUR):
            fit = "fit"  # "with the sides filled in white"
        barred = fit is not None or action.names("background", "borders")
        background = action.value_of(Word.COLOUR) if barred and fit != "blur" else None
        if frame is None and fps is None and fit is None and background is None:
            return None
        if action.has(Word.MUSIC, Word.VOICE, Word.SOUND, Word.VOLUME, Word.TEXT):
            return None
        if action.strange and not action.asks("resize", "crop", "convert"):
            return None  # "make it safe for YouTube" is about something else
        if action.verb in {Word.WANT, Word.ADD} and frame is None and fit is None:
            return None
        if fit is None and action.asks("crop"):
            fit = "fill"
        return cls(frame, fit, fps.value if fps else None, background)  # type: ignore[arg-type]

    def merged(self, other: Edit) -> Edit | None:
        """Take "square, no bars" for one wish; of two shapes the last is meant."""
        if not isinstance(other, Canvas):
            return None
        frame = other.frame or self.frame
        if self.frame and other.frame:
            frame = self.frame.and_then(other.frame)
        fits = (other.fit, self.fit)
        return Canvas(
            frame,
            "blur" if "blur" in fits else fits[0] or fits[1],  # "blurred, no black bars"
            other.fps or self.fps,
            other.background or self.background,
        )

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Set it."""
        shown(draft)
        new = copy.deepcopy(draft)
        details: dict[str, Any] = new.setdefault("m", {})
        if self.frame is not None:
            before = details.get("width"), details.get("height")
            details["width"], details["height"] = after = sides(self.frame, *before)
            if after != before:  # said, or a turned video's stored size would mean how it is shown
                details.setdefault("fit", "fit")
        if self.fit is not None:
            details["fit"] = self.fit
        if self.fps is not None:
            details["fps"] = self.fps
        if self.background is not None:
            details["background"] = self.background
        figures = {"width": details.get("width"), "height": details.get("height")}
        figures["ground"] = self.background
        figures |= {"fit": self._beside(new, workshop), "fps": self.fps, "gif": gif_size(new)}
        if figures["gif"]:
            return Made(new, "canvas_gif", figures)
        most = _most(details.get("width"), details.get("height"))
        if self.frame is not None and most:
            return Made(new, "canvas_most", {**figures, "most": most})
        return Made(new, "canvas", figures)

    def _beside(self, draft: Draft, workshop: Workshop) -> str:
        """Tell what is beside the picture, and bars only where there will be some."""
        details = draft["m"]
        fit: str = details.get("fit", "fit")
        if fit != "fit" or self.frame is None or details.get("background"):
            return fit
        shape = details["width"] / details["height"]
        sizes = {c["source"]: (c["width"], c["height"]) for c in workshop.pictures()}
        for piece in timeline.laid(draft):
            one = piece.segment["m"]
            width, height = sizes.get(one.get("source"), (None, None))
            if not (width and height) or "crop" in one:
                continue
            own = height / width if one.get("rotate", 0) % 180 else width / height
            if abs(own / shape - 1) > NEARLY:
                return "barred" if self.fit == "fit" or self.fps else "bars"
        return fit


def _most(width: int | None, height: int | None) -> str:
    """Write how large an export gets where a canvas is larger than that; empty where it is not."""
    from cogwidgets.engine.media.canvas import LONG, SHORT

    if not (width and height):
        return ""
    factor = min(LONG / max(width, height), SHORT / min(width, height))
    return f"{_even(width * factor)}×{_even(height * factor)}" if factor < 1 else ""


def sides(frame: Frame, width: int | None, height: int | None) -> tuple[int, int]:
    """Give a canvas in pixels; lines such as 720p keep the shape that is there.

    >>> sides(Frame(9, 16), 1920, 1080), sides(Frame(1280, 720, exact=True), 1080, 1920)
    ((1080, 1920), (720, 1280))
    """
    if not frame.exact:
        if (frame.width, frame.height) in SQUARISH:
            return SQUARISH[frame.width, frame.height]
        scale = SHORT_SIDE / min(frame.width, frame.height)
        return _even(frame.width * scale), _even(frame.height * scale)
    by_lines = frame.width == 2 * round(frame.height * 8 / 9)
    if not (by_lines and width and height):
        return _even(frame.width), _even(frame.height)
    scale = frame.height / min(width, height)
    return _even(width * scale), _even(height * scale)


def _even(side: float) -> int:
    return 2 * round(side / 2)
