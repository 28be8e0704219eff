"""Calls: the call log as a live list, with its filter, its copies, its HAR and the step switch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from cogwidgets.client import Session
from cogwidgets.trace import Stepper
from cogwidgets.widgets.base import static
from cogwidgets.widgets.stepcard import StepCard

if TYPE_CHECKING:
    from cogwidgets.client import Client

__all__ = ["CallInspector"]

_HAR = "calls.har"


class CallInspector(StepCard):
    """Show every call of a client, live: open one, filter, copy as curl or Python, save, step.

    Takes a `Client`, or a `Session` for its client's calls. Its switch does what `Client.stepping`
    does, for whatever is called from then on: each call is asked about in this view. A saved
    notebook keeps the list as HTML.

    >>> import cogwidgets as cog
    >>> client = cog.connect(base_url="http://127.0.0.1:9")
    >>> CallInspector(client)
    <CallInspector · 0 calls>
    """

    _esm, _css = static("rows", "step", "calls")

    stepping = traitlets.Dict(help="where the calls pause; empty when they do not").tag(sync=True)
    saved = traitlets.Unicode("", help="where the last HAR was written").tag(sync=True)

    def __init__(self, of: Client | Session, **options: Any) -> None:
        super().__init__(of.client if isinstance(of, Session) else of, first=0, **options)
        self._stepper: Stepper | None = None
        self._outer: Stepper | None = None

    def settled(self) -> None:
        """Keep the calls for a saved notebook."""
        self._keeper.stale()

    # -- stepping ---------------------------------------------------------------------------

    def show(self) -> None:
        """Do nothing: this view stands where it was displayed."""

    def step_through(self, on: str | None = None, *, into: bool = False) -> None:
        """Pause at each call from now on, or at those that ``on`` names, see `Client.stepping`."""
        recorder = self._client.api.recorder
        self._let_go()
        self._outer, self._stepper = recorder.stepper, Stepper(self, on=on, into=into)
        recorder.stepper = self._stepper
        self.stepping = {"on": on or "", "into": into}

    def run_on(self) -> None:
        """Pause no more; a call that is paused goes on."""
        self._let_go()
        self.stepping = {}

    def _let_go(self) -> None:
        stepper, self._stepper = self._stepper, None
        if stepper is None:
            return
        recorder = self._client.api.recorder
        if recorder.stepper is stepper:
            recorder.stepper = self._outer
        stepper.end()

    def done(self) -> None:
        """Put the question away."""
        self.answer_the_rest()
        self.step = {}

    def close(self) -> None:
        """End the view, and its stepping."""
        if hasattr(self, "_stepper"):
            self._let_go()
        super().close()

    # -- what a person does -----------------------------------------------------------------

    def _do_switch(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Turn stepping on or off."""
        if message.get("state") is not True:
            self.run_on()
            return
        on, into = message.get("on"), message.get("into") is True
        on = on if isinstance(on, str) and on else None
        self.step_through(on, into=into)
        said = [*([repr(on)] if on else []), *(["into=True"] if into else [])]
        self.did(f"with client.stepping({', '.join(said)}): ...")

    def _do_decide(self, message: dict[str, Any], buffers: list[memoryview]) -> None:
        """Take an answer; running to the end turns the switch off."""
        asked = message.get("n") == self._question
        super()._do_decide(message, buffers)
        if asked and message.get("choice") == "run":
            self.run_on()

    def _do_filter(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Write down the Python that gives the calls which the view shows."""
        path, failed = message.get("path"), message.get("failed") is True
        named = f"[{path!r}]" if isinstance(path, str) and path else ""
        self.did(f"client.calls{'.failed' if failed else ''}{named}")

    def _do_har(self, message: dict[str, Any], _: list[memoryview]) -> None:  # noqa: ARG002
        """Write the calls as HAR into the kernel's folder, under a name that is free."""
        self.work("saving the calls", self._save)

    def _save(self) -> None:
        stem, ending = Path(_HAR).stem, Path(_HAR).suffix
        path, number = Path(_HAR), 1
        while path.exists():
            number += 1
            path = Path(f"{stem}-{number}{ending}")
        self._log.har(path)
        self.saved = str(path)
        self.did(f"client.calls.har({str(path)!r})")
