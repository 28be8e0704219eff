"""What a file is, and what is wrong with it, is told in one sentence."""

from fractions import Fraction

import pytest
from clips import clip, empty, picture, place, text, truncated

from cogwidgets.engine.media import probe as module
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.probe import probe


def probed(path):
    return probe({"source": str(path)}, lambda _: None)


def refused(path):
    with pytest.raises(MediaError) as caught:
        probed(path)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "kind", "container", "video", "audio"),
    [
        ("a.mp4", "video", "mp4", "h264", "aac"),
        ("a.mov", "video", "mov", "h264", "aac"),
        ("a.mkv", "video", "mkv", "h264", "aac"),
        ("a.webm", "video", "webm", "vp9", "opus"),
        ("a.avi", "video", "avi", "mpeg4", "mp3"),
        ("a.mp3", "audio", "mp3", None, "mp3"),
        ("a.wav", "audio", "wav", None, "pcm_s16le"),
        ("a.m4a", "audio", "m4a", None, "aac"),
        ("a.aac", "audio", "aac", None, "aac"),
    ],
)
def test_names_container_and_codecs(name, kind, container, video, audio):
    found = probed(clip(name))
    assert (found["file_type"], found["container"]) == (kind, container)
    assert (found["video_codec"], found["audio"][0]["codec"]) == (video, audio)
    assert found["duration"] == pytest.approx(2.0, abs=0.06)
    assert "warning" not in found


def test_gives_size_rate_and_rotation_of_a_video():
    found = probed(clip("turned.mov", rotation=90, sample_aspect=Fraction(4, 3)))
    assert (found["width"], found["height"], found["fps"]) == (192, 108, 30.0)
    assert found["rotation"] == 270  # clockwise


def test_lists_every_sound_track():
    tracks = probed(clip("two.mp4", layout="5.1", languages=("eng", "deu")))["audio"]
    assert [track["language"] for track in tracks] == ["eng", "deu"]
    assert [(track["index"], track["channels"], track["layout"]) for track in tracks] == [
        (0, 6, "5.1"),
        (1, 6, "5.1"),
    ]


def test_tells_when_the_sound_starts():
    late = probed(clip("late.mkv", audio_start=0.5))
    assert late["audio"][0]["start"] == pytest.approx(0.5, abs=0.03)


def test_a_video_without_sound_has_no_tracks():
    found = probed(clip("mute.mp4", audio=None))
    assert (found["file_type"], found["audio"]) == ("video", [])


@pytest.mark.parametrize("name", ["still.png", "still.jpg"])
def test_knows_still_images(name):
    found = probed(picture(name))
    assert (found["file_type"], found["width"], found["duration"]) == ("image", 64, 0.0)


@pytest.mark.parametrize("name", ["cut.mkv", "cut.avi", "cut.webm", "cut.wav", "cut.mp3"])
def test_warns_of_a_truncated_file(name):
    found = probed(truncated(clip(name, seconds=4.0)))
    assert "is cut off" in found["warning"]
    assert 1.0 < found["duration"] < 3.5


def test_warns_of_a_truncated_mp4_whose_index_came_first():
    from cogwidgets.engine.media.render import render

    whole = clip("whole.mp4", seconds=4.0)
    fast = place("fast.mp4")
    render(
        {
            "draft": {"t": [{"tt": 0, "sg": [{"d": 4000, "m": {"source": "/media/1"}}]}]},
            "media": {"/media/1": str(whole)},
            "output": {"format": "mp4"},
            "target": str(fast),
        },
        lambda _: None,
    )
    assert "is cut off" in probed(truncated(fast))["warning"]


def test_refuses_what_is_no_media():
    assert refused(text("notes.mp4")) == "unreadable"
    assert refused(text("songs.mp3")) == "unreadable"
    assert refused(empty()) == "unreadable"
    assert refused(truncated(clip("lost.mp4"))) == "unreadable"  # its index came last
    assert refused(truncated(clip("short.mkv"), 0.002)) == "unreadable"
    assert refused(place("nowhere.mp4")) == "unreadable"


def test_refuses_a_playlist_that_names_other_files():
    path = place("list.mp4")
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/hostname\n")
    assert refused(path) == "unreadable"


def test_refuses_media_of_a_type_that_is_not_taken():
    assert refused(clip("stream.ts", video="libx264", audio="aac")) == "unsupported"


def test_refuses_an_animated_webp_that_is_damaged():
    path = place("moving.webp")
    header = b"VP8X" + (10).to_bytes(4, "little") + bytes([2, *bytes(9)])
    path.write_bytes(b"RIFF" + (4 + len(header)).to_bytes(4, "little") + b"WEBP" + header)
    assert refused(path) == "unreadable"


def test_refuses_a_file_that_is_too_large(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    assert refused(clip("large.mp4")) == "too_large"


@pytest.mark.parametrize("name", ["with space.mp4", 'it\'s "so".mp4', "视频:一.mp4", "50%d.mp4"])
def test_takes_any_name(name):
    path = place(name)
    path.write_bytes(clip().read_bytes())
    assert probed(path)["file_type"] == "video"
