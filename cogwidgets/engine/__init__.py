"""The service's HTTP API on this machine: the same calls, the work done here, no account needed.

Importing this package is cheap, for every worker does; the web framework and the codecs are
loaded by `Engine.start`, and the names below when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cogwidgets.engine.faults import Fault, Faults
    from cogwidgets.engine.policy import SHARED, Policy
    from cogwidgets.engine.server import Engine, EngineError

__all__ = ["SHARED", "Engine", "EngineError", "Fault", "Faults", "Policy"]

_HOMES = {
    "Engine": "server",
    "EngineError": "server",
    "Fault": "faults",
    "Faults": "faults",
    "Policy": "policy",
    "SHARED": "policy",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cogwidgets.engine' has no attribute {name!r}")
    value = getattr(import_module(f"cogwidgets.engine.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
