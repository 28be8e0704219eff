"""Sources: what can be uploaded, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from cogwidgets.api import CallerError, FileProblem, FileTooLarge, UnsupportedFile
from cogwidgets.client.router import named_files

__all__ = ["MAX_UPLOAD", "SUPPORTED", "Source", "check_source", "resolve"]

# contract.md, "Uploads"
SUPPORTED = frozenset(
    "mp4 mov avi webm mkv jpg jpeg png gif webp mp3 wav m4a aac".split()  # noqa: SIM905 - reads best
)
MAX_UPLOAD = 500_000_000

Source = str | Path


def check_source(path: Path) -> Path:
    """Return the path of a file that can be uploaded, checked before anything is sent.

    Raises `FileProblem` where it is not there, is empty or cannot be read, `UnsupportedFile` and
    `FileTooLarge` by the contract's limits.
    """
    source = path.expanduser()
    if not source.exists():
        raise FileProblem(f"{path} is not there.", hint="Check the path.")
    if source.is_dir():
        raise FileProblem(f"{path} is a folder.", hint="Name the file in it.")
    if source.suffix.lower().removeprefix(".") not in SUPPORTED:
        raise UnsupportedFile(f"{path} is not a type that can be edited.", code=4001)
    if not source.is_file():
        raise FileProblem(f"{path} is not a file.", hint="Copy what it holds into one.")
    try:
        with source.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise FileProblem(f"{path} cannot be read ({error.strerror}).") from None
    size = source.stat().st_size
    if size == 0:
        raise FileProblem(f"{path} is empty.", hint="Copy or download it again.")
    if size > MAX_UPLOAD:
        raise FileTooLarge(f"{path} has {size / 1e6:.0f} MB.", code=4002)
    return source


def resolve(sources: Iterable[Source | Iterable[Source]]) -> tuple[list[Path], list[str]]:
    """Sort what was given into files and URLs; a folder gives its media, a glob its matches."""
    paths: list[Path] = []
    urls: list[str] = []
    for source in sources:
        if not isinstance(source, str | Path):
            more, others = resolve(source)
            paths += more
            urls += others
        elif isinstance(source, str) and urlsplit(source).scheme in ("http", "https"):
            urls.append(source)
        elif isinstance(source, str) and urlsplit(source).scheme == "file":
            paths.append(Path(url2pathname(urlsplit(source).path)))  # no business of the service's
        else:
            paths += _expand(Path(source).expanduser())
    if not paths and not urls:
        raise CallerError("There is nothing to upload.", hint="Give a path, a folder or a URL.")
    return paths, urls


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.suffix.lower().removeprefix(".") in SUPPORTED)
    elif not path.exists() and any(c in path.name for c in "*?["):
        found = sorted(path.parent.glob(path.name))
    else:
        return [path]
    if not found:
        raise FileProblem(f"{path} holds no media.", hint="Check the path.")
    return found


def sources_in(text: str) -> list[Source]:
    """Find what a sentence names to be uploaded: URLs, and files that exist.

    >>> sources_in("upload https://example.org/a.mp4 please")
    ['https://example.org/a.mp4']
    """
    found: list[Source] = []
    for named in [text.strip()] if _is_file(text.strip()) else named_files(text):
        if urlsplit(named).scheme in ("http", "https"):
            found.append(named)
        elif _is_file(named):
            found.append(Path(named))
    return list(dict.fromkeys(found))


def _is_file(name: str) -> bool:
    try:
        return Path(name).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):
        return False  # too long, of nobody's home, or with a NUL in it
