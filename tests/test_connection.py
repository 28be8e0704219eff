"""What connect() connects to, and how long the engine lives."""

import os

import httpx
import pytest

import cogwidgets as cog
from cogwidgets.api import CallerError, ConnectionFailed

CANARY = "nmv_usr_c4n4ry0123456789"


def test_without_settings_the_engine_of_this_machine_answers():
    with cog.connect() as client:
        assert client.here
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


def test_a_service_that_is_not_there_is_one_sentence():
    with (
        cog.connect(base_url="http://127.0.0.1:9", token=CANARY) as client,
        pytest.raises(ConnectionFailed, match="cannot be reached"),
    ):
        client.credits()


def test_the_environment_of_the_tests_is_their_own():
    assert not {"NEMO_TOKEN", "NEMO_API_URL"} & set(os.environ)
