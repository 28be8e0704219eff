"""Settings: the environment, the folders, and who we say we are.

Every value is read when it is asked for, never at import, so a notebook may set the environment in
its first cell.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import platformdirs

__all__ = [
    "Attribution",
    "api_url",
    "attribution",
    "client_id",
    "config",
    "dask",
    "dask_files",
    "home",
    "new_client_id",
    "token",
    "web_url",
    "write_private",
]

CLOUD_URL = "https://mega-api-prod.nemovideo.ai"
WEB_URL = "https://nemovideo.com"


class Attribution(NamedTuple):
    """Who calls: sent with every request (contract.md, "Headers on every request")."""

    source: str
    version: str
    platform: str

    def headers(self) -> dict[str, str]:
        """Return the three headers.

        >>> sorted(Attribution("music-cog-free", "1.0.0", "unknown").headers())
        ['X-Skill-Platform', 'X-Skill-Source', 'X-Skill-Version']
        """
        return {
            "X-Skill-Source": self.source,
            "X-Skill-Version": self.version,
            "X-Skill-Platform": self.platform,
        }


def home() -> Path:
    """Return the folder where the engine keeps sessions, media and renders.

    ``COG_HOME`` names it; without that it is the system's folder for a program's data.

    >>> home().is_absolute()
    True
    """
    named = _named("COG_HOME")
    return (
        Path(named).expanduser().resolve() if named else platformdirs.user_data_path("cogwidgets")
    )


def dask() -> str | None:
    """Return the address of the Dask scheduler that does the engine's work, ``COG_DASK``."""
    return _named("COG_DASK") or None


def dask_files() -> str | None:
    """Return the storage through which files reach its workers, ``COG_DASK_FILES``.

    A URL as fsspec spells it; None when they see the engine's folder under the same path.
    """
    return _named("COG_DASK_FILES") or None


def config() -> Path:
    """Return the folder of the client id and the anonymous tokens, ``~/.config/nemovideo``."""
    return Path.home() / ".config" / "nemovideo"


def token() -> str | None:
    """Return the user's own bearer token, ``NEMO_TOKEN``, if there is one."""
    return _named("NEMO_TOKEN") or None


def api_url() -> str | None:
    """Return the service's base URL where the environment names one, ``NEMO_API_URL``."""
    return _named("NEMO_API_URL") or None


def web_url() -> str:
    """Return the web front end, ``NEMO_WEB_URL``, for claim and registration links.

    >>> web_url().startswith("http")
    True
    """
    return (_named("NEMO_WEB_URL") or WEB_URL).rstrip("/")


def client_id() -> str:
    """Return this installation's client identifier, made once and kept.

    ``NEMO_CLIENT_ID`` wins; otherwise a UUID in ``~/.config/nemovideo/client_id``, which only its
    owner may read (contract.md, "Environment"). Where the folder cannot be written the identifier
    lasts as long as the process.
    """
    named = _named("NEMO_CLIENT_ID")
    if named:
        return named
    try:
        kept = (config() / "client_id").read_text(encoding="ascii")
        return str(uuid.UUID(kept.strip()))
    except (OSError, ValueError):
        return new_client_id(_THIS_PROCESS)


def new_client_id(value: str | None = None) -> str:
    """Make a new client identifier and keep it."""
    made = value or str(uuid.uuid4())
    write_private(config() / "client_id", made + "\n")
    return made


def write_private(path: Path, text: str) -> None:
    """Write a file, whole or not at all, that only its owner may read.

    A home that cannot be written is no reason to refuse the work: nothing is written then.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()


def _named(variable: str) -> str:
    """Read a variable without the line break that a shell or a secrets file leaves behind it."""
    return os.environ.get(variable, "").strip()


def attribution() -> Attribution:
    """Return who we say we are, read from the front matter of the packaged ``skill.md``.

    The platform comes from the install path unless ``SKILL_SOURCE`` names it (contract.md, "Headers
    on every request").

    >>> attribution().source
    'music-cog-free'
    """
    skill = resources.files("cogwidgets").joinpath("skill.md")
    fields = front_matter(skill.read_text(encoding="utf-8"))
    return Attribution(fields["name"], fields["version"], _platform(Path(str(skill))))


def front_matter(text: str) -> dict[str, str]:
    r"""Return the fields of a document's YAML front matter; plain ``key: value`` lines only.

    >>> front_matter("---\nname: a\nversion: '1'\n---\n# A")
    {'name': 'a', 'version': '1'}
    """
    _, opening, rest = text.partition("---\n")
    if not opening:
        return {}
    pairs = (line.partition(":") for line in rest.partition("\n---")[0].splitlines())
    return {key.strip(): value.strip().strip("\"'") for key, colon, value in pairs if colon}


def _platform(installed: Path) -> str:
    named = _named("SKILL_SOURCE")
    if named:
        return named
    path = installed.as_posix()
    if "/.clawhub/" in path:
        return "clawhub"
    if "/.cursor/skills/" in path:
        return "cursor"
    return "unknown"


_THIS_PROCESS = str(uuid.uuid4())
