"""Turns that take long, and turns that say nothing."""

import time

import pytest
from counting import CountingService

from cogwidgets.api import Api, Credentials, Heartbeat, Patience, StreamBroken
from cogwidgets.client import Client, Said
from cogwidgets.client.recovery import watched

CALL = {"content": {"parts": [{"functionCall": {"name": "separate_audio"}}]}}


@pytest.fixture
def service():
    with CountingService().running() as service:
        yield service


def _client(service, told, **patience):
    brief = Patience(broken=0.01, looks=(0.01,), reads=(0.01,), **patience)
    api = Api(service.url, credentials=Credentials(client_id="tester"), patience=brief)
    return Client(api, tell=told.append)


def test_an_edit_without_a_word_is_told_by_what_changed(service):
    service.events = [CALL]
    with _client(service, []) as client:
        turn = client.session("vlog").send("remove the music")
    assert turn.text == "Music removed from 'vlog' (0:00–0:04)"


def test_talk_of_an_interface_becomes_the_actions_of_the_turn(service):
    words = "I removed the music. Click Export to download it."
    service.events = [{"content": {"parts": [{"text": words}]}}]
    with _client(service, []) as client:
        turn = client.session("vlog").send("remove the music")
    assert turn.text == "I removed the music."
    assert turn.actions == [Said("export")]


def test_talk_of_an_interface_alone_is_told_by_what_changed(service):
    service.events = [{"content": {"parts": [{"text": "Preview it in the timeline."}]}}]
    with _client(service, []) as client:
        turn = client.session("vlog").send("remove the music")
    assert turn.text == "Music removed from 'vlog' (0:00–0:04)"
    assert turn.actions == [Said("state")]


def test_nothing_at_all_is_said_too(service):
    service.events, service.applied = [CALL], False
    with _client(service, []) as client:
        turn = client.session("vlog").send("remove the music")
    assert turn.text == "The timeline did not change."
    assert turn.changes == []


def test_a_long_wait_is_told_of_again_and_again(service):
    told = []
    service.cut = "silence"
    with _client(service, told, still_working=0.1, silence=0.55) as client:
        client.session("vlog").send("remove the music")
    assert 2 <= told.count("⏳ Still working...") <= 5


def test_a_stream_without_end_is_left_and_the_state_read(service):
    service.cut = "silence"
    with _client(service, [], turn=0.3) as client:
        turn = client.session("vlog").send("remove the music")
        assert turn.error is None
        assert turn.changes
        assert service.charges["run_sse"] == 1


@pytest.mark.parametrize(
    ("limit", "words"), [("heartbeats", "Nothing but heartbeats"), ("turn", "took over")]
)
def test_heartbeats_alone_are_waited_for_only_so_long(service, limit, words):
    def heartbeats():
        while True:
            time.sleep(0.01)
            yield Heartbeat()

    with (
        _client(service, [], **{limit: 0.1}) as client,
        pytest.raises(StreamBroken, match=words),
    ):
        list(watched(client.api, heartbeats(), print))


def test_a_reader_who_stops_early_closes_the_stream(service):
    service.cut = "silence"
    with _client(service, []) as client:
        session = client.session("vlog")
        for _ in session.stream("remove the music"):
            break
        connections = client.api._http._transport._inner._pool.connections
        assert not [c for c in connections if not (c.is_idle() or c.is_closed())]
        assert service.charges["run_sse"] == 1


def test_an_answer_that_came_whole_is_one_though_the_end_is_missing(service):
    service.cut, service.applied = "at the end", False
    with _client(service, told := []) as client:
        turn = client.session("vlog").send("what is on the timeline?")
    assert turn.error is None
    assert turn.text == "Removed the music."
    assert told == []
