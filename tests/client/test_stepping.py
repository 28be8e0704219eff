"""Stepping, recording and replaying with a real client on the real engine."""

import threading

import pytest

import cogwidgets as cog
from cogwidgets.api import ServiceError, Stopped
from cogwidgets.sample import VLOG, music_drop
from cogwidgets.trace import CannotSend, Edit, NotRecorded, RunOn, Send, Skip, Stop


class Person:
    """Decide as a test wants it, and remember what was shown."""

    def __init__(self, *decisions):
        self.decisions = list(decisions)
        self.shown = []

    def available(self):
        return True

    def before(self, call):
        self.shown.append(("before", call.path.rpartition("/")[2]))
        return self.decisions.pop(0) if self.decisions else Send()

    def event(self, call, _event):
        self.shown.append(("event", call.path))
        return Send(into=True)

    def after(self, call):
        self.shown.append(("after", call.path.rpartition("/")[2]))
        return Send()


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """A whole job, recorded; where the recording is, and what came of it."""
    folder = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("COG_HOME", str(folder / "cog"))
        with cog.connect("local") as client:
            told = _job(client, folder / "live.mp4")
            return client.calls.har(folder / "walk.har", media=8_000_000), told, folder


def _job(client, target):
    session = client.session("my vlog")
    session.upload(VLOG)
    turn = session.send("remove the background music")
    left = client.credits()
    export = session.export(target)
    return turn.text, [str(change) for change in turn.changes], left, export.size


def test_a_recording_answers_without_engine_network_or_token(walk, tmp_path):
    har, told, folder = walk
    with cog.replay(har) as client:
        assert repr(client) == f"<Client replaying {har.name} · 0 calls>"
        assert _job(client, tmp_path / "again.mp4") == told
    assert (tmp_path / "again.mp4").read_bytes() == (folder / "live.mp4").read_bytes()
    assert music_drop(tmp_path / "again.mp4") > 30


def test_a_replay_in_its_own_time_can_be_stopped(tmp_path):
    with cog.connect("local") as client:
        client.credits()
        client.calls[-1].first_byte, client.calls[-1].seconds = 59, 60
        client.calls.har(tmp_path / "slow.har")
    with cog.replay(tmp_path / "slow.har", speed=1) as client:
        threading.Timer(0.2, client.stop).start()
        with pytest.raises(Stopped):
            client.credits()


def test_what_was_not_recorded_names_the_nearest_call(walk):
    with cog.replay(walk[0]) as client:
        session = client.session("my vlog")
        session.upload(VLOG)
        with pytest.raises(NotRecorded, match="run_sse"):
            session.send("make it black and white")


def test_each_call_can_be_looked_at_before_and_after():
    person = Person()
    with cog.connect("local") as client:
        with client.stepping(asker=person):
            client.credits()
        client.credits()  # outside nothing pauses
    shown = [("before", "anonymous-token"), ("after", "anonymous-token")]
    assert person.shown == [*shown, ("before", "simple"), ("after", "simple")]


def test_a_body_can_be_edited_and_a_call_skipped_or_stopped():
    with cog.connect("local") as client:
        client.credits()
        body = {"task_name": "renamed", "language": "en"}
        with client.stepping(on="with-session", asker=Person(Edit(body))):
            session = client.session("my vlog")
        assert client.calls["with-session"][0].request_json == body
        with (
            client.stepping(asker=Person(Skip(ServiceError("Skipped.")))),
            pytest.raises(ServiceError, match="Skipped"),
        ):
            client.credits()
        with client.stepping(asker=Person(Stop())), pytest.raises(Stopped):
            session.timeline()
        with client.stepping(asker=Person(RunOn())) as stepper:
            client.credits()
            client.credits()
        assert stepper.running


def test_a_stream_is_stepped_event_by_event():
    person = Person()
    with cog.connect("local") as client:
        session = client.session("my vlog")
        with client.stepping(on="/run_sse", into=True, asker=person):
            session.send("what can you do?")
    assert person.shown.count(("event", "/run_sse")) == client.calls["/run_sse"][0].event_count > 0


def test_reads_are_made_again_freely_and_the_rest_only_when_said_so():
    with cog.connect("local") as client:
        client.credits()
        again = client.calls[-1].resend()
        assert (again.status, again.purpose) == (200, "read the credits again")
        client.session("one")
        with pytest.raises(CannotSend):
            client.calls[-1].resend()
        assert client.calls[-1].resend(confirm=True).response_json["code"] == 0
