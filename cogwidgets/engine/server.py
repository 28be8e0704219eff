"""Engine: the HTTP server in a thread of its own, started and stopped by whoever needs it."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import ipaddress
import os
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from cogwidgets import settings
from cogwidgets.engine.faults import Faults
from cogwidgets.engine.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from cogwidgets.engine.backend import Backend, Work
    from cogwidgets.engine.cluster import Cluster
    from cogwidgets.engine.quiet import QuietServer
    from cogwidgets.engine.turns import Behaviour

__all__ = ["Engine", "EngineError"]

START_SECONDS = 30.0
STOP_SECONDS = 5.0
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}


class EngineError(RuntimeError):
    """Say why the engine could not start."""


class Engine:
    """Serve the contract's API from a background thread of this process.

    Parameters
    ----------
    home
        Folder for sessions, media and renders; `cogwidgets.settings.home` by default.
        Several engines may share one folder, in one process or in several.
    host, port
        Where to listen; port 0 takes a free one.
    public_url
        The address that callers know, where a proxy of this machine stands before the engine; the
        proxy's ``X-Forwarded-For`` is believed then.
    secret
        When set, an anonymous token is given only to requests that carry it as
        ``X-Engine-Secret``, so that other users of the machine get none; those may then upload
        files of this machine by ``file://`` URLs.
    dask, dask_files
        The address of a Dask scheduler that does the work, and the storage through which files
        reach its workers; `cogwidgets.settings.dask` and `dask_files` by default.
    policy
        What is allowed whom; `cogwidgets.engine.SHARED` suits a service that strangers use.
    faults
        What is to go wrong, for lessons and tests; also ``engine.faults``, to which more can be
        added while it runs.

    Examples
    --------
    >>> import tempfile, urllib.request
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder, Engine(Path(folder)) as engine:
    ...     urllib.request.urlopen(engine.url + "/health").status
    200

    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str | None = None,
        secret: str | None = None,
        dask: str | None = None,
        dask_files: str | None = None,
        policy: Policy | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.home = home if home is not None else settings.home()
        self.host = host
        self._dask = dask or settings.dask()
        self._dask_files = dask_files or settings.dask_files()
        given = policy or Policy()
        # Whoever knows the secret is of the process that this engine runs in.
        self.policy = replace(given, local_urls=given.local_urls or secret is not None)
        self.faults = Faults() if faults is None else faults
        self._behaviour: Behaviour = "plain"
        self._wanted_port = port
        self._public_url = public_url.rstrip("/") if public_url else None
        self._secret = secret
        self._port: int | None = None
        self._backend: Backend | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: QuietServer | None = None
        self._thread: threading.Thread | None = None
        self._change = threading.Lock()

    def __repr__(self) -> str:
        return f"<Engine {self.url}>" if self.running else "<Engine stopped>"

    @property
    def running(self) -> bool:
        """Tell whether the engine answers requests."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def url(self) -> str:
        """Give the base URL, such as ``http://127.0.0.1:43210``.

        Raises
        ------
        EngineError
            The engine was never started, so it has no port yet.

        """
        if self._port is None:
            raise EngineError("The engine has no address yet: call start() first.")
        return f"http://{_reachable(self.host)}:{self._port}"

    @property
    def status_url(self) -> str:
        """Give the address of the operator's page, with the key that opens it.

        Raises
        ------
        EngineError
            The engine does not run.

        """
        if self._backend is None:
            raise EngineError("The engine does not run: call start() first.")
        return f"{self.url}/status?key={self._backend.status_key}"

    @property
    def behaviour(self) -> Behaviour:
        """How turns end: "plain" with a word each, "service" a share of the edits without one."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        if self._backend is not None:
            self._backend.turns.behaviour = behaviour

    def start(self) -> Self:
        """Start serving and return once connections are accepted; a running engine is left alone.

        Raises
        ------
        EngineError
            The address is taken or the home folder cannot be used.

        """
        with self._change:
            if not self.running:
                self._start()
        return self

    def stop(self, grace: float = 0) -> Work | None:
        """Stop serving: finish what ends within ``grace`` seconds, hand back the rest.

        Nothing new is taken meanwhile. What is handed back, messages and renders, is taken up by
        the next engine on this folder; streams that wait for it break off, and a client then looks
        what came of its message. Returns what was handed back, None when the engine did not run.
        """
        with self._change:
            if self._thread is None:
                return None
            atexit.unregister(self.stop)
            left = None
            if self._loop is not None and self._backend is not None and self._server is not None:
                with contextlib.suppress(RuntimeError, TimeoutError):  # the loop may be gone
                    left = asyncio.run_coroutine_threadsafe(
                        self._backend.close(grace), self._loop
                    ).result(grace + STOP_SECONDS)
                with contextlib.suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._server.end)
            self._thread.join(STOP_SECONDS)
            if self._backend is not None:
                self._backend.store.close()
            self._thread = self._loop = self._server = self._backend = None
            return left

    def hurry(self) -> None:
        """Have a `stop` in another thread, or below a signal handler, wait no longer."""
        loop, backend = self._loop, self._backend
        if loop is not None and backend is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(backend.hurry)

    @property
    def work(self) -> Work | None:
        """Count the messages and renders that are not done yet, None when it does not run."""
        return self._backend.work() if self._backend is not None else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start(self) -> None:
        import uvicorn

        from cogwidgets.engine.app import create_app
        from cogwidgets.engine.backend import Backend
        from cogwidgets.engine.protocol import Protocol
        from cogwidgets.engine.quiet import QuietServer

        cluster = self._cluster()
        listener = _listen(self.host, self._wanted_port)
        self._port = listener.getsockname()[1]
        try:
            self._backend = Backend(
                self.home,
                url=self._public_url or self.url,
                secret=self._secret,
                policy=self.policy,
                cluster=cluster,
            )
            self._backend.turns.behaviour = self._behaviour
        except OSError as error:
            listener.close()
            raise EngineError(
                f"The folder {self.home} cannot be used ({error}); name another one in COG_HOME."
            ) from error
        self._server = QuietServer(
            uvicorn.Config(
                create_app(self._backend, hosts=self._hosts(), faults=self.faults),
                http=Protocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",  # the app logs its own errors, without a traceback in a cell
                access_log=False,
                proxy_headers=self._public_url is not None,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, args=(listener, ready.set), name="cogwidgets engine", daemon=True
        )
        self._thread.start()
        if not ready.wait(START_SECONDS) or not self._server.started:
            self._thread = None
            listener.close()
            raise EngineError("The engine did not start; run `cogwidgets serve` to see why.")
        atexit.register(self.stop)

    def _hosts(self) -> set[str] | None:
        """Name the hosts that requests may be for; None when nobody knows them all."""
        if self._public_url is not None:
            return {*LOOPBACK_NAMES, (urlsplit(self._public_url).hostname or "").lower()}
        return LOOPBACK_NAMES if _is_loopback(self.host) else None

    def _cluster(self) -> Cluster | None:
        if self._dask is None:
            return None
        from cogwidgets.engine.cluster import Cluster

        try:
            return Cluster(self._dask, self._dask_files)
        except OSError as error:
            raise EngineError(
                f"The Dask cluster at {self._dask} cannot be used ({error}); check COG_DASK."
            ) from error

    def _serve(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        server = self._server
        assert server is not None  # noqa: S101 - set by _start before the thread exists

        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            if self._backend is not None:
                await self._backend.open()  # first: what was sent before is done before
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            while not (server.started or serving.done()):  # noqa: ASYNC110 - it offers no event
                await asyncio.sleep(0.001)
            ready()
            await serving

        try:
            asyncio.run(main())
        finally:
            ready()
            listener.close()


def _listen(host: str, port: int) -> socket.socket:
    """Open the listening socket here, so that the port is known before the thread starts."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":  # on Windows this option would let two servers share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise EngineError(
            f"The engine cannot listen on {host} port {port} ({error.strerror}); "
            "choose another port, or 0 for a free one."
        ) from error
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reachable(host: str) -> str:
    """Give the name by which this machine reaches a server that listens on ``host``."""
    if host in {"", "0.0.0.0"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host
