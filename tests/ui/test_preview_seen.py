"""The preview as it is seen and heard: one position, two versions, wherever the browser is."""

from desk import wait_for

SET_UP = """
import cogwidgets as cog
from cogwidgets.sample import VLOG
from cogwidgets.widgets import preview
session = cog.connect().session("my vlog")
session.upload(VLOG)
session.send("remove the background music")
timeline = cog.TimelineView(session)
view = cog.Preview(session)
view
"""
PLAYERS = """() => {
    const [before, after] = document.querySelectorAll('.cog-preview video');
    const shown = document.querySelector('.cog-preview video.shown');
    return {before: before.currentTime, after: after.currentTime, which: shown && shown.ariaLabel,
            playing: shown && !shown.paused};
}"""
SHOWN = "which => document.querySelector('.cog-preview video.shown')?.ariaLabel === which"


def said(notebook, cell):
    notebook.run(cell)
    notebook.wait_idle()
    return notebook.output(cell).inner_text().strip()


def test_one_switch_keeps_the_position(browser):
    cells = [SET_UP, "print(round(view.playhead))", "view.playhead = 3.0"]
    with browser.open(cells) as notebook:
        page = notebook.page
        notebook.run(0)
        notebook.wait_idle()
        preview = notebook.output(0).locator(".cog-preview")
        page.wait_for_function(SHOWN, arg="After")
        preview.locator(".cog-preview-lane").nth(1).locator("path.speech").wait_for(
            state="attached"
        )
        slider = preview.get_by_role("slider", name="Position")
        slider.focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        page.wait_for_function(f"() => ({PLAYERS})().after === 5")
        page.keyboard.press("b")
        page.wait_for_function(SHOWN, arg="Before")
        page.wait_for_function(f"() => Math.abs(({PLAYERS})().before - 5) < 0.05")
        # What a view says to the kernel may come after the cell.
        wait_for(lambda: said(notebook, 1) == "5", "the playhead in Python", 30)

        preview.get_by_role("button", name="Play").click()
        page.wait_for_function(f"() => ({PLAYERS})().before > 5.3")
        preview.get_by_text("After", exact=True).first.click()
        page.wait_for_function(f"() => {{ const it = ({PLAYERS})(); return it.which === 'After'"
                               " && it.playing && it.after > 5.3 && it.after < 12; }")  # fmt: skip
        preview.get_by_role("button", name="Pause").click()
        notebook.run(2)
        page.wait_for_function(f"() => ({PLAYERS})().after === 3")
        assert not notebook.errors


def test_a_browser_that_cannot_reach_the_engine_is_sent_what_is_small(browser):
    cells = [SET_UP, "preview.SENT_AT_MOST = 3_500_000"]
    cells.append("preview.SENT_AT_MOST = 1; cog.Preview(session)")
    with browser.open(cells) as notebook:
        page = notebook.page
        page.route("**/media/**", lambda route: route.abort())
        notebook.run(0, 1)
        notebook.wait_idle()
        page.wait_for_function(SHOWN, arg="After")
        shown = notebook.output(0).locator(".cog-preview video.shown")
        assert shown.get_attribute("src").startswith("blob:")
        notebook.run(2)
        notebook.wait_idle()
        second = notebook.output(2).locator(".cog-preview")
        second.get_by_text("too large to be sent").wait_for()
        second.locator("img.poster").wait_for()
        saved = notebook.save()
        assert len(str(saved)) < 1_000_000  # nothing of the videos is in it
