"""The notebooks run from top to bottom, and stand in the tree with their outputs."""

import runpy
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path):
    run = runpy.run_path(str(ROOT / "tools" / "run_notebooks.py"))["run"]
    notebook = run(path, tmp_path)
    errors = [o for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert not errors
    warned = [o for c in notebook.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert not [o.text for o in warned if "Warning" in o.text]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_with_its_outputs_and_without_secrets(path):
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    ran = [c for c in notebook.cells if c.cell_type == "code"]
    assert [c.execution_count for c in ran] == list(range(1, len(ran) + 1))
    assert "nmv_usr_" not in text
    assert str(Path.home()) not in text or str(Path.home()) == "/"
    assert path.stat().st_size < 3_000_000
