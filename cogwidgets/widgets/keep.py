"""Keep: what a saved notebook shows of a view, as it was when it was saved.

A notebook saves no widget, only what stood in the output when the cell ran. So a second output
beside the widget holds the view as HTML and is brought up to date as the view changes; while the
widget is alive its page hides that one (``static/base.js``).
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
import weakref
from typing import Any, Protocol

from IPython.display import HTML, DisplayHandle, display

__all__ = ["Keeper"]

_PAUSE = 1.0  # s without a change
_LONGEST = 15.0  # s that a view may go on changing until it is kept all the same


class Kept(Protocol):
    """What can be kept."""

    def html(self) -> str:
        """Return it as HTML."""


class Keeper:
    """Keep the HTML of one view beside it, once it is displayed."""

    def __init__(self, view: Kept) -> None:
        self._view = weakref.ref(view)
        self.name = f"cog-kept-{secrets.token_hex(6)}"
        self._handles: list[DisplayHandle] = []  # one a cell that shows it
        self._lock = threading.Lock()
        self._waiting = False
        self._changed = 0.0
        self._held = ""

    def display(self, bundle: tuple[dict[str, Any], dict[str, Any]] | None) -> None:
        """Show a widget's MIME bundle, and what is kept of it."""
        if bundle is None:
            return
        data, metadata = bundle
        # What is kept stands beside it, so here nothing but the widget is wanted.
        live = {kind: value for kind, value in data.items() if kind != "text/html"}
        display(live, metadata=metadata, raw=True)
        self._held = self._page()
        handle = display(HTML(self._held), display_id=True)
        if handle is not None:
            self._handles.append(handle)

    def stale(self, *_: object) -> None:
        """Bring what is kept up to date, once the view has come to rest."""
        if not self._handles:
            return
        with self._lock:
            self._changed = time.monotonic()
            if not self._waiting:
                self._waiting = True
                threading.Thread(target=self._settle, name="cogwidgets keep", daemon=True).start()

    def _settle(self) -> None:
        """Wait until nothing has changed for a moment, but not for ever, and update."""
        begun = time.monotonic()
        while True:
            time.sleep(_PAUSE)
            now = time.monotonic()
            with self._lock:
                if now - self._changed >= _PAUSE or now - begun >= _LONGEST:
                    self._waiting = False
                    break
        self.update()

    def update(self) -> None:
        """Bring what is kept up to date now."""
        page = self._page() if self._handles else self._held
        if page != self._held:
            self._held = page
            for handle in self._handles:
                with contextlib.suppress(Exception):  # the kernel may be going
                    handle.update(HTML(page))

    def _page(self) -> str:
        view = self._view()
        if view is None:
            return self._held
        # In a notebook without its kernel the output before this one says that there is no widget.
        child = ".jp-OutputArea-child"
        nothing = f"{child}:not(:has(.cog)):has(+ {child} .{self.name})"
        style = f"<style>{nothing} {{ display: none }}</style>"
        return f'<div class="{self.name}">{style}{view.html()}</div>'
