"""Frame: a draft as a pandas DataFrame, a row a segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from cogwidgets.draft.draft import Draft

__all__ = ["COLUMNS", "timeline_frame"]

COLUMNS = {
    "track": "int64",
    "kind": "str",
    "name": "str",
    "start": "float64",
    "end": "float64",
    "duration": "float64",
    "volume": "float64",
    "text": "str",
    "source": "str",
    "id": "str",
}


def timeline_frame(draft: Draft) -> pd.DataFrame:
    """Return the timeline, a row a segment in the order of the tracks.

    Columns: ``track`` (from 1), ``kind`` (``video``, ``audio``, ``text``, else the number),
    ``name``, ``start``, ``end``, ``duration`` (seconds), ``volume`` (1.0 unchanged, NaN for text),
    ``text``, ``source``, ``id`` (design.md, "Shapes").

    >>> from cogwidgets.draft import Draft
    >>> frame = timeline_frame(Draft({"t": [{"tt": 1, "sg": [{"d": 4000}, {"d": 500}]}]}))
    >>> frame[["track", "kind", "start", "end"]].values.tolist()
    [[1, 'audio', 0.0, 4.0], [1, 'audio', 4.0, 4.5]]
    """
    import pandas as pd

    rows = [
        (t.index, t.kind, s.name, s.start, s.end, s.duration, s.volume, s.text, s.source, s.id)
        for t in draft.tracks
        for s in t
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
