"""Run every benchmark, or those named: python benchmarks [importing streaming ...]."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
ALL = (
    "importing",
    "recording",
    "stepping",
    "streaming",
    "uploading",
    "studio",
    "cleaning",
    "separation",
    "rendering",
    "crowd",
)


def main() -> None:
    for name in sys.argv[1:] or ALL:
        print(f"\n== {name} ==", flush=True)
        sys.argv = [name]
        runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")


if __name__ == "__main__":
    main()
