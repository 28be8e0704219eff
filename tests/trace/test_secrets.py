"""One secret, planted wherever a secret can stand, comes out nowhere."""

import base64
import gc
import itertools
import json
import logging
import traceback
import urllib.parse

import httpx
import pytest
from recorded import Recorded, playing, streaming

from cogwidgets.trace import CallLog, CogError, Edit, ReplayTransport, Stepper, TerminalAsker
from cogwidgets.trace.shelf import Place

CANARY = 'c4n4ry/"5ecret"+0123456789=='
TRACES = [
    # What betrays it: itself, its plain middle, and the ways it may be written.
    CANARY,
    "c4n4ry",
    "5ecret",
    urllib.parse.quote(CANARY, safe=""),
    json.dumps(CANARY)[1:-1],
    base64.b64encode(CANARY.encode()).decode()[:-4],
]
HEADERS = {"Authorization": f"Bearer {CANARY}"}


def _assert_nowhere(text, where):
    assert text, where
    for trace in TRACES:
        assert trace not in text, (where, trace)


def _look_everywhere(log, folder, said=""):
    """Every way that a log has of telling what is in it."""
    places = {
        "vars": repr([vars(call) for call in log]),
        "what they carried": repr([call.read() for call in log]),
        "properties": repr(
            [
                [getattr(call, name) for name in dir(type(call)) if not name.startswith("_")]
                for call in log
            ]
        ),
        "repr": repr(log) + repr(list(log)),
        "page": log._repr_html_() + "".join(call._repr_html_() for call in log),
        "table": log.frame().to_string(),
        "curl": "".join(call.curl() for call in log),
        "python": "".join(call.python() for call in log),
        "har": log.har(folder / "canary.har").read_text(encoding="utf-8"),
        "said": said or "nothing",
    }
    again = CallLog.from_har(folder / "canary.har")
    diffs = [one.diff(two) for one, two in itertools.pairwise(log)] + [log.diff(again)]
    places["diff"] = "".join(str(d) + repr(d) + d._repr_html_() for d in diffs)
    places["har, read again"] = repr([call.read() for call in again])
    for where, text in places.items():
        _assert_nowhere(text, where)


def _echo(request):
    """Answer with whatever was asked, in as many places as an answer has."""
    asked = request.content.decode("utf-8", "replace") or str(request.url)
    headers = {
        "X-Echo": CANARY,
        "Set-Cookie": f"session={CANARY}; Path=/",
        "Location": str(request.url),
    }
    return httpx.Response(
        404, json={"code": 404, "message": f"no {asked}", "inner": asked}, headers=headers
    )


