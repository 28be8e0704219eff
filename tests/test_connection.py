"""What connect() connects to, and how long the engine lives."""

import datetime as dt
import os

import httpx
import pytest

import cogwidgets as cog
from cogwidgets.api import CallerError, ConnectionFailed
from cogwidgets.client.ledger import PendingExport
from cogwidgets.engine import Engine

CANARY = "nmv_usr_c4n4ry0123456789"


def test_without_settings_the_engine_of_this_machine_answers():
    with cog.connect() as client:
        assert client.api.here
        assert client.credits().total == 100
        address = client.api.base_url
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_two_clients_share_one_engine_and_the_last_stops_it():
    one, two = cog.connect(), cog.connect("local")
    assert one.api.base_url == two.api.base_url
    one.close()
    assert two.credits().total == 100
    two.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(two.api.base_url)


def test_another_home_is_another_engine(monkeypatch, tmp_path):
    with cog.connect() as one:
        monkeypatch.setenv("COG_HOME", str(tmp_path))
        with cog.connect() as two:
            assert one.api.base_url != two.api.base_url
            assert two.credits().total == 100


@pytest.mark.parametrize(
    ("environment", "where", "expected"),
    [
        ({"NEMO_TOKEN": CANARY}, None, "https://mega-api-prod.nemovideo.ai"),
        ({"NEMO_API_URL": "http://127.0.0.1:9"}, None, "http://127.0.0.1:9"),
        ({"NEMO_API_URL": "http://127.0.0.1:9"}, "cloud", "http://127.0.0.1:9"),
        ({}, "cloud", "https://mega-api-prod.nemovideo.ai"),
    ],
)
def test_the_environment_decides_and_no_request_is_made(monkeypatch, environment, where, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with cog.connect(where) as client:
        assert client.api.base_url == expected
        assert len(client.calls) == 0
        assert CANARY not in repr(client) + repr(client.api)


def test_local_is_local_even_with_a_token(monkeypatch):
    monkeypatch.setenv("NEMO_TOKEN", CANARY)
    with cog.connect("local") as client:
        assert client.credits().total == 100
        assert CANARY not in client.calls.frame().to_string() + repr(
            [vars(c) for c in client.calls]
        )


def test_a_place_that_is_none_is_refused():
    with pytest.raises(CallerError, match='Say "local" or "cloud"'):
        cog.connect("moon")


@pytest.mark.parametrize("address", ["", "127.0.0.1:8765", "file:///etc"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(CallerError, match="begins with http"):
        cog.connect(base_url=address)


def test_a_service_that_is_not_there_is_one_sentence():
    with (
        cog.connect(base_url="http://127.0.0.1:9", token=CANARY) as client,
        pytest.raises(ConnectionFailed, match="cannot be reached"),
    ):
        client.credits()


def test_the_environment_of_the_tests_is_their_own():
    assert not {"NEMO_TOKEN", "NEMO_API_URL"} & set(os.environ)


def test_connecting_says_two_lines_and_no_token(monkeypatch):
    monkeypatch.setenv("NEMO_TOKEN", CANARY)
    told = []
    cog.connect(tell=told.append).close()
    assert told == ["Setting things up...", "Ready · on mega-api-prod.nemovideo.ai"]
    told.clear()
    cog.connect("local", tell=told.append).close()
    assert told == ["Setting things up...", "Ready · on this machine"]


def test_connecting_tells_of_unfinished_exports(tmp_path):
    told = []
    with cog.connect("local") as client:
        now = dt.datetime.now(dt.UTC)
        client.ledger.begin(PendingExport("render_1", "1", tmp_path / "out.mp4", now))
    cog.connect("local", tell=told.append).close()
    assert told[-1] == "Ready · on this machine · 1 unfinished export: client.resume_exports()"


def test_the_next_process_uses_the_token_that_this_one_was_given(tmp_path):
    with Engine(tmp_path) as engine:
        with cog.connect(base_url=engine.url) as client:
            session = client.session("my vlog")
        with cog.connect(base_url=engine.url) as client:
            assert client.session(id=session.id).name == "my vlog"
            assert "get an anonymous token" not in [call.purpose for call in client.calls]
