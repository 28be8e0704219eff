"""Retries: what may be repeated, and how long anything is waited for.

A call is repeated when it cannot have been carried out (it was refused: 1001, 400, 429) or when
carrying it out twice does no harm (a read). A message, an upload or a render whose fate is unknown
never is (contract.md, "The SSE stream").
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

__all__ = ["Patience", "retry_after"]


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds; the defaults are those of contract.md."""

    rate_limit: float = 30  # after 429, when the answer does not say
    rate_limit_most: float = 120  # whatever the answer says
    answer: float = 60  # a call whose answer does not come, or does not go on
    silence: float = 300  # a stream on which nothing comes, not even a heartbeat
    heartbeats: float = 600  # a stream on which nothing but heartbeats comes
    turn: float = 900  # a message's whole stream
    still_working: float = 120  # between two "⏳ Still working..."
    broken: float = 30  # before the state is read after a stream broke
    looks: tuple[float, ...] = (60,) * 5  # before each further look at the state
    reads: tuple[float, ...] = (0.3, 2)  # before a read that broke is made again
    poll: tuple[float, float] = (30, 30)  # between two looks at a render, at first and at most

    def after_429(self, header: str | None) -> float:
        """Return how long to wait after a rate limit; ``header`` is its ``Retry-After``.

        >>> Patience().after_429("5"), Patience().after_429("soon"), Patience().after_429("1e9")
        (5.0, 30, 120)
        """
        asked = retry_after(header)
        return self.rate_limit if asked is None else min(asked, self.rate_limit_most)


def retry_after(header: str | None, *, now: dt.datetime | None = None) -> float | None:
    """Read a ``Retry-After`` header (RFC 9110, 10.2.3) as seconds from now; None for nonsense.

    >>> retry_after("120"), retry_after("-3"), retry_after("nan"), retry_after(None)
    (120.0, None, None, None)
    >>> noon = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
    >>> retry_after("Sun, 01 Nov 2026 12:00:30 GMT", now=noon)
    30.0
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
            seconds = (date.astimezone(dt.UTC) - (now or dt.datetime.now(dt.UTC))).total_seconds()
        except (ValueError, OverflowError, TypeError, IndexError):
            return None
    return None if math.isnan(seconds) or seconds < 0 else seconds
