"""A service that counts what it charges, and a client that speaks to it."""

import pytest
from counting import BRIEF, FILE, CountingService

from cogwidgets.api import Api, Credentials
from cogwidgets.client import Client


@pytest.fixture
def service():
    with CountingService().running() as service:
        yield service


@pytest.fixture
def told():
    return []


@pytest.fixture
def client(service, told):
    api = Api(service.url, credentials=Credentials(client_id="tester"), patience=BRIEF)
    with Client(api, tell=told.append) as client:
        yield client


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "vlog.mp4"
    path.write_bytes(FILE)
    return path
