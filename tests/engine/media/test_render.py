"""A draft becomes a file: pictures untouched, sound in its place, nothing half-written."""

import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from clips import RATE as SOURCE_RATE
from clips import clip, decoded, judged, lag, pictures_of, place, sound, text, truncated
from PIL import Image

from cogwidgets.engine.media import check
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.music import choose
from cogwidgets.engine.media.probe import probe
from cogwidgets.engine.media.render import render
from cogwidgets.engine.media.sound import SoundReader, resample
from cogwidgets.engine.media.soundfile import RATE, SoundWriter


def stems_of(source, kind=None):
    """Stems as the separate job leaves them: the source's own sound, or one that a test knows."""
    folder = place("stems")
    folder.mkdir()
    paths = []
    for index in range(len(probe({"source": str(source)}, print)["audio"])):
        with SoundReader(source, index) as reader:
            samples, rate, layout = np.concatenate(list(reader)), reader.rate, reader.layout
        if kind:
            samples = at(sound(kind, len(samples) / rate, samples.shape[1]), rate)
        for suffix in (".flac", ".m4a"):
            with SoundWriter(folder / f"speech-{index + 1}{suffix}", layout) as file:
                for block in resample([samples], rate, RATE, samples.shape[1]):
                    file.write(block)
        paths.append(folder / f"speech-{index + 1}.flac")
    return paths


def at(samples, rate):
    return np.concatenate(list(resample([samples], SOURCE_RATE, rate, samples.shape[1])))


def job(source, target, *, stems=(), music=None, output=None, **segment):
    seconds = probe({"source": str(source)}, print)["duration"]
    length = round(seconds * 1000)
    media = {"/media/1/source": str(source)}
    details = {"source": "/media/1/source", "start": 0, "source_start": 0, "volume": 1.0}
    if stems:
        names = [f"/media/2/{path.name}" for path in stems]
        media.update(zip(names, map(str, stems), strict=True))
        details["speech"] = {"source": names[0], "streams": names, "strength": "normal"}
    tracks = [{"tt": 0, "sg": [{"d": length, "m": {**details, **segment}}]}]
    if music:
        media["/media/3/music"] = str(music)
        bed = {
            "source": "/media/3/music", "start": 0, "source_start": 0, "volume": 1.0,
            "role": "music", "loop": True, "fade_in": 800, "fade_out": 2000, "duck": True,
            "loudness": -15.0,
        }  # fmt: skip
        tracks.append({"tt": 1, "sg": [{"d": length, "m": bed}]})
    return {
        "draft": {"d": length, "t": tracks},
        "media": media,
        "output": {"format": output or target.suffix[1:], "quality": "high"},
        "target": str(target),
    }


def rendered(source, name, **options):
    target = place(name)
    result = render(job(source, target, **options), lambda _: None)
    assert [path.name for path in target.parent.iterdir()] == [name]
    assert result["size"] == target.stat().st_size
    return target, result


def refused(source, target, **options):
    with pytest.raises(MediaError) as caught:
        render(job(source, target, **options), lambda _: None)
    assert not target.with_name(target.name + ".part").exists()
    assert str(caught.value).endswith(".")
    return caught.value


def streams_of(path):
    with av.open(str(path)) as container:
        return [(s.type, s.codec_context.codec.canonical_name) for s in container.streams
                if s.type in {"video", "audio"}]  # fmt: skip


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi"])
def test_pictures_are_copied_bit_for_bit_with_their_times(name):
    source = clip(name)
    target, result = rendered(source, name.replace("avi", "mp4"), stems=stems_of(source))
    wanted, facts = pictures_of(source)
    found, kept = pictures_of(target)
    assert result["copied_video"]
    assert [data for _, data in found] == [data for _, data in wanted]
    np.testing.assert_allclose([t for t, _ in found], [t for t, _ in wanted], atol=1.1e-3)
    assert kept == facts
    assert streams_of(target)[1] == ("audio", "opus" if name == "a.webm" else "aac")


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv", "v.mov"])
def test_a_variable_frame_rate_stays(name):
    source = clip(name, times="variable")
    target, _ = rendered(source, name, stems=stems_of(source))
    times = [[time for time, _ in pictures_of(path)[0]] for path in (source, target)]
    np.testing.assert_allclose(*times, atol=1.1e-3)
    assert len(set(np.round(np.diff(sorted(times[1])), 2))) > 1


