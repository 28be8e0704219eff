"""Connection: settings in, a Client on the engine or on the cloud out.

With `cli.py` this is the one module that may start the engine, and it does so lazily.
"""

from __future__ import annotations

import logging
import secrets
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlsplit

from cogwidgets import settings
from cogwidgets.api import Api, CallerError, Credentials, Patience, TokenFile
from cogwidgets.client import Client
from cogwidgets.client.progress import Bar, Show, Tell, line, silent
from cogwidgets.trace import ReplayTransport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.engine import Engine, Faults

__all__ = ["connect", "replay"]

_Secret = TypeVar("_Secret", str, str | None)

logger = logging.getLogger("cogwidgets")


def connect(
    where: Literal["local", "cloud"] | None = None,
    *,
    base_url: str | None = None,
    token: str | None = None,
    show: Show | None = None,
    tell: Tell | None = None,
    patience: Patience | None = None,
    faults: Faults | Iterable[str] | None = None,
) -> Client:
    """Return a client, on the engine of this machine unless something names the service.

    ``"local"`` starts the engine in the background of this process, on loopback; ``"cloud"`` and
    ``base_url`` speak to the service. With none of them ``NEMO_TOKEN`` or ``NEMO_API_URL`` decide
    (contract.md, "Environment"). No request is made yet. ``show`` is called with each step's name
    and fraction, ``tell`` with a line for the user; without them a bar and the lines are drawn
    where somebody sees them. ``patience`` says how long to wait for what. ``faults`` starts an
    engine of this client's own on which things go wrong, for lessons and tests: spellings such as
    ``"run_sse=cut"`` or ``"state=1002@2"`` (see `cogwidgets.engine.Fault`), or a
    `cogwidgets.engine.Faults` to which more can be added later.

    >>> connect(base_url="http://127.0.0.1:9", token="my-own-token")
    <Client on this machine · 0 calls>
    """
    if where not in (None, "local", "cloud"):
        raise CallerError(f"There is no place called {where!r}.", hint='Say "local" or "cloud".')
    if where is not None and base_url is not None:
        raise CallerError("A place and an address were named.", hint="Name one of them.")
    if faults is not None and (where == "cloud" or base_url is not None):
        raise CallerError(
            "Faults can be had from the engine of this machine only.",
            hint='Say connect("local", faults=...).',
        )
    if show is None or tell is None:
        seen_show, seen_tell = _where_it_is_seen()
        show, tell = show or seen_show, tell or seen_tell
    tell("Setting things up...")
    token = _sendable(token or settings.token(), "The token")
    client_id = _sendable(settings.client_id(), "The client id")
    if base_url is None and where is None:
        there = faults is None and (token or settings.api_url())
        where = "cloud" if there else "local"
    if base_url is None and where == "local":
        engine = _engines.take(settings.home(), _faults(faults))
        own = Credentials(client_id=client_id, engine_secret=_engines.secret)
        client = Client(
            Api(engine.url, credentials=own, patience=patience),
            show=show,
            tell=tell,
            place=f"engine {engine.home}",
            on_close=lambda: _engines.give_back(engine),
        )
    else:
        kept = TokenFile(settings.config() / "tokens.json")
        credentials = Credentials(client_id=client_id, given=token, kept=kept)
        named = settings.api_url() or settings.CLOUD_URL
        url = _address(named if base_url is None else base_url)
        client = Client(Api(url, credentials=credentials, patience=patience), show=show, tell=tell)
    _ask_in_the_cell(client)
    tell(_ready(client))
    return client


def replay(recording: str | Path, *, speed: float | None = None) -> Client:
    """Return a client that answers from a recording: no network, no engine, no token.

    ``recording`` is a HAR that `CallLog.har` or a browser wrote. ``speed`` keeps the recorded times
    (1), shortens them (2 is twice as fast), or leaves them out (None). What was not recorded raises
    `NotRecorded`, which shows the nearest call that was.

    >>> replay("not-there.har")
    Traceback (most recent call last):
    cogwidgets.trace.errors.BadRecording: not-there.har cannot be read (No such file or directory).
    """
    transport = ReplayTransport(recording, speed=speed)
    nobody = Credentials(client_id=settings.client_id(), given=transport.token)
    at_once = Patience(poll=(0, 0))
    api = Api(transport.base_url, credentials=nobody, patience=at_once, transport=transport)
    transport.until = api.waits.until
    show, tell = _where_it_is_seen()
    path = Path(recording)
    client = Client(
        api,
        show=show,
        tell=tell,
        place=f"recording {path.resolve()}",
        where=f"replaying {path.name}",
    )
    _ask_in_the_cell(client)
    return client


def _sendable(secret: _Secret, what: str) -> _Secret:
    """Make sure that a header can carry it; what it is stays unsaid."""
    if secret is not None and not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise CallerError(
            f"{what} holds characters that no header can carry.", hint="Copy it once more."
        )
    return secret


def _address(url: str) -> str:
    """Make sure that a base URL is one, and holds no password."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable or parts.username is not None:
        raise CallerError(
            "The service's address cannot be used.",
            hint="Give one that begins with http, without a user or a password in it.",
        )
    return url


def _ready(client: Client) -> str:
    pending = len(client.unfinished_exports())
    exports = f"{pending} unfinished export{'s' * (pending != 1)}: client.resume_exports()"
    return f"Ready · {client.where}" + (f" · {exports}" if pending else "")


def _where_it_is_seen() -> tuple[Show, Tell]:
    """Return a bar and lines for a notebook or a terminal; where nobody looks, the log."""
    if "ipykernel" in sys.modules:
        from cogwidgets.widgets.progress import CellBar, CellLine, in_a_notebook

        if in_a_notebook():
            return CellBar(), CellLine()
    return (Bar(), line) if sys.stderr.isatty() else (silent, logger.info)


def _ask_in_the_cell(client: Client) -> None:
    """In a notebook, put the questions of `Client.stepping` on a card, its buttons kept alive."""
    if "ipykernel" in sys.modules:
        from cogwidgets.widgets.progress import in_a_notebook

        if in_a_notebook():
            from cogwidgets.widgets import control
            from cogwidgets.widgets.stepcard import StepCard

            client.asker = lambda: StepCard(client)
            client.api.waits.meanwhile = control.pump


def _faults(faults: Faults | Iterable[str] | None) -> Faults | None:
    if faults is None:
        return None
    from cogwidgets.engine import Faults

    try:
        return faults if isinstance(faults, Faults) else Faults(faults)
    except ValueError as error:
        raise CallerError(str(error)) from None


class _Engines:
    """The engines of this process, one a home: the first client starts it, the last stops it."""

    def __init__(self) -> None:
        self.secret = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        self._running: dict[Path, tuple[Engine, int]] = {}

    def take(self, home: Path, faults: Faults | None) -> Engine:
        from cogwidgets.engine import Engine

        if faults is not None:  # nobody else is to meet them
            return Engine(home, secret=self.secret, faults=faults).start()
        with self._lock:
            engine, clients = self._running.get(home) or (Engine(home, secret=self.secret), 0)
            self._running[home] = engine.start(), clients + 1
            return engine

    def give_back(self, engine: Engine) -> None:
        with self._lock:
            shared, clients = self._running.get(engine.home, (None, 0))
            if shared is not engine:
                engine.stop()
                return
            del self._running[engine.home]
            if clients > 1:
                self._running[engine.home] = engine, clients - 1
            else:
                engine.stop()


_engines = _Engines()
