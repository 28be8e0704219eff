"""One line: the main job, from a file to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from cogwidgets.api import CallerError, Turn
from cogwidgets.client.export import Export
from cogwidgets.client.sources import check_source
from cogwidgets.client.target import CONTAINERS, check_target
from cogwidgets.connection import connect

if TYPE_CHECKING:
    from cogwidgets.client import Client

__all__ = ["Cleaned", "Mood", "Strength", "check_job", "clean", "clean_with", "default_target"]

Mood = Literal["calm", "energetic", "happy", "nostalgic", "tender"]
Strength = Literal["light", "normal", "strong"]

# Containers that can be read but not written, and what is written in their place.
_INSTEAD = {".avi": ".mp4", ".aac": ".m4a"}


class Cleaned(NamedTuple):
    """What a cleaning gave: the agent's turn and the export."""

    turn: Turn
    export: Export

    @property
    def found_music(self) -> bool:
        """Whether there was music to take out."""
        return any(change.kind == "music" for change in self.turn.changes)

    @property
    def music_drop(self) -> float | None:
        """How far the sound fell where nobody speaks, in dB, as the engine estimates it.

        None where there was no music, or no pause to tell by.
        """
        for result in self.turn.tool_results:
            fields = result.result if isinstance(result.result, dict) else {}
            drops = fields.get("pause_drop_db")  # one a sound track
            for drop in drops if isinstance(drops, list) else []:
                if isinstance(drop, int | float):
                    return float(drop)
        return None


def clean(
    source: str | Path,
    out: str | Path | None = None,
    *,
    music: str | Path = "none",
    strength: Strength = "normal",
) -> Export:
    """Clear the background music from a video and keep the speech.

    ``out`` names the result; its ending says the container (mp4, mov, mkv, webm). Without it the
    result is ``<source>-clean`` beside the source. ``music`` lays a royalty-free track of that mood
    under the speech, or a file of yours; ``strength`` is ``"light"``, ``"normal"`` or ``"strong"``.
    The source is never changed. Raises the errors of `cogwidgets.api.errors`; whatever the caller
    can mend is a `CallerError`.

    >>> clean("not-there.mp4")
    Traceback (most recent call last):
    cogwidgets.api.errors.FileProblem: not-there.mp4 is not there. Check the path.
    """
    source, target, music = check_job(source, out, music, strength)
    with connect() as client:
        return clean_with(client, source, target, music=music, strength=strength).export


def check_job(
    source: str | Path, out: str | Path | None, music: str | Path, strength: str
) -> tuple[Path, Path, str | Path]:
    """Return source, target and music of a cleaning, checked before anything is started."""
    if strength not in get_args(Strength):
        raise CallerError(
            f"There is no strength {strength!r}.", hint=f"Use {_or(get_args(Strength))}."
        )
    path = check_source(Path(source))
    target = check_target(Path(out) if out is not None else default_target(path))
    if target.exists() and target.samefile(path):
        raise CallerError(
            f"{target.name} is the input itself, which is never changed.",
            hint="Name another file for the result.",
        )
    if music != "none" and music not in get_args(Mood):
        if not Path(music).exists() and not Path(music).suffix:
            raise CallerError(
                f"There is no mood {str(music)!r}.",
                hint=f"Use none, {_or(get_args(Mood))}, or the path of a file of yours.",
            )
        music = check_source(Path(music))
    return path, target, music


def clean_with(
    client: Client, source: Path, target: Path, *, music: str | Path, strength: str
) -> Cleaned:
    """Clean a checked source on a client, call by call as a notebook would."""
    session = client.session(source.stem)
    session.upload(source)
    ask = f"remove the background music, strength {strength}"
    if isinstance(music, Path):
        track = session.upload(music)[-1]
        ask += f', and replace it with my track "{track.filename}"'
    elif music != "none":
        ask += f", and replace it with a {music} royalty-free track"
    turn = session.send(ask)
    if turn.error is not None:
        raise turn.error
    return Cleaned(turn, session.export(target))


def default_target(source: Path) -> Path:
    """Return ``<source>-clean`` beside the source, in its container where that can be written."""
    suffix = source.suffix.lower()
    container = _INSTEAD.get(suffix, suffix)
    if container.removeprefix(".") not in CONTAINERS:
        raise CallerError(
            f"{source.name} is a picture, so there is no music in it.", hint="Give a video."
        )
    return source.with_name(f"{source.stem}-clean{container}")


def _or(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
