"""A service that charges for every POST and cuts its answers where a test wants them cut.

It speaks the contract from a plain socket server, so that a cut is a cut: no framework tidies up.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cogwidgets.api import Patience

EVENTS = [
    {"content": {"role": "model", "parts": [{"functionCall": {"name": "separate_audio"}}]}},
    {"content": {"role": "model", "parts": [{"text": "Removed the music."}]}},
]
# Two boxes of ISO/IEC 14496-12: a type, and free space.
FILE = b"\0\0\0\x0cftypisom" + (1_024_008).to_bytes(4, "big") + b"free" + bytes(range(250)) * 4096
# A client's patience that a test can bear.
BRIEF = Patience(
    rate_limit=0.05,
    answer=0.3,
    silence=0.3,
    broken=0.05,
    looks=(0.05,) * 5,
    reads=(0.05, 0.05),
    poll=(0.01, 0.01),
)
WAITS = 30  # s: longer than any test is willing to


class CountingService(ThreadingHTTPServer):
    """Count what is charged; ``cut`` says where the next charged answers break.

    ``cut`` is "before headers", "half", "at the end", "silence", "gateway" or None; ``applied``
    whether a message changes the draft.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.charges: Counter[str] = Counter()
        self.cut: str | None = None
        self.applied = True
        self.refusals: list[tuple[int, dict, dict]] = []  # status, body, headers: given out first
        # What to answer instead, once each: a piece of the path, status, headers, body.
        self.instead: list[tuple[str, int, dict, bytes]] = []
        self.requests: list[tuple[str, dict]] = []  # path and headers
        self.events = EVENTS
        self.edits = 0
        self.files: list[dict] = []
        self.renders: list[str] = []
        self.output = "/file.mp4"
        self.lies = 0  # how many answers to a Range are another part
        self.file_cuts = 0  # how many downloads break in the middle
        self.ranges: list[str] = []
        self.seen = threading.Event()  # a charged request has been read
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def state(self) -> dict:
        music = {"speech": {"music": [[0, 4000]]}} if self.edits else {}
        draft = {"d": 4000, "t": [{"tt": 0, "sg": [{"d": 4000, "m": {"name": "vlog", **music}}]}]}
        return {"draft": draft, "video_infos": self.files, "generated_media": []}

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.over.set()
            self.shutdown()
            self.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CountingService

    def log_message(self, *_):
        """Keep quiet."""

    def do_POST(self):  # noqa: PLR0911 - a route each
        body = self._body()
        if self._instead():
            return None
        if self.server.refusals:
            status, answer, headers = self.server.refusals.pop(0)
            return self._json(answer, status=status, headers=headers)
        if self.path.endswith("anonymous-token"):
            self.server.charges["token"] += 1
            return self._json(
                _data(token=f"nmv_usr_{self.server.charges['token']}", user_id="anon_1")
            )
        if "/with-session/" in self.path:
            return self._json(
                _data(session_id="1388341027003350529", task_id="7", user_id="anon_1")
            )
        if self.path == "/run_sse":
            self.server.charges["run_sse"] += 1
            self.server.edits += self.server.applied
            return self._charged(self._events(), "text/event-stream")
        if "/upload-video/" in self.path:
            self.server.charges["upload"] += 1
            names = re.findall(rb'filename="([^"]+)"', body)
            files = [{"filename": name.decode(), "file_type": "video"} for name in names]
            self.server.files += files if self.server.applied else []
            return self._charged(json.dumps(_data(files=files)).encode(), "application/json")
        if self.path.endswith("/cancel"):
            return self._json({"success": True, "data": {}})
        self.server.charges["render"] += 1
        if self.server.applied:
            self.server.renders.append(json.loads(body)["id"])
        answer = {"success": True, "data": {"status": "pending", "progress": 5}}
        return self._charged(json.dumps(answer).encode(), "application/json")

    def _instead(self) -> bool:
        self.server.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        for one in self.server.instead:
            piece, status, headers, body = one
            if piece in self.path:
                self.server.instead.remove(one)
                self._answer(body, status=status, headers=headers)
                return True
        return False

    def do_GET(self):
        if self._instead():
            return None
        if "/api/state/" in self.path:
            return self._json(_data(state=self.server.state()))
        if "/api/render/proxy/lambda/" in self.path:
            if self.path.rpartition("/")[2] not in self.server.renders:
                return self._json({"detail": "no such render"}, status=404)
            return self._json({"status": "completed", "output": {"url": self.server.output}})
        if self.path == "/api/credits/balance/simple":
            return self._json(_data(available=90, frozen=10, total=100))
        return self._file()

    def _events(self) -> bytes:
        return b"".join(b"data: " + json.dumps(e).encode() + b"\n\n" for e in self.server.events)

    def _charged(self, answer: bytes, kind: str):
        cut = self.server.cut
        self.server.seen.set()
        if cut == "before headers":
            return self._reset()
        if cut == "gateway":
            return self._answer(b"<html>", status=504, headers={"Content-Type": "text/html"})
        kept = answer if cut in (None, "at the end") else answer[: len(answer) * 2 // 3]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(kept), kept))
        if cut == "silence":
            self.server.over.wait(WAITS)
        if cut is None:
            return self.wfile.write(b"0\r\n\r\n")
        return self._reset()

    def _file(self):
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and self.headers.get("If-Range") == '"one"' else 0
        self.server.ranges.append(self.headers.get("Range", ""))
        if start and self.server.lies:
            self.server.lies -= 1
            said = {"Content-Range": f"bytes 0-{len(FILE) - 1}/{len(FILE)}", "ETag": '"one"'}
            return self._answer(FILE, status=206, headers=said)
        self.send_response(206 if start else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(FILE) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(FILE) - 1}/{len(FILE)}")
        self.end_headers()
        rest = FILE[start:]
        if self.server.file_cuts:
            self.server.file_cuts -= 1
            self.close_connection = True
            return self.wfile.write(rest[: len(rest) // 2])
        return self.wfile.write(rest)

    def _json(self, answer, *, status=200, headers=()):
        headers = {"Content-Type": "application/json", **dict(headers)}
        self._answer(json.dumps(answer).encode(), status=status, headers=headers)

    def _answer(self, body: bytes, *, status: int, headers: dict):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Connection" not in headers:  # one that ends the body instead of a length
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _reset(self):
        """Cut the connection at once, with a reset as a crash gives."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:  # the client has gone, as some tests want
            self.close_connection = True


def _data(**data) -> dict:
    return {"code": 0, "data": data}
