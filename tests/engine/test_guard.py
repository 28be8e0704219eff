"""What web pages of other origins may do: show media, nothing else."""

import httpx
import pytest
from clips import clip
from conftest import Caller

from cogwidgets.engine import Engine

ASK = "/api/auth/anonymous-token"
FOREIGN = ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_origin_may_not_call(engine, caller, origin):
    for method, path in (("POST", ASK), ("GET", "/health"), ("OPTIONS", ASK), ("GET", "/")):
        answer = httpx.request(method, engine.url + path, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, 403)
        assert "access-control-allow-origin" not in answer.headers
    answer = caller.upload(clip())
    assert answer.status_code == 200


@pytest.mark.parametrize("origin", ["http://localhost:8888", "http://127.0.0.1:1", "http://[::1]"])
def test_pages_of_this_machine_may_call(engine, origin):
    headers = {"Origin": origin, "X-Client-Id": "somebody"}
    answer = httpx.post(engine.url + ASK, headers=headers)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_any_page_may_show_media(caller):
    [file] = caller.upload(clip()).json()["data"]["files"]
    answer = httpx.get(file["cdn_url"], headers={"Origin": "https://notebooks.example"})
    assert answer.status_code == 200


def test_behind_a_proxy_it_answers_to_its_public_name_and_gives_that_out(tmp_path):
    with Engine(tmp_path, public_url="https://studio.example/") as engine:
        for host, status in (("studio.example", 200), ("localhost", 200), ("evil.example", 421)):
            answer = httpx.get(engine.url + "/health", headers={"Host": host})
            assert answer.status_code == status, host
        with Caller(engine) as caller:
            [file] = caller.upload(clip()).json()["data"]["files"]
            assert file["cdn_url"].startswith("https://studio.example/media/")
            draft = caller.state()["draft"]
            draft["t"][0]["sg"][0]["m"]["source"] = file["cdn_url"]
            assert caller.render("render_1", draft).status_code == 200