@pytest.mark.parametrize("name", ["r.mp4", "r.mov", "r.mkv"])
@pytest.mark.parametrize("rotation", [90, 180])
def test_rotation_pixel_shape_and_colours_stay(name, rotation):
    source = clip(name, rotation=rotation, sample_aspect=Fraction(4, 3))
    target, _ = rendered(source, name, stems=stems_of(source))
    facts = pictures_of(target)[1]
    assert facts == pictures_of(source)[1]
    assert abs(facts["rotation"]) == rotation
    assert facts["sample_aspect"] == Fraction(4, 3)
    assert facts["colour"][1:] == (1, 1)


@pytest.mark.parametrize("name", ["s.mp4", "s.mov", "s.mkv", "s.webm"])
@pytest.mark.parametrize("offsets", [(0.0, 0.0), (0.0, 0.4), (0.3, 0.0), (0.0, 0.01)])
def test_sound_and_picture_keep_their_places(name, offsets):
    video_start, audio_start = offsets
    source = clip(name, sound="noise", video_start=video_start, audio_start=audio_start)
    target, _ = rendered(source, name, stems=stems_of(source))
    wanted, rate, begin = decoded(source)
    found, new_rate, new_begin = decoded(target)
    noise = sound("noise", 2.0)
    old = begin + lag(wanted, at(noise, rate)) / rate
    new = new_begin + lag(found, at(noise, new_rate)) / new_rate
    assert new == pytest.approx(old, abs=2e-3 if name in {"s.mkv", "s.webm"} else 2e-4)
    first = [min(time for time, _ in pictures_of(path)[0]) for path in (source, target)]
    assert first[1] == pytest.approx(first[0], abs=1.1e-3)


def test_rendered_sound_lies_on_the_original_to_the_sample():
    source = clip("exact.mp4", sound="noise")
    target, _ = rendered(source, "exact.mp4", stems=stems_of(source))
    found, rate, begin = decoded(target)
    assert (rate, begin) == (48_000, 0.0)
    assert lag(found, at(sound("noise", 2.0), 48_000)) == 0


def test_every_sound_track_is_kept_in_order_with_its_language():
    source = clip("two.mkv", sound="noise", languages=("eng", "deu", "fra"))
    target, _ = rendered(source, "two.mp4", stems=stems_of(source))
    with av.open(str(target)) as container:
        assert [s.language for s in container.streams.audio] == ["eng", "deu", "fra"]
    noise, tone = (decoded(target, index)[0] for index in (0, 1))
    assert np.abs(np.fft.rfft(tone[:48_000, 0])).argmax() == 440
    assert np.abs(np.fft.rfft(noise[:48_000, 0])).argmax() != 440


@pytest.mark.parametrize("name", ["six.mp4", "six.mkv", "six.webm"])
def test_surround_stays_surround(name):
    source = clip("six.mp4", layout="5.1")
    target, _ = rendered(source, name, stems=stems_of(source, "tone"))
    assert probe({"source": str(target)}, print)["audio"][0]["layout"] == "5.1"


def test_the_ready_aac_is_copied_without_loss():
    source = clip("ready.mp4")
    stems = stems_of(source)
    target, _ = rendered(source, "ready.mp4", stems=stems)

    def packets(path):
        with av.open(str(path)) as container:
            return [bytes(p) for p in container.demux(container.streams.audio[0]) if p.size]

    assert packets(target) == packets(stems[0].with_suffix(".m4a"))


@pytest.mark.parametrize("name", ["louder.mp4", "louder.webm", "louder.wav", "louder.mp3"])
def test_volume_is_applied(name):
    source = clip("quiet.mp4", sound="tone")
    whole, _ = rendered(source, name, stems=stems_of(source, "tone"))
    half, _ = rendered(source, name, stems=stems_of(source, "tone"), volume=0.5)
    loud, soft = (np.std(decoded(path)[0][4800:-9600]) for path in (whole, half))
    assert soft == pytest.approx(loud / 2, rel=0.02)


