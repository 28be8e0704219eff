"""What no edit touches is copied bit for bit; the rest is encoded, joined, and decodes strictly."""

from fractions import Fraction

import av
import numpy as np
import pytest
from clips import decoded, pictures_of, place
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import (
    colour,
    ffmpeg,
    frame_numbers,
    levels,
    near,
    scene,
    shown,
    stepped,
    strictly_decoded,
)
from test_compose import segment

from cogwidgets.engine.media import check
from cogwidgets.engine.media.compose import frame_number
from cogwidgets.engine.media.render import render
from cogwidgets.engine.media.soundfile import SoundWriter

SECONDS = 6.0


@pytest.fixture
def clip():
    return scene("long.mp4", seconds=SECONDS)


def made(main, name="out.mp4", *, tracks=(), output=None, more=(), **m):
    """Render segments of the main track; return the file and what was told of it."""
    draft = {
        "d": sum(part["d"] for part in main), "m": m,
        "t": [{"tt": 0, "sg": list(main)}, *tracks],
    }  # fmt: skip
    sources = [s["m"]["source"] for t in draft["t"] for s in t["sg"] if "source" in s["m"]]
    target = place(name)
    job = {
        "draft": draft,
        "media": {source: source for source in [*sources, *more]},
        "output": {"format": target.suffix[1:], "quality": "high", **(output or {})},
        "target": str(target),
    }
    result = render(job, lambda _: None)
    assert [path.name for path in target.parent.iterdir()] == [name]
    return target, result


def title(start, length, **m):
    return {"tt": 7, "sg": [{"d": length, "m": {"text": "MMM", "start": start, "size": 0.2, **m}}]}


def copies(path, source):
    """How many packets of a source's pictures are in a file, byte for byte."""
    wanted = {data for _, data in pictures_of(source)[0]}
    return sum(data in wanted for _, data in pictures_of(path)[0])


def times_of(path):
    return np.array([time for time, _ in shown(path)])


def counted(path, frames):
    """Let the judge decode a file, and count its pictures."""
    assert int(strictly_decoded(path)["video"]["nb_read_frames"]) == frames


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_a_title_costs_only_its_groups_of_pictures(clip, name):
    path, result = made([segment(clip, 6000)], name, tracks=[title(2200, 1500, position="top")])
    assert result["copied_video"]
    assert result["encoded_seconds"] == 2.0  # the groups from 2 to 4 s
    assert copies(path, clip) == 120
    assert frame_numbers(path) == list(range(180))
    np.testing.assert_allclose(times_of(path), np.arange(180) / 30, atol=1.1e-3)
    counted(path, 180)


def test_the_title_is_there_and_nowhere_else(clip):
    path, _ = made([segment(clip, 6000)], tracks=[title(2200, 1500, position="center")])
    light = [bool((image[35:75].min(axis=2) > 140).any()) for _, image in shown(path)]
    assert light == [66 <= n < 111 for n in range(180)]


@pytest.mark.parametrize(
    ("start", "length", "copied"),
    [
        (0, 4000, 120),  # whole groups
        (1000, 3000, 90),
        (1000, 3500, 90),  # the last half group is encoded
        (1500, 3000, 60),  # and the first
        (1700, 250, 0),  # no whole group at all
        (5000, 1000, 30),
    ],
)
def test_a_cut_copies_all_but_its_edges(clip, start, length, copied):
    path, result = made([segment(clip, length, source_start=start)])
    first, frames = round(start * 0.03), round(length * 0.03)
    assert copies(path, clip) == copied
    assert result["copied_video"] is (copied > 0)
    assert frame_numbers(path) == list(range(first, first + frames))
    assert result["duration"] == pytest.approx(length / 1000, abs=0.034)
    np.testing.assert_allclose(times_of(path), np.arange(frames) / 30, atol=1e-3)
    counted(path, frames)


def test_cut_out_reordered_and_repeated_parts_are_joined(clip):
    main = [
        segment(clip, 2000, source_start=3000),
        segment(clip, 1250, source_start=250),
        segment(clip, 1000, source_start=3000),
    ]
    path, result = made(main)
    wanted = [*range(90, 150), *range(8, 45), *range(90, 120)]
    found = frame_numbers(path)
    assert len(found) == 128
    assert found[:60] == wanted[:60]
    assert found[-30:] == wanted[-30:]
    assert result["copied_video"]
    counted(path, 128)


@pytest.mark.parametrize(
    "change",
    [
        {"effects": [{"kind": "grayscale", "amount": 1, "from": 2500, "to": 2900}]},
        {"picture_fade_in": 400},
        {"picture_fade_out": 400},
    ],
)
def test_effects_and_fades_cost_one_group(clip, change):
    path, _ = made([segment(clip, 6000, **change)])
    assert copies(path, clip) == 150
    counted(path, 180)


