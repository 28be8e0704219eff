"""History: which versions of a draft can be undone and redone.

Every version is kept; an undo adds one more, whose reason tells how far it went back. So what can
be undone is read from the reasons alone, and survives a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["reason_of", "stacks"]

_FIRST = "upload"


def stacks(reasons: Iterable[tuple[int, str]]) -> tuple[list[int], list[int]]:
    """Give the versions that led to the latest draft, and those that a redo would bring back.

    What was uploaded first is never undone; a draft that an edit began has version 0, the empty
    one, before it.

    >>> stacks([(1, "upload"), (2, "cut"), (3, "add_text"), (4, "undo 1")])
    ([1, 2], [3])
    """
    done: list[int] = []
    undone: list[int] = []
    for version, reason in reasons:
        kind, _, steps = reason.partition(" ")
        if not done and reason != _FIRST:
            done.append(0)
        if kind == "undo":
            back = min(int(steps or 1), len(done) - 1)
            undone += reversed(done[len(done) - back :])
            del done[len(done) - back :]
        elif kind == "redo" and undone:
            done.append(undone.pop())
        else:
            done.append(version)
            undone.clear()
    return done or [0], undone


def reason_of(tools: list[str], steps: int = 1) -> str:
    """Write the reason of a version: its edits; an undo or redo alone moves along the history.

    >>> reason_of(["cut", "volume"]), reason_of(["undo"], 2)
    ('cut; volume', 'undo 2')
    """
    return f"undo {steps}" if tools == ["undo"] else "; ".join(tools)
