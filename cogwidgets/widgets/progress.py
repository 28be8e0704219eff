"""Progress in a cell: one bar for the step that runs, gone when it is done, and lines.

It is drawn with an updated display, not with a widget: what a saved notebook keeps of it is what
was true at the end, nothing.
"""

from __future__ import annotations

import html
import time
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import HTML, DisplayHandle, display

__all__ = ["CellBar", "CellLine", "in_a_notebook"]

_EVERY = 0.1  # s between two drawings
_BAR = (
    '<div style="display:flex;gap:10px;align-items:center;font-size:13px;opacity:.8">'
    '<span style="min-width:14em">{step}</span>'
    '<progress value="{fraction:.3f}" max="1" aria-label="{step}" style="width:16em"></progress>'
    "<span>{percent:.0%}</span></div>"
)

_LINE = '<div style="font-size:13px;opacity:.8">{text}</div>'


def in_a_notebook() -> bool:
    """Tell whether this process is a notebook's kernel."""
    shell: Any = get_ipython()
    return getattr(shell, "kernel", None) is not None


class CellBar:
    """Draw the step that runs below the cell; see `cogwidgets.client.progress.Show`."""

    def __init__(self) -> None:
        self._step = ""
        self._handle: DisplayHandle | None = None
        self._drawn = 0.0

    def __call__(self, step: str, fraction: float) -> None:
        """Show ``fraction`` (0 to 1) of a step; 1 ends it."""
        if step != self._step:
            self._clear()
            self._step = step
            self._handle = display(HTML(""), display_id=True)
            self._drawn = 0.0
        if fraction >= 1:
            self._clear()
        elif time.monotonic() - self._drawn >= _EVERY:
            self._drawn = time.monotonic()
            if self._handle is not None:
                said = html.escape(step)
                self._handle.update(
                    HTML(_BAR.format(step=said, fraction=fraction, percent=fraction))
                )

    def _clear(self) -> None:
        if self._handle is not None:
            self._handle.update(HTML(""))
        self._handle, self._step = None, ""


class CellLine:
    """Write a line below the cell; a passing one ("...") gives its place to the next.

    See `cogwidgets.client.progress.Tell`.
    """

    def __init__(self) -> None:
        self._passing: DisplayHandle | None = None

    def __call__(self, text: str, /) -> None:
        """Show one line."""
        shown = HTML(_LINE.format(text=html.escape(text)))
        if self._passing is None:
            self._passing = display(shown, display_id=True)
        else:
            self._passing.update(shown)
        if not text.endswith("..."):
            self._passing = None
