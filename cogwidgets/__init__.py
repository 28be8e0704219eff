"""Clear the background music from a video, and see every API call that did it.

>>> import cogwidgets as cog
>>> cog.Draft({}).duration
0.0

The names below are all there is; each is loaded when it is first used, so that importing the
package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cogwidgets.api import CogError, Credits, Turn, Upload
    from cogwidgets.client import Client, Export, Session
    from cogwidgets.connection import connect, replay
    from cogwidgets.draft import Change, Draft
    from cogwidgets.oneline import clean
    from cogwidgets.trace import Call, CallLog
    from cogwidgets.widgets.calls import CallInspector
    from cogwidgets.widgets.chat import ChatBox
    from cogwidgets.widgets.export import ExportButton
    from cogwidgets.widgets.files import FilePicker
    from cogwidgets.widgets.preview import Preview
    from cogwidgets.widgets.sound import SoundReport
    from cogwidgets.widgets.state import StateView
    from cogwidgets.widgets.studio import Studio
    from cogwidgets.widgets.timeline import TimelineView

__version__ = "0.1.0.dev0"

__all__ = [
    "Call",
    "CallInspector",
    "CallLog",
    "Change",
    "ChatBox",
    "Client",
    "CogError",
    "Credits",
    "Draft",
    "Export",
    "ExportButton",
    "FilePicker",
    "Preview",
    "Session",
    "SoundReport",
    "StateView",
    "Studio",
    "TimelineView",
    "Turn",
    "Upload",
    "clean",
    "connect",
    "replay",
]

_HOMES = {
    "Call": "trace",
    "CallInspector": "widgets.calls",
    "CallLog": "trace",
    "Change": "draft",
    "ChatBox": "widgets.chat",
    "Client": "client",
    "CogError": "api",
    "Credits": "api",
    "Draft": "draft",
    "Export": "client",
    "ExportButton": "widgets.export",
    "FilePicker": "widgets.files",
    "Preview": "widgets.preview",
    "Session": "client",
    "SoundReport": "widgets.sound",
    "StateView": "widgets.state",
    "Studio": "widgets.studio",
    "TimelineView": "widgets.timeline",
    "Turn": "api",
    "Upload": "api",
    "clean": "oneline",
    "connect": "connection",
    "replay": "connection",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cogwidgets' has no attribute {name!r}")
    value = getattr(import_module(f"cogwidgets.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: Any) -> None:
    """Take on the magics: what ``%load_ext cogwidgets`` calls."""
    from cogwidgets.widgets.magics import CogMagics

    shell.register_magics(CogMagics)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
