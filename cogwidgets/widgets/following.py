"""Following: what the views of a session's newest draft have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cogwidgets.draft import Draft
from cogwidgets.widgets.base import View

if TYPE_CHECKING:
    from cogwidgets.client import Session

__all__ = ["Following"]


class Following(View):
    """A view that shows a session's newest draft, whoever reads it, until it is closed."""

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(**options)
        self.session = session
        self.until_closed(session.on_change(lambda _: self.refresh()))

    @property
    def newest(self) -> Draft:
        """The newest draft that the session has read, an empty one before that."""
        return self.session.history[-1] if self.session.history else Draft(None)

    def refresh(self) -> None:
        """Show the newest draft; asks nothing of the service."""
        raise NotImplementedError

    def start(self) -> None:
        """Show the newest draft, and read it first where nobody has."""
        if self.session.history:
            self.refresh()
        else:
            self.work("reading the draft", self.session.read_draft)  # which calls `refresh`