@pytest.mark.parametrize("name", ["music.mp4", "music.mkv", "music.webm", "music.m4a"])
def test_music_under_speech_comes_out_at_its_loudness(name):
    source = clip("talk.mp4", sound="mix", seconds=12.0)
    target, result = rendered(
        source, name, stems=stems_of(source, "speech"), music=choose("calm", "a").path
    )
    loudness, peak = judged(target)
    assert -16 <= loudness <= -14
    assert peak <= -1.0
    assert result["loudness"] == pytest.approx(loudness, abs=0.3)
    assert result["duration"] == pytest.approx(12.0, abs=0.05)


def test_music_goes_under_every_track():
    source = clip("both.mp4", languages=("eng", "deu"), seconds=4.0)
    stems = stems_of(source, "speech")
    target, _ = rendered(source, "both.mp4", stems=stems, music=choose("happy", "a").path)
    for index in range(2):
        assert judged(target, index)[0] == pytest.approx(-15, abs=1)


def test_a_mute_video_can_be_given_music():
    source = clip("mute.mp4", audio=None, seconds=4.0)
    target, _ = rendered(source, "mute.mp4", music=choose("happy", "a").path)
    assert judged(target)[0] == pytest.approx(-15, abs=1)


def test_without_speech_the_original_sound_is_copied():
    source = clip("plain.mp4", sound="noise")
    target, _ = rendered(source, "plain.mp4")
    np.testing.assert_array_equal(decoded(target)[0], decoded(source)[0])


@pytest.mark.parametrize(
    ("source", "name", "codec"),
    [
        ("h264.mp4", "a.webm", "vp9"),
        ("old.avi", "a.mp4", "h264"),
        ("vp8.webm", "a.mp4", "h264"),
    ],
)
def test_pictures_are_encoded_anew_where_the_container_cannot_hold_them(source, name, codec):
    encoder = {"old.avi": "msmpeg4", "vp8.webm": "libvpx"}.get(source, "default")
    turned = name == "a.webm"
    source = clip(source, video=encoder, size=(96, 64), rotation=90 if turned else 0)
    target, result = rendered(source, name, stems=stems_of(source))
    assert not result["copied_video"]
    assert streams_of(target)[0] == ("video", codec)
    assert len(pictures_of(target)[0]) == pytest.approx(len(pictures_of(source)[0]), abs=1)
    facts = pictures_of(target)[1]
    # What is turned when shown is encoded upright.
    assert (facts["size"], facts["rotation"]) == ((64, 96) if turned else (96, 64), 0)


@pytest.mark.parametrize("source", ["a.mp3", "a.wav", "a.m4a", "a.aac"])
@pytest.mark.parametrize("suffix", ["m4a", "wav", "mp3"])
def test_a_file_of_sound_alone_becomes_another(source, suffix):
    source = clip(source, sound="noise")
    target, result = rendered(source, f"sound.{suffix}", stems=stems_of(source))
    found, rate, _ = decoded(target)
    wanted, old_rate, _ = decoded(source)
    assert result["duration"] == pytest.approx(2.0, abs=0.06)
    assert lag(found, np.concatenate(list(resample([wanted], old_rate, rate, 2)))) == 0


def test_sound_can_be_taken_out_of_a_video():
    source = clip("film.mp4", languages=("eng", "deu"))
    target, result = rendered(source, "sound.wav", stems=stems_of(source))
    assert streams_of(target) == [("audio", "pcm_s16le")]
    (note,) = result["notes"]
    assert note == "Left out, because such a file cannot hold it: more than one sound track."


def cut_within_pictures(seconds):
    """An MP4 whose edit list hides the first pictures, as phones cut videos."""
    whole, path = clip("whole.mp4", seconds=3.0, audio=None), place("cut.mp4")
    with av.open(str(whole)) as old, av.open(str(path), "w", format="mp4") as new:
        copy = new.add_stream_from_template(old.streams.video[0], opaque=True)
        for packet in old.demux(old.streams.video[0]):
            if packet.size:
                packet.pts -= round(seconds / packet.time_base)
                packet.dts -= round(seconds / packet.time_base)
                packet.stream = copy
                new.mux_one(packet)
    return path


