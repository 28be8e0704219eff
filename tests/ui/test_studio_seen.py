"""The Studio in a real browser: the whole job by mouse and by keyboard, reloads and restarts."""

import hashlib
import json
import re
import struct

import pytest
from axe_playwright_python.sync_playwright import Axe
from desk import wait_for

from cogwidgets.sample import VLOG

# A name each, since they share a folder: an export asks before it writes over a file.
STUDIO = "import cogwidgets as cog\nstudio = cog.Studio(name='{}')\nstudio"
REMOVE = "remove the background music"
DROP = """node => {
    const data = new DataTransfer();
    data.items.add(new File(["no video at all"], "dropped.mp4"));
    for (const type of ["dragenter", "dragover", "drop"])
        node.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true}));
}"""
STOPPED = re.compile("^Stopped. (The timeline is as it was|Nothing had been sent)")
SHOWN = "() => document.querySelector('.cog-preview video.shown')?.readyState >= 2"


def _studio(notebook, cell=0):
    """Run the cell; return the Studio below it once it is ready."""
    notebook.run(cell)
    return _ready(notebook, cell)


def _ready(notebook, cell=0):
    studio = notebook.output(cell).locator(".cog-studio")
    studio.get_by_text("Ready", exact=True).wait_for()
    return studio


def _findings(page, where=".cog-studio"):
    """Return what a screen reader, or weak eyes, would stumble over."""
    found = Axe().run(page, context=where, options={"resultTypes": ["violations"]}).response
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:5])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def _quiet(notebook):
    """Tell that the page has said nothing bad."""
    bad = [text for kind, text in notebook.console if kind == "error" and "anywidget" in text]
    return not notebook.errors and not bad


def _python(notebook, cell):
    """Run a cell; return what it printed."""
    notebook.run(cell)
    notebook.wait_idle()
    return notebook.output(cell).inner_text()


def _plays(page, url):
    """Tell how long a video is, as the browser plays it."""
    return page.evaluate(
        """url => new Promise((resolve, reject) => {
            const video = document.createElement("video");
            video.muted = true;
            video.ontimeupdate = () => video.currentTime > 0.1 && resolve(video.duration);
            video.onerror = () => reject(new Error("it does not play"));
            video.src = url;
            video.play();
        })""",
        url,
    )


def test_the_whole_job_by_mouse(browser):
    with browser.open([STUDIO.format("by mouse"), "print(studio.code)"], theme="dark") as notebook:
        studio, page = _studio(notebook), notebook.page
        studio.get_by_role("button", name="Try the sample video").click()
        studio.get_by_text("1 track · 0:23 · 1280×720").wait_for()
        studio.get_by_role("button", name=REMOVE).click()
        studio.get_by_text("I removed the background music").wait_for()
        studio.get_by_text("music removed", exact=True).first.wait_for()  # on the timeline
        studio.get_by_role("button", name="Before and after").click()
        page.wait_for_function(SHOWN)
        studio.get_by_role("button", name="Export", exact=True).click()
        link = studio.get_by_role("link", name="Open")
        link.wait_for()
        assert _plays(page, link.get_attribute("href")) == pytest.approx(23, abs=0.2)
        assert (browser.jupyter.root / "by mouse-edited.mp4").stat().st_size > 1_000_000
        for tab in ("Timeline", "Preview", "Sound report", "Calls", "State"):
            studio.get_by_role("tab", name=tab).click()
            assert _findings(page) == []
        code = _python(notebook, 1)
        assert f'session.send("{REMOVE}")' in code
        assert "session.export('by mouse-edited.mp4')" in code
        compile(code, "the cell", "exec")
        assert _quiet(notebook)


def test_the_whole_job_by_keyboard(browser):
    with browser.open([STUDIO.format("by keyboard")]) as notebook:
        studio, page = _studio(notebook), notebook.page
        keys = page.keyboard
        cells = notebook.js("return notebook.widgets.length")

        def to(role, name):
            """Go on with Tab until something has the focus."""
            wanted = studio.get_by_role(role, name=name, exact=True)
            wanted.wait_for()
            for _ in range(80):
                if wanted.evaluate("node => node === document.activeElement"):
                    assert wanted.evaluate("node => getComputedStyle(node).outlineStyle") != "none"
                    return wanted
                keys.press("Tab")
            raise AssertionError(f"Tab does not reach {name}.")

        studio.evaluate("node => node.querySelector('button:not(:disabled)').focus()")
        to("button", "Try the sample video")
        keys.press("b")  # a command of the notebook's: it must not hear of it
        keys.press("Enter")
        studio.get_by_text("1 track · 0:23 · 1280×720").wait_for()
        to("textbox", "Say what to change; Enter sends, Shift and Enter begins a line")
        keys.type(REMOVE)
        keys.press("Enter")
        studio.get_by_text("I removed the background music").wait_for()
        keys.press("ArrowUp")
        field = studio.get_by_role("textbox", name="Say what to change")
        assert field.input_value() == REMOVE
        keys.press("ArrowDown")
        assert not field.input_value()
        to("tab", "Timeline")
        keys.press("ArrowRight")
        assert studio.get_by_role("tab", name="Preview").get_attribute("aria-selected") == "true"
        page.wait_for_function(SHOWN)
        to("button", "Export")
        keys.press("Space")
        studio.get_by_role("link", name="Open").wait_for()
        assert notebook.js("return notebook.widgets.length") == cells
        assert notebook.js("return notebook.mode") == "command"
        assert _quiet(notebook)


