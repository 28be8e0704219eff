"""A draft as a picture: what stands where, and that nothing in a draft gets out of it."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.draft import Draft, Layout, Sketch, lanes
from cogwidgets.draft.layout import Clip, Run, ticks

SVG = "{http://www.w3.org/2000/svg}"

VLOG = {
    "d": 10_000,
    "t": [
        {
            "tt": 0,
            "m": {"name": "Video"},
            "sg": [
                {
                    "d": 10_000,
                    "m": {
                        "id": "a",
                        "name": "vlog",
                        "source": "/media/1/vlog.mp4",
                        "source_start": 2000,
                        "speech": {"source": "/media/2/speech-1.flac", "music": [[0, 5000]]},
                    },
                }
            ],
        },
        {
            "tt": 1,
            "sg": [
                {
                    "d": 10_000,
                    "m": {"id": "b", "name": "Calm", "role": "music", "loop": True, "volume": 0.35},
                }
            ],
        },
        {"tt": 7, "sg": [{"d": 3000, "m": {"id": "c", "text": "Day one", "start": 1000}}]},
    ],
}


def drawn(draft, **options):
    """The picture as a tree, whose title is the contract's summary."""
    root = ET.fromstring(lanes(Draft(draft), **options))  # noqa: S314 - our own
    assert root.find(f"{SVG}title").text == str(Draft(draft))
    return root


def texts(root):
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def clip_boxes(root):
    return [
        (float(node.get("x")), float(node.get("x")) + float(node.get("width")))
        for node in root.findall(f"{SVG}svg")
    ]


def test_clips_are_to_scale_and_named():
    root = drawn(VLOG)
    vlog, calm, title = clip_boxes(root)
    assert vlog == calm
    second = (vlog[1] - vlog[0]) / 10
    assert title[0] - vlog[0] == pytest.approx(second, abs=0.2)
    assert title[1] - title[0] == pytest.approx(3 * second, abs=0.2)
    assert {"Video", "vlog", "Calm · 35%", "“Day one”", "0:00", "0:10"} <= set(texts(root))


def test_the_sound_that_is_heard_stands_before_what_was_removed():
    sketches = {
        "/media/1/vlog.mp4": Sketch(
            duration=12,
            per_second=1,
            peaks=(50,) * 12,
            thumbnails=((0.0, "data:image/jpeg;base64,AAAA"),),
        ),
        "/media/2/speech-1.flac": Sketch(duration=12, per_second=1, peaks=(0, 90) * 6),
    }
    root = drawn(VLOG, sketches=sketches)
    waves = [p for p in root.iter(f"{SVG}path") if p.get("stroke-linecap") == "round"]
    assert len(waves) == 2
    titles = [node.text for node in root.iter(f"{SVG}title")]
    assert "music removed 0:00–0:03" in titles  # 0 to 5 s of a source that begins at 2 s
    assert root.find(f".//{SVG}image").get("href") == "data:image/jpeg;base64,AAAA"


def test_music_that_is_only_quieter_is_not_drawn_as_removed():
    (video, *rest) = VLOG["t"]
    (clip,) = video["sg"]
    speech = clip["m"]["speech"] | {"music_level": 0.3}
    quieter = {
        **VLOG,
        "t": [{**video, "sg": [{**clip, "m": clip["m"] | {"speech": speech}}]}, *rest],
    }
    root = drawn(quieter, before=Draft(VLOG))
    assert {"vlog · music 30%", "music 0% → 30%"} <= set(texts(root))
    assert not any("music removed" in (node.text or "") for node in root.iter(f"{SVG}title"))


def test_what_the_last_message_changed_is_marked():
    before = Draft({**VLOG, "t": VLOG["t"][:2]})
    assert "new" in texts(drawn(VLOG, before=before))
    assert "new" not in texts(drawn(VLOG))
    layout = Layout(Draft(VLOG), before)
    assert [clip.changed for clip in layout.clips] == ["", "", "new"]


def test_an_empty_draft_says_so():
    assert "Nothing on the timeline yet" in texts(drawn({}))


def test_what_a_service_says_stays_text():
    bad = "</text><script>alert(1)</script>\"'&"
    root = drawn({"t": [{"tt": 7, "m": {"name": bad}, "sg": [{"d": 60_000, "m": {"text": bad}}]}]})
    assert not list(root.iter(f"{SVG}script"))
    assert any("<script>" in text for text in texts(root))


def test_a_picture_of_ten_thousand_segments_stays_small():
    many = {"t": [{"tt": 0, "sg": [{"d": 100, "m": {"id": str(n)}} for n in range(10_000)]}]}
    assert len(lanes(Draft(many))) < 100_000


def test_a_window_holds_what_is_seen_and_nothing_else():
    many = {"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"id": str(n)}} for n in range(10_000)]}]}
    layout = Layout(Draft(many))
    near = layout.window(5000.5, 5003.5, 900)
    assert [clip.row for clip in near] == [5000, 5001, 5002, 5003]
    far = layout.window(0, 10_000, 900)
    assert all(isinstance(run, Run) for run in far)
    assert sum(run.count for run in far) == 10_000


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 3000)), max_size=40),
    st.integers(0, 5000),
    st.integers(1, 5000),
)
def test_every_clip_of_a_window_is_in_it_once(places, start, length):
    segments = [{"d": d, "m": {"start": at, "id": str(n)}} for n, (at, d) in enumerate(places)]
    layout = Layout(Draft({"t": [{"tt": 1, "sg": segments}]}))
    window = layout.window(start / 1000, (start + length) / 1000, 50)
    seen = sum(1 if isinstance(one, Clip) else one.count for one in window)
    wanted = [
        1
        for at, d in places
        if at / 1000 < (start + length) / 1000 and at / 1000 + d / 1000 >= start / 1000
    ]
    assert seen == len(wanted)


@pytest.mark.parametrize(("end", "count"), [(0.5, 6), (24, 13), (600, 11), (36_000, 11)])
def test_a_ruler_has_round_seconds(end, count):
    assert len(ticks(0, end, 900)) == count


def test_a_sketch_reads_what_it_knows():
    sketch = Sketch.read(
        {
            "duration": 2,
            "waveform": {"per_second": 2.0, "peaks": [10, 200, None, -4]},
            "thumbnails": [
                {"at": 0, "image": "data:image/jpeg;base64,AA"},
                {"at": 1, "image": "https://elsewhere.example/track.gif"},
                None,
            ],
            "poster": "javascript:alert(1)",
        }
    )
    assert sketch.peaks == (10, 100, 0, 0)
    assert len(sketch.thumbnails) == 1
    assert sketch.poster == ""
    assert Sketch.read({"waveform": 3, "thumbnails": {}}) == Sketch()
