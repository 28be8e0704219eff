"""Every format, every quality, every size that may be asked for."""

import numpy as np
import pytest
from clips import decoded, judged, place, write_sound
from PIL import Image
from scenes import colour, frame_numbers, near, number_in, scene, shown, stepped, strictly_decoded
from test_compose import segment, still
from test_smart import made, title

from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.probe import probe
from cogwidgets.engine.media.render import render

CODECS = {"mp4": "h264", "mov": "h264", "mkv": "h264", "webm": "vp9"}
GREY = {"effects": [{"kind": "grayscale", "amount": 1}]}


@pytest.fixture
def clip():
    return scene("long.mp4", seconds=6.0)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm"])
def test_every_format_holds_all_frames_and_all_sound(clip, suffix):
    path, result = made([segment(clip, 2000, source_start=700, **GREY)], f"a.{suffix}")
    told = strictly_decoded(path)
    assert told["video"]["codec_name"] == CODECS[suffix]
    assert told["audio"]["codec_name"] == ("opus" if suffix == "webm" else "aac")
    assert told["video"]["pix_fmt"] == "yuv420p"
    assert frame_numbers(path) == list(range(21, 81))
    samples, rate, start = decoded(path)
    if suffix in {"mp4", "mov"}:
        assert float(told["audio"]["duration"]) == 2.0
    # Packets of AAC and Opus are longer than a sample, and FFmpeg gives the last one whole.
    assert abs(start * rate + len(samples) - 96_000) < 1024
    assert result["duration"] == pytest.approx(2.0, abs=0.034)


@pytest.mark.parametrize("length", [1000, 1001, 1016, 1017, 1033, 1500])
def test_a_file_is_as_long_as_its_draft_to_a_frame_and_a_sample(clip, length):
    path, _ = made([segment(clip, length, source_start=333, **GREY)], "a.mkv")
    assert len(shown(path)) == round(length * 0.03 + 1e-9)
    path, _ = made([segment(clip, length, source_start=333, volume=0.5)], "a.wav")
    assert len(decoded(path)[0]) == length * 48


@pytest.mark.parametrize("suffix", ["m4a", "mp3", "wav"])
def test_the_sound_alone_can_be_had(clip, suffix):
    path, result = made([segment(clip, 2000, source_start=1000)], f"a.{suffix}")
    assert (result["width"], result["encoded_seconds"]) == (None, 0.0)
    samples, rate, _ = decoded(path)
    assert len(samples) / rate == pytest.approx(2.0, abs=0.06)
    levels = [20 * np.log10(np.std(samples[int(t * rate) :][:2400])) for t in (0.12, 0.52)]
    assert levels == pytest.approx([-14, -22], abs=1.0)


def test_a_gif_moves_and_loops(clip):
    path, result = made([segment(clip, 2000)], "a.gif", tracks=[title(0, 500, position="top")])
    with Image.open(path) as image:
        assert image.n_frames == 25
        assert image.info["duration"] == 80
        assert image.info["loop"] == 0
        assert image.size == (result["width"], result["height"]) == (192, 108)
    images = shown(path)
    assert near(colour(images[20][1], 0.25, 0.3), (200, 40, 40), by=20)
    assert number_in(images[-1][1]) in range(55, 60)
    assert result["notes"] == ["Left out, because such a file cannot hold it: sound."]


def test_qualities_differ_in_size_and_preview_is_small(clip):
    noise = np.random.default_rng(0).integers(0, 255, (36, 64, 3), np.uint8)
    path = place("noise.png")
    Image.fromarray(noise).resize((640, 360)).save(path)
    moving = segment(path, 400, still=True, motion="zoom_in")
    sizes = {}
    for quality in ("high", "medium", "low"):
        path, result = made([moving], output={"quality": quality})
        told = strictly_decoded(path)["video"]
        assert (told["profile"], told["width"], told["height"]) == ("High", 640, 360)
        sizes[quality] = result["size"]
    assert sizes["high"] > sizes["medium"] > sizes["low"]
    _, result = made([moving], output={"quality": "preview"}, width=1920, height=1080)
    assert (result["width"], result["height"]) == (960, 540)
    path, _ = made([segment(clip, 1000)], output={"quality": "preview"})
    assert frame_numbers(path) == list(range(30))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((3840, 2160), (1920, 1080)), ((1080, 2400), (864, 1920)), ((1441, 1081), (1440, 1080))],
)
def test_no_output_is_larger_than_1080_lines(size, wanted):
    path = still("large.png", [(40, 40, 200)], size=size)
    _, result = made([segment(path, 100, still=True)])
    assert (result["width"], result["height"]) == wanted


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.m4a", "a.mp3", "a.gif"])
def test_a_size_in_bytes_is_kept_to(clip, name):
    most = 60_000
    path, result = made([segment(clip, 4000)], name, output={"size": most})
    assert path.stat().st_size == result["size"] <= most
    assert result["size"] > most / 20
    assert not any("more than" in note for note in result["notes"])


def test_a_size_that_cannot_be_kept_to_is_said(clip):
    _, result = made([segment(clip, 4000)], output={"size": 2000})
    assert any("more than the 2,000 that were asked for" in note for note in result["notes"])


