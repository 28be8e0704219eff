"""The desk itself: an application opens, cells run in the kernel that was asked for."""

CELLS = [
    "import ipykernel, ipywidgets; ipywidgets.Button(description='Here')",
    "ipykernel.__version__",
]


def test_a_notebook_runs_in_a_browser(browser):
    with browser.open(CELLS, app="notebook", kernel="kernel6") as notebook:
        notebook.run(0, 1)
        notebook.wait_idle()
        notebook.output(0).get_by_role("button", name="Here").wait_for()
        assert "'6.30" in notebook.output(1).inner_text()
        assert not notebook.errors


def test_voila_shows_what_the_cells_show(browser):
    with browser.open(CELLS, app="voila") as page:
        page.page.get_by_role("button", name="Here").wait_for()
