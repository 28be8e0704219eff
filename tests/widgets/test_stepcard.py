"""The card's questions and a person's answers, without a browser; and a kernel without one."""

import threading
import time

import nbformat
import pytest
from nbclient import NotebookClient

import cogwidgets as cog
from cogwidgets.trace import Edit, RunOn, Send, Skip, Stop, Stopped
from cogwidgets.widgets.stepcard import StepCard


@pytest.fixture
def client():
    with cog.connect("local") as client:
        yield client


class Asked:
    """One question being asked in a thread, as a call asks it."""

    def __init__(self, card, question, *about):
        self.card = card
        self.decided = []
        self.before = card.step.get("n", 0)
        self.thread = threading.Thread(target=self._ask, args=(question, *about), daemon=True)
        self.thread.start()
        self.shown()

    def _ask(self, question, *about):
        try:
            self.decided.append(question(*about))
        except Exception as error:  # noqa: BLE001 - what a call's thread would get
            self.decided.append(error)

    def shown(self, **wanted):
        """Return the question once it stands."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            step = self.card.step
            if step.get("n", 0) > self.before and step.keys() >= wanted.keys():
                self.before = step["n"]
                return step
            time.sleep(0.005)
        raise TimeoutError(f"no question: {self.card.step}")

    def answer(self, **message):
        message = {"do": "decide", "n": self.card.step["n"]} | message
        self.card._heard(self.card, message, [])
        return self

    def result(self):
        self.thread.join(20)
        [decided] = self.decided
        return decided


@pytest.fixture
def call(client):
    client.session("my vlog")
    return client.calls["with-session"][0]


@pytest.mark.parametrize(
    ("message", "decided"),
    [
        ({"choice": "send"}, Send()),
        ({"choice": "into"}, Send(into=True)),
        ({"choice": "edit", "body": '{"n": 2}'}, Edit({"n": 2})),
        ({"choice": "run"}, RunOn()),
        ({"choice": "stop"}, Stop()),
    ],
)
def test_before_a_call(client, call, message, decided):
    card = StepCard(client)
    asked = Asked(card, card.before, call)
    assert card.step["call"]["purpose"] == "create the session"
    assert '"task_name": "my vlog"' in card.step["request"]["body"]
    assert asked.answer(**message).result() == decided


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"n": 2', "line 1, column 8"),
        ("[" * 100_000, "nested too deeply"),
        ('{"note": "•••• and more"}', "masked text that was changed"),
    ],
)
def test_a_body_that_cannot_be_sent_is_asked_for_again(client, call, text, words):
    card = StepCard(client)
    asked = Asked(card, card.before, call).answer(choice="edit", body=text)
    again = asked.shown(wrong="")
    assert words in again["wrong"]
    assert again["edited"] == text
    assert asked.answer(choice="edit", body='{"n": 2}').result() == Edit({"n": 2})


def test_a_skipped_call_gets_an_error_or_what_was_recorded(client, call):
    card = StepCard(client)
    client.session("another")
    other = client.calls["with-session"][1]
    asked = Asked(card, card.before, other)
    instead = card.step["instead"]
    assert [f"call {call.index}", f"the answer of call {call.index}: 200"] in instead
    assert asked.answer(choice="skip", instead=f"call {call.index}").result() == Skip(call)
    for key in [key for key, _ in instead if key.isdecimal()]:
        skipped = Asked(card, card.before, other).answer(choice="skip", instead=key).result()
        assert skipped.response().json()["code"] == int(key)
    asked = Asked(card, card.before, other).answer(choice="skip", instead="call 99999")
    asked.shown()  # there is no such call: it is asked again
    assert isinstance(asked.answer(choice="skip", instead="broken").result(), Skip)


def test_an_answer_to_an_older_question_and_one_that_comes_twice_are_dropped(client, call):
    card = StepCard(client)
    asked = Asked(card, card.before, call)
    old = {"do": "decide", "n": card.step["n"], "choice": "send", "id": "1"}
    card._heard(card, old, [])
    assert asked.result() == Send()
    asked = Asked(card, card.after, call)
    card._heard(card, old, [])
    card._heard(card, old | {"n": card.step["n"], "choice": "stop"}, [])
    asked.answer(choice="no such thing")
    asked.shown()
    assert asked.answer(choice="send").result() == Send()


def test_a_stop_from_elsewhere_ends_the_question(client, call):
    card = StepCard(client)

    def ask():
        with client.api.working():
            return card.before(call)

    asked = Asked(card, ask)
    client.stop()
    assert isinstance(asked.result(), Stopped)
    assert card.step["phase"] == "ended"


def test_a_stop_that_comes_when_nothing_runs_stops_nothing_later(client, call):
    card = StepCard(client)
    asked = Asked(card, card.after, call).answer(choice="send")
    asked.result()
    card._heard(card, {"do": "halt", "n": card.step["n"]}, [])
    assert client.credits().available > 0


def test_without_a_kernel_nobody_is_there(client, caplog):
    with client.stepping(asker=StepCard(client)):
        client.credits()
    assert [r for r in caplog.records if "nobody is here" in r.getMessage()]


def test_where_nobody_can_press_a_button_a_notebook_runs_through_and_keeps_the_calls(
    tmp_path,
):
    cells = [
        "%load_ext cogwidgets\nimport cogwidgets as cog; client = cog.connect('local')",
        "with client.stepping():\n    client.session('my vlog')\n    client.credits()",
        "cog.CallInspector(client)",
        "%%cog_record walk.har\nprint(client.credits().available)\n1 + 1",
        "with cog.replay('walk.har') as replayed:\n    print(replayed.credits().available)",
        "%%cog_record walk.txt\n1",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=60, allow_errors=True, resources=resources).execute()
    _, stepped, shown, recorded, replayed, refused = [
        "\n".join(str(o.get("text") or o.get("data") or o.get("evalue")) for o in cell.outputs)
        for cell in notebook.cells
    ]
    assert stepped.count("nobody is here to answer") == 1
    assert "create the session" in stepped
    assert "widget-view" not in stepped  # what stays is the list
    assert "read the credits" in shown
    assert "Recorded 1 call in walk.har" in recorded
    assert "100" in recorded
    assert "100" in replayed
    assert "ends in .har" in refused
