"""The call inspector, live and in a saved notebook."""

import json

from desk import wait_for
from playwright.sync_api import expect

SHOW = """\
import cogwidgets as cog
client = cog.connect('local')
inspector = cog.CallInspector(client)
inspector"""
WORK = """\
session = client.session('my vlog')
client.credits()
try:
    client.api.call('GET', '/nowhere', 'look at nothing')
except cog.CogError as error:
    print(error)"""
CELLS = [SHOW, WORK, "client.credits()", "inspector.code"]


def test_the_inspector(browser):
    with browser.open(CELLS, theme="dark") as notebook:
        notebook.run(0)
        view = notebook.output(0).locator(".cog-calls")
        expect(view).to_contain_text("No calls yet")
        notebook.run(1)
        notebook.wait_idle()
        rows = view.locator("details.call")
        expect(rows).to_have_count(4)
        expect(view.locator(".title")).to_contain_text("4 calls · 1 failed")

        rows.nth(1).locator("summary").first.click()
        expect(rows.nth(1).locator(".inside")).to_contain_text('"task_name": "my vlog"')
        rows.nth(1).get_by_title("Copy call 2 as curl").click()
        expect(rows.nth(1).get_by_text("Copied")).to_be_visible()
        curl = notebook.page.evaluate("navigator.clipboard.readText()")
        assert curl.startswith("curl")
        assert "$NEMO_TOKEN" in curl

        view.get_by_role("button", name="Failed").click()
        expect(rows).to_have_count(1)
        expect(view.locator(".title")).to_contain_text("1 of 4 calls")
        expect(view.locator(".same code")).to_have_text("client.calls.failed")
        view.get_by_role("button", name="Failed").click()
        view.get_by_role("searchbox").fill("credits")
        expect(rows).to_have_count(1)
        expect(view.locator(".same code")).to_have_text("client.calls['credits']")
        view.get_by_role("searchbox").fill("")

        view.get_by_role("button", name="Save HAR").click()
        expect(view.get_by_role("status").filter(has_text="Saved as")).to_contain_text(".har")
        name = view.locator(".saved").inner_text().split()[2].rstrip(",")
        assert len(json.loads(notebook.path.with_name(name).read_text())["log"]["entries"]) == 4

        _step_from_the_switch(notebook, view)
        notebook.run(3)
        notebook.wait_idle()
        assert "with client.stepping(): ..." in notebook.output(3).inner_text()
        assert not notebook.errors
        assert not [said for kind, said in notebook.console if kind == "error"]
        # What is kept is up to date, and not seen beside the view.
        wait_for(lambda: "5 calls" in json.dumps(notebook.outputs(0)), "the kept list")
        assert notebook.output(0).locator("[class^=cog-kept]").is_hidden()
        notebook.save()
    with browser.open(notebook.path, kernel="") as saved:
        output = saved.output(0)
        expect(output).to_contain_text("create the session")
        assert "widget" not in output.inner_text()
        expect(output.locator(".jp-RenderedHTMLCommon > details")).to_have_count(5)


def _step_from_the_switch(notebook, view):
    view.get_by_role("button", name="Step through").click()
    expect(view.get_by_role("button", name="Stepping")).to_be_visible()
    notebook.run(2)
    step = view.locator(".step")
    expect(step).to_contain_text("Paused before call 5")
    step.get_by_role("button", name="Send").click()
    expect(step).to_contain_text("Answer to call 5: 200")
    step.get_by_role("button", name="Run to end").click()
    notebook.wait_idle()
    expect(view.get_by_role("button", name="Step through")).to_be_visible()
    expect(view.locator("details.call")).to_have_count(5)
