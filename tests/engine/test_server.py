import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time

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
