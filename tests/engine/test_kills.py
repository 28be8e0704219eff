"""Nothing that was acknowledged is lost, whoever is killed and whenever."""

import concurrent.futures
import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from clips import clip
from conftest import Caller
from serving import Served

from cogwidgets.engine.store import Store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 and /proc are POSIX's")

KILLS = 50
LANES = 2  # a home each, so that one's rounds use the core that the other's restart leaves idle
ROUNDS = (KILLS + 1) // LANES  # of a lane; each has two kills
SERVER = [sys.executable, "-m", "cogwidgets", "serve", "--port", "0"]
# A kernel has the engine in its own process, and is killed with it.
KERNEL = """
import sys, pathlib
from cogwidgets.engine import Engine
engine = Engine(pathlib.Path(sys.argv[1])).start()
print(f"The engine answers at {engine.url} .", flush=True)
sys.stdin.read()
"""
MESSAGES = ["remove the music", "put something calm under it", "replace the music, happy please"]


def start(home, kernel):
    command = [sys.executable, "-c", KERNEL, str(home)] if kernel else SERVER
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COG_HOME": str(home)},
    )
    return Served(process)


def workers_of(process):
    """The processes that a process has started."""
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for path in children for child in path.read_text().split()]


class Lane:
    """Somebody who works on one home, and is told the truth about it after each death."""

    def __init__(self, home, seed):
        self.home = home
        self.random = random.Random(seed)  # noqa: S311 - moments, not secrets
        self.uploads = {}  # path of what was acknowledged: its hash
        self.version = 0
        self.renders = []
        self.kills = {"server": 0, "kernel": 0, "worker": 0}
        self.headers = self.session = None

    def play(self, rounds):
        for number in range(-(-rounds // 2)):
            victim = ("server", "kernel")[number % 2]
            served = start(self.home, kernel=victim == "kernel")
            try:
                with self.caller(served) as caller:
                    self.check(caller)
                    self.kill_a_worker(caller, served)
                    self.kill_all(caller, served, victim)
            finally:
                served.kill()
                for stream in (served.process.stdin, served.process.stdout):
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
        self.last()

    def caller(self, served):
        if self.headers is None:
            caller = Caller(served)
            self.headers, self.session = dict(caller.headers), caller.session
            caller.upload(clip("talk.mp4", seconds=1.0, sound="mix"))
            return caller
        caller = Caller.__new__(Caller)
        httpx.Client.__init__(
            caller, base_url=served.url, timeout=60, trust_env=False, headers=self.headers
        )
        caller.session = self.session
        return caller

    def kill_a_worker(self, caller, served):
        """Have something done, and end a process that does it."""
        found = []
        with self.doing(caller, self.random.choice([self.upload, self.edit])) as act:
            while act.is_alive() and not (found := workers_of(served.process)):
                time.sleep(0.01)
            time.sleep(self.random.uniform(0, 0.5))
            for worker in found or workers_of(served.process):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
        self.kills["worker"] += 1

    def kill_all(self, caller, served, victim):
        """Have something done, and end the engine before it is, or a moment after."""
        what = self.random.choice([self.upload, self.edit, self.render])
        with self.doing(caller, what):
            time.sleep(self.random.uniform(0, 0.5 if what == self.upload else 1.0))
            served.kill()
        self.kills[victim] += 1

    @contextlib.contextmanager
    def doing(self, caller, what):
        def attempt():
            with contextlib.suppress(httpx.HTTPError):
                what(caller)

        act = threading.Thread(target=attempt)
        act.start()
        yield act
        act.join(60)
        assert not act.is_alive()

    def upload(self, caller):
        answer = caller.upload(clip("a.mp4"), clip("b.mp3", seconds=1.0))
        if answer.status_code == 200:
            for file in answer.json()["data"]["files"]:
                self.uploads[file["source"]] = file["hash"]

    def edit(self, caller):
        caller.say(self.random.choice(MESSAGES))
        self.version = max(self.version, caller.state()["draft_version"])

    def render(self, caller):
        render = f"render_{len(self.renders)}"
        if caller.render(render).status_code == 200:
            self.renders.append(render)

    def check(self, caller):
        """Look whether what was acknowledged is there, right after the restart."""
        state = caller.state()
        assert state["draft_version"] >= self.version
        assert self.uploads.keys() <= {info["source"] for info in state["video_infos"]}
        for source in self.uploads:
            assert caller.head(source).status_code == 200
        for render in self.renders:
            assert caller.poll(render)["status"] in {"pending", "processing", "completed"}

    def last(self):
        served = start(self.home, kernel=False)
        try:
            with self.caller(served) as caller:
                for source, digest in self.uploads.items():
                    assert hashlib.sha256(caller.get(source).content).hexdigest() == digest
                for render in self.renders:
                    told = caller.finished(render)
                    assert told["status"] == "completed", told
                    file = caller.get(f"/api/render/proxy/{render}/download")
                    assert len(file.content) == told["output"]["size"]
            assert served.stop() == 0
        finally:
            served.kill()
            for stream in (served.process.stdin, served.process.stdout):
                stream.close()
        store = Store(self.home)
        try:
            assert store.whole()
            kept = {path.name for path in store.media.iterdir()}
            assert kept == store.known_media()
            assert not store.unfinished_renders()
        finally:
            store.close()
        assert not list(self.home.rglob("*.part"))
        assert not [*self.home.glob("work/*"), *self.home.glob("engines/*")]


@pytest.mark.slow
def test_fifty_kills_lose_nothing(tmp_path):
    lanes = [Lane(tmp_path / str(number), number) for number in range(LANES)]
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        for future in [pool.submit(lane.play, ROUNDS) for lane in lanes]:
            future.result(500)
    kills = [sum(lane.kills[victim] for lane in lanes) for victim in lanes[0].kills]
    assert sum(kills) >= KILLS
    assert min(kills) >= KILLS // 5
    assert any(lane.uploads for lane in lanes)
    assert any(lane.renders for lane in lanes)
    assert any(lane.version > 1 for lane in lanes)