def test_the_draft_may_ask_for_a_size(clip):
    draft = {"d": 4000, "t": [{"tt": 0, "sg": [segment(clip, 4000)]}]}
    draft["m"] = {"output": {"size": 60_000, "quality": "low"}}
    target = place("a.mp4")
    job = {"draft": draft, "media": {str(clip): str(clip)}, "output": {"format": "mp4"}}
    result = render({**job, "target": str(target)}, lambda _: None)
    assert result["size"] <= 60_000
    assert not result["copied_video"]


def test_unknown_effects_and_signs_are_noted(clip):
    effects = [{"kind": "sparkle"}, {"kind": "look", "name": "octarine"}]
    _, result = made(
        [segment(clip, 500, effects=effects)],
        tracks=[{"tt": 7, "sg": [{"d": 500, "m": {"text": "Party 🎉", "start": 0}}]}],
    )
    assert result["notes"] == [
        "Left out, because this engine has no such effect: sparkle, octarine.",
        "Left out, because the font of the titles has no sign for it: 🎉",
    ]


def test_a_slideshow_with_transitions_and_music():
    photos = [still(f"p{n}.jpg", [c]) for n, c in enumerate([(200, 40, 40), (40, 40, 200)])]
    main = [
        segment(photos[0], 1000, still=True, motion="zoom_in"),
        segment(photos[1], 1000, still=True, transition={"kind": "crossfade", "d": 400}),
    ]
    music = write_sound(place("music.wav"), stepped(1.0), rate=48_000)
    bed = {"d": 2000, "m": {"source": str(music), "role": "music", "start": 0, "loop": True}}
    path, result = made(main, tracks=[{"tt": 1, "sg": [bed]}], width=320, height=180)
    told = strictly_decoded(path)
    assert int(told["video"]["nb_read_frames"]) == 60
    assert judged(path)[0] == pytest.approx(-15, abs=1)
    assert result["loudness"] == pytest.approx(-15, abs=0.5)


@pytest.mark.parametrize("suffix", ["mp4", "gif"])
def test_pictures_of_sound_alone(suffix):
    sound = write_sound(place("a.wav"), stepped(1.0), rate=48_000)
    if suffix == "gif":
        with pytest.raises(MediaError, match="nothing to show"):
            made([], "a.gif", tracks=[{"tt": 1, "sg": [segment(sound, 1000)]}])
    else:
        draft = [{"tt": 1, "sg": [segment(sound, 1000)]}, title(0, 1000)]
        path, result = made([], "a.mp4", tracks=draft)
        assert (result["width"], result["height"]) == (1280, 720)
        assert len(shown(path)) == 30


def test_an_animated_webp_is_taken_and_plays():
    path = still("a.webp", [(200, 40, 40), (40, 200, 40)], lossless=True)
    told = probe({"source": str(path)}, print)
    assert (told["file_type"], told["duration"], told["width"]) == ("image", 0.4, 160)
    video, _ = made([segment(path, 400)])
    assert len(shown(video)) == 12
    assert near(colour(shown(video)[9][1], 0.5, 0.5), (40, 200, 40))


KINDS = {
    "hevc.mp4": {"video": "libx265", "options": (("x265-params", "log-level=none"),)},
    "hevc10.mkv": {"video": "libx265", "pixels": "yuv420p10le",
                   "options": (("x265-params", "log-level=none"),)},
    "h264-10.mp4": {"pixels": "yuv420p10le"},
    "vp9.webm": {"video": "libvpx-vp9", "audio": "libopus"},
    "prores.mov": {"video": "prores_ks", "pixels": "yuv422p10le", "audio": "pcm_s16le"},
    "odd.mp4": {"size": (161, 91), "pixels": "yuv444p"},
    "variable.mp4": {"variable": True},
    "turned.mov": {"rotation": 90},
    "six.mp4": {"layout": "5.1"},
    "one.mp4": {"layout": "mono"},
    "slow.mkv": {"fps": 24},
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_sources_of_every_kind_decode_strictly_once_rendered(name):
    options = KINDS[name]
    source = scene(name, seconds=1.0, **options)
    path, _ = made([segment(source, 1000, **GREY, volume=0.5)], fps=30)
    told = strictly_decoded(path)
    width, height = options.get("size", (192, 108))
    wanted = (108, 192) if "rotation" in options else (width // 2 * 2, height // 2 * 2)
    video, audio = told["video"], told["audio"]
    assert (video["width"], video["height"]) == pytest.approx(wanted, abs=2)
    assert (video["codec_name"], video["pix_fmt"]) == ("h264", "yuv420p")
    assert int(video["nb_read_frames"]) == 30
    assert audio["channel_layout"] == options.get("layout", "stereo")
    # The steps of the sound are where they were, half as loud.
    steps = 20 * np.log10([np.std(decoded(path)[0][4800 * n :][:4800, 0]) for n in (1, 5)])
    assert steps[0] - steps[1] == pytest.approx(8, abs=0.6)


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_animations_decode_strictly_once_rendered(name):
    more = {"lossless": True} if name == "a.webp" else {}
    source = still(name, [(200, 40, 40), (40, 200, 40), (40, 40, 200)], **more)
    path, _ = made([segment(source, 1200, loop=True)], fps=30)
    assert int(strictly_decoded(path)["video"]["nb_read_frames"]) == 36
    assert near(colour(shown(path)[9][1], 0.5, 0.5), (40, 200, 40))
