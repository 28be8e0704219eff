"""Connection: settings in, a Client on the engine or on the cloud out.

With `cli.py` this is the one module that may start the engine, and it does so lazily.
"""

from __future__ import annotations

import secrets
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cogwidgets import settings
from cogwidgets.api import Api, CallerError, Credentials
from cogwidgets.client import Client
from cogwidgets.client.progress import Bar, Show, silent

if TYPE_CHECKING:
    from cogwidgets.engine import Engine

__all__ = ["connect"]


def connect(
    where: Literal["local", "cloud"] | None = None,
    *,
    base_url: str | None = None,
    token: str | None = None,
    show: Show | None = None,
) -> Client:
    """Return a client, on the engine of this machine unless something names the service.

    ``"local"`` starts the engine in the background of this process, on loopback; ``"cloud"`` and
    ``base_url`` speak to the service. With none of them ``NEMO_TOKEN`` or ``NEMO_API_URL`` decide
    (contract.md, "Environment"). No request is made yet. ``show`` is called with each step's name
    and fraction; without it a bar is drawn where somebody sees it.

    >>> connect(base_url="http://127.0.0.1:9", token="my-own-token")
    <Client on this machine · 0 calls>
    """
    if where not in (None, "local", "cloud"):
        raise CallerError(f"There is no place called {where!r}.", hint='Say "local" or "cloud".')
    token = token or settings.token()
    credentials = Credentials(client_id=settings.client_id(), given=token)
    if base_url is None and where is None:
        where = "cloud" if token or settings.api_url() else "local"
    show = show or _where_it_is_seen()
    if base_url is None and where == "local":
        engine = _engines.take(settings.home())
        credentials = Credentials(client_id=settings.client_id(), engine_secret=_engines.secret)
        api = Api(engine.url, credentials=credentials)
        return Client(api, show=show, on_close=lambda: _engines.give_back(engine))
    url = base_url or settings.api_url() or settings.CLOUD_URL
    return Client(Api(url, credentials=credentials), show=show)


def _where_it_is_seen() -> Show:
    """Return a bar for a notebook or a terminal; where nobody looks, nothing."""
    if "ipykernel" in sys.modules:
        from cogwidgets.widgets.progress import CellBar, in_a_notebook

        if in_a_notebook():
            return CellBar()
    return Bar() if sys.stderr.isatty() else silent


class _Engines:
    """The engines of this process, one a home: the first client starts it, the last stops it."""

    def __init__(self) -> None:
        self.secret = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        self._running: dict[Path, tuple[Engine, int]] = {}

    def take(self, home: Path) -> Engine:
        from cogwidgets.engine import Engine

        with self._lock:
            engine, clients = self._running.get(home) or (Engine(home, secret=self.secret), 0)
            self._running[home] = engine.start(), clients + 1
            return engine

    def give_back(self, engine: Engine) -> None:
        with self._lock:
            _, clients = self._running.pop(engine.home)
            if clients > 1:
                self._running[engine.home] = engine, clients - 1
            else:
                engine.stop()


_engines = _Engines()
