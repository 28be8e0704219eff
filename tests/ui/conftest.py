"""A Jupyter server of the tests' own, and a browser that looks at what it serves (see `desk`)."""

import shutil
import sys
from pathlib import Path

import pytest
from desk import Browser, Jupyter

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items):
    """Bound every test here: a browser that hangs fails its test, not the suite."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(180))


@pytest.fixture(scope="session")
def chromium():
    """Where the browser is."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    pytest.fail(
        "No chromium on this machine, and what is seen is tested in a real browser:"
        " `apt-get install chromium` as root, or put one of "
        f"{', '.join(NAMES)} on the PATH.",
        pytrace=False,
    )


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    """JupyterLab, Notebook 7 and Voila on one server; its kernels are "python3" and "kernel6"."""
    kernel6 = Path(sys.prefix) / "kernel6" / "bin" / "python"
    kernels = {"python3": Path(sys.executable), "kernel6": kernel6}
    with Jupyter(tmp_path_factory.mktemp("jupyter"), kernels).running() as jupyter:
        yield jupyter


@pytest.fixture(scope="module")
def browser(chromium, jupyter, tmp_path_factory):
    """One browser a module; `browser.open([...])` opens a new notebook in it."""
    # Playwright holds its thread's event loop, which other tests need: not longer than a module.
    with Browser(chromium, jupyter, tmp_path_factory.mktemp("chromium")).running() as browser:
        yield browser
