"""Renders: a draft becomes a file, whether or not anybody waits for it.

A render belongs to its account and its client-chosen id, not to a connection: the same id
submitted again finds the same render. The engine at work on one says so in the store every few
seconds; when it stops, or dies, the next poll, by whichever engine, takes the render over.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cogwidgets.engine.errors import NotFound, Refusal
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.store import safe_name

if TYPE_CHECKING:
    from pathlib import Path

    from cogwidgets.engine.accounts import Accounts
    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.schema import Account, Render, Session
    from cogwidgets.engine.store import Store

__all__ = ["Renders", "resolve"]

log = logging.getLogger("cogwidgets.engine")

RENDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
FORMATS = {"mp4", "mov", "mkv", "webm", "gif", "m4a", "wav", "mp3"}
QUALITIES = {"high", "medium", "low", "preview"}
UNFINISHED = {"pending", "processing"}
TOUCH_SECONDS = 1.0
STALE_SECONDS = 15.0
DEEPEST_DRAFT = 64


class Renders:
    """Submit, follow, cancel and find renders."""

    def __init__(self, store: Store, jobs: Jobs, accounts: Accounts, *, url: str) -> None:
        self._store = store
        self._jobs = jobs
        self._accounts = accounts
        self._url = url
        self._engine = secrets.token_hex(8)
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
        draft, _ = resolve(draft, self._store, account.id, self._url)
        if self._store.add_render(session, render_id, draft, output, self._engine):
            self._start(account.id, render_id)
        return self.find(account, render_id)

    def find(self, account: Account, render_id: str) -> Render:
        """Return a render; one that was left unfinished by a dead engine is taken up again.

        Raises
        ------
        NotFound
            The account has no such render.

        """
        render = self._store.render(account.id, render_id)
        if render is None:
            raise NotFound("There is no such render: submit it first.")
        key = (account.id, render_id)
        if (
            render.status in UNFINISHED
            and key not in self._tasks
            and self._store.claim_render(account.id, render_id, self._engine, STALE_SECONDS)
        ):
            self._start(account.id, render_id)
        return render

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
            told["output"] = {"url": self._url + medium.url, **medium.info}
        if render.error is not None:
            told["error"] = render.error["message"]
            told["errorCode"] = render.error["code"]
        return told

    def _progress(self, render: Render) -> float:
        """Give what is known here, which is fresher than what was written down."""
        if render.status not in UNFINISHED:
            return render.progress
        return self._done.get((render.account, render.id), render.progress)

    async def close(self) -> None:
        """End what runs and hand it back."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._store.release_renders(self._engine)

    def _start(self, account: str, render_id: str) -> None:
        key = (account, render_id)
        task = asyncio.get_running_loop().create_task(self._work(account, render_id))
        self._tasks[key] = task
        task.add_done_callback(lambda _: (self._tasks.pop(key, None), self._done.pop(key, None)))

    async def _work(self, account: str, render_id: str) -> None:
        try:
            await self._render(account, render_id)
        except JobError as error:
            failure = {"code": error.code, "message": error.message}
            self._store.finish_render(account, render_id, error=failure)
        except Exception:
            log.exception("Render %s failed", render_id)
            failure = {"code": "internal", "message": "The render failed; submit it again."}
            self._store.finish_render(account, render_id, error=failure)

    async def _render(self, account: str, render_id: str) -> None:
        render = self._store.render(account, render_id)
        session = self._store.session(account, render.session) if render else None
        if render is None or session is None:
            return
        draft, media = resolve(render.draft, self._store, account, self._url)
        suffix = "." + render.output["format"]
        title = _title(draft, session)
        folder = self._store.new_folder()
        name = safe_name(title + suffix, suffix)
        key = (account, render_id)
        self._done[key] = render.progress
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
                progress=lambda fraction: self._done.update({key: max(0.05, fraction)}),
            )
            medium = self._store.add_medium(
                folder, session, "render", name=name, filename=title + suffix, info=result
            )
        except BaseException:
            self._store.discard(folder)
            raise
        finally:
            touching.cancel()
        self._store.finish_render(account, render_id, medium=medium.id)

    async def _touch(self, account: str, render_id: str) -> None:
        """Write progress down now and then; a cancel by another engine ends the work here."""
        while self._store.touch_render(account, render_id, self._done[account, render_id]):  # noqa: ASYNC110 - a clock
            await asyncio.sleep(TOUCH_SECONDS)
        self._tasks[account, render_id].cancel()


def resolve(
    draft: dict[str, Any], store: Store, account: str, url: str
) -> tuple[dict[str, Any], dict[str, Path]]:
    """Check every source that an untrusted draft names, and find its file.

    A source is a ``/media/…`` path of this account, or such a path as a URL of this engine,
    which is made a path. Returns the draft so changed, and the files by path.

    Raises
    ------
    Refusal
        A source is anything else, or the draft is nested beyond reason (400).

    """
    sources = _Sources(store, account, url)
    checked = sources.checked(draft)
    if not _has_segments(checked):
        raise Refusal("The draft has no segment to render: upload a video first.")
    return checked, sources.media


class _Sources:
    """Walk through a draft, and find the file of each source on the way."""

    def __init__(self, store: Store, account: str, url: str) -> None:
        self._store = store
        self._account = account
        self._url = url
        self.media: dict[str, Path] = {}

    def checked(self, fields: dict[str, Any], depth: int = 0) -> dict[str, Any]:
        return {key: self._field(key, value, depth + 1) for key, value in fields.items()}

    def _field(self, key: str, value: object, depth: int) -> object:
        if depth > DEEPEST_DRAFT:
            raise Refusal("The draft is nested too deeply: send it as the state gives it.")
        if key == "source":
            return self._source(value)
        if isinstance(value, dict):
            return self.checked(value, depth)
        if isinstance(value, list):
            inner = "source" if key == "streams" else ""
            return [self._field(inner, item, depth + 1) for item in value]
        return value

    def _source(self, value: object) -> str:
        if not isinstance(value, str):
            raise Refusal(
                "A source in the draft is not text: send the draft as the state gives it."
            )
        path = _media_path(value, self._url)
        file = self._store.file(path, account=self._account)
        if file is None:
            raise Refusal(f"The draft names {value[:200]!r}, which is no medium of this account.")
        self.media[path] = file
        return path


def _media_path(source: str, url: str) -> str:
    """Give the path of a URL of this engine, whatever loopback name it goes by."""
    parts = urlsplit(source)
    own = urlsplit(url)
    names = {own.hostname, "localhost", "127.0.0.1", "::1"}
    if parts.scheme == "http" and parts.port == own.port and parts.hostname in names:
        return parts.path
    return source


def _has_segments(draft: dict[str, Any]) -> bool:
    tracks = draft.get("t")
    return isinstance(tracks, list) and any(
        isinstance(track, dict) and isinstance(track.get("sg"), list) and track["sg"]
        for track in tracks
    )


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
