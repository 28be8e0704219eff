"""Settings: the environment, the folders, and who we say we are."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["home"]


def home() -> Path:
    """Return the folder where the engine keeps sessions, media and renders.

    ``COG_HOME`` names it; without that it is the system's folder for a program's data.

    >>> home().is_absolute()
    True
    """
    named = os.environ.get("COG_HOME")
    return Path(named).expanduser().resolve() if named else platformdirs.user_data_path("cogwidgets")
