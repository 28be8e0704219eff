"""Backend: the parts of an engine, put together."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

from cogwidgets.engine.accounts import Accounts
from cogwidgets.engine.credits import Credits
from cogwidgets.engine.errors import TooMany
from cogwidgets.engine.housekeeping import age
from cogwidgets.engine.jobs import Jobs
from cogwidgets.engine.recovery import recover
from cogwidgets.engine.renders import Renders
from cogwidgets.engine.sketches import Sketches
from cogwidgets.engine.store import Store
from cogwidgets.engine.turns import Turns
from cogwidgets.engine.uploads import Uploads

if TYPE_CHECKING:
    from pathlib import Path

    from cogwidgets.engine.cluster import Cluster
    from cogwidgets.engine.policy import Policy

__all__ = ["Backend"]


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
        self._ageing: asyncio.Task[None] | None = None
        self.over = asyncio.Event()  # set when the engine stops
        self.store = Store(home)
        self.jobs = Jobs() if cluster is None else Jobs(cluster.width, cluster)
        self.policy = policy
        self.accounts = Accounts(self.store, policy, secret=secret)
        self.uploads = Uploads(self.store, self.jobs, policy)
        self.sketches = Sketches(self.store, self.jobs)
        self.turns = Turns(self.store, self.jobs, Credits(self.store, on=policy.credits))
        self.renders = Renders(self.store, self.jobs, self.accounts, url=url, policy=policy)
        recover(self.store)

    async def open(self) -> None:
        """Go on with what was left unfinished."""
        self.renders.resume()
        if self.policy.keep_days is not None:
            self._ageing = asyncio.create_task(age(self.store, self.policy.keep_days))

    def room_for(self, account: str) -> None:
        """Let another message or render pass only while few are open.

        Raises
        ------
        TooMany
            The account has as many as the policy allows (429).

        """
        if self.turns.open(account) + self.renders.open(account) >= self.policy.open_jobs:
            raise TooMany("Too much is being worked on: wait until some of it is done.", 30)

    async def close(self) -> None:
        """End streams, turns, renders and jobs; the store is closed by whoever closes last."""
        self.over.set()
        if self._ageing is not None:
            self._ageing.cancel()
        await self.turns.close()
        await self.renders.close()
        await self.sketches.close()
        self.jobs.close()
