"""Store: what the engine remembers, in SQLite, and the media folders beside it.

Several threads and several processes may use one home folder at once. Nothing here decides
anything; rows go in and come out, each concept's in a module of its own.
"""

from __future__ import annotations

from cogwidgets.engine.store.accounts import AccountRows
from cogwidgets.engine.store.figures import Figures
from cogwidgets.engine.store.media import MediaRows, safe_name
from cogwidgets.engine.store.renders import RenderRows
from cogwidgets.engine.store.sessions import SessionRows
from cogwidgets.engine.store.turns import TurnRows

__all__ = ["Store", "safe_name"]


class Store(AccountRows, SessionRows, TurnRows, MediaRows, RenderRows, Figures):
    """Keep accounts, sessions, drafts, media, turns and renders under one home folder.

    Raises
    ------
    OSError
        The folder cannot be made or written, or was written by a newer version.

    """

    @property
    def engine(self) -> str:
        """Name this opening of the store, which owns what is worked on until it is closed."""
        return self.presence.engine
