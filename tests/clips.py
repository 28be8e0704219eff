"""Media for tests, made with PyAV in a moment and kept until the test session ends.

    from clips import clip, truncated
    path = clip("vlog.mp4", seconds=3, sound="mix", languages=("eng", "deu"))

The same arguments give the same file: copy it before changing it.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

MEDIA = Path(__file__).parent / "media"
RATE = 44_100

_FOLDER = Path(tempfile.mkdtemp(prefix="cogwidgets-clips-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
_numbers = itertools.count()

_MUXERS = {"mkv": "matroska", "m4a": "ipod", "aac": "adts", "ts": "mpegts"}
_FORMATS = {"libopus": "flt", "pcm_s16le": "s16", "flac": "s16"}
_CODECS = {
    "mp4": ("libx264", "aac"),
    "mov": ("libx264", "aac"),
    "mkv": ("libx264", "aac"),
    "webm": ("libvpx-vp9", "libopus"),
    "avi": ("mpeg4", "libmp3lame"),
    "mp3": (None, "libmp3lame"),
    "wav": (None, "pcm_s16le"),
    "m4a": (None, "aac"),
    "aac": (None, "aac"),
}


def place(name):
    """A path in a folder of its own, where nothing is yet."""
    folder = _FOLDER / str(next(_numbers))
    folder.mkdir()
    return folder / name


@functools.cache
def stem(kind):
    """The shipped "speech" or "music" at 44.1 kHz: (samples, 2)."""
    with av.open(str(MEDIA / f"vlog.{kind}.flac")) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].channels
    samples = np.concatenate(frames, axis=1).reshape(-1, channels) / 32768
    return np.broadcast_to(samples, (len(samples), 2)).astype(np.float32)


def sound(kind, seconds, channels=2):
    """Sound of a kind at 44.1 kHz, (samples, channels): tone, noise, silence, speech, music, mix,
    pauses.

    "mix" is speech with music 3 dB below it, as in the shipped sample.
    """
    samples = round(seconds * RATE)
    if kind in {"speech", "music", "mix"}:
        parts = ("speech", "music") if kind == "mix" else (kind,)
        whole = sum(stem(part)[: min(len(stem(p)) for p in ("speech", "music"))] for part in parts)
        pair = np.tile(whole, (samples // len(whole) + 1, 1))[:samples]
    elif kind == "pauses":
        # Two seconds of speech, two of nothing but faint noise, and so on
        spoken = (np.arange(samples) // (2 * RATE)) % 2 == 0
        noise = np.random.default_rng(0).normal(0, 0.002, (samples, 2))
        pair = sound("speech", seconds) * spoken[:, None] + noise
    elif kind == "noise":
        pair = np.random.default_rng(0).normal(0, 0.1, (samples, 2))
    elif kind == "tone":
        time = np.arange(samples) / RATE
        pair = 0.2 * np.sin(2 * np.pi * np.outer(time, (440, 660)))
    else:
        pair = np.zeros((samples, 2))
    return np.tile(pair, (1, (channels + 1) // 2))[:, :channels].astype(np.float32)


def write_sound(path, samples, rate=RATE, codec="pcm_s16le", layout=None):
    """Write (samples, channels) to a file of sound alone."""
    layout = layout or {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[1]]
    with av.open(str(path), "w", format=_muxer(path)) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        for packet in _encode_sound(stream, samples, rate, layout, 0):
            container.mux(packet)
    return path


@functools.cache
def clip(
    name="clip.mp4",
    *,
    seconds=2.0,
    sound="tone",
    video="default",
    audio="default",
    size=(192, 108),
    times="constant",
    rotation=0,
    sample_aspect=None,
    layout="stereo",
    languages=("eng",),
    silent_channels=(),
    video_start=0.0,
    audio_start=0.0,
):
    """A video or a file of sound, in the container that the name says.

    `times` is "constant" (30 a second) or "variable"; `video` and `audio` name encoders, None
    leaves the stream out; each of `languages` makes a sound track, the first with `sound`, the
    others with a tone, so that they can be told apart.
    """
    path = place(name)
    suffix = path.suffix.lstrip(".")
    video = _CODECS[suffix][0] if video == "default" else video
    audio = _CODECS[suffix][1] if audio == "default" else audio
    with av.open(str(path), "w", format=_muxer(path)) as container:
        container.metadata["title"] = "A clip"
        packets = []
        if video:
            packets += _pictures(
                container,
                video,
                seconds=seconds,
                size=size,
                times=times,
                rotation=rotation,
                sample_aspect=sample_aspect,
                start=video_start,
            )
        for number, language in enumerate(languages if audio else ()):
            rate = 48_000 if audio == "libopus" else RATE
            stream = container.add_stream(audio, rate=rate, layout=layout)
            stream.metadata["language"] = language
            samples = globals()["sound"](
                sound if number == 0 else "tone", seconds, stream.layout.nb_channels
            )
            samples = np.array(samples)
            samples[:, list(silent_channels)] = 0
            if rate != RATE:
                samples = _resampled(samples, rate)
            packets += _encode_sound(stream, samples, rate, layout, round(audio_start * rate))
        container.start_encoding()
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return path


def truncated(path, share=0.5):
    """The first part of a file."""
    data = path.read_bytes()
    cut = place(f"cut{path.suffix}")
    cut.write_bytes(data[: round(len(data) * share)])
    return cut


def text(name="notes.mp4"):
    """A text file under a media file's name."""
    path = place(name)
    path.write_text("Shopping list: bread, butter, cheese.\n" * 50, encoding="utf-8")
    return path


