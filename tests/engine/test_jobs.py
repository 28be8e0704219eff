import asyncio
import os
import signal

import pytest
from clips import clip, text

from cogwidgets.engine import jobs as jobs_module
from cogwidgets.engine.jobs import JobError, Jobs
from cogwidgets.engine.lanes import Lane


@pytest.fixture
def jobs():
    jobs = Jobs()
    yield jobs
    jobs.close()


def separation(tmp_path, seconds=60.0):
    source = clip("long.mp4", seconds=seconds, sound="mix")
    tmp_path.joinpath("stems").mkdir(exist_ok=True)
    return {
        "kind": "separate",
        "source": str(source),
        "folder": str(tmp_path / "stems"),
        "strength": "normal",
    }


async def process_of(jobs):
    """The process of the one job that was just started."""
    await asyncio.sleep(0)
    [process] = jobs._running
    return process


def test_a_job_gives_its_result(jobs):
    job = {"kind": "probe", "source": str(clip())}
    result = asyncio.run(jobs.run(job, owner="me"))
    assert (result["file_type"], result["width"]) == ("video", 192)


def test_a_refused_job_says_why_in_the_workers_words(jobs):
    job = {"kind": "probe", "source": str(text())}
    with pytest.raises(JobError, match=r"notes\.mp4") as caught:
        asyncio.run(jobs.run(job, owner="me"))
    assert caught.value.code == "unreadable"


def test_progress_is_told_and_only_rises(jobs, tmp_path):
    told = []
    job = separation(tmp_path, seconds=15.0)
    asyncio.run(jobs.run(job, owner="me", progress=told.append))
    assert told
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1


def test_a_killed_worker_is_replaced_and_the_job_done(jobs, tmp_path):
    told = []

    def progress(fraction):
        if not told:
            [process] = jobs._running
            os.kill(process.worker.process.pid, signal.SIGKILL)
        told.append(fraction)

    async def killed():
        job = separation(tmp_path, seconds=15.0)
        return await jobs.run(job, owner="me", progress=progress)

    assert asyncio.run(killed())["streams"]
    assert told == sorted(told)
    assert not list((tmp_path / "stems").glob("*.part"))


def test_a_worker_that_hangs_is_ended(jobs, monkeypatch):
    monkeypatch.setitem(jobs_module.SILENCE, "probe", 0.001)
    with pytest.raises(JobError, match="hung"):
        asyncio.run(jobs.run({"kind": "probe", "source": str(clip())}, owner="me"))
    assert not jobs._running


def test_a_worker_killed_twice_is_a_clear_error_and_the_next_job_runs(jobs, tmp_path):
    async def killed():
        running = asyncio.create_task(jobs.run(separation(tmp_path), owner="me"))
        first = await process_of(jobs)
        os.kill(first.worker.process.pid, signal.SIGKILL)
        await asyncio.wait({first.answer})
        await asyncio.sleep(0)
        os.kill((await process_of(jobs)).worker.process.pid, signal.SIGKILL)
        with pytest.raises(JobError, match="ended unexpectedly"):
            await running
        return await jobs.run({"kind": "probe", "source": str(clip())}, owner="me")

    assert asyncio.run(killed())["file_type"] == "video"


def test_cancelling_ends_the_process_and_leaves_parts_only(jobs, tmp_path):
    async def cancelled():
        begun = asyncio.Event()
        job = jobs.run(separation(tmp_path), owner="me", progress=lambda _: begun.set())
        running = asyncio.create_task(job)
        await asyncio.wait_for(begun.wait(), 30)
        process = next(iter(jobs._running))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return await asyncio.to_thread(process.worker.process.wait, 30)

    assert asyncio.run(cancelled()) == -signal.SIGKILL
    assert all(path.suffix == ".part" for path in (tmp_path / "stems").iterdir())


def test_closing_ends_what_runs_and_starts_nothing_more(jobs, tmp_path):
    async def closed():
        running = asyncio.create_task(jobs.run(separation(tmp_path), owner="me"))
        process = await process_of(jobs)
        jobs.close()
        assert process.worker.process.poll() is not None
        with pytest.raises(JobError):
            await running
        with pytest.raises(JobError, match="stopped"):
            await jobs.run({"kind": "probe", "source": str(clip())}, owner="me")

    asyncio.run(closed())


def test_an_edit_does_not_wait_for_renders_and_those_have_what_it_leaves(monkeypatch):
    async def started():
        jobs, begun, leave = Jobs(2), [], asyncio.Event()

        async def once(job, _):
            begun.append(job["kind"])
            await leave.wait()
            return {}

        monkeypatch.setattr(jobs, "_once", once)
        kinds = ["render"] * 3 + ["separate"] * 3 + ["still"]
        tasks = [asyncio.create_task(jobs.run({"kind": kind}, owner=kind)) for kind in kinds]
        for _ in range(9):
            await asyncio.sleep(0)
        first = list(begun)
        tasks[0].cancel()
        tasks[1].cancel()
        for _ in range(9):
            await asyncio.sleep(0)
        second = begun[len(first) :]
        leave.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        return first, second, jobs._lanes["render"].width

    first, second, width = asyncio.run(started())
    assert first == ["render", "render", "separate", "separate", "still"]
    assert second == ["render"]  # one goes on whatever the edits do
    assert width == 2


def test_those_who_wait_take_turns_by_owner():
    async def order():
        lane = Lane(1)
        passed = []

        async def work(owner):
            async with lane.turn(owner):
                passed.append(owner)
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(work(owner)) for owner in "aaaabbc"]
        await asyncio.gather(*tasks)
        return "".join(passed)

    # The first has the lane at once; then the waiting owners in rounds.
    assert asyncio.run(order()) == "aabcaba"


def test_a_lane_is_as_wide_as_it_says_and_survives_those_who_give_up():
    async def widest():
        lane = Lane(2)
        inside = most = 0

        async def work(owner):
            nonlocal inside, most
            async with lane.turn(owner):
                inside += 1
                most = max(most, inside)
                try:
                    await asyncio.sleep(0.001)
                finally:
                    inside -= 1

        tasks = [asyncio.create_task(work(str(number % 4))) for number in range(40)]
        await asyncio.sleep(0.005)
        for task in tasks[::3]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert lane._waiting == {}
        return most, lane.inside

    assert asyncio.run(widest()) == (2, 0)


def test_a_lane_can_be_made_wider_and_narrower_while_they_wait():
    async def insides():
        lane = Lane(1)
        inside = set()
        leave = {number: asyncio.Event() for number in range(6)}

        async def work(number):
            async with lane.turn(str(number)):
                inside.add(number)
                await leave[number].wait()
            inside.remove(number)

        async def seen():
            for _ in range(5):
                await asyncio.sleep(0)
            return sorted(inside)

        tasks = [asyncio.create_task(work(number)) for number in leave]
        told = [await seen()]
        lane.width = 3
        told.append(await seen())
        lane.width = 1
        for number in (0, 1):
            leave[number].set()
            told.append(await seen())
        for event in leave.values():
            event.set()
        await asyncio.gather(*tasks)
        return told

    assert asyncio.run(insides()) == [[0], [0, 1, 2], [1, 2], [2]]