def test_edits_of_the_sound_alone_leave_every_packet_of_the_pictures(clip):
    main = [
        segment(clip, 2000, mute=True),
        segment(clip, 1777, source_start=2000, volume=0.5, fade_out=300),
        segment(clip, 2223, source_start=3777),
    ]
    path, result = made(main)
    assert result["encoded_seconds"] == 0.0
    assert pictures_of(path) == pictures_of(clip)
    found, _, _ = decoded(path)
    assert not found[:95_000].any()
    np.testing.assert_allclose(levels(found)[20:24], [-18, -20, -22, -24], atol=0.4)
    counted(path, 180)


def test_a_split_costs_nothing_where_the_picture_runs_on(clip):
    main = [segment(clip, 1500, source_start=1000), segment(clip, 2000, source_start=2500)]
    path, _ = made([*main, segment(clip, 500, source_start=5000)])
    assert copies(path, clip) == 90
    assert frame_numbers(path) == [*range(30, 135), *range(150, 165)]


def test_other_kinds_of_segments_are_encoded_between_copies(clip):
    green = scene("green.mp4", seconds=2.0, left=(40, 40, 200), size=(128, 72))
    main = [
        segment(clip, 2000),
        segment(green, 1000, source_start=500),
        segment(clip, 1000, source_start=2000, speed=2.0),
        segment(clip, 2000, source_start=4000, transition={"kind": "crossfade", "d": 500}),
    ]
    path, _ = made(main)
    assert copies(path, clip) == 90
    numbers = frame_numbers(path)
    assert numbers[:60] == list(range(60))
    assert numbers[60:90] == list(range(15, 45))
    assert numbers[90:120] == list(range(60, 120, 2))
    assert numbers[-45:] == list(range(135, 180))
    counted(path, 180)


def test_a_variable_frame_rate_keeps_its_times():
    source = scene("v.mp4", seconds=4.0, variable=True, gop=20)
    path, result = made([segment(source, 3000, source_start=1000)], fps=30)
    assert result["copied_video"]
    wanted = np.array([t for t, _ in shown(source)])
    wanted = wanted[wanted > 0.99] - 1.0
    np.testing.assert_allclose(times_of(path), wanted, atol=1e-3)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_video_stays_turned(rotation):
    source = scene("turned.mp4", rotation=rotation)
    path, _ = made([segment(source, 3000)], tracks=[title(100, 500)])
    assert copies(path, source) == 60
    assert pictures_of(path)[1]["rotation"] == pictures_of(source)[1]["rotation"]
    # As stored, the pictures that were encoded lie as those that were copied.
    first, later = (shown(path)[number][1] for number in (20, 40))
    for point in ((0.25, 0.3), (0.75, 0.3)):
        assert near(colour(first, *point), colour(later, *point))
    counted(path, 90)


def open_groups(seconds=4.0):
    """H.264 whose key pictures, but for the first, let others refer across them."""
    return scene("open.mp4", seconds=seconds, options=(("x264-params", "open-gop=1:bframes=3"),))


def test_groups_that_are_open_are_not_cut():
    source = open_groups()
    path, _ = made([segment(source, 2000, source_start=1500)])
    assert frame_numbers(path) == list(range(45, 105))
    counted(path, 60)


@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
def test_sources_of_every_profile_are_joined(profile):
    source = scene(
        "p.mp4", options=(("profile", profile),) + (("bf", "0"),) * (profile == "baseline")
    )
    path, result = made([segment(source, 3000)], tracks=[title(0, 500)])
    assert result["copied_video"]
    assert copies(path, source) == 60
    counted(path, 90)


@pytest.mark.parametrize(
    ("options", "m"),
    [
        ({"video": "libx265", "options": (("x265-params", "log-level=none"),)}, {}),
        ({"pixels": "yuv422p"}, {}),
        ({}, {"width": 96, "height": 54}),
    ],
)
def test_what_cannot_be_joined_is_encoded(options, m):
    source = scene("other.mp4", **options)
    path, result = made([segment(source, 2000, source_start=500)], **m)
    assert not result["copied_video"]
    assert result["encoded_seconds"] == 2.0
    told = strictly_decoded(path)["video"]
    assert (told["codec_name"], told["profile"], told["pix_fmt"]) == ("h264", "High", "yuv420p")
    assert int(told["nb_read_frames"]) == 60


@pytest.mark.parametrize("quality", ["medium", "low", "preview"])
def test_other_qualities_are_encoded_whole(clip, quality):
    _, result = made([segment(clip, 2000)], output={"quality": quality})
    assert not result["copied_video"]


def test_a_preview_of_a_whole_source_is_copied(clip):
    _, result = made([segment(clip, round(SECONDS * 1000))], output={"quality": "preview"})
    assert result["copied_video"]


