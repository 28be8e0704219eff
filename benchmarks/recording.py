"""Measure what recording costs a call, against bare httpx, and how much a long log takes."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx

from cogwidgets.engine import Engine
from cogwidgets.trace import CallLog, Mask, RecordingTransport

PATH = "/api/credits/balance/simple"
ATTRIBUTION = {
    "X-Skill-Source": "music-cog-free",
    "X-Skill-Version": "1.0.0",
    "X-Skill-Platform": "unknown",
}
ENGINE = (
    "import sys, tempfile; from pathlib import Path; from cogwidgets.engine import Engine\n"
    "with tempfile.TemporaryDirectory() as home, Engine(Path(home)) as engine:\n"
    "    print(engine.url, flush=True); sys.stdin.read()"
)
BATCH, ROUNDS = 50, 21
CALLS = 10_000


def clients(url: str) -> tuple[httpx.Client, httpx.Client, CallLog]:
    """Return a bare client and a recorded one on the same account."""
    told = httpx.post(f"{url}/api/auth/anonymous-token", headers={"X-Client-Id": str(uuid.uuid4())})
    token = told.json()["data"]["token"]
    headers = ATTRIBUTION | {"Authorization": f"Bearer {token}"}
    log = CallLog()
    recorder = RecordingTransport(httpx.HTTPTransport(), log, Mask(token))
    bare = httpx.Client(base_url=url, headers=headers, transport=httpx.HTTPTransport())
    return bare, httpx.Client(base_url=url, headers=headers, transport=recorder), log


def spent(client: httpx.Client, clock: Callable[[], float]) -> float:
    """Return a clock's seconds for one call, the mean of a batch."""
    started = clock()
    for _ in range(BATCH):
        client.get(PATH, extensions={"purpose": "read the credits"})
    return (clock() - started) / BATCH


def compare(url: str, clock: Callable[[], float]) -> tuple[float, float, float]:
    """Return median seconds of bare and recorded calls, and the median ratio of neighbours."""
    bare, recorded, _ = clients(url)
    with bare, recorded:
        spent(bare, clock), spent(recorded, clock)  # the first make the connections
        rows = [(spent(bare, clock), spent(recorded, clock)) for _ in range(ROUNDS)]
    ratio = statistics.median(ours / peer for peer, ours in rows)
    peer, ours = (statistics.median(column) for column in zip(*rows, strict=True))
    return peer, ours, ratio


def long_log() -> CallLog:
    """Return a log of many recorded calls, each with an answer of 4 kB."""
    body = b'{"code":0,"data":"' + b"x" * 4000 + b'"}'
    kind = {"content-type": "application/json"}
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=body, headers=kind))
    log = CallLog()
    with httpx.Client(transport=RecordingTransport(answer, log, Mask())) as client:
        for number in range(CALLS):
            client.get(f"http://localhost/render/{number}")
    return log


def main() -> None:
    print(f"{'a read of the credits':<38}{'bare ms':>9}{'ours ms':>9}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as home, Engine(Path(home)) as engine:
        row("CPU, client and engine in one process", *compare(engine.url, time.process_time))
        row("wall clock", *compare(engine.url, time.perf_counter))
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        url = process.stdout.readline().strip()
        row("CPU of the client alone", *compare(url, time.process_time))
        process.stdin.close()

    tracemalloc.start()
    log = long_log()
    gc.collect()
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    started = time.process_time()
    page = log._repr_html_()
    shown = time.process_time() - started
    budget = log.shelf.budget
    print(f"\n{CALLS:,} calls: {memory / 2**20:.0f} MiB of a budget of {budget / 2**20:.0f} MiB;")
    print(f"the list takes {shown:.3f} CPU s and has {len(page) / 1000:.0f} kB")


def row(name: str, peer: float, ours: float, ratio: float) -> None:
    print(f"{name:<38}{1000 * peer:>9.3f}{1000 * ours:>9.3f}{ratio:>8.3f}", flush=True)


if __name__ == "__main__":
    main()
