"""Progress: one bar for the step that runs, in a terminal and in a notebook."""

from __future__ import annotations

import sys
from typing import Any, Protocol

from tqdm.auto import tqdm

__all__ = ["Bar", "Show", "bar_if_watched", "silent"]


class Show(Protocol):
    """What the client calls to say how far a step is."""

    def __call__(self, step: str, fraction: float) -> None:
        """Show ``fraction`` (0 to 1) of a step; 1 ends it."""


def silent(step: str, fraction: float) -> None:
    """Show nothing."""


class Bar:
    """Draw one tqdm bar a step; tqdm finds out whether this is a terminal or a notebook."""

    def __init__(self) -> None:
        self._step = ""
        self._bar: Any = None

    def __call__(self, step: str, fraction: float) -> None:
        """Show ``fraction`` (0 to 1) of a step; 1 ends it."""
        if step != self._step:
            self._end()
            self._step = step
            self._bar = tqdm(
                total=100, desc=step, bar_format="{desc:<28}{percentage:3.0f}%|{bar:24}| {elapsed}"
            )
        if self._bar is not None:
            self._bar.update(round(100 * min(max(fraction, 0), 1)) - self._bar.n)
            if fraction >= 1:
                self._end()

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar, self._step = None, ""


def bar_if_watched() -> Show:
    """Return a bar where somebody sees it: a terminal or a notebook; else nothing."""
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    return Bar() if watched else silent
