"""StateView: the session's raw state, as the service gives it."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

import traitlets

from cogwidgets.trace.pretty import json_html
from cogwidgets.widgets.base import View, static

if TYPE_CHECKING:
    from cogwidgets.client import Session

__all__ = ["StateView"]

_MOST = 200_000  # characters that are shown


class StateView(View):
    """Look at the raw JSON that a session is, part by part.

    It is read when it is first looked at, and again at each press of "Read again".

    >>> import cogwidgets as cog
    >>> from cogwidgets.client import Session
    >>> client = cog.connect(base_url="http://127.0.0.1:9", token="my-own-token")
    >>> StateView(Session(client, "1", "my vlog"))
    <StateView · not read yet>
    """

    _esm, _css = static("state")
    parts: traitlets.List[dict[str, str]] = traitlets.List(
        help="name, count and HTML of each part"
    ).tag(sync=True)
    version = traitlets.Int(0, help="how many drafts have been seen").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        self.until_closed(session.on_change(lambda _: self._changed()))
        self._stale = True

    def _changed(self) -> None:
        self._stale = True
        self.version = len(self.session.history)

    def read(self) -> None:
        """Read the state, and show it."""
        self._read(tell=True)

    def _do_look(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Read it, unless what is shown is the newest; ``again`` reads it in any case."""
        again = message.get("again") is True
        if not self.busy and (again or self._stale):
            self.busy = True
            self.work("state", lambda: self._read(tell=again))

    def _read(self, *, tell: bool) -> None:
        try:
            state = self.session.state()
            self._stale = False
            self.parts = [
                {"name": name, "count": _count(value), "html": self._page(value)}
                for name, value in state.items()
            ]
            self.version = len(self.session.history)
            if tell:
                self.did("session.state()")
        finally:
            self.busy = False

    def _page(self, value: Any) -> str:
        """Write a part as HTML, with the secrets that we know masked."""
        text = self.session.client.api.mask.known(json.dumps(value, ensure_ascii=False))
        shown, more = json_html(text, _MOST)
        return shown + (f"\n… {more:,} more characters" if more else "")

    def html(self) -> str:
        """Return the parts as they were last read."""
        rows = [
            f"<details><summary>{html.escape(part['name'])}</summary><pre>{part['html']}</pre></details>"
            for part in self.parts
        ]
        return "".join(rows) or "The state has not been read yet."

    def __repr__(self) -> str:
        return f"<StateView · {len(self.parts) or 'not read yet'}{' parts' * bool(self.parts)}>"


def _count(value: Any) -> str:
    if isinstance(value, dict | list):
        what = "key" if isinstance(value, dict) else "item"
        return f"{len(value)} {what}{'s' * (len(value) != 1)}"
    return ""
