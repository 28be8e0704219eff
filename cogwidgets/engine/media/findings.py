"""Tell where music was found in a sound track, and how far it fell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cogwidgets.engine.media.sound import Sound

__all__ = ["Findings"]

_HOP = 0.05  # s, a frame
_SMOOTH = 1.0  # s, shorter music and shorter gaps in it are not worth telling
_ACCOMPANIMENT = 10 ** (-30 / 10)  # of the input: less is left untouched by the separation
_AUDIBLE = 10 ** (-60 / 10)  # of full scale, mean square
_PAUSE = 10 ** (-30 / 10)  # of the level of speech: less is a pause
_GUARD = 0.1  # s, where words end and begin that belong to no pause
_MOST = 60.0  # dB: quieter is as good as silent


class Findings:
    """Collect, block by block, the levels of the original, of the speech, of what was taken out.

    >>> findings = Findings(rate=44_100)
    >>> tone = 0.1 * np.sin(np.arange(441_000, dtype=np.float32))[:, None]
    >>> findings.add(tone, np.zeros_like(tone))
    >>> findings.music(), findings.pause_drop_db()
    ([[0, 10000]], 60.0)
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._hop = round(_HOP * rate)
        self._samples = 0
        self._rest: tuple[Sound, Sound] | None = None
        self._levels: list[NDArray[np.float64]] = []  # each (frames, 3): original, speech, taken

    def add(self, original: Sound, speech: Sound) -> None:
        """Take aligned blocks of the same shape (samples, channels)."""
        self._samples += len(original)
        if self._rest is not None:
            original = np.concatenate([self._rest[0], original])
            speech = np.concatenate([self._rest[1], speech])
        whole = len(original) // self._hop * self._hop
        self._rest = original[whole:], speech[whole:]
        self._measure(original[:whole], speech[:whole], self._hop)

    def _measure(self, original: Sound, speech: Sound, hop: int) -> None:
        if len(original):
            squares = [
                np.square(sound).reshape(len(sound) // hop, -1).mean(axis=1)
                for sound in (original, speech, original - speech)
            ]
            self._levels.append(np.stack(squares, axis=1).astype(np.float64))

    def _all(self) -> NDArray[np.float64]:
        if self._rest is not None:
            self._measure(*self._rest, len(self._rest[0]))
            self._rest = None
        return np.concatenate([np.zeros((0, 3)), *self._levels])

    def _musical(self, levels: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Mark the frames that lie in music."""
        width = round(_SMOOTH / _HOP)
        if not len(levels):
            return np.zeros(0, bool)
        original, _, taken = (_moving_mean(level, width) for level in levels.T)
        found = (taken > _ACCOMPANIMENT * original) & (original > _AUDIBLE)
        found = _without_short_runs(found, width, of=False)
        return _without_short_runs(found, width, of=True)

    def music(self) -> list[list[int]]:
        """Return the intervals, [begin, end] in ms, where music was found and taken out."""
        found = self._musical(self._all())
        end = 1000 * self._samples / self._rate
        return [
            [round(begin * _HOP * 1000), round(min(stop * _HOP * 1000, end))]
            for begin, stop in _runs(found)
        ]

    def pause_drop_db(self) -> float | None:
        """Return by how many dB the music fell in the pauses of speech, at most 60.

        An estimate, because the separated speech itself tells where the pauses are; None when no
        music or no pause was found.
        """
        levels = self._all()
        original, speech, _ = levels.T
        loud = np.quantile(speech, 0.95) if len(speech) else 0.0
        pause = self._musical(levels) & (original > _AUDIBLE)
        pause = _inner(pause & (speech <= max(_PAUSE * loud, _AUDIBLE * _PAUSE)))
        if not pause.any():
            return None
        drop = original[pause].mean() / max(speech[pause].mean(), 1e-20)
        return round(min(_MOST, float(10 * np.log10(drop))), 1)


def _moving_mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    begin = np.maximum(0, index - width // 2)
    end = np.minimum(len(values), index + width // 2 + 1)
    means: NDArray[np.float64] = (sums[end] - sums[begin]) / (end - begin)
    return np.maximum(means, 0.0)


def _runs(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return [begin, end) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marks.astype(np.int8), [0]])))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _inner(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep of each run of True what is farther than the guard from its ends."""
    kept = np.zeros_like(marks)
    guard = round(_GUARD / _HOP)
    for begin, end in _runs(marks):
        kept[begin + guard * (begin > 0) : end - guard * (end < len(marks))] = True
    return kept


def _without_short_runs(marks: NDArray[np.bool_], shortest: int, *, of: bool) -> NDArray[np.bool_]:
    """Turn runs of the value `of` that are shorter than `shortest` frames into the other value.

    Gaps at the very beginning and end are kept: there is nothing to join them to.
    """
    changed = marks.copy()
    for begin, end in _runs(marks == of):
        inside = of or (begin > 0 and end < len(marks))
        if end - begin < min(shortest, len(marks)) and inside:
            changed[begin:end] = not of
    return changed