def empty(name="empty.mp4"):
    """A file of no bytes."""
    path = place(name)
    path.touch()
    return path


def picture(name="picture.png"):
    """A still image."""
    path = place(name)
    codec, kind = {"png": ("png", "rgb24"), "jpg": ("mjpeg", "yuvj420p")}[path.suffix[1:]]
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream(codec, rate=1, width=64, height=48, pix_fmt=kind)
        stream.color_range = 2
        frame = VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        container.mux([*stream.encode(frame.reformat(format=kind)), *stream.encode(None)])
    return path


def decoded(path, index=0):
    """The sound of a file as any player hears it: (samples, channels), rate, time of the first."""
    pieces = []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[index]):
            samples = frame.to_ndarray()
            if not frame.format.is_planar:
                samples = samples.reshape(-1, frame.layout.nb_channels).T
            scale = {"s16": 32768, "s32": 2147483648}.get(frame.format.name.rstrip("p"), 1)
            if not pieces:
                rate, start = frame.sample_rate, float(frame.pts * frame.time_base)
            pieces.append(samples / scale)
    return np.concatenate(pieces, axis=1).T.astype(np.float32), rate, start


def pictures_of(path):
    """The video packets of a file: (time in seconds, bytes), and its stream's facts."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        facts = {
            "size": (stream.width, stream.height),
            "sample_aspect": stream.sample_aspect_ratio,
            "rotation": frame.rotation,
            "colour": (stream.color_range, stream.color_primaries, stream.color_trc),
        }
        container.seek(0)
        packets = [
            (float(packet.pts * packet.time_base), bytes(packet))
            for packet in container.demux(stream)
            if packet.size
        ]
    return packets, facts


def lag(found, wanted):
    """By how many samples `found` comes after `wanted`: where their correlation is highest."""
    length = 1 << (len(found) + len(wanted)).bit_length()
    spectrum = np.fft.rfft(found[:, 0], length) * np.conj(np.fft.rfft(wanted[:, 0], length))
    best = int(np.argmax(np.fft.irfft(spectrum, length)))
    return best if best < length // 2 else best - length


def judged(path, index=0):
    """Loudness in LUFS and true peak in dBTP of a file's sound, as FFmpeg's ebur128 hears it."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[index]
        graph = av.filter.Graph()
        source = graph.add_abuffer(template=stream)
        meter = graph.add("ebur128", "peak=true:metadata=1")
        graph.link_nodes(source, meter, graph.add("abuffersink")).configure()
        heard = {}
        for frame in itertools.chain(container.decode(stream), [None]):
            graph.push(frame)
            while True:
                try:
                    heard |= graph.pull().metadata
                except (av.error.BlockingIOError, av.error.EOFError):
                    break
    peak = float(heard["lavfi.r128.true_peak"])
    return float(heard["lavfi.r128.I"]), 20 * np.log10(max(peak, 1e-9))


def _muxer(path):
    suffix = path.suffix.lstrip(".")
    return _MUXERS.get(suffix, suffix)


def _resampled(samples, rate):
    import soxr

    return soxr.resample(samples, RATE, rate)


def _encode_sound(stream, samples, rate, layout, at):
    kind = _FORMATS.get(stream.codec_context.name, "fltp")
    stream.format = kind
    packets = []
    for begin in range(0, len(samples), rate):
        block = samples[begin : begin + rate]
        if kind == "s16":
            block = np.clip(np.rint(block * 32768), -32768, 32767).astype(np.int16)
        block = block.T if kind == "fltp" else block.reshape(1, -1)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), format=kind, layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at + begin
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def _pictures(container, codec, *, seconds, size, times, rotation, sample_aspect, start):
    base = Fraction(1, 15360) if codec != "mpeg4" else Fraction(1, 30)
    options = {"libx264": {"preset": "ultrafast", "bf": "2", "g": "30"}}.get(codec)
    stream = container.add_stream(codec, rate=30, options=options, width=size[0], height=size[1])
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = base
    stream.codec_context.color_range = 1
    stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
    if sample_aspect:
        stream.codec_context.sample_aspect_ratio = sample_aspect
    if rotation:
        stream.set_display_rotation(rotation)
    shown = [number / 30 for number in range(round(seconds * 30))]
    if times == "variable":
        # Every third picture is missing and the others come a little late.
        shown = [time + 0.004 * (number % 5) for number, time in enumerate(shown) if number % 3]
        shown[0] = 0.0
    packets = []
    for time in shown:
        rows = np.arange(size[1])[:, None] + np.arange(size[0]) + round(time * 240)
        grey = (rows % 256).astype(np.uint8)
        frame = VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, axis=2), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.time_base, frame.pts = base, round((start + time) / base)
        packets += stream.encode(frame)
    return packets + stream.encode(None)
