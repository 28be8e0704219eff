"""Faults: errors, cut streams and silence on demand, so that each can be shown and tested.

The service fails now and then; nobody can wait for that in a lesson or a test. Here the nth call
of an endpoint goes wrong in one of the ways of contract.md, "Errors" and "The SSE stream", as
`FaultyWire` has it. Nothing goes wrong that was not asked for in the engine's own process.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["ENDPOINTS", "ERRORS", "Fault", "Faults"]

# contract.md, "Endpoints": a word for each row, and what its requests look like.
ENDPOINTS = {
    "anonymous_token": ("POST", "/api/auth/anonymous-token"),
    "create_session": ("POST", "/api/tasks/me/with-session/[^/]+"),
    "claim_token": ("POST", "/api/auth/claim-token"),
    "run_sse": ("POST", "/run_sse"),
    "upload": ("POST", "/api/upload-video/[^/]+/[^/]+/[^/]+"),
    "credits": ("GET", "/api/credits/balance/simple"),
    "state": ("GET", "/api/state/[^/]+/[^/]+/[^/]+/latest"),
    "submit_render": ("POST", "/api/render/proxy/lambda"),
    "poll_render": ("GET", "/api/render/proxy/lambda/[^/]+"),
    "cancel_render": ("POST", "/api/render/proxy/lambda/[^/]+/cancel"),
    "download": ("GET", "/api/render/proxy/[^/]+/download|/media/[^/]+/[^/]+"),
}
# contract.md, "Errors": the code, the HTTP status that carries it here, and what is said.
ERRORS = {
    "bad_token": (1001, 401, "The token is bad or has expired."),
    "session_not_found": (1002, 404, "There is no such session."),
    "no_credits": (2001, 402, "The account has no credits left."),
    "unsupported_file": (4001, 415, "The file is of a type that is not taken."),
    "file_too_large": (4002, 413, "The file is over the limit of 500 MB."),
    "missing_client_id": (400, 400, "X-Client-Id is missing."),
    "export_blocked": (402, 402, "Export is blocked on the free plan."),
    "rate_limit": (429, 429, "There have been too many requests."),
}
# What else goes wrong, and where it can.
ELSEWHERE = {
    "cut": tuple(ENDPOINTS),
    "failure": ("run_sse", "poll_render"),
    "gateway": tuple(ENDPOINTS),
    "heartbeats": ("run_sse",),
    "silent": ("run_sse",),
    "slow": tuple(ENDPOINTS),
}
_SECONDS = {"slow": 5.0, "heartbeats": 30.0}
_STATUSES = range(200, 600)
_SPELLING = re.compile(
    r"(?P<endpoint>[^=]+)=(?P<fault>[^:@]+)(:(?P<seconds>[0-9.]+))?(@(?P<nth>[0-9]+))?"
)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong: what, at which endpoint, on which of its calls.

    ``fault`` is a name or a code of contract.md, "Errors" (``"no_credits"`` or ``2001``): the call
    is refused and not carried out. Or it is one of these:

    ``"cut"``
        The connection breaks in the middle of the answer; what was asked for is carried out.
    ``"failure"``
        A message's stream, or a render, tells that it failed.
    ``"gateway"``
        A gateway answers with 504 and HTML; what was asked for is carried out.
    ``"heartbeats"``
        For ``seconds`` (30) nothing but heartbeats comes.
    ``"silent"``
        A message is carried out and answered without a word, as about 30% are.
    ``"slow"``
        The answer begins ``seconds`` (5) late.

    ``nth`` counts the endpoint's calls from 1 on, from when the fault was added; ``times`` is how
    many calls fail from there, None for all. ``seconds`` of a ``"rate_limit"`` is its
    ``Retry-After``. ``status`` is the HTTP status that carries an error: a client must find the
    code in any.

    Raises
    ------
    ValueError
        A name is unknown, or that fault cannot happen there; the message lists what can.

    Examples
    --------
    >>> Fault("run_sse", "cut", nth=2)
    Fault('run_sse=cut@2')
    >>> Fault("state", 1002).fault
    'session_not_found'
    >>> Fault("credits", "silent")
    Traceback (most recent call last):
    ValueError: 'silent' can only happen at run_sse.

    """

    endpoint: str
    fault: str | int
    nth: int = 1
    times: int | None = 1
    seconds: float | None = None
    status: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fault", _fault_name(self.fault))
        if self.endpoint not in ENDPOINTS:
            raise ValueError(
                f"There is no endpoint {self.endpoint!r}: use one of {', '.join(ENDPOINTS)}."
            )
        where = ELSEWHERE.get(str(self.fault), tuple(ENDPOINTS))
        if self.endpoint not in where:
            raise ValueError(f"{self.fault!r} can only happen at {' and '.join(where)}.")
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("'nth' and 'times' count from 1.")
        if self.seconds is not None and not 0 <= self.seconds < float("inf"):
            raise ValueError("'seconds' is 0 or more.")
        if self.status is not None and (self.fault not in ERRORS or self.status not in _STATUSES):
            raise ValueError("'status' is an HTTP status, for an error that has a code.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``endpoint=fault``, with ``:seconds`` and ``@nth`` behind it where they matter.

        >>> Fault.parse("state=1002@3").nth, Fault.parse("run_sse=slow:0.5").seconds
        (3, 0.5)
        """
        match = _SPELLING.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"A fault is written as 'run_sse=cut' or 'state=1002@2', not {text!r}."
            )
        seconds = match["seconds"]
        return cls(
            match["endpoint"],
            match["fault"],
            nth=int(match["nth"] or 1),
            seconds=float(seconds) if seconds else None,
        )

    def __str__(self) -> str:
        seconds = "" if self.seconds is None else f":{self.seconds:g}"
        return f"{self.endpoint}={self.fault}{seconds}" + (f"@{self.nth}" if self.nth > 1 else "")

    def __repr__(self) -> str:
        return f"Fault({str(self)!r})"

    @property
    def lasts(self) -> float:
        """Give how long it lasts, in seconds."""
        return _SECONDS.get(str(self.fault), 0.0) if self.seconds is None else self.seconds


class Faults:
    """What is to go wrong in an engine, and what has; empty unless somebody adds to it.

    >>> faults = Faults()
    >>> faults.add("run_sse", "cut")
    Fault('run_sse=cut')
    >>> faults.add("state", "rate_limit", nth=2)
    Fault('state=rate_limit@2')
    >>> faults
    <Faults run_sse=cut · state=rate_limit@2>
    >>> faults.clear()
    >>> faults.add("run-sse", "cut")
    Traceback (most recent call last):
    ValueError: There is no endpoint 'run-sse': use one of anonymous_token, create_session, \
claim_token, run_sse, upload, credits, state, submit_render, poll_render, cancel_render, download.
    """

    def __init__(self, faults: str | Iterable[Fault | str] = ()) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int]] = []  # and how many calls it has let pass
        self._happened: list[Fault] = []
        for fault in [faults] if isinstance(faults, str) else faults:
            self._add(Fault.parse(fault) if isinstance(fault, str) else fault)

    def add(
        self,
        endpoint: str,
        fault: str | int,
        *,
        nth: int = 1,
        times: int | None = 1,
        seconds: float | None = None,
        status: int | None = None,
    ) -> Fault:
        """Have the nth call of an endpoint from now on go wrong; see `Fault` for the names.

        Raises
        ------
        ValueError
            A name is unknown, or that fault cannot happen there; the message lists what can.

        """
        return self._add(Fault(endpoint, fault, nth, times, seconds, status))

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._waiting.append((fault, 0))
        return fault

    def clear(self) -> None:
        """Let everything go well again, and forget what has happened."""
        with self._lock:
            self._waiting.clear()
            self._happened.clear()

    @property
    def happened(self) -> list[Fault]:
        """Give the faults that calls have met, oldest first."""
        with self._lock:
            return list(self._happened)

    def meet(self, method: str, path: str) -> Fault | None:
        """Count a call, and return what is to go wrong with it."""
        with self._lock:
            if not self._waiting:
                return None
            met = None
            left = []
            for fault, passed in self._waiting:
                wanted, pattern = ENDPOINTS[fault.endpoint]
                if method != wanted or re.fullmatch(pattern, path) is None:
                    left.append((fault, passed))
                    continue
                count = passed + 1
                if count >= fault.nth and met is None:
                    met = fault
                if fault.times is None or count < fault.nth + fault.times - 1:
                    left.append((fault, count))
            self._waiting = left
            if met is not None:
                self._happened.append(met)
            return met

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter([fault for fault, _ in self._waiting])

    def __len__(self) -> int:
        return len(self._waiting)

    def __repr__(self) -> str:
        return f"<Faults {' · '.join(map(str, self)) or 'none'}>"


def _fault_name(fault: str | int) -> str:
    named = str(fault)
    for name, (code, _, _) in ERRORS.items():
        if named in {name, str(code)}:
            return name
    if named not in ELSEWHERE:
        errors = ", ".join(f"{name} ({code})" for name, (code, _, _) in ERRORS.items())
        raise ValueError(
            f"There is no fault {fault!r}: use one of {errors}, {', '.join(ELSEWHERE)}."
        )
    return named
