"""Time the Studio in a real JupyterLab, against plain ipywidgets in the same page.

From Run to a Studio that can be used, and from a click to what it shows. The peer is a button of
ipywidgets: how long it takes to stand, and to have its callback in the kernel change a label.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ui"))

from desk import Browser, Jupyter

RUNS = 5
PEER = """
import ipywidgets
label, button = ipywidgets.Label("0"), ipywidgets.Button(description="Peer")
button.on_click(lambda _: setattr(label, "value", str(int(label.value) + 1)))
ipywidgets.VBox([button, label])
"""
STUDIO = "import cogwidgets as cog\nstudio = cog.Studio()\nstudio"
CLOSE = "studio.close()"

# Do something in the page, and tell the milliseconds until something is so.
TIMED = """([act, so]) => new Promise((resolve, reject) => {
    const is = new Function(`return ${so}`), began = performance.now();
    const look = () => {
        const past = performance.now() - began;
        if (is()) resolve(past);
        else if (past > 60000) reject(new Error(`after a minute it is not so: ${so}`));
        else setTimeout(look, 1);
    };
    new Function(act)();
    look();
})"""
RUN = """const nb = window.jupyterapp.shell.currentWidget.content;
nb.deselectAll();
nb.activeCellIndex = %d;
window.jupyterapp.commands.execute("notebook:run-cell")"""
FIND = "[...document.querySelectorAll('button')].find(b => b.textContent.trim() === %r)"
CELL = "document.querySelectorAll('.jp-Notebook .jp-Cell')[%d]"
USABLE = "(b => b && !b.disabled)(" + FIND % "Try the sample video" + ")"


def timed(page: Any, act: str, so: str) -> float:
    return float(page.evaluate(TIMED, [act, so]))


def standing(notebook: Any) -> tuple[list[float], list[float]]:
    """Return the milliseconds from Run to the peer and to the Studio; the first is with import."""
    page = notebook.page
    peer, ours = [], []
    for _ in range(RUNS):
        notebook.js("notebook.widgets[0].model.clearExecution(); return null")
        there = f"{CELL % 0}.querySelector('.jp-OutputArea .jupyter-button')"
        peer.append(timed(page, RUN % 0, there))
        notebook.wait_idle()
        ours.append(timed(page, RUN % 1, USABLE))
        notebook.wait_idle()
        if len(ours) < RUNS:
            notebook.js("notebook.widgets[1].model.clearExecution(); return null")
            notebook.run(2)
            notebook.wait_idle()
    return peer, ours


def clicking(notebook: Any) -> dict[str, float]:
    """Return the milliseconds from a click to what it shows."""
    page, studio = notebook.page, notebook.output(1).locator(".cog-studio")
    label = "document.querySelector('.widget-label, .jupyter-widget-label').textContent"
    peers = []
    for _ in range(RUNS):
        before = page.evaluate(f"() => {label}")
        peers.append(timed(page, FIND % "Peer" + ".click()", f"{label} !== {before!r}"))
    found = {"ipywidgets: a callback changes a label": statistics.median(peers)}
    press = FIND % "Try the sample video" + ".click()"
    found["a file: its line with the bar"] = timed(
        page, press, "document.querySelector('.cog-files-list .cog-file')"
    )
    studio.get_by_text("1 track · 0:23").wait_for()
    said = "remove the background music"
    found["a message: it stands in the chat"] = timed(
        page, FIND % said + ".click()", "document.querySelector('.cog-me')"
    )
    found["Stop: the button says so"] = timed(
        page, FIND % "Stop" + ".click()", "/Stopping/.test(document.body.textContent)"
    )
    studio.get_by_role("button", name="Send").wait_for()
    tab = "document.querySelector('.cog-tab[id$=-state]')"
    found["a tab: its panel"] = timed(
        page, f"{tab}.click()", f"{tab}.getAttribute('aria-selected') === 'true'"
    )
    return found


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("No chromium here, so the Studio is not timed: make chromium")
        return
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "jupyter").mkdir()
        jupyter = Jupyter(Path(folder) / "jupyter", {"python3": Path(sys.executable)})
        with (
            jupyter.running(),
            Browser(chromium, jupyter, Path(folder) / "chrome").running() as browser,
            browser.open([PEER, STUDIO, CLOSE]) as notebook,
        ):
            peer, ours = standing(notebook)
            print(f"{'from Run until it can be used':<42}{'ms':>8}{'peer':>8}{'ratio':>8}")
            rows = {"first, with the imports": (ours[0], peer[0])}
            rows["after that, median"] = (statistics.median(ours[1:]), statistics.median(peer[1:]))
            for name, (mine, theirs) in rows.items():
                print(f"{name:<42}{mine:>8.0f}{theirs:>8.0f}{mine / theirs:>8.2f}")
            print(f"\n{'from a click to what it shows':<42}{'ms':>8}")
            for name, milliseconds in clicking(notebook).items():
                print(f"{name:<42}{milliseconds:>8.0f}")


if __name__ == "__main__":
    main()
