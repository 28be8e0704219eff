import hashlib
import json
import socket
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import pytest
from clips import clip, empty, picture, text, truncated
from conftest import Caller, code_of

from cogwidgets.engine import Engine, Policy


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose callers may read this machine's files anyway."""
    policy = Policy(local_urls=True)
    with Engine(tmp_path_factory.mktemp("engine"), policy=policy) as engine:
        yield engine


@pytest.fixture
def narrow(tmp_path):
    """Somebody on an engine that takes small files only."""
    policy = Policy(local_urls=True, file_bytes=30_000)
    with Engine(tmp_path / "narrow", policy=policy) as engine, Caller(engine) as caller:
        caller.home = engine.home
        yield caller


@pytest.fixture
def left_behind(engine):
    """The folders of media, finished or not, that are new since the test began."""

    def folders():
        return {*engine.home.glob("media/*"), *engine.home.glob("work/*/*")}

    before = folders()
    return lambda: folders() - before


def test_an_upload_is_described_as_the_contract_says(caller):
    path = clip("vlog.mp4", seconds=2.0)
    answer = caller.upload(path).json()
    assert answer["code"] == 0
    assert answer["data"]["session_state_applied"] is True
    [file] = answer["data"]["files"]
    assert (file["filename"], file["file_type"]) == ("vlog.mp4", "video")
    assert (file["width"], file["height"], file["fps"]) == (192, 108, 30.0)
    assert file["duration"] == pytest.approx(2.0, abs=0.05)
    assert file["hash"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert httpx.get(file["cdn_url"]).content == path.read_bytes()


def test_the_first_video_is_put_onto_the_timeline(caller):
    caller.upload(clip("vlog.mp4"))
    caller.upload(clip("second.mp4"))
    state = caller.state()
    assert [info["filename"] for info in state["video_infos"]] == ["vlog.mp4", "second.mp4"]
    [track] = state["draft"]["t"]
    [segment] = track["sg"]
    assert (track["tt"], segment["m"]["name"]) == (0, "vlog")
    assert segment["m"]["source"] == state["video_infos"][0]["source"]
    assert segment["d"] == state["draft"]["d"]
    assert state["canvas_config"] == {"width": 192, "height": 108, "fps": 30.0}


def test_several_files_go_in_one_request(caller):
    answer = caller.upload(clip("a.mp4"), clip("theme.mp3"), picture("still.png"))
    kinds = [file["file_type"] for file in answer.json()["data"]["files"]]
    assert kinds == ["video", "audio", "image"]


def test_one_bad_file_keeps_all_of_a_request_out(caller, left_behind):
    answer = caller.upload(clip("a.mp4"), text("b.mp4"))
    assert code_of(answer) == (415, 4001)
    assert caller.state()["video_infos"] == []
    assert not left_behind()


@pytest.mark.parametrize("suffix", ["mp4", "mov", "avi", "webm", "mkv", "mp3", "wav", "m4a", "aac"])
def test_every_type_of_the_contract_is_taken(caller, suffix):
    assert caller.upload(clip(f"a.{suffix}", seconds=1.0)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/cron.d/evil.mp4",
        "..\\..\\evil.mp4",
        "/etc/passwd.mp4",
        'my "best" clip.mp4',
        "它的视频 文件.mp4",
        "a b'c$(touch x);d.mp4",
        "n" * 3000 + ".mp4",
        "%2e%2e%2fevil.mp4",
        ".mp4",
    ],
)
def test_a_name_is_shown_as_given_and_is_never_a_path(caller, engine, name):
    path = clip("a.mp4")
    before = set(engine.home.parent.rglob("*"))
    [file] = caller.upload(path, names=[name]).json()["data"]["files"]
    assert file["filename"] == name
    assert httpx.get(file["cdn_url"]).content == path.read_bytes()
    new = {p for p in set(engine.home.parent.rglob("*")) - before if p.is_file()}
    media = engine.home / "media"
    assert all(p.is_relative_to(media) or p.name.startswith("engine.db") for p in new)
    assert urlsplit(file["cdn_url"]).path.count("/") == 3


@pytest.mark.parametrize("name", ["notes.txt", "page.html", "clip.mp4.exe", "noending", ""])
def test_other_types_are_refused_by_name(caller, left_behind, name):
    data = {"files": (name or "x", b"MZ")}
    answer = caller.post(caller.upload_path, files=data)
    assert code_of(answer) == (415, 4001)
    assert "mp4, mov, avi" in answer.json()["message"]
    assert not left_behind()


@pytest.mark.parametrize("make", [text, empty, lambda: truncated(clip("t.mp4"), 0.01)])
def test_what_is_no_media_is_refused_in_one_sentence(caller, left_behind, make):
    path = make()
    answer = caller.upload(path)
    assert code_of(answer) == (415, 4001)
    assert path.name in answer.json()["message"]
    assert not left_behind()


