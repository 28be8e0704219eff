"""The files that a sentence names."""

from pathlib import Path

import pytest

from cogwidgets.client.sources import sources_in


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("vlog.mp4", "my holiday.mov", "音乐.mp3"):
        (tmp_path / name).touch()


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("vlog.mp4", [Path("vlog.mp4")]),
        ("upload vlog.mp4 please", [Path("vlog.mp4")]),
        ("my holiday.mov", [Path("my holiday.mov")]),
        ('upload "my holiday.mov" and vlog.mp4', [Path("my holiday.mov"), Path("vlog.mp4")]),
        ("上传 音乐.mp3", [Path("音乐.mp3")]),
        (
            "upload https://example.org/a.mp4, vlog.mp4",
            ["https://example.org/a.mp4", Path("vlog.mp4")],
        ),
        ("upload not-there.mp4", []),
        ("upload", []),
        ("", []),
    ],
)
def test_paths_that_exist_and_urls_are_found(text, sources):
    assert sources_in(text) == sources
