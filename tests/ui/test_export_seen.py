"""The export as it is seen: progress, result, download; through a reload and a new kernel."""

import av
from clips import clip

SET_UP = f"""
import cogwidgets as cog
client = cog.connect()
session = client.session("my vlog")
session.upload({str(clip("vlog.mp4", seconds=3.0, size=(320, 180)))!r})
button = cog.ExportButton(session)
button
"""
AGAIN = """
import cogwidgets as cog
client = cog.connect()
again = cog.ExportButton(client.session("another"))
again
"""


def chosen(button, name):
    button.get_by_label("Name of the file").fill(name)
    button.get_by_label("Quality").select_option("low")
    button.get_by_role("button", name="Export").click()


def test_a_result_is_opened_downloaded_and_there(browser, tmp_path):
    with browser.open([SET_UP, "print(button.result.path.name, button.code)"]) as notebook:
        page = notebook.page
        notebook.run(0)
        notebook.wait_idle()
        button = notebook.output(0).locator(".cog-export")
        button.get_by_label("Name of the file").wait_for()
        chosen(button, "clip")
        button.get_by_text("took").wait_for()
        assert "320×180" in button.inner_text()
        with page.expect_download() as download:
            button.get_by_role("button", name="Download").click()
        download.value.save_as(tmp_path / "reached.mp4")
        assert button.get_by_role("link", name="Open").get_attribute("href").startswith("http://")
        # The same from a browser that cannot reach the engine: through the notebook.
        page.route("**/media/**", lambda route: route.abort())
        with page.expect_download() as download:
            button.get_by_role("button", name="Download").click()
        download.value.save_as(tmp_path / "sent.mp4")
        assert (tmp_path / "sent.mp4").read_bytes() == (tmp_path / "reached.mp4").read_bytes()
        with av.open(str(tmp_path / "sent.mp4")) as container:
            assert container.duration / av.time_base > 2.9
        notebook.run(1)
        notebook.wait_idle()
        said = notebook.output(1).inner_text().strip()
        assert said == "clip.mp4 session.export('clip.mp4', quality='low')"
        assert not notebook.errors
        # What is there already is not written over unasked.
        button.get_by_label("Name of the file").fill(notebook.path.stem)
        button.get_by_label("Name of the file").press("Enter")
        button.get_by_role("button", name="Cancel").wait_for()
        button.get_by_role("button", name="Cancel").click()
        button.get_by_role("button", name="Export").wait_for()


def test_an_export_outlives_its_page_and_its_kernel(browser):
    # The answer to the second question after the render takes longer than all of this.
    slow = SET_UP.replace("connect()", "connect('local', faults=['poll_render=slow:150@2'])")
    with browser.open([slow, AGAIN]) as notebook:
        page = notebook.page
        notebook.run(0)
        notebook.wait_idle()
        button = notebook.output(0).locator(".cog-export")
        button.get_by_label("Name of the file").wait_for()
        notebook.save()
        chosen(button, "cut")
        button.get_by_role("button", name="Cancel").wait_for()
        page.reload()
        notebook.wait_ready()
        button = notebook.output(0).locator(".cog-export")
        button.get_by_role("button", name="Cancel").wait_for()  # it has gone on

        notebook.js("panel.sessionContext.session.kernel.restart(); return null")
        notebook.wait_ready()
        notebook.run(1)
        notebook.wait_idle()
        button = notebook.output(1).locator(".cog-export")
        button.get_by_text("One export was cut off: cut.mp4").wait_for()
        button.get_by_role("button", name="Resume").click()
        button.get_by_text("took").wait_for()
        assert (browser.jupyter.root / "cut.mp4").exists()
