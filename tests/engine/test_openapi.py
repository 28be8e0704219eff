"""/openapi.json says what the engine does: schemathesis calls every route and compares."""

import re

import httpx
import pytest
import schemathesis
from clips import clip
from conftest import ATTRIBUTION, Caller, code_of
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cogwidgets.engine.app import router
from cogwidgets.engine.faults import ENDPOINTS

# What the contract's table names, and what this engine adds.
MORE = {
    ("GET", "/health"),
    ("GET", "/media/{medium_id}/{name}"),
    ("GET", "/sketch/{medium_id}/{name}"),
}


@pytest.fixture(scope="module")
def document(engine):
    return httpx.get(engine.url + "/openapi.json").json()


def routes(document):
    return {
        (method.upper(), path): call
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    }


def test_every_call_of_the_contract_is_documented(document):
    found = set()
    for (method, path), call in routes(document).items():
        plain = path.replace("{", "").replace("}", "")
        names = [
            name
            for name, (wanted, pattern) in ENDPOINTS.items()
            if method == wanted and re.fullmatch(pattern, plain)
        ]
        assert names or (method, path) in MORE, path
        assert call["summary"]
        assert "422" not in call["responses"]
        found.update(names)
    assert found == ENDPOINTS.keys()


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]


@pytest.fixture(scope="module")
def resident(engine):
    """Somebody with an upload and a render, so that calls with their ids go all the way."""
    with Caller(engine) as resident:
        resident.upload(clip("talk.mp4"))
        resident.render("render_1")
        resident.finished("render_1")
        yield resident


@pytest.fixture(scope="module")
def schema(engine):
    return schemathesis.openapi.from_url(engine.url + "/openapi.json")


ROUTES = [
    (method, route.path)
    for route in router.routes
    for method in sorted(route.methods)
    if route.include_in_schema
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_call_breaks_the_engine_or_its_document(schema, resident, method, path):
    # Its own pytest plugin does not know this pytest: the calls are made by hypothesis directly.
    authorization = {"Authorization": resident.headers["Authorization"]}

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy())
    def calls(case):
        for known in (False, True):
            if known:
                with_known_ids(case, resident)
            case.call_and_validate(headers=authorization, checks=CHECKS)

    calls()


def with_known_ids(case, resident):
    """Put ids that exist into a made-up call."""
    ids = {"session_id": resident.session, "render_id": "render_1"}
    source = resident.state()["video_infos"][0]["source"].split("/")
    ids |= {"medium_id": source[2], "name": source[3], "sessionId": resident.session}
    for place in (case.path_parameters, case.body):
        if isinstance(place, dict):
            place.update({name: value for name, value in ids.items() if name in place})
    if case.operation.path == "/api/render/proxy/lambda":
        case.headers = {**(case.headers or {}), **ATTRIBUTION}


# What somebody else gets who knows all ids: status and code of each call that names something.
SESSION, NOTHING = (404, 1002), (404, 404)
CROSSWISE = {
    ("POST", "/api/auth/claim-token"): SESSION,
    ("GET", "/api/state/nemo_agent/me/{session_id}/latest"): SESSION,
    ("POST", "/api/upload-video/nemo_agent/me/{session_id}"): SESSION,
    ("POST", "/run_sse"): None,  # in the Agent Development Kit's shape
    ("POST", "/api/render/proxy/lambda"): SESSION,
    ("GET", "/api/render/proxy/lambda/{render_id}"): NOTHING,
    ("POST", "/api/render/proxy/lambda/{render_id}/cancel"): NOTHING,
    ("GET", "/api/render/proxy/{render_id}/download"): NOTHING,
}
# These name nothing of anybody's; media and what is drawn of them have URLs that nobody can guess.
NAMELESS = {
    ("GET", "/health"),
    ("GET", "/media/{medium_id}/{name}"),
    ("GET", "/sketch/{medium_id}/{name}"),
    ("POST", "/api/auth/anonymous-token"),
    ("GET", "/api/credits/balance/simple"),
    ("POST", "/api/tasks/me/with-session/nemo_agent"),
}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_account_reaches_anothers(resident, other, method, path):
    if (method, path) in NAMELESS:
        return
    wanted = CROSSWISE[method, path]
    before = resident.state()
    answer = other.request(
        method,
        path.format(session_id=resident.session, render_id="render_1"),
        json={
            "id": "render_2",
            "session_id": resident.session,
            "sessionId": resident.session,
            "draft": before["draft"],
            "new_message": {"parts": [{"text": "remove the music"}]},
            "urls": ["http://example.com/a.mp4"],
        }
        if method == "POST"
        else None,
        headers=ATTRIBUTION,
    )
    if wanted is None:
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])
    else:
        assert code_of(answer) == wanted
    assert resident.state() == before


def test_anothers_media_cannot_be_rendered(resident, other):
    draft = resident.state()["draft"]
    assert code_of(other.render("render_1", draft)) == (400, 400)
