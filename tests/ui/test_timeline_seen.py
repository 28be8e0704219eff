"""The timeline as it is seen: lanes and table agree, with each other and with Python."""

from desk import wait_for

SET_UP = """
import cogwidgets as cog
from cogwidgets.sample import VLOG
session = cog.connect().session("my vlog")
session.upload(VLOG)
view = cog.TimelineView(session)
view
"""
MANY = """
import cogwidgets as cog
from cogwidgets.client import Session
session = Session(cog.connect(base_url="http://127.0.0.1:9", token="mine"), "1", "many")
session.history.append(cog.Draft({"t": [
    {"tt": 0, "sg": [{"d": 1000, "m": {"id": f"c{n}", "name": f"clip {n}"}} for n in range(5000)]},
    {"tt": 7, "sg": [{"d": 500, "m": {"id": f"t{n}", "text": f"word {n}", "start": n * 1000}}
                     for n in range(5000)]},
]}))
view = cog.TimelineView(session)
view
"""


def wait_said(notebook, cell, words):
    """Run a cell until it says so: what a view says to the kernel may come after the cell."""

    def says():
        notebook.run(cell)
        notebook.wait_idle()
        return words in notebook.output(cell).inner_text()

    wait_for(says, repr(words), 30)


def test_lanes_table_and_python_agree(browser):
    cells = [SET_UP, "print(view.selection, view.playhead)", "view.playhead = 11.5"]
    with browser.open(cells) as notebook:
        page = notebook.page
        notebook.run(0)
        notebook.wait_idle()
        timeline = notebook.output(0).locator(".cog-timeline")
        clip = timeline.locator(".clip.video")
        clip.locator(".wave").wait_for()
        clip.locator("use").first.wait_for()
        assert "1. Video: vlog (0-23s)" in timeline.inner_text()
        ground = clip.locator(".ground")
        ground.click(force=True)  # in its middle; a thumbnail stands there
        row = timeline.locator("[role=row][aria-selected=true]")
        row.wait_for()
        assert row.locator(".name").inner_text() == "vlog"
        assert timeline.locator(".clip.chosen").count() == 1
        wait_said(notebook, 1, "<Segment video 'vlog' 0:00–0:23> 11.")

        ruler = timeline.get_by_role("slider", name="Playhead")
        ruler.focus()
        page.keyboard.press("End")
        assert ruler.get_attribute("aria-valuetext") == "0:23"
        page.keyboard.press("ArrowLeft")
        wait_said(notebook, 1, " 22.0")
        notebook.run(2)
        page.wait_for_function(
            "() => document.querySelector('.cog-timeline-ruler').ariaValueText === '0:11.5'"
        )

        wide = ground.bounding_box()["width"]
        timeline.get_by_role("button", name="Zoom in").click()
        page.wait_for_function(
            "wide => document.querySelector('.clip.video .ground').getBoundingClientRect().width"
            " > wide",
            arg=wide * 1.3,
        )
        timeline.get_by_role("button", name="Fit").click()

        timeline.get_by_role("grid").focus()
        page.keyboard.press("Escape")
        page.wait_for_selector("[role=row][aria-selected=true]", state="detached")
        wait_said(notebook, 1, "None ")
        assert not notebook.errors
        assert notebook.count(0) == 1  # no key was a command of the notebook


def test_ten_thousand_segments_by_keyboard(browser):
    with browser.open([MANY, "print(view.selection)"], app="notebook") as notebook:
        page = notebook.page
        notebook.run(0)
        notebook.wait_idle()
        timeline = notebook.output(0).locator(".cog-timeline")
        grid = timeline.get_by_role("grid")
        timeline.locator(".clip.run").first.wait_for()
        assert grid.get_attribute("aria-rowcount") == "10001"
        grid.focus()
        page.keyboard.press("End")
        timeline.locator("[role=row][aria-selected=true] .name", has_text="word 4999").wait_for()
        page.keyboard.press("PageUp")
        page.keyboard.press("ArrowUp")
        chosen = timeline.locator("[role=row][aria-selected=true] .name").inner_text()
        wait_said(notebook, 1, f"'{chosen}'")
        ruler = timeline.get_by_role("slider", name="Playhead")
        ruler.focus()
        for _ in range(14):
            page.keyboard.press("+")
        # It zooms where the selection is.
        timeline.locator(".clip.chosen .label", has_text="word").wait_for()
        assert timeline.locator(".clip").count() < 500
        assert timeline.locator("[role=row]").count() < 60
        assert not notebook.errors
