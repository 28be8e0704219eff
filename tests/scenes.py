"""Clips whose pictures and sound say where in the source they are, and a judge from outside.

    from scenes import frame_numbers, levels, scene, strictly_decoded
    path = scene("a.mp4", seconds=3)
    frame_numbers(path)     # [0, 1, 2, ...]: read from two grey fields of each picture
    levels(path)            # dB of each 100 ms: step k of a second is 6 + 2k dB down

Above the fields the left half is red and the right half green. The same arguments give the same
file.
"""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from clips import _encode_sound, _muxer, place

RATE = 48_000
RED, GREEN = (200, 40, 40), (40, 200, 40)
_FIRST, _SECOND_STEP, _FRAME_STEP = 40, 20, 6


def painted(number, size, fps, left=RED, right=GREEN):
    """The picture number `number`: (height, width, 3)."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2], image[:, width // 2 :] = left, right
    seconds, frames = divmod(number, round(fps))
    fields = height * 3 // 4
    image[fields:, : width // 2] = _FIRST + _SECOND_STEP * seconds
    image[fields:, width // 2 :] = _FIRST + _FRAME_STEP * frames
    return image


def stepped(seconds, channels=2, frequency=440):
    """Sound that falls by 2 dB every 100 ms, and begins anew every second: (samples, channels)."""
    time = np.arange(round(seconds * RATE)) / RATE
    step = (time * 10).astype(int) % 10
    tone = 2**0.5 * 10 ** (-(6 + 2 * step) / 20) * np.sin(2 * np.pi * frequency * time)
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32) / 2


@functools.cache
def scene(
    name="scene.mp4",
    *,
    seconds=3.0,
    size=(192, 108),
    fps=30,
    gop=30,
    video="libx264",
    audio="aac",
    options=(),
    pixels="yuv420p",
    rotation=0,
    variable=False,
    layout="stereo",
    frequency=440,
    left=RED,
    right=GREEN,
):
    """A clip of such pictures and such sound."""
    path = place(name)
    muxer = _muxer(path)
    with av.open(str(path), "w", format=muxer) as container:
        packets = []
        x264 = {"preset": "ultrafast", "bf": "2", "g": str(gop), "crf": "12"}
        chosen = {**(x264 if video == "libx264" else {}), **dict(options)}
        stream = container.add_stream(video, rate=fps, options=chosen)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        base = Fraction(1, 15360) if muxer in {"mp4", "mov"} else 1 / Fraction(fps)
        stream.codec_context.time_base = base
        if pixels != "rgb8":
            stream.codec_context.color_range = 1
            stream.codec_context.colorspace = 6
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(round(seconds * fps)):
            if variable and number % 3 == 2:
                continue
            image = painted(number, size, fps, left, right)
            frame = VideoFrame.from_ndarray(image, format="rgb24")
            frame = frame.reformat(format=pixels, dst_colorspace="ITU601")
            frame.time_base, frame.pts = base, round(number / Fraction(fps) / base)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        if audio:
            voice = container.add_stream(audio, rate=RATE, layout=layout)
            samples = stepped(seconds, voice.layout.nb_channels, frequency)
            packets += _encode_sound(voice, samples, RATE, layout, 0)
        container.start_encoding()
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return path


def shown(path):
    """Every picture of a file: (seconds, RGB array)."""
    with av.open(str(path)) as container:
        return [
            (frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)
        ]


def number_in(image, fps=30):
    """The number that a picture's fields tell."""
    height, width = image.shape[:2]
    field = image[height * 7 // 8 - 2 : height * 7 // 8 + 2].mean(axis=(0, 2))
    seconds = field[width // 8 : width * 3 // 8].mean()
    frames = field[width * 5 // 8 : width * 7 // 8].mean()
    return round(fps) * round((seconds - _FIRST) / _SECOND_STEP) + round(
        (frames - _FIRST) / _FRAME_STEP
    )


def frame_numbers(path, fps=30):
    """What every picture's fields tell."""
    return [number_in(image, fps) for _, image in shown(path)]


def colour(image, x, y):
    """The mean colour around a point, both as fractions of the picture."""
    height, width = image.shape[:2]
    row, column = round(y * height), round(x * width)
    reach = max(2, height // 40)
    part = image[max(0, row - reach) : row + reach, max(0, column - reach) : column + reach]
    return tuple(round(value) for value in part.mean(axis=(0, 1)))


def near(found, wanted, by=12):
    """Whether two colours are the same, but for encoding."""
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def levels(samples, step=RATE // 10):
    """The level in dB of each 100 ms, of the first channel."""
    whole = len(samples) // step * step
    squares = np.square(samples[:whole, 0].astype(np.float64)).reshape(-1, step).mean(axis=1)
    return 10 * np.log10(squares + 1e-12)


def ffmpeg(*arguments, tool="ffmpeg"):
    """Run Debian's ffmpeg or ffprobe, the judge from outside."""
    if shutil.which(tool) is None:
        pytest.skip(f"No {tool} here to judge our files: install it (Debian: ffmpeg).")
    return subprocess.run(
        [tool, "-v", "error", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def strictly_decoded(path):
    """Let ffmpeg decode all of a file and complain of nothing; return the pictures it counted."""
    done = ffmpeg("-xerror", "-err_detect", "+crccheck+bitstream+buffer+explode",
                  "-i", path, "-f", "null", "-")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    told = ffmpeg("-count_frames", "-show_streams", "-of", "json", path, tool="ffprobe")
    assert (told.returncode, told.stderr) == (0, ""), told.stderr
    streams = json.loads(told.stdout)["streams"]
    return {stream["codec_type"]: stream for stream in streams}
