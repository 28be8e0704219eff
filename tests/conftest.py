"""What every test stands on: an environment of its own, and an engine on a home of its own."""

from pathlib import Path

import hypothesis
import pytest

from cogwidgets.engine import Engine

# Tests are never timed (`make bench` measures), so a slow machine is no failure.
hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")

# No module to look for doctests in: a program for another environment, and pytest's own files.
collect_ignore = ["api/adk_server.py"]
collect_ignore_glob = ["*conftest.py"]

_OURS = ("COG_", "NEMO_")


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest: the last ones are to end together (see Makefile)."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow and "ui" not in item.path.parts)


@pytest.fixture(scope="session")
def sample():
    """The shipped video: 23 s of speech over music."""
    from cogwidgets.sample import VLOG

    return VLOG


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch, tmp_path_factory):
    """Keep the tester's own tokens, client id and sessions out of the tests."""
    import os

    for name in [n for n in os.environ if n.startswith(_OURS) or n == "SKILL_SOURCE"]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("COG_HOME", str(home / "cog"))


@pytest.fixture
def engine(tmp_path: Path):
    """A running engine that nobody else uses."""
    with Engine(tmp_path / "engine") as engine:
        yield engine
