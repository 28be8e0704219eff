"""Base: what all our views have in common.

To make a view, subclass `View`, name its static files and write ``static/<name>.js`` with one call
of ``view`` (see ``static/base.js``, which stands in front of every view's module):

    class Meter(View):
        _esm, _css = static("meter")
        level = traitlets.Float().tag(sync=True)

        def _do_measure(self, message, buffers):       # the browser said send({do: "measure"})
            self.work("measuring", self._measure)      # never block here: start, and return

        def _measure(self):                            # in a thread of its own
            self.level = self.session.…
            self.did("session.measure()")              # the Python line that does the same

        def html(self):                                # what a saved notebook shows
            return f"<meter value={self.level}></meter>"

What is known goes down in traits, which only Python sets; what a person does comes up as messages
``{do: …}``. So no trait is ever written from two sides, and traits may be set from any thread.
"""

from __future__ import annotations

import difflib
import html
import logging
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from cogwidgets.api import CogError
from cogwidgets.widgets.keep import Keeper
from cogwidgets.widgets.work import Work

__all__ = ["View", "static"]

STATIC = Path(__file__).parent / "static"

logger = logging.getLogger("cogwidgets")


def static(*names: str) -> tuple[str, str]:
    """Return a view's module and style sheet, each with what all views share in front.

    Several names are joined in their order: what some views share stands before the view's own.

    >>> esm, css = static("base")
    >>> "function view(" in esm, ".cog {" in css
    (True, True)
    """
    wanted = dict.fromkeys(["base", *names])
    scripts, sheets = (
        [file for name in wanted if (file := STATIC / f"{name}.{ending}").exists()]
        for ending in ("js", "css")
    )
    return tuple("\n".join(f.read_text("utf-8") for f in files) for files in (scripts, sheets))  # type: ignore[return-value]


class View(anywidget.AnyWidget):
    """A view: an anywidget with an error area, the line of Python that does the same, and work.

    ``error`` is what its error area shows, ``last_call`` the Python of the last thing a person did
    in it, ``code`` all of them. An option that it does not have raises `TypeError`.

    >>> View(colour="red")
    Traceback (most recent call last):
    TypeError: View() has no option 'colour'; it has layout.
    """

    error = traitlets.Dict(help="message and hint, empty when all is well").tag(sync=True)
    kept = traitlets.Unicode("", help="the class of what is kept of it").tag(sync=True)
    last_call = traitlets.Unicode("", help="the Python line that does the same").tag(sync=True)

    def __init__(self, **options: Any) -> None:
        known = ["layout", *sorted(self.trait_names(option=True))]
        for name in options:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}."
                raise TypeError(f"{type(self).__name__}() has no option {name!r}; {hint}")
        super().__init__(**options)
        self._works: weakref.WeakSet[Work] = weakref.WeakSet()
        self._lines: list[str] = []
        self._hearers: list[Callable[[str], None]] = []
        self._ends: list[Callable[[], None]] = []
        self.on_msg(self._heard)
        self._keeper = Keeper(self)
        self.kept = self._keeper.name
        self.observe(self._keeper.stale)

    def __del__(self) -> None:
        """Close what stood; an option that was refused left nothing to close."""
        if "_keeper" in self.__dict__:
            super().__del__()

    def close(self) -> None:
        """End the view; what a saved notebook keeps of it is how it was in the end."""
        if "_keeper" in self.__dict__:
            self._keeper.update()
            while self._ends:
                self._ends.pop()()
        super().close()

    def until_closed(self, *ends: Callable[[], None]) -> None:
        """Call these when the view is closed: what it listens to, it then listens to no longer."""
        self._ends.extend(ends)

    # -- what a person does ------------------------------------------------------------------

    def _heard(self, _: Any, message: Any, buffers: list[memoryview]) -> None:
        """Do what the browser asks: ``{do: "x"}`` calls ``_do_x(message, buffers)``."""
        name = message.get("do") if isinstance(message, dict) else None
        method = getattr(self, f"_do_{name}", None) if isinstance(name, str) else None
        if method is None:
            return
        try:
            method(message, buffers)
        except Exception as error:  # noqa: BLE001 - no callback fails silently
            self.fail(error)

    def _do_dismiss(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Close the error area."""
        self.error = {}

    # -- what comes of it --------------------------------------------------------------------

    def work(self, name: str, work: Callable[[], object]) -> Work:
        """Do something in a thread of its own; what it raises shows in the error area."""
        self.error = {}
        begun = Work(name, work, failed=self.fail)
        self._works.add(begun)
        return begun

    def settle(self, seconds: float) -> bool:
        """Wait until no work runs, for so many seconds at most; tell whether."""
        end = time.monotonic() + seconds
        return all(work.wait(max(0.0, end - time.monotonic())) for work in tuple(self._works))

    def fail(self, error: Exception) -> None:
        """Show an error in the error area; one that is not foreseen goes to the log too."""
        if isinstance(error, CogError):
            self.error = {"message": error.message, "hint": error.hint}
            return
        logger.error("%s failed", type(self).__name__, exc_info=error)
        self.error = {
            "message": f"Something went wrong in here: {type(error).__name__}: {error}",
            "hint": "The log has the traceback.",
        }

    def did(self, line: str) -> None:
        """Write down the Python that does the same as what a person has just done."""
        self._lines.append(line)
        self.last_call = line
        for hearer in tuple(self._hearers):
            hearer(line)

    def on_did(self, hearer: Callable[[str], None]) -> None:
        """Call ``hearer`` with each line of Python from now on."""
        self._hearers.append(hearer)

    @property
    def code(self) -> str:
        """The Python of all that was done here, a line each; it wants a ``session``."""
        return "\n".join(self._lines)

    # -- where no widget is shown ------------------------------------------------------------

    def html(self) -> str:
        """Return what stands in a saved notebook, as HTML that needs no style sheet."""
        return f"<pre>{html.escape(repr(self))}</pre>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Carry text and HTML beside the widget: a front end without widgets shows those."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/plain": repr(self), "text/html": self.html()}, metadata

    def _ipython_display_(self, **_: Any) -> None:
        """Show the widget and, beside it, what a saved notebook keeps of it."""
        self._keeper.display(self._repr_mimebundle_())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
