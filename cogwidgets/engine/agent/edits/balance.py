"""Balance: how loud the music in a recording is beside its voice, once the two are told apart."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits.base import CannotDo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cogwidgets.engine.agent.drafts import Draft, Speech
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["LOUDEST", "balanced"]

Part = Literal["music", "voice"]
LOUDEST = 10.0  # times: 20 dB


async def balanced(
    draft: Draft,
    workshop: Workshop,
    progress: Callable[[float], None],
    where: Sequence[tuple[int, int]],
    *,
    part: Part,
    level: Callable[[float], float],
) -> tuple[Draft, list[float]]:
    """Change how loud the music in the clips' own sound is, or the voice over it.

    Parameters
    ----------
    where
        Stretches of the timeline, in ms; clips are cut where they begin and end.
    part
        What is changed; the other stays as loud as it is.
    level
        From the level now to the level wanted, both as times the recording's.

    Returns
    -------
    The new draft, and the levels that were set, in the order of the clips.

    Raises
    ------
    CannotDo
        There is no music in the recording, or none is left in it.
    JobError
        A source could not be separated.

    """
    clips = [
        clip
        for clip in drafts.clips(draft)
        if drafts.lies_in(clip, where) and not clip["m"].get("still")
    ]
    found = await _separated(clips, workshop, progress)
    levels: list[float] = []

    def change(details: dict[str, Any]) -> None:
        speech, rest = _heard(details, found)
        volume = details.get("volume", 1.0)
        music = volume * rest
        if part == "voice":
            details["volume"] = volume = round(min(level(volume), LOUDEST), 3)
            levels.append(volume)
        elif speech is not None:
            was, music = music, round(min(level(music), LOUDEST), 3)
            if was or music:  # what was taken out gets no quieter
                levels.append(music)
        if speech is not None and volume:
            _set(details, speech, round(music / volume, 4))

    new = timeline.changed(draft, _parted(clips, where), change)
    if part == "music" and not levels:
        raise CannotDo("no_music_in_it")
    return new, levels


async def _separated(
    clips: Sequence[dict[str, Any]], workshop: Workshop, progress: Callable[[float], None]
) -> dict[str, Speech]:
    """Separate the sources that were not before; those without music are left out."""
    found: dict[str, Speech] = {}
    mixed = [c["m"]["source"] for c in clips if not {"speech", "denoised"} & c["m"].keys()]
    sources = list(dict.fromkeys(mixed))
    for number, source in enumerate(sources):
        done = await workshop.separate(
            source,
            "normal",
            lambda fraction, n=number: progress((n + fraction) / len(sources)),  # type: ignore[misc]
        )
        if done.speech["music"]:
            found[source] = done.speech
    return found


def _set(details: dict[str, Any], speech: Speech, rest: float) -> None:
    """Let a segment play its speech with so much of the rest."""
    if rest == 1:
        details.pop("speech", None)
        return
    kept = {key: value for key, value in speech.items() if key not in {"only", "music_level"}}
    details["speech"] = kept | ({"music_level": rest} if rest else {})


def _heard(details: dict[str, Any], found: dict[str, Speech]) -> tuple[Speech | None, float]:
    """Give the speech of a segment, and how much of the rest is heard beside it now."""
    if "denoised" in details:  # which leaves voices alone
        return None, 0.0
    speech: Speech | None = details.get("speech")
    if speech is None:
        return found.get(details.get("source", "")), 1.0
    begin = details.get("source_start", 0) + 1
    inside = "only" not in speech or any(a <= begin < b for a, b in speech["only"])
    return speech, speech.get("music_level", 0.0) if inside else 1.0


def _parted(
    clips: Sequence[dict[str, Any]], where: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Cut stretches where a clip begins or ends to play its speech alone."""
    places = {
        place
        for clip in clips
        for only in clip["m"].get("speech", {}).get("only", ())
        for place in drafts.on_timeline(clip, *only) or ()
    }
    parted = []
    for start, end in where:
        inside = sorted({start, end, *(place for place in places if start < place < end)})
        parted += list(pairwise(inside))
    return parted
