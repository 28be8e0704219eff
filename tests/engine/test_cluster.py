"""The engine's work on a Dask cluster of two worker processes, one of which is killed."""

import contextlib
import os
import signal
import threading
import time

import distributed
import pytest
from clips import clip
from conftest import Caller, text_of

from cogwidgets.engine import Engine, EngineError

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kills processes")]


@pytest.fixture(scope="module")
def cluster():
    """A scheduler and two workers, each in a process that is replaced when it dies."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster


@pytest.fixture(params=["one path", "storage"])
def engine(request, cluster, tmp_path):
    """An engine that shares its folder with the workers, or sends files through storage."""
    share = None if request.param == "one path" else (tmp_path / "storage").as_uri()
    address = cluster.scheduler_address
    with Engine(tmp_path / "home", dask=address, dask_files=share) as engine:
        yield engine
        storage = tmp_path / "storage"
        wait_until(lambda: not storage.exists() or not list(storage.iterdir()))


@pytest.fixture(scope="module")
def watcher(cluster):
    """Somebody who sees which workers have something to do."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        yield client


def at_work(watcher):
    """The addresses of the workers that have something to do."""
    return [address for address, tasks in watcher.processing().items() if tasks]


def test_the_whole_job_though_a_worker_is_killed_in_the_middle(watcher, engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=8.0, sound="mix"))
        events = []
        turn = threading.Thread(target=lambda: events.extend(caller.say("remove the music")))
        turn.start()
        wait_until(lambda: at_work(watcher))
        time.sleep(0.5)  # into the middle of it
        for address, process in watcher.run(os.getpid, workers=at_work(watcher)).items():
            assert address in at_work(watcher)
            os.kill(process, signal.SIGKILL)
        turn.join(120)
        assert not turn.is_alive()
        assert "removed the background music" in text_of(events), events[-1]
        caller.render("render_1")
        told = caller.finished("render_1", 120)
        assert told["status"] == "completed", told
        file = caller.get("/api/render/proxy/render_1/download").content
        assert len(file) == told["output"]["size"]
    left = [path.name for path in engine.home.rglob("*") if ".attempt-" in path.name]
    assert not left
    assert not list(engine.home.rglob("*.part"))


def test_a_refused_file_is_refused_in_the_same_words(engine, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video at all")
    with Caller(engine) as caller:
        answer = caller.upload(bad)
    assert answer.status_code == 415
    assert "bad.mp4" in answer.json()["message"]


def test_a_cancelled_render_ends_on_the_cluster_too(watcher, engine):
    with Caller(engine) as caller:
        caller.upload(clip("long.mp4", seconds=60.0, sound="mix"))
        caller.say("add some calm music")
        caller.render("render_1")
        wait_until(lambda: at_work(watcher))
        caller.post("/api/render/proxy/lambda/render_1/cancel")
        wait_until(lambda: not at_work(watcher))
        wait_until(lambda: not list(engine.home.glob("work/*/*")))


@contextlib.contextmanager
def small(port=0, workers=1):
    """A scheduler with workers that are threads of this process."""
    with distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        scheduler_port=port,
        dashboard_address="127.0.0.1:0",
    ) as cluster:
        yield cluster


def test_as_many_jobs_are_at_work_as_the_cluster_has_room_for(tmp_path, monkeypatch):
    monkeypatch.setattr("cogwidgets.engine.jobs.FOLLOW_EVERY", 0.05)
    with small() as cluster, Engine(tmp_path, dask=cluster.scheduler_address) as engine:
        lane = engine._backend.jobs._lanes["edit"]
        assert lane.width == 1
        for workers in (3, 2):
            cluster.scale(workers)
            wait_until(lambda workers=workers: lane.width == workers)


def test_a_scheduler_that_was_away_is_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr("cogwidgets.engine.cluster.CONNECT_SECONDS", 0.5)
    with small() as cluster:
        port = int(cluster.scheduler_address.rpartition(":")[2])
        engine = Engine(tmp_path, dask=cluster.scheduler_address).start()
    with engine, Caller(engine) as caller:
        wait_until(lambda: engine._backend.jobs._cluster._last.status == "closed")
        answer = caller.upload(clip())
        assert answer.status_code == 500
        assert "cluster" in answer.json()["message"]
        with small(port):
            assert caller.upload(clip()).status_code == 200


def test_a_cluster_that_is_not_there_is_said_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("cogwidgets.engine.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(EngineError, match="COG_DASK"):
        Engine(tmp_path, dask="tcp://127.0.0.1:1").start()
    monkeypatch.setenv("COG_DASK", "not an address")
    with pytest.raises(EngineError, match="COG_DASK"):
        Engine(tmp_path).start()


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