def _padded(path, size):
    """Write the sample, padded to a size by a box that players skip (ISO/IEC 14496-12, 8.1.2)."""
    data = VLOG.read_bytes()
    with path.open("wb") as file:
        file.write(data)
        file.write(struct.pack(">I4sQ", 1, b"free", size - len(data)))
        file.truncate(size)
    return path


@pytest.mark.slow
def test_300_mb_come_through_the_browser(browser, tmp_path):
    big = _padded(tmp_path / "big.mp4", 300_000_000)
    memory = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    hashes = "import json; print(json.dumps([u.hash for u in studio.session.uploads]))"
    with browser.open([STUDIO.format("big"), memory, memory, hashes]) as notebook:
        studio = _studio(notebook)
        before = int(_python(notebook, 1))
        (tmp_path / "no.txt").write_text("no")
        chooser = studio.locator("input[type=file]")
        chooser.set_input_files([tmp_path / "no.txt", big])
        studio.get_by_text("no.txt: not a type that can be edited.").wait_for()
        studio.get_by_text("Receiving").wait_for()
        studio.get_by_text("uploaded").wait_for(timeout=90_000)
        [digest] = json.loads(_python(notebook, 3))
        with big.open("rb") as file:
            assert digest == hashlib.file_digest(file, "sha256").hexdigest()
        assert (browser.jupyter.root / "uploads" / "big.mp4").stat().st_size == 300_000_000
        assert int(_python(notebook, 2)) - before < 150  # MB
        studio.get_by_role("button", name=REMOVE).wait_for()


def test_a_reload_and_a_restart_in_the_middle_of_an_export(browser):
    # Each pauses at the call that asks how the render is, so it is in the middle for certain.
    pause = "studio.inspector.step_through('/api/render/proxy/lambda/')"
    with browser.open([STUDIO.format("cut off"), pause]) as notebook:
        studio = _studio(notebook)
        studio.get_by_role("button", name="Try the sample video").click()
        studio.get_by_text("1 track · 0:23").wait_for()
        notebook.run(1)
        notebook.wait_idle()
        studio.get_by_role("button", name="Export", exact=True).click()
        paused = studio.get_by_text("Paused before call")
        paused.wait_for()
        notebook.save()
        notebook.page.reload()
        notebook.wait_ready()
        studio = _ready(notebook)
        paused = studio.get_by_text("Paused before call")
        paused.wait_for()
        studio.get_by_role("button", name="Run to end").click()
        studio.get_by_role("link", name="Open").wait_for()

        notebook.run(1)
        notebook.wait_idle()
        studio.get_by_label("Name of the file").fill("again")
        studio.get_by_role("button", name="Export", exact=True).click()
        paused.wait_for()
        notebook.js("return panel.sessionContext.session.kernel.restart().then(() => null)")
        wait_for(lambda: notebook.status() == "idle", "the kernel")
        studio = _studio(notebook)
        studio.get_by_role("button", name="1 unfinished export: resume").click()
        studio.get_by_role("link", name="Open").wait_for()
        assert (browser.jupyter.root / "again.mp4").stat().st_size > 1_000_000


def test_two_studios_on_the_older_kernel_leave_each_other_alone(browser):
    one = STUDIO.format("one")
    cells = [one, one.replace("studio", "other"), "print(studio.chat, other.chat)"]
    with browser.open(cells, kernel="kernel6", size=(820, 900)) as notebook:
        one, other = _studio(notebook, 0), _studio(notebook, 1)
        one.get_by_role("button", name="Try the sample video").click()
        one.get_by_role("button", name=REMOVE).click()
        one.get_by_role("button", name="Stop").click()
        one.get_by_text(STOPPED).wait_for()
        other.get_by_role("button", name="what can you do?").click()
        other.get_by_text("I can remove the background music").wait_for()
        other.get_by_role("button", name="Browse the kernel").click()
        other.get_by_role("combobox", name="Find in this folder").wait_for()
        other.locator(".cog-files").evaluate(DROP)
        other.get_by_role("alert").get_by_text("dropped.mp4").wait_for()
        told = _python(notebook, 2)
        assert told.strip() == "<ChatBox · 1 said> <ChatBox · 1 said>"
        assert one.get_by_role("button", name="Browse the kernel").is_visible()
        assert _findings(notebook.page) == []
        notebook.save()
        assert _quiet(notebook)
    with browser.open(notebook.path, kernel="") as saved:
        kept = saved.output(0)
        kept.get_by_text(STOPPED).wait_for()
        assert "vlog.mp4" in kept.inner_text()


def test_voila_shows_a_studio_that_works(browser):
    with browser.open([STUDIO.format("voila")], app="voila") as notebook:
        studio = notebook.page.locator(".cog-studio")
        studio.get_by_role("button", name="Try the sample video").click()
        studio.get_by_text("1 track · 0:23 · 1280×720").wait_for()
        studio.get_by_role("button", name="Export", exact=True).click()
        studio.get_by_role("link", name="Open").wait_for()
        assert _quiet(notebook)
