"""Turns: one message is understood, carried out and answered, whether or not anybody listens.

The work runs as a task of its own; the stream that answers the request only listens to it. So a
client that goes away in the middle loses nothing: the edit is finished, once, and the state
shows it. Messages to one session wait for one another.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent import drafts
from cogwidgets.engine.agent.answer import Events, answer_to, describe, say, summary
from cogwidgets.engine.agent.understand import language_of, understand
from cogwidgets.engine.errors import Refusal
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.media import music
from cogwidgets.engine.workshop import SessionWorkshop, clip_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.credits import Credits
    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.schema import Medium, Session
    from cogwidgets.engine.store import Store

__all__ = ["Turns"]

log = logging.getLogger("cogwidgets.engine")

HEARTBEAT_SECONDS = 5.0
PROGRESS_STEP = 0.01

Event = dict[str, Any]


class Turns:
    """Take messages to sessions and changes to their drafts, one at a time for each session."""

    def __init__(self, store: Store, jobs: Jobs, credits: Credits) -> None:  # noqa: A002
        self._store = store
        self._jobs = jobs
        self._credits = credits
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: Counter[str] = Counter()
        self._closing = asyncio.Event()

    def send(
        self, session: Session, message: str, *, streaming: bool
    ) -> AsyncIterator[Event | None]:
        """Start on a message; iterate for its events, with None as a heartbeat.

        The message is taken when this returns: nothing is lost when the events are not read.
        """
        heard: asyncio.Queue[Event | None] = asyncio.Queue()
        turn = _Turn(
            session, self._store, self._jobs, heard, credits=self._credits, streaming=streaming
        )
        task = asyncio.create_task(self._take(session, turn, message, heard))
        self._tasks.add(task)
        self._open[session.account] += 1
        task.add_done_callback(lambda done: self._done(done, session.account))
        return self._listen(heard)

    def open(self, account: str | None = None) -> int:
        """Count the messages that are worked on or wait, of an account or of all."""
        return self._open[account] if account is not None else len(self._tasks)

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

    async def close(self) -> None:
        """End the streams and what is being worked on."""
        self._closing.set()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _lock(self, session: Session) -> asyncio.Lock:
        return self._locks.setdefault(session.id, asyncio.Lock())

    async def _take(
        self, session: Session, turn: _Turn, message: str, heard: asyncio.Queue[Event | None]
    ) -> None:
        try:
            async with self._lock(session):
                await turn.run(message)
        finally:
            heard.put_nowait(None)

    async def _listen(self, heard: asyncio.Queue[Event | None]) -> AsyncIterator[Event | None]:
        yield None  # the headers leave at once, and the client knows that it is heard
        while True:
            try:
                event = await asyncio.wait_for(heard.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield None
                continue
            if event is None:
                return
            yield event


class _Turn:
    """The work on one message."""

    def __init__(
        self,
        session: Session,
        store: Store,
        jobs: Jobs,
        heard: asyncio.Queue[Event | None],
        *,
        credits: Credits,  # noqa: A002
        streaming: bool,
    ) -> None:
        self._session = session
        self._credits = credits
        self._store = store
        self._workshop = SessionWorkshop(session, store, jobs)
        self._tell = heard.put_nowait
        self._streaming = streaming
        self._events = Events()

    async def run(self, message: str) -> None:
        """Carry a message out and tell how it went; whatever fails is told, too."""
        try:
            turn = self._store.add_turn(self._session.id, message, self._store.engine)
        except Refusal as error:
            self._tell(self._events.failure(str(error.code), error.message))
            return
        try:
            answer = await self._answer(message)
        except JobError as error:
            self._fail(turn, error.code, error.message)
        except Refusal as error:  # no credits, no room on the disk
            self._fail(turn, str(error.code), error.message)
        except sqlite3.IntegrityError:
            self._fail(
                turn, "conflict", "The session was changed by another program: send it again."
            )
        except asyncio.CancelledError:
            self._fail(
                turn, "stopped", "The engine was stopped before this was done: send it again."
            )
            raise
        except Exception:
            log.exception("Turn %s failed", turn)
            self._fail(turn, "internal", "Something went wrong in the engine; nothing was changed.")
        else:
            self._store.finish_turn(turn, answer)
            for event in self._events.text(answer, streaming=self._streaming):
                self._tell(event)

    def _fail(self, turn: str, code: str, message: str) -> None:
        with suppress(
            sqlite3.Error, Refusal
        ):  # a closed or full database must not hide what happened
            self._store.finish_turn(turn, "", f"{code}: {message}")
        self._tell(self._events.failure(code, message))

    async def _answer(self, message: str) -> str:
        language = language_of(message)
        version, draft = self._store.draft(self._session.id)
        uploads = self._store.media_of_session(self._session.id, "upload")
        files = [m.filename for m in uploads if m.info["file_type"] == "audio"]
        asked = understand(message, files=files, laid=bool(drafts.music_segments(draft)))
        told: list[str] = []
        if asked.edits:
            for edit in asked.edits:
                missing = edit.missing(self._workshop)
                if missing is not None:
                    name = f" '{missing}'" if missing else ""
                    raise JobError("no_file", say("no_file", language, file=name))
            if not drafts.clips(draft) and self._workshop.sound_clip() is None:
                raise JobError("no_clip", say("no_clip", language))
            tools = [edit.tool for edit in asked.edits]
            with self._credits.frozen(self._session.account, self._session.id, tools):
                told = await self._carry_out(asked.edits, version, draft, language)
            _, draft = self._store.draft(self._session.id)
        return answer_to(asked, told, language, music.MOODS, summary(draft, language))

    async def _carry_out(
        self, edits: tuple[Edit, ...], version: int, draft: drafts.Draft, language: Any
    ) -> list[str]:
        """Carry the edits out on the draft, which is kept when all of them are done."""
        told: list[str] = []
        new = draft
        for edit in edits:
            call = "call_" + secrets.token_hex(6)
            self._tell(self._events.call(call, edit.tool, edit.slots))
            made = await edit.carry_out(new, self._workshop, self._progress(edit.tool))
            changed = made.draft != new
            new = made.draft
            told.append(describe(made, language))
            if edit is edits[-1] and new != draft:
                reason = "; ".join(one.tool for one in edits)
                self._store.add_draft(self._session.id, version + 1, new, reason)
            result = {"status": "ok", "changed": changed, **made.result}
            self._tell(self._events.response(call, edit.tool, result, new if changed else None))
        return told

    def _progress(self, tool: str) -> Any:
        last = -PROGRESS_STEP

        def progress(fraction: float) -> None:
            nonlocal last
            if fraction - last >= PROGRESS_STEP:
                last = fraction
                self._tell(self._events.progress(tool, fraction))

        return progress
