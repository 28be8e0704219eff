"""The anonymous token: kept until it expires, and by nobody else."""

import datetime as dt
import json
import stat

import pytest

from cogwidgets.api import Credentials, TokenFile
from cogwidgets.api.wire import Token


def _token(word, hours=1.0):
    expires = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
    return Token(word, "anon_1", expires.isoformat(), 100)


def _credentials(path, **options):
    return Credentials(client_id="tester", kept=TokenFile(path), service="http://a.test", **options)


def test_a_token_is_asked_for_once_and_found_by_the_next_process(tmp_path):
    path = tmp_path / "deep" / "tokens.json"
    assert _credentials(path).bearer(lambda: _token("one")) == "one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "tester" not in path.read_text()
    again = _credentials(path)
    assert again.bearer(lambda: pytest.fail("asked again")) == "one"
    assert again.anonymous.user_id == "anon_1"


def test_a_token_belongs_to_one_service_and_one_client(tmp_path):
    path = tmp_path / "tokens.json"
    _credentials(path).bearer(lambda: _token("one"))
    other = Credentials(client_id="tester", kept=TokenFile(path), service="http://b.test")
    assert other.bearer(lambda: _token("two")) == "two"
    somebody = Credentials(client_id="somebody", kept=TokenFile(path), service="http://a.test")
    assert somebody.bearer(lambda: _token("three")) == "three"
    assert _credentials(path).bearer(lambda: pytest.fail("asked again")) == "one"


@pytest.mark.parametrize("hours", [-1, 0.001])
def test_an_expired_token_is_not_used_and_not_kept(tmp_path, hours):
    path = tmp_path / "tokens.json"
    _credentials(path).bearer(lambda: _token("old", hours))
    assert _credentials(path).bearer(lambda: _token("new")) == "new"
    assert "old" not in path.read_text()


def test_a_refused_token_is_forgotten_everywhere(tmp_path):
    path = tmp_path / "tokens.json"
    own = _credentials(path)
    own.bearer(lambda: _token("one"))
    assert own.refused("one")
    assert _credentials(path).bearer(lambda: _token("two")) == "two"


def test_a_token_that_was_given_is_never_written_down(tmp_path):
    path = tmp_path / "tokens.json"
    own = _credentials(path, given="mine")
    assert own.bearer(lambda: pytest.fail("asked")) == "mine"
    assert not own.refused("mine")
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', '{"a": {"token": 7}}'])
def test_a_broken_file_is_as_good_as_none(tmp_path, text):
    path = tmp_path / "tokens.json"
    path.write_text(text)
    assert _credentials(path).bearer(lambda: _token("one")) == "one"
    assert json.loads(path.read_text())


def test_a_file_that_cannot_be_written_is_no_reason_to_stop(tmp_path):
    (tmp_path / "file").touch()
    own = _credentials(tmp_path / "file" / "tokens.json")
    assert own.bearer(lambda: _token("one")) == "one"
    assert own.bearer(lambda: pytest.fail("asked again")) == "one"
