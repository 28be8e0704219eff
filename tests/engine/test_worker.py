"""A job is a process: JSON in, JSON lines out, gone at once when it is not wanted."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from clips import clip, place, text

WORKER = [sys.executable, "-m", "cogwidgets.engine.worker"]


def start(job, **options):
    process = subprocess.Popen(
        WORKER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.flush()
    return process


def finish(process):
    out, noise = process.communicate(timeout=120)
    return [json.loads(line) for line in out.splitlines()], noise, process.returncode


def separation(path, folder, strength="normal"):
    folder.mkdir()
    return {
        "kind": "separate",
        "source": str(path),
        "folder": str(folder),
        "strength": strength,
    }


def test_a_probe_answers_in_one_line():
    lines, noise, code = finish(start({"kind": "probe", "source": str(clip())}))
    assert [line["result"]["file_type"] for line in lines] == ["video"]
    assert (noise, code) == ("", 0)


@pytest.mark.parametrize("kind", ["probe", "render"])
def test_what_reads_or_copies_does_not_wait_for_what_computes(kind):
    source = str(clip())
    draft = {"d": 2000, "t": [{"tt": 0, "sg": [{"d": 2000, "m": {"source": source}}]}]}
    output = {"format": "mp4", "quality": "high"}
    render = {"draft": draft, "media": {source: source}, "output": output}
    job = {"kind": kind, "source": source, **render, "target": str(place("copy.mp4"))}
    script = """
import json, sys, cogwidgets.engine.worker as worker
worker.run(json.loads(sys.argv[1]), print)
heavy = {"numpy", "asyncio", "onnxruntime", "fastapi", "uvicorn", "pandas", "httpx", "IPython"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script, json.dumps(job)], check=True)


def test_an_error_is_one_line_with_its_code():
    lines, noise, code = finish(start({"kind": "probe", "source": str(text())}))
    assert lines[-1]["error"]["code"] == "unreadable"
    assert lines[-1]["error"]["message"].startswith("notes.mp4 ")
    assert (noise, code) == ("", 1)


@pytest.mark.parametrize("job", [{"kind": "dance"}, {"kind": "probe"}, [], 3])
def test_a_job_that_makes_no_sense_is_an_error_of_ours(job):
    lines, noise, code = finish(start(job))
    assert lines[-1]["error"]["code"] == "internal"
    assert (noise, code) == ("", 1)


def test_progress_is_told_and_ends_with_the_result():
    folder = place("stems")
    lines, noise, code = finish(start(separation(clip("a.wav", sound="mix", seconds=30), folder)))
    *told, last = lines
    fractions = [line["progress"] for line in told]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert len(fractions) >= 2
    assert last["result"]["streams"][0]["samples"] == pytest.approx(30 * 48_000, abs=2000)
    assert (noise, code) == ("", 0)


def test_a_damaged_video_makes_no_noise():
    whole = clip("a.mkv", seconds=4.0)
    data = bytearray(whole.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    damaged = place("damaged.mkv")
    damaged.write_bytes(data)
    _, noise, _ = finish(start(separation(damaged, place("stems"), "light")))
    assert noise == ""


def wait_until_separating(process):
    """Read until the first progress."""
    assert "progress" in process.stdout.readline()


def test_a_killed_job_leaves_only_parts():
    folder = place("stems")
    process = start(separation(clip("long.wav", sound="mix", seconds=60.0), folder))
    wait_until_separating(process)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert time.monotonic() - began < 2
    process.communicate()
    assert {path.name for path in folder.iterdir()} == {"speech-1.flac.part", "speech-1.m4a.part"}


def test_a_job_ends_when_its_starter_is_gone():
    folder = place("stems")
    job = separation(clip("long.wav", sound="mix", seconds=60.0), folder)
    script = f"""
import subprocess, sys, json, os
worker = subprocess.Popen({WORKER!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          start_new_session=True)
worker.stdin.write(json.dumps({job!r}) + chr(10)); worker.stdin.flush()
worker.stdout.readline()
print(worker.pid, flush=True)
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    worker = int(done.stdout)
    for _ in range(100):
        if not alive(worker):
            break
        time.sleep(0.1)
    else:
        os.kill(worker, signal.SIGKILL)
        pytest.fail("the worker outlived its starter")
    assert all(path.name.endswith(".part") for path in folder.iterdir())


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
