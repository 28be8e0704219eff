"""What an engine leaves unfinished, when it dies or is stopped, the next one brings to its end."""

import json
import os
import signal
import socket
import threading
import time

import httpx
import pytest
from clips import clip
from conftest import Caller, code_of, text_of
from serving import serving, workers_of

import cogwidgets as cog
from cogwidgets.api import Patience
from cogwidgets.engine import Engine
from cogwidgets.engine.credits import price
from cogwidgets.engine.store import Store

posix = pytest.mark.skipif(os.name != "posix", reason="kill -9 and /proc are POSIX's")


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Away:
    """A caller's message, said in another thread: its events, or how its stream broke."""

    def __init__(self, caller, text):
        self.events, self.error = [], None
        self.begun = threading.Event()
        self._thread = threading.Thread(target=self._say, args=(caller, text))
        self._thread.start()

    def _say(self, caller, text):
        try:
            with caller.stream("POST", "/run_sse", json=caller.message(text)) as stream:
                for line in stream.iter_lines():
                    if line[5:].strip():
                        self.events.append(json.loads(line[5:]))
                        self.begun.set()
        except httpx.HTTPError as error:
            self.error = error

    def join(self):
        self._thread.join(60)
        assert not self._thread.is_alive()


def again(engine, caller):
    """The same person with the same session on another engine."""
    return Caller.on(engine, headers=caller.headers, session=caller.session)


def at_work(engine):
    return engine._backend.jobs.load()[0] > 0


@posix
def test_an_edit_cut_off_by_kill_9_is_done_once_and_charged_once(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path / "home"
    shared = "--shared", "--port", port
    patience = Patience(broken=0.5, looks=(1.0,) * 60)
    said = "cut the first second and remove the music"
    turns = []
    with serving(home, *shared) as first:
        client = cog.connect(base_url=first.url, patience=patience, tell=lambda _: None)
        with client:
            session = client.session("resumed")
            session.upload(clip("talk.mp4", seconds=8.0, sound="mix"))
            sending = threading.Thread(target=lambda: turns.append(session.send(said)))
            sending.start()
            cost = price(["cut", "separate_audio"])
            wait_until(lambda: client.credits().frozen == cost and workers_of(first.process))
            first.kill()
            with serving(home, *shared) as second:
                sending.join(60)
                [turn] = turns
                assert turn.text.startswith("The connection broke; this is what was done")
                assert turn.error is None
                assert len(turn.changes) > 1
                left = client.credits()
                assert (left.frozen, left.total) == (0, 100 - cost)
                assert session.state()["draft_version"] == 2
                assert second.stop() == 0


@posix
def test_a_stop_in_the_middle_says_what_it_hands_over(tmp_path):
    with serving(tmp_path) as served, Caller(served) as caller:
        caller.upload(clip("talk.mp4", seconds=20.0, sound="mix"))
        away = Away(caller, "remove the music")
        assert away.begun.wait(120), away.error
        served.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Stopping: 1 message gets 5 s" in served.printed)
        assert served.stop(signal.SIGINT) == 0  # a second time: at once
        away.join()
        assert away.error is not None  # so that a client looks what came of it
        assert "Handed over: 1 message goes on" in served.printed, served.printed
        assert "Traceback" not in served.printed, served.printed


def test_what_is_handed_over_goes_on_in_its_order(tmp_path):
    with Engine(tmp_path) as first, Caller(first) as caller:
        caller.upload(clip("talk.mp4", seconds=12.0, sound="mix"))
        caller.render("render_1")
        aways = [Away(caller, "remove the music")]
        wait_until(lambda: first.work.messages == 1)
        aways.append(Away(caller, "replace the music with something calm"))
        wait_until(lambda: first.work.messages == 2)
        assert first.stop() == (2, 1)
        for away in aways:
            away.join()
            assert away.error is not None
    with Engine(tmp_path) as second, again(second, caller) as caller:
        assert second.work == (2, 1)
        # What is sent now comes after what was sent before.
        assert "Calm" in text_of(caller.say("is there music?"))
        assert caller.state()["draft_version"] == 3
        assert len(caller.state()["video_analyses"]) == 1
        assert caller.finished("render_1")["status"] == "completed"
        store = second._backend.store
        assert [row["deaths"] for row in store._all("SELECT deaths FROM turn")] == [0, 0, 0]
        assert [row["deaths"] for row in store._all("SELECT deaths FROM render")] == [0]


def test_what_ends_soon_is_finished_before_the_stop_and_nothing_new_is_taken(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=4.0, sound="mix"))
        away = Away(caller, "remove the music")
        wait_until(lambda: at_work(engine))
        left = []
        stopping = threading.Thread(target=lambda: left.append(engine.stop(grace=30)))
        stopping.start()
        wait_until(lambda: engine._backend._stopping)
        for answer in (
            caller.post("/run_sse", json=caller.message("mute it")),
            caller.render("render_1"),
            caller.upload(clip()),
        ):
            assert code_of(answer) == (503, 503)
        away.join()
        assert "removed the background music" in text_of(away.events)
        stopping.join(30)
        assert left == [(0, 0)]


def test_a_death_is_noticed_by_an_engine_that_lives(tmp_path, monkeypatch):
    monkeypatch.setattr("cogwidgets.engine.backend.LOOK_EVERY", 0.05)
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4"))
        left_by_the_dead(tmp_path, caller.session, "mute it")
        wait_until(lambda: caller.state()["draft_version"] == 2)


def test_what_nobody_waits_for_any_more_is_closed_and_said_so(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4"))
    left_by_the_dead(tmp_path, caller.session, "mute it", ago=3600)
    left_by_the_dead(tmp_path, caller.session, "mute it too", deaths=10)
    with Engine(tmp_path) as engine, again(engine, caller) as caller:
        assert engine.work == (0, 0)
        assert caller.state()["draft_version"] == 1
        failures = engine._backend.store.failures(9)
        assert [why.partition(":")[0] for *_, why in failures] == ["stopped", "stopped"]


def test_a_render_of_which_engine_after_engine_dies_is_given_up(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4"))
        caller.render("render_1")
        caller.finished("render_1")
        store = engine._backend.store
        with store.transaction() as db:
            db.execute("UPDATE render SET status = 'processing', owner = 'gone', deaths = 10")
        assert "again and again" in caller.finished("render_1")["error"]


def test_it_is_still_known_after_a_restart(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=12.0))
        caller.say("trim it")
    with Engine(tmp_path) as engine, again(engine, caller) as caller:
        caller.say("the first 5 seconds")
        assert 6900 < caller.state()["draft"]["d"] < 7100
        caller.say('add a title "Hello"')
    with Engine(tmp_path) as engine, again(engine, caller) as caller:
        caller.say("make it red")
        [title] = caller.state()["draft"]["t"][1]["sg"]
        assert title["m"]["color"] == "#ff0000"


def left_by_the_dead(home, session, message, *, ago=0, deaths=0):
    """A message that an engine was at work on when it died, so many seconds ago."""
    store = Store(home)
    row = store._one("SELECT account FROM session WHERE id = ?", session)
    store.add_turn(store.session(row["account"], session), message, store.engine)
    with store.transaction() as db:
        db.execute("UPDATE turn SET deaths = ? WHERE owner = ?", (deaths, store.engine))
    then = time.time() - ago
    os.utime(store.work, (then, then))
    store._db.close()
    store.presence._own.release()  # as the system does for a process that is gone
