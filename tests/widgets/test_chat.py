"""ChatBox: what is said is done, shown as it goes, and never as anything but text."""

import re
import threading

import hypothesis
import pytest
from hypothesis import strategies as st

from cogwidgets.api import Api, Credentials, Failure, StreamBroken, Text, Turn
from cogwidgets.client import Client
from cogwidgets.draft import Draft
from cogwidgets.sample import VLOG
from cogwidgets.widgets.chat import ChatBox
from cogwidgets.widgets.markdown import to_html
from cogwidgets.widgets.suggest import suggestions


@pytest.fixture(scope="module")
def talked(module_engine):
    """A chat in which the music was removed, and what it showed meanwhile."""
    with Client(Api(module_engine.url, credentials=Credentials(client_id="talker"))) as client:
        session = client.session("my vlog")
        chat, lives = ChatBox(session), []
        chat.observe(lambda change: lives.append(change.new), "live")
        for said in (f"upload '{VLOG}'", "remove the background music", "credits", "status"):
            assert chat.say(said).wait(120)
        yield chat, lives, session


def test_a_message_ends_with_its_steps_its_words_and_what_changed(talked):
    chat, lives, session = talked
    asked, answered = chat.entries[2:4]
    assert asked == {"who": "me", "text": "remove the background music"}
    assert "removed the background music" in answered["text"]
    assert answered["changes"] == [str(change) for change in session.turns[0].changes]
    assert [step["state"] for step in answered["steps"]] == ["done"]
    fractions = [s["fraction"] for live in lives for s in live.get("steps", [])]
    assert any(0 < fraction < 1 for fraction in fractions)
    assert not chat.busy
    assert chat.live == {}
    assert not answered["error"]


def test_commands_answer_in_words_and_each_has_its_python_line(talked):
    chat, _, _ = talked
    uploaded, balance, status = (chat.entries[at]["text"] for at in (1, 5, 7))
    assert uploaded == "Added **vlog.mp4**."
    assert re.fullmatch(r"You have \d+ credits\.", balance)
    assert status.startswith("Timeline (1 track): 1. Video: vlog (0-23s)")
    assert chat.code.splitlines()[1:] == [
        'session.send("remove the background music")',
        "client.credits()",
        "session.timeline()",
    ]


def test_what_is_kept_of_it_is_the_conversation(talked):
    chat, _, session = talked
    assert "remove the background music" in chat.html()
    assert "Music removed" in chat.html()
    assert repr(chat) == "<ChatBox · 4 said>"
    again = ChatBox(session)  # another view of the same session: its messages
    assert [e["text"] for e in again.entries if e["who"] == "me"] == ["remove the background music"]


def test_suggestions_fit_the_state(talked):
    chat, _, _ = talked
    assert [one["say"] for one in chat.suggested] == [
        "add a calm royalty-free track",
        "add the title “My day” for 3 seconds",
        "export",
    ]
    assert suggestions(Draft({}), alone=True)[0]["do"] == "sample"


def test_a_message_is_one_at_a_time_and_an_empty_one_none(session):
    chat = ChatBox(session)
    assert chat.say("  ") is None
    work = chat.say("hello")
    assert chat.say("hello again") is None
    assert work.wait(60)
    assert len(chat.entries) == 2


def test_a_stop_says_what_it_did(session, tell, until, sample):
    session.upload(sample)
    chat = ChatBox(session)
    work = chat.say("remove the background music")
    until(lambda: chat.live.get("steps"))
    tell(chat, "stop")
    assert work.wait(60)
    assert chat.entries[-1]["html"].startswith("<p>Stopped")
    assert chat.code == ""


def test_a_stop_before_anything_was_sent_says_so(session, monkeypatch):
    chat = ChatBox(session)

    def say(_):
        with session.client.api.working():
            session.client.stop(threading.current_thread())
            session.read_state()

    monkeypatch.setattr(session, "say", say)
    work = chat.say("hello")
    assert work is not None
    assert work.wait(30)
    assert chat.entries[-1]["text"] == "Stopped. Nothing had been sent yet."
    assert not chat.entries[-1].get("error")


def test_a_failure_has_its_hint_and_can_be_tried_again(session, monkeypatch):
    chat = ChatBox(session)
    failed = Turn(error=StreamBroken("The connection broke."), message="hello")
    monkeypatch.setattr(session, "say", lambda _: failed)
    assert chat.say("hello").wait(30)
    answer = chat.entries[-1]
    assert answer["error"]["message"] == "The connection broke."
    assert "never sent twice" in answer["error"]["hint"]
    assert answer["retry"] == "hello"


def test_what_nobody_foresaw_frees_the_chat_again(session, monkeypatch, caplog):
    chat = ChatBox(session)
    monkeypatch.setattr(session, "say", lambda _: 1 / 0)
    assert chat.say("hello").wait(30)
    assert not chat.busy
    assert "ZeroDivisionError" in chat.entries[-1]["error"]["message"]
    assert "ZeroDivisionError" in caplog.text


def test_words_that_stream_show_as_they_come(session, monkeypatch):
    chat, shown = ChatBox(session), []
    chat.observe(lambda change: shown.append(change.new), "live")

    def say(_):
        session.client.hear(Text("I am ", partial=True))
        session.client.tell("⏳ Still working...")
        session.client.hear(Failure("x", "broke"))
        return Turn("I am done.")

    monkeypatch.setattr(session, "say", say)
    assert chat.say("hello").wait(30)
    assert any(live.get("line") == "⏳ Still working..." for live in shown)
    assert chat.entries[-1]["text"] == "I am done."


@hypothesis.given(st.text(alphabet=st.sampled_from("<>&\"'`*_[]()!#-+.:/ \nabjs=123"), max_size=80))
def test_markdown_lets_no_html_through(text):
    html = to_html(text)
    allowed = r"</?(?:p|strong|em|code|pre|ul|ol|li|blockquote|br|s)(?: start=\"\d+\")?(?: /)?>"
    link = r"<a href=\"[^\"<>]*\" target=\"_blank\" rel=\"noopener noreferrer\">|</a>"
    code = r"<code class=\"language-[^\"<>]*\">"
    assert "<" not in re.sub(f"{allowed}|{link}|{code}", "", html)


@pytest.mark.parametrize(
    "text",
    ["![x](data:image/png;base64,AA)", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))"],
)
def test_markdown_loads_nothing_and_runs_nothing(text):
    assert not re.search(r"<img|<a ", to_html(text))
