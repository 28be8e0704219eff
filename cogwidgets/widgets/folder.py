"""Folder: what the kernel's folders hold, and what a media file is at a glance."""

from __future__ import annotations

import base64
import contextlib
import os
from fractions import Fraction
from pathlib import Path
from typing import Any, TypedDict

from cogwidgets.client.sources import MAX_UPLOAD, SUPPORTED

__all__ = ["Entry", "Glance", "Listing", "glance", "kind_of", "listing"]

MOST = 2000  # entries of one folder that are shown
_THUMB = 128  # pixels, the longer side

_SOUNDS = frozenset({"mp3", "wav", "m4a", "aac"})
_IMAGES = frozenset({"jpg", "jpeg", "png", "gif", "webp"})


class Entry(TypedDict):
    """One line of a folder; ``why`` says why a file cannot be taken, empty where it can."""

    name: str
    path: str
    kind: str  # "folder", "video", "audio", "image"
    size: int
    why: str


class Listing(TypedDict):
    """A folder: its way from the root, its lines, and how many there are in all."""

    path: str
    crumbs: list[tuple[str, str]]
    entries: list[Entry]
    count: int


class Glance(TypedDict, total=False):
    """What can be seen of a file at once: seconds, and a small JPEG as a data URL."""

    duration: float
    thumb: str


def kind_of(name: str) -> str:
    """Return what a file's name says it is: "video", "audio", "image", or nothing.

    >>> kind_of("a.MOV"), kind_of("a.mp3"), kind_of("a.txt")
    ('video', 'audio', '')
    """
    ending = Path(name).suffix.lower().removeprefix(".")
    if ending not in SUPPORTED:
        return ""
    return "audio" if ending in _SOUNDS else "image" if ending in _IMAGES else "video"


def listing(folder: Path) -> Listing:
    """List a folder: its folders, then the media in it, by name; hidden ones are left out.

    Raises `OSError` where it cannot be read.
    """
    folder = folder.expanduser().absolute()
    folders: list[Entry] = []
    files: list[Entry] = []
    with os.scandir(folder) as found:
        for one in found:
            if one.name.startswith("."):
                continue
            with contextlib.suppress(OSError):  # a broken link, or gone meanwhile
                if one.is_dir():
                    folders.append(_entry(one, "folder", 0, ""))
                elif kind := kind_of(one.name):
                    size = one.stat().st_size
                    files.append(_entry(one, kind, size, _why(size)))
    entries = [
        entry
        for part in (folders, files)
        for entry in sorted(part, key=lambda e: e["name"].casefold())
    ]
    home = Path.home()
    crumbs = [(parent.name or parent.anchor, str(parent)) for parent in [*folder.parents][::-1]]
    crumbs.append((folder.name or folder.anchor, str(folder)))
    crumbs = [("Home" if path == str(home) else name, path) for name, path in crumbs]
    return Listing(path=str(folder), crumbs=crumbs, entries=entries[:MOST], count=len(entries))


def _entry(one: os.DirEntry[str], kind: str, size: int, why: str) -> Entry:
    return Entry(name=one.name, path=one.path, kind=kind, size=size, why=why)


def _why(size: int) -> str:
    if size == 0:
        return "empty"
    return f"over {MAX_UPLOAD // 1_000_000} MB" if size > MAX_UPLOAD else ""


def glance(path: Path) -> Glance:
    """Look at a media file: its length, and its picture a tenth of the way in.

    What cannot be seen is left out; nothing is raised.
    """
    import av

    seen = Glance()
    with contextlib.suppress(Exception), av.open(str(path)) as container:  # any file may be here
        if container.duration and kind_of(path.name) != "image":
            seen["duration"] = container.duration / 1e6
        if container.streams.video:
            seen["thumb"] = _thumb(container)
    return seen


def _thumb(container: Any) -> str:
    import av
    import numpy as np

    stream = container.streams.video[0]
    stream.codec_context.skip_frame = "NONKEY"  # one picture, and quickly
    if container.duration:
        with contextlib.suppress(av.FFmpegError):
            container.seek(container.duration // 10)
    frame = next(container.decode(stream))
    scale = _THUMB / max(frame.width, frame.height)
    width, height = (max(2, round(scale * side / 2) * 2) for side in (frame.width, frame.height))
    pixels = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    upright = np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))
    small = av.VideoFrame.from_ndarray(upright, "rgb24").reformat(format="yuvj420p")
    jpeg: Any = av.CodecContext.create("mjpeg", "w")
    jpeg.width, jpeg.height, jpeg.pix_fmt = small.width, small.height, "yuvj420p"
    jpeg.time_base = Fraction(1, 25)
    data = b"".join(bytes(packet) for part in (small, None) for packet in jpeg.encode(part))
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()
