"""The sample: a short video of speech over music, and how well the music went.

Sources and licences stand in ``README.md`` beside the files.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["VLOG", "music_drop"]

VLOG = Path(__file__).parent / "vlog.mp4"


def music_drop(result: Path) -> float:
    """Return how far the sound of the cleaned sample fell where nobody speaks, in dB.

    The pauses are those of ``vlog.json``, which knows when the voice was mixed in; each is narrowed
    by its guard time, so that the ends of words do not count.
    """
    facts = json.loads(VLOG.with_suffix(".json").read_text(encoding="utf-8"))
    before, after = (_pauses(path, facts) for path in (VLOG, result))
    return 20 * math.log10(max(before, 1e-9) / max(after, 1e-9))


def _pauses(path: Path, facts: dict[str, list[list[float]]]) -> float:
    """Return the RMS level of a file's sound outside the intervals of speech."""
    import numpy as np

    sound, rate = _sound(path)
    guard = float(facts["pause_guard_s"])  # type: ignore[arg-type]
    silent = np.ones(len(sound), bool)
    for start, end in facts["activity"]:
        silent[int((start - guard) * rate) : int((end + guard) * rate)] = False
    return float(np.sqrt(np.mean(np.square(sound[silent], dtype=float))))


def _sound(path: Path) -> tuple[NDArray[np.float32], int]:
    """Decode the first audio stream, mixed to one channel."""
    import av
    import numpy as np

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        mono = av.AudioResampler("fltp", "mono")
        frames = [
            out.to_ndarray()[0]
            for frame in container.decode(stream)
            for out in mono.resample(frame)
        ]
        return np.concatenate(frames), stream.rate
