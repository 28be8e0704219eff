"""Renders: a draft becomes a file, whether or not anybody waits for it.

A render belongs to its account and its client-chosen id, not to a connection: the same id
submitted again finds the same render. The engine at work on one says so in the store every
second; when it stops, or dies, the next that starts, or is asked for it, takes the render over.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.errors import DiskFull, NotFound, Refusal
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.schema import DEATHS
from cogwidgets.engine.sketches import sketch_path
from cogwidgets.engine.sources import resolve
from cogwidgets.engine.store import safe_name
from cogwidgets.engine.store.renders import TAKEN

if TYPE_CHECKING:
    from pathlib import Path

    from cogwidgets.engine.accounts import Accounts
    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.policy import Policy
    from cogwidgets.engine.schema import Account, Render, Session
    from cogwidgets.engine.store import Store

__all__ = ["Renders"]

log = logging.getLogger("cogwidgets.engine")

RENDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
FORMATS = {"mp4", "mov", "mkv", "webm", "gif", "m4a", "wav", "mp3"}
QUALITIES = {"high", "medium", "low", "preview"}  # the last is ours: to look at
UNFINISHED = {"pending", "processing"}
TOUCH_SECONDS = 1.0
WAITING_SECONDS = 5.0
STALE_SECONDS = 15.0


class Renders:
    """Submit, follow, cancel and find renders."""

    def __init__(
        self, store: Store, jobs: Jobs, accounts: Accounts, *, url: str, policy: Policy
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._accounts = accounts
        self._url = url
        self._policy = policy
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._done: dict[tuple[str, str], float] = {}

    def submit(
        self,
        account: Account,
        session_id: str,
        render_id: str,
        draft: dict[str, Any],
        output: dict[str, Any],
    ) -> Render:
        """Start a render, or find the one that has this id already.

        Raises
        ------
        SessionNotFound
            The account has no such session.
        Refusal
            The id, the draft, its sources or the output are not acceptable (400).

        """
        session = self._accounts.session(account, session_id)
        if not RENDER_ID.fullmatch(render_id):
            raise Refusal("The render id may hold letters, digits, '.', '_' and '-', at most 100.")
        known = self._store.render(account.id, render_id)
        if known is not None:
            return known
        output = _checked_output(_asked(draft) | output)
        draft, _ = resolve(draft, self._store, account.id, self._url, self._policy)
        if self._store.add_render(session, render_id, draft, output, self._store.engine):
            self._start(account.id, render_id)
        return self.find(account, render_id)

    def find(self, account: Account, render_id: str) -> Render:
        """Return a render; one that a dead engine left unfinished is taken up again.

        Raises
        ------
        NotFound
            The account has no such render.

        """
        render = self._store.render(account.id, render_id)
        if render is None:
            raise NotFound("There is no such render: submit it first.")
        self._take_up(render)
        return render

    def open(self, account: str | None = None) -> int:
        """Count the renders that are worked on or wait, of an account or of all."""
        return self._store.open_renders(account)

    def resume(self) -> None:
        """Take up every render that nobody works on any more."""
        for render in self._store.unfinished_renders():
            self._take_up(render)

    def _take_up(self, render: Render) -> None:
        if render.status not in UNFINISHED or (render.account, render.id) in self._tasks:
            return
        # An engine on another machine whose locks do not reach here shows in the time alone.
        owner = render.owner
        dead = owner if owner is not None and not self._store.presence.alive(owner) else None
        if self._store.claim_render(
            render.account, render.id, self._store.engine, STALE_SECONDS, dead
        ):
            if render.deaths >= DEATHS:
                why = "The engine ended at this again and again; try it with a shorter draft."
                failure = {"code": "internal", "message": why}
                self._store.finish_render(render.account, render.id, error=failure)
            else:
                self._start(render.account, render.id)

    def cancel(self, account: Account, render_id: str) -> Render:
        """End a render; one that is finished stays as it is.

        Raises
        ------
        NotFound
            The account has no such render.

        """
        if self._store.render(account.id, render_id) is None:
            raise NotFound("There is no such render: submit it first.")
        cancelled = {"code": "cancelled", "message": "The render was cancelled."}
        self._store.finish_render(account.id, render_id, error=cancelled)
        task = self._tasks.get((account.id, render_id))
        if task is not None:
            task.cancel()
        return self.find(account, render_id)

    def file(self, render: Render) -> tuple[Path, str]:
        """Return the finished file and the name to give it.

        Raises
        ------
        NotFound
            The render is not completed.

        """
        medium = self._store.medium(render.medium) if render.medium else None
        path = self._store.file(medium.url) if medium else None
        if medium is None or path is None:
            raise NotFound("The render has no file: wait until its status is 'completed'.")
        return path, medium.filename

    def answer(self, render: Render) -> dict[str, Any]:
        """Describe a render in the shape to emit (contract.md, "poll a render")."""
        told: dict[str, Any] = {
            "id": render.id,
            "status": render.status,
            "progress": round(100 * self._progress(render)),
        }
        medium = self._store.medium(render.medium) if render.medium else None
        if medium is not None:
            told["output"] = {
                "url": self._url + medium.url,
                "sketch_url": self._url + sketch_path(medium.url),
                **medium.info,
            }
        if render.error is not None:
            told["error"] = render.error["message"]
            told["errorCode"] = render.error["code"]
        return told

    def _progress(self, render: Render) -> float:
        """Give what is known here, which is fresher than what was written down."""
        if render.status not in UNFINISHED:
            return render.progress
        return self._done.get((render.account, render.id), render.progress)

    def tasks(self) -> set[asyncio.Task[None]]:
        """Give what is at work, to be waited for."""
        return set(self._tasks.values())

    async def close(self) -> int:
        """Stop what runs and hand it back; returns how many renders it was."""
        tasks = self.tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._store.release_renders(self._store.engine)
        return sum(task.cancelled() for task in tasks)

    def _start(self, account: str, render_id: str) -> None:
        key = (account, render_id)
        task = asyncio.get_running_loop().create_task(self._work(account, render_id))
        self._tasks[key] = task
        task.add_done_callback(lambda _: (self._tasks.pop(key, None), self._done.pop(key, None)))

    async def _work(self, account: str, render_id: str) -> None:
        try:
            await self._render(account, render_id)
        except JobError as error:
            await self._failed(account, render_id, error.code, error.message)
        except Refusal as error:  # no room on the disk; or a source is gone by now
            await self._failed(account, render_id, str(error.code), error.message)
        except Exception:
            log.exception("Render %s failed", render_id)
            why = "The render failed; submit it again."
            await self._failed(account, render_id, "internal", why)

    async def _failed(self, account: str, render_id: str, code: str, message: str) -> None:
        """Write down why; where the disk is too full even for that, as soon as there is room."""
        while True:
            try:
                error = {"code": code, "message": message}
                self._store.finish_render(account, render_id, error=error)
            except DiskFull:
                await asyncio.sleep(TOUCH_SECONDS)
            else:
                return

    async def _render(self, account: str, render_id: str) -> None:
        render = self._store.render(account, render_id)
        session = self._store.session(account, render.session) if render else None
        if render is None or session is None:
            return
        draft, media = resolve(render.draft, self._store, account, self._url, self._policy)
        suffix = "." + render.output["format"]
        title = _title(draft, session)
        folder = self._store.new_folder()
        name = safe_name(title + suffix, suffix)
        key = (account, render_id)
        self._done[key] = TAKEN
        touching = asyncio.create_task(self._touch(account, render_id))
        try:
            result = await self._jobs.run(
                {
                    "kind": "render",
                    "draft": draft,
                    "media": {url: str(path) for url, path in media.items()},
                    "output": render.output,
                    "target": str(folder / name),
                },
                owner=account,
                progress=lambda fraction: self._done.update({key: max(TAKEN, fraction)}),
            )
            self._complete(render, session, folder, name, title + suffix, result)
        except BaseException:
            self._store.discard(folder)
            raise
        finally:
            touching.cancel()

    def _complete(  # noqa: PLR0917 - all that a finished render is
        self,
        render: Render,
        session: Session,
        folder: Path,
        name: str,
        filename: str,
        info: dict[str, Any],
    ) -> None:
        with self._store.transaction():
            medium = self._store.add_medium(
                folder, session, "render", name=name, filename=filename, info=info
            )
            if not self._store.finish_render(render.account, render.id, medium=medium.id):
                raise JobError("cancelled", "The render was cancelled.")  # or done elsewhere

    async def _touch(self, account: str, render_id: str) -> None:
        """Write progress down now and then; a cancel by another engine ends the work here."""
        wanted, written, at = True, -1.0, 0.0
        while wanted:
            done, now = self._done[account, render_id], time.monotonic()
            if done != written or now - at > WAITING_SECONDS:  # one that waits has nothing to say
                written, at = done, now
                with suppress(DiskFull):
                    wanted = self._store.touch_render(account, render_id, done)
            await asyncio.sleep(TOUCH_SECONDS if wanted else 0)
        self._tasks[account, render_id].cancel()


def _asked(draft: dict[str, Any]) -> dict[str, Any]:
    """Give the format that a draft asks for, where the request names none."""
    details = draft.get("m")
    asked = details.get("output") if isinstance(details, dict) else None
    form = asked.get("format") if isinstance(asked, dict) else None
    return {"format": form} if form in FORMATS else {}


def _checked_output(output: dict[str, Any]) -> dict[str, Any]:
    made = {"format": output.get("format", "mp4"), "quality": output.get("quality", "high")}
    if made["format"] not in FORMATS:
        raise Refusal(f"The output format is not known: use one of {', '.join(sorted(FORMATS))}.")
    if made["quality"] not in QUALITIES:
        raise Refusal("The output quality is not known: use high, medium, low or preview.")
    size = output.get("size")
    if size is not None:
        if not isinstance(size, int) or isinstance(size, bool) or size <= 0:
            raise Refusal("The output size is not a number of bytes: use a whole number above 0.")
        made["size"] = size
    return made


def _title(draft: dict[str, Any], session: Session) -> str:
    title = draft["m"].get("title") if isinstance(draft.get("m"), dict) else None
    return title if isinstance(title, str) and title.strip() else session.name
