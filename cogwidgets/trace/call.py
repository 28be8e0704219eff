"""Call: one request and its answer, masked when captured; CallLog: all of them."""

from __future__ import annotations

import datetime as dt
import html
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Call", "CallLog"]


@dataclass(eq=False)
class Call:
    """One exchange on the wire.

    ``seconds`` is the time from the first byte sent to the last byte read, ``None`` while the call
    runs. A body is text (JSON stays as it was sent), or a note of what it was where the bytes are
    media. ``events`` holds, for a stream, each event with its seconds since the start.
    """

    index: int
    purpose: str
    method: str
    url: str
    path: str
    started: dt.datetime
    request_headers: dict[str, str]
    request_body: str
    status: int | None = None
    seconds: float | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""
    response_size: int = 0
    events: list[tuple[float, Any]] = field(default_factory=list)
    error: str | None = None
    clock: float = field(default_factory=time.perf_counter, repr=False)

    def note(self, event: object) -> None:
        """Add an event of the stream with its time since the start."""
        self.events.append((time.perf_counter() - self.clock, event))

    @property
    def failed(self) -> bool:
        """Tell whether no answer came, or the answer was an error status."""
        return self.error is not None or (self.status or 0) >= 400  # noqa: PLR2004 - HTTP's own line

    def __repr__(self) -> str:
        outcome = self.error or self.status or "running"
        took = "" if self.seconds is None else f" · {self.seconds:.3f} s"
        events = f" · {len(self.events)} events" if self.events else ""
        return f"<Call {self.index} {self.method} {self.path} [{outcome}]{took}{events}>"


class CallLog(Sequence[Call]):
    """Every call a client made, in order; grows while you watch.

    >>> log = CallLog()
    >>> len(log), list(log)
    (0, [])
    """

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def append(self, call: Call) -> None:
        """Add a call that has just begun."""
        self._calls.append(call)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def frame(self) -> pd.DataFrame:
        """Return the log as a DataFrame, a row a call."""
        import pandas as pd

        columns = ["purpose", "method", "path", "status", "seconds", "size", "events", "error"]
        rows = [
            (
                c.purpose,
                c.method,
                c.path,
                c.status,
                c.seconds,
                c.response_size,
                len(c.events),
                c.error,
            )
            for c in self._calls
        ]
        index = pd.Index([c.index for c in self._calls], name="call", dtype="int64")
        return pd.DataFrame(rows, columns=columns, index=index).astype({"status": "Int64"})

    def _repr_html_(self) -> str:
        head = _row("th", ["#", "what for", "method", "path", "status", "time", "size"])
        rows = "".join(_row("td", _cells(call)) for call in self._calls)
        return (
            '<div class="jp-RenderedHTMLCommon"><table style="font-variant-numeric:tabular-nums">'
            f"<thead>{head}</thead><tbody>{rows}</tbody></table></div>"
        )

    def __repr__(self) -> str:
        lines = [f"<CallLog · {len(self)} calls>", *(f"  {call!r}" for call in self._calls)]
        return "\n".join(lines)


def _cells(call: Call) -> list[str]:
    outcome = str(call.status or "") if call.error is None else call.error
    took = "running" if call.seconds is None else _time(call.seconds)
    size = f"{len(call.events)} events" if call.events else _size(call.response_size)
    return [str(call.index), call.purpose, call.method, _short(call.path), outcome, took, size]


def _row(tag: str, cells: list[str]) -> str:
    # Styles stand on each cell: a style sheet would not survive a notebook's sanitizer.
    style = "text-align:left;white-space:nowrap"
    inner = "".join(f'<{tag} style="{style}">{html.escape(cell)}</{tag}>' for cell in cells)
    return f"<tr>{inner}</tr>"


def _short(path: str) -> str:
    """Shorten the ids in a path, so that a row stays a row.

    >>> _short("/api/state/nemo_agent/me/1388341027003350529/latest")
    '/api/state/nemo_agent/me/138834…/latest'
    """
    return "/".join(p if len(p) <= 16 else p[:6] + "…" for p in path.split("/"))  # noqa: PLR2004


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _size(count: int) -> str:
    for unit in ("B", "kB"):
        if count < 1000:  # noqa: PLR2004 - SI units
            return f"{count:.0f} {unit}"
        count //= 1000
    return f"{count} MB"
