"""The Studio as Python sees it: it connects by itself, and says the Python of all that is done."""

import contextlib

import pytest

from cogwidgets.api import Api, CallerError, Credentials
from cogwidgets.client import Client
from cogwidgets.sample import VLOG
from cogwidgets.widgets.sound import SoundReport
from cogwidgets.widgets.studio import Studio


@pytest.fixture(scope="module")
def done(module_engine, tmp_path_factory):
    """A Studio in which the sample was cleared of its music and exported."""
    folder = tmp_path_factory.mktemp("out")
    target = folder / "clean.mp4"
    credentials = Credentials(client_id="studio")
    with (
        Client(Api(module_engine.url, credentials=credentials)) as client,
        contextlib.chdir(folder),
    ):
        studio = Studio(client.session('my "vlog"'))
        studio._heard(studio.files, {"do": "no such thing"}, [])
        studio.files._do_sample({}, [])
        assert studio.files.wait(60)
        for said in ("remove the background music", "export to clean.mp4"):
            work = studio.chat.say(said)
            assert work is not None
            assert work.wait(120)
        exporting = studio.export._working
        assert exporting is None or exporting.wait(60)
        yield studio, target
        studio.close()


def test_the_code_is_a_cell_that_does_all_of_it(done):
    studio, _ = done
    assert studio.code.splitlines() == [
        "import cogwidgets as cog",
        "import cogwidgets.sample",
        "",
        "client = cog.connect()",
        'session = client.session("my \\"vlog\\"")',
        "session.upload(cogwidgets.sample.VLOG)",
        'session.send("remove the background music")',
        "session.export('clean.mp4')",
    ]
    assert studio.script == studio.code


def test_what_was_done_shows(done):
    studio, target = done
    assert studio.summary == "1 track · 0:23 · 1280×720"
    assert studio.undoable
    assert studio.calls == len(studio.client.calls)
    assert studio.status["state"] == "ready"
    assert studio.chat.entries[-1]["file"] == str(target)
    assert target.stat().st_size > 1_000_000
    assert repr(studio) == "<Studio 'my \"vlog\"' · 1 track · 0:23 · 1280×720>"
    page = studio.html()
    for said in ("vlog.mp4", "remove the background music", "Music removed", "<svg", "/run_sse"):
        assert said in page


def test_the_sound_report_has_the_figures(done):
    studio, _ = done
    report = SoundReport(studio.session)
    assert report.removed() == [("vlog.mp4", "0:00–0:23", "100%", "silent", "normal")]
    assert report.heard() == [("vlog", "speech alone", "0:00–0:23", "100%", "")]
    assert "<td>speech alone</td>" in report.html()
    assert repr(report) == "<SoundReport · 1 track cleared>"
    report.session.analyses[0]["filename"] = "<b>"
    assert "&lt;b&gt;" in report.html()
    report.close()


def test_the_code_runs(done, monkeypatch, tmp_path):
    studio, _ = done
    monkeypatch.setenv("COG_HOME", str(tmp_path / "cog"))
    space = {}
    exec(compile(studio.code, "the cell", "exec"), space)  # noqa: S102 - this is what it is for
    assert (tmp_path / "clean.mp4").exists()
    space["client"].close()


def test_a_selection_and_the_playhead_are_shared(done):
    studio, _ = done
    studio.timeline.selection = studio.session.draft.segments[0]
    assert studio.selection.name == "vlog"
    studio.timeline.playhead = 3.5
    assert studio.preview.playhead == 3.5


def test_the_step_switch_is_the_inspector_s(done):
    studio, _ = done
    studio._heard(studio, {"do": "step"}, [])
    assert studio.stepping
    assert studio.inspector.stepping
    studio._heard(studio, {"do": "step"}, [])
    assert not studio.stepping


def test_turns_that_cells_make_show_in_the_chat(done):
    studio, _ = done
    before = len(studio.chat.entries)
    studio.session.send("hello")
    studio.chat.sync()
    assert next(e["text"] for e in studio.chat.entries[before:]) == "hello"


def test_a_studio_connects_by_itself():
    studio = Studio(name="alone")
    assert studio.session.name == "alone"
    assert studio.client.where == "on this machine"
    assert studio.files.ready
    assert studio.chat.ready
    other = Studio(name="other")
    assert other.session.id != studio.session.id
    studio._heard(studio, {"do": "undo"}, [])
    other.close()
    assert studio.session.upload(VLOG)  # the engine lives as long as one of them
    studio.close()


def test_a_set_up_that_fails_says_so_and_can_be_tried_again(monkeypatch, until):
    monkeypatch.setenv("NEMO_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("NEMO_TOKEN", "my-own-token")
    studio = Studio()
    until(lambda: studio.status["state"] == "failed")
    with pytest.raises(CallerError, match="no session yet"):
        _ = studio.session
    assert studio.error["hint"]
    assert "my-own-token" not in str(studio.error)
    monkeypatch.delenv("NEMO_API_URL")
    monkeypatch.delenv("NEMO_TOKEN")
    studio._heard(studio, {"do": "connect"}, [])
    assert studio.session
    assert studio.error == {}
    studio.close()


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match="did you mean 'layout'"):
        Studio(layuot=None)
