"""Backend: the parts of an engine, put together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cogwidgets.engine.accounts import Accounts
from cogwidgets.engine.jobs import Jobs
from cogwidgets.engine.renders import Renders
from cogwidgets.engine.store import Store
from cogwidgets.engine.turns import Turns
from cogwidgets.engine.uploads import Uploads

if TYPE_CHECKING:
    from pathlib import Path

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
    private
        Whether only this machine is served, so that its files may be named by URL.

    """

    def __init__(self, home: Path, *, url: str, secret: str | None, private: bool) -> None:
        self.url = url
        self.over = asyncio.Event()  # set when the engine stops
        self.store = Store(home)
        self.jobs = Jobs()
        self.accounts = Accounts(self.store, secret=secret)
        self.uploads = Uploads(self.store, self.jobs, local_urls=private)
        self.turns = Turns(self.store, self.jobs)
        self.renders = Renders(self.store, self.jobs, self.accounts, url=url)

    async def close(self) -> None:
        """End streams, turns, renders and jobs; the store is closed by whoever closes last."""
        self.over.set()
        await self.turns.close()
        await self.renders.close()
        self.jobs.close()