@pytest.mark.parametrize(("name", "copied"), [("cut.mp4", True), ("cut.mkv", False)])
def test_pictures_that_an_edit_list_hides_stay_hidden(name, copied):
    source = cut_within_pictures(0.5)
    target, result = rendered(source, name)
    assert result["copied_video"] is copied
    shown = []
    for path in (source, target):
        with av.open(str(path)) as container:
            shown.append([float(f.pts * f.time_base) for f in container.decode(video=0)])
    assert len(shown[0]) == 75
    np.testing.assert_allclose(*shown, atol=1.1e-3)


def with_subtitles(name, codec):
    """A video with a subtitle, a title, a chapter and a font."""
    source, path = clip("film.mp4"), place(name)
    with av.open(str(source)) as old, av.open(str(path), "w", format="matroska") as new:
        new.metadata["title"] = "Holiday"
        copies = {s.index: new.add_stream_from_template(s, opaque=True) for s in old.streams}
        words = new.add_mux_stream(codec)
        words.time_base = Fraction(1, 1000)
        words.metadata["language"] = "eng"
        new.add_attachment("font.ttf", "font/ttf", b"no font at all")
        new.set_chapters([{"id": 1, "start": 0, "end": 1000, "time_base": Fraction(1, 1000),
                           "metadata": {"title": "Beach"}}])  # fmt: skip
        for packet in old.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                new.mux_one(packet)
        packet = av.Packet(b"Hello")
        packet.stream, packet.pts, packet.dts, packet.duration = words, 500, 500, 1000
        packet.time_base = Fraction(1, 1000)
        new.mux_one(packet)
    return path


def test_subtitles_chapters_fonts_and_titles_stay_where_they_can():
    source = with_subtitles("film.mkv", "subrip")
    target, result = rendered(source, "film.mkv", stems=stems_of(source))
    assert result["notes"] == []
    with av.open(str(target)) as container:
        assert [stream.language for stream in container.streams.subtitles] == ["eng"]
        assert container.streams.attachments[0].data == b"no font at all"
        assert container.chapters()[0]["metadata"] == {"title": "Beach"}
        assert container.metadata["title"] == "Holiday"
        words = next(p for p in container.demux(container.streams.subtitles[0]) if p.size)
        assert (bytes(words), words.duration) == (b"Hello", 1000)


def test_cover_art_stays():
    source, path = clip("film.mp4"), place("covered.mp4")
    picture = place("cover.png")
    Image.new("RGB", (64, 64), (40, 40, 200)).save(picture)
    with av.open(str(source)) as old, av.open(str(path), "w", format="mp4") as new:
        copies = {s.index: new.add_stream_from_template(s, opaque=True) for s in old.streams}
        with av.open(str(picture)) as image:
            cover = new.add_stream_from_template(image.streams.video[0], opaque=True)
            cover.disposition = Disposition.attached_pic
            (art,) = (p for p in image.demux() if p.size)
        for packet in old.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                new.mux_one(packet)
        art.stream = cover
        new.mux_one(art)
    target, result = rendered(path, "film.mp4", volume=0.5)
    assert (result["copied_video"], result["notes"]) == (True, [])
    with av.open(str(target)) as container:
        (art,) = [s for s in container.streams.video if Disposition.attached_pic in s.disposition]
        frame = next(f for p in container.demux(art) for f in p.decode())
    assert tuple(frame.to_ndarray(format="rgb24")[32, 32]) == (40, 40, 200)


def test_what_a_container_cannot_hold_is_told():
    source = with_subtitles("film.mkv", "subrip")
    _, result = rendered(source, "film.mp4", stems=stems_of(source))
    assert result["notes"] == [
        "Left out, because such a file cannot hold it: subtitles, attachments."
    ]


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.m4a"])
def test_players_can_start_before_the_whole_is_there(name):
    source = clip("film.mp4")
    data = rendered(source, name, stems=stems_of(source))[0].read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_truncated_source_is_rendered_as_far_as_it_goes():
    source = truncated(clip("cut.mkv", seconds=4.0))
    target, result = rendered(source, "cut.mp4")
    assert 1.0 < result["duration"] < 3.0
    assert result["copied_video"]
    assert decoded(target)[0].any()


def test_progress_goes_from_nothing_to_the_end():
    source = clip("film.mp4")
    seen = []
    render(job(source, place("film.mp4"), stems=stems_of(source)), seen.append)
    assert seen[0] < 0.1
    assert seen[-1] > 0.9


