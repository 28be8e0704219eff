"""Measure the call inspector with a long log, and how soon a Stop in a browser ends a cell.

The browser is that of tests/ui; without chromium only the kernel's side is measured.
"""

from __future__ import annotations

import gc
import shutil
import statistics
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from recording import CALLS, long_log

import cogwidgets as cog
from cogwidgets.trace import CallLog

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ui"))

from desk import Browser, Jupyter, Notebook, wait_for

LOG = f"""\
import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
import cogwidgets as cog
from recording import long_log
client = cog.connect(base_url='http://127.0.0.1:9')
client.api.calls = long_log()"""
PEER = "import ipywidgets; ipywidgets.Label('a label')"
SHOW = "cog.CallInspector(client)"
STOPS = 5


def kernel_side() -> None:
    """Print what a long log costs in the kernel."""
    log = long_log()
    inspected(log[:10])  # imports are not what is measured
    started = time.process_time()
    view, size = inspected(log)
    took = time.process_time() - started
    print(f"{CALLS:,} calls, in the kernel: the view and its list take {took:.3f} CPU s", end="")
    print(f" and {size / 1e6:.1f} MB")
    view.close()
    del log, view
    gc.collect()
    tracemalloc.start()
    log = long_log()
    view, _ = inspected(log)
    gc.collect()
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    view.close()
    budget = log.shelf.budget / 2**20
    print(f"  memory with both {memory / 2**20:.0f} MiB; the log's budget is {budget:.0f} MiB")


def inspected(log: CallLog) -> tuple[cog.CallInspector, int]:
    """Return a view of a log, and how many bytes its list and its page have."""
    client = cog.connect(base_url="http://127.0.0.1:9")
    client.api.calls = log
    view = cog.CallInspector(client)
    return view, len(view.get_state()["rows"]) + len(view.html())


def in_a_browser(browser: Browser) -> None:
    """Print how soon the rows are on the screen, and how soon a click ends a cell."""
    with browser.open([LOG, PEER, SHOW, SHOW]) as notebook:
        notebook.run(0)
        notebook.wait_idle(120)
        peer = until_shown(notebook, 1, ".widget-label")
        newest = f"details.call[data-index='{CALLS}']"
        ours = [until_shown(notebook, cell, newest) for cell in (2, 3)]
        print(f"{CALLS:,} calls, in JupyterLab, from the run of a cell to the newest row:", end="")
        print(f" {ours[0]:.2f} s, again {ours[1]:.2f} s; a label of ipywidgets {peer:.2f} s")
    for kernel in ("python3", "kernel6"):
        with browser.open(["import cogwidgets as cog", *_silent()], kernel=kernel) as notebook:
            notebook.run(0, 1)
            notebook.wait_idle()
            took = [until_stopped(notebook, cell) for cell in range(2, 2 + STOPS)]
            middle, most = statistics.median(took), max(took)
            print(f"Stop in a silent stream, {kernel}: the cell ends {middle:.2f} s after", end="")
            print(f" the click, {most:.2f} s at most of {STOPS}")


def _silent() -> list[str]:
    faults = [f"run_sse=heartbeats:60@{n}" for n in range(1, STOPS + 1)]
    connect = f"client = cog.connect('local', faults={faults})\nsession = client.session('my vlog')"
    step = "with client.stepping('/run_sse'):\n    session.send('remove the music')"
    return [connect, *[step] * STOPS]


def until_shown(notebook: Notebook, cell: int, what: str) -> float:
    """Return the seconds from a cell's run until something stands below it."""
    started = time.perf_counter()
    notebook.run(cell)
    notebook.output(cell).locator(what).wait_for()
    return time.perf_counter() - started


def until_stopped(notebook: Notebook, cell: int) -> float:
    """Return the seconds from the click on Stop until the cell has ended."""
    notebook.run(cell)
    card = notebook.output(cell).locator(".step")
    card.get_by_role("button", name="Send", exact=True).click()
    stop = card.locator("[data-name=halt]")
    stop.wait_for()
    time.sleep(1.2)
    started = time.perf_counter()
    stop.click()
    wait_for(lambda: not notebook.running(), "the end of the cell", 30)
    return time.perf_counter() - started


def main() -> None:
    kernel_side()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("In a browser: not measured, there is no chromium here (apt-get install chromium).")
        return
    kernels = {
        "python3": Path(sys.executable),
        "kernel6": Path(sys.prefix) / "kernel6" / "bin" / "python",
    }
    with tempfile.TemporaryDirectory() as folder:
        home, profile = Path(folder) / "jupyter", Path(folder) / "chromium"
        home.mkdir()
        with (
            Jupyter(home, kernels).running() as jupyter,
            Browser(chromium, jupyter, profile).running() as browser,
        ):
            in_a_browser(browser)


if __name__ == "__main__":
    main()
