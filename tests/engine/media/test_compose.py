"""Each moment of a timeline shows what the draft says, to the frame and to the pixel's region."""

from fractions import Fraction

import numpy as np
import pytest
from clips import place
from PIL import Image
from scenes import GREEN, RED, colour, frame_numbers, near, number_in, scene

from cogwidgets.engine.media.canvas import canvas_of, first_picture
from cogwidgets.engine.media.compose import Composer, frame_number
from cogwidgets.engine.media.planning import read_plan

BLUE, YELLOW = (40, 40, 200), (200, 200, 40)
FPS = 30


def segment(source, length, **m):
    return {"d": length, "m": {"source": str(source), **m}}


def timeline_of(main, *, overlays=(), texts=(), **m):
    tracks = [{"tt": 0, "sg": list(main)}]
    tracks += [{"tt": 0, "sg": [overlay]} for overlay in overlays]
    tracks += [{"tt": 7, "sg": list(texts)}] if texts else []
    sources = {s["m"]["source"] for track in tracks for s in track["sg"] if "source" in s["m"]}
    draft = {"t": tracks, "m": m}
    draft["d"] = sum(part["d"] for part in main)
    return read_plan(draft, {source: source for source in sources})


def shown_at(main, times, **more):
    """The pictures of a draft, as RGB, at some seconds."""
    timeline = timeline_of(main, **more)
    canvas = canvas_of(timeline, first=first_picture(timeline))
    frames = Composer(timeline, canvas).frames(Fraction(round(t * FPS), FPS) for t in times)
    matrix = {"bt709": "ITU709"}.get(canvas.matrix, "ITU601")
    return [frame.to_ndarray(format="rgb24", src_colorspace=matrix) for frame in frames]


def numbers(main, times, **more):
    return [number_in(image) for image in shown_at(main, times, **more)]


@pytest.fixture
def clip():
    return scene("a.mp4")


def test_a_trimmed_clip_begins_at_its_in_point(clip):
    assert numbers([segment(clip, 1000, source_start=700)], [0, 0.5, 29 / 30]) == [21, 36, 50]


@pytest.mark.parametrize("start", [0, 10, 33, 50, 333, 967, 1016, 1017])
def test_every_frame_is_shown_once_wherever_the_cut_is(clip, start):
    times = [n / FPS for n in range(30)]
    first = frame_number(start, Fraction(FPS))
    assert numbers([segment(clip, 1000, source_start=start)], times) == [
        first + n for n in range(30)
    ]


def test_segments_follow_each_other_to_the_frame(clip):
    main = [segment(clip, 1010, source_start=500), segment(clip, 990, source_start=2000)]
    found = numbers(main, [n / FPS for n in range(60)])
    assert found == [*range(15, 45), *range(60, 90)]


def test_speed_takes_source_time_faster_or_slower(clip):
    assert numbers([segment(clip, 1500, speed=2.0)], [0, 0.5, 1.0]) == [0, 30, 60]
    assert numbers([segment(clip, 4000, speed=0.5)], [0, 0.5, 1.0, 3.0]) == [0, 7, 15, 45]


def test_reverse_ends_where_the_clip_began(clip):
    main = [segment(clip, 1000, source_start=1000, reverse=True)]
    assert numbers(main, [n / FPS for n in range(30)]) == list(range(59, 29, -1))


def test_a_loop_begins_anew():
    short = scene("short.mp4", seconds=1.0)
    found = numbers([segment(short, 3000, loop=True)], [0, 0.5, 1.0, 1.5, 2.5])
    assert found == [0, 15, 0, 15, 15]


