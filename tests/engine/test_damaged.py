"""Hostile input: damaged media and damaged drafts, by the hundred; the server stays well."""

import concurrent.futures
import contextlib
import copy
import json
import random
import shutil
import subprocess
import time

import pytest
from clips import clip, picture, place
from conftest import ATTRIBUTION, Caller

from cogwidgets.engine import Engine, Policy

MEDIA = 200
DRAFTS = 200
AT_ONCE = 4


@pytest.fixture(scope="module")
def seeds():
    """Small files of many kinds, to be damaged."""
    kinds = ("mp4", "mov", "mkv", "webm", "avi", "mp3", "wav", "m4a", "aac")
    return [
        *(clip(f"a.{kind}", seconds=0.5, size=(64, 48)) for kind in kinds),
        picture("a.png"),
        picture("a.jpg"),
    ]


def damaged(data, chance):
    """Change a file as transmission, editors and attackers do."""
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 8])):
        at = chance.randrange(len(data))
        some = chance.randrange(1, 64)
        match chance.randrange(6):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + some] = chance.randbytes(some)
            case 2:
                del data[at : at + some]
            case 3:
                data[at:at] = data[max(0, at - some) : at] * chance.randrange(1, 9)
            case 4:
                data[at : at + 4] = chance.choice(
                    [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"]
                )
            case 5:
                del data[at:]
        if not data:
            break
    return bytes(data)


@pytest.mark.slow
@pytest.mark.timeout(900)  # a busy machine is no hang: each file is bounded by the engine
def test_damaged_media_are_taken_or_refused_and_leave_nothing(tmp_path, seeds):
    chance = random.Random(7)  # noqa: S311
    files = []
    for number in range(MEDIA):
        seed = chance.choice(seeds)
        other = chance.choice(seeds) if chance.random() < 0.1 else seed  # under another's name
        files.append((f"{number}{other.suffix}", damaged(seed.read_bytes(), chance)))
    with Engine(tmp_path) as engine:

        def upload(some):
            statuses = []
            with Caller(engine) as caller:
                for file in some:
                    answer = caller.post(caller.upload_path, files=[("files", file)])
                    statuses.append(answer.status_code)
                taken = {info["source"].split("/")[2] for info in caller.state()["video_infos"]}
            return statuses, taken

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(upload, [files[n::AT_ONCE] for n in range(AT_ONCE)]))
        statuses = [status for some, _ in done for status in some]
        assert len(statuses) == MEDIA
        assert set(statuses) <= {200, 400, 413, 415}
        assert {200, 415} <= set(statuses)
        taken = set().union(*(ids for _, ids in done))
        assert {path.name for path in engine.home.glob("media/*")} == taken
        assert not [*engine.home.glob("work/*/*"), *engine.home.rglob("*.part")]
        with Caller(engine) as caller:
            assert caller.upload(clip()).status_code == 200


ODD = [
    None, True, "", "x", "\0", "\ud800", -1, 0, 1, 7, 2**31, 2**63, 10**30, 1e308, -0.5, 0.1,
    [], {}, [[]], [None], {"t": []}, "/etc/passwd", "视频", "a" * 5000, [0] * 300,
]  # fmt: skip


def places(value, path=()):
    """Every place in a draft, by its path of keys."""
    yield path
    if isinstance(value, dict):
        inner = list(value.items())
    else:
        inner = list(enumerate(value)) if isinstance(value, list) else []
    for key, part in inner:
        yield from places(part, (*path, key))


