"""A session on a real engine, and what a browser would say to a view."""

import time

import pytest

from cogwidgets.api import Api, Credentials
from cogwidgets.client import Client
from cogwidgets.engine import Engine


@pytest.fixture(scope="module")
def module_engine(tmp_path_factory):
    with Engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture
def client(module_engine):
    with Client(Api(module_engine.url, credentials=Credentials(client_id="tester"))) as client:
        yield client


@pytest.fixture
def session(client):
    return client.session("my vlog")


@pytest.fixture
def tell():
    """Say to a view what its browser side says."""

    def say(view, what, *buffers, **fields):
        view._heard(view, {"do": what, **fields}, [memoryview(b) for b in buffers])

    return say


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def until():
    """Wait until something is so; a minute at most."""

    def wait(so):
        end = time.monotonic() + 60
        while not so():
            assert time.monotonic() < end
            time.sleep(0.01)

    return wait
