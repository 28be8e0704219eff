"""Edits of the history: undo, redo, start over. Every version stays; these make one more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["ALONG", "Redo", "StartOver", "Undo"]


_BACK = re.compile(r"\W*恢复[一下吧了回去来]*\W*")


@dataclass(frozen=True)
class Undo(Plain):
    """Go so many edits back."""

    tool: ClassVar[str] = "undo"
    steps: int = 1

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "undo", "undo the last two edits", "撤销", and 恢复 that names nothing."""
        bare = _BACK.fullmatch(action.text) and action.verb is Word.RESTORE
        if not (bare or action.asks("undo")) or action.negated:
            return None
        count = action.amount("number", "count")
        both = 2 if _BOTH.search(action.text) else 1
        return cls(max(int(count.value), 1) if count else both)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Go back."""
        del draft
        steps = min(self.steps, workshop.undoable())
        before = workshop.version(steps) if steps else None
        if before is None:
            raise CannotDo("nothing_to_undo")
        return Made(before, "undone" if steps == 1 else "undone_several", {"steps": steps})


_BOTH = re.compile(r"\b(?:both|the two)\b|[两俩]个|[两俩]步|俩", re.IGNORECASE)


@dataclass(frozen=True)
class Redo(Plain):
    """Go forth again after an undo."""

    tool: ClassVar[str] = "redo"

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "redo", "重做"."""
        return cls() if action.asks("redo") and not action.negated else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Go forth."""
        del draft
        after = workshop.version(-1)
        if after is None:
            raise CannotDo("nothing_to_redo")
        return Made(after, "redone")


@dataclass(frozen=True)
class StartOver(Plain):
    """Go back to what was there before the first edit."""

    tool: ClassVar[str] = "start_over"
    delete: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "start over", "恢复原样", and "delete everything", which leaves the upload."""
        if not action.asks("reset") or action.negated or action.timed:
            return None
        return cls(bool(re.match(r"\W*(?:remove|delete|clear)", action.text, re.IGNORECASE)))

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Go all the way back."""
        first = workshop.version(None)
        if first is None or first == draft:
            raise CannotDo("nothing_left" if self.delete else "nothing_to_undo")
        return Made(first, "started_over")


# The tools that go along the history: they cost nothing, and are no step that could be undone.
ALONG = frozenset({Undo.tool, Redo.tool, StartOver.tool})
