"""One worker waits ready, does the next job, and is gone with whoever started it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from clips import clip

from cogwidgets.engine import jobs as jobs_module
from cogwidgets.engine.jobs import Jobs
from cogwidgets.engine.spare import Spare


@pytest.fixture
def spare():
    spare = Spare()
    yield spare
    spare.close()


def answer_of(worker, job):
    out, _ = worker.process.communicate(json.dumps(job).encode() + b"\n", timeout=60)
    worker.errors.close()
    return json.loads(out.splitlines()[-1])


def gone(pid, seconds=30):
    """Whether a process ends, or is ended and not yet waited for, within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with Path(f"/proc/{pid}/stat").open() as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_the_spare_does_the_next_job(spare):
    spare.prepare()
    ready = spare._ready
    spare.prepare()
    assert spare._ready is ready
    worker = spare.take()
    assert worker is ready
    told = answer_of(worker, {"kind": "probe", "source": str(clip())})
    assert told["result"]["file_type"] == "video"


def test_a_spare_that_died_is_made_up_for(spare):
    spare.prepare()
    dead = spare._ready
    os.kill(dead.process.pid, signal.SIGKILL)
    dead.process.wait(30)
    worker = spare.take()
    assert worker is not dead
    told = answer_of(worker, {"kind": "probe", "source": str(clip())})
    assert told["result"]["file_type"] == "video"


def test_a_closed_one_keeps_none(spare):
    spare.prepare()
    process = spare._ready.process
    spare.close()
    assert process.poll() is not None
    spare.prepare()
    assert spare._ready is None


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_spare_is_gone_with_its_starter(number):
    script = (
        "import time; from cogwidgets.engine.spare import Spare; spare = Spare(); spare.prepare();"
        "print(spare._ready.process.pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    pid = int(starter.stdout.readline())
    starter.send_signal(number)
    starter.communicate(timeout=30)
    assert gone(pid)


def test_after_a_quiet_while_a_worker_is_made_ready(monkeypatch):
    monkeypatch.setattr(jobs_module, "QUIET", 0.0)
    jobs = Jobs()
    job = {"kind": "probe", "source": str(clip())}

    async def twice():
        await jobs.run(job, owner="me")
        async with asyncio.timeout(30):
            while jobs._spare._ready is None:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.01)
        ready = jobs._spare._ready.process
        result = await jobs.run(job, owner="me")
        assert ready.poll() is not None  # it did this job
        return result

    try:
        assert asyncio.run(twice())["file_type"] == "video"
    finally:
        jobs.close()