def mutated(draft, chance):
    """Put odd things into a draft, take things out, or double them."""
    draft = copy.deepcopy(draft)
    for _ in range(chance.choice([1, 1, 2, 5])):
        path = chance.choice([place for place in places(draft) if place])
        holder = draft
        for key in path[:-1]:
            holder = holder[key]
        match chance.randrange(4):
            case 0 | 1:
                holder[path[-1]] = copy.deepcopy(chance.choice(ODD))
            case 2:
                del holder[path[-1]]
            case 3 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[path[-1]]))
            case _:
                holder[str(chance.choice(ODD))[:20]] = copy.deepcopy(holder[path[-1]])
        if not any(place for place in places(draft)):
            break
    return draft


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_damaged_drafts_are_rendered_or_refused_and_leave_nothing(tmp_path):
    chance = random.Random(11)  # noqa: S311
    policy = Policy(open_jobs=DRAFTS)
    with Engine(tmp_path, policy=policy) as engine, Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=0.5, size=(64, 48), sound="mix"))
        caller.say("replace the music with something happy")
        good = caller.state()["draft"]
        kept = {path.name for path in engine.home.glob("media/*")}
        statuses = []
        for number in range(DRAFTS):
            body = {
                "id": f"render_{number}",
                "sessionId": caller.session,
                "draft": mutated(good, chance),
                "output": {"format": "mp4", "quality": "high"},
            }
            answer = caller.post(
                "/api/render/proxy/lambda",
                content=json.dumps(body).encode(),
                headers={**ATTRIBUTION, "Content-Type": "application/json"},
            )
            statuses.append(answer.status_code)
            if answer.status_code == 200 and number % 8:  # the others are enough to wait for
                caller.post(f"/api/render/proxy/lambda/{body['id']}/cancel")
        assert set(statuses) == {200, 400}
        told = [caller.finished(f"render_{n}", 300) for n, s in enumerate(statuses) if s == 200]
        assert {one["status"] for one in told} <= {"completed", "failed"}
        assert not [one for one in told if "ended unexpectedly" in one.get("error", "")]
        outputs = {one["output"]["url"].split("/")[-2] for one in told if "output" in one}
        wait_until(lambda: not [*engine.home.glob("work/*/*"), *engine.home.rglob("*.part")])
        assert {path.name for path in engine.home.glob("media/*")} == kept | outputs


def wait_until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# A full disk


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 3 MB; making one takes root, which CI is."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("making a small disk to fill takes root on Linux")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_a_clear_error_and_nothing_is_lost(tiny_disk):
    with Engine(tiny_disk) as engine, Caller(engine) as caller:
        small = clip("talk.mp4", seconds=1.0, size=(64, 48), sound="mix")
        assert caller.upload(small).status_code == 200
        before = caller.state()
        filler = tiny_disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        answer = caller.upload(place_large())
        assert (answer.status_code, answer.json()["code"]) == (507, 507)
        assert "disk is full" in answer.json()["message"]
        said = caller.post("/run_sse", json=caller.message("remove the music"))
        assert "disk is full" in said.text  # as a refusal, or where the work was, in the stream
        submitted = caller.render("render_1")
        assert submitted.status_code in {200, 507}
        if submitted.status_code == 200:
            assert "disk is full" in caller.finished("render_1")["error"]
        created = caller.post("/api/tasks/me/with-session/nemo_agent")
        assert created.status_code in {200, 507}
        assert caller.state()["draft"] == before["draft"]
        filler.unlink()
        assert caller.upload(small).status_code == 200
        caller.render("render_2")
        assert caller.finished("render_2")["status"] == "completed"
        assert not [*tiny_disk.glob("work/*/*"), *tiny_disk.rglob("*.part")]
        assert engine._backend.store.whole()


def test_a_disk_that_fills_up_in_the_middle_of_a_render_ends_it_in_words(tiny_disk):
    with Engine(tiny_disk) as engine, Caller(engine) as caller:
        small = clip("talk.mp4", seconds=6.0, size=(320, 180), sound="mix")
        assert caller.upload(small).status_code == 200
        caller.render("render_1", format="wav")
        with (tiny_disk / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        # Its end cannot be written down either, and is when there is room again.
        wait_until(lambda: not engine._backend.jobs.load()[0])
        assert caller.poll("render_1")["status"] in {"pending", "processing", "failed"}
        (tiny_disk / "filler").unlink()
        told = caller.finished("render_1")
        assert told["status"] == "completed" or "disk is full" in told["error"]  # it was faster
        caller.render("render_2", quality="low")
        assert caller.finished("render_2")["status"] == "completed"
        assert not [*tiny_disk.glob("work/*/*"), *tiny_disk.rglob("*.part")]
        assert engine._backend.store.whole()


def place_large():
    path = place("large.wav")
    shutil.copy(clip("large.wav", seconds=4.0), path)
    return path
