"""Credits: what an edit costs; frozen while it is done, given back when it comes to nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits.history import ALONG
from cogwidgets.engine.errors import DiskFull, NoCredits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cogwidgets.engine.store import Store

__all__ = ["COSTS", "OTHER", "Credits", "price"]

# By the time that they take: separation runs networks over the whole sound, the rest changes the
# draft. Contract.md, "Errors": editing costs about 50 a session; exports are free.
COSTS = {"separate_audio": 10}
OTHER = 2


def price(tools: Iterable[str]) -> int:
    """Return what edits cost together, by the names of their tools.

    >>> price(["separate_audio", "add_music"])
    12
    """
    return sum(COSTS.get(tool, OTHER) for tool in tools if tool not in ALONG)


class Credits:
    """Freeze, charge and give back; when they are switched off, nothing costs anything."""

    def __init__(self, store: Store, *, on: bool) -> None:
        self._store = store
        self._on = on
        self._unsettled: list[str] = []  # for want of room on the disk

    @contextmanager
    def frozen(self, account: str, tools: Sequence[str]) -> Iterator[Callable[[list[str]], None]]:
        """Freeze what edits cost while they are carried out; yields what charges for those done.

        The charge belongs into the transaction that keeps what was made, so that neither is without
        the other. What is not charged is given back, by the next engine where this one dies.

        Raises
        ------
        NoCredits
            The account has not enough left (2001).

        """
        cost = price(tools) if self._on else 0
        if not cost:
            yield lambda _: None
            return
        while self._unsettled:
            self._store.settle(self._unsettled[-1], 0)
            self._unsettled.pop()
        hold = self._store.freeze(account, cost, ", ".join(tools), self._store.engine)
        if hold is None:
            raise NoCredits(
                f"This takes {cost} credits, and the account has fewer left: top it up to go on."
            )
        try:
            yield lambda done: self._store.settle(hold, min(price(done), cost))
        finally:
            try:
                self._store.settle(hold, 0)
            except DiskFull:
                self._unsettled.append(hold)
