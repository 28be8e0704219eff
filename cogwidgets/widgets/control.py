"""Control: keep a view's buttons alive while a cell blocks.

A kernel runs one cell at a time, and what a browser sends waits behind it. Whoever pauses a cell to
ask a person must hear the answer all the same. There are four ways in, and the first that the
browser answers on is taken (a ping says so, each time that somebody is wanted):

1. a subshell of our own (ipykernel 7.4 and newer): the view's messages are routed to a thread;
2. the front end's subshell (JupyterLab's default with ipykernel 7.0 to 7.3): nothing to do;
3. pumping (ipykernel 6, Colab): the waiting call itself takes the view's messages from the queue;
4. a side channel: the view sends to a server on loopback, where browser and kernel share a machine.

Where no answer comes (nbclient, a page that was closed) nobody can press a button, and `Ear.heard`
says so. Nothing here touches the messages of other widgets, and nothing nests an event loop.
"""

from __future__ import annotations

import concurrent.futures
import json
import logging
import secrets
import threading
import weakref
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import zmq
from IPython.core.getipython import get_ipython

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.waiting import Waits
    from cogwidgets.widgets.base import View

__all__ = ["Ear", "pump"]

_FIRST = 10.0  # s; the browser may have the widgets' code still to load
_LATER = 5.0
_BLIND = 1.0  # s; where the front end takes no input either, nobody is to be expected
_ASIDE = 0.7  # s without an answer, after which the side channel is offered too
_KEPT = 200  # ids of messages, to tell one that comes twice

logger = logging.getLogger("cogwidgets")


class Ear:
    """Hear a view's messages while a cell blocks.

    ``ping`` is the trait of the view that the browser answers with ``{do: "pong", n}``; a message
    may carry an ``id``, then its second coming, by the other way, is told by `twice`.
    """

    def __init__(self, view: View) -> None:
        self._view = weakref.ref(view)
        self._pong = threading.Event()
        self._count = 0
        self._aside = False  # the last answer came by the side channel
        self._met = False  # somebody has answered before
        self._deaf = False
        self._seen: deque[str] = deque(maxlen=_KEPT)
        self._side: _SideChannel | None = None
        _route_to_own_subshell(view)
        _pumped[view.comm.comm_id if view.comm is not None else ""] = view

    def heard(self, waits: Waits) -> bool:
        """Ask the browser whether it is there, and wait for its answer; tell whether one came.

        Where nobody answered, the next question is not waited for again, unless somebody has come
        in the meantime.
        """
        view = self._view()
        if view is None or view.comm is None or getattr(get_ipython(), "kernel", None) is None:
            return False
        if self._deaf and not self._pong.is_set():
            return False
        self._pong.clear()
        self._count += 1
        if self._side is None:
            view.ping = {"n": self._count}
            self._deaf = not (
                waits.until(self._pong.wait, _ASIDE) or self._heard_aside(view, waits)
            )
        else:
            view.ping = {"n": self._count, "url": self._side.url}
            self._deaf = not waits.until(self._pong.wait, _LATER)
        self._met = self._met or not self._deaf
        return not self._deaf

    def _heard_aside(self, view: View, waits: Waits) -> bool:
        """Offer the side channel too, and go on waiting."""
        if not getattr(get_ipython().kernel, "_allow_stdin", True):  # type: ignore[union-attr]
            return waits.until(self._pong.wait, _BLIND)
        self._side = _SideChannel(view)
        view.ping = {"n": self._count, "url": self._side.url}
        found = waits.until(self._pong.wait, _LATER if self._met else _FIRST)
        if not self._aside:
            self._side.close()
            self._side = None
            view.ping = {"n": self._count}
        return found

    def pong(self, message: dict[str, Any]) -> None:
        """Take the browser's answer."""
        self._aside = message.get("aside") is True
        self._pong.set()

    def twice(self, message: dict[str, Any]) -> bool:
        """Tell whether this message has come before; one without an id never has."""
        name = message.get("id")
        if not isinstance(name, str):
            return False
        if name in self._seen:
            return True
        self._seen.append(name)
        return False

    def close(self) -> None:
        """Close the side channel, if one was opened."""
        if self._side is not None:
            self._side.close()
            self._side = None


# -- 1. a subshell of our own ---------------------------------------------------------------

