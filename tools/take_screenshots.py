"""Take pictures of the Studio in each of its states, light and dark, wide and narrow.

    python tools/take_screenshots.py [NAME...]

They go to docs/images/studio/; with names, only those states are kept. It needs what the browser
tests need (`make test` installs it): a real JupyterLab, a real Chromium, a real engine.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image  # comes with matplotlib

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "ui"))

from desk import Browser, Jupyter, wait_for  # noqa: E402 - it stands with the tests

IMAGES = ROOT / "docs" / "images" / "studio"
STUDIO = "import cogwidgets as cog\n\nstudio = cog.Studio(name='my vlog')\nstudio"
SIZES = {"wide": (1280, 1000), "narrow": (700, 1400)}


class Camera:
    """Take pictures of one Studio, of the states that are wanted."""

    def __init__(self, notebook: Any, look: str, wanted: list[str]) -> None:
        self.notebook, self.look, self.wanted = notebook, look, wanted
        self.studio = notebook.output(0).locator(".cog-studio")

    def take(self, state: str) -> None:
        """Take a picture, if it is wanted."""
        if not self.wanted or state in self.wanted:
            path = IMAGES / f"{state}-{self.look}.png"
            self.notebook.page.mouse.move(0, 0)
            self.notebook.shot(path, of=self.studio)
            with Image.open(path) as picture:  # a palette is enough, at a third of the size
                few = picture.convert("RGB").quantize(256)
            few.save(path, optimize=True)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")

    def press(self, name: str, role: str = "button") -> None:
        """Press a button."""
        self.studio.get_by_role(role, name=name, exact=role == "button").click()

    def see(self, text: str) -> None:
        """Wait until a text is there."""
        self.studio.get_by_text(text).filter(visible=True).first.wait_for()


def walk(camera: Camera) -> None:
    """Do the whole job, with a picture of each state."""
    camera.see("Ready")
    camera.see("credits")
    camera.take("ready")
    camera.press("Browse the kernel")
    camera.see("Close")
    camera.take("browsing")
    camera.press("Close")
    camera.press("Try the sample video")
    camera.see("1 track · 0:23")
    camera.press("replace the music with a calm track")
    camera.see("Separate audio")
    camera.take("working")
    camera.see("I removed the background music")
    shown = "() => document.querySelector('.cog-preview video.shown')?.readyState >= 2"
    camera.press("Preview", role="tab")
    camera.notebook.page.wait_for_function(shown)
    camera.studio.get_by_text("quieter in the pauses").first.wait_for()
    camera.take("preview")
    camera.press("Timeline", role="tab")
    drawn = "() => document.querySelectorAll('.cog-timeline image, .cog-timeline img').length"
    wait_for(lambda: camera.notebook.page.evaluate(drawn), "the thumbnails")
    camera.take("timeline")
    camera.press("Sound", role="tab")
    camera.see("Heard now")
    camera.take("sound")
    camera.press("Export")
    camera.see("Open")
    camera.press("Calls", role="tab")
    camera.take("calls")
    camera.press("State", role="tab")
    camera.see("draft")
    camera.take("state")
    camera.press("Step through calls")
    camera.studio.get_by_role("textbox", name="Say what to change").fill("undo")
    camera.press("Send")
    camera.see("Paused before call")
    camera.take("stepping")


def main(wanted: list[str]) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "jupyter").mkdir()
        jupyter = Jupyter(Path(folder) / "jupyter", {"python3": Path(sys.executable)})
        with jupyter.running(), Browser(chromium, jupyter, Path(folder) / "chrome").running() as b:
            for theme in ("light", "dark"):
                for width, size in SIZES.items():
                    with b.open([STUDIO], theme=theme, size=size) as notebook:
                        notebook.js("app.shell.collapseLeft(); return null")
                        notebook.run(0)
                        walk(Camera(notebook, f"{theme}-{width}", wanted))
                    for exported in jupyter.root.glob("*.mp4"):
                        exported.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