PLANTS = {
    "a header": lambda c: c.get("/x", headers=HEADERS),
    "a client id": lambda c: c.post("/x", headers={"X-Client-Id": CANARY}),
    "a cookie": lambda c: c.get("/x", headers={"Cookie": f"theme=dark; session={CANARY}"}),
    "basic credentials": lambda c: c.get("/x", auth=("me", CANARY)),
    "the path": lambda c: c.get(f"/x/{urllib.parse.quote(CANARY, safe='')}", headers=HEADERS),
    "the query": lambda c: c.get("/x", params={"token": CANARY}),
    "a query of any name": lambda c: c.get("/x", params={"q": CANARY}, headers=HEADERS),
    "a JSON body": lambda c: c.post("/x", json={"deep": [{"note": CANARY}]}, headers=HEADERS),
    "JSON in JSON": lambda c: c.post("/x", json={"a": json.dumps({"b": CANARY})}, headers=HEADERS),
    "a field by its name": lambda c: c.post("/x", json={"access_token": CANARY}),
    "base64": lambda c: c.post(
        "/x", json={"b": base64.b64encode(f"me:{CANARY}:you".encode()).decode()}, headers=HEADERS
    ),
    "a form": lambda c: c.post("/x", data={"note": CANARY}, headers=HEADERS),
    "a part of an upload": lambda c: c.post(
        "/x", data={"note": CANARY}, files={"f": ("a.mp4", b"film")}, headers=HEADERS
    ),
    "a file's name": lambda c: c.post(
        "/x", files={"f": (f"{CANARY}.mp4", CANARY.encode())}, headers=HEADERS
    ),
    "a purpose": lambda c: c.get("/x", headers=HEADERS, extensions={"purpose": CANARY}),
}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_secret_that_was_sent_comes_out_nowhere(plant, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with playing(_echo) as client:
        plant(client)
        client.get("/again", headers={"X-Note": CANARY})
        _look_everywhere(client.log, tmp_path, caplog.text)


def _event(text):
    return f"data: {json.dumps({'content': {'parts': [{'text': text}]}})}\n\n".encode()


ANSWERS = {
    "a token": lambda: httpx.Response(200, json={"code": 0, "data": {"token": CANARY}}),
    "a token behind its echo": lambda: httpx.Response(
        200, json={"note": f"for {CANARY}", "token": CANARY}, headers={"X-Early": CANARY}
    ),
    "a token behind its own name in the upload": lambda: httpx.Response(
        200, json={"token": CANARY}
    ),
    "an error body": lambda: httpx.Response(500, text=f"<pre>at {CANARY}</pre>"),
    "an error in JSON": lambda: httpx.Response(401, json={"detail": f"bad token {CANARY}"}),
    "a stream": lambda: streaming(_event("see " + CANARY)),
    "a stream, a byte at a time": lambda: streaming(
        *[bytes([byte]) for byte in _event("see " + CANARY) + b"data: x\n\n"]
    ),
    "a stream cut inside it": lambda: streaming(
        _event(CANARY), f"data: {CANARY[:-3]}".encode(), httpx.RemoteProtocolError(f"at {CANARY}")
    ),
    "a failure in a stream": lambda: streaming(
        f"data: {json.dumps({'errorCode': 1, 'errorMessage': CANARY})}\n\n".encode()
    ),
    "a body as long as what is kept": lambda: httpx.Response(
        200, text="x" * ((8 << 20) - 9) + CANARY + "y" * 9000
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_secret_that_came_back_comes_out_nowhere(name, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with playing(lambda _: ANSWERS[name]()) as client:
        headers = {} if "token" in name else HEADERS  # a token is known by its field
        try:
            files = {"f": (f"{CANARY}.mp4", b"film")} if "upload" in name else None
            body = {"files": files} if files else {"json": {}}
            client.post("/run_sse", headers=headers, **body)
        except httpx.TransportError:
            assert client.log[0].failed
        _look_everywhere(client.log, tmp_path, caplog.text)


def test_an_error_without_an_answer_says_nothing_of_it(tmp_path):
    def refuse(_request):
        raise httpx.ConnectError(f"cannot reach https://me:{CANARY}@proxy")

    with playing(refuse) as client:
        with pytest.raises(httpx.ConnectError):
            client.get("/x", headers=HEADERS)
        _look_everywhere(client.log, tmp_path)


def test_what_is_moved_to_the_file_is_masked():
    body = {"note": CANARY, "filler": "x" * 2000}
    answer = httpx.MockTransport(
        lambda request: httpx.Response(200, content=request.content, headers=_JSON)
    )
    with Recorded(answer, log=CallLog(budget=20_000)) as client:
        for _ in range(60):
            client.post("/x", json=body, headers=HEADERS)
    assert isinstance(client.log[0].carried, Place)
    file = client.log.shelf._file
    file.flush()
    file.seek(0)
    _assert_nowhere(file.read().decode(), "the file")
    _assert_nowhere(repr([call.read() for call in client.log]), "what was read from it")
    gc.collect()


_JSON = {"content-type": "application/json"}


def test_a_prompt_shows_nothing_of_it():
    shown = []
    typed = iter(["i", "n", "g", "e", f'note = "{CANARY[:7]}"', "s", "g"])
    asker = TerminalAsker(lambda question: shown.append(question) or next(typed), shown.append)
    with playing(lambda _: streaming(_event(CANARY))) as client:
        client.recorder.stepper = Stepper(asker)
        client.post("/run_sse", json={"note": CANARY}, headers=HEADERS)
    _assert_nowhere("".join(shown), "the terminal")


def test_a_traceback_of_ours_shows_nothing_of_it():
    class Person:
        def available(self):
            return True

        def before(self, call):
            return Edit({"note": call.request_json["note"] + " changed"})

    with playing(_echo) as client:
        client.recorder.stepper = Stepper(Person())
        with pytest.raises(CogError) as told:
            client.post("/x", json={"note": CANARY}, headers=HEADERS)
    _assert_nowhere("".join(traceback.format_exception(told.value)), "the traceback")


def test_a_replay_and_its_refusals_show_nothing_of_it(tmp_path):
    with playing(lambda _: httpx.Response(200, json={"token": CANARY})) as client:
        client.post("/token", json={"client_id": CANARY})
        path = client.log.har(tmp_path / "a.har")
    replay = ReplayTransport(path)
    with Recorded(replay, replay.base_url) as again:
        told = again.post("/token", json={"client_id": CANARY}).text
        _assert_nowhere(told, "the replayed answer")
        with pytest.raises(CogError) as refused:
            again.post("/token", json={"client_id": CANARY, "token": CANARY})
        _assert_nowhere(str(refused.value), "the refusal")


def test_the_whole_job_on_the_engine_shows_no_token_and_no_client_id(walk, tmp_path):
    har = walk.calls.har(tmp_path / "walk.har").read_text()
    everything = har + walk.calls._repr_html_() + repr([call.read() for call in walk.calls])
    assert walk.token not in everything
    assert walk.client_id not in everything
    assert walk.token[9:30] not in everything
