"""The call inspector's own part, without a browser."""

import json
import re
import time

import pytest

import cogwidgets as cog
from cogwidgets.trace import CallLog
from cogwidgets.widgets.rows import row_of


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with cog.connect("local") as client:
        yield client


@pytest.fixture
def sent(monkeypatch):
    """What goes to the browser."""
    sent = []
    monkeypatch.setattr(cog.CallInspector, "send", lambda _, content: sent.append(content))
    return sent


def _say(view, what, **fields):
    view._heard(view, {"do": what, **fields}, [])


def _wait(ready):
    end = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_every_row_travels_with_the_view_and_each_change_after_it(client, sent):
    client.credits()
    view = cog.CallInspector(client)
    rows = json.loads(view.get_state()["rows"])["rows"]
    assert [row[1] for row in rows] == ["get an anonymous token", "read the credits"]
    client.session("my vlog")
    _wait(lambda: any(row[5] == 200 for told in sent for row in told["rows"]))
    assert sent[-1]["rows"][-1][:4] == row_of(client.calls[2])[:4]
    assert len(json.loads(view.get_state()["rows"])["rows"]) == 3


def test_an_opened_row_gets_its_request_and_answer(client, sent):
    session = client.session("my vlog")
    session.send("what can you do?")
    _wait(lambda: client.calls[-1].seconds is not None)
    view = cog.CallInspector(session)
    _say(view, "open", index=client.calls["/run_sse"][0].index)
    inside = sent[-1]
    assert '"text": "what can you do?"' in inside["request"]["body"]
    assert ["authorization", "Bearer ••••"] in inside["request"]["headers"]
    assert "I can remove" in inside["answer"]["events"][-1][2]
    told = len(sent)
    for odd in (0, -1, 99, None, "1", True):
        _say(view, "open", index=odd)
    assert len([s for s in sent[told:] if s["what"] == "inside"]) <= 1  # True is 1


def test_copies_and_har_say_the_python_that_does_the_same(client, sent, tmp_path):
    client.credits()
    view = cog.CallInspector(client)
    _say(view, "snippet", index=2, kind="curl")
    assert sent[-1]["text"] == client.calls[1].curl()
    _say(view, "snippet", index=2, kind="no such kind")
    (tmp_path / "calls.har").write_text("mine")
    _say(view, "har")
    _wait(lambda: view.saved)
    assert view.saved == "calls-2.har"
    assert (tmp_path / "calls.har").read_text() == "mine"
    assert len(CallLog.from_har(view.saved)) == 2
    assert view.code == "print(client.calls[1].curl())\nclient.calls.har('calls-2.har')"


def test_the_switch_is_a_stepper_and_gives_back_what_was_there(client):
    view = cog.CallInspector(client)
    recorder = client.api.recorder
    _say(view, "switch", state=True, on="/run_sse")
    assert repr(recorder.stepper) == "<Stepper on '/run_sse'>"
    assert view.stepping == {"on": "/run_sse", "into": False}
    _say(view, "switch", state=True, on="failure", into=True)
    assert (recorder.stepper.on, recorder.stepper.into) == ("failure", True)
    _say(view, "switch", state=False)
    assert recorder.stepper is None
    assert view.stepping == {}
    assert view.code.splitlines()[0] == "with client.stepping('/run_sse'): ..."
    client.credits()


def test_an_unknown_option_is_refused(client):
    with pytest.raises(TypeError, match=re.escape("CallInspector() has no option 'colour'")):
        cog.CallInspector(client, colour="red")


def test_its_html_is_the_list(client):
    client.credits()
    view = cog.CallInspector(client)
    data, _ = view._repr_mimebundle_()
    assert "read the credits" in data["text/html"]
    assert data["text/plain"] == "<CallInspector · 2 calls>"
    view.close()
    client.credits()
