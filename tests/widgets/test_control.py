"""The side channel takes what its own view's page says, and nothing else."""

import httpx
import pytest

import cogwidgets as cog
from cogwidgets.widgets.calls import CallInspector
from cogwidgets.widgets.control import _SideChannel


@pytest.fixture
def view():
    with cog.connect(base_url="http://127.0.0.1:9") as client:
        yield CallInspector(client)


@pytest.fixture
def side(view):
    side = _SideChannel(view)
    yield side
    side.close()


def test_a_message_with_the_key_reaches_the_view(view, side):
    answer = httpx.post(side.url, content='{"do": "filter", "path": "/run_sse", "failed": true}')
    assert answer.status_code == 204
    assert view.last_call == "client.calls.failed['/run_sse']"


@pytest.mark.parametrize("body", ["", "{", "[]", "3", '{"do": "no such thing"}', '{"do": 3}'])
def test_what_means_nothing_does_nothing(view, side, body):
    assert httpx.post(side.url, content=body).status_code == 204
    assert view.last_call == ""


def test_without_the_key_or_under_another_name_nothing_is_taken(view, side):
    told = '{"do": "filter", "failed": true}'
    base, _, _ = side.url.rpartition("/")
    assert httpx.post(f"{base}/", content=told).status_code == 404
    elsewhere = {"Host": "rebound.example.org"}
    assert httpx.post(side.url, content=told, headers=elsewhere).status_code == 404
    assert httpx.get(side.url).status_code == 501
    assert view.last_call == ""
