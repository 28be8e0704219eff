"""Snippets run as they stand, and get the answer that the call got."""

import json
import os
import re
import shutil
import subprocess
import sys
import uuid

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as setting
from hypothesis import strategies as st
from recorded import playing

from cogwidgets.trace import Mask

CURL = shutil.which("curl")
WITH_CURL = pytest.mark.skipif(CURL is None, reason="there is no curl")


def _shell(script, folder, **variables):
    return _run(["bash", "-eu", "-s"], folder, variables, script)


def _python(code, folder, **variables):
    (folder / "snippet.py").write_text(code, encoding="utf-8")
    return _run([sys.executable, "snippet.py"], folder, variables, "")


def _run(command, folder, variables, script):
    ended = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | variables,
        input=script.encode(),
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout.decode()


def _both(call, folder, **variables):
    """What the two snippets print: curl's answer, and Python's without its status."""
    told = []
    if CURL:
        told.append(_shell(call.curl(), folder, **variables))
    told.append(re.sub(r"^\d{3} ", "", _python(call.python(), folder, **variables)).rstrip("\n"))
    return told


def test_a_read_gets_the_same_answer(caller, tmp_path):
    caller.state()
    call = caller.log[-1]
    assert caller.token not in call.curl() + call.python()
    for told in _both(call, tmp_path, NEMO_TOKEN=caller.token):
        assert json.loads(told) == call.response_json


def test_without_the_token_it_is_refused(caller, tmp_path):
    caller.get("/api/credits/balance/simple")
    wrong = "nmv_usr_wrong"
    for told in _both(caller.log[-1], tmp_path, NEMO_TOKEN=wrong):
        assert json.loads(told)["code"] == 1001


def test_a_post_without_a_body_asks_for_a_token(caller, tmp_path):
    call = caller.log[0]
    assert caller.client_id not in call.curl() + call.python()
    for told in _both(call, tmp_path, NEMO_CLIENT_ID=str(uuid.uuid4())):
        assert json.loads(told)["data"]["token"].startswith("nmv_usr_")


def test_a_body_is_sent(caller, tmp_path):
    for told in _both(caller.log[1], tmp_path, NEMO_TOKEN=caller.token):
        assert json.loads(told)["data"]["session_id"].isdigit()


def test_a_message_is_sent_and_its_stream_shown(caller, tmp_path):
    caller.say("what can you do?")
    call = caller.log[-1]
    assert " -N " in call.curl()
    for told in _both(call, tmp_path, NEMO_TOKEN=caller.token):
        assert [line for line in told.split("\n") if '"text"' in line]


def test_a_file_is_uploaded_by_its_real_name(caller, sample, tmp_path):
    film = tmp_path / 'my "best" vlog; part 1,2 ü.mp4'
    film.write_bytes(sample.read_bytes())
    caller.upload(film)
    call = caller.log[-1]
    for told in _both(call, tmp_path, NEMO_TOKEN=caller.token):
        [file] = json.loads(told)["data"]["files"]
        assert file["hash"] == call.response_json["data"]["files"][0]["hash"]
        assert file["filename"] == call.response_json["data"]["files"][0]["filename"]


@WITH_CURL
def test_a_download_is_written_to_a_file(walk, tmp_path):
    call = walk.calls[-1]
    name = walk.told["output"]["url"].rpartition("/")[2]
    _shell(call.curl(), tmp_path, NEMO_TOKEN=walk.token)
    assert (tmp_path / name).read_bytes() == walk.film
    (tmp_path / name).unlink()
    _python(call.python(), tmp_path, NEMO_TOKEN=walk.token)
    assert (tmp_path / name).read_bytes() == walk.film


BODIES = {
    "quotes of all kinds": """'single' "double" `back` $HOME $(id) ${x} !! \\ \\n %s""",
    "lines and tabs": "a\nb\r\n\tc\n",
    "letters": "音乐 música ü 🎵 \u2028",
    "an at sign first": "@/etc/hostname",
    "longer than an argument may be": "x" * 200_000 + "END\nEND",
    "a backslash at the end": "a\\",
    "a bullet that is no secret": "• • •",
}


@pytest.fixture(scope="module")
def echo():
    """A server that tells what it was sent."""
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            told = {"path": self.path, "type": self.headers.get("content-type")}
            told |= {"body": body.decode(), "x": self.headers.get("x-note")}
            answer = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_DELETE = do_POST  # noqa: N815 - as the server calls them

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
def test_any_body_survives_the_quoting(text, echo, tmp_path):
    with playing(lambda _: httpx.Response(200)) as client:
        client.post(f"{echo}/x", json={"text": text, "true": [True, None, 1.5]})
        client.post(f"{echo}/x", content=text.encode())
        asked, plain = client.log
    for told in _both(asked, tmp_path):
        assert json.loads(json.loads(told)["body"]) == asked.request_json
    for told in _both(plain, tmp_path):
        assert json.loads(told)["body"].rstrip("\n") == text.rstrip("\n")
        assert json.loads(told)["type"] is None


@WITH_CURL
@setting(max_examples=25)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=60)
)
def test_any_text_survives_the_quoting(text, echo, tmp_path_factory):
    with playing(lambda _: httpx.Response(200)) as client:
        client.post(f"{echo}/x", json={"text": text})
    script = client.log[0].curl()
    told = _shell(script, tmp_path_factory.getbasetemp())
    assert json.loads(json.loads(told)["body"]) == client.log[0].request_json


def test_queries_methods_and_headers_survive(echo, tmp_path):
    with playing(lambda _: httpx.Response(200)) as client:
        query = {"a": "[1]{x}", "b": "it's & more"}
        client.delete(f"{echo}/x y/z", params=query, headers={"X-Note": 'say "$HOME" `id` it\'s'})
    for told in _both(client.log[0], tmp_path):
        seen = json.loads(told)
        assert seen["path"] == str(httpx.URL(client.log[0].url).raw_path, "ascii")
        assert seen["x"] == 'say "$HOME" `id` it\'s'


def test_a_secret_header_of_another_name_is_a_variable_of_that_name(echo, tmp_path):
    with playing(lambda _: httpx.Response(200)) as client:
        client.get(f"{echo}/x", headers={"X-Api-Key": "0a1b2c3d4e"})
        client.get(f"{echo}/x", headers={"X-Note": '"$x" 0a1b2c3d4e'})
    assert '-H "x-api-key: $X_API_KEY"' in client.log[0].curl()
    for told in _both(client.log[1], tmp_path, X_NOTE="again"):
        assert json.loads(told)["x"] == '"$x" again'


def test_a_secret_that_cannot_be_put_back_is_said():
    with playing(lambda _: httpx.Response(200)) as client:
        client.post("http://localhost/x", json={"token": "s3cr3t-t0k3n"})
        client.post("http://localhost/x", json={"n": 1})
    for snippet in (client.log[0].curl(), client.log[0].python()):
        assert snippet.startswith("# ••••")
    assert not client.log[1].curl().startswith("#")
    assert "s3cr3t" not in Mask().text(client.log[0].curl())