@pytest.mark.parametrize(
    "options",
    [
        {"video": "libx265", "options": (("x265-params", "log-level=none"),)},
        {"pixels": "yuv422p"},
    ],
)
def test_a_preview_of_what_browsers_do_not_show_is_encoded(options):
    source = scene("phone.mov", seconds=1.0, **options)
    path, result = made([segment(source, 1000)], "a.mp4", output={"quality": "preview"})
    assert not result["copied_video"]
    told = strictly_decoded(path)["video"]
    assert (told["codec_name"], told["pix_fmt"]) == ("h264", "yuv420p")
    _, kept = made([segment(source, 1000)], "a.mov")
    assert kept["copied_video"]


def test_the_sound_of_one_cut_is_copied_to_the_sample(clip):
    path, _ = made([segment(clip, 3000, source_start=1230)])
    found, rate, start = decoded(path)
    wanted, _, _ = decoded(clip)
    assert (rate, start) == (48_000, 0.0)
    first = round(1.23 * 48_000)
    reach = slice(2400, 140_000)
    np.testing.assert_array_equal(found[reach], wanted[first:][reach])


def test_the_sound_of_a_split_is_copied_where_nothing_changes_it(clip):
    def packets(path):
        with av.open(str(path)) as file:
            return [bytes(packet) for packet in file.demux(audio=0) if packet.size]

    first = segment(clip, 2500, effects=[{"kind": "grayscale", "amount": 1}])
    main = [first, segment(clip, 3500, source_start=2500)]
    path, _ = made(main)
    assert packets(path) == packets(clip)
    main[1] = segment(clip, 3500, source_start=2500, volume=0.5)
    assert packets(made(main)[0]) != packets(clip)


def test_the_speech_of_a_cut_is_copied_too(clip):
    folder = place("stems")
    folder.mkdir()
    for suffix in (".flac", ".m4a"):
        with SoundWriter(folder / f"speech-1{suffix}", "stereo") as file:
            file.write(stepped(6.0) * np.float32(0.5))
    name = str(folder / "speech-1.flac")
    speech = {"source": name, "streams": [name], "strength": "normal"}
    path, _ = made([segment(clip, 2000, source_start=1300, speech=speech)], more=[name])
    wanted = [-18.02 - 2 * ((3 + k) % 10) for k in range(20)]
    np.testing.assert_allclose(levels(decoded(path)[0])[:20], wanted, atol=0.4)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4000), st.integers(40, 1500), st.sampled_from([0.5, 1.0, 2.0])),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_a_file_is_as_long_as_its_draft(parts, titled):
    clip = scene("long.mp4", seconds=SECONDS)
    main = [segment(clip, d, source_start=start, speed=speed) for start, d, speed in parts]
    tracks = [title(0, 300)] if titled else []
    path, result = made(main, tracks=tracks)
    whole = sum(d for _, d, _ in parts)
    assert len(shown(path)) == frame_number(whole, Fraction(30))
    assert result["duration"] == pytest.approx(whole / 1000, abs=0.055)


def test_the_sound_of_several_cuts_lies_under_their_pictures(clip):
    main = [segment(clip, 1200, source_start=300), segment(clip, 1300, source_start=2500)]
    path, _ = made(main)
    found, _, _ = decoded(path)
    wanted = [-12 - 2 * ((3 + k) % 10) for k in range(12)]
    wanted += [-12 - 2 * ((5 + k) % 10) for k in range(13)]
    np.testing.assert_allclose(levels(found)[:25], wanted, atol=0.4)
    counted(path, 75)


def test_a_browser_could_start_before_the_whole_is_there(clip):
    data = made([segment(clip, 3000, source_start=1500)])[0].read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_damage_where_copies_meet_new_pictures_is_found(clip):
    path, _ = made([segment(clip, 6000)], tracks=[title(2200, 1500)])
    with av.open(str(path)) as container:
        written = check._read(container, list(container.streams))
        entry = container.streams.video[0].index_entries[120]  # what is shown at 4 s
        begin, size = entry.pos, entry.size  # the entry itself is gone with its container
    written[0].joints = [2.0, 4.0]
    check.check(path, "mp4", written)
    whole = bytearray(path.read_bytes())
    whole[begin : begin + size] = bytes(size)
    path.write_bytes(whole)
    with pytest.raises(check.Defect, match="does not decode"):
        check.check(path, "mp4", written)


def test_ffmpeg_finds_the_same_pictures_as_we_do(clip):
    path, _ = made([segment(clip, 6000)], tracks=[title(2200, 1500, position="top")])
    raw = place("raw.rgb")
    done = ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", raw)
    assert done.returncode == 0
    judged = np.fromfile(raw, np.uint8).reshape(-1, 108, 192, 3)
    ours = [image for _, image in shown(path)]
    assert len(judged) == len(ours)
    for a, b in zip(judged[::10], ours[::10], strict=True):
        assert near(colour(a, 0.25, 0.5), colour(b, 0.25, 0.5), by=4)


def test_decoding_times_rise_and_run_ahead(clip):
    path, _ = made([segment(clip, 6000)], tracks=[title(2200, 1500)])
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    dts = [p.dts for p in packets]
    assert dts == sorted(set(dts))
    assert all(p.dts <= p.pts for p in packets)
