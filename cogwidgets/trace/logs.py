"""Logs: what httpx and httpcore write to Python's logging goes through the masks too.

httpx logs each URL, httpcore each answer's headers, before anybody here sees them.
"""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cogwidgets.trace.mask import Mask

__all__ = ["watch"]

# A logger's filter does not see what comes from the loggers below it, so each is named.
_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)


class _Masking(logging.Filter):
    """Mask each record by every mask in use."""

    def __init__(self) -> None:
        super().__init__()
        self.masks: weakref.WeakSet[Mask] = weakref.WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        said = clean = record.getMessage()
        for mask in self.masks:
            clean = mask.text(clean)
        if clean != said:
            record.msg, record.args = clean, None
        return True


_masking = _Masking()


def watch(mask: Mask) -> None:
    """Keep what this mask knows out of the logs, as long as the mask lives."""
    _masking.masks.add(mask)
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_masking)
