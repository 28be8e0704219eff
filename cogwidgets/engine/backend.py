"""Backend: the parts of an engine, put together."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from cogwidgets.engine.accounts import Accounts
from cogwidgets.engine.credits import Credits
from cogwidgets.engine.errors import DiskFull, FileTooLarge, Stopping, TooMany
from cogwidgets.engine.housekeeping import age
from cogwidgets.engine.jobs import Jobs
from cogwidgets.engine.recovery import recover, remove_old_parts
from cogwidgets.engine.renders import Renders
from cogwidgets.engine.sketches import Sketches
from cogwidgets.engine.store import Store
from cogwidgets.engine.turns import Turns
from cogwidgets.engine.uploads import Uploads

if TYPE_CHECKING:
    from pathlib import Path

    from cogwidgets.engine.cluster import Cluster
    from cogwidgets.engine.policy import Policy

__all__ = ["Backend", "Work"]

log = logging.getLogger("cogwidgets.engine")

LOOK_EVERY = 10.0  # s: how soon the work of an engine that died is taken up by one that lives


class Work(NamedTuple):
    """How much of what was asked for is not done yet."""

    messages: int
    renders: int

    def __str__(self) -> str:
        counts = (self.messages, "message"), (self.renders, "render")
        return " and ".join(f"{n} {what}{'s' * (n != 1)}" for n, what in counts if n)


class Backend:
    """Everything behind the routes.

    Parameters
    ----------
    home
        Folder for the database and the media.
    url
        The engine's base URL, which the URLs in its answers begin with.
    secret
        What a token request must carry, when set.
    policy
        What is allowed.
    cluster
        What does the work instead of this machine.

    """

    def __init__(
        self,
        home: Path,
        *,
        url: str,
        secret: str | None,
        policy: Policy,
        cluster: Cluster | None = None,
    ) -> None:
        self.url = url
        self.started = time.time()
        self.status_key = secrets.token_urlsafe(24)  # who has it may read the status page
        self._lasting: list[asyncio.Task[None]] = []  # what is done for as long as it serves
        self._stopping = False
        self._hurried = asyncio.Event()
        self.over = asyncio.Event()  # set when the engine stops
        self.store = Store(home)
        self.jobs = Jobs() if cluster is None else Jobs(cluster.count(), cluster)
        self.policy = policy
        self.accounts = Accounts(self.store, policy, secret=secret)
        self.uploads = Uploads(self.store, self.jobs, policy)
        self.sketches = Sketches(self.store, self.jobs)
        self.turns = Turns(self.store, self.jobs, Credits(self.store, on=policy.credits))
        self.renders = Renders(self.store, self.jobs, self.accounts, url=url, policy=policy)
        recover(self.store)
        remove_old_parts(self.store)

    async def open(self) -> None:
        """Go on with what was left unfinished."""
        self.turns.resume()
        self.renders.resume()
        lasting = [self._watch(), self.jobs.follow()]
        if self.policy.keep_days is not None:
            lasting.append(age(self.store, self.policy.keep_days))
        self._lasting = [asyncio.create_task(one) for one in lasting]

    async def _watch(self) -> None:
        """Show that this engine lives, and take up what others on this home leave unfinished."""
        while True:
            self.store.live()
            await asyncio.sleep(LOOK_EVERY)
            try:
                if await asyncio.to_thread(recover, self.store):
                    self.turns.resume()
                    self.renders.resume()
            except Exception:
                log.exception("The work of others could not be looked at")

    def work(self) -> Work:
        """Count what is worked on here, or waits."""
        return Work(len(self.turns.tasks()), len(self.renders.tasks()))

    def room_for(self, account: str) -> None:
        """Let another message or render pass only while few are open.

        Raises
        ------
        Stopping
            The engine is about to stop (503).
        TooMany
            The account has as many as the policy allows (429).

        """
        self.goes_on()
        if self.turns.open(account) + self.renders.open(account) >= self.policy.open_jobs:
            raise TooMany("Too much is being worked on: wait until some of it is done.", 30)

    def space_for(self, account: str) -> None:
        """Let what needs room on the disk begin only where there is some.

        Raises
        ------
        FileTooLarge
            The account has as much as the policy allows (4002).
        DiskFull
            The disk has less left than the policy keeps free (507).

        """
        most = self.policy.account_bytes
        if most is not None and self.store.used(account) >= most:
            raise FileTooLarge(
                f"The account's media take {most / 1e9:g} GB, which is all that it may have."
            )
        if self.store.free() < self.policy.free_bytes:
            raise DiskFull

    def goes_on(self) -> None:
        """Let nothing new begin in an engine that is about to stop.

        Raises
        ------
        Stopping
            It is (503).

        """
        if self._stopping:
            raise Stopping

    def hurry(self) -> None:
        """Wait no longer for what is being finished."""
        self._hurried.set()

    async def close(self, grace: float = 0) -> Work:
        """Take nothing new, finish what ends within ``grace`` seconds, hand back the rest.

        Returns what was handed back. The store is closed by whoever closes last.
        """
        self._stopping = True
        if grace:
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._finished()
        self.over.set()
        for task in self._lasting:
            task.cancel()
        left = Work(await self.turns.close(), await self.renders.close())
        await self.sketches.close()
        self.jobs.close()
        return left

    async def _finished(self) -> None:
        hurried = asyncio.create_task(self._hurried.wait())
        while not hurried.done() and (work := {*self.turns.tasks(), *self.renders.tasks()}):
            await asyncio.wait({hurried, *work}, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
