"""A secret that is planted everywhere turns up nowhere."""

import logging
import traceback

import nbformat
import pytest
from counting import CountingService
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import cogwidgets as cog
from cogwidgets.api import CogError, FileProblem, ServiceError

CANARY = "c4n4ry-0123456789-abcdef"  # of no shape that a mask could know


@pytest.fixture(params=["environment", "argument"])
def token(request, monkeypatch):
    if request.param == "environment":
        monkeypatch.setenv("NEMO_TOKEN", CANARY)
        return None
    return CANARY


@pytest.fixture
def service():
    with CountingService().running() as service:
        yield service


@pytest.fixture
def client(service, token):
    with cog.connect(base_url=service.url, token=token) as client:
        yield client


@pytest.fixture
def records(caplog):
    for name in ("httpx", "httpcore", "cogwidgets"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def test_a_whole_job_with_the_secret_in_every_place(client, service, records, tmp_path, capsys):
    parts = [{"text": f"Your token is {CANARY}."}, {"functionCall": {"name": CANARY}}]
    service.events = [{"content": {"parts": parts}}, {"errorCode": "x", "errorMessage": CANARY}]
    video = tmp_path / f"{CANARY}.mp4"
    video.write_bytes(b"a video")
    session = client.session(f"my {CANARY}")
    uploads = session.upload(video)
    turn = session.send(f"say {CANARY}")
    export = session.export(tmp_path / "out.mp4")
    service.refusals = [(500, {"message": f"{CANARY} is bad"}, {"X-Token": CANARY})]
    with pytest.raises(ServiceError) as told:
        client.api.call("POST", f"/somewhere?token={CANARY}", "look", json={"token": CANARY})
    with pytest.raises(ServiceError):
        client.api.call("GET", f"/api/render/proxy/lambda/{CANARY}", "look")
    things = [client, session, uploads, turn, turn.events, export, client.sessions()]
    things += [client.api, client.api.credentials, told.value, client.calls, *client.calls]
    seen = [
        *map(repr, things),
        *map(str, things),
        *(repr(vars(call)) for call in client.calls),
        client.calls._repr_html_(),
        client.calls.frame().to_string(),
        records.text,
        "".join(traceback.format_exception(told.value)),
        *capsys.readouterr(),
    ]
    assert not [text for text in seen if CANARY in text]
    assert len(records.records) > 20


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("upload", f"{CANARY}.mp4"),
        ("upload", f"{CANARY}.txt"),
        ("export", f"{CANARY}.txt"),
        ("export", f"{CANARY}/out.mp4"),
    ],
)
def test_a_path_with_the_secret_in_it_is_refused_without_it(client, tmp_path, action, name):
    with pytest.raises(CogError) as told:
        getattr(client.session("vlog"), action)(tmp_path / name)
    assert CANARY not in "".join(traceback.format_exception(told.value))


def test_the_one_line_says_nothing_either(monkeypatch):
    monkeypatch.setenv("NEMO_TOKEN", CANARY)
    with pytest.raises(FileProblem) as told:
        cog.clean(f"{CANARY}.mp4")
    assert CANARY not in str(told.value) + repr(told.value)


def test_a_token_of_the_users_own_is_written_to_no_file(client, tmp_path_factory):
    session = client.session("vlog")
    session.send("remove the music")
    home = tmp_path_factory.getbasetemp()
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


def test_a_saved_notebook_holds_nothing_of_it(service, monkeypatch):
    monkeypatch.setenv("NEMO_TOKEN", CANARY)
    monkeypatch.setenv("NEMO_API_URL", service.url)
    service.instead = [("/nowhere", 500, {}, f'{{"message": "{CANARY} is bad"}}'.encode())]
    cells = [
        "import cogwidgets as cog; client = cog.connect(); client",
        "session = client.session('my vlog'); session.send('remove the music')",
        "client.calls",
        "client.calls[0].curl(), client.calls.frame()",
        "%xmode Verbose\nclient.api.call('POST', '/nowhere', 'look')",
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=120, allow_errors=True).execute()
    assert any(output.output_type == "error" for output in notebook.cells[-1].outputs)
    assert not any(output.output_type == "error" for output in notebook.cells[-2].outputs)
    assert CANARY not in nbformat.writes(notebook)
