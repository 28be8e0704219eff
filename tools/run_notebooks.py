"""Run the notebooks again and keep their outputs, free of times and of this machine's paths.

A notebook with a recording beside it (the same name, ``.har``) runs from that; ``--record`` makes
the recordings anew, on the engine of this machine. Beginnings of names choose some: ``04``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Return the notebook after a run in ``folder``; raises nbclient's error where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    recording = path.with_suffix(".har")
    if recording.exists():
        shutil.copy(recording, folder)
    _execute(notebook, folder)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def record(path: Path, folder: Path) -> None:
    """Run a notebook live, and keep the recording that it makes."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("LIVE = False", "LIVE = True")
    _execute(notebook, folder)
    shutil.copy(folder / path.with_suffix(".har").name, path.with_suffix(".har"))


def _execute(notebook: nbformat.NotebookNode, folder: Path) -> None:
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()


def main() -> None:
    chosen = tuple(name for name in sys.argv[1:] if not name.startswith("-")) or ("",)
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not path.name.startswith(chosen):
            continue
        if "--record" in sys.argv[1:] and not path.with_suffix(".har").exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.environ["COG_HOME"] = str(Path(folder) / "home")
            if "--record" in sys.argv[1:]:
                record(path, Path(folder))
            notebook = run(path, Path(folder))
        nbformat.write(notebook, path)
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    sys.exit(main())
