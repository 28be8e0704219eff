"""What every view has: options, an error area, the Python line, work that does not block."""

import threading

import pytest
import traitlets

from cogwidgets.api import CallerError
from cogwidgets.widgets.base import View, static


class Meter(View):
    """Measure."""

    _esm, _css = static("base")
    height = traitlets.Int(3).tag(sync=True, option=True)

    def _do_measure(self, message, _):
        if message.get("broken"):
            raise CallerError("It is broken.", hint="Mend it.")
        self.did("session.measure()")


def _say(view, **message):
    view._heard(view, message, [])


def test_an_unknown_option_is_named_with_the_nearest_one():
    with pytest.raises(TypeError, match=r"Meter\(\) has no option 'hight'; did you mean 'height'"):
        Meter(hight=4)
    assert Meter(height=4).height == 4


def test_a_message_is_done_and_its_python_line_kept():
    meter, heard = Meter(), []
    meter.on_did(heard.append)
    _say(meter, do="measure")
    _say(meter, do="measure")
    assert heard == ["session.measure()"] * 2
    assert meter.code == "session.measure()\nsession.measure()"
    assert meter.last_call == "session.measure()"


@pytest.mark.parametrize(
    "message", [{}, {"do": 3}, {"do": "no such"}, {"do": "__init__"}, [], None]
)
def test_a_message_that_means_nothing_does_nothing(message):
    meter = Meter()
    meter._heard(meter, message, [])
    assert meter.error == {}


def test_an_error_shows_until_it_is_dismissed(caplog):
    meter = Meter()
    _say(meter, do="measure", broken=True)
    assert meter.error == {"message": "It is broken.", "hint": "Mend it."}
    assert not caplog.records
    _say(meter, do="dismiss")
    assert meter.error == {}


def test_work_runs_in_a_thread_of_its_own_and_its_failure_shows(caplog):
    meter, inside = Meter(), []
    assert meter.work("a", lambda: inside.append(threading.current_thread())).wait(10)
    assert inside[0] is not threading.current_thread()
    assert meter.work("b", lambda: 1 / 0).wait(10)
    assert "ZeroDivisionError" in meter.error["message"]
    assert "Traceback" in caplog.text


def test_where_no_widget_is_shown_there_is_text_and_html():
    data, _ = Meter()._repr_mimebundle_()
    assert data["text/plain"] == "<Meter>"
    assert "&lt;Meter&gt;" in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data
