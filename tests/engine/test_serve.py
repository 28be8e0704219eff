"""What the person who runs `cogwidgets serve` sees, and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest
from clips import clip
from conftest import Caller
from serving import serving

import cogwidgets as cog
from cogwidgets.cli import main
from cogwidgets.engine import Engine, Policy
from cogwidgets.engine.housekeeping import sweep
from cogwidgets.engine.store import Store

BALANCE = "/api/credits/balance/simple"


def test_it_says_where_it_answers_and_how_to_connect(tmp_path):
    with serving(tmp_path / "home") as served:
        assert httpx.get(served.url + "/health").json()["status"] == "ok"
        with cog.connect(base_url=served.url, tell=lambda _: None) as client:
            assert client.credits().total == 100
        assert served.stop() == 0
        assert f"cogwidgets.connect(base_url='{served.url}')" in served.printed
        assert str(tmp_path / "home") in served.printed
        assert f"{served.url}/status?key=" in served.printed
        assert "go wrong" not in served.printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(tmp_path, number):
    with serving(tmp_path) as served:
        assert served.stop(number) == 0
        assert "Traceback" not in served.printed


def test_calls_go_wrong_where_that_was_asked_for_and_it_says_so(tmp_path):
    with serving(tmp_path, "--fault", "credits=2001@2") as served, Caller(served) as caller:
        assert [caller.get(BALANCE).json()["code"] for _ in range(3)] == [0, 2001, 0]
        served.stop()
        assert "credits=no_credits@2" in served.printed


def test_a_fault_that_cannot_be_is_said_before_it_serves(tmp_path):
    command = [sys.executable, "-m", "cogwidgets", "serve", "--port", "0", "--fault", "run_sse=x"]
    told = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert told.returncode == 2
    assert "no_credits (2001)" in told.stderr


# The log


def test_the_log_tells_what_was_called_and_gives_nothing_away(tmp_path):
    log = tmp_path / "engine.log"
    with serving(tmp_path / "home", "--log", log) as served, Caller(served) as caller:
        [file] = caller.upload(clip("canary-name.mp4")).json()["data"]["files"]
        caller.say("canary-message")
        httpx.get(file["cdn_url"])
        httpx.get(served.url + "/nowhere/canary-path?canary-query=1")
        key = re.search(r"key=(\S+)", served.printed)[1]
        httpx.get(f"{served.url}/status?key={key}")
        account = caller.post("/api/tasks/me/with-session/nemo_agent").json()["data"]["user_id"]
        served.stop()
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    told = [(line["method"], line["route"], line["status"]) for line in lines]
    assert ("POST", "/api/upload-video/nemo_agent/me/{session_id}", 200) in told
    assert ("POST", "/run_sse", 200) in told
    assert ("GET", "/media/{medium_id}/{name}", 200) in told
    assert ("GET", "none", 404) in told
    assert {line["account"] for line in lines} == {None, account}
    assert all(line["seconds"] >= 0 and line["time"] and line["level"] == "info" for line in lines)
    token = caller.headers["Authorization"].split()[1]
    for secret in (token, key, file["source"].split("/")[2], caller.session, "canary"):
        assert secret not in text


def test_a_log_that_cannot_be_written_is_said_so(tmp_path):
    command = [sys.executable, "-m", "cogwidgets", "serve", "--port", "0", "--log", tmp_path]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 2
    assert "cannot be written" in told.stderr


# The operator's page


def test_the_status_page_shows_what_there_is_to_whoever_has_its_key(engine, caller):
    caller.upload(clip("talk.mp4"))
    caller.say("remove the <b>music")
    key = engine.status_url.partition("key=")[2]
    with httpx.Client(base_url=engine.url, follow_redirects=True) as operator:
        for wrong in ("", "?key=", "?key=wrong", "?key=\u00e9"):
            assert operator.get("/status" + wrong).status_code == 403
        answer = operator.get(engine.status_url)
        assert str(answer.url) == engine.url + "/status"  # the key does not stay in the address
        assert operator.get("/status").status_code == 200
    page = answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for words in ("Jobs", "Disk", "Accounts", "What went wrong", str(engine.home)):
        assert words in page
    assert key not in page
    assert caller.headers["Authorization"].split()[1] not in page
    assert "<b>" not in page


# Ageing and clean-up


def aged(home, days):
    """A home in which somebody worked so many days ago."""
    with Engine(home) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4"))
        caller.render("render_1")
        caller.finished("render_1")
        headers, session = caller.headers, caller.session
    store = Store(home)
    then = time.time() - days * 24 * 3600
    for table in ("session", "medium", "draft", "turn", "render"):
        store._db.execute(f"UPDATE {table} SET created = ?", (then,))  # noqa: S608
    store.close()
    return headers, session


@pytest.fixture
def run(monkeypatch, capsys):
    def run(home, *arguments):
        monkeypatch.setenv("COG_HOME", str(home))
        assert main(["clean-up", *arguments]) == 0
        return capsys.readouterr().out

    return run


def test_clean_up_removes_what_nobody_uses_and_keeps_the_rest(tmp_path, run):
    aged(tmp_path, days=10)
    stray = tmp_path / "media" / ("0" * 32)
    stray.mkdir()
    os.utime(stray, (1, 1))
    assert "0 media" in run(tmp_path)
    assert not stray.exists()
    assert "0 media" in run(tmp_path, "--older-than", "11")
    assert "Would remove 2 media" in run(tmp_path, "--older-than", "9", "--dry-run")
    assert len(list(tmp_path.glob("media/*"))) == 2
    assert "Removed 2 media" in run(tmp_path, "--older-than", "9")
    assert not list(tmp_path.glob("media/*"))
    store = Store(tmp_path)
    assert store.whole()
    store.close()


KILLED = """
import os, pathlib, signal, sys, time
from cogwidgets.engine.housekeeping import sweep
from cogwidgets.engine.store import Store
store = Store(pathlib.Path(sys.argv[1]))
discard = store.discard
def die(folder):
    discard(folder)
    os.kill(os.getpid(), signal.SIGKILL)
