"""Another edit in place of one made before: "trim to 15 seconds", "actually make it 12"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from cogwidgets.engine.agent.edits.base import CannotDo, Edit, Made
from cogwidgets.engine.agent.edits.clips import laid_out
from cogwidgets.engine.agent.edits.textchanges import ChangeText

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Ask", "Revise"]


@dataclass(frozen=True)
class Revise(Edit):
    """Go back to before a message and carry out its edits otherwise, and those after it again.

    ``plan`` are the edits from the draft ``before`` on, ``told`` the places in it of those that are
    new; what else cannot be done any more is left out. The result is what saying it right at once
    would have given. ``since`` counts the edits before them; ``corrects`` tells that the first was
    not meant, and not only to be a little different; ``gone`` are the tools of those that are not
    done again. The talk of a session makes it.
    """

    tool: ClassVar[str] = "revise"
    before: Draft
    plan: tuple[Edit, ...]
    told: tuple[int, ...] = ()
    since: int = 0
    corrects: bool = False
    gone: tuple[str, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:  # noqa: ARG003 - no action alone says it
        """Read nothing: only a talk knows what was done before."""
        return None

    @property
    def slots(self) -> dict[str, Any]:
        """Give what is done now."""
        new = [self.plan[place] for place in self.told]
        return {"instead": [{"tool": edit.tool, **edit.slots} for edit in new]}

    def missing(self, workshop: Workshop) -> str | None:
        """Name the file that its edits would need and the session has not."""
        return next(filter(None, (edit.missing(workshop) for edit in self.plan)), None)

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Do it from the draft before."""
        del draft
        now = laid_out(self.before, workshop, *self.plan[:1]) or self.before
        tools = tuple(dict.fromkeys(self.gone))
        made = Made(now, "given_back_of" if tools else "given_back", {"tools": tools})
        for place, edit in enumerate(self.plan):
            try:
                done = await edit.carry_out(now, workshop, progress)
            except CannotDo:
                if place in self.told:
                    raise
                continue
            now = done.draft
            made = done if place in self.told else made
            if isinstance(edit, ChangeText) and edit.text and "text" in made.figures:
                made = replace(made, figures={**made.figures, "text": edit.text})
        how: Literal["instead", "changed"] = "instead" if self.corrects else "changed"
        return replace(made, draft=now, instead=how if self.told else "")


@dataclass(frozen=True)
class Ask(Edit):
    """Ask what is meant where it could be several things."""

    tool: ClassVar[str] = "ask"
    key: str

    @classmethod
    def recognise(cls, action: Action) -> Self | None:  # noqa: ARG003 - no action alone says it
        """Read nothing: only a talk knows what could be meant."""
        return None

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Ask."""
        del draft, workshop, progress
        raise CannotDo(self.key)
