"""CallLog: every call a client made, in order."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

from cogwidgets.plural import counted
from cogwidgets.trace.call import Call
from cogwidgets.trace.shelf import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    import pandas as pd

    from cogwidgets.trace.compare import LogDiff

__all__ = ["CallLog"]

BUDGET = 64 << 20
_SHOWN = 20  # lines of the plain text

logger = logging.getLogger("cogwidgets.trace")

Sender = Callable[["httpx.Request"], "httpx.Response"]


class CallLog(Sequence[Call]):
    """The calls of one client, in order; grows while you watch.

    A number gives one call; a slice, `failed` and a piece of a path give the calls they name, as a
    log. ``budget`` says how many bytes of memory the calls may take; beyond it, what the oldest
    carried moves to a temporary file, masked as it is, and is read from there when it is looked at.
    ``sender`` is what `Call.resend` sends through: it puts the secrets back into a request and
    returns the answer unread; a client sets it.

    >>> log = CallLog()
    >>> len(log), list(log), list(log.failed), list(log["/run_sse"])
    (0, [], [], [])
    """

    def __init__(self, calls: Iterable[Call] = (), *, budget: int = BUDGET) -> None:
        self._calls = list(calls)
        self._lock = threading.Lock()
        self.shelf = Shelf(budget)
        self.sender: Sender | None = None
        self._watchers: list[Callable[[Call], object]] = []

    def begin(self, call: Call) -> Call:
        """Add a call that has just begun, and give it its number."""
        with self._lock:
            call.index = len(self._calls) + 1
            call.log = self
            self._calls.append(call)
        self._tell(call)
        return call

    def end(self, call: Call) -> None:
        """Take note that a call is over."""
        self.shelf.keep(call)
        self._tell(call)

    def watch(self, watcher: Callable[[Call], object]) -> Callable[[], None]:
        """Call ``watcher`` with each call as it begins and as it ends, in the thread that makes it.

        Returns what ends that.
        """
        self._watchers.append(watcher)

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._watchers.remove(watcher)

        return end

    def _tell(self, call: Call) -> None:
        for watcher in tuple(self._watchers):
            try:
                watcher(call)
            except Exception:  # a view's trouble is none of whoever makes the call
                logger.exception("A callback of CallLog.watch failed.")

    @overload
    def __getitem__(self, key: int) -> Call: ...
    @overload
    def __getitem__(self, key: slice | str) -> CallLog: ...
    def __getitem__(self, key: int | slice | str) -> Call | CallLog:
        """Return a call by its place from 0, or the calls of a slice or a piece of a path."""
        if isinstance(key, int):
            return self._calls[key]
        if isinstance(key, slice):
            return CallLog(self._calls[key])
        return CallLog(call for call in self if key in call.path)

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    @property
    def failed(self) -> CallLog:
        """The calls without an answer, and those whose answer was an error."""
        return CallLog(call for call in self if call.failed)

    def frame(self) -> pd.DataFrame:
        """Return the log as a DataFrame, a row a call; times in seconds, sizes in bytes."""
        import pandas as pd

        rows = [
            (
                c.purpose,
                c.method,
                c.path,
                c.status,
                c.seconds,
                c.response_size,
                c.event_count,
                c.error or c.refusal,
                c.started,
                c.connected,
                c.first_byte,
                c.request_size,
                c.section,
            )
            for c in self
        ]
        columns = [
            "purpose",
            "method",
            "path",
            "status",
            "seconds",
            "size",
            "events",
            "error",
            "started",
            "connected",
            "first_byte",
            "request_size",
            "section",
        ]
        index = pd.Index([c.index for c in self], name="call", dtype="int64")
        return pd.DataFrame(rows, columns=columns, index=index).astype({"status": "Int64"})

    def har(self, path: str | Path, *, media: bool | int = False) -> Path:
        """Write the calls as HAR 1.2, `har.write`; return the path."""
        from cogwidgets.trace.har import write

        return write(self, path, media=media)

    @classmethod
    def from_har(cls, path: str | Path) -> CallLog:
        """Read the calls of a HAR, masked as they are read, `har.read`."""
        from cogwidgets.trace.har import read

        return read(path)

    def diff(self, other: CallLog) -> LogDiff:
        """Compare with another run, `compare.diff_logs`."""
        from cogwidgets.trace.compare import diff_logs

        return diff_logs(self, other)

    def __repr__(self) -> str:
        older = len(self) - _SHOWN
        lines = [f"<CallLog · {counted(len(self), 'call')}>"]
        lines += (
            [f"  … {counted(older, 'older call')}: slice them, calls[:{older}]"]
            if older > 0
            else []
        )
        return "\n".join([*lines, *(f"  {call!r}" for call in self._calls[-_SHOWN:])])

    def _repr_html_(self) -> str:
        from cogwidgets.trace.page import log_page

        return log_page(self)
