"""The bar on a terminal's last line."""

from cogwidgets.client.progress import Bar, silent


def test_a_step_is_drawn_and_wiped(capsys):
    bar = Bar()
    bar("Rendering", 0)
    bar("Rendering", 0.5)
    assert "Rendering" in capsys.readouterr().err
    bar("Rendering", 1)
    assert capsys.readouterr().err.endswith("\r")


def test_the_next_step_takes_the_line(capsys):
    bar = Bar()
    bar("Rendering", 0.5)
    bar("Downloading", 7)
    assert "Downloading" in capsys.readouterr().err


def test_silence_is_silent(capsys):
    silent("Rendering", 0.5)
    assert capsys.readouterr() == ("", "")
