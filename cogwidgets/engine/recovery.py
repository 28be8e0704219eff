"""Recovery: what an engine that died left behind is put in order by the next one.

Nothing that anybody was promised is lost by a death: an upload, a message, a draft version or a
render that was acknowledged has its row. Unfinished messages and renders are set free for
`Turns.resume` and `Renders.resume`; the rest is taken back: files without a row are removed, frozen
credits given back.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cogwidgets.engine.store import Store

__all__ = ["recover", "remove_old_parts"]

log = logging.getLogger("cogwidgets.engine")

# What is written beside a file in its place (a sketch) takes seconds; older parts are left over.
PART_SECONDS = 3600


def recover(store: Store) -> int:
    """Put in order what dead engines left in a home; returns how many there were."""
    owners = (owner for owner in store.owners() if not store.presence.alive(owner))
    dead = {*store.presence.dead(), *owners}
    for engine in dead:
        for hold in store.holds_of(engine):
            store.settle(hold, 0)
        store.release_turns(engine, left=store.last_seen(engine), died=True)
        store.release_renders(engine, died=True)
        if store.take_over_folders(engine):
            store.presence.forget(engine)
        log.info("An engine had died; its work was put in order", extra={"engine": engine})
    return len(dead)


def remove_old_parts(store: Store) -> None:
    """Remove what was being written beside a file when a death came between."""
    before = time.time() - PART_SECONDS
    for part in store.media.glob("*/*.part"):
        if part.stat().st_mtime < before:
            part.unlink(missing_ok=True)