def test_a_file_over_the_limit_is_refused_while_it_streams(narrow):
    given = 0

    def endless():
        nonlocal given
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="big.mp4"\r\n\r\n'
        for _ in range(200):
            given += 100_000
            yield bytes(100_000)
        yield b"\r\n--x--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = narrow.post(narrow.upload_path, content=endless(), headers=kind)
    assert code_of(answer) == (413, 4002)
    assert "'big.mp4'" in answer.json()["message"]
    assert not [*narrow.home.glob("media/*"), *narrow.home.glob("work/*/*")]
    assert narrow.get("/api/credits/balance/simple").status_code == 200


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(caller, left_behind, engine):
    address = urlsplit(engine.url)
    head = (
        f"POST {caller.upload_path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: {caller.headers['Authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n'
    )
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(head.encode() + bytes(4_000_000))
        wait_until(left_behind)
    wait_until(lambda: not left_behind())
    assert caller.state()["video_infos"] == []


def test_a_body_that_is_no_form_is_said_to_be_none(caller):
    path = caller.upload_path
    assert code_of(caller.post(path, content=b"hello")) == (400, 400)
    assert code_of(
        caller.post(path, content=b"{", headers={"Content-Type": "application/json"})
    ) == (
        400,
        400,
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert code_of(caller.post(path, content=b"--y\r\n\r\n", headers=kind)) == (400, 400)
    assert code_of(caller.post(path, content=b"--x--\r\n", headers=kind)) == (400, 400)
    assert code_of(caller.post(path, files={"other": ("a.mp4", b"x")})) == (400, 400)
    cut = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\nab'
    assert code_of(caller.post(path, content=cut, headers=kind)) == (400, 400)


def test_a_file_of_this_machine_goes_in_by_url(caller):
    path = clip("my clip.mp4")
    body = {"urls": [path.as_uri()], "source_type": "url"}
    [file] = caller.post(caller.upload_path, json=body).json()["data"]["files"]
    assert file["filename"] == "my clip.mp4"
    assert httpx.get(file["cdn_url"]).content == path.read_bytes()


@pytest.fixture
def web(tmp_path):
    """A small web server with a clip, and a redirect to a file of this machine."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/away.mp4":
                self.send_response(302)
                self.send_header("Location", clip("b.mp4").as_uri())
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, *_):
            pass

    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "a.mp4").write_bytes(clip("a.mp4").read_bytes())
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "web"))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_goes_in_by_http(caller, web):
    [file] = caller.post(caller.upload_path, json={"urls": [web + "/a.mp4?x=1"]}).json()["data"][
        "files"
    ]
    assert (file["filename"], file["file_type"]) == ("a.mp4", "video")


@pytest.mark.parametrize(
    "url",
    [
        "{web}/missing.mp4",
        "{web}/away.mp4",
        "http://127.0.0.1:1/a.mp4",
        "file:///no/such/file.mp4",
        "file://elsewhere/a.mp4",
        "ftp://127.0.0.1/a.mp4",
        "data:video/mp4;base64,AAAA.mp4",
        "a.mp4",
    ],
)
def test_a_url_that_gives_nothing_is_refused_in_one_sentence(caller, left_behind, web, url):
    answer = caller.post(caller.upload_path, json={"urls": [url.format(web=web)]})
    assert code_of(answer) == (400, 400)
    assert not left_behind()


def test_the_limit_holds_for_urls_too(narrow, web):
    answer = narrow.post(narrow.upload_path, json={"urls": [web + "/a.mp4"]})
    assert code_of(answer) == (413, 4002)


def test_no_urls_are_no_upload(caller):
    assert code_of(caller.post(caller.upload_path, json={"urls": []})) == (400, 400)
    assert code_of(caller.post(caller.upload_path, json={"urls": "x"})) == (400, 400)


def test_uploaded_media_are_served_with_ranges(caller):
    path = clip("a.mp4")
    [file] = caller.upload(path).json()["data"]["files"]
    part = httpx.get(file["cdn_url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, path.read_bytes()[10:20])
    assert httpx.head(file["cdn_url"]).headers["content-length"] == str(path.stat().st_size)
    wrong = httpx.get(file["cdn_url"], headers={"Range": f"bytes={10**9}-"})
    assert wrong.status_code == 416


@pytest.mark.parametrize(
    "path",
    [
        "/media/x/y",
        "/media/../engine.db",
        "/media/%2e%2e/engine.db",
        "/media/" + "0" * 32 + "/a.mp4",
    ],
)
def test_there_is_nothing_else_under_media(engine, path):
    assert httpx.get(engine.url + path).status_code == 404


def test_an_unknown_session_takes_no_upload(caller):
    caller.session = "1" * 19
    assert code_of(caller.upload(clip())) == (404, 1002)


def test_a_chinese_name_survives_the_state_as_text(caller):
    caller.upload(clip("a.mp4"), names=["视频.mp4"])
    answer = caller.get(f"/api/state/nemo_agent/me/{caller.session}/latest")
    assert json.loads(answer.text)["data"]["state"]["draft"]["m"]["title"] == "视频"


def wait_until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
