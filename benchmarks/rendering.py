"""Time renders of drafts against the ffmpeg command doing the same work, as ratios in one run.

180 s of 1080p at 30 pictures a second, H.264 and AAC. Both run as processes of their own, from
start to finished file, in turn; the ratio is taken pair by pair. SSIM is that of the output against
the source, as ffmpeg's filter finds it. Memory is the peak of all our processes together, pages
that they share counted once.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cleaning import timed

SECONDS = 180
PAIRS = 3
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"]
FAST = ["-movflags", "+faststart"]
WORKER = [sys.executable, "-m", "cogwidgets.engine.worker"]


def ffmpeg(*arguments: str) -> list[str]:
    return ["ffmpeg", "-v", "error", "-y", *arguments]


def make_clip(target: Path, seconds: int) -> None:
    """Make pictures with the detail and the movement of a film, and sound that is no silence."""
    video = f"testsrc2=size=960x540:rate=30:duration={min(seconds, 60)}"
    noise = "noise=alls=12:allf=t,gblur=sigma=0.8,scale=1920:1080:flags=bicubic,format=yuv420p"
    first = target.with_suffix(".first.mp4")
    command = ffmpeg("-f", "lavfi", "-i", video, "-f", "lavfi")
    command += ["-i", f"anoisesrc=amplitude=0.1:color=pink:duration={min(seconds, 60)}"]
    command += ["-vf", noise, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23"]
    command += ["-bf", "2", "-g", "250", "-c:a", "aac", str(first)]
    subprocess.run(command, check=True)
    loop = ffmpeg("-stream_loop", "-1", "-i", str(first), "-t", str(seconds), "-c", "copy")
    subprocess.run([*loop, str(target)], check=True)
    first.unlink()


def segment(source: Path, milliseconds: int, **more: Any) -> dict[str, Any]:
    return {"d": milliseconds, "m": {"source": str(source), **more}}


def job(target: Path, tracks: list[dict[str, Any]], **output: Any) -> dict[str, Any]:
    parts = [part for track in tracks for part in track["sg"]]
    sources = {part["m"]["source"] for part in parts if "source" in part["m"]}
    return {
        "kind": "render",
        "draft": {"d": sum(part["d"] for part in tracks[0]["sg"]), "t": tracks, "m": {}},
        "media": {source: source for source in sources},
        "output": {"format": "mp4", "quality": "high", **output},
        "target": str(target),
    }


def run_job(made: dict[str, Any]) -> list[str]:
    """Return a command that does a job, which stands in a file beside its target."""
    path = Path(made["target"]).with_suffix(".json")
    path.write_text(json.dumps(made))
    return ["sh", "-c", f"{' '.join(WORKER)} < {path}"]


def ssim(first: Path, second: Path) -> float:
    """Return how alike the pictures of two files are, 1 being the same."""
    command = ["ffmpeg", "-i", str(first), "-i", str(second), "-t", "30"]
    command += ["-lavfi", "[0:v][1:v]ssim", "-f", "null", "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"All:([0-9.]+)", done.stderr)
    return float(found[1]) if found else 0.0


def row(name: str, ours: list[str], peer: list[str], goal: float) -> float:
    pairs = [(timed(ours), timed(peer)) for _ in range(PAIRS)]
    seconds = statistics.median(mine[0] for mine, _ in pairs)
    theirs = statistics.median(other[0] for _, other in pairs)
    ratio = statistics.median(mine[0] / other[0] for mine, other in pairs)
    memory = max(mine[1] for mine, _ in pairs)
    print(
        f"{name:<30}{seconds:>8.2f}{theirs:>8.2f}{ratio:>7.2f}{goal:>7.2f}{memory:>7.0f}",
        flush=True,
    )
    return ratio


def main() -> None:
    if shutil.which("ffmpeg") is None:
        sys.exit("This benchmark's peer is the ffmpeg command: install it (Debian: ffmpeg).")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip, ours, peer = (folder / part for part in ("clip.mp4", "ours.mp4", "peer.mp4"))
        make_clip(clip, SECONDS)
        length = SECONDS * 1000
        print(f"{SECONDS} s of 1080p, {clip.stat().st_size / 1e6:.0f} MB")
        print(f"{'render':<30}{'seconds':>8}{'ffmpeg':>8}{'ratio':>7}{'goal':>7}{'MB':>7}")
        whole = ffmpeg("-i", str(clip), *X264, *FAST, "-c:a", "copy", str(peer))

        text = {"d": 3000, "m": {"text": "A title", "start": 60_000, "position": "center"}}
        tracks = [{"tt": 0, "sg": [segment(clip, length)]}, {"tt": 7, "sg": [text]}]
        row("title on 3 s", run_job(job(ours, tracks)), whole, 0.15)

        tracks = [{"tt": 0, "sg": [segment(clip, length - 20_000, source_start=10_000)]}]
        cut = ffmpeg("-ss", "10", "-i", str(clip), "-t", str(SECONDS - 20), "-c", "copy")
        row("cut, ends on any frame", run_job(job(ours, tracks)), [*cut, *FAST, str(peer)], 1.5)

        effect = [{"kind": "brightness", "amount": 0.1}]
        tracks = [{"tt": 0, "sg": [segment(clip, length, effects=effect)]}]
        same = ffmpeg("-i", str(clip), "-vf", "lutyuv=y='clip(val+8,16,235)'", *X264, *FAST)
        row("every picture brightened", run_job(job(ours, tracks)),
            [*same, "-c:a", "copy", str(peer)], 1.1)  # fmt: skip
        print(
            f"  against each other: SSIM {ssim(ours, peer):.4f}; size {ours.stat().st_size / peer.stat().st_size:.3f}"
        )


if __name__ == "__main__":
    main()
