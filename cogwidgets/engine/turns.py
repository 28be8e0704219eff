"""Turns: one message is understood, carried out and answered, whether or not anybody listens.

The work runs as a task of its own; the stream that answers the request only listens to it. So a
client that goes away in the middle loses nothing: the edit is finished, once, and the state
shows it. Messages to one session wait for one another.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import sqlite3
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakValueDictionary

from cogwidgets.engine.agent import drafts
from cogwidgets.engine.agent.answer import Events, answer_to, describe, refuse, say, summary
from cogwidgets.engine.agent.edits import CannotDo
from cogwidgets.engine.agent.edits.clips import Slideshow
from cogwidgets.engine.agent.talk import Talk
from cogwidgets.engine.agent.understand import language_of
from cogwidgets.engine.credits import FREE
from cogwidgets.engine.errors import Refusal
from cogwidgets.engine.history import reason_of
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.media import music
from cogwidgets.engine.workshop import SessionWorkshop, clip_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cogwidgets.engine.agent.edits import Edit, Made
    from cogwidgets.engine.agent.understand import Language, Understanding
    from cogwidgets.engine.credits import Credits
    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.schema import Medium, Session
    from cogwidgets.engine.store import Store

__all__ = ["Turns"]

log = logging.getLogger("cogwidgets.engine")

HEARTBEAT_SECONDS = 5.0
PROGRESS_STEP = 0.01
SILENT = 0.3  # of the edits end without a word on the service (contract.md, "The SSE stream")

TALKS = 256  # sessions whose "it" is remembered
Behaviour = Literal["plain", "service"]
Event = dict[str, Any]


@dataclass
class _Outcome:
    """What has become of the edits of a message."""

    draft: drafts.Draft
    told: list[str] = field(default_factory=list)
    done: list[Edit] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # keys of why not
    silent: bool = False
    tools: list[str] = field(default_factory=list)  # of the edits that did something


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
        self._talks: dict[str, Talk] = {}
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
        talk = self._talks.pop(session.id) if session.id in self._talks else Talk()
        self._talks[session.id] = talk
        if len(self._talks) > TALKS:
            del self._talks[next(iter(self._talks))]  # the one that has been silent longest
        turn = _Turn(
            session,
            self._store,
            self._jobs,
            heard,
            credits=self._credits,
            talk=talk,
            streaming=streaming,
        )
        turn.may_be_silent = self.behaviour == "service"
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
        talk: Talk,
        streaming: bool,
    ) -> None:
        self.may_be_silent = False
        self._session = session
        self._credits = credits
        self._talk = talk
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
            if not answer:
                self._tell(self._events.silence())
                return
            for event in self._events.text(answer, streaming=self._streaming):
                self._tell(event)

    def _fail(self, turn: str, code: str, message: str) -> None:
        with suppress(
            sqlite3.Error, Refusal
        ):  # a closed or full database must not hide what happened
            self._store.finish_turn(turn, "", f"{code}: {message}")
        self._tell(self._events.failure(code, message))

    async def _answer(self, message: str) -> str:
        """Carry a message out and answer it; an empty answer is a silent one."""
        language = language_of(message)
        version, draft = self._store.draft(self._session.id)
        # A long message takes a while to read, and nobody else is to wait for it.
        asked = await asyncio.to_thread(self._understood, message, draft)
        outcome = _Outcome(draft)
        if asked.edits:
            self._check_files(asked.edits, draft, language)
            tools = [edit.tool for edit in asked.edits]
            with self._credits.frozen(self._session.account, self._session.id, tools) as paid:
                outcome = await self._carry_out(asked.edits, version, draft, language)
                paid.extend(outcome.tools)
        self._talk.remember(message, outcome.done, outcome.refused)
        if outcome.silent and not (asked.not_done or asked.question or asked.export):
            return ""
        state = summary(outcome.draft, language)
        return answer_to(asked, outcome.told, language, music.MOODS, state)

    def _understood(self, message: str, draft: drafts.Draft) -> Understanding:
        uploads = self._store.media_of_session(self._session.id, "upload")
        files = [m.filename for m in uploads if m.info["file_type"] == "audio"]
        laid = bool(drafts.music_segments(draft))
        return self._talk.understood(message, files=files, laid=laid)

    def _check_files(
        self, edits: tuple[Edit, ...], draft: drafts.Draft, language: Language
    ) -> None:
        for edit in edits:
            missing = edit.missing(self._workshop)
            if missing is not None:
                name = f" '{missing}'" if missing else ""
                raise JobError("no_file", say("said", "no_file", language, file=name))
        here = drafts.clips(draft) or self._workshop.sound_clip() or self._workshop.pictures()
        if not here:
            raise JobError("no_clip", say("said", "no_clip", language))

    async def _carry_out(
        self, edits: tuple[Edit, ...], version: int, draft: drafts.Draft, language: Language
    ) -> _Outcome:
        """Carry the edits out on the draft, which is kept when all that can be done are done."""
        outcome = _Outcome(draft)
        first = self._laid_out(edits[0], draft)
        reason = reason_of([edit.tool for edit in edits], getattr(edits[0], "steps", 1))
        for edit in edits:
            call = "call_" + secrets.token_hex(6)
            self._tell(self._events.call(call, edit.tool, edit.slots))
            before = outcome.draft
            try:
                made = await edit.carry_out(
                    first or outcome.draft, self._workshop, self._progress(edit.tool)
                )
            except CannotDo as error:
                self._refused(outcome, error, language)
                result = {"status": "refused", "changed": False, "reason": error.key}
            else:
                self._done(outcome, edit, made, first or before, language)
                if edit.tool not in FREE and outcome.draft != before:
                    self._workshop.earlier.append(before)
                first = None
                result = {"status": "ok", "changed": outcome.draft != before, **made.result}
            if edit is edits[-1] and outcome.draft != draft:
                self._store.add_draft(self._session.id, version + 1, outcome.draft, reason)
            new = outcome.draft if outcome.draft != before else None
            self._tell(self._events.response(call, edit.tool, result, new))
        return outcome

    def _laid_out(self, edit: Edit, draft: drafts.Draft) -> drafts.Draft | None:
        """Put the session's sound or images onto an empty timeline for an edit that needs one."""
        if drafts.clips(draft) or isinstance(edit, Slideshow):
            return None
        if self._workshop.pictures():
            return Slideshow().apply(draft, self._workshop).draft
        sound = self._workshop.sound_clip()
        return drafts.with_clip(draft, sound, title=sound["name"]) if sound else None

    def _refused(self, outcome: _Outcome, error: CannotDo, language: Language) -> None:
        outcome.told.append(refuse(error, language))
        outcome.refused.append(error.key)

    def _done(
        self, outcome: _Outcome, edit: Edit, made: Made, before: drafts.Draft, language: Language
    ) -> None:
        changed = made.draft != before
        outcome.draft = made.draft
        outcome.told.append(describe(made, language, changed=changed))
        outcome.silent = changed and self.may_be_silent and random.random() < SILENT  # noqa: S311
        outcome.done.append(edit)
        outcome.tools += [edit.tool] if changed or made.result else []

    def _progress(self, tool: str) -> Any:
        last = -PROGRESS_STEP

        def progress(fraction: float) -> None:
            nonlocal last
            if fraction - last >= PROGRESS_STEP:
                last = fraction
                self._tell(self._events.progress(tool, fraction))

        return progress
