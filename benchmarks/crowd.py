"""20 sessions at once on one engine, for five minutes: waits, errors, memory; then an idle engine.

COG_BENCH_SECONDS=30 makes it shorter.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from pathlib import Path

import httpx

from cogwidgets.sample import VLOG

PEOPLE = 20
SECONDS = float(os.environ.get("COG_BENCH_SECONDS", "300"))
IDLE_SECONDS = 20
SKILL = {"X-Skill-Source": "bench", "X-Skill-Version": "1", "X-Skill-Platform": "unknown"}
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


class Figures:
    """What the people waited for, and what went wrong."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []

    def took(self, what: str, started: float) -> None:
        """Note how long something took."""
        with self._lock:
            self.waits[what].append(time.perf_counter() - started)

    def failed(self, why: str) -> None:
        """Note what went wrong."""
        with self._lock:
            self.errors.append(why)


def person(url: str, figures: Figures, end: float) -> None:
    """Upload, edit, look at the state, export and download, again and again."""
    film = VLOG.read_bytes()
    number = 0
    with httpx.Client(base_url=url, timeout=600, trust_env=False) as http:
        client = {"X-Client-Id": str(uuid.uuid4())}
        token = http.post("/api/auth/anonymous-token", headers=client).json()["data"]["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        while time.monotonic() < end:
            number += 1
            try:
                round_of(http, film, f"render_{number}", figures)
            except (httpx.HTTPError, AssertionError, KeyError) as error:
                figures.failed(repr(error))


def round_of(http: httpx.Client, film: bytes, render: str, figures: Figures) -> None:
    made = http.post("/api/tasks/me/with-session/nemo_agent").raise_for_status().json()
    session = made["data"]["session_id"]
    started = time.perf_counter()
    path = f"/api/upload-video/nemo_agent/me/{session}"
    http.post(path, files={"files": ("vlog.mp4", film)}).raise_for_status()
    figures.took("upload", started)
    say(http, session, "add the title 'Day one' for 3 s", "a title", figures)
    say(http, session, "use the frame at 0:05 as the thumbnail", "a thumbnail", figures)
    say(http, session, "remove the music", "the music out", figures)
    started = time.perf_counter()
    state = http.get(f"/api/state/nemo_agent/me/{session}/latest").raise_for_status().json()
    figures.took("state", started)
    started = time.perf_counter()
    body = {"id": render, "sessionId": session, "draft": state["data"]["state"]["draft"]}
    http.post("/api/render/proxy/lambda", json=body, headers=SKILL).raise_for_status()
    while (told := http.get(f"/api/render/proxy/lambda/{render}").json())["status"] in {
        "pending",
        "processing",
    }:
        time.sleep(0.25)
    if told["status"] != "completed":
        figures.failed(str(told))
    http.get(f"/api/render/proxy/{render}/download").raise_for_status()
    figures.took("export", started)


def say(http: httpx.Client, session: str, text: str, what: str, figures: Figures) -> None:
    started = time.perf_counter()
    message = {"session_id": session, "new_message": {"parts": [{"text": text}]}}
    with http.stream("POST", "/run_sse", json=message) as stream:
        first = True
        for line in stream.iter_lines():
            if first:
                figures.took("first byte of an answer", started)
                first = False
            if "errorMessage" in line:
                figures.failed(line)
    figures.took(what, started)


def resident(process: int) -> float:
    """Return the memory of a process in MB."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE / 1e6


def cpu(process: int) -> float:
    """Return the CPU seconds of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def serve(home: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "cogwidgets", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "COG_HOME": home},
    )
    for line in process.stdout or ():
        if found := re.search(r"answers at (http://\S+)", line):
            return process, found[1]
    raise SystemExit("The engine did not start.")


def main() -> None:
    if sys.platform != "linux":
        print("Memory and CPU are read from /proc: this needs Linux.")
        return
    with tempfile.TemporaryDirectory() as home:
        process, url = serve(home)
        try:
            measure(process.pid, url)
        finally:
            process.terminate()
            process.wait(30)


def measure(server: int, url: str) -> None:
    figures = Figures()
    end = time.monotonic() + SECONDS
    people = [
        threading.Thread(target=person, args=(url, figures, end), daemon=True)
        for _ in range(PEOPLE)
    ]
    for one in people:
        one.start()
    memory = []
    while any(one.is_alive() for one in people):
        memory.append(resident(server))
        time.sleep(1)
    print(f"{'':<24}{'times':>7}{'median s':>10}{'worst s':>9}")
    for what, waits in figures.waits.items():
        print(f"{what:<24}{len(waits):>7}{statistics.median(waits):>10.2f}{max(waits):>9.2f}")
    third = max(1, len(memory) // 3)
    print(f"errors {len(figures.errors)}" + "".join(f"\n  {e}" for e in figures.errors[:5]))
    early, late = statistics.median(memory[:third]), statistics.median(memory[-third:])
    print(f"the server's memory: {early:.0f} MB in the first third, {late:.0f} MB in the last")
    before = cpu(server)
    time.sleep(IDLE_SECONDS)
    print(f"idle: {1000 * (cpu(server) - before) / IDLE_SECONDS:.1f} ms of CPU a second")


if __name__ == "__main__":
    main()
