"""Threads hand on items in order, errors in place, and end when nobody wants more."""

import threading

import pytest

from cogwidgets.engine.media.threads import Consumer, ahead


def test_items_come_in_order():
    assert list(ahead(iter(range(100)), depth=3)) == list(range(100))


def test_an_error_comes_where_it_happened():
    def items():
        yield 1
        raise OSError("no more")

    found = ahead(items(), depth=5)
    assert next(found) == 1
    with pytest.raises(OSError, match="no more"):
        next(found)


def test_closing_early_ends_the_thread():
    before = threading.active_count()
    made = []
    endless = ahead((made.append(n) or n for n in range(10**9)), depth=2)
    assert next(endless) == 0
    endless.close()
    assert threading.active_count() == before
    assert len(made) < 10


def test_a_consumer_takes_all_before_the_block_ends():
    seen = []
    with Consumer(seen.append, depth=1) as consumer:
        for number in range(50):
            consumer.put(number)
    assert seen == list(range(50))


def test_a_consumers_error_reaches_its_owner():
    def fail(number):
        raise ValueError(number)

    def feed():
        with Consumer(fail, depth=1) as consumer:
            for number in range(50):
                consumer.put(number)

    with pytest.raises(ValueError, match="0"):
        feed()
