"""Work: what a view does in the background, so that no callback ever blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Work"]


class Work:
    """One piece of work in a daemon thread of its own, begun at once.

    ``failed`` gets what it raises, in that thread. Nothing is returned: what comes of it goes into
    traits, which may be set from any thread.

    >>> said = []
    >>> Work("saying", lambda: said.append("done"), failed=print).wait(10)
    True
    >>> said
    ['done']
    """

    def __init__(
        self, name: str, work: Callable[[], object], *, failed: Callable[[Exception], object]
    ) -> None:
        self._work = work
        self._failed = failed
        self.thread = threading.Thread(target=self._run, name=f"cogwidgets {name}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the view says it
            self._failed(error)

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for its end, for so many seconds at most; tell whether it has ended."""
        self.thread.join(seconds)
        return not self.running
