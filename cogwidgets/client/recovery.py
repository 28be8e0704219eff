"""Recovery: a message's turn, whatever its stream does.

A message is sent once. When its stream is silent, breaks, or never ends, the session's state tells
what was done (contract.md, "The SSE stream").
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, TypeVar

from cogwidgets.api import CogError, Event, Heartbeat, State, Stopped, StreamBroken, Text, Turn
from cogwidgets.api.events import is_noise
from cogwidgets.client.phrasing import plain
from cogwidgets.draft import Draft, changes
from cogwidgets.waiting import StopAsked

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.api import Api, Patience
    from cogwidgets.client.session import Session

__all__ = ["looks", "take_turn", "watched"]

_T = TypeVar("_T")

STOPPED = "The message had been sent, so it may still be carried out: session.timeline() shows it."


def take_turn(session: Session, text: str) -> Turn:
    """Send one message, wait for all that comes of it, and say what changed; see `Session.send`.

    Once the message has left, nothing is raised any more but an interrupt: what came is in the
    session's turns.
    """
    api = session.client.api
    started = time.monotonic()
    events: list[Event] = []
    ended: CogError | None = None
    mended = False
    with api.working():
        before = after = session.read_state()
        try:
            try:
                events.extend(session.stream(text))  # keeps what has come when the stream breaks
                after = session.read_state()
            except StreamBroken as broken:
                if _answered(events):
                    after = session.read_state()
                else:
                    session.client.tell("The connection broke; looking at what was done...")
                    after = _after_break(session, before)
                    ended = _unchanged(broken) if after == before else None
                    mended = ended is None
        except StopAsked:
            ended = Stopped("Stopped.", hint=STOPPED)
        except KeyboardInterrupt:
            ended = Stopped("Interrupted.", hint=STOPPED)
            turn = _turn(api, events, before, after, ended, started)
            turn.message = text
            session.turns.append(turn)
            said = f"{STOPPED} What came until then is session.turns[-1]."
            raise KeyboardInterrupt(said) from None
        except CogError as error:
            if not events:
                raise  # refused, or never sent
            ended = error
        turn = _turn(api, events, before, after, ended, started)
        turn.message = text
        if mended:
            turn.text = f"The connection broke; this is what was done: {turn.text}"
        session.turns.append(turn)
    return turn


def _turn(  # noqa: PLR0917 - all that a turn is made of
    api: Api,
    events: list[Event],
    before: State,
    after: State,
    ended: CogError | None,
    started: float,
) -> Turn:
    turn = Turn.of(events)
    if turn.error is not None:
        turn.error = api.explained(turn.error)
    elif ended is not None:
        turn.error = ended
    turn.changes = changes(Draft(before.draft), Draft(after.draft))
    if turn.changes and is_noise(turn.text):
        turn.text = ""
    phrased = plain(turn.text)
    turn.text, turn.actions = phrased.text, list(phrased.actions)
    if not turn.text:
        made = "; ".join(map(str, turn.changes))
        turn.text = made or ("" if turn.error else "The timeline did not change.")
        if turn.error is not None:  # whoever reads the text alone is to know, too
            turn.text = f"{turn.error.message} {made and f'Some of it was done: {made}'}".strip()
    turn.seconds = time.monotonic() - started
    return turn


def _answered(events: list[Event]) -> bool:
    """Tell whether a stream broke only after its whole answer: nothing but the end was missing."""
    said = [event for event in events if not isinstance(event, Heartbeat)]
    return bool(said) and isinstance(said[-1], Text) and not said[-1].partial


def _after_break(session: Session, before: State) -> State:
    """Look at the state until the draft has changed, as often as the contract says.

    What else has changed, a file that was made on the way, may come before the edit is done.
    """
    after = before
    for after in looks(session.client.api, session.read_state, at_once=False):
        if after.draft != before.draft:
            break
    return after


def looks(api: Api, read: Callable[[], _T], *, at_once: bool) -> Iterator[_T]:
    """Yield what a read gives, as long after a break and as often as the contract says.

    A read that fails was one look: what broke may still be down.
    """
    pauses = (api.patience.broken, *api.patience.looks)
    for pause in (0, *pauses) if at_once else pauses:
        api.waits.sleep(pause)
        with contextlib.suppress(CogError):
            yield read()


def _unchanged(broken: StreamBroken) -> StreamBroken:
    return StreamBroken(
        f"{broken.message} Nothing has changed since.",
        hint="The message is not sent again by itself: send it once more if you still want it.",
        call=broken.call,
    )


def watched(
    api: Api, events: Generator[Event, None, None], tell: Callable[[str], None]
) -> Generator[Event, None, None]:
    """Yield a stream's events, say that it is still working, and break off when it takes too long.

    Raises `StreamBroken` after `Patience.turn` seconds, or after `Patience.heartbeats` of
    heartbeats alone.
    """
    clock = _Clock(api.patience, tell)
    with contextlib.closing(events):
        while True:
            clock.go_on()
            with api.waits.ticking(clock.tick):
                clock.tick()
                event = next(events, None)
            if event is None:
                return
            if not isinstance(event, Heartbeat):
                clock.heard()
            clock.pause()
            yield event


class _Clock:
    """How long a turn has taken, and how long it has said nothing; a reader's own time is not."""

    def __init__(self, patience: Patience, tell: Callable[[str], None]) -> None:
        self._patience = patience
        self._tell = tell
        self._paused = self._begun = self._heard = self._told = time.monotonic()

    def pause(self) -> None:
        self._paused = time.monotonic()

    def go_on(self) -> None:
        away = time.monotonic() - self._paused
        self._begun += away
        self._heard += away
        self._told += away

    def heard(self) -> None:
        self._heard = self._told = time.monotonic()

    def tick(self) -> None:
        now = time.monotonic()
        if now - self._begun > self._patience.turn:
            raise StreamBroken(f"The message took over {_minutes(self._patience.turn)}.")
        if now - self._heard > self._patience.heartbeats:
            raise StreamBroken(
                f"Nothing but heartbeats came for {_minutes(self._patience.heartbeats)}."
            )
        if now - self._told > self._patience.still_working:
            self._told = now
            self._tell("⏳ Still working...")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"  # noqa: PLR2004
