"""The bar below a cell, in a real kernel."""

import nbformat
import pytest
from nbclient import NotebookClient

from cogwidgets.widgets.progress import in_a_notebook


def _run(*cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, timeout=60).execute()
    return notebook.cells


SET_UP = "from cogwidgets.widgets.progress import CellBar, in_a_notebook\nbar = CellBar()"


def test_a_step_is_drawn_while_it_runs_and_gone_when_it_is_done():
    _, drawn = _run(SET_UP, 'bar("Uploading <b>.mp4", 0.4)')
    [output] = drawn.outputs
    assert '<progress value="0.400"' in output.data["text/html"]
    assert "Uploading &lt;b&gt;.mp4" in output.data["text/html"]
    _, done = _run(SET_UP, 'bar("Uploading", 0.4); bar("Uploading", 1)')
    assert [output.data["text/html"] for output in done.outputs] == [""]


def test_connect_finds_out_where_it_is():
    code = (
        'import cogwidgets as cog; type(cog.connect(base_url="http://127.0.0.1:9").show).__name__'
    )
    [cell] = _run(code)
    line, bar = cell.outputs
    assert "Ready · on this machine" in line.data["text/html"]
    assert bar.data["text/plain"] == "'CellBar'"
    assert not in_a_notebook()


def test_a_passing_line_gives_its_place_to_the_next():
    set_up = "from cogwidgets.widgets.progress import CellLine\ntell = CellLine()"
    _, cell = _run(
        set_up, 'tell("Waiting..."); tell("Still <waiting>..."); tell("Done"); tell("More")'
    )
    shown = [output.data["text/html"] for output in cell.outputs]
    assert len(shown) == 2
    assert "Done" in shown[0]
    assert "More" in shown[1]


@pytest.mark.parametrize("fraction", [-1, 0, 2])
def test_no_fraction_is_too_odd(fraction):
    _, cell = _run(SET_UP, f'bar("Rendering", {fraction})')
    assert all(output.output_type == "display_data" for output in cell.outputs)
