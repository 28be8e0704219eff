import re
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from conftest import Caller, code_of

from cogwidgets.engine import Engine


def ask(engine, **headers):
    return httpx.post(engine.url + "/api/auth/anonymous-token", headers=headers)


def test_a_token_comes_with_an_account_credits_and_a_week(engine):
    data = ask(engine, **{"X-Client-Id": str(uuid.uuid4())}).json()
    assert data["code"] == 0
    data = data["data"]
    assert data["token"].startswith("nmv_usr_")
    assert data["user_id"].startswith("anon_")
    assert data["credits"] == 100
    left = datetime.fromisoformat(data["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_no_client_id_no_token(engine):
    assert code_of(ask(engine)) == (400, 400)
    assert code_of(ask(engine, **{"X-Client-Id": ""})) == (400, 400)
    assert code_of(ask(engine, **{"X-Client-Id": "x" * 5000})) == (400, 400)


def test_one_client_id_has_one_account(engine):
    mine = str(uuid.uuid4())
    first, second = (ask(engine, **{"X-Client-Id": mine}).json()["data"] for _ in range(2))
    assert first["user_id"] == second["user_id"]
    assert first["token"] != second["token"]


def test_an_engine_with_a_secret_gives_tokens_to_those_who_know_it(tmp_path):
    secret = str(uuid.uuid4())
    with Engine(tmp_path, secret=secret) as engine:
        client = {"X-Client-Id": str(uuid.uuid4())}
        assert code_of(ask(engine, **client)) == (403, 403)
        assert code_of(ask(engine, **client, **{"X-Engine-Secret": "wrong"})) == (403, 403)
        assert ask(engine, **client, **{"X-Engine-Secret": secret}).status_code == 200


ROUTES = [
    ("POST", "/api/tasks/me/with-session/nemo_agent"),
    ("POST", "/api/auth/claim-token"),
    ("POST", "/run_sse"),
    ("POST", "/api/upload-video/nemo_agent/me/{session}"),
    ("GET", "/api/credits/balance/simple"),
    ("GET", "/api/state/nemo_agent/me/{session}/latest"),
    ("POST", "/api/render/proxy/lambda"),
    ("GET", "/api/render/proxy/lambda/render_1"),
    ("POST", "/api/render/proxy/lambda/render_1/cancel"),
    ("GET", "/api/render/proxy/render_1/download"),
]
BODY = {"session_id": "1", "new_message": {"parts": []}, "id": "r", "sessionId": "1", "draft": {}}


@pytest.mark.parametrize("bearer", [None, "", "Bearer", "Bearer nmv_usr_made_up", "Basic x"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_wants_a_token(engine, method, path, bearer):
    headers = {} if bearer is None else {"Authorization": bearer}
    url = engine.url + path.format(session="1")
    json = BODY if method == "POST" else None
    assert code_of(httpx.request(method, url, headers=headers, json=json)) == (401, 1001)


def test_credits_are_the_sum_of_their_parts(caller):
    data = caller.get("/api/credits/balance/simple").json()["data"]
    assert data == {"available": 100, "frozen": 0, "total": 100}


def test_a_session_has_ids_of_nineteen_digits(caller):
    answer = caller.post("/api/tasks/me/with-session/nemo_agent", json={"language": "zh"}).json()
    assert answer["code"] == 0
    assert re.fullmatch(r"\d{19}", answer["data"]["session_id"])
    assert re.fullmatch(r"\d{19}", answer["data"]["task_id"])
    assert answer["data"]["user_id"].startswith("anon_")


def test_a_session_can_be_made_without_a_body(caller):
    assert caller.post("/api/tasks/me/with-session/nemo_agent").json()["code"] == 0


def test_a_session_can_be_claimed(caller):
    body = {"task_id": "1", "session_id": caller.session}
    data = caller.post("/api/auth/claim-token", json=body).json()["data"]
    assert data["claim_token"].startswith("clm_")
    assert data["expires_in"] == 604800


def test_nobody_sees_anothers_session_upload_or_render(caller, other, sample):
    caller.upload(sample)
    caller.render("render_1")
    caller.finished("render_1")
    session = caller.session
    unknown = (404, 1002)
    assert code_of(other.get(f"/api/state/nemo_agent/me/{session}/latest")) == unknown
    assert code_of(other.post("/api/auth/claim-token", json={"session_id": session})) == unknown
    urls = {"urls": ["file:///etc/hosts"]}
    assert code_of(other.post(f"/api/upload-video/nemo_agent/me/{session}", json=urls)) == unknown
    told = other.post("/run_sse", json={**other.message("hello"), "session_id": session})
    assert (told.status_code, list(told.json())) == (404, ["detail"])
    draft = caller.state()["draft"]
    other.session, own = session, other.session
    assert code_of(other.render("render_2", draft)) == unknown
    other.session = own
    assert code_of(other.render("render_2", draft)) == (400, 400)  # the draft names their media
    assert other.get("/api/render/proxy/lambda/render_1").status_code == 404
    assert other.post("/api/render/proxy/lambda/render_1/cancel").status_code == 404
    assert other.get("/api/render/proxy/render_1/download").status_code == 404


def test_render_ids_are_each_accounts_own(caller, other, sample):
    for one in (caller, other):
        one.upload(sample)
        one.render("render_1")
    urls = {one.finished("render_1")["output"]["url"] for one in (caller, other)}
    assert len(urls) == 2


def test_the_tokens_are_not_kept_as_they_are(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        token = caller.headers["Authorization"].removeprefix("Bearer ").encode()
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(token in data for data in kept)
