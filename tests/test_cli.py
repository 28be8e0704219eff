"""The command line, as processes of its own: what it prints, how it ends, what it leaves behind."""

import hashlib
import itertools
import os
import re
import shutil
import subprocess
import sys

import av
import pytest
from clips import clip

from cogwidgets.engine.media import music
from cogwidgets.sample import VLOG, music_drop


def run(*arguments, **options):
    command = [sys.executable, "-W", "error", "-m", "cogwidgets", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_clean_writes_beside_the_input_and_leaves_it_alone(tmp_path):
    source = tmp_path / 'it\'s my "vlog" 视频.mp4'
    shutil.copy(VLOG, source)
    before = hashlib.sha256(source.read_bytes()).digest()
    told = run("clean", source)
    assert told.returncode == 0, told.stderr
    result = tmp_path / 'it\'s my "vlog" 视频-clean.mp4'
    assert music_drop(result) > 30
    assert re.search(r"23 s in \d+\.\d s · music removed, about \d+ dB in the pauses", told.stdout)
    assert hashlib.sha256(source.read_bytes()).digest() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([source.name, result.name])


def test_clean_lays_a_track_of_ones_own(tmp_path, track):
    source = clip("talk.mp4", seconds=3.0, sound="mix")
    told = run("clean", source, "-o", tmp_path / "out.mkv", "--music", track)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "out.mkv").read_bytes()[:4] == b"\x1a\x45\xdf\xa3"  # EBML


@pytest.fixture
def track(tmp_path):
    """Some seconds of a track of one's own, in a container that can be uploaded."""
    source = music.choose("happy", "any").path
    target = tmp_path / "my track.wav"
    with av.open(str(source)) as ours, av.open(str(target), "w") as theirs:
        stream = theirs.add_stream("pcm_s16le", rate=48000)
        for frame in itertools.islice(ours.decode(audio=0), 200):
            theirs.mux(stream.encode(frame))
        theirs.mux(stream.encode(None))
    return target


def _bad_inputs(folder):
    (folder / "text.mp4").write_text("this is no video\n" * 50)
    (folder / "empty.mp4").touch()
    (folder / "notes.txt").write_text("hello")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n")
    (folder / "cut.mp4").write_bytes(VLOG.read_bytes()[:3000])
    (folder / "a folder").mkdir()
    with (folder / "huge.mp4").open("wb") as file:
        file.truncate(500_000_001)
    return {
        "missing": ("missing.mp4", "is not there"),
        "text": ("text.mp4", "text.mp4"),
        "empty": ("empty.mp4", "is empty"),
        "unsupported": ("notes.txt", "Supported are mp4"),
        "picture": ("picture.png", "no music"),
        "truncated": ("cut.mp4", "cut.mp4"),
        "folder": ("a folder", "is a folder"),
        "huge": ("huge.mp4", "500 MB"),
        "outside": ("../../nowhere/clip.mp4", "is not there"),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "missing",
        "text",
        "empty",
        "unsupported",
        "picture",
        "truncated",
        "folder",
        "huge",
        "outside",
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, kind):
    name, words = _bad_inputs(tmp_path)[kind]
    before = sorted(p.name for p in tmp_path.iterdir())
    told = run("clean", name, cwd=tmp_path)
    assert told.returncode == 2, told.stdout + told.stderr
    last = told.stderr.strip().splitlines()[-1]
    assert last.startswith("cogwidgets: ")
    assert words in last
    assert "Traceback" not in told.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_video_without_sound_is_refused(tmp_path):
    mute = shutil.copy(clip("mute.mp4", audio=None), tmp_path / "mute.mp4")
    told = run("clean", mute)
    assert told.returncode == 2
    assert "has no sound" in told.stderr.strip().splitlines()[-1]
    assert [p.name for p in tmp_path.iterdir()] == ["mute.mp4"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--music", "gloomy"], "no mood 'gloomy'"),
        (["--music", "missing.mp3"], "missing.mp3 is not there"),
        (["-o", "nowhere/out.mp4"], "is not there"),
        (["-o", "out.xyz"], "which container"),
        (["-o", "clip.mp4"], "never changed"),
    ],
)
def test_bad_options_are_said_before_any_work(tmp_path, arguments, words):
    shutil.copy(VLOG, tmp_path / "clip.mp4")
    told = run("clean", "clip.mp4", *arguments, cwd=tmp_path)
    assert told.returncode == 2
    assert words in told.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.skipif(os.name != "posix", reason="full and read-only file systems are made here")
def test_an_output_that_cannot_be_written_is_refused():
    told = run("clean", VLOG, "-o", "/proc/out.mp4")
    assert told.returncode == 2
    assert "cannot be written" in told.stderr


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 1 MB; making one takes root, which CI is."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("making a small disk to fill takes root on Linux")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_said_so_and_nothing_half_written_stays(tiny_disk):
    full = tiny_disk / "full"
    full.write_bytes(bytes(1_000_000))  # of 1,048,576
    source = clip("talk.mp4", seconds=3.0, sound="mix")
    assert source.stat().st_size > 60_000
    told = run("clean", source, "-o", tiny_disk / "out.mp4")
    assert told.returncode == 1
    assert "The disk is full" in told.stderr.strip().splitlines()[-1]
    assert list(tiny_disk.iterdir()) == [full]


def test_a_full_disk_under_the_engine_is_said_so(tiny_disk, tmp_path, monkeypatch):
    monkeypatch.setenv("COG_HOME", str(tiny_disk))
    told = run("clean", VLOG, "-o", tmp_path / "out.mp4")
    assert told.returncode == 1
    assert "disk is full" in told.stderr
    assert "Traceback" not in told.stderr


def test_demo_says_what_it_did(tmp_path):
    told = run("demo", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    drop = re.search(r"music\s+(\d+) dB quieter", told.stdout)
    assert int(drop[1]) >= 30
    assert (tmp_path / "vlog-clean.mp4").exists()
    assert str(tmp_path / "vlog-clean.mp4") in told.stdout


def test_help_and_version_and_nonsense():
    assert "clean" in run("--help").stdout
    assert re.match(r"cogwidgets \d", run("--version").stdout)
    assert run("polish").returncode == 2
    assert run().returncode == 2
