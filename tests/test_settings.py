"""The environment, the client id and the attribution."""

import stat
import uuid
from pathlib import Path

import pytest

from cogwidgets import settings


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("NEMO_CLIENT_ID", "SKILL_SOURCE", "COG_HOME", "NEMO_WEB_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_client_id_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    first = settings.client_id()
    assert str(uuid.UUID(first)) == first == settings.client_id()
    kept = tmp_path / ".config" / "nemovideo" / "client_id"
    assert kept.read_text().strip() == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_client_id_that_is_none_is_replaced(tmp_path):
    kept = tmp_path / ".config" / "nemovideo" / "client_id"
    kept.parent.mkdir(parents=True)
    kept.write_text("not a uuid")
    assert str(uuid.UUID(settings.client_id())) == kept.read_text().strip()


def test_a_home_that_cannot_be_written_is_no_reason_to_stop(tmp_path):
    (tmp_path / ".config").write_text("a file where the folder should be")
    assert settings.client_id() == settings.client_id()


def test_the_environment_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("NEMO_CLIENT_ID", "mine")
    monkeypatch.setenv("COG_HOME", str(tmp_path / "cog"))
    monkeypatch.setenv("NEMO_WEB_URL", "http://localhost:1/")
    assert settings.client_id() == "mine"
    assert settings.home() == tmp_path / "cog"
    assert settings.web_url() == "http://localhost:1"


def test_attribution_is_read_from_the_packaged_skill():
    fields = settings.front_matter(Path(settings.__file__).with_name("skill.md").read_text())
    who = settings.attribution()
    assert (who.source, who.version) == (fields["name"], fields["version"])
    assert who.platform == "unknown"


@pytest.mark.parametrize(
    ("path", "platform"),
    [
        ("/u/.clawhub/skills/music/skill.md", "clawhub"),
        ("/u/.cursor/skills/music/skill.md", "cursor"),
        ("/u/.cursor/other/skill.md", "unknown"),
    ],
)
def test_the_platform_comes_from_the_install_path(path, platform):
    assert settings._platform(Path(path)) == platform


def test_the_platform_can_be_named(monkeypatch):
    monkeypatch.setenv("SKILL_SOURCE", "lab")
    assert settings.attribution().platform == "lab"
