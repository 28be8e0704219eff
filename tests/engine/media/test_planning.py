"""A draft is read as what it says, whole or with half its keys missing."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogwidgets.engine.media.canvas import canvas_of, scaled
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.facts import Facts
from cogwidgets.engine.media.geometry import Canvas
from cogwidgets.engine.media.plan import Effect, Place
from cogwidgets.engine.media.planning import read_plan
from cogwidgets.engine.media.seams import seamless
from cogwidgets.engine.media.smart import touched

MEDIA = {"/media/1/a.mp4": "/clips/a.mp4", "/media/2/b.mp4": "/clips/b.mp4"}
A, B = MEDIA


def clip(length, source=A, **m):
    return {"d": length, "m": {"source": source, **m}}


def read(*tracks, **draft):
    return read_plan({"t": [{"tt": kind, "sg": segments} for kind, segments in tracks], **draft},
                     MEDIA)  # fmt: skip


def test_the_first_track_of_video_is_the_main_one():
    plan = read((0, []), (0, [clip(1000)]), (0, [clip(500, B, start=200)]), (1, [clip(900, B)]))
    assert [c.source for c in plan.clips] == [Path("/clips/a.mp4")]
    assert [(c.start, c.place) for c in plan.overlays] == [(200, Place())]
    assert [c.length for c in plan.sounds] == [900]
    assert plan.length == 1000


def test_segments_without_a_start_follow_each_other():
    plan = read((0, [clip(1000), clip(500), clip(700, start=3000), clip(100)]))
    assert [(c.start, c.end) for c in plan.clips] == [
        (0, 1000), (1000, 1500), (3000, 3700), (3700, 3800),
    ]  # fmt: skip


def test_the_draft_says_how_long_it_is():
    assert read((0, [clip(1000)]), d=4000).length == 4000


def test_music_is_told_from_sound():
    plan = read((0, [clip(1000)]), (1, [clip(1000, B, role="music", volume=0.5)]))
    assert plan.sounds == ()
    assert [bed.volume for bed in plan.beds] == [0.5]
    assert read((0, [clip(9)]), (1, [clip(9, B, role="music", mute=True)])).beds[0].volume == 0


def test_values_are_kept_within_reason():
    (found,) = read((0, [clip(1000, volume=1e9, zoom=0.1, speed=0.0, flip="q", rotate=-90,
                              crop={"x": -1, "y": 0.5, "w": 9, "h": 9})])).clips  # fmt: skip
    assert (found.volume, found.zoom, found.speed, found.flip) == (100, 1, 0.05, "")
    assert found.rotate == 270
    assert found.crop == (0, 0.5, 1, 0.5)


def test_a_transition_is_no_longer_than_its_segment():
    plan = read((0, [clip(1000), clip(300, transition={"kind": "melt", "d": 800})]))
    assert plan.clips[1].transition.kind == "crossfade"
    assert plan.clips[1].transition.length == 300


def test_the_denoised_sound_wins_over_the_speech():
    stems = {"source": A, "streams": [A]}
    other = {"source": B, "streams": [B], "only": [[10, 20]]}
    (found,) = read((0, [clip(1000, speech=stems, denoised=other)])).clips
    assert found.speech.streams == (Path("/clips/b.mp4"),)
    assert found.speech.only == ((10, 20),)


def test_speech_with_music_left_beside_it_is_no_stem_as_it_stands():
    stems = {"source": A, "streams": [A]}
    alone, beside = (
        read((0, [clip(1000, speech=stems | more)])).clips[0] for more in ({}, {"music_level": 0.3})
    )
    assert alone.sounds_plainly
    assert not beside.sounds_plainly
    assert beside.speech.music_level == 0.3


def test_effects_and_what_they_touch():
    effects = [{"kind": "look", "name": "noir", "from": 100, "to": 400}, {"kind": "blur"}]
    plan = read((0, [clip(500), clip(1000, effects=effects)]))
    assert plan.clips[1].effects == (Effect("look", 1.0, "noir", 100, 400), Effect("blur", 1.0))
    assert touched(plan) == [(600, 900), (500, 1500)]


@pytest.mark.parametrize(("said", "meant"), [(30, 30), (29.97, Fraction(30000, 1001)),
                                             (23.976, Fraction(24000, 1001)), (25.0, 25),
                                             (0, None), (None, None)])  # fmt: skip
def test_rates_are_what_their_decimals_round(said, meant):
    assert read((0, [clip(1000)]), m={"fps": said}).fps == meant


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["t", "tt", "sg", "d", "m", "source", "start", "speed", "effects", "transition", "crop",
         "place", "text", "output", "speech", "streams"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_nonsense_is_refused_in_words(draft):
    try:
        read_plan({"t": draft}, MEDIA)
    except MediaError as error:
        assert error.code in {"unsupported", "unreadable"}  # noqa: PT017


def facts(size=(1920, 1080), stored=None, fps=30, space=(1, 1, 1, 1)):
    return Facts(*size, stored or size, Fraction(fps), 0, alpha=False, codec="h264",
                 pixels="yuv420p", space=space)  # fmt: skip


@pytest.mark.parametrize(
    ("m", "first", "size"),
    [
        ({}, facts(), (1920, 1080)),
        ({}, facts((641, 361)), (640, 360)),
        ({}, facts((4096, 2160)), (1920, 1012)),
        ({"width": 1080, "height": 1920}, facts(), (1080, 1920)),
        ({"width": 1080, "height": 1080}, facts(), (1080, 1080)),
        ({"width": 1080, "height": 1350}, facts(), (1080, 1350)),
        # A turned video is shown as it is held, unless the draft says how it is to fit.
        ({"width": 1920, "height": 1080}, facts((1080, 1920), (1920, 1080)), (1080, 1920)),
        ({"width": 1920, "height": 1080, "fit": "fit"}, facts((1080, 1920), (1920, 1080)),
         (1920, 1080)),
        ({}, None, (1280, 720)),
    ],
)  # fmt: skip
def test_the_canvas_is_the_drafts_or_the_first_pictures(m, first, size):
    assert canvas_of(read((0, [clip(1000)]), m=m), first=first).size == size


def test_odd_rates_and_colours_become_usual_ones():
    plan = read((0, [clip(1000)]), m={"fps": 600})
    assert canvas_of(plan, first=facts(fps=30)).fps == 30
    assert canvas_of(read((0, [clip(1000)])), first=facts(fps=120)).fps == 60
    assert canvas_of(plan, first=facts(space=(9, 1, 9, 16))).space == (1, 1, 1, 1)
    assert canvas_of(plan, first=facts(space=(6, 1, 6, 6))).space == (6, 1, 6, 6)


@pytest.mark.parametrize(("size", "wanted"), [((1920, 1080), (960, 540)), ((108, 192), (108, 192)),
                                              ((1080, 1920), (540, 960))])  # fmt: skip
def test_a_preview_keeps_the_shape(size, wanted):
    assert scaled(Canvas(*size, Fraction(30)), 960, 540).size == wanted


@pytest.mark.parametrize(
    ("first", "second", "lengths"),
    [
        ({"mute": True}, {}, [1500]),
        ({"picture_fade_in": 100}, {"picture_fade_out": 100}, [1500]),
        ({"effects": [{"kind": "blur"}]}, {"effects": [{"kind": "blur"}]}, [1500]),
        ({"effects": [{"kind": "blur"}]}, {}, [1000, 500]),
        ({"effects": [{"kind": "blur", "to": 9}]}, {}, [1000, 500]),
        ({}, {"source_start": 1001}, [1000, 500]),
        ({}, {"start": 1001}, [1000, 500]),
        ({}, {"source": B}, [1000, 500]),
        ({}, {"transition": {"kind": "wipe", "d": 200}}, [1000, 500]),
        ({}, {"crop": {"x": 0.1}}, [1000, 500]),
        ({"picture_fade_out": 100}, {}, [1000, 500]),
        ({"picture_fade_in": 100}, {"picture_fade_out": 100, "picture_fade_color": "#ffffff"},
         [1000, 500]),
    ],
)  # fmt: skip
def test_segments_are_joined_where_their_pictures_run_on(first, second, lengths):
    plan = read((0, [clip(1000, **first), clip(500, **{"source_start": 1000} | second)]))
    assert [found.length for found in seamless(plan).clips] == lengths
