"""Housekeeping: what may go, so that a home does not grow for ever."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cogwidgets.engine.recovery import recover, remove_old_parts
from cogwidgets.engine.store.media import size_of

if TYPE_CHECKING:
    from cogwidgets.engine.store import Store

__all__ = ["Swept", "age", "sweep"]

log = logging.getLogger("cogwidgets.engine")

DAY = 24 * 3600
EVERY = 6 * 3600  # s between two sweeps of a running engine
FRESH = 3600  # s: what is younger may still be on its way to its place


@dataclass(frozen=True)
class Swept:
    """Say what was swept away, or would be: how many files' folders, and bytes in all."""

    media: int
    leftovers: int
    bytes: int

    def __str__(self) -> str:
        return (
            f"{self.media} media of unused sessions and {self.leftovers} leftovers, "
            f"{self.bytes / 1e6:.1f} MB"
        )


def sweep(store: Store, *, unused_days: float | None, dry: bool = False) -> Swept:
    """Remove media of sessions that nobody has used for so many days, and what belongs to nobody.

    Drafts, turns and accounts stay: they are small, and tell what there was. With ``dry`` nothing
    is removed. An engine may run on the same home meanwhile.
    """
    if not dry:
        recover(store)
        remove_old_parts(store)
    with store.transaction():  # so that nobody begins to use again what is about to go
        old = {} if unused_days is None else store.unused_media(time.time() - unused_days * DAY)
        known = store.known_media()
        leftovers = {
            folder.name: size_of(folder)
            for folder in store.media.iterdir()
            if folder.name not in known and folder.stat().st_mtime < time.time() - FRESH
        }
        if not dry:
            store.remove_media([*old, *leftovers])
    return Swept(len(old), len(leftovers), sum(old.values()) + sum(leftovers.values()))


async def age(store: Store, unused_days: float) -> None:
    """Sweep now and then, until cancelled."""
    while True:
        try:
            swept = await asyncio.to_thread(sweep, store, unused_days=unused_days)
        except Exception:
            log.exception("Nothing could be swept away")
        else:
            if swept.media or swept.leftovers:
                log.info("Swept away %s", swept)
        await asyncio.sleep(EVERY)
