"""Recall: what the messages of a session refer to, kept at hand, else read again from the store.

Nothing of it is kept but what was said and which edits came of it, so it survives a restart, and a
better understanding has it, too.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.talk import Talk

if TYPE_CHECKING:
    from cogwidgets.engine.store import Store

__all__ = ["Recall"]

BACK = 5  # messages: what was said longer ago is meant by nobody
LONGEST = 500  # characters of a message that is read again
AT_HAND = 500  # sessions


class Recall:
    """Find a session's talk; any thread may ask."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._talks: OrderedDict[str, Talk] = OrderedDict()

    def talk(self, session: str, files: list[str]) -> Talk:
        """Return the talk of a session, whose files of sound are ``files``."""
        with self._lock:
            talk = self._talks.pop(session, None)
        talk = self._read(session, files) if talk is None else talk
        with self._lock:
            self._talks[session] = talk
            if len(self._talks) > AT_HAND:
                self._talks.popitem(last=False)
        return talk

    def _read(self, session: str, files: list[str]) -> Talk:
        talk = Talk()
        for said, note in self._store.last_said(session, BACK):
            if len(said) <= LONGEST:
                kept = json.loads(note)
                found = talk.understood(said, files=files, laid=kept["laid"])
                done = [found.edits[n] for n in kept["done"] if n < len(found.edits)]
                talk.remember(said, done, kept["refused"])
        return talk
