"""Upload 500 MB to the engine: the client's memory, and its time against bare httpx."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

import cogwidgets as cog
from cogwidgets.sample import VLOG

SIZE = 499_000_000
SERVE = """
import pathlib, sys
from cogwidgets.engine import Engine
with Engine(pathlib.Path(sys.argv[1])) as engine:
    print(engine.url, flush=True)
    sys.stdin.read()
"""


def peak() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def padded(path: Path) -> Path:
    """Write the sample with a `free` box behind it, which is a valid file of that size."""
    film = VLOG.read_bytes()
    box = SIZE - len(film)
    with path.open("wb") as file:
        file.write(film + box.to_bytes(4, "big") + b"free")
        file.truncate(SIZE)
    return path


def serve(home: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-c", SERVE, home]
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return engine, engine.stdout.readline().strip()  # type: ignore[union-attr]  # a pipe


def measure(film: Path, url: str) -> None:
    fractions: set[float] = set()
    with cog.connect(base_url=url, show=lambda _, done: fractions.add(done)) as client:
        session = client.session("film")
        session.upload(VLOG)  # whatever the first upload loads
        fractions.clear()
        before = peak()
        started = time.perf_counter()
        session.upload(film)
        ours = time.perf_counter() - started
        grown = peak() - before
        token = client.api.credentials.bearer(client.api.anonymous_token)
        path = f"{url}/api/upload-video/nemo_agent/me/{session.id}"
        started = time.perf_counter()
        with film.open("rb") as file:
            headers = {"Authorization": f"Bearer {token}"}
            httpx.post(path, headers=headers, files={"files": file}, timeout=120).raise_for_status()
        peer = time.perf_counter() - started
    print(f"{'':<10}{'seconds':>9}{'httpx':>8}{'ratio':>7}{'MB more':>9}{'steps':>7}")
    row = f"{ours:>9.1f}{peer:>8.1f}{ours / peer:>7.2f}{grown:>9.1f}{len(fractions):>7}"
    print(f"{'499 MB':<10}{row}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        film = padded(Path(folder) / "film.mp4")
        engine, url = serve(f"{folder}/home")
        try:
            measure(film, url)
        finally:
            engine.communicate()


if __name__ == "__main__":
    main()
