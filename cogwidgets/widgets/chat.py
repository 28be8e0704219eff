"""ChatBox: say what to change, and see what is done."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from cogwidgets.api import CogError, Credits, Failure, Stopped, Text, Turn
from cogwidgets.client import Export, route
from cogwidgets.draft import Draft, changes, clock
from cogwidgets.sample import VLOG
from cogwidgets.widgets import pages
from cogwidgets.widgets.base import View, static
from cogwidgets.widgets.markdown import to_html
from cogwidgets.widgets.suggest import Suggestion, suggestions

if TYPE_CHECKING:
    from cogwidgets.api import Event, Upload
    from cogwidgets.client import Session
    from cogwidgets.widgets.work import Work

__all__ = ["ChatBox"]

_EVERY = 0.05  # s between two pictures of a turn that runs


class ChatBox(View):
    """Talk to the agent of a session.

    What is said goes through `Session.say`, so "export" exports and "credits" counts. ``export``,
    where it is given, is called instead of `Session.export`, by a Studio for its own bar.

    >>> import cogwidgets as cog
    >>> from cogwidgets.client import Session
    >>> client = cog.connect(base_url="http://127.0.0.1:9", token="my-own-token")
    >>> ChatBox(Session(client, "1", "my vlog"))
    <ChatBox · nothing said yet>
    """

    _esm, _css = static("chat")
    entries: traitlets.List[dict[str, Any]] = traitlets.List(help="what was said").tag(sync=True)
    live = traitlets.Dict(help="the answer that is under way").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    ready = traitlets.Bool(True).tag(sync=True)
    suggested: traitlets.List[Suggestion] = traitlets.List(help="what to say next").tag(sync=True)
    height = traitlets.Int(380, help="of the conversation, in pixels").tag(sync=True, option=True)

    def __init__(
        self,
        session: Session | None = None,
        *,
        export: Callable[[str], None] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._export = export
        self._lock = threading.RLock()
        self._shown = 0  # turns of the session that stand in the entries
        self._worker: Work | None = None
        self.session: Session | None = None
        self.ready = session is not None
        self._suggest()
        if session is not None:
            self.join(session)

    def join(self, session: Session) -> None:
        """Talk in this session from now on; what was said in it before is shown."""
        self.session, self.ready = session, True
        self.until_closed(session.on_change(lambda _: self._suggest()))
        self.sync()
        self._suggest()

    def say(self, text: str) -> Work | None:
        """Say something as a person would by typing it; return the work, None while it is busy."""
        with self._lock:
            if self.busy or self.session is None or not text.strip():
                return None
            self.busy = True
            self.entries = [*self.entries, {"who": "me", "text": text.strip()}]
            self._worker = self.work("turn", lambda: self._answer(text.strip()))
            return self._worker

    def tell_done(self, done: Export | Credits | Draft | list[Upload]) -> None:
        """Say what has been done elsewhere."""
        with self._lock:
            self.entries = [*self.entries, {**_entry(_words(done)), "file": _file(done)}]

    def sync(self) -> None:
        """Show the turns that others have made in the session, a cell for example."""
        if self.session is None or self.busy:
            return
        for turn in self.session.turns[self._shown :]:
            self.entries = [
                *self.entries,
                {"who": "me", "text": turn.message},
                _told(turn, [], turn.seconds),
            ]
        self._shown = len(self.session.turns)

    # -- what a person does ------------------------------------------------------------------

    def _do_say(self, message: dict[str, Any], _: list[memoryview]) -> None:
        self.say(str(message.get("text", "")))

    def _do_sample(self, message: dict[str, Any], _: list[memoryview]) -> None:  # noqa: ARG002
        self.say(f"upload '{VLOG}'")

    def _do_stop(self, message: dict[str, Any], _: list[memoryview]) -> None:  # noqa: ARG002
        if self.session is not None and self._worker is not None:
            self.session.client.stop(self._worker.thread)

    # -- the work ------------------------------------------------------------------------------

    def _answer(self, text: str) -> None:
        """Do what a sentence asks for, and show it as it goes."""
        assert self.session is not None  # noqa: S101 - `say` has looked
        session, live = self.session, _Live(self._show)
        before = session.history[-1] if session.history else None
        entry: dict[str, Any] = {}
        action = route(text)
        try:
            if action == "export" and self._export is not None:
                self._export(text)
                entry = _entry("Exporting: the bar below says how far it is.")
                return
            with session.client.listening(show=live.step, tell=live.tell, hear=live.hear):
                done = session.say(text)
            entry = self._entry_of(done, live, before)
            if not (isinstance(done, Turn) and isinstance(done.error, Stopped)):
                self.did(_line(text, done))
        except Stopped as error:
            # A message that has left does not raise: its turn has the error.
            said = "Nothing had been sent yet." if action == "message" else error.hint
            entry = {**_entry(f"Stopped. {said}"), **live.ended("failed")}
        except CogError as error:
            entry = {**_entry(""), **live.ended("failed"), "error": _error(error)}
        except Exception as error:
            entry = {**_entry(""), **live.ended("failed"), "error": _error(error)}
            raise
        finally:
            if entry.get("error"):
                entry["retry"] = text
            self._shown = len(session.turns)
            with self._lock, self.hold_sync():
                self.entries = [*self.entries, entry]
                self.live = {}
                self.busy = False
            self._suggest()

    def _entry_of(self, done: Any, live: _Live, before: Draft | None) -> dict[str, Any]:
        """Say what came of it."""
        if isinstance(done, Turn):
            entry = _told(done, live.ended("failed" if done.error else "done")["steps"], live.took)
            if isinstance(done.error, Stopped) and self.session is not None:
                entry["html"] = to_html(_after_stop(before, self.session))
                entry["error"] = {}
                entry["retry"] = ""
            return entry
        return {**_entry(_words(done)), **live.ended("done"), "file": _file(done)}

    def _show(self, live: dict[str, Any]) -> None:
        self.live = live

    def _suggest(self) -> None:
        session = self.session
        draft = session.history[-1] if session is not None and session.history else None
        self.suggested = suggestions(draft, alone=self._export is None)

    def html(self) -> str:
        """Return the conversation."""
        return pages.talk(self.entries)

    def __repr__(self) -> str:
        said = sum(entry["who"] == "me" for entry in self.entries)
        return f"<ChatBox · {said} said>" if said else "<ChatBox · nothing said yet>"


class _Live:
    """An answer under way: words, steps with their times, and whether it is still working."""

    def __init__(self, show: Callable[[dict[str, Any]], None]) -> None:
        self._show = show
        self._begun = self._drawn = time.monotonic()
        self._events: list[Event] = []
        self._steps: list[dict[str, Any]] = []
        self._line = ""
        self._draw(at_once=True)

    @property
    def took(self) -> float:
        return time.monotonic() - self._begun

    def step(self, step: str, fraction: float) -> None:
        """Take note of how far a step is; see `cogwidgets.client.progress.Show`."""
        running = next((s for s in reversed(self._steps) if s["label"] == step), None)
        if running is None or running["state"] != "running":
            if fraction >= 1 and running is not None:
                return
            running = {"label": step, "state": "running", "begun": self.took, "fraction": 0.0}
            self._steps.append(running)
        running["fraction"] = fraction
        if fraction >= 1:
            running["state"] = "done"
            running["seconds"] = self.took - running["begun"]
        self._line = ""
        self._draw(at_once=fraction in (0, 1))

    def tell(self, line: str, /) -> None:
        """Take note of a line for the person; see `cogwidgets.client.progress.Tell`."""
        self._line = line
        self._draw(at_once=True)

    def hear(self, event: Event) -> None:
        """Take note of an event of the stream."""
        if isinstance(event, Text | Failure):
            self._events.append(event)
            self._line = ""
            self._draw()

    def ended(self, state: str) -> dict[str, Any]:
        """Return the steps as they have ended; one that runs still has ended in ``state``."""
        for step in self._steps:
            if step["state"] == "running":
                step.update(state=state, seconds=self.took - step["begun"])
        return {"steps": [self._step(step) for step in self._steps], "seconds": self.took}

    def _draw(self, *, at_once: bool = False) -> None:
        if at_once or time.monotonic() - self._drawn >= _EVERY:
            self._drawn = time.monotonic()
            self._show(
                {
                    "html": to_html(Turn.of(self._events).text),
                    "steps": [self._step(step) for step in self._steps],
                    "line": self._line,
                    "seconds": self.took,
                }
            )

    def _step(self, step: dict[str, Any]) -> dict[str, Any]:
        return {
            "label": step["label"],
            "state": step["state"],
            "fraction": step["fraction"],
            "seconds": step.get("seconds", self.took - step["begun"]),
        }


def _entry(text: str) -> dict[str, Any]:
    return {"who": "agent", "text": text, "html": to_html(text), "steps": [], "changes": []}


def _told(turn: Turn, steps: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Say what came of a message."""
    said = turn.text if turn.error is None else ""
    changed = [str(change) for change in turn.changes]
    entry = _entry("" if said == "; ".join(changed) else said)
    error = None if turn.error is None else _error(turn.error)
    next_ones = [action.text or action.kind for action in turn.actions if action.kind != "state"]
    return entry | {
        "steps": steps,
        "changes": changed,
        "error": error,
        "seconds": seconds,
        "next": next_ones,
    }


