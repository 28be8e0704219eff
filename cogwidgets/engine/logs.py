"""Logs: one JSON object a line, for whoever runs the engine; nothing in them opens anything.

A line says which route was called, by which account and with what outcome. Headers, queries,
bodies, names of files and what people wrote are never logged; tokens and the unguessable parts of
media URLs are taken out of whatever else comes by, tracebacks included.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["LOGGER", "JsonLines", "log_to"]

LOGGER = logging.getLogger("cogwidgets.engine")

# Tokens as this engine makes them, bearer headers, and ids of media.
_SECRETS = re.compile(
    r"nmv_usr_[\w-]+|clm_[\w-]+|(?i:bearer)\s+\S+|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """Write a record as one line of JSON.

    >>> record = logging.makeLogRecord({"msg": "nmv_usr_abc is bad", "route": "/run_sse"})
    >>> json.loads(JsonLines().format(record))["message"]
    '(secret) is bad'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return _SECRETS.sub("(secret)", json.dumps(line, ensure_ascii=False, default=str))


def log_to(stream: TextIO, level: int = logging.INFO) -> logging.Handler:
    """Have the engine's log written to a stream; returns the handler, to be removed again."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level)
    LOGGER.propagate = False
    return handler
