"""One process a job: the job as JSON on stdin, its progress and result as JSON lines on stdout.

    echo '{"kind": "probe", "source": "/clips/vlog.mp4"}' | python -m cogwidgets.engine.worker

With ``--ready`` it loads what most jobs need before it reads one.

Each line is {"progress": fraction}, at most ten a second, and the last one {"result": {...}} or
{"error": {"code": ..., "message": ...}}; the exit code is 0 with a result, 1 with an error. Whoever
started the process cancels it by killing it: what is unfinished has names that end in .part. It
ends by itself when its starter is gone.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[dict[str, Any], Callable[[float], None]], dict[str, Any]]

__all__ = ["JOBS", "NICE", "main", "run"]

# Where each kind of job is done, imported when it comes: a probe must not wait for networks.
JOBS = {
    "probe": "cogwidgets.engine.media.probe:probe",
    "separate": "cogwidgets.engine.media.stems:separate",
    "sketch": "cogwidgets.engine.media.sketch:sketch",
    "silences": "cogwidgets.engine.media.silences:silences",
    "denoise": "cogwidgets.engine.media.denoise:denoise",
    "still": "cogwidgets.engine.media.still:still",
    "render": "cogwidgets.engine.media.render:render",
}
# What renders, mixes and draws.
_USUAL = (
    "cogwidgets.engine.media.render",
    "cogwidgets.engine.media.soundtrack",
    "PIL.ImageDraw",
    "PIL.ImageFont",
)
# Edits are waited for in a conversation, an export somewhat later, and a sketch only decorates.
NICE = {"render": 5, "sketch": 10}
_PROGRESS_EVERY = 0.1  # s
_LARGE = 4_000_000  # bytes: the networks ask for such blocks at every step
_LARGE_FOR = {"render": 1_000_000}  # the index of an hour of video is several of these
_LOOK_EVERY = 0.5  # s


def run(job: dict[str, Any], progress: Callable[[float], None]) -> dict[str, Any]:
    """Do a job, in this process, and return its result.

    Raises `cogwidgets.engine.media.errors.MediaError`, and KeyError for an unknown kind.
    """
    module, name = JOBS[job["kind"]].split(":")
    function: Job = getattr(importlib.import_module(module), name)
    return function(job, progress)


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def _throttled(report: Callable[[float], None]) -> Callable[[float], None]:
    """Pass on at most ten fractions a second, and none that goes back."""
    last, highest = -_PROGRESS_EVERY, -1.0

    def progress(fraction: float) -> None:
        nonlocal last, highest
        now = time.monotonic()
        if now - last >= _PROGRESS_EVERY and fraction > highest:
            last, highest = now, fraction
            report(round(min(1.0, fraction), 4))

    return progress


def _end_with_starter(starter: int) -> None:
    """Watch the process that started this one, and end when it is gone.

    Where the system gives orphans a new parent, that is the sign. Elsewhere it is the end of stdin,
    which the starter keeps open; on POSIX a shell's pipe may close it at once.
    """

    def watch() -> None:
        if os.name == "posix":
            while os.getppid() == starter:
                time.sleep(_LOOK_EVERY)
        else:
            while sys.stdin.read(1):
                pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _give_memory_back(large: int) -> None:
    """Make glibc return blocks of so many bytes to the system as soon as they are freed.

    By itself it learns to keep what the networks need for a moment: a fifth more in the end.
    """
    threshold, trim = -3, -1  # M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of malloc.h
    if sys.platform == "linux":
        # Other C libraries have no such function, or one that does nothing.
        tune = getattr(ctypes.CDLL(None), "mallopt", None)
        if tune is not None:
            tune(threshold, large)
            tune(trim, large)


def main() -> int:
    """Read one job from stdin, do it, and tell on stdout how it went."""
    from cogwidgets.engine.media.errors import MediaError

    starter = os.getppid()
    if "--ready" in sys.argv[1:]:
        for name in _USUAL:
            importlib.import_module(name)
    line = sys.stdin.readline()
    if not line:
        return 0  # nobody wants anything
    try:
        job = json.loads(line)
        _end_with_starter(starter)
        _give_memory_back(_LARGE_FOR.get(job["kind"], _LARGE))
        if os.name == "posix":
            os.nice(NICE.get(job["kind"], 0))
        result = run(job, _throttled(lambda fraction: _say({"progress": fraction})))
    except MediaError as error:
        _say({"error": {"code": error.code, "message": str(error)}})
        return 1
    except Exception as error:  # noqa: BLE001  the starter has to hear of every end
        message = f"This job failed in an unforeseen way ({error!r}); please report it."
        _say({"error": {"code": "internal", "message": message}})
        return 1
    _say({"result": result})
    return 0


if __name__ == "__main__":
    code = main()
    # Threads of the networks and codecs need not be waited for: all files are closed.
    sys.stdout.flush()
    os._exit(code)