def _error(error: Exception) -> dict[str, str]:
    if isinstance(error, CogError):
        return {"message": error.message, "hint": error.hint}
    return {"message": f"{type(error).__name__}: {error}", "hint": "The log has the traceback."}


def _after_stop(before: Draft | None, session: Session) -> str:
    """Say what a stopped message has done, as far as can be seen."""
    after = session.read_draft()
    made = changes(before or Draft(None), after)
    if made:
        return "Stopped, but some of it had been done: " + "; ".join(map(str, made))
    return (
        "Stopped. The timeline is as it was; if the service carries the message out all the same, "
        "it will show here."
    )


def _words(done: Export | Credits | Draft | list[Upload]) -> str:
    if isinstance(done, Export):
        return f"Exported **{done.path.name}**: {clock(done.duration)}, {done.size / 1e6:.1f} MB."
    if isinstance(done, Credits):
        return f"You have {done.available:g} credit{'s' * (done.available != 1)}." + (
            f" {done.frozen:g} more are reserved." if done.frozen else ""
        )
    if isinstance(done, Draft):
        return str(done)
    return f"Added {', '.join(f'**{upload.filename}**' for upload in done)}."


def _file(done: object) -> str:
    return str(done.path) if isinstance(done, Export) else ""


def _line(text: str, done: Any) -> str:
    """Write the Python that does the same."""
    written = json.dumps(text, ensure_ascii=False)
    if isinstance(done, Turn):
        return f"session.send({written})"
    if isinstance(done, Export):
        return f"session.export({json.dumps(done.path.name, ensure_ascii=False)})"
    if isinstance(done, Credits):
        return "client.credits()"
    return "session.timeline()" if isinstance(done, Draft) else f"session.say({written})"
