"""Fetch: what a URL gives, for uploads by URL, without being led to where it must not go.

A name is resolved once, its addresses are judged, and the connection goes to one of those that were
judged: a name server that answers differently the second time (DNS rebinding) gains nothing. Every
redirect is judged anew. No proxy of the environment is used, since it would resolve names itself.
"""

from __future__ import annotations

import ipaddress
import socket
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpcore

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

__all__ = ["FETCH_SECONDS", "Unfetchable", "blocks_of"]

FETCH_SECONDS = 600.0  # for the whole of a file
CONNECT_SECONDS = 15.0
SILENCE_SECONDS = 30.0
REDIRECTS = 5
BLOCK = 2**20
_MOVED = {301, 302, 303, 307, 308}
_OK = 200


class Unfetchable(Exception):
    """Say why a URL gives nothing."""


def blocks_of(url: str, *, local: bool) -> Generator[bytes, None, None]:
    """Yield what a URL gives, in blocks; http and https only, and public addresses only.

    ``local`` allows files of this machine (``file://``) and addresses of private networks.

    Raises
    ------
    Unfetchable
        It is no such URL, leads nowhere, answers with an error, or takes too long.

    """
    try:
        scheme, host = urlsplit(url).scheme.lower(), urlsplit(url).hostname
    except ValueError as error:
        raise Unfetchable("it is no URL") from error
    if scheme == "file" and local:
        yield from _file(url)
    elif scheme not in {"http", "https"} or not host:
        more = " and file" if local else ""
        raise Unfetchable(f"only http, https{more} URLs are fetched")
    else:
        yield from _over_http(url, local=local)


def _file(url: str) -> Iterator[bytes]:
    parts = urlsplit(url)
    if parts.hostname not in {None, "localhost"}:
        raise Unfetchable("file URLs name files of this machine")
    try:
        with Path(urllib.request.url2pathname(parts.path)).open("rb") as file:
            while block := file.read(BLOCK):
                yield block
    except (OSError, ValueError) as error:
        raise Unfetchable(getattr(error, "strerror", None) or "it is no path") from error


def _over_http(url: str, *, local: bool) -> Iterator[bytes]:
    end = time.monotonic() + FETCH_SECONDS
    timeout = {"connect": CONNECT_SECONDS, "read": SILENCE_SECONDS, "write": SILENCE_SECONDS}
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "cogwidgets"}
    try:
        with httpcore.ConnectionPool(network_backend=_Judged(local=local)) as pool:
            for _ in range(REDIRECTS + 1):
                host = urlsplit(url).netloc.rpartition("@")[2]
                with pool.stream(
                    "GET",
                    url.partition("#")[0],
                    headers=[("Host", host), *headers.items()],
                    extensions={"timeout": timeout},
                ) as response:
                    said = {name.lower(): value for name, value in response.headers}
                    where = said.get(b"location")
                    if response.status in _MOVED and where:
                        url = urljoin(url, where.decode("latin-1"))
                        if urlsplit(url).scheme not in {"http", "https"}:
                            raise Unfetchable("it redirects to something else than http")
                        continue
                    if response.status != _OK:
                        raise Unfetchable(f"it answers with status {response.status}")
                    yield from _until(end, response.iter_stream())
                    return
            raise Unfetchable("it redirects in circles")
    except (
        httpcore.ConnectError,
        httpcore.ConnectTimeout,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
        httpcore.UnsupportedProtocol,
        UnicodeError,
        ValueError,
    ) as error:
        raise Unfetchable(str(error) or type(error).__name__) from error


def _until(end: float, blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        if time.monotonic() > end:
            raise Unfetchable(f"it takes over {FETCH_SECONDS / 60:.0f} minutes")
        yield block


class _Judged(httpcore.SyncBackend):
    """Connect to addresses that have been judged, not to names."""

    def __init__(self, *, local: bool) -> None:
        self._local = local

    def connect_tcp(self, host: str, port: int, *more: Any, **named: Any) -> httpcore.NetworkStream:
        """Resolve once, refuse what is not public, and connect to the address itself."""
        failed: Exception | None = None
        for address in addresses(host, port):
            if not self._local and not public(address):
                raise Unfetchable("it leads to an address that is not public")
            try:
                return super().connect_tcp(address, port, *more, **named)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError("it has no address")


def addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system resolves it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unfetchable(f"its name is not known ({error.strerror or error})") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def public(address: str) -> bool:
    """Tell whether an address is on the open internet.

    >>> [public(a) for a in ("93.184.216.34", "10.0.0.1", "127.0.0.1", "::1", "169.254.169.254")]
    [True, False, False, False, False]
    >>> public("::ffff:127.0.0.1"), public("64:ff9b::7f00:1"), public("fe80::1%eth0")
    (False, False, False)
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        # Addresses that carry an IPv4 address are as public as that is.
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner))
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
