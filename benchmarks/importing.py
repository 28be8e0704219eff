"""Time `import cogwidgets` against the imports that it stands for, as a ratio in one run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

PEER = "import ipywidgets, httpx, pandas"
OURS = {
    "import cogwidgets": "import cogwidgets",
    "and every public name": "import cogwidgets as c; [getattr(c, n) for n in c.__all__]",
}


def seconds(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


def measure(code: str, runs: int = 7) -> tuple[float, float, float]:
    """Return median seconds of ours and the peer, an empty interpreter taken off, and the ratio."""
    seconds(code), seconds(PEER)  # the first reads from disk
    rows = [(seconds("pass"), seconds(code), seconds(PEER)) for _ in range(runs)]
    empty, ours, peer = (statistics.median(column) for column in zip(*rows, strict=True))
    return ours - empty, peer - empty, (ours - empty) / (peer - empty)


def main() -> None:
    print(f"{'import':<28}{'seconds':>9}{'peer':>9}{'ratio':>8}   peer: {PEER}")
    for name, code in OURS.items():
        ours, peer, ratio = measure(code)
        print(f"{name:<28}{ours:>9.2f}{peer:>9.2f}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
