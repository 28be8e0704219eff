"""Time renders of drafts against the ffmpeg command doing the same work, as ratios in one run.

180 s of 1080p at 30 pictures a second, H.264 and AAC. Both run as processes of their own, from
start to finished file, in turn; ratios are taken pair by pair, of the wall clock and of the CPU
time, which other work on the machine changes less. A cut is timed through a running engine as well,
from the request to the finished file. The pictures repeat every 20 s: encoding all of them is timed
on 20 s, and counts nine times where 180 s are meant. SSIM is that of each output against the same
pictures without loss. Memory is the peak of the process, for a minute and for an hour.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cogwidgets as cog
from cogwidgets.api.wire import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS, ROUND = 180, 20
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p")
FAST = ("-movflags", "+faststart")
BRIGHTER = "lutyuv=y='clip(val+8,16,235)'"


class Cost(NamedTuple):
    """What a command took: seconds, CPU seconds, MB."""

    wall: float
    cpu: float
    memory: float


def ffmpeg(*arguments: str | Path) -> list[str]:
    return ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]


def cost(command: list[str], job: dict[str, Any] | None = None) -> Cost:
    """Run a command, with a job on its input, to its end."""
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(job).encode() + b"\n")
        file.seek(0)
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=file, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} ended with {process.returncode}")
    wall = time.perf_counter() - started
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)


def rendering(job: dict[str, Any]) -> Cost:
    return cost([sys.executable, "-m", "cogwidgets.engine.worker"], job)


def make_clip(target: Path, seconds: int, size: str = "1920x1080") -> None:
    """Make pictures that move and have grain, over and over, and sound that is no silence."""
    first = target.with_suffix(".first.mp4")
    grain = f"noise=alls=4:allf=t,scale={size.replace('x', ':')},format=yuv420p"
    pictures = ffmpeg("-f", "lavfi", "-i", "testsrc2=size=960x540:rate=30:duration=20")
    pictures += ["-vf", grain, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "24"]
    subprocess.run([*pictures, "-bf", "2", "-g", "250", str(first)], check=True)
    whole = ffmpeg("-stream_loop", "-1", "-i", first, "-f", "lavfi")
    whole += ["-i", f"anoisesrc=amplitude=0.1:color=pink:duration={seconds}"]
    whole += ["-map", "0:v", "-map", "1:a", "-t", str(seconds), "-c:v", "copy", "-c:a", "aac"]
    subprocess.run([*whole, str(target)], check=True)
    first.unlink()


def job(target: Path, source: Path, milliseconds: int, **more: Any) -> dict[str, Any]:
    """Make a job of one segment; `title` is when one shows for 3 s."""
    title = more.pop("title", None)
    output = {"format": "mp4", "quality": more.pop("quality", "high")}
    tracks = [{"tt": 0, "sg": [{"d": milliseconds, "m": {"source": str(source), **more}}]}]
    if title is not None:
        text = {"text": "A title", "start": title, "position": "center"}
        tracks.append({"tt": 7, "sg": [{"d": 3000, "m": text}]})
    draft = {"d": milliseconds, "t": tracks, "m": {}}
    media = {str(source): str(source)}
    return {"kind": "render", "draft": draft, "media": media, "output": output,
            "target": str(target)}  # fmt: skip


def row(name: str, pairs: list[tuple[Cost, Cost]], goal: str) -> None:
    ours, peer = (
        [statistics.median(side[n] for side in sides) for n in range(3)]
        for sides in zip(*pairs, strict=True)
    )
    wall, cpu = (statistics.median(a[n] / b[n] for a, b in pairs) for n in range(2))
    print(f"{name:<28}{ours[0]:>7.2f}{peer[0]:>8.2f}{wall:>7.2f}{ours[1]:>8.2f}{peer[1]:>8.2f}"
          f"{cpu:>7.2f}{goal:>7}{ours[2]:>6.0f}", flush=True)  # fmt: skip


def ssim(path: Path, source: Path) -> float:
    """Return how alike a file's pictures are to the source's, brightened without loss."""
    graph = f"[1:v]{BRIGHTER}[want];[0:v][want]ssim"
    command = ["ffmpeg", "-i", str(path), "-i", str(source), "-lavfi", graph, "-t", str(ROUND)]
    done = subprocess.run([*command, "-f", "null", "-"], check=True, capture_output=True, text=True)
    found = re.search(r"All:([0-9.]+)", done.stderr)
    return float(found[1]) if found else 0.0


def through_engine(source: Path, home: Path, length: int, start: int) -> Iterator[float]:
    """Yield the seconds from each request of a cut to its finished file, in a running engine."""
    from cogwidgets.engine import Engine

    with Engine(home) as engine, cog.connect(base_url=engine.url) as client:
        session = client.session("bench")
        uploaded = session.upload(source)[0]
        segment = {"d": length, "m": {"source": uploaded.cdn_url, "source_start": start}}
        draft = {"d": length, "t": [{"tt": 0, "sg": [segment]}], "m": {}}
        for number in range(100):
            time.sleep(2)  # a person takes longer between two edits
            started = time.perf_counter()
            told = client.api.submit_render(f"r{number}", session.id, draft, Output("mp4", "high"))
            while told.status in {"pending", "processing"}:
                time.sleep(0.02)
                told = client.api.render(told.id)
            if told.status != "completed":
                sys.exit(f"The engine's render ended as {told.status}.")
            yield time.perf_counter() - started


def speed(folder: Path, runs: int) -> None:
    clip, ours, peer = (folder / part for part in ("clip.mp4", "ours.mp4", "peer.mp4"))
    make_clip(clip, SECONDS)
    whole, part, piece = SECONDS * 1000, SECONDS * 1000 - 20_000, ROUND * 1000
    print(f"{SECONDS} s of 1080p, {clip.stat().st_size / 1e6:.0f} MB")
    print(f"{'render':<28}{'s':>7}{'ffmpeg':>8}{'ratio':>7}{'CPU s':>8}{'ffmpeg':>8}{'ratio':>7}"
          f"{'goal':>7}{'MB':>6}")  # fmt: skip

    cut = ffmpeg("-ss", "8.3333", "-i", clip, "-t", str(part / 1000), "-c", "copy", *FAST, peer)
    plain = job(ours, clip, part, source_start=8333)
    row("cut on key pictures", [(rendering(plain), cost(cut)) for _ in range(2 * runs)], "1.5")
    engine = through_engine(clip, folder / "home", part, 8333)
    next(engine)  # whatever the first loads
    pairs = [(next(engine), cost(cut).wall) for _ in range(2 * runs)]
    engine.close()  # type: ignore[attr-defined]  # a generator
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{'  the same in an engine':<28}{mine:>7.2f}{theirs:>8.2f}{ratio:>7.2f}", flush=True)

    encoded = cost(ffmpeg("-i", clip, "-t", ROUND, *X264, *FAST, "-c:a", "copy", peer))
    full = Cost(*(SECONDS / ROUND * each for each in encoded[:2]), encoded.memory)
    titled = job(ours, clip, whole, title=60_000)
    row("title on 3 s", [(rendering(titled), full) for _ in range(runs)], "0.15")
    anywhere = job(ours, clip, part, source_start=10_000)
    row("cut on any picture", [(rendering(anywhere), full) for _ in range(runs)], "")

    effect = [{"kind": "brightness", "amount": 0.1}]
    same = ffmpeg("-i", clip, "-t", ROUND, "-vf", BRIGHTER, *X264, *FAST, "-c:a", "copy", peer)
    pairs_of = [(rendering(job(ours, clip, piece, effects=effect)), cost(same))]
    row(f"every picture, of {ROUND} s", pairs_of, "1.1")
    mine, theirs = ssim(ours, clip), ssim(peer, clip)
    sizes = ours.stat().st_size / peer.stat().st_size
    print(f"  SSIM {mine:.4f}, ffmpeg {theirs:.4f}; size {sizes:.2f} of ffmpeg's")
    # Brightened, because a preview of what is shown as it is copies.
    draft = rendering(job(ours, clip, whole, quality="preview", effects=effect))
    print(f"preview at 540 lines: {draft.wall / SECONDS:.2f} of real time (goal 0.25), "
          f"CPU {draft.cpu / SECONDS:.2f}")  # fmt: skip


def memory(folder: Path) -> None:
    """Render a minute and an hour, with a title, a fade and half the volume."""
    print("memory, MB: 320x180; a cut, and a title with a fade and the sound mixed anew")
    print(f"{'':<8}{'cut':>6}{'edited':>8}{'ffmpeg -c copy':>16}")
    for minutes in (1, 60):
        clip, ours = folder / f"{minutes}.mp4", folder / "ours.mp4"
        make_clip(clip, minutes * 60, "320x180")
        cut = rendering(job(ours, clip, minutes * 60_000 - 5000))
        edited = rendering(job(ours, clip, minutes * 60_000, title=1000, volume=0.5,
                               picture_fade_out=1000))  # fmt: skip
        peer = cost(ffmpeg("-i", clip, "-c", "copy", *FAST, folder / "peer.mp4"))
        print(f"{minutes:>3} min {cut.memory:>6.0f}{edited.memory:>8.0f}{peer.memory:>16.0f}",
              flush=True)  # fmt: skip
        clip.unlink()


def main() -> None:
    if shutil.which("ffmpeg") is None:
        sys.exit("This benchmark's peer is the ffmpeg command: install it (Debian: ffmpeg).")
    with tempfile.TemporaryDirectory() as name:
        # Memory first: a process begins with what its starter has, which the engine makes large.
        memory(Path(name))
        speed(Path(name), runs=3)


if __name__ == "__main__":
    main()
