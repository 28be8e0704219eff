"""The service's HTTP API on this machine: the same calls, the work done here, no account needed.

Importing this package is cheap; the web framework and the codecs are loaded by `Engine.start`.
"""

from __future__ import annotations

from cogwidgets.engine.faults import Fault, Faults
from cogwidgets.engine.policy import SHARED, Policy
from cogwidgets.engine.server import Engine, EngineError

__all__ = ["SHARED", "Engine", "EngineError", "Fault", "Faults", "Policy"]
