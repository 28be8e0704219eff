import asyncio
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import pytest
from clips import clip
from conftest import Caller

from cogwidgets.engine import Engine, EngineError

HEAVY = {"fastapi", "uvicorn", "pydantic", "av", "numpy", "onnxruntime"}


def test_importing_the_engine_loads_nothing_heavy():
    program = "import sys, cogwidgets.engine; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not HEAVY & set(loaded)


def test_it_serves_while_it_runs_and_only_then(tmp_path):
    engine = Engine(tmp_path)
    assert not engine.running
    with pytest.raises(EngineError, match="start"):
        _ = engine.url
    with engine:
        assert engine.running
        assert httpx.get(engine.url + "/health").json()["status"] == "ok"
        url = engine.url
        assert engine.start().url == url
    assert not engine.running
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/health")
    engine.stop()


def test_it_starts_again(tmp_path):
    engine = Engine(tmp_path)
    for _ in range(2):
        with engine:
            assert httpx.get(engine.url).status_code == 200


def test_it_says_what_it_is():
    assert repr(Engine()) == "<Engine stopped>"


def test_a_taken_port_is_said_in_a_sentence(engine, tmp_path):
    port = int(engine.url.rpartition(":")[2])
    with pytest.raises(EngineError, match=f"port {port}"):
        Engine(tmp_path, port=port).start()


