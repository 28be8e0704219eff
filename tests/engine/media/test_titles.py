"""Titles are where and as large as asked, in every script that the font has."""

import numpy as np
import pytest
from PIL import ImageColor
from scenes import scene
from test_compose import segment, shown_at

from cogwidgets.engine.media import titles
from cogwidgets.engine.media.plan import Text
from cogwidgets.engine.media.titles import draw, missing_glyphs

SIZE = (1280, 720)


def ink(title, alpha=128):
    """The rows and columns of the canvas that a title's letters cover."""
    solid = np.asarray(title.image)[..., 3] > alpha
    rows, columns = np.nonzero(solid.any(axis=1))[0], np.nonzero(solid.any(axis=0))[0]
    return rows[0] + title.y, rows[-1] + title.y, columns[0] + title.x, columns[-1] + title.x


def bright(title):
    """The same, of the light pixels: the letters without their dark line."""
    pixels = np.asarray(title.image).astype(int)
    light = (pixels[..., :3].min(axis=2) > 128) & (pixels[..., 3] > 128)
    rows = np.nonzero(light.any(axis=1))[0]
    return rows[0] + title.y, rows[-1] + title.y


@pytest.mark.parametrize("size", [0.04, 0.06, 0.12])
def test_capitals_are_as_high_as_asked(size):
    top, bottom = bright(draw(Text("HEM", 0, 1000, size=size), *SIZE))
    assert bottom - top + 1 == pytest.approx(size * 720, abs=2)


@pytest.mark.parametrize(
    ("position", "x", "y"),
    [
        ("top", 0.5, 0.1),
        ("center", 0.5, 0.5),
        ("bottom", 0.5, 0.9),
        ("top_left", 0.1, 0.1),
        ("top_right", 0.9, 0.1),
        ("bottom_left", 0.1, 0.9),
        ("bottom_right", 0.9, 0.9),
    ],
)
def test_a_title_stands_where_it_should(position, x, y):
    top, bottom, left, right = ink(draw(Text("Hi", 0, 1000, position=position), *SIZE))
    assert (left + right) / 2 / SIZE[0] == pytest.approx(x, abs=0.06)
    assert (top + bottom) / 2 / SIZE[1] == pytest.approx(y, abs=0.06)
    assert top > 0
    assert bottom < SIZE[1]


@pytest.mark.parametrize(
    "text", ["Crème brûlée", "你好，世界", "こんにちは", "안녕하세요", "Привет"]
)
def test_many_scripts_are_drawn(text):
    assert missing_glyphs(text) == ""
    title = draw(Text(text, 0, 1000), *SIZE)
    # Different letters leave different columns: boxes for the unknown would be alike.
    columns = (np.asarray(title.image)[..., 3] > 128).sum(axis=0)
    assert len(set(columns)) > 10


def test_what_has_no_sign_is_named_and_left_out():
    assert missing_glyphs("party 🎉🎉!") == "🎉"
    assert missing_glyphs("مرحبا") == "مرحبا"
    with_it, without = (draw(Text(words, 0, 1000), *SIZE) for words in ("ab🎉c", "abc"))
    assert with_it.image.size == without.image.size


@pytest.mark.parametrize("text", ["many words " * 12, "很长的标题" * 20])
def test_long_titles_are_wrapped_inside_the_canvas(text):
    title = draw(Text(text.strip(), 0, 1000), *SIZE)
    assert title.image.width <= 0.95 * SIZE[0]
    assert title.image.height > 0.15 * SIZE[1]


def test_a_title_too_large_is_cut_off_not_refused():
    title = draw(Text("W" * 40, 0, 1000, size=0.5), *SIZE)
    assert title.x >= 0
    assert title.y >= 0


@pytest.mark.parametrize("face", ["the system's", "none"])
def test_bold_letters_are_heavier_and_as_high(face, monkeypatch):
    if face == "none":
        monkeypatch.setattr(titles, "_bold_font", lambda _: None)
    plain, bold = (draw(Text("HEM", 0, 1000, bold=bold), *SIZE) for bold in (False, True))
    light = [int((np.asarray(title.image)[..., 0] > 128).sum()) for title in (plain, bold)]
    assert light[1] > 1.1 * light[0]
    heights = [bottom - top for top, bottom in map(bright, (plain, bold))]
    assert heights[1] == pytest.approx(heights[0], abs=5)


def test_colour_and_ground():
    plain = np.asarray(draw(Text("HEM", 0, 1000, color="#ff0000"), *SIZE).image)
    assert (plain[plain[..., 3] > 250][:, :3] == ImageColor.getrgb("#ff0000")).all(axis=1).any()
    boxed = np.asarray(draw(Text("HEM", 0, 1000, background="#0000ff80"), *SIZE).image)
    assert tuple(boxed[1, 1]) == (0, 0, 255, 128)


def test_a_colour_that_is_none_is_white():
    image = np.asarray(draw(Text("HEM", 0, 1000, color="octarine"), *SIZE).image)
    assert (image[image[..., 3] > 250][:, :3] == 255).all(axis=1).any()


def letters(image):
    """How much of the middle is light."""
    return float((image[35:75].min(axis=2) > 140).mean())


def test_a_title_comes_fades_and_goes_on_the_picture():
    path = scene("t.mp4")
    text = {
        "d": 1000,
        "m": {
            "text": "MMMM", "start": 500, "position": "center", "size": 0.2,
            "fade_in": 300, "fade_out": 300,
        },
    }  # fmt: skip
    times = [0.4, 0.55, 1.0, 1.45, 1.5]
    images = shown_at([segment(path, 2000)], times, texts=[text])
    found = [letters(image) for image in images]
    assert found[0] == found[4] == 0
    assert found[2] > 0.08
    assert found[1] < found[2] / 2
    assert found[3] < found[2] / 2


def test_titles_alone_make_pictures_of_the_background():
    path = scene("t.mp4", video="libx264")
    text = {"d": 500, "m": {"text": "MMMM", "start": 0, "position": "center", "size": 0.2}}
    image = shown_at([segment(path, 1000, start=0)], [0.1], texts=[text])[0]
    assert letters(image) > 0.05
