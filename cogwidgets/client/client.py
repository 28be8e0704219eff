"""Client: sessions, credits and calls on one service, the engine here or the cloud there."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from cogwidgets import settings
from cogwidgets.client.export import resume_exports, unfinished_exports
from cogwidgets.client.ledger import KnownSession, Ledger
from cogwidgets.client.progress import Seldom, Show, Tell, silent
from cogwidgets.client.session import Session
from cogwidgets.plural import counted
from cogwidgets.trace import Stepper, TerminalAsker

if TYPE_CHECKING:
    from cogwidgets.api import Api, Credits, Event
    from cogwidgets.client.export import Export
    from cogwidgets.client.ledger import PendingExport
    from cogwidgets.trace import Asker, CallLog
    from cogwidgets.trace.stepper import On

__all__ = ["Client"]

logger = logging.getLogger("cogwidgets")


class Client:
    """Do what a person does with the service. Made by `cogwidgets.connect`; closes as a context.

    ``show`` is called with each step's name and fraction, ``tell`` with a line for the user, and
    the attribute ``hear`` with each event of a message's stream, all in the thread that works;
    `listening` takes all three over for the thread that it is entered in.
    ``asker`` makes whoever puts the questions of `stepping`: a terminal, unless it is replaced.
    ``place`` names the service where its address changes with every start, as an engine's does;
    ``where`` is what its repr says instead of the address.
    """

    def __init__(
        self,
        api: Api,
        *,
        show: Show = silent,
        tell: Tell = logger.info,
        place: str = "",
        where: str = "",
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self.api = api
        self._here = _Here()
        self.show, self.tell, self.hear = show, tell, _ignore
        api.tell = lambda line: self.tell(line)  # noqa: PLW0108 - it is asked for each time
        self.asker: Callable[[], Asker] = TerminalAsker
        self.ledger = Ledger(settings.home() / "client.sqlite3", place or api.base_url)
        self._where = where
        self._on_close = on_close

    @property
    def show(self) -> Show:
        """What is called with each step's name and fraction."""
        return self._here.show or self._show

    @show.setter
    def show(self, show: Show) -> None:
        self._show = show

    @property
    def tell(self) -> Tell:
        """What is called with a line for the user."""
        return self._here.tell or self._tell

    @tell.setter
    def tell(self, tell: Tell) -> None:
        self._tell = tell

    @property
    def hear(self) -> Callable[[Event], None]:
        """What is called with each event of a message's stream."""
        return self._here.hear or self._hear

    @hear.setter
    def hear(self, hear: Callable[[Event], None]) -> None:
        self._hear = hear

    @contextlib.contextmanager
    def listening(
        self,
        *,
        show: Show | None = None,
        tell: Tell | None = None,
        hear: Callable[[Event], None] | None = None,
    ) -> Iterator[None]:
        """Have what this thread does inside told to these, and to nobody else.

        So a view that works in a thread of its own shows its own progress, and a cell its own.
        ``show`` is told of a step ten times a second at most.
        """
        here = self._here
        before = here.show, here.tell, here.hear
        here.show = Seldom(show) if show else here.show
        here.tell, here.hear = tell or here.tell, hear or here.hear
        try:
            yield
        finally:
            here.show, here.tell, here.hear = before

    @property
    def calls(self) -> CallLog:
        """Every call so far, masked."""
        return self.api.calls

    def session(
        self,
        name: str = "project",
        language: str = "en",
        *,
        id: str | None = None,  # noqa: A002 - as the contract calls it
    ) -> Session:
        """Make a session on the service; with an ``id``, open that one again.

        Raises `SessionNotFound` where the service does not know the id.
        """
        if id is not None:
            known = next((s for s in self.sessions() if s.id == id), None)
            session = Session(
                self, id, known.name if known else name, known.task_id if known else ""
            )
            session.read_state()
            return session
        name = self.api.mask.known(name)
        made = self.api.create_session(name, language)
        now = dt.datetime.now(dt.UTC)
        self.ledger.add_session(
            KnownSession(made.session_id, name, made.task_id, made.user_id, now)
        )
        return Session(self, made.session_id, name, made.task_id)

    def sessions(self) -> list[KnownSession]:
        """Return the sessions that were made here on this service, the newest first.

        The service has no call that lists them, so they are those made from this machine.
        """
        return self.ledger.sessions()

    def credits(self) -> Credits:
        """Read the account's credits."""
        return self.api.credits()

    def unfinished_exports(self) -> list[PendingExport]:
        """Return the exports that have begun and of which no file has come, of all sessions."""
        return unfinished_exports(self)

    def resume_exports(self) -> list[Export]:
        """Finish the exports that were cut off: wait for each, and download it."""
        return resume_exports(self, self.unfinished_exports())

    def token(self) -> str:
        """Return the bearer token of this client's calls: what a snippet wants in $NEMO_TOKEN.

        It is a secret, and not masked: show it to nobody. Where there is none yet, one is got.
        """
        return self.api.credentials.bearer(self.api.anonymous_token)

    def register_link(self) -> str:
        """Return where the anonymous account is made a registered one, in a browser."""
        return self.api.register_link()

    @contextlib.contextmanager
    def stepping(
        self, on: On = None, *, into: bool = False, asker: Asker | None = None
    ) -> Iterator[Stepper]:
        """Pause at each call inside, and have a person decide: send, edit, skip, run on, stop.

        ``on`` names the calls that pause: a piece of their path, a function of the call, or
        ``"failure"`` for those that have just failed. ``into`` pauses at each event of a stream
        too. Where nobody can answer, nothing pauses, and the log says so once.
        """
        recorder = self.api.recorder
        stepper = Stepper(asker or self.asker(), on=on, into=into)
        before, recorder.stepper = recorder.stepper, stepper
        try:
            yield stepper
        finally:
            recorder.stepper = before
            stepper.end()

    def stop(self, thread: threading.Thread | None = None) -> None:
        """Stop whatever this client is doing, or with a ``thread`` what it does there.

        A call that is stopped raises `Stopped`; a message's turn has it as its error. What had been
        sent may still be carried out by the service.
        """
        self.api.waits.stop(thread)

    def close(self) -> None:
        """Close the connections, and the engine when this was its last client."""
        self.api.close()
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    @property
    def where(self) -> str:
        """Where the service is, in words."""
        there = "this machine" if self.api.here else urlsplit(self.api.base_url).hostname
        return self._where or f"on {there}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {self.where} · {counted(len(self.calls), 'call')}>"


class _Here(threading.local):
    """Who listens in one thread alone."""

    show: Show | None = None
    tell: Tell | None = None
    hear: Callable[[Event], None] | None = None


def _ignore(event: Event) -> None:
    """Hear nothing."""
