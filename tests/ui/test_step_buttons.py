"""Stepping through a cell's calls with the buttons of the card, while the cell blocks."""

import re

import pytest
from desk import wait_for
from playwright.sync_api import expect

CONNECT = """\
import cogwidgets as cog
client = cog.connect('local', faults=['run_sse=heartbeats:60@2'])"""
WALK = """\
with client.stepping():
    session = client.session('my vlog')
    turn = session.send('what can you do?')
print(session.name, '|', turn.text)"""
SILENT = """\
with client.stepping(on='/run_sse'):
    turn = session.send('remove the music')
print(repr(turn.error))"""
CELLS = [CONNECT, WALK, "print('the next cell runs')", SILENT, "print('and so does this')"]


class Card:
    """The card below a cell."""

    def __init__(self, notebook, cell):
        self.notebook = notebook
        self.output = notebook.output(cell)
        self.step = self.output.locator(".step")

    def at(self, words):
        """Wait until the card says this."""
        expect(self.step.locator(".said")).to_contain_text(words)
        return self

    def press(self, name):
        self.step.get_by_role("button", name=name, exact=True).click()
        return self

    def rows(self):
        """Return the rows that stay when the stepping is over."""
        return self.output.locator(".jp-RenderedHTMLCommon > details")


@pytest.mark.parametrize(
    ("app", "kernel", "theme"),
    [("lab", "python3", "light"), ("notebook", "kernel6", "dark")],
)
def test_a_walk_with_the_buttons(browser, app, kernel, theme):
    with browser.open(CELLS, app=app, kernel=kernel, theme=theme) as notebook:
        notebook.run(0, 1, 2)
        card = Card(notebook, 1).at("Paused before call 1").press("Send")
        card.at("Answer to call 1: 200").press("Go on")

        card.at("Paused before call 2").press("Edit body")
        body = card.step.get_by_label("JSON body")
        expect(body).to_be_focused()
        body.fill(body.input_value().replace("my vlog", "renamed") + "}")
        expect(card.step.get_by_role("button", name="Send edited")).to_be_disabled()
        expect(card.step.get_by_role("alert")).to_contain_text("Not yet")
        body.fill(body.input_value()[:-1])
        card.press("Send edited").at("Answer to call 2: 200 · edited").press("Go on")

        card.at("Paused before call 3").press("Skip")
        card.step.get_by_label("The answer that the code gets").select_option("broken")
        card.press("Skip the call").at("Answer to call 3: ReadError").press("Go on")

        card.at("Paused before call 4")  # the state is read again, as after any broken read
        assert notebook.running()
        assert notebook.count(2) is None
        card.press("Run to end")
        notebook.wait_idle()
        assert "I can remove the background music" in card.output.inner_text()
        assert "the next cell runs" in notebook.output(2).inner_text()
        expect(card.rows().nth(1)).to_contain_text("create the session")
        assert card.rows().count() >= 5

        notebook.run(3, 4)
        card = Card(notebook, 3).at(re.compile("Paused before call")).press("Send")
        card.at("Sent, waiting for what comes").press("Stop")
        notebook.wait_idle(20)
        assert "Stopped" in card.output.inner_text()
        assert "and so does this" in notebook.output(4).inner_text()
        assert not notebook.errors
        saved = notebook.save()
    kept = saved.cells[1].outputs[0].data["text/html"]
    assert "create the session" in kept
    assert "edited before it was sent" in kept


def test_a_stream_is_stepped_by_keys_alone_and_an_interrupt_ends_a_pause(browser):
    with browser.open(CELLS, kernel="kernel6") as notebook:
        notebook.run(0, 1)
        card = Card(notebook, 1).at("Paused before call 1")
        keyboard = notebook.page.keyboard
        card.step.get_by_role("button", name="Send").focus()
        keyboard.press("b")  # in command mode it would insert a cell
        keyboard.press("Enter")
        for _ in range(2):
            card.at("Answer to call")
            keyboard.press("s")
            card.at("Paused before call")
            keyboard.press("s")
        card.at("Answer to call 3")
        keyboard.press("Enter")
        card.at("Paused before call 4")
        keyboard.press("i")
        card.at("Event 1 of call 4")
        keyboard.press("i")
        card.at("Event 2 of call 4")
        expect(card.step.locator(".event pre")).to_contain_text("I can remove the background music")
        keyboard.press("s")
        card.at("Answer to call 4: 200")
        keyboard.press("r")
        notebook.wait_idle()
        assert len(notebook.js("return notebook.widgets.map(c => c.id)")) == len(CELLS)

        notebook.run(3)
        card = Card(notebook, 3).at("Paused before call")
        notebook.interrupt()
        notebook.wait_idle()
        assert "KeyboardInterrupt" in card.output.inner_text()
        notebook.save()
    with browser.open(notebook.path, kernel="") as saved:
        output = saved.output(1)
        expect(output.locator("details").first).to_contain_text("get an anonymous token")
        output.locator("summary").first.click()
        expect(output).to_contain_text("/api/auth/anonymous-token")
    assert "send the message" in _as_html(notebook.path)


def _as_html(path):
    from nbconvert import HTMLExporter

    body, _ = HTMLExporter(template_name="classic").from_filename(str(path))
    return body


def test_a_browser_on_the_same_machine_is_heard_where_the_comm_is_blocked(browser):
    deaf = "from cogwidgets.widgets import control; control._make_subshell = lambda: None"
    with browser.open([f"{CONNECT}\n{deaf}", WALK, "1 + 1"], app="notebook") as notebook:
        notebook.run(0, 1, 2)
        card = Card(notebook, 1).at("Paused before call 1").press("Send")
        card.at("Answer to call 1").press("Run to end")
        notebook.wait_idle()
        assert notebook.count(2)
        # What came by the comm as well is no second answer, and no stop for the next cell.
        notebook.run(1)
        card.at("Paused before call").press("Stop")
        notebook.wait_idle()
        assert "Stopped: You stopped at POST" in card.output.inner_text()


def test_a_page_that_was_closed_pauses_nothing(browser):
    away = (
        "import time; from pathlib import Path\nwith client.stepping() as stepper:\n"
        "    session = client.session('one')\n"
        "    while not Path('closed').exists(): time.sleep(0.05)\n"
        "    client.credits()\n"
        "open('ended', 'w').write('by itself')"
    )
    with browser.open([CONNECT, away]) as notebook:
        ended = notebook.path.with_name("ended")
        notebook.run(0, 1)
        card = Card(notebook, 1).at("Paused before call 1").press("Send")
        card.at("Answer to call 1").press("Go on").at("Paused before call 2").press("Send")
        card.at("Answer to call 2").press("Go on")
        notebook.page.goto("about:blank")
        ended.with_name("closed").touch()
        assert wait_for(ended.exists, "the cell to go on by itself", 40)
