"""Measure how well speech is separated from music, and what it costs.

    pip install .[bench]
    python benchmarks/separation.py [SET]

SET is a folder of speech and music stems with a ``manifest.json`` and a ``score.py`` that defines
the metrics (default: ``$COG_BENCH_DATA``, else ``../shared/data/separation`` beside the
repository). Every clip is mixed at three speech-to-music ratios and separated with every strength;
the table also has the mixture itself. Figures are means over the clips.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from cogwidgets.engine.media.separate import RATE, Separator, Strength

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from cogwidgets.engine.media.separate import Sound

BESIDE = Path(__file__).parents[2] / "shared" / "data" / "separation"
RATIOS = (0, 5, 10)
COLUMNS = {
    "sisdri": "SI-SDR gain dB",
    "pause": "pauses dB",
    "stoi": "STOI",
    "pesq": "PESQ",
    "gain_db": "level dB",
}


def load_score(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None or not (folder / "manifest.json").is_file():
        raise SystemExit(f"no separation set in {folder}: give its folder or set COG_BENCH_DATA")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(score: ModuleType, folder: Path, separate: Callable[[Sound], Sound], ratio: int) -> str:
    """Separate all clips at one ratio and return their row of the table."""
    rows: list[dict[str, Any]] = []
    seconds = used = 0.0
    for clip in score.load_set(str(folder))["clips"]:
        speech, music, rate = score.stems(str(folder), clip, ratio)
        if rate != RATE:
            raise SystemExit(f"clip {clip['id']} is at {rate} Hz: the set must be at {RATE} Hz")
        mixture = (speech + music).astype(np.float32)
        started = time.process_time()
        estimate = separate(mixture)
        used += time.process_time() - started
        seconds += len(mixture) / RATE
        rows.append(score.measure(clip, speech, music, estimate, RATE, rate))
    means = {key: score.mean(rows, key) for key in COLUMNS}
    cells = [f"{means[key]:.2f}" if np.isfinite(means[key]) else "-" for key in COLUMNS]
    return " | ".join([*cells, f"{used / seconds:.3f}"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("set", nargs="?", default=os.environ.get("COG_BENCH_DATA", BESIDE))
    folder = Path(parser.parse_args().set)
    score = load_score(folder)
    ways: dict[str, Callable[[Sound], Sound]] = {"do nothing": lambda mixture: mixture}
    for strength in get_args(Strength):
        ways[strength] = Separator(strength).separate
    print("|", " | ".join(["speech : music", "separator", *COLUMNS.values(), "CPU s per s"]), "|")
    print("|---" * (len(COLUMNS) + 3) + "|")
    for ratio in RATIOS:
        for name, separate in ways.items():
            print(f"| {ratio} dB | {name} | {run(score, folder, separate, ratio)} |", flush=True)


if __name__ == "__main__":
    main()
