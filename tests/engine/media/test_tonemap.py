"""HDR is shown as ordinary screens show it: white is white, colours stay, nothing goes back."""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from clips import pictures_of, place
from scenes import colour, near, shown, strictly_decoded
from test_compose import segment
from test_sketch import pixels, sketched
from test_smart import made

from cogwidgets.engine.media.still import still
from cogwidgets.engine.media.tonemap import tone_table, toned

PQ, HLG = 16, 18
# Signals of ITU-R BT.2408, tables 1 and 2: black, a grey card, the reference white, 1000 cd/m².
SIGNALS = {PQ: (0.0, 0.38, 0.58, 0.752), HLG: (0.0, 0.38, 0.75, 1.0)}


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_the_levels_of_the_standard_come_out_as_in_ordinary_video(transfer):
    black, grey, white, peak = (toned(np.full(3, s), transfer) for s in SIGNALS[transfer])
    assert black == pytest.approx(0, abs=0.002)
    assert grey == pytest.approx(0.44, abs=0.05)
    assert white == pytest.approx(0.90, abs=0.01)
    assert peak == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_brighter_never_becomes_darker(transfer):
    ramp = np.repeat(np.linspace(0, 1, 500)[:, None], 3, axis=1)
    assert (np.diff(toned(ramp, transfer), axis=0) > -1e-9).all()


def test_a_colour_of_ordinary_video_keeps_its_hue():
    # Red of BT.709 at 100 cd/m², in BT.2020 (ITU-R BT.2087) and PQ
    light = np.array([62.74, 6.91, 1.64]) / 10_000
    power = light**0.1593017578125
    signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    red, green, blue = toned(signal, PQ)
    assert red == pytest.approx(0.74, abs=0.02)
    assert green < 0.06
    assert blue < 0.06


def test_the_table_counts_red_first():
    rows = tone_table(PQ).to_ndarray(format="rgb48le").reshape(-1, 3)
    assert rows[20].argmax() == 0
    assert rows[20 * 36].argmax() == 1
    assert rows[20 * 36 * 36].argmax() == 2


def graded(name, transfer, codec="libx265", size=(192, 108)):
    """A clip in HDR whose quarters, from the left, have the signals above."""
    path, (width, height) = place(name), size
    with av.open(str(path), "w") as container:
        quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        stream = container.add_stream(codec, rate=30, options=quiet)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_range = 9, 1
        context.color_primaries, context.color_trc = 9, transfer
        image = np.full((height * 3 // 2, width), 512, np.uint16)
        levels = [round(64 + 876 * signal) for signal in SIGNALS[transfer]]
        image[:height] = np.repeat(levels, width // 4)
        for number in range(15):
            frame = VideoFrame.from_ndarray(image, format="yuv420p10le")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "transfer", "codec"),
    [("pq.mp4", PQ, "libx265"), ("hlg.mov", HLG, "libx265"), ("hlg.mkv", HLG, "libx264")],
)
def test_a_clip_in_hdr_becomes_an_ordinary_one(name, transfer, codec):
    source = graded(name, transfer, codec)
    change = {"effects": [{"kind": "brightness", "amount": 0, "to": 100}]}
    path, result = made([segment(source, 400, **change)])
    told = strictly_decoded(path)["video"]
    assert (told["codec_name"], told["pix_fmt"]) == ("h264", "yuv420p")
    assert pictures_of(path)[1]["colour"][1:] == (1, 1)
    assert told["color_transfer"] == told["color_primaries"] == "bt709"
    found = [colour(shown(path)[5][1], x, 0.5) for x in (0.125, 0.375, 0.625, 0.875)]
    assert all(map(near, found, [(v, v, v) for v in (0, 108, 230, 255)])), found
    assert result["notes"] == [
        f"The HDR colours of {source.name} were brought to what ordinary screens show."
    ]


def test_where_nothing_is_encoded_hdr_stays():
    source = graded("pq.mp4", PQ)
    path, result = made([segment(source, 500)])
    assert result["copied_video"]
    assert strictly_decoded(path)["video"]["color_transfer"] == "smpte2084"
    assert result["notes"] == []


def test_titles_overlays_and_previews_of_hdr():
    source = graded("pq.mp4", PQ)
    overlay = segment(source, 400, place={"x": 0.5, "y": 0.25, "w": 0.4})
    text = {"tt": 7, "sg": [{"d": 400, "m": {"text": "M", "start": 0}}]}
    path, _ = made([segment(source, 400)], tracks=[{"tt": 0, "sg": [overlay]}, text],
                   output={"quality": "preview"})  # fmt: skip
    strictly_decoded(path)
    assert near(colour(shown(path)[5][1], 0.9, 0.9), (255, 255, 255))


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_thumbnails_and_sketches_are_toned_as_renders_are(transfer):
    source = graded("dim.mp4", transfer)
    folder = place("still")
    folder.mkdir()
    still({"source": str(source), "at": 100, "folder": str(folder)}, lambda _: None)
    drawn = sketched(source)
    thumbnail = shown(folder / "thumbnail.jpg")[0][1]
    for image in (thumbnail, pixels(drawn["poster"]), pixels(drawn["thumbnails"][0]["image"])):
        found = [colour(image[..., :3], x, 0.5) for x in (0.125, 0.375, 0.625, 0.875)]
        assert all(map(near, found, [(v, v, v) for v in (0, 108, 230, 255)])), found