def test_the_source_is_never_touched():
    source = place("film.mp4")
    shutil.copy(clip("film.mp4"), source)
    before = source.stat().st_mtime_ns, source.read_bytes()
    stems = stems_of(source)
    assert refused(source, source, stems=stems).code == "not_writable"
    link = place("link.mp4")
    link.symlink_to(source)
    assert refused(source, link, stems=stems).code == "not_writable"
    rendered(source, "other.mp4", stems=stems)
    assert (source.stat().st_mtime_ns, source.read_bytes()) == before


def test_a_folder_that_does_not_exist_is_refused():
    assert refused(clip(), place("x").parent / "none" / "a.mp4").code == "not_writable"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="only Linux has a folder for it")
def test_a_folder_that_may_not_be_written_is_refused():
    # Not even root may write here, and CI is root.
    assert refused(clip(), Path("/proc/self/a.mp4")).code == "not_writable"


@pytest.mark.parametrize("name", ["full.mp4", "full.mkv", "full.wav"])
def test_a_full_disk_is_told_and_leaves_nothing(name):
    source, target = clip("film.mp4"), place(name)
    script = f"""
import resource, sys
from cogwidgets.engine.media.render import render
from cogwidgets.engine.media.errors import MediaError
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, resource.RLIM_INFINITY))
try:
    render({job(source, target)!r}, lambda _: None)
except MediaError as error:
    sys.exit(error.code)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "disk_full"
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("damage", ["end missing", "bytes changed"])
def test_a_damaged_file_is_found(damage):
    path = place("film.mp4")
    whole = clip("film.mp4").read_bytes()
    path.write_bytes(whole)
    with av.open(str(path)) as container:
        written = check._read(container, list(container.streams))
    for stream in written:
        stream.copied = True
    check.check(path, "mp4", written)
    middle = whole.index(b"mdat") + 40
    zeros = bytes(len(whole) // 3)
    changed = whole[:middle] + zeros + whole[middle + len(zeros) :]
    path.write_bytes(whole[: -len(whole) // 3] if damage == "end missing" else changed)
    with pytest.raises((check.Defect, MediaError, av.FFmpegError)):
        check.check(path, "mp4", written)


def test_a_source_that_cannot_be_read_is_refused():
    request = job(clip(), place("a.mp4"))
    request["media"] = {"/media/1/source": str(text("a.mp4"))}
    with pytest.raises(MediaError) as caught:
        render(request, lambda _: None)
    assert caught.value.code == "unreadable"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.clear(), "without a clip"),
        (lambda t: t[0]["sg"][0].update(d=0), "without a clip"),
        (lambda t: t[0]["sg"][0]["m"].update(speed="fast"), "makes no sense"),
        (lambda t: t[0]["sg"][0]["m"].pop("source"), "makes no sense"),
        (lambda t: t[0].update(sg=3), "makes no sense"),
    ],
)
def test_what_cannot_be_rendered_is_named(change, words):
    request = job(clip(), place("a.mp4"))
    change(request["draft"]["t"])
    with pytest.raises(MediaError, match=words) as caught:
        render(request, lambda _: None)
    assert caught.value.code == "unsupported"


def test_unknown_tracks_and_keys_are_passed_over():
    request = job(clip(), place("a.mp4"))
    request["draft"]["t"].append({"tt": 42, "sg": [{"d": 1000, "m": {"sparkle": [1, 2]}}]})
    request["draft"]["t"][0]["sg"][0]["m"]["colour"] = {"of": "magic"}
    assert render(request, lambda _: None)["copied_video"]


def test_a_draft_without_the_speech_of_every_track_is_refused():
    source = clip("two.mp4", languages=("eng", "deu"))
    assert refused(source, place("a.mp4"), stems=stems_of(source)[:1]).code == "unreadable"


def test_square_pixels_take_the_place_of_a_shape_that_webm_cannot_say():
    source = clip("wide.mp4", sample_aspect=Fraction(4, 3))
    target, result = rendered(source, "wide.webm")
    assert (result["width"], result["height"]) == (256, 108)
    assert pictures_of(target)[1]["size"] == (256, 108)


def test_an_unknown_format_is_refused():
    assert refused(clip(), place("a.flv"), output="flv").code == "unsupported"
