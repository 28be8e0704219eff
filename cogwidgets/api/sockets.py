"""Sockets: httpx's connections, read in slices so that a stop always works (`cogwidgets.waiting`).

httpcore's network backend is the seam: it is public, and the only place below httpx where a call
blocks.
"""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
import urllib.request
import weakref
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from cogwidgets.api.errors import CallerError
from cogwidgets.waiting import SLICE, Waits

__all__ = ["transport"]

# Shorter than any server's own limit, so that a kept connection is not one that has just gone: a
# message that is lost that way could not be sent again.
_LIMITS = httpx.Limits(keepalive_expiry=2.0)
_NO_TIMEOUT = 3600.0
_Options = Iterable[Any] | None


def transport(base_url: str, waits: Waits) -> httpx.BaseTransport:
    """Return httpx's own transport to a service, its waits cut into slices.

    A proxy that the environment names for that service is used; `CallerError` where it cannot be.
    """
    proxy = _proxy(base_url)
    try:
        inner = _Transport(limits=_LIMITS, proxy=proxy)
    except (ImportError, ValueError):
        raise CallerError(
            "The proxy that the environment names cannot be used.",
            hint="Give it as http://host:port, or unset it (HTTPS_PROXY, ALL_PROXY).",
        ) from None
    pool: Any = inner._pool  # noqa: SLF001 - httpx has no parameter for the backend
    pool._network_backend = inner.backend = _Backend(pool._network_backend, waits)  # noqa: SLF001
    return inner


def _proxy(base_url: str) -> str | None:
    url = urlsplit(base_url)
    host = url.hostname or ""
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("example.org")
    (True, True, False)
    """
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


class _Transport(httpx.HTTPTransport):
    """Close what the pool does not: a connection that a thread was using while it was closed."""

    backend: _Backend

    def close(self) -> None:
        super().close()
        self.backend.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend, waits: Waits) -> None:
        self._inner = inner
        self._waits = waits
        self._closed = False
        self._live: weakref.WeakSet[_Stream] = weakref.WeakSet()
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            live = tuple(self._live)
        for stream in live:
            stream.close()

    def kept(self, stream: _Stream) -> _Stream:
        """Take note of a stream, to close it in the end at the latest."""
        with self._lock:
            self._live.add(stream)
            closed = self._closed
        if closed:
            stream.close()
            raise httpcore.ConnectError("the client was closed")
        return stream

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options = None,
    ) -> httpcore.NetworkStream:
        def connect() -> httpcore.NetworkStream:
            return self._inner.connect_tcp(host, port, timeout, local_address, socket_options)

        # A name can hang in the system's resolver, a host can be slow to take the connection.
        return self.kept(_Stream(self._aside(connect), self._waits, self))

    def _aside(self, connect: Callable[[], httpcore.NetworkStream]) -> httpcore.NetworkStream:
        """Connect in a thread; one that is given up closes what it still gets."""
        done: queue.SimpleQueue[httpcore.NetworkStream | BaseException] = queue.SimpleQueue()
        given_up = threading.Event()

        def work() -> None:
            try:
                stream = connect()
            except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
                done.put(error)
                return
            done.put(stream)
            if given_up.is_set():
                stream.close()

        threading.Thread(target=work, daemon=True, name="cogwidgets-connect").start()
        try:
            while True:
                self._waits.slice()
                with contextlib.suppress(queue.Empty):
                    got = done.get(timeout=SLICE)
                    break
        except BaseException:
            given_up.set()
            with contextlib.suppress(queue.Empty):
                late = done.get_nowait()
                if isinstance(late, httpcore.NetworkStream):
                    late.close()
            raise
        if isinstance(got, BaseException):
            raise got
        return got

    def sleep(self, seconds: float) -> None:
        self._waits.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, waits: Waits, backend: _Backend) -> None:
        self._inner = inner
        self._waits = waits
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        end = time.monotonic() + (_NO_TIMEOUT if timeout is None else timeout)
        while True:
            self._waits.slice()
            left = end - time.monotonic()
            try:
                # A socket that times out has lost nothing, in TLS too: it is read again.
                return self._inner.read(max_bytes, min(SLICE, max(left, 0.001)))
            except httpcore.ReadTimeout:
                if left <= SLICE:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._waits.blocking(self._shut):
            try:
                self._inner.write(buffer, timeout)
            except httpcore.WriteError:
                self._waits.check()
                raise

    def _shut(self) -> None:
        with contextlib.suppress(OSError):
            self._inner.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        with self._waits.blocking(self._shut):
            try:
                stream = self._inner.start_tls(ssl_context, server_hostname, timeout)
            except httpcore.NetworkError:
                self._waits.check()
                raise
        return self._backend.kept(_Stream(stream, self._waits, self._backend))

    @property
    def open(self) -> bool:
        """Whether its socket is."""
        found = self._inner.get_extra_info("socket")
        return bool(found is not None and found.fileno() >= 0)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
