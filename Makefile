# Everything sets itself up from nothing but Python (3.11 or newer) and make.
#
#   make demo    clean the sample video and say what happened
#   make test    run every test
#   make check   ruff and mypy
#   make lab     open the notebooks in JupyterLab
#   make bench   measure speed and quality (see benchmarks/README.md)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check lab bench notebooks clean chromium ffmpeg

demo: $(VENV)/run.stamp
	$(BIN)/cogwidgets demo

test: $(VENV)/dev.stamp $(VENV)/adk/ready.stamp $(VENV)/kernel6/ready.stamp chromium ffmpeg
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lab: $(VENV)/lab.stamp
	$(BIN)/cogwidgets lab notebooks

bench: $(VENV)/bench.stamp $(VENV)/dev.stamp $(VENV)/kernel6/ready.stamp chromium
	$(BIN)/python benchmarks

# Run the notebooks again and keep their outputs.
notebooks: $(VENV)/dev.stamp
	$(BIN)/python tools/run_notebooks.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "cogwidgets needs Python 3.11 or newer; try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# The Agent Development Kit's own server, which the client is tested against, apart from ours.
$(VENV)/adk/ready.stamp: $(BIN)/python
	$(PYTHON) -m venv $(VENV)/adk
	$(VENV)/adk/bin/python -m pip install --quiet 'google-adk>=2,<3'
	@touch $@

# A kernel of the last generation, ipykernel 6, for tests/ui: everything else is the one above.
$(VENV)/kernel6/ready.stamp: $(VENV)/dev.stamp
	$(PYTHON) -m venv $(VENV)/kernel6
	$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
	  > "$$($(VENV)/kernel6/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/above.pth"
	$(VENV)/kernel6/bin/python -m pip install --quiet 'ipykernel==6.30.*'
	@touch $@

# The browser for tests/ui. Where it cannot be installed from here, those tests say what to do.
chromium:
	@command -v chromium > /dev/null || command -v google-chrome > /dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get > /dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } || \
	  echo "No chromium here: the tests in tests/ui will say how to get it."

# The judge of our files, apart from the FFmpeg that we use. Without it those tests are skipped.
ffmpeg:
	@command -v ffmpeg > /dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get > /dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends ffmpeg; } || \
	  echo "No ffmpeg here: the tests that have it judge our files will be skipped."

$(VENV)/%.stamp: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch $@
