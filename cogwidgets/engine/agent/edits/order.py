"""Edits of the order of clips: all of them the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Reorder"]

_ROUND = re.compile(
    r"\b(?:revers(?:e|ed|ing)|opposite|backwards?)\b(?: (?:the|my|of|all|clips?'?))* "
    r"(?:order|sequence)\b|"
    r"\b(?:order|sequence)\b[^,.;]{0,20}\b(?:round|reversed|backwards)\b|顺序颠倒",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reorder(Plain):
    """Let the clips come in the opposite order, the last one first."""

    tool: ClassVar[str] = "reorder"

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "in reverse order", "reverse the order of the clips", 顺序倒过来."""
        other = action.negated or action.timed or action.has(Word.TEXT, Word.MUSIC)
        return cls() if _ROUND.search(action.text) and not other else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Lay them out anew."""
        del workshop
        clips = timeline.laid(draft)
        if len(clips) < 2:  # noqa: PLR2004 - one has no order
            raise CannotDo("single_clip")
        clips.reverse()
        names = " → ".join(clip.segment["m"].get("name", "") for clip in clips)
        return Made(timeline.relaid(draft, clips), "reordered", {"names": names})
