"""The package as a whole: its public names, its import, and which module may import which."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cogwidgets

PACKAGE = Path(cogwidgets.__file__).parent

PUBLIC = [
    "Call",
    "CallInspector",
    "CallLog",
    "Change",
    "ChatBox",
    "Client",
    "CogError",
    "Credits",
    "Draft",
    "Export",
    "ExportButton",
    "FilePicker",
    "Preview",
    "Session",
    "SoundReport",
    "StateView",
    "Studio",
    "TimelineView",
    "Turn",
    "Upload",
    "clean",
    "connect",
    "replay",
]

# design.md, "The house": which floor may stand on which. `connection`, `oneline` and `cli` are the
# roof: they may use everything.
FLOORS = {
    "plural": set(),
    "draft": {"plural"},
    "trace": {"plural"},
    "waiting": set(),
    "settings": set(),
    "sample": set(),
    "api": {"trace", "settings", "draft", "waiting", "plural"},
    "client": {"api", "draft", "settings", "trace", "waiting", "plural"},
    "engine": {"draft", "settings"},
}


def test_the_public_names_are_pinned():
    assert cogwidgets.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(cogwidgets, name).__module__.startswith("cogwidgets.")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="cleen"):
        cogwidgets.cleen  # noqa: B018 - looking it up is the point


def test_importing_the_package_loads_nothing_heavy():
    heavy = "pandas ipywidgets IPython fastapi uvicorn av numpy onnxruntime httpx"
    code = f"import sys, cogwidgets; print([m for m in {heavy.split()!r} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_client_without_the_engine_loads_no_codec_and_no_server():
    code = (
        "import sys, cogwidgets as cog; cog.connect(base_url='http://127.0.0.1:9').close();"
        "print([m for m in ('fastapi', 'uvicorn', 'av', 'onnxruntime') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def _modules():
    return sorted(p for p in PACKAGE.rglob("*.py") if "__pycache__" not in p.parts)


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [f"{node.module}.{a.name}" for a in node.names]
            yield from names if node.module == "cogwidgets" else [node.module]
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names)


@pytest.mark.parametrize("floor", FLOORS)
def test_nobody_imports_upwards(floor):
    allowed = FLOORS[floor] | {floor}
    for path in _modules():
        if path.relative_to(PACKAGE).parts[0].removesuffix(".py") != floor:
            continue
        for name in _imports(path):
            head, _, rest = name.partition(".")
            if head == "cogwidgets" and rest:
                assert rest.split(".")[0] in allowed, f"{path.name} imports {name}"


def test_nothing_below_the_widgets_imports_the_notebook():
    for path in _modules():
        if "widgets" not in path.relative_to(PACKAGE).parts:
            heads = {name.partition(".")[0] for name in _imports(path)}
            assert not heads & {"IPython", "ipywidgets", "anywidget"}, path
