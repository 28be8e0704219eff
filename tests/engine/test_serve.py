"""What the person who runs `cogwidgets serve` sees, and how it ends."""

import signal
import subprocess
import sys

import httpx
import pytest
from conftest import Caller
from serving import serving

import cogwidgets as cog

BALANCE = "/api/credits/balance/simple"


def test_it_says_where_it_answers_and_how_to_connect(tmp_path):
    with serving(tmp_path / "home") as served:
        assert httpx.get(served.url + "/health").json()["status"] == "ok"
        with cog.connect(base_url=served.url, tell=lambda _: None) as client:
            assert client.credits().total == 100
        assert served.stop() == 0
        assert f"cogwidgets.connect(base_url='{served.url}')" in served.printed
        assert str(tmp_path / "home") in served.printed
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
