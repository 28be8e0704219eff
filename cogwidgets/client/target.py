"""Target: the file that an export makes, ours alone until it is checked and gets its name."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import IO, Self

from cogwidgets.api import CallerError, CogError, FileProblem, StreamBroken

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["CONTAINERS", "Part", "check_target"]

# How a file of each container begins.
_ISO = re.compile(rb".{4}(?:ftyp|moov|mdat|wide|free|skip)", re.DOTALL)  # ISO/IEC 14496-12
_EBML = re.compile(rb"\x1a\x45\xdf\xa3")  # RFC 8794
_RIFF = re.compile(rb"RIFF....WAVE", re.DOTALL)
_BEGINS = {
    "mp4": _ISO,
    "mov": _ISO,
    "mkv": _EBML,
    "webm": _EBML,
    "gif": re.compile(rb"GIF8[79]a"),
    "m4a": _ISO,
    "mp3": re.compile(rb"ID3|\xff[\xe0-\xff]"),
    "wav": _RIFF,
}
CONTAINERS = tuple(_BEGINS)
_HEAD = 12  # bytes
_UNKNOWN_SIZE = (0, 0xFFFFFFFF)  # of a RIFF that was written as it came


def check_target(path: Path) -> Path:
    """Return the absolute path of an output, having made sure that it can be written.

    Raises `CallerError` for a container we do not write, `FileProblem` for a folder that is not
    there or cannot be written.
    """
    target = path.expanduser().absolute()
    suffix = target.suffix.lower().removeprefix(".")
    if suffix not in CONTAINERS:
        raise CallerError(
            f"{target.name} does not say which container to write.",
            hint=f"End its name with one of {', '.join('.' + c for c in CONTAINERS)}.",
        )
    folder = target.parent
    if not folder.is_dir():
        raise FileProblem(f"The folder {folder} is not there.", hint="Make it, or name another.")
    if target.is_dir():
        raise FileProblem(f"{target} is a folder.", hint="Name a file to write.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            target.exists()  # a name that is too long for the disk is found here
    except OSError as error:
        raise FileProblem(
            f"{target} cannot be written ({error.strerror}).", hint="Name another file."
        ) from None
    return target


class Part:
    """What has come of a result, beside its target, locked against other programs while open.

    Raises `CallerError` where another program is writing it, `FileProblem` where it cannot be
    written.
    """

    def __init__(self, target: Path, render_id: str) -> None:
        self.target = target
        self.path = self.path_of(target, render_id)
        try:
            self.file: IO[bytes] = self.path.open("a+b")
        except OSError as error:
            raise disk_problem(error, target) from None
        if not _locked(self.file):
            self.file.close()
            raise CallerError(
                f"{target.name} is being exported already.", hint="Wait until that is done."
            )

    @staticmethod
    def path_of(target: Path, render_id: str) -> Path:
        """Return where the part of a target is kept."""
        return target.with_name(f".{render_id}.part")

    @classmethod
    def busy(cls, target: Path, render_id: str) -> bool:
        """Tell whether some program is writing it just now."""
        try:
            with cls.path_of(target, render_id).open("rb") as file:
                return not _locked(file)
        except OSError:
            return False

    def publish(self) -> int:
        """Check the part and give it the target's name; return its bytes.

        Raises `StreamBroken` for what is not the file that the name says, or not all of it.
        """
        self.file.seek(0)
        size = os.fstat(self.file.fileno()).st_size
        head = self.file.read(_HEAD)
        begins = _BEGINS[self.target.suffix.lower().removeprefix(".")]
        if not begins.match(head):
            said = "The result is empty." if not head else f"What came is not {self.target.name}."
            raise StreamBroken(said, hint="Look at client.calls[-1], and export again.")
        if not _is_whole(self.file, begins, size):
            raise StreamBroken(f"{self.target.name} did not come whole.", hint="Export again.")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self.path.replace(self.target)
        return size

    def drop(self) -> None:
        """Take the part away."""
        self.file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _is_whole(file: IO[bytes], kind: re.Pattern[bytes], size: int) -> bool:
    """Tell whether a file ends where its outermost structure says."""
    if kind is _RIFF:
        file.seek(4)
        said = int.from_bytes(file.read(4), "little")
        return said in _UNKNOWN_SIZE or 8 + said + said % 2 >= size >= 8 + said
    at = 0
    while kind is _ISO and at < size:
        file.seek(at)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:  # ISO/IEC 14496-12, 4.2: the length is a large one
            length = int.from_bytes(header[8:16], "big")
        if length == 0:  # to the file's end
            return True
        at += max(length, 8)
    return kind is not _ISO or at == size


def disk_problem(error: OSError, target: Path) -> CogError:
    """Return what to say of a file that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CogError(
            f"The disk is full, so {target.name} was not written.",
            hint="Free some space and export again: the finished render is kept.",
        )
    return FileProblem(f"{target} cannot be written ({error.strerror}).")


def _locked(file: IO[bytes]) -> bool:
    """Lock a file until it is closed; tell whether nobody else had."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
