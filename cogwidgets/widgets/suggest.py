"""Suggest: what could be said next, by what the timeline holds."""

from __future__ import annotations

from typing import TypedDict

from cogwidgets.draft import Draft

__all__ = ["Suggestion", "suggestions"]


_TITLE = "add the title “My day” for 3 seconds"


class Suggestion(TypedDict):
    """What a button says, and what pressing it says or does."""

    say: str
    do: str  # "say", or "sample"


def suggestions(draft: Draft | None, *, alone: bool = True) -> list[Suggestion]:
    """Return what fits the state: no file yet, a file with its own sound, an edited one.

    ``alone`` is for a chat with no file picker beside it, which offers the sample itself.

    >>> [one["say"] for one in suggestions(None)]
    ['Try the sample video', 'what can you do?']
    """
    if draft is None or not draft.exportable:
        sample = [Suggestion(say="Try the sample video", do="sample")] if alone else []
        return [*sample, Suggestion(say="what can you do?", do="say")]
    removed = any(segment.music_level == 0 for segment in draft.segments)
    laid = any(segment.meta.get("role") == "music" for segment in draft.segments)
    said = []
    if not removed:
        said += ["remove the background music", "replace the music with a calm track"]
    if removed and not laid:
        said += ["add a calm royalty-free track"]
    if laid:
        said += ["replace the music with something happy"]
    if removed or laid:
        said += [] if any(s.kind == "text" for s in draft.segments) else [_TITLE]
        said += ["export"]
    return [Suggestion(say=one, do="say") for one in said]
