"""The silences job: where in a file nobody speaks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

import numpy as np

from cogwidgets.engine.media.containers import open_media
from cogwidgets.engine.media.denoise import cleaned
from cogwidgets.engine.media.errors import MediaError
from cogwidgets.engine.media.sound import SoundReader, resample
from cogwidgets.engine.media.soundfile import RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["SilencesJob", "SilencesResult", "quiet", "silences"]

HOP = 0.02  # s, a frame
BELOW_SPEECH = 10 ** (-32 / 10)  # of the level of speech: a frame with less has none
NOTHING = 10 ** (-65 / 10)  # of full scale, mean square: less is silence whatever else there is
LOUD = 95  # percentile of the frames: the level of speech, also where it is rare
SHORT_SOUND = 0.12  # s: a click between two silences is none of speech
SHORT_SILENCE = 0.3  # s: less is a pause between two words


class SilencesJob(TypedDict):
    """Name the file, and its speech where that has been separated already."""

    source: str
    speech: NotRequired[str]


class SilencesResult(TypedDict):
    """List where nobody speaks: [from, to] in ms."""

    silences: list[list[int]]


def silences(job: SilencesJob, progress: Callable[[float], None]) -> SilencesResult:
    """Find where nobody speaks in the first sound track of a file.

    The speech is what a separation gave, else what DeepFilterNet3 hears in the sound, so that
    music and noise between the words count as silence.

    Raises `MediaError`: "no_audio", "unreadable".
    """
    source = Path(job.get("speech") or job["source"])
    with open_media(source) as container:
        if not container.streams.audio:
            raise MediaError(
                "no_audio", f"{source.name} has no sound, so there is nothing to find."
            )
    with SoundReader(source) as reader:
        start = reader.start if "speech" not in job else 0.0
        expected = max(reader.duration, 1e-3) * RATE
        mono = (
            block.mean(axis=1, keepdims=True)
            for block in resample(reader, reader.rate, RATE, reader.channels)
        )
        if "speech" not in job:
            from cogwidgets.engine.media.deepfilter import DeepFilterNet

            mono = cleaned(mono, DeepFilterNet().speech)  # type: ignore[assignment]
        levels: list[NDArray[np.float32]] = []
        rest = np.zeros(0, np.float32)
        hop = round(HOP * RATE)
        done = 0
        for block in mono:
            rest = np.concatenate([rest, block[:, 0]])
            whole = len(rest) // hop * hop
            levels.append(np.square(rest[:whole]).reshape(-1, hop).mean(axis=1))
            rest = rest[whole:]
            done += len(block)
            progress(min(1.0, done / expected))
    first = round(1000 * start)
    found = quiet(np.concatenate([np.zeros(0, np.float32), *levels]))
    return {"silences": [[first + a, first + b] for a, b in found]}


def quiet(levels: NDArray[np.float32]) -> list[list[int]]:
    """Tell where frames of HOP are silent: [from, to] in ms.

    Parameters
    ----------
    levels
        Mean squares of the speech, shape (frames,).

    >>> quiet(np.repeat(np.float32([0.1, 0, 0.1]), 50))
    [[1000, 2000]]

    """
    if not len(levels):
        return []
    threshold = max(NOTHING, BELOW_SPEECH * float(np.percentile(levels, LOUD)))
    silent = levels < threshold
    silent = _without_short(silent, round(SHORT_SOUND / HOP), of=False)
    silent = _without_short(silent, round(SHORT_SILENCE / HOP), of=True)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], silent.astype(np.int8), [0]])))
    ms = round(1000 * HOP)
    return [[int(a) * ms, int(b) * ms] for a, b in edges.reshape(-1, 2)]


def _without_short(marks: NDArray[np.bool_], least: int, *, of: bool) -> NDArray[np.bool_]:
    """Turn runs of ``of`` over that are shorter than ``least``, but not at the ends."""
    edges = np.flatnonzero(np.diff(marks.astype(np.int8))) + 1
    bounds = [0, *edges.tolist(), len(marks)]
    made = marks.copy()
    for begin, end in pairwise(bounds):
        inside = begin > 0 and end < len(marks)
        if inside and marks[begin] == of and end - begin < least:
            made[begin:end] = not of
    return made
