"""Resend: make a recorded call again, through the client that made it.

A call knows no secret: what was masked is left out, and the client that sends it puts its own
credentials in (`CallLog.sender`).
"""

from __future__ import annotations

import json as jsons
from typing import TYPE_CHECKING, Any

import httpx

from cogwidgets.trace.errors import CannotSend
from cogwidgets.trace.mask import MASK
from cogwidgets.trace.recorder import call_of

if TYPE_CHECKING:
    from cogwidgets.trace.call import Call

__all__ = ["again", "resend", "sendable_headers"]

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_TIMEOUT = httpx.Timeout(60, connect=10, read=600)
# What the connection and the body say by themselves.
_OWN = frozenset(
    "accept-encoding connection content-length host transfer-encoding user-agent".split()  # noqa: SIM905
)


def resend(call: Call, *, json: Any = None, confirm: bool = False) -> Call:
    """Make a call again, with another JSON body if one is given; return the new call.

    What only reads is sent freely. Anything else may edit, charge or use up a limit a second time
    (contract.md, "The SSE stream": a message is never sent twice), so it wants ``confirm=True``.
    Raises `CannotSend` without it, and where something was not kept: a secret in the URL or the
    body, a file's bytes, the live client.
    """
    if call.method not in _READS and not confirm:
        raise CannotSend(
            f"Sending {call.method} {call.path} again may edit or charge a second time.",
            hint="If that is what you want, say resend(confirm=True).",
        )
    response = again(call, json=json)
    try:
        for _ in response.iter_raw():
            pass
    finally:
        response.close()
    told = call_of(response)
    if told is None:
        raise CannotSend("The call was sent, but its sender records nothing.")
    return told


def again(call: Call, *, json: Any = None) -> httpx.Response:
    """Send a call again and return its answer, unread; `CannotSend` where it cannot be."""
    sender = call.log.sender if call.log is not None else None
    if sender is None:
        raise CannotSend(
            "Nothing here can send this call: it comes from a recording.",
            hint="Make it with a client, or copy call.curl().",
        )
    body = call.request_body if json is None else jsons.dumps(json, ensure_ascii=False)
    if call.parts and json is None:
        raise CannotSend("An upload cannot be sent again: its bytes are not kept.")
    if MASK in call.url or MASK in body:
        raise CannotSend(
            "The call held a secret in its URL or its body, which was not kept.",
            hint="Give the body anew with json=…, or call the client's own method.",
        )
    request = httpx.Request(
        call.method,
        call.url,
        headers=sendable_headers(call) | ({} if json is None else {"content-type": _JSON}),
        content=body.encode() if body else None,
        extensions={
            "purpose": f"{call.purpose} again".strip(),
            "section": call.section,
            "timeout": _TIMEOUT.as_dict(),
        },
    )
    return sender(request)


_JSON = "application/json"


def sendable_headers(call: Call) -> dict[str, str]:
    """Return the headers that say something of their own and hold no secret.

    >>> import httpx
    >>> from cogwidgets.trace import CallLog, Mask, RecordingTransport
    >>> log = CallLog()
    >>> answer = httpx.MockTransport(lambda request: httpx.Response(200))
    >>> client = httpx.Client(transport=RecordingTransport(answer, log, Mask()))
    >>> headers = {"Authorization": "Bearer s3cret-t0ken", "X-Skill-Version": "1.0"}
    >>> _ = client.get("http://localhost", headers=headers)
    >>> sendable_headers(log[0])
    {'x-skill-version': '1.0'}
    """
    return {
        name: value
        for name, value in call.request_headers.items()
        if name not in _OWN and MASK not in value and (name, value) != ("accept", "*/*")
    }
