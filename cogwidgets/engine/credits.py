"""Credits: what an edit costs; frozen while it is done, given back when it comes to nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cogwidgets.engine.errors import NoCredits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cogwidgets.engine.store import Store

__all__ = ["COSTS", "FREE", "OTHER", "Credits", "price"]

# By the time that they take: separation runs networks over the whole sound, the rest changes the
# draft. Contract.md, "Errors": editing costs about 50 a session; exports are free.
COSTS = {"separate_audio": 10}
FREE = {"undo", "redo", "start_over"}  # they go along the history
OTHER = 2


def price(tools: Iterable[str]) -> int:
    """Return what edits cost together, by the names of their tools.

    >>> price(["separate_audio", "add_music"])
    12
    """
    return sum(COSTS.get(tool, OTHER) for tool in tools if tool not in FREE)


class Credits:
    """Freeze, charge and give back; when they are switched off, nothing costs anything."""

    def __init__(self, store: Store, *, on: bool) -> None:
        self._store = store
        self._on = on

    @contextmanager
    def frozen(self, account: str, session: str, tools: Sequence[str]) -> Iterator[list[str]]:
        """Freeze what edits cost while they are carried out, and charge it if the draft changed.

        The caller is given a list, and puts the tools into it that did something: these it pays
        for. An engine that dies meanwhile leaves a row, by which the next one gives them back.

        Raises
        ------
        NoCredits
            The account has not enough left (2001).

        """
        done: list[str] = []
        cost = price(tools) if self._on else 0
        if not cost:
            yield done
            return
        hold = self._store.freeze(account, cost, ", ".join(tools), self._store.engine)
        if hold is None:
            raise NoCredits(
                f"This takes {cost} credits, and the account has fewer left: top it up to go on."
            )
        before, _ = self._store.draft(session)
        charge = 0
        try:
            yield done
            after, _ = self._store.draft(session)
            charge = min(price(done), cost) if after != before else 0
        finally:
            self._store.settle(hold, charge)
