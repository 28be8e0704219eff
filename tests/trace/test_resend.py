"""A call is made again: reads freely, whatever may charge only when that is said."""

import httpx
import pytest
from recorded import playing, streaming

from cogwidgets.trace import CallLog, CannotSend


def _service(request):
    if request.url.path == "/run_sse":
        return streaming(b"data: a\n\n")
    return httpx.Response(200, json={"got": request.content.decode()})


def test_a_read_is_sent_again_with_the_secrets_put_back(caller):
    caller.state()
    again = caller.log[-1].resend()
    assert (again.status, again.purpose) == (200, "read the session state again")
    assert again.response_json == caller.log[-2].response_json
    assert again is caller.log[-1]
    assert len(caller.log) == 4


def test_anything_else_wants_to_be_confirmed(caller):
    create = caller.log[1]
    before = len(caller.log)
    with pytest.raises(CannotSend, match="confirm=True"):
        create.resend()
    assert len(caller.log) == before
    again = create.resend(confirm=True)
    ids = [call.response_json["data"]["session_id"] for call in (create, again)]
    assert ids[0] != ids[1]


def test_another_body_may_be_given():
    with playing(_service) as client:
        client.post("/a", json={"n": 1})
        again = client.log[0].resend(json={"n": 2}, confirm=True)
    assert again.request_json == {"n": 2}
    assert again.response_json == {"got": '{"n": 2}'}


def test_a_stream_is_read_to_its_end():
    with playing(_service) as client:
        client.post("/run_sse", json={"n": 1})
        again = client.log[0].resend(confirm=True)
    assert [event.data for event in again.events] == ["a"]
    assert again.complete


def test_what_was_not_kept_is_not_made_up(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"film")
    with playing(_service) as client, (tmp_path / "a.mp4").open("rb") as file:
        client.post("/up", files={"files": file})
        client.post("/a", json={"token": "s3cr3t-t0k3n"})
        client.get("/a?token=s3cr3t-t0k3n")
        for call, words in zip(client.log, ["upload", "secret", "secret"], strict=True):
            with pytest.raises(CannotSend, match=words):
                call.resend(confirm=True)
        assert client.log[1].resend(json={"token": "new"}, confirm=True).status == 200


def test_a_recording_cannot_send(tmp_path):
    with playing(_service) as client:
        client.get("/a")
    read = CallLog.from_har(client.log.har(tmp_path / "a.har"))
    with pytest.raises(CannotSend, match="comes from a recording"):
        read[0].resend()
    with pytest.raises(CannotSend, match="comes from a recording"):
        read[:1][0].resend()
