"""Turn: one message is understood, carried out and answered.

What comes of it is written down at once, in one transaction: the draft's new version, what it cost,
and the answer. So a message that was cut off by a death or a stop has done nothing yet, and can be
taken up again from its beginning; what was separated on the way is found done.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent import drafts
from cogwidgets.engine.agent.answer import Events, answer_to, describe, refuse, say, summary
from cogwidgets.engine.agent.edits import CannotDo
from cogwidgets.engine.agent.edits.clips import Join, laid_out
from cogwidgets.engine.agent.edits.history import ALONG
from cogwidgets.engine.agent.report import Done, report
from cogwidgets.engine.agent.talk import Talk
from cogwidgets.engine.agent.understand import language_of
from cogwidgets.engine.errors import Refusal
from cogwidgets.engine.history import reason_of
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.media import music
from cogwidgets.engine.workshop import SessionWorkshop

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.edits import Edit, Made
    from cogwidgets.engine.agent.understand import Language, Understanding
    from cogwidgets.engine.credits import Credits
    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.schema import Session
    from cogwidgets.engine.store import Store

__all__ = ["Event", "Turn"]

log = logging.getLogger("cogwidgets.engine")

PROGRESS_STEP = 0.01
SILENT = 0.3  # of the edits end without a word on the service (contract.md, "The SSE stream")

REACH = 6  # messages back, what one may refer to
REFERRED = 500  # characters at most of a message that is referred to
Event = dict[str, Any]

# Reading is plain Python: more threads would only take the interpreter from those who serve.
_readers = ThreadPoolExecutor(2, thread_name_prefix="cogwidgets reader")


@dataclass
class _Outcome:
    """What has become of the edits of a message."""

    draft: drafts.Draft
    told: list[str] = field(default_factory=list)
    done: list[int] = field(default_factory=list)  # which of the edits
    refused: list[str] = field(default_factory=list)  # keys of why the others were not
    changing: list[str] = field(default_factory=list)  # what those that did something are paid as
    silent: bool = False
    versions: list[tuple[drafts.Draft, str]] = field(default_factory=list)  # new, with reasons
    events: list[Event] = field(default_factory=list)  # to be told when it is written down
    said: list[str] = field(default_factory=list)  # of each edit that was done


class Turn:
    """The work on one message of a session.

    ``tell`` hears each event. ``quiet`` leaves a share of the edits without a word, as the service
    does; ``streaming`` tells the answer in pieces.
    """

    def __init__(
        self,
        session: Session,
        turn: str,
        *,
        store: Store,
        jobs: Jobs,
        credits: Credits,  # noqa: A002
        tell: Callable[[Event], None],
        streaming: bool = False,
        quiet: bool = False,
    ) -> None:
        self._session = session
        self._turn = turn
        self._store = store
        self._credits = credits
        self._tell = tell
        self._streaming = streaming
        self._quiet = quiet
        self._workshop = SessionWorkshop(session, store, jobs)
        self._events = Events()
        self._history: list[Done] = []

    async def run(self, message: str) -> None:
        """Carry a message out and tell how it went; whatever fails is told, too.

        Cancelled, it leaves everything as it was before.
        """
        try:
            answer = await self._answer(message)
        except JobError as error:
            self._fail(error.code, error.message)
        except Refusal as error:  # no credits, no room on the disk
            self._fail(str(error.code), error.message)
        except sqlite3.IntegrityError:
            self._fail("conflict", "The session was changed by another program: send it again.")
        except Exception:
            log.exception("Turn %s failed", self._turn)
            self._fail("internal", "Something went wrong in the engine; nothing was changed.")
        else:
            if not answer:
                self._tell(self._events.silence())
                return
            for event in self._events.text(answer, streaming=self._streaming):
                self._tell(event)

    def _fail(self, code: str, message: str) -> None:
        with suppress(
            sqlite3.Error, Refusal
        ):  # a closed or full database must not hide what happened
            error = f"{code}: {message}"
            self._store.finish_turn(self._turn, "", error=error)
        self._tell(self._events.failure(code, message))

    async def _answer(self, message: str) -> str:
        """Carry a message out and answer it; an empty answer is a silent one."""
        language = language_of(message)
        version, draft = self._store.draft(self._session.id)
        # A long message takes a while to read, and nobody else is to wait for it.
        loop = asyncio.get_running_loop()
        asked = await loop.run_in_executor(_readers, self._understood, message, draft)
        outcome = _Outcome(draft)
        tools = [edit.paid_as(draft) for edit in asked.edits]
        if asked.edits:
            self._check_files(asked.edits, draft, language)
        with self._credits.frozen(self._session.account, tools) as charge:
            if asked.edits:
                outcome = await self._carry_out(asked.edits, draft, language)
            answer = self._answer_to(asked, outcome, language)
            with self._store.transaction():
                for number, (new, reason) in enumerate(outcome.versions, version + 1):
                    self._store.add_draft(self._session.id, number, new, reason)
                if outcome.draft != draft:
                    charge(outcome.changing)
                kept = self._kept(version, outcome)
                self._store.finish_turn(self._turn, answer, outcome=kept)
        for event in outcome.events:
            self._tell(event)
        return answer

    def _answer_to(self, asked: Understanding, outcome: _Outcome, language: Language) -> str:
        if outcome.silent and not (asked.not_done or asked.question or asked.export):
            return ""
        _, _, kind = (asked.question or "").partition("state:")
        state = summary(outcome.draft, language)
        if kind:
            pictures = self._workshop.pictures()
            state = report(kind, outcome.draft, language, done=self._history, pictures=pictures)
        return answer_to(asked, outcome.told, language, music.MOODS, state)

    def _understood(self, message: str, draft: drafts.Draft) -> Understanding:
        """Read a message after those before it, which are read again."""
        uploads = self._store.media_of_session(self._session.id, "upload")
        files = [m.filename for m in uploads if m.info["file_type"] == "audio"]
        pictures = self._workshop.pictures()
        talk = Talk()
        for earlier, kept in self._store.said(self._session.id, REACH, REFERRED):
            before, after = (
                self._store.draft_at(self._session.id, kept[key]) for key in ("before", "after")
            )
            there = pictures[: kept["pictures"]]
            found = talk.understood(earlier, before, files=files, pictures=there)
            done = [found.edits[i] for i in kept["done"] if i < len(found.edits)]
            told = kept.get("told", ())
            refused = kept["refused"]
            talk.remember(earlier, found, done, refused, before=before, after=after, told=told)
        self._history = talk.history(draft)
        return talk.understood(message, draft, files=files, pictures=pictures)

    def _kept(self, version: int, outcome: _Outcome) -> dict[str, Any]:
        """Give what a message's reading hung on, and what came of its edits."""
        return {
            "before": version,
            "after": version + len(outcome.versions),
            "pictures": len(self._workshop.pictures()),
            "done": outcome.done,
            "refused": outcome.refused,
            "told": outcome.said,
        }

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
        self, edits: tuple[Edit, ...], draft: drafts.Draft, language: Language
    ) -> _Outcome:
        """Carry the edits out on the draft, one after the other, all that can be done.

        They make one version together; clips that are joined first make one of their own.
        """
        outcome = _Outcome(draft)
        first = laid_out(draft, self._workshop, edits[0])
        own = [edit.tool for edit in edits if not _gathers(edit)]
        reason = reason_of(own, getattr(edits[0], "steps", 1))
        for place, edit in enumerate(edits):
            for event in outcome.events:
                self._tell(event)
            call = "call_" + secrets.token_hex(6)
            self._tell(self._events.call(call, edit.tool, edit.slots))
            before = outcome.draft
            try:
                made = await edit.carry_out(
                    first or outcome.draft, self._workshop, self._progress(edit.tool)
                )
            except CannotDo as error:
                outcome.told.append(refuse(error, language))
                outcome.refused.append(error.key)
                result = {"status": "refused", "changed": False, "reason": error.key}
            else:
                self._done(outcome, made, first or before, language)
                outcome.done.append(place)
                if outcome.draft != before or made.result:
                    outcome.changing.append(edit.paid_as(before))
                if edit.tool not in ALONG and outcome.draft != before:
                    self._workshop.earlier.append(before)
                first = None
                result = {"status": "ok", "changed": outcome.draft != before, **made.result}
            new = outcome.draft if outcome.draft != before else None
            outcome.events = [self._events.response(call, edit.tool, result, new)]
            if _gathers(edit) and new is not None:
                outcome.versions.append((new, edit.tool))
        kept = outcome.versions[-1][0] if outcome.versions else draft
        if outcome.draft != kept:
            outcome.versions.append((outcome.draft, reason))
        return outcome

    def _done(
        self, outcome: _Outcome, made: Made, before: drafts.Draft, language: Language
    ) -> None:
        changed = made.draft != before
        outcome.draft = made.draft
        outcome.told.append(describe(made, language, changed=changed))
        outcome.said.append(outcome.told[-1])
        outcome.silent = changed and self._quiet and random.random() < SILENT  # noqa: S311

    def _progress(self, tool: str) -> Any:
        last = -PROGRESS_STEP

        def progress(fraction: float) -> None:
            nonlocal last
            if fraction - last >= PROGRESS_STEP:
                last = fraction
                self._tell(self._events.progress(tool, fraction))

        return progress


def _gathers(edit: Edit) -> bool:
    """Tell whether an edit only joins clips that the others of its message need."""
    return isinstance(edit, Join) and edit.first
