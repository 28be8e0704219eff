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

import httpx
import pytest
from clips import clip
from conftest import Caller
from serving import Served, workers_of

from cogwidgets.engine import Engine
from cogwidgets.engine.store import Store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 and /proc are POSIX's")

KILLS = 50
WORKERS = 4  # killed in each life of an engine, which then is
LANES = 2  # a home each, so that one works while the other's engine starts
LIVES = -(-KILLS // (WORKERS + 1) // LANES)  # of a lane
SERVER = [sys.executable, "-m", "cogwidgets", "serve", "--port", "0"]
# A kernel has the engine in its own process, and is killed with it.
KERNEL = """
import sys, pathlib
from cogwidgets.engine import Engine
engine = Engine(pathlib.Path(sys.argv[1])).start()
print(f"The engine answers at {engine.url} .", flush=True)
sys.stdin.read()
"""


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


class Lane:
    """Somebody who works on one home, and is told the truth about it after each death."""

    def __init__(self, home, seed):
        self.home, self.seed = home, seed
        self.random = random.Random(seed)  # noqa: S311 - moments, not secrets
        self.uploads = {}  # path of what was acknowledged: its hash
        self.said = 0
        self.titles = set()  # of messages that were acknowledged
        self.renders = []
        self.kills = {"server": 0, "kernel": 0, "worker": 0}
        self.headers = self.session = None

    def play(self, lives):
        for number in range(lives):
            victim = ("server", "kernel")[(number + self.seed) % 2]
            with self.alive(kernel=victim == "kernel") as served, self.caller(served) as caller:
                self.check(caller)
                for _ in range(WORKERS):
                    self.kill_a_worker(caller, served)
                self.kill_all(caller, served, victim)
        self.last()

    @contextlib.contextmanager
    def alive(self, *, kernel):
        served = start(self.home, kernel)
        try:
            yield served
        finally:
            served.kill()
            for stream in (served.process.stdin, served.process.stdout):
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def caller(self, served):
        if self.headers is not None:
            return Caller.on(served, headers=self.headers, session=self.session)
        caller = Caller(served)
        self.headers, self.session = dict(caller.headers), caller.session
        caller.upload(clip("talk.mp4", seconds=1.0, sound="mix"))
        return caller

    def kill_a_worker(self, caller, served):
        """Have something done, and end a process that does it, or would do it next."""
        act = self.random.choice([self.upload, self.edit, self.edit, self.export])
        with self.doing(caller, act) as doing:
            while doing.is_alive() and not workers_of(served.process):
                time.sleep(0.01)
            time.sleep(self.random.uniform(0, 0.3))
            # One of them: a job is tried again, but once, and the next worker may wait already.
            if found := workers_of(served.process):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.random.choice(found), signal.SIGKILL)
        self.kills["worker"] += 1

    def kill_all(self, caller, served, victim):
        """Have something done, and end the engine before it is, or a moment after."""
        act = self.random.choice([self.upload, self.edit, self.edit, self.render])
        with self.doing(caller, act):
            time.sleep(self.random.uniform(0, 0.6))
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
        """Say what takes a job, or none; each message has a title of its own to tell it by."""
        self.said += 1
        title = f"Title{self.said}"
        job = ["", " and use the frame at 0:00 as the thumbnail", " and remove the music"]
        message = caller.message(f'add a title "{title}"{self.random.choice(job)}')
        with caller.stream("POST", "/run_sse", json=message) as stream:
            if stream.status_code == 200:
                self.titles.add(title)
            for _ in stream.iter_lines():
                pass

    def render(self, caller):
        render = f"render_{len(self.renders)}"
        if caller.render(render).status_code == 200:
            self.renders.append(render)

    def export(self, caller):
        self.render(caller)
        caller.finished(self.renders[-1])

    def check(self, caller):
        """Look whether what was acknowledged is there, right after the restart."""
        state = caller.state()
        assert self.uploads.keys() <= {info["source"] for info in state["video_infos"]}
        for source in self.uploads:
            assert caller.head(source).status_code == 200
        for render in self.renders:
            assert caller.poll(render)["status"] in {"pending", "processing", "completed"}
        # What goes on is not to be met by the next kills: a job may lose one worker, not two.
        caller.say("what can you do?")
        for render in self.renders:
            caller.finished(render)

    def last(self):
        with Engine(self.home) as engine, self.caller(engine) as caller:
            caller.say("what can you do?")  # comes after all that was sent before
            for source, digest in self.uploads.items():
                assert hashlib.sha256(caller.get(source).content).hexdigest() == digest
            shown = sorted(titles_of(caller.state()["draft"]))
            assert len(set(shown)) == len(shown)  # nothing was done twice
            assert self.titles <= set(shown)  # and all that was acknowledged was done
            for render in self.renders:
                told = caller.finished(render)
                assert told["status"] == "completed", told
                file = caller.get(f"/api/render/proxy/{render}/download")
                assert len(file.content) == told["output"]["size"]
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


def titles_of(draft):
    return [s["m"]["text"] for track in draft["t"] if track["tt"] == 7 for s in track["sg"]]


@pytest.mark.slow
@pytest.mark.timeout(900)  # a busy machine is no hang: every wait in here is bounded
def test_fifty_kills_lose_nothing_and_do_nothing_twice(tmp_path):
    lanes = [Lane(tmp_path / str(number), number) for number in range(LANES)]
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        for future in [pool.submit(lane.play, LIVES) for lane in lanes]:
            future.result(800)
    kills = {victim: sum(lane.kills[victim] for lane in lanes) for victim in lanes[0].kills}
    assert sum(kills.values()) >= KILLS
    assert min(kills.values()) >= KILLS // 10
    assert any(lane.uploads for lane in lanes)
    assert any(lane.renders for lane in lanes)
    assert any(lane.titles for lane in lanes)
