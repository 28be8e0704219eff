"""The desk itself: the applications open, cells run, what is saved opens without a kernel."""

import pytest

CELLS = [
    "import ipykernel, ipywidgets; ipywidgets.Button(description='Here')",
    "ipykernel.__version__",
]


@pytest.mark.parametrize(("app", "kernel"), [("lab", "python3"), ("notebook", "kernel6")])
def test_a_notebook_runs_in_a_browser(browser, app, kernel):
    with browser.open(CELLS, app=app, kernel=kernel) as notebook:
        notebook.run(0, 1)
        notebook.wait_idle()
        notebook.output(0).get_by_role("button", name="Here").wait_for()
        assert ("'6.30" in notebook.output(1).inner_text()) == (kernel == "kernel6")
        assert not notebook.errors
        [output] = notebook.save().cells[1].outputs
    with browser.open(notebook.path, kernel="") as saved:
        assert output.data["text/plain"] in saved.output(1).inner_text()
        assert not browser.jupyter.ask("kernels")


def test_voila_shows_what_the_cells_show(browser):
    with browser.open(CELLS, app="voila") as page:
        page.page.get_by_role("button", name="Here").wait_for()
