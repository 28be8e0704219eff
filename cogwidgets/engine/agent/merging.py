"""Merging: the edits of a message, each wish once, in the order and the times that are meant.

"Cut 5 to 10 and mute 20 to 25" counts in the times of what lies there now; music goes before other
comes.
"""

from __future__ import annotations

from cogwidgets.engine.agent.edits import AddMusic, Edit, RemoveMusic
from cogwidgets.engine.agent.edits.cuts import Cut, Keep
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Flip, Rotate, Zoom
from cogwidgets.engine.agent.edits.pace import Reverse, Speed
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Mute, Volume
from cogwidgets.engine.agent.edits.texts import AddText

__all__ = ["merged"]

# What is done to a stretch, and leaves the times before it as they are
_THERE = (Mute, Volume, Effects, Zoom, Flip, Rotate, Reverse, Speed, Fade, RemoveMusic)


def _of_one_timeline(edits: list[Edit]) -> list[Edit]:
    """Let a cut and what follows it count in the same times: "cut 5-10, mute 20-25"."""
    found: list[Edit] = []
    for edit in edits:
        last = found[-1] if found else None
        if not isinstance(last, Cut):
            found.append(edit)
        elif isinstance(edit, Cut) and (both := last.with_next(edit)):
            found[-1] = both
        elif isinstance(edit, _THERE) and edit.spans and last.behind(edit.spans):
            found[-1:] = [edit, last]
        else:
            found.append(edit)
    return found


def merged(edits: list[Edit]) -> tuple[Edit, ...]:
    """Make one edit of those that say the same thing twice; music goes before other comes."""
    merged: list[Edit] = []
    worded = any(isinstance(edit, AddText) and edit.text for edit in edits)
    if worded:  # "add two titles, "One" at 0 and "Two" at 5s" asks for no third
        edits = [edit for edit in edits if not isinstance(edit, AddText) or edit.text]
    if Mute() in edits:  # "remove the sound and use my song instead"
        edits = [e for e in edits if not isinstance(e, RemoveMusic) or e.spans]
    if any(isinstance(edit, Keep) or (isinstance(edit, Cut) and edit.spans) for edit in edits):
        # "cut it so that it ends at 0:17" says which part, so it need not be asked
        edits = [edit for edit in edits if edit != Cut()]
    for edit in _of_one_timeline(edits):
        for place, known in enumerate(merged):
            one = known.merged(edit) if type(known) is type(edit) else None
            if one is not None:
                merged[place] = one
                break
        else:
            merged.append(edit)
    laying = next((i for i, edit in enumerate(merged) if isinstance(edit, AddMusic)), len(merged))
    late = [edit for edit in merged[laying:] if isinstance(edit, RemoveMusic)]
    rest = [edit for edit in merged[laying:] if not isinstance(edit, RemoveMusic)]
    return (*merged[:laying], *late, *rest)