store.discard = die
sweep(store, unused_days=9)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")
def test_a_clean_up_killed_in_the_middle_leaves_nothing_half(tmp_path, run):
    headers, _ = aged(tmp_path, days=10)
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob("media/*"))) == 1  # its row is gone: an hour later so is it
    store = Store(tmp_path)
    assert store.whole()
    assert not store.known_media()
    store.close()
    for left in tmp_path.glob("media/*"):
        os.utime(left, (1, 1))
    assert "1 leftovers" in run(tmp_path)
    assert not list(tmp_path.glob("media/*"))
    with Engine(tmp_path) as engine, httpx.Client(base_url=engine.url, headers=headers) as later:
        assert later.get("/api/render/proxy/lambda/render_1").status_code == 404


def test_clean_up_of_nothing_is_nothing(tmp_path, run):
    assert "There is nothing" in run(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_running_engine_ages_its_media(tmp_path):
    headers, session = aged(tmp_path, days=10)
    with (
        Engine(tmp_path, policy=Policy(keep_days=7)) as engine,
        httpx.Client(base_url=engine.url, headers=headers) as later,
    ):
        deadline = time.monotonic() + 30
        while list(tmp_path.glob("media/*")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        answer = later.get(f"/api/state/nemo_agent/me/{session}/latest")
        assert answer.json()["data"]["state"]["draft"]["t"]  # what there was is still told
        assert later.get("/api/render/proxy/lambda/render_1").status_code == 404


def test_what_is_used_is_not_swept_away(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4"))
        swept = sweep(engine._backend.store, unused_days=1)
        assert (swept.media, swept.leftovers) == (0, 0)
        assert caller.render("render_1").status_code == 200