_subshell: str | None = None


def _route_to_own_subshell(view: View) -> None:
    """Have the view's messages handled in a thread of their own, where ipykernel can do that.

    ipykernel 7.4 asks a comm where its messages go; there is no public way to say so, hence each
    name is looked up, and where one is missing the other ways are left.
    """
    global _subshell  # noqa: PLW0603 - one thread does for all views
    if not hasattr(view.comm, "_reply_subshell_for"):
        return
    if _subshell is None:
        _subshell = _make_subshell()
    if (subshell := _subshell) is not None:
        view.comm._reply_subshell_for = lambda _data, _default: subshell  # noqa: SLF001


def _make_subshell() -> str | None:
    kernel = getattr(get_ipython(), "kernel", None)
    thread = getattr(kernel, "shell_channel_thread", None)
    create = getattr(getattr(thread, "manager", None), "_create_subshell", None)
    loop = getattr(thread, "io_loop", None)
    if create is None or loop is None:
        return None
    made: concurrent.futures.Future[str] = concurrent.futures.Future()

    def make() -> None:
        try:
            made.set_result(create())
        except Exception as error:  # noqa: BLE001 - told to whoever waits
            made.set_exception(error)

    loop.add_callback(make)
    try:
        return made.result(timeout=5)
    except Exception as error:  # noqa: BLE001 - private names may do anything in another version
        logger.debug("No subshell of our own: %s", error)
        return None


# -- 3. pumping -----------------------------------------------------------------------------

_pumped: weakref.WeakValueDictionary[str, View] = weakref.WeakValueDictionary()


def pump() -> None:
    """Handle what has come for our views; the rest keeps its place in the kernel's queue.

    For ipykernel 6, whose main thread reads the shell's socket and is the one that waits here; a
    part of `Waits.meanwhile`. Does nothing anywhere else.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    kernel: Any = getattr(get_ipython(), "kernel", None)
    if kernel is None or hasattr(kernel, "shell_channel_thread"):  # a thread reads the socket
        return
    socket = getattr(getattr(kernel, "shell_stream", None), "socket", None)
    schedule = getattr(kernel, "schedule_dispatch", None)
    dispatch = getattr(kernel, "dispatch_shell", None)
    if socket is None or schedule is None or dispatch is None:
        return
    while True:
        try:
            frames = socket.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.ZMQError:  # nothing more
            return
        if not _handled(kernel, frames):
            schedule(dispatch, frames)


def _handled(kernel: Any, frames: list[zmq.Frame]) -> bool:
    """Handle a message that is for one of our views; tell whether it was."""
    try:
        idents, rest = kernel.session.feed_identities(frames, copy=False)
        # signature, header, parent, metadata, content; deserialize() may be called once only.
        if kernel.session.unpack(rest[1].bytes)["msg_type"] != "comm_msg":
            return False
        if kernel.session.unpack(rest[4].bytes).get("comm_id") not in _pumped:
            return False
        message = kernel.session.deserialize(rest, content=True, copy=False)
    except Exception:  # noqa: BLE001 - the kernel itself says what is wrong with it
        return False
    kernel.comm_manager.comm_msg(kernel.shell_stream, idents, message)
    return True


# -- 4. the side channel --------------------------------------------------------------------

_LONGEST = 16 << 20  # bytes of a message: an edited body may be long


class _SideChannel:
    """A server on loopback that takes a view's messages as they would come through its comm."""

    def __init__(self, view: View) -> None:
        key = secrets.token_urlsafe(24)
        handle = weakref.WeakMethod(view._heard)  # noqa: SLF001 - the same family

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
                length = int(self.headers.get("Content-Length") or 0)
                good = self.path == f"/{key}" and host == "127.0.0.1" and length <= _LONGEST
                if good:
                    _hand_over(handle(), self.rfile.read(length))
                self.send_response(204 if good else 404)
                # The page comes from another origin; the key says that it may speak here.
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Write no access log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/{key}"
        threading.Thread(
            target=self._server.serve_forever, daemon=True, name="cogwidgets side channel"
        ).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _hand_over(handle: Callable[..., None] | None, body: bytes) -> None:
    try:
        message = json.loads(body)
    except ValueError:
        return
    if handle is not None and isinstance(message, dict):
        handle(None, message | {"aside": True}, [])
