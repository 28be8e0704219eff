"""A Jupyter server and a browser, and what a person does with them.

>>> code = "1 + 1"
>>> def a_test(browser):
...     with browser.open([code], app="lab", kernel="python3", theme="dark") as notebook:
...         notebook.run(0)
...         notebook.wait_idle()
...         assert "2" in notebook.output(0).inner_text()

Every wait is bounded, and says what it waited for.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

__all__ = ["Browser", "Jupyter", "Notebook", "wait_for"]

App = Literal["lab", "notebook", "voila"]

_PATIENCE = 60  # s; for what takes a second or two on a machine that is not busy
_CHROMIUM = [
    "--no-sandbox",  # root in a container has no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
]
_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# What every test wants: no news, no prompts, and all cells in the page, not those in sight alone.
_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
_STEADY = "*, *::before, *::after { transition: none !important; caret-color: transparent; }"


def wait_for(ready: Callable[[], Any], what: str, seconds: float = _PATIENCE) -> Any:
    """Return what ``ready`` gives as soon as that is true of something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"Waited {seconds} s for {what}.")


@dataclass
class Jupyter:
    """A server in a folder of its own, with nothing of the tester's."""

    folder: Path
    kernels: dict[str, Path]
    url: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def root(self) -> Path:
        """The folder that it serves, where its kernels start."""
        return self.folder / "root"

    @contextmanager
    def running(self) -> Iterator[Jupyter]:
        """Start it; stop it with all its kernels."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.root.mkdir()
        self._write_configuration()
        command = [sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser"]
        command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
        command += [f"--ServerApp.root_dir={self.root}", f"--IdentityProvider.token={self.token}"]
        command += ["--KernelSpecManager.ensure_native_kernel=False"]
        log = self.folder / "server.log"
        with log.open("w") as out:
            server = subprocess.Popen(
                command,
                cwd=self.root,
                env=self._environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(lambda: self._answers(server, log), "the Jupyter server")
            yield self
        finally:
            self._stop(server)

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask its own HTTP interface."""
        headers = {"Authorization": f"token {self.token}"}
        answer = httpx.request(method, f"{self.url}/api/{path}", headers=headers, timeout=10)
        return answer.raise_for_status().json() if answer.content else None

    def end_kernels(self) -> None:
        """End every kernel that runs."""
        for kernel in self.ask("kernels"):
            self.ask(f"kernels/{kernel['id']}", "DELETE")

    def set(self, settings: dict[str, dict[str, Any]]) -> None:
        """Write settings of the applications, which they read as a page is opened."""
        for plugin, values in (_SETTINGS | settings).items():
            folder, _, name = plugin.partition(":")
            path = self.folder / "settings" / folder / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _write_configuration(self) -> None:
        for application, name in (("lab", "LabApp"), ("notebook", "JupyterNotebookApp")):
            path = self.folder / "config" / f"jupyter_{application}_config.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps({name: {"expose_app_in_browser": True}}))
        for name, python in self.kernels.items():
            spec = {
                "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": name,
                "language": "python",
            }
            path = self.folder / "data" / "kernels" / name / "kernel.json"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(spec))

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COG_", "NEMO_"))}
        places = {
            "HOME": "home",
            "COG_HOME": "home/cog",
            "IPYTHONDIR": "home/ipython",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        return kept | {name: str(self.folder / place) for name, place in places.items()}

    def _answers(self, server: subprocess.Popen[bytes], log: Path) -> bool:
        if server.poll() is not None:
            raise RuntimeError(f"The Jupyter server ended:\n{log.read_text()[-3000:]}")
        try:
            self.ask("status")
        except httpx.HTTPError:
            return False
        return True

    def _stop(self, server: subprocess.Popen[bytes]) -> None:
        with suppress(httpx.HTTPError):
            self.end_kernels()
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(server.pid, how)
                server.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


@dataclass
class Browser:
    """Chromium, without a window."""

    chromium: str
    jupyter: Jupyter
    folder: Path
    context: Any = None

    @contextmanager
    def running(self) -> Iterator[Browser]:
        """Start it; close it."""
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            self.context = playwright.chromium.launch_persistent_context(
                str(self.folder),
                executable_path=self.chromium,
                args=_CHROMIUM,
                viewport={"width": 1280, "height": 900},
                permissions=["clipboard-read", "clipboard-write"],
            )
            self.context.set_default_timeout(30_000)
            try:
                yield self
            finally:
                self.context.close()

    @contextmanager
    def open(
        self,
        cells: Sequence[str] | Path,
        *,
        app: App = "lab",
        kernel: str = "python3",
        theme: Literal["light", "dark"] = "light",
        settings: dict[str, dict[str, Any]] | None = None,
        size: tuple[int, int] = (1280, 900),
    ) -> Iterator[Notebook]:
        """Open a new notebook with these cells, or a saved one; without a kernel if that is ""."""
        if kernel and not self.jupyter.kernels[kernel].exists():
            pytest.fail(f"No {kernel} here: `make .venv/{kernel}/ready.stamp`.", pytrace=False)
        path = cells if isinstance(cells, Path) else self._new(cells, kernel)
        chosen = {"theme": _THEMES[theme]}
        self.jupyter.set(
            {"@jupyterlab/apputils-extension:themes": chosen} | (settings or {}),
        )
        page = self.context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        notebook = Notebook(page, path, app)
        page.on("console", lambda said: notebook.console.append((said.type, said.text)))
        page.on("pageerror", lambda error: notebook.errors.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        try:
            page.goto(self._address(path if kernel else None, app), wait_until="domcontentloaded")
            if app == "voila":
                page.wait_for_selector(".jp-OutputArea-output", state="attached")
            else:
                if not kernel:
                    notebook.open_without_kernel()
                notebook.wait_ready(with_kernel=bool(kernel))
            page.add_style_tag(content=_STEADY)
            notebook.errors.clear()  # Notebook 7 has one of its own as it starts
            yield notebook
        finally:
            page.close()
            self.jupyter.end_kernels()

    def _new(self, cells: Sequence[str], kernel: str) -> Path:
        notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
        notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel}
        path = self.jupyter.root / f"{secrets.token_hex(4)}.ipynb"
        nbformat.write(notebook, path)
        return path

    def _address(self, path: Path | None, app: App) -> str:
        place = {"lab": "lab/tree", "notebook": "notebooks", "voila": "voila/render"}[app]
        place = "lab" if path is None else f"{place}/{path.relative_to(self.jupyter.root)}"
        # A workspace would bring the tabs of the test before along.
        rest = f"?token={self.jupyter.token}" + ("&reset" if app == "lab" else "")
        return f"{self.jupyter.url}/{place}{rest}"


@dataclass
class Notebook:
    """One notebook in its page. `page` is Playwright's own, for all that is not here."""

    page: Any
    path: Path
    app: App
    console: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)  # that nobody caught, since the page stood

    def js(self, body: str, given: Any = None) -> Any:
        """Run JavaScript with ``app``, ``panel``, ``notebook`` and ``given`` at hand."""
        return self.page.evaluate(
            "given => { const app = window.jupyterapp, panel = app.shell.currentWidget,"
            f" notebook = panel.content; {body} }}",
            given,
        )

    def run(self, *cells: int) -> None:
        """Have these cells run; returns at once, as the click on "Run" does."""
        for cell in cells:
            self.js(
                "notebook.deselectAll(); notebook.activeCellIndex = given;"
                "app.commands.execute('notebook:run-cell'); return null",
                cell,
            )

    def interrupt(self) -> None:
        """Interrupt the kernel."""
        self.js("panel.sessionContext.session.kernel.interrupt(); return null")

    def open_without_kernel(self) -> None:
        """Open it in a JupyterLab that shows nothing yet, and start no kernel."""
        self.page.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored")
        self.page.evaluate(
            """async path => {
                await window.jupyterapp.restored;
                await window.jupyterapp.commands.execute('docmanager:open', {path,
                    factory: 'Notebook', kernelPreference: {shouldStart: false, canStart: false}});
            }""",
            self.path.name,
        )

    def wait_ready(self, *, with_kernel: bool = True) -> None:
        """Wait until the page stands, and its kernel is at rest."""
        page = self.page
        page.wait_for_function("() => window.jupyterapp && window.jupyterapp.shell.currentWidget")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        if with_kernel:
            wait_for(lambda: self.status() == "idle", "the kernel")

    def status(self) -> str:
        """Return what the kernel does: idle, busy, …"""
        return self.js(
            "const session = panel.sessionContext && panel.sessionContext.session;"
            "return session && session.kernel ? session.kernel.status : ''"
        )

    def running(self) -> bool:
        """Tell whether a cell runs or waits."""
        return self.js(
            "return notebook.widgets.some(cell => cell.promptNode"
            " && cell.promptNode.textContent.includes('*'))"
        )

    def wait_idle(self, seconds: float = _PATIENCE) -> None:
        """Wait until no cell runs."""
        wait_for(
            lambda: self.status() == "idle" and not self.running(), "the cells to end", seconds
        )

    def count(self, cell: int) -> int | None:
        """Return the number that stands beside a cell that has run."""
        return self.js("return notebook.widgets[given].model.executionCount", cell)

    def output(self, cell: int) -> Any:
        """Return what stands below a cell, as a locator."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-Cell-outputArea")

    def outputs(self, cell: int) -> list[dict[str, Any]]:
        """Return a cell's outputs as the notebook format has them."""
        return self.js("return notebook.widgets[given].model.outputs.toJSON()", cell)

    def save(self) -> nbformat.NotebookNode:
        """Save it, and return what was saved."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        return nbformat.read(self.path, as_version=4)

    def shot(self, path: Path | str, of: Any = None) -> Path:
        """Take a picture of the page, or of a locator."""
        (of or self.page).screenshot(path=str(path))
        return Path(path)