def test_where_the_source_ends_its_last_picture_stays():
    short = scene("short.mp4", seconds=1.0)
    assert numbers([segment(short, 2000)], [0.5, 1.0, 1.9]) == [15, 29, 29]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("b.webm", {"video": "libvpx-vp9", "audio": None}),
        ("h.mp4", {"video": "libx265", "options": (("x265-params", "log-level=none"),)}),
        ("p.mov", {"video": "prores_ks", "pixels": "yuv422p10le"}),
        ("m.mkv", {}),
        ("f.mp4", {"fps": 24}),
    ],
)
def test_sources_of_any_kind_are_shown(name, options):
    path = scene(name, seconds=1.0, **options)
    fps = options.get("fps", 30)
    images = shown_at([segment(path, 1000)], [0, 0.5], fps=30, width=192, height=108)
    assert [number_in(image, fps) for image in images] == [0, fps // 2]
    assert near(colour(images[0], 0.25, 0.3), RED)
    assert near(colour(images[0], 0.75, 0.3), GREEN)


def test_a_variable_frame_rate_shows_the_last_picture_that_began():
    path = scene("v.mp4", variable=True)
    assert numbers([segment(path, 1000)], [0, 2 / 30, 3 / 30, 5 / 30], fps=30) == [0, 1, 3, 4]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_videos_are_shown_upright(rotation):
    path = scene("r.mp4", seconds=0.5, rotation=rotation)
    (image,) = shown_at([segment(path, 500)], [0])
    assert image.shape == ((192, 108, 3) if rotation % 180 else (108, 192, 3))
    # The display matrix turns counter-clockwise: at 90 the left edge, red, comes to the bottom.
    red = {90: (0.7, 0.75), 180: (0.75, 0.7), 270: (0.3, 0.25)}[rotation]
    assert near(colour(image, *red), RED)


def still(name, colours, size=(160, 90), **save):
    path = place(name)
    frames = [Image.new("RGBA" if len(c) == 4 else "RGB", size, c) for c in colours]
    if len(frames) > 1:
        save |= {"save_all": True, "append_images": frames[1:], "duration": 200, "loop": 0}
    frames[0].save(path, **save)
    return path


@pytest.mark.parametrize("name", ["s.png", "s.jpg", "s.webp"])
def test_stills_are_shown_for_as_long_as_asked(name):
    path = still(name, [BLUE])
    images = shown_at([segment(path, 2000, still=True)], [0, 1.9])
    assert [near(colour(image, 0.5, 0.5), BLUE) for image in images] == [True, True]


@pytest.mark.parametrize("name", ["s.gif", "s.webp"])
def test_animations_move(name):
    path = still(name, [RED, GREEN, BLUE], **({"lossless": True} if name == "s.webp" else {}))
    images = shown_at([segment(path, 1200, loop=True)], [0.1, 0.3, 0.5, 0.7], fps=30)
    found = [colour(image, 0.5, 0.5) for image in images]
    assert all(map(near, found, [RED, GREEN, BLUE, RED]))


@pytest.mark.parametrize(("motion", "grows"), [("zoom_in", True), ("zoom_out", False)])
def test_a_still_can_move_slowly(motion, grows):
    path = place("dot.png")
    image = np.zeros((360, 640, 3), np.uint8)
    image[120:240, 240:400] = 255
    Image.fromarray(image).save(path)
    images = shown_at([segment(path, 3000, still=True, motion=motion)], [0, 1.5, 2.9])
    areas = [int((image > 128).all(axis=2).sum()) for image in images]
    assert areas == sorted(areas, reverse=not grows)
    assert max(areas) > 1.2 * min(areas)


CANVASES = [("fit", (0, 0, 0)), ("fill", RED), ("blur", None)]


@pytest.mark.parametrize(("fit", "corner"), CANVASES)
def test_a_canvas_of_another_shape_is_filled_as_asked(clip, fit, corner):
    (image,) = shown_at([segment(clip, 1000)], [0], width=108, height=192, fit=fit)
    assert image.shape == (192, 108, 3)
    found = colour(image, 0.2, 0.05)
    if corner:
        assert near(found, corner)
    else:
        assert found[0] > 1.5 * found[1]  # darker red, blurred
    assert near(colour(image, 0.2, 0.5), RED)
    if fit != "fill":
        assert number_in(image[66:126]) == 0  # the whole picture is in the middle


def test_a_segment_may_fit_otherwise_and_bars_have_a_colour(clip):
    main = [segment(clip, 500), segment(clip, 500, fit="fill")]
    first, second = shown_at(main, [0, 0.5], width=192, height=192, fit="fit", background="#2828c8")
    assert near(colour(first, 0.5, 0.05), BLUE)
    assert near(colour(second, 0.1, 0.05), RED)


def test_odd_sizes_become_even():
    path = still("odd.png", [BLUE], size=(161, 91))
    (image,) = shown_at([segment(path, 500, still=True)], [0])
    assert image.shape == (90, 160, 3)
    assert near(colour(image, 0.98, 0.98), BLUE)


TURNS = [
    ({"crop": {"x": 0.5, "y": 0, "w": 0.5, "h": 0.7}}, {(0.2, 0.5): GREEN, (0.8, 0.5): GREEN}),
    ({"flip": "h"}, {(0.25, 0.3): GREEN, (0.75, 0.3): RED}),
    ({"flip": "v"}, {(0.25, 0.7): RED, (0.75, 0.7): GREEN}),
    ({"rotate": 180}, {(0.25, 0.7): GREEN, (0.75, 0.7): RED}),
    ({"rotate": 90}, {(0.55, 0.25): RED, (0.55, 0.75): GREEN, (0.1, 0.5): (0, 0, 0)}),
    ({"rotate": 270}, {(0.45, 0.25): GREEN, (0.45, 0.75): RED}),
    ({"zoom": 2.0}, {(0.25, 0.9): RED, (0.75, 0.9): GREEN}),
]


@pytest.mark.parametrize(("change", "wanted"), TURNS, ids=lambda value: "-".join(map(str, value)))
def test_pictures_are_cropped_turned_flipped_and_zoomed(clip, change, wanted):
    (image,) = shown_at([segment(clip, 500, **change)], [0])
    assert image.shape == (108, 192, 3)
    for point, expected in wanted.items():
        assert near(colour(image, *point), expected), (point, colour(image, *point))


def test_pictures_fade_from_and_to_black(clip):
    main = [segment(clip, 2000, picture_fade_in=500, picture_fade_out=500)]
    images = shown_at(main, [0, 0.25, 0.6, 1.75, 59 / 30])
    reds = [colour(image, 0.25, 0.3)[0] for image in images]
    assert reds[0] < 10
    assert reds[1] == pytest.approx(100, abs=12)
    assert reds[2] == pytest.approx(RED[0], abs=5)
    assert reds[3] == pytest.approx(100, abs=12)
    assert reds[4] < 25


def test_pictures_fade_from_and_to_another_colour(clip):
    fades = {"picture_fade_in": 500, "picture_fade_out": 500, "picture_fade_color": "#ffffff"}
    images = shown_at([segment(clip, 2000, **fades)], [0, 0.25, 0.6, 1.75, 59 / 30])
    found = [colour(image, 0.25, 0.3) for image in images]
    wanted = [(255, 255, 255), (228, 148, 148), RED, (228, 148, 148), (251, 240, 240)]
    assert all(map(near, found, wanted)), found


def transition(kind):
    other = scene("other.mp4", left=BLUE, right=YELLOW)
    main = [
        segment(scene("a.mp4"), 1000),
        segment(other, 1000, transition={"kind": kind, "d": 600}),
    ]
    return shown_at(main, [29 / 30, 1.0, 1.3, 1.6])


def test_a_crossfade_mixes_what_goes_on_behind():
    before, start, middle, after = transition("crossfade")
    assert near(colour(before, 0.25, 0.3), RED)
    assert near(colour(start, 0.25, 0.3), RED)
    assert number_in(start) == 30  # the clip that leaves goes on past its out-point
    assert near(colour(middle, 0.25, 0.3), (120, 40, 120), by=20)
    assert near(colour(after, 0.25, 0.3), BLUE)
    assert number_in(after) == 18


def test_the_other_transitions():
    middle = transition("fade_black")[2]
    assert max(colour(middle, 0.25, 0.3)) < 60
    middle = transition("wipe")[2]
    assert near(colour(middle, 0.25, 0.3), RED)
    assert near(colour(middle, 0.75, 0.3), YELLOW)
    middle = transition("slide")[2]
    assert near(colour(middle, 0.25, 0.3), GREEN)
    assert near(colour(middle, 0.75, 0.3), BLUE)


def test_a_transition_goes_on_when_a_title_comes():
    other = scene("other.mp4", left=BLUE, right=YELLOW)
    main = [
        segment(scene("a.mp4"), 1000),
        segment(other, 1000, transition={"kind": "crossfade", "d": 600}),
    ]
    texts = [{"d": 500, "m": {"text": "Now", "start": 1200}}]
    plain = shown_at(main, [n / FPS for n in range(60)])
    titled = shown_at(main, [n / FPS for n in range(60)], texts=texts)
    for one, other_one in zip(plain, titled, strict=True):
        assert near(colour(one, 0.25, 0.3), colour(other_one, 0.25, 0.3), by=4)


def test_an_overlay_lies_where_it_was_put(clip):
    above = scene("above.mp4", left=BLUE, right=BLUE)
    overlay = segment(above, 1000, start=500, place={"x": 0.75, "y": 0.3, "w": 0.25})
    images = shown_at([segment(clip, 2000)], [0.4, 0.6, 1.6], overlays=[overlay])
    assert [near(colour(image, 0.75, 0.3), BLUE) for image in images] == [False, True, False]
    assert near(colour(images[1], 0.55, 0.3), GREEN)
    overlay["m"]["opacity"] = 0.5
    (image,) = shown_at([segment(clip, 2000)], [0.6], overlays=[overlay])
    assert near(colour(image, 0.75, 0.3), (40, 120, 120), by=20)


def test_a_logo_keeps_its_transparency(clip):
    path = place("logo.png")
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((*BLUE, 255), (0, 0, 50, 100))
    image.save(path)
    overlay = segment(path, 1000, still=True, place={"x": 0.25, "y": 0.3, "w": 0.2})
    (image,) = shown_at([segment(clip, 1000)], [0], overlays=[overlay])
    assert near(colour(image, 0.2, 0.3), BLUE)
    assert near(colour(image, 0.3, 0.3), RED)


def test_a_still_with_alpha_lies_on_the_background(clip):
    path = still("clear.png", [(0, 0, 0, 0)])
    images = shown_at(
        [segment(path, 500, still=True), segment(clip, 500)], [0], background="#2828c8"
    )
    assert near(colour(images[0], 0.5, 0.5), BLUE)


def test_a_gap_shows_the_background(clip):
    main = [segment(clip, 500), segment(clip, 500, start=1000)]
    images = shown_at(main, [0.6, 1.1], background="#c8c828")
    assert near(colour(images[0], 0.5, 0.5), YELLOW)
    assert near(colour(images[1], 0.25, 0.3), RED)


def test_a_thousand_frames_of_many_cuts_are_each_the_right_one(clip):
    starts = [37 * n % 2000 for n in range(20)]
    main = [segment(clip, 500, source_start=start) for start in starts]
    found = numbers(main, [n / FPS for n in range(300)])
    wanted = [frame_number(start, Fraction(FPS)) + n for start in starts for n in range(15)]
    assert found == wanted


def test_the_reader_of_the_fields_reads_them(clip):
    assert frame_numbers(clip) == list(range(90))
