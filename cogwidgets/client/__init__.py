"""DO: what a person does with the service."""

from cogwidgets.client.client import Client
from cogwidgets.client.export import Export, Proxy
from cogwidgets.client.ledger import KnownSession, PendingExport
from cogwidgets.client.phrasing import Said, plain
from cogwidgets.client.router import route
from cogwidgets.client.session import Session

__all__ = [
    "Client",
    "Export",
    "KnownSession",
    "PendingExport",
    "Proxy",
    "Said",
    "Session",
    "plain",
    "route",
]
