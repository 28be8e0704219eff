"""Waits end when they are asked to, and only those that were meant."""

import contextlib
import signal
import threading
import time

import pytest

from cogwidgets.waiting import StopAsked, Waits


def test_a_stop_ends_a_sleep_in_another_thread():
    waits, ended = Waits(), threading.Event()

    def work():
        with waits.operation():
            began.set()
            with pytest.raises(StopAsked):
                waits.sleep(60)
        ended.set()

    began = threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    began.wait(10)
    waits.stop()
    assert ended.wait(5)
    thread.join()


def test_a_stop_of_one_thread_ends_what_it_is_in_and_no_more():
    waits, done = Waits(), []

    def work(name):
        with contextlib.suppress(StopAsked), waits.operation():
            waits.sleep(0.5 if name == "other" else 60)
            done.append(name)
        with waits.operation():
            waits.check()
            done.append(f"{name} goes on")

    threads = {n: threading.Thread(target=work, args=[n]) for n in ("one", "other")}
    for thread in threads.values():
        thread.start()
    waits.stop(threads["one"])
    for thread in threads.values():
        thread.join(10)
    assert sorted(done) == ["one goes on", "other", "other goes on"]


def test_an_operation_that_begins_after_a_stop_goes_on():
    waits = Waits()
    waits.stop()
    with waits.operation():
        waits.sleep(0.01)
    waits.sleep(0.01)


def test_an_operation_inside_another_is_a_part_of_it():
    waits = Waits()
    with waits.operation():
        waits.stop()
        with waits.operation(), pytest.raises(StopAsked):
            waits.sleep(1)
    assert not waits.inside


def test_a_generator_hands_its_beginning_in_again():
    waits = Waits()
    with waits.operation() as since:
        pass
    waits.stop()
    with waits.operation(since), pytest.raises(StopAsked):
        waits.check()
    with waits.operation():
        waits.check()


def test_what_cannot_be_cut_into_slices_is_woken():
    waits, woken = Waits(), threading.Event()
    with waits.operation(), waits.blocking(woken.set):
        waits.stop()
        assert woken.is_set()
    with waits.operation(), waits.blocking(woken.clear):
        pass  # one that begins later is left alone


def test_the_notebook_is_served_while_a_call_waits():
    waits, served = Waits(), []
    waits.meanwhile = lambda: served.append(time.monotonic())
    waits.sleep(0.2)
    assert len(served) >= 3


def test_a_tick_may_end_a_wait_of_its_own_thread_alone():
    waits = Waits()

    def too_long():
        raise TimeoutError

    with waits.ticking(too_long), pytest.raises(TimeoutError):
        waits.sleep(1)
    waits.sleep(0.01)


def test_until_tells_whether_it_came():
    waits = Waits()
    event = threading.Event()
    assert not waits.until(event.wait, 0.06)
    event.set()
    assert waits.until(event.wait, 10)


@pytest.fixture
def _interruptible():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_strikes_where_it_is_waited_and_no_earlier():
    waits, worked = Waits(), []
    with pytest.raises(KeyboardInterrupt), waits.operation():  # noqa: PT012 - what it does not cut
        signal.raise_signal(signal.SIGINT)
        worked.append("a lock was taken and given back")
        waits.sleep(60)
    assert worked
    waits.sleep(0.01)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_strikes_at_the_end_at_the_latest():
    waits, worked = Waits(), []
    with pytest.raises(KeyboardInterrupt), waits.shielded():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        worked.append("all of it")
    assert worked


@pytest.mark.usefixtures("_interruptible")
def test_a_second_interrupt_strikes_at_once():
    waits, reached = Waits(), []
    with pytest.raises(KeyboardInterrupt), waits.shielded():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        reached.append("no further")
    assert not reached


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_wakes_what_cannot_be_cut_into_slices():
    waits, woken = Waits(), threading.Event()
    with pytest.raises(KeyboardInterrupt), waits.operation(), waits.blocking(woken.set):  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        assert woken.is_set()
        waits.check()
