"""Time `cogwidgets clean` on 180 s of 1080p against ffmpeg copying picture and encoding sound.

Both run as processes of their own, from start to finished file, in turn; the ratio is taken pair by
pair. Memory is that of all our processes together, pages that they share counted once.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from cogwidgets.sample import VLOG

SECONDS = 180
PAIRS = 3


def make_clip(target: Path) -> None:
    """Loop the sample to the length and size of the promise."""
    command = ["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", str(VLOG)]
    command += ["-t", str(SECONDS), "-vf", "scale=1920:1080", "-c:v", "libx264"]
    command += ["-preset", "ultrafast", "-crf", "30", "-c:a", "aac", str(target)]
    subprocess.run(command, check=True)


def timed(command: list[str]) -> tuple[float, float]:
    """Return wall seconds and the peak memory in MB of a command and all that it starts."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = 0.0
    over = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.1):
            peak = max(peak, _memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - started
    over.set()
    watcher.join()
    if code:
        sys.exit(f"{command[0]} ended with {code}")
    return seconds, peak


def _memory(pid: int) -> float:
    total = 0
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in family:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 1e6


def main() -> None:
    if shutil.which("ffmpeg") is None:
        sys.exit("This benchmark's peer is the ffmpeg command: install it (Debian: ffmpeg).")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "clip.mp4"
        make_clip(clip)
        peer = ["ffmpeg", "-v", "error", "-y", "-i", str(clip), "-c:v", "copy", "-c:a", "aac"]
        peer.append(str(folder / "peer.mp4"))
        print(f"{SECONDS} s of 1080p, {clip.stat().st_size / 1e6:.0f} MB")
        print(f"{'cogwidgets clean':<28}{'seconds':>9}{'ffmpeg':>9}{'ratio':>8}{'MB':>7}")
        for music in ("none", "calm"):
            ours = [sys.executable, "-m", "cogwidgets", "clean", str(clip), "--music", music]
            ours += ["-o", str(folder / "ours.mp4")]
            rows = [(timed(ours), timed(peer)) for _ in range(PAIRS)]
            seconds = statistics.median(mine[0] for mine, _ in rows)
            theirs = statistics.median(other[0] for _, other in rows)
            ratio = statistics.median(mine[0] / other[0] for mine, other in rows)
            memory = max(mine[1] for mine, _ in rows)
            label = f"--music {music}"
            print(f"{label:<28}{seconds:>9.1f}{theirs:>9.1f}{ratio:>8.2f}{memory:>7.0f}")


if __name__ == "__main__":
    main()
