"""Every effect does what its name says, in its range and nowhere else."""

import numpy as np
import pytest
from scenes import GREEN, RED, colour, near, scene
from test_compose import segment, shown_at

GREY = (120, 120, 120)


def with_effects(*effects, times=(0,), **scenes):
    path = scene("e.mp4", seconds=1.0, **scenes)
    return shown_at([segment(path, 1000, effects=list(effects))], times)


def one(kind, amount=None, **more):
    effect = {"kind": kind, **({} if amount is None else {"amount": amount}), **more}
    return with_effects(effect)[0]


@pytest.mark.parametrize(
    ("kind", "amount", "left", "right"),
    [
        ("brightness", 0.5, (246, 86, 86), (86, 246, 86)),
        ("brightness", -0.5, (153, 0, 0), (0, 153, 0)),
        ("contrast", 0.5, (177, 18, 17), (50, 212, 50)),
        ("contrast", -0.5, (214, 55, 54), (28, 189, 28)),
        ("saturation", -1.0, (88, 88, 88), (139, 139, 139)),
        ("saturation", 0.5, (255, 4, 4), (0, 246, 0)),
        ("grayscale", 1.0, (88, 88, 88), (139, 139, 139)),
        ("grayscale", None, (88, 88, 88), (139, 139, 139)),
        ("sepia", 1.0, (107, 85, 56), (158, 136, 106)),
        ("look", None, (59, 59, 59), (125, 125, 125)),
    ],
)
def test_colours_change_as_they_should(kind, amount, left, right):
    more = {"name": "noir"} if kind == "look" else {}
    image = one(kind, amount, **more)
    assert near(colour(image, 0.35, 0.4), left, by=16), colour(image, 0.35, 0.4)
    assert near(colour(image, 0.65, 0.4), right, by=16), colour(image, 0.65, 0.4)


@pytest.mark.parametrize(("amount", "warmer"), [(1.0, True), (-1.0, False)])
def test_warmth_moves_between_blue_and_orange(amount, warmer):
    path = {"left": GREY, "right": GREY}
    (image,) = with_effects({"kind": "warmth", "amount": amount}, **path)
    red, _, blue = colour(image, 0.3, 0.3)
    assert (red > blue + 20) if warmer else (blue > red + 20)


@pytest.mark.parametrize(
    ("name", "tinted"), [("warm", True), ("cool", False), ("vintage", True), ("cinematic", None)]
)
def test_looks_have_their_tint(name, tinted):
    image = with_effects({"kind": "look", "name": name}, left=GREY, right=GREY)[0]
    red, _, blue = colour(image, 0.4, 0.4)
    assert tinted is None or (red > blue if tinted else blue > red)
    assert not near(colour(image, 0.4, 0.4), GREY, by=1)


def test_vivid_is_more_colourful():
    red, green, _ = colour(one("look", name="vivid"), 0.3, 0.4)
    assert red - green > RED[0] - RED[1] + 15


def contrast_at_edge(image):
    row = image[30].astype(int)
    return int(np.abs(np.diff(row[80:112, 0])).max())


def test_blur_softens_an_edge_and_sharpen_lifts_it():
    sides = {"left": (90, 90, 90), "right": (150, 150, 150)}
    plain, soft, sharp = (
        contrast_at_edge(with_effects(*effects, **sides)[0])
        for effects in ([], [{"kind": "blur", "amount": 0.6}], [{"kind": "sharpen", "amount": 1}])
    )
    assert soft < plain / 4
    assert sharp > plain + 20


def test_a_vignette_darkens_the_corners():
    image = with_effects({"kind": "vignette", "amount": 0.8}, left=GREY, right=GREY)[0]
    assert colour(image, 0.03, 0.05)[0] < 0.6 * colour(image, 0.5, 0.4)[0]
    assert near(colour(image, 0.5, 0.4), GREY, by=10)


def test_pixelate_makes_blocks_of_one_colour():
    # Eight pixels high, so that one block lies over the edge of the fields at row 81.
    spread = [
        np.ptp(image[80:88, 0:8].reshape(-1, 3).astype(int), axis=0).max()
        for image in (with_effects()[0], one("pixelate", 1.0))
    ]
    assert spread[0] > 100
    assert spread[1] <= 8


@pytest.mark.parametrize(
    ("effect", "on"),
    [
        ({"from": 300, "to": 600}, [False, True, True, False]),
        ({"from": 300}, [False, True, True, True]),
        ({"to": 300}, [True, False, False, False]),
    ],
)
def test_an_effect_keeps_to_its_range_to_the_frame(effect, on):
    times = [8 / 30, 9 / 30, 17 / 30, 18 / 30]
    images = with_effects({"kind": "grayscale", "amount": 1, **effect}, times=times)
    assert [near(colour(image, 0.3, 0.3), (88, 88, 88)) for image in images] == on


def test_a_range_counts_from_the_segments_start():
    path = scene("e.mp4", seconds=1.0)
    late = segment(path, 1000, effects=[{"kind": "grayscale", "amount": 1, "from": 500}])
    images = shown_at([segment(path, 1000), late], [1.4, 1.6])
    assert [near(colour(image, 0.7, 0.3), GREEN) for image in images] == [True, False]


def test_effects_add_up_and_unknown_ones_do_nothing():
    both = with_effects({"kind": "grayscale"}, {"kind": "brightness", "amount": 0.5})[0]
    assert near(colour(both, 0.3, 0.3), (134, 134, 134), by=16)
    assert near(colour(one("sparkle", 1.0), 0.3, 0.3), RED)
