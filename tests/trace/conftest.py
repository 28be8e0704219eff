"""An engine, and callers on it whose every call is recorded."""

import httpx
import pytest
from recorded import Recorded

from cogwidgets.engine import Engine


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """One engine for all tests of tracing: each caller has an account of its own."""
    with Engine(tmp_path_factory.mktemp("traced")) as engine:
        yield engine


@pytest.fixture
def caller(service):
    """Somebody with a token and a session, every call recorded."""
    with Recorded(httpx.HTTPTransport(), service.url) as caller:
        yield caller.sign_in().new_session()


@pytest.fixture(scope="session")
def walk(service, sample):
    """A whole job, recorded: token, session, upload, message, state, render, download."""
    with Recorded(httpx.HTTPTransport(), service.url) as caller:
        caller.sign_in().new_session("my vlog")
        caller.upload(sample)
        caller.before = caller.state()
        caller.said = caller.say("add calm background music")
        caller.after = caller.state()
        caller.told = caller.render("render_1795400740788_a180942b")
        caller.film = caller.get(caller.told["output"]["url"]).content
        caller.calls = caller.log[:]  # the log itself may grow
        yield caller
