"""How long a rate limit makes a client wait, whatever it is told."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.api import Patience
from cogwidgets.api.retries import retry_after

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("0", 0),
        ("0.5", 0.5),
        ("-5", None),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("5 s", None),
        ("\uff15", 5),
        ("Sun, 01 Nov 2026 12:00:30 GMT", 30),
        ("Sunday, 01-Nov-26 12:00:30 GMT", 30),
        ("Sun Nov  1 12:00:30 2026", 30),
        ("Sun, 01 Nov 2026 11:00:00 GMT", None),
        ("Sun, 99 Nov 2026 12:00:30 GMT", None),
        ("Sun, 01 Nov 99999 12:00:30 GMT", None),
        (None, None),
    ],
)
def test_a_header_is_seconds_or_a_date_or_nothing(header, seconds):
    assert retry_after(header, now=NOON) == seconds


@pytest.mark.parametrize(
    ("header", "wait"),
    [(None, 30), ("soon", 30), ("-1", 30), ("7", 7), ("1e300", 120), ("inf", 120)],
)
def test_the_wait_is_never_without_end(header, wait):
    assert Patience().after_429(header) == wait


@given(st.text(max_size=60))
def test_no_header_is_too_odd(header):
    assert 0 <= Patience().after_429(header) <= 120
