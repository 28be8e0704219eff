"""A secret that is planted everywhere turns up nowhere."""

import logging
import threading
import time
import traceback

import nbformat
import pytest
from counting import CountingService
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import cogwidgets as cog
from cogwidgets.api import CogError, FileProblem, ServiceError
from cogwidgets.widgets.stepcard import StepCard

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
        *_in_views(client),
        records.text,
        "".join(traceback.format_exception(told.value)),
        *capsys.readouterr(),
    ]
    assert not [text for text in seen if CANARY in text]
    assert len(records.records) > 20


def _in_views(client):
    """Give all that the step card and the inspector send to a browser."""
    card, inspector = StepCard(client, first=0), cog.CallInspector(client)
    yield from (repr(view.get_state()) for view in (card, inspector))
    sent = []
    inspector.send = sent.append
    for call in client.calls:
        for message in ({"do": "open"}, {"do": "snippet", "kind": "curl"}):
            inspector._heard(inspector, message | {"index": call.index}, [])
        asked = threading.Thread(target=card.before, args=(call,), daemon=True)
        asked.start()
        while card.step.get("call", {}).get("index") != call.index:
            time.sleep(0.001)
        yield repr(card.step)
        decide = {"do": "decide", "n": card.step["n"], "choice": "send"}
        card._heard(card, decide, [])
        asked.join(20)
    assert len(sent) == 2 * len(client.calls)
    yield from map(repr, sent)
    yield inspector.code


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


def test_a_saved_notebook_holds_nothing_of_it(service, monkeypatch, tmp_path):
    monkeypatch.setenv("NEMO_TOKEN", CANARY)
    monkeypatch.setenv("NEMO_API_URL", service.url)
    service.instead = [("/nowhere", 500, {}, f'{{"message": "{CANARY} is bad"}}'.encode())]
    cells = [
        "import cogwidgets as cog; client = cog.connect(); client",
        "session = client.session('my vlog'); session.send('remove the music')",
        "client.calls",
        "client.calls[0].curl(), client.calls.frame()",
        "with client.stepping(): session.send('once more')",
        "cog.CallInspector(client)",
        "%load_ext cogwidgets",
        "%%cog_record walk.har\nclient.session('another')",
        "open('walk.har').read()",
        "%xmode Verbose\nclient.api.call('POST', '/nowhere', 'look')",
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, allow_errors=True, resources=resources).execute()
    assert any(output.output_type == "error" for output in notebook.cells[-1].outputs)
    before = [output for cell in notebook.cells[:-1] for output in cell.outputs]
    assert not any(output.output_type == "error" for output in before)
    assert notebook.metadata.widgets  # the state of the views, as nbclient keeps it
    assert CANARY not in nbformat.writes(notebook)