def test_a_home_that_cannot_be_used_is_said_in_a_sentence(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(EngineError, match="COG_HOME"):
        Engine(file).start()


def test_it_works_inside_a_running_event_loop(tmp_path):
    async def cell():
        with Engine(tmp_path) as engine:
            return httpx.get(engine.url).status_code  # noqa: ASYNC210 - as a notebook cell does

    assert asyncio.run(cell()) == 200


def test_it_leaves_the_programs_signal_handlers_alone(tmp_path):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Engine(tmp_path):
        during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert during == before


def test_a_program_that_forgets_to_stop_it_ends_all_the_same(tmp_path):
    program = (
        "import sys, httpx; from pathlib import Path; from cogwidgets.engine import Engine\n"
        "engine = Engine(Path(sys.argv[1])).start()\n"
        "print(httpx.get(engine.url).status_code)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "200", "")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_only_loopback_names_are_answered(engine, host):
    answer = httpx.get(engine.url + "/health", headers={"Host": host})
    assert answer.status_code in {400, 421}
    if answer.status_code == 421:
        assert "localhost" in answer.json()["message"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]:80"])
def test_every_loopback_name_is_answered(engine, host):
    assert httpx.get(engine.url + "/health", headers={"Host": host}).status_code == 200


def test_two_engines_share_one_home_at_once(tmp_path):
    with Engine(tmp_path) as one, Engine(tmp_path) as two, Caller(one) as caller:
        caller.upload(clip())
        with httpx.Client(base_url=two.url, headers=caller.headers) as elsewhere:
            path = f"/api/state/nemo_agent/me/{caller.session}/latest"
            state = elsewhere.get(path).json()["data"]["state"]
            assert state["draft"] == caller.state()["draft"]
            assert state["video_infos"][0]["cdn_url"].startswith(two.url)


def test_a_restart_keeps_everything(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        uploaded = caller.upload(clip()).json()["data"]["files"][0]
        caller.render("render_1")
        assert caller.finished("render_1")["status"] == "completed"
        before, headers, session = caller.state(), caller.headers, caller.session
    with Engine(tmp_path) as engine, httpx.Client(base_url=engine.url, headers=headers) as again:
        state = again.get(f"/api/state/nemo_agent/me/{session}/latest").json()["data"]["state"]
        assert state["draft"] == before["draft"]
        assert again.get(uploaded["source"]).content == clip().read_bytes()
        assert again.get("/api/render/proxy/lambda/render_1").json()["status"] == "completed"
        assert again.get("/api/render/proxy/render_1/download").status_code == 200


def test_it_stops_at_once_with_a_stream_open_and_a_job_running(tmp_path, capfd):
    engine = Engine(tmp_path).start()
    with Caller(engine) as caller:
        caller.upload(clip("long.mp4", seconds=60.0, sound="mix"))
        begun = threading.Event()
        broken = []

        def listen():
            message = caller.message("remove the music")
            try:
                with caller.stream("POST", "/run_sse", json=message) as turn:
                    for line in turn.iter_lines():
                        if "functionCall" in line:
                            begun.set()
            except httpx.RemoteProtocolError as error:
                broken.append(error)

        listener = threading.Thread(target=listen)
        listener.start()
        assert begun.wait(20)
        asked = time.monotonic()
        engine.stop()
        took = time.monotonic() - asked
        listener.join(5)
    assert not listener.is_alive()
    assert took < 1.5
    assert broken  # so that a client looks what came of its message
    assert capfd.readouterr().err == ""
    with Engine(tmp_path) as engine:
        assert httpx.get(engine.url).status_code == 200


def test_it_listens_on_ipv6_loopback_too(tmp_path):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with Engine(tmp_path, host="::1") as engine:
        assert engine.url.startswith("http://[::1]:")
        assert httpx.get(engine.url).status_code == 200


# Those who hold on to the engine


def silent(engine, sent):
    """A connection on which so much was sent, and what the engine says to it in the end."""
    with socket.create_connection(("127.0.0.1", engine._port), timeout=30) as connection:
        connection.sendall(sent)
        said = b""
        while part := connection.recv(65_536):
            said += part
        return said


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_request_that_never_comes_is_not_waited_for(tmp_path, monkeypatch, sent):
    monkeypatch.setattr("cogwidgets.engine.protocol.HEAD_SECONDS", 0.2)
    with Engine(tmp_path) as engine:
        assert silent(engine, sent) == b""
        whole = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        assert b'"ok"' in silent(engine, whole + b"GET / HT")  # and so is no second one


def test_a_body_that_stops_in_the_middle_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("cogwidgets.engine.guard.SILENCE_SECONDS", 0.2)
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        token = caller.headers["Authorization"]
        head = (
            f"POST {{}} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\n"
            "Content-Length: 10000\r\nContent-Type: {}\r\nConnection: close\r\n\r\n"
        )
        form = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\nabc'
        for path, kind, begun in (
            ("/run_sse", "application/json", '{"session_id": '),
            (caller.upload_path, "multipart/form-data; boundary=x", form),
        ):
            assert b" 408 " in silent(engine, (head.format(path, kind) + begun).encode())
        assert not list(tmp_path.glob("work/*/*"))
        assert caller.state()["draft"] == {}


def test_a_form_of_much_else_than_files_is_refused(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        answer = caller.post(caller.upload_path, files={"other": ("a.bin", bytes(2 * 2**20))})
        assert answer.status_code == 413
        assert "beside the files" in answer.json()["message"]


def test_a_stream_outlives_its_token(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=4.0, sound="mix"))
        message = caller.message("remove the music")
        with caller.stream("POST", "/run_sse", json=message) as stream:
            with engine._backend.store.transaction() as db:
                db.execute("UPDATE token SET expires = 1")
            assert "removed the background music" in "".join(stream.iter_lines())
        assert caller.get("/api/credits/balance/simple").json()["code"] == 1001


def test_media_on_another_disk_than_the_rest_are_refused_at_once(tmp_path):
    elsewhere = Path("/dev/shm")  # noqa: S108 - a disk of its own on Linux
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second disk here")
    with tempfile.TemporaryDirectory(dir=elsewhere) as folder:
        (tmp_path / "media").symlink_to(folder)
        with pytest.raises(EngineError, match="another disk"):
            Engine(tmp_path).start()
    assert not [*tmp_path.glob("work/*"), *tmp_path.glob("engines/*")]
