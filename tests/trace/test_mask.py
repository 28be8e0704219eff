"""Secrets are replaced when they are captured."""

import datetime as dt
import json

import httpx
import pytest

from cogwidgets.trace import MASK, CallLog, Mask, RecordingTransport

CANARY = "c4n4ry-5ecret-0123456789"


def _record(handler, **request):
    log = CallLog()
    transport = RecordingTransport(httpx.MockTransport(handler), log, Mask())
    with httpx.Client(transport=transport) as client:
        client.request(**request)
    return log


def _everything(log):
    call = log[0]
    return repr(vars(call)) + repr(call) + repr(log) + log._repr_html_() + log.frame().to_string()


def test_a_bearer_token_is_masked_in_every_place_it_comes_back():
    def echo(request):
        body = {"seen": request.headers["authorization"], "again": CANARY}
        return httpx.Response(200, json=body, headers={"x-echo": CANARY})

    log = _record(
        echo,
        method="POST",
        url=f"http://localhost/{CANARY}?q={CANARY}",
        headers={"Authorization": f"Bearer {CANARY}"},
        json={"t": CANARY},
    )
    assert CANARY not in _everything(log)
    assert log[0].request_headers["authorization"] == f"Bearer {MASK}"


def test_a_token_that_the_service_gives_is_masked_from_its_first_answer_on():
    mask = Mask()
    body = json.dumps({"data": {"token": CANARY, "user_id": "anon_1"}})
    assert CANARY not in mask.text(body)
    assert mask.text(f"again {CANARY}") == f"again {MASK}"
    assert "anon_1" in mask.text(body)


def test_tokens_are_known_by_their_shape():
    assert Mask().text("see nmv_usr_Abc-123 and clm_x9") == f"see {MASK} and {MASK}"


def test_a_call_stands_in_the_log_with_its_error_when_no_answer_comes():
    def refuse(_request):
        raise httpx.ConnectError(f"refused {CANARY}")

    log = CallLog()
    transport = RecordingTransport(httpx.MockTransport(refuse), log, Mask(CANARY))
    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError):
        client.get("http://localhost/x")
    assert log[0].failed
    assert log[0].error == f"ConnectError: refused {MASK}"
    assert log[0].started <= dt.datetime.now(dt.UTC)
