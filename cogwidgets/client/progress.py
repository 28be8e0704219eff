"""Progress: one bar for the step that runs, and lines for what takes no bar."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol

from tqdm import tqdm

__all__ = ["Bar", "Seldom", "Show", "Tell", "line", "silent"]

_EVERY = 0.1  # s
_FORMAT = "{desc:<28}{percentage:3.0f}%|{bar:24}| {elapsed}"


class Show(Protocol):
    """What the client calls to say how far a step is."""

    def __call__(self, step: str, fraction: float) -> None:
        """Show ``fraction`` (0 to 1) of a step; 1 ends it."""


class Tell(Protocol):
    """What the client calls with a line for the user; one that ends in "..." is passing."""

    def __call__(self, line: str, /) -> None:
        """Show one line."""


def silent(step: str, fraction: float) -> None:
    """Show nothing."""


def line(text: str, /) -> None:
    """Write a line to a terminal, above a bar if there is one."""
    tqdm.write(text, file=sys.stderr)


class Seldom:
    """Pass progress on ten times a second at most; the first and the last of a step always.

    An upload tells of each 64 KiB, and a notebook's server drops what a kernel says when it says
    over a thousand things a second: the end of the upload, too.

    >>> shown = Seldom(lambda step, fraction: print(step, fraction))
    >>> for hundredth in range(101):
    ...     shown("Uploading", hundredth / 100)
    Uploading 0.0
    Uploading 1.0
    """

    def __init__(self, show: Show) -> None:
        self._show = show
        self._step = ""
        self._at = 0.0

    def __call__(self, step: str, fraction: float) -> None:
        """Show ``fraction`` (0 to 1) of a step; 1 ends it."""
        now = time.monotonic()
        if step != self._step or fraction >= 1 or now - self._at >= _EVERY:
            self._step, self._at = step, now
            self._show(step, fraction)


class Bar:
    """Draw the step that runs on a terminal's last line, and wipe it when it is done."""

    def __init__(self) -> None:
        self._step = ""
        self._bar: Any = None

    def __call__(self, step: str, fraction: float) -> None:
        """Show ``fraction`` (0 to 1) of a step; 1 ends it."""
        if step != self._step:
            self._end()
            self._step = step
            self._bar = tqdm(total=100, desc=step, bar_format=_FORMAT, leave=False)
        self._bar.update(round(100 * min(max(fraction, 0), 1)) - self._bar.n)
        if fraction >= 1:
            self._end()

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar, self._step = None, ""
