"""Logs: what httpx and httpcore write to the log, masked as everything else is."""

from __future__ import annotations

import logging

from cogwidgets.trace import Mask

__all__ = ["MaskedLogs"]

# A logger's filter sees only what is logged to that very logger.
_LOGGERS = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy", "socks")))


class MaskedLogs(logging.Filter):
    """Mask the records of the HTTP libraries for as long as a client is open.

    >>> mask = Mask("s3cret-t0ken")
    >>> logs = MaskedLogs(mask)
    >>> record = logging.makeLogRecord({"msg": "GET %s", "args": ("/?t=s3cret-t0ken",)})
    >>> logs.filter(record), record.getMessage()
    (True, 'GET /?t=••••')
    >>> logs.close()
    """

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask a record (logging's own interface)."""
        record.msg, record.args = self._mask.text(record.getMessage()), ()
        return True

    def close(self) -> None:
        """Leave the loggers as they were."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)
