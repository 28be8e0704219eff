"""Past: what was done before an action, and what the action makes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits.cuts import Cut, Keep
from cogwidgets.engine.agent.edits.order import Move
from cogwidgets.engine.agent.times import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cogwidgets.engine.agent.edits import Edit

__all__ = ["Follow", "Past", "find_text"]


@dataclass(frozen=True)
class Past:
    """What was done before an action: edits, oldest first.

    ``touched`` are the places of those that "it" can be, the likeliest first: what the message
    before did, or this one. ``here`` is where those of this message begin. ``clips`` counts the
    clips on the timeline, ``undone`` tells that the message before was an undo, ``taken`` that it
    took back one edit of several, ``idle`` that it has changed nothing, ``disliked`` that this
    message has said what is wrong with "it". ``before`` is what was touched by the last message.
    """

    edits: tuple[Edit, ...] = ()
    touched: tuple[int, ...] = ()
    here: int = 0
    clips: int = 0
    undone: bool = False
    taken: bool = False
    idle: bool = False
    disliked: bool = False
    before: int | None = None

    @property
    def scope(self) -> int | None:
        """Give the clip that "it" is, where all that was touched last is of one clip."""
        clips = {_clip_of(self.edits[place]) for place in self.touched}
        return clips.pop() if len(clips) == 1 else None

    def with_later(self, instead: Mapping[int, tuple[Edit, ...]], edits: Sequence[Edit]) -> Past:
        """Give it with what a message has said so far."""
        if not (edits or instead):
            return self
        before = [(instead.get(i) or (edit,))[-1] for i, edit in enumerate(self.edits)]
        here = range(len(before) + len(edits) - 1, len(before) - 1, -1)
        touched = (*here, *instead) if edits else tuple(instead)
        last = next(iter(self.touched), None)
        return replace(self, edits=(*before, *edits), touched=touched, before=last)


def _clip_of(edit: Edit) -> int | None:
    """Give the number of the clip that an edit was of, once it is done."""
    if isinstance(edit, Move):
        ends = {"start": 1, "end": -1}
        number = edit.span.clip
        whole = edit.span == Span(clip=number)
        if whole and isinstance(edit.to, int) and number and number > edit.to > 0:
            return edit.to + edit.after
        return ends.get(str(edit.to)) if whole else None
    if isinstance(edit, Keep) and not edit.spans:
        return edit.clip
    spans: tuple[Span, ...] = getattr(edit, "spans", ())
    gone = isinstance(edit, Cut | Keep) or getattr(edit, "text", None) is not None
    one: Span | None = spans[0] if len(spans) == 1 and not gone else None
    whole = one is not None and one == Span(clip=one.clip)
    return (one.clip or None) if whole and one is not None else None  # 0 is each of them


@dataclass(frozen=True)
class Follow:
    """Edits in place of the one at ``at``, or on top of all where that is None.

    ``beside`` are the places of others that change with it, each with what comes there;
    ``about`` is the place of the one that was spoken of, so that "it" is that;
    ``dropped`` tells that what was asked for, and not done, is not wanted any more.
    """

    edits: tuple[Edit, ...]
    at: int | None = None
    beside: tuple[tuple[int, tuple[Edit, ...]], ...] = ()
    about: int | None = None
    dropped: bool = False


# Texts whose words are more often said of something else
_COMMON = {
    "one", "two", "three", "first", "second", "third", "start", "end", "the end", "title", "text",
    "red",
}  # fmt: skip


def find_text(message: str, text: str) -> re.Match[str] | None:
    """Find where a message says the words of a text that is shown, as whole words.

    >>> bool(find_text("remove Day 1", "day 1")), find_text("the second one", "Second")
    (True, None)
    """
    if text.lower() in _COMMON:
        return None
    edge = r"\b" if text.isascii() else ""
    return re.search(f"{edge}{re.escape(text)}{edge}", message, re.IGNORECASE)
