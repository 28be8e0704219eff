"""Turns: messages to sessions, each taken once and brought to its end, whoever listens.

The work runs as a task of its own; the stream that answers the request only listens to it. So a
client that goes away in the middle loses nothing: the edit is finished, once, and the state
shows it. Messages to one session wait for one another. What an engine leaves unfinished, because it
stops or dies, the next one takes up.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Literal
from weakref import WeakValueDictionary

from cogwidgets.engine.agent import drafts
from cogwidgets.engine.errors import BrokenOff
from cogwidgets.engine.schema import DEATHS
from cogwidgets.engine.turn import Event, Turn
from cogwidgets.engine.workshop import clip_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cogwidgets.engine.credits import Credits
    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.schema import Medium, OpenTurn, Session
    from cogwidgets.engine.store import Store

__all__ = ["Behaviour", "Turns"]

log = logging.getLogger("cogwidgets.engine")

HEARTBEAT_SECONDS = 5.0
# For so long after a stream broke does a client look whether its message was carried out (30 s and
# five times 60, contract.md, "The SSE stream"); then it says that nothing was: send it again.
AWAITED_SECONDS = 330.0
Behaviour = Literal["plain", "service"]


class Turns:
    """Take messages to sessions and changes to their drafts, one at a time for each session.

    ``behaviour`` "service" leaves a share of the edits without a word, as the service does.
    """

    behaviour: Behaviour = "plain"

    def __init__(self, store: Store, jobs: Jobs, credits: Credits) -> None:  # noqa: A002
        self._store = store
        self._jobs = jobs
        self._credits = credits
        self._locks = WeakValueDictionary[str, asyncio.Lock]()  # those that somebody holds
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: Counter[str] = Counter()

    def send(
        self, session: Session, message: str, *, streaming: bool
    ) -> AsyncIterator[Event | None]:
        """Start on a message; iterate for its events, with None as a heartbeat.

        The message is taken when this returns: nothing is lost when the events are not read.

        Raises
        ------
        DiskFull
            There is no room to write it down.

        """
        heard: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        taken = self._store.add_turn(session, message, self._store.engine)
        task = self._start(session, taken, heard.put_nowait, streaming=streaming)
        # A stream that breaks off has its client look what came of the message.
        task.add_done_callback(
            lambda done: heard.put_nowait(BrokenOff() if done.cancelled() else None)
        )
        return self._listen(heard)

    def resume(self) -> None:
        """Take up what other engines left, and close what nobody waits for any more."""
        for turn in self._store.free_turns():
            if not self._store.claim_turn(turn.id, self._store.engine):
                continue
            session = self._store.session(turn.account, turn.session)
            late = time.time() - turn.abandoned > AWAITED_SECONDS
            if session is None or late or turn.deaths >= DEATHS:
                why = "stopped: the engine was gone before this was done"
                self._store.finish_turn(turn.id, "", error=why)
            else:
                self._start(session, turn, lambda _: None)

    def open(self, account: str | None = None) -> int:
        """Count the messages that are worked on or wait, of an account or of all."""
        return self._open[account] if account is not None else len(self._tasks)

    def tasks(self) -> set[asyncio.Task[None]]:
        """Give what is at work, to be waited for."""
        return set(self._tasks)

    def _start(
        self,
        session: Session,
        turn: OpenTurn,
        tell: Callable[[Event], None],
        *,
        streaming: bool = False,
    ) -> asyncio.Task[None]:
        work = Turn(
            session,
            turn.id,
            store=self._store,
            jobs=self._jobs,
            credits=self._credits,
            tell=tell,
            streaming=streaming,
            quiet=self.behaviour == "service",
        )
        task = asyncio.create_task(self._take(session, work, turn.message))
        self._tasks.add(task)
        self._open[session.account] += 1
        task.add_done_callback(lambda done: self._done(done, session.account))
        return task

    async def _take(self, session: Session, work: Turn, message: str) -> None:
        async with self._lock(session):
            await work.run(message)

    def _done(self, task: asyncio.Task[None], account: str) -> None:
        self._tasks.discard(task)
        self._open[account] -= 1
        if not self._open[account]:
            del self._open[account]

    async def add_uploads(self, session: Session, media: list[Medium]) -> None:
        """Put the first video of a session onto its timeline."""
        videos = [medium for medium in media if medium.info["file_type"] == "video"]
        async with self._lock(session):
            version, draft = self._store.draft(session.id)
            if videos and not drafts.clips(draft):
                clip = clip_of(videos[0])
                title = session.name if session.name != "project" else clip["name"]
                # A track that was laid before there was a picture goes with the old draft.
                draft = drafts.with_clip(drafts.without_music_segments(draft), clip, title=title)
                self._store.add_draft(session.id, version + 1, draft, "upload")

    async def close(self) -> int:
        """Stop what is being worked on and hand it back; returns how many messages it was."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._store.release_turns(self._store.engine, left=time.time())
        return sum(task.cancelled() for task in tasks)

    def _lock(self, session: Session) -> asyncio.Lock:
        return self._locks.setdefault(session.id, asyncio.Lock())

    async def _listen(
        self, heard: asyncio.Queue[Event | Exception | None]
    ) -> AsyncIterator[Event | None]:
        yield None  # the headers leave at once, and the client knows that it is heard
        while True:
            try:
                event = await asyncio.wait_for(heard.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield None
                continue
            if isinstance(event, Exception):
                raise event
            if event is None:
                return
            yield event
