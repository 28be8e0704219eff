"""Uploads by URL on an engine that strangers use: nothing inside is reached through it."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from clips import clip
from conftest import Caller, code_of

from cogwidgets.engine import Engine, fetch
from cogwidgets.engine.fetch import Unfetchable, blocks_of, public


class Web(ThreadingHTTPServer):
    """A web server inside the network, which counts who reached it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.reached = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.reached.append((self.path, self.headers["Host"]))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        if self.path == "/endless.mp4":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(bytes(100_000))
            except OSError:
                return
        body = clip("a.mp4").read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def web():
    server = Web()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def names(monkeypatch):
    """A name server of the test's own: what a name stands for, each time that it is asked."""
    known, real = {}, socket.getaddrinfo

    def lookup(host, port, *more, **options):
        if host not in known:
            return real(host, port, *more, **options)
        answer = known[host].pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in answer]

    monkeypatch.setattr(fetch.socket, "getaddrinfo", lookup)
    return known


INSIDE = [
    "http://127.0.0.1:{port}/a.mp4",
    "http://localhost:{port}/a.mp4",
    "http://[::1]:{port}/a.mp4",
    "http://2130706433:{port}/a.mp4",
    "http://0x7f.1:{port}/a.mp4",
    "http://127.1:{port}/a.mp4",
    "http://0.0.0.0:{port}/a.mp4",
    "http://[::ffff:127.0.0.1]:{port}/a.mp4",
    "http://10.1.2.3/a.mp4",
    "http://192.168.0.1/a.mp4",
    "http://169.254.169.254/latest/meta-data/a.mp4",
    "http://100.64.0.1/a.mp4",
    "http://[fd00::1]/a.mp4",
    "http://[fe80::1]/a.mp4",
    "http://user@127.0.0.1:{port}/a.mp4",
    "file:///etc/passwd.mp4",
    "ftp://127.0.0.1/a.mp4",
    "gopher://127.0.0.1:{port}/a.mp4",
    "http://[/a.mp4",
    "http:///a.mp4",
    "//127.0.0.1:{port}/a.mp4",
]


@pytest.mark.parametrize("url", INSIDE)
def test_nothing_inside_is_reached(caller, engine, web, url):
    assert not engine.policy.local_urls
    answer = caller.post(caller.upload_path, json={"urls": [url.format(port=web.server_port)]})
    assert code_of(answer) == (400, 400)
    assert web.reached == []
    assert not [*engine.home.glob("work/*/*")]


def test_a_name_that_leads_inside_is_refused(caller, web, names):
    names["inside.example"] = [["127.0.0.1"]]
    url = f"http://inside.example:{web.server_port}/a.mp4"
    answer = caller.post(caller.upload_path, json={"urls": [url]})
    assert code_of(answer) == (400, 400)
    assert "not public" in answer.json()["message"]
    assert web.reached == []


def test_a_name_is_asked_for_once_and_the_judged_address_is_used(web, names):
    # What rebinding does: an address that may be reached at first, one that may not afterwards.
    names["rebinding.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    url = f"http://rebinding.example:{web.server_port}/a.mp4"
    assert b"".join(blocks_of(url, local=True)) == clip("a.mp4").read_bytes()
    assert len(names["rebinding.example"]) == 1
    assert web.reached == [("/a.mp4", f"rebinding.example:{web.server_port}")]


def test_every_redirect_is_judged_anew(web, names, monkeypatch):
    # The first hop is let through as if it were public; the second leads to the machine itself.
    names["outside.example"] = [["127.0.0.1"]]
    names["inside.example"] = [["127.0.0.2"]]
    monkeypatch.setattr(fetch, "public", lambda address: address == "127.0.0.1")
    inside = f"http://inside.example:{web.server_port}/a.mp4"
    url = f"http://outside.example:{web.server_port}/to/{inside}"
    with pytest.raises(Unfetchable, match="not public"):
        list(blocks_of(url, local=False))
    assert len(web.reached) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "/to//to//to/x"])
def test_a_redirect_leads_to_the_web_only_and_not_for_ever(web, target):
    url = f"http://127.0.0.1:{web.server_port}/to/{target}"
    if target.startswith("/to"):
        url = f"http://127.0.0.1:{web.server_port}" + "/to/" * 9 + "x"
    with pytest.raises(Unfetchable, match=r"redirects|status"):
        list(blocks_of(url, local=True))


def test_it_is_bounded_in_time(web, monkeypatch):
    monkeypatch.setattr(fetch, "FETCH_SECONDS", 0.2)
    with pytest.raises(Unfetchable, match="takes over"):
        for _ in blocks_of(f"http://127.0.0.1:{web.server_port}/endless.mp4", local=True):
            pass


def test_whoever_knows_the_secret_may_name_files_of_this_machine(tmp_path):
    with Engine(tmp_path, secret=str(tmp_path)) as engine:
        assert engine.policy.local_urls
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        url = clip("a.mp4").as_uri()
        assert code_of(caller.post(caller.upload_path, json={"urls": [url]})) == (400, 400)


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::a00:1", False),
        ("not an address", False),
    ],
)
def test_which_addresses_are_public(address, is_public):
    assert public(address) is is_public
