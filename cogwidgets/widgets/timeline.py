"""The timeline: a draft as lanes and as a table that agree, of which only what is seen is sent."""

from __future__ import annotations

import contextlib
import html
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import traitlets

from cogwidgets.api import CogError
from cogwidgets.draft import Draft, Layout, Segment, changes
from cogwidgets.draft.layout import Clip, Run
from cogwidgets.widgets.base import static
from cogwidgets.widgets.following import Following

if TYPE_CHECKING:
    from cogwidgets.client import Session
    from cogwidgets.draft import Sketch

__all__ = ["TimelineView"]

_MOST_ROWS = 200  # sent at a time
_MOST_PIXELS = 20_000
_SUMMARY = 600  # letters; a long one is a wall
_MOST_REMOVED = 12


class TimelineView(Following):
    """Show a session's draft: lanes with a playhead, a table, and what the last message changed.

    ``selection`` is the segment that is selected, in both and here; setting it selects. A view
    follows its session: whoever reads a new draft, it is shown.

    >>> from cogwidgets.connection import connect
    >>> view = TimelineView(connect().session("vlog"))  # doctest: +SKIP
    >>> view.selection  # doctest: +SKIP
    <Segment video 'vlog' 0:00–0:23>
    """

    _esm, _css = static("timeline")

    selection = traitlets.Instance(
        Segment, allow_none=True, help="the segment that is selected, or None"
    )
    playhead = traitlets.Float(0.0, help="seconds").tag(sync=True)
    selected = traitlets.Int(-1, help="the selection's row, -1 for none").tag(sync=True)
    shape = traitlets.Dict(help="lanes, length, rows, summary of the draft").tag(sync=True)
    seen = traitlets.Dict(help="the whole draft as it is first drawn").tag(sync=True)
    table = traitlets.Dict(help="the first rows").tag(sync=True)

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **options)
        self._layout = Layout(Draft(None))
        self._draft = Draft(None)
        self._version = 0
        self.start()

    def refresh(self) -> None:
        """Show the newest draft that the session has read; asks nothing of the service."""
        draft = self.newest
        before = self.session.before
        layout = Layout(draft, before)
        kept = self.selection
        self._version += 1
        self._layout, self._draft = layout, draft
        gone = changes(before, draft) if before is not None else []
        removed = [change.name for change in gone if change.kind == "removed"]
        with self.hold_sync():
            self.shape = {
                "version": self._version,
                "duration": layout.duration,
                "lanes": [asdict(lane) for lane in layout.lanes],
                "rows": len(layout.clips),
                "summary": textwrap.shorten(str(draft), _SUMMARY, placeholder=" …"),
                "title": draft.title,
                "removed": removed[:_MOST_REMOVED],
            }
            self.seen = self._window(0.0, layout.duration, 1000.0)
            self.table = self._rows(0, 60)
            self.selection = _again(kept, layout.segments)
            self.selected = _row_of(self.selection, layout.segments)

    # -- what a person does ------------------------------------------------------------------

    def _do_see(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Send what can be seen between two seconds on so many pixels."""
        start, end = _number(message.get("start")), _number(message.get("end"))
        pixels = min(_MOST_PIXELS, _number(message.get("pixels")))
        self.send({"to": message.get("from"), "window": self._window(start, end, pixels)})

    def _do_rows(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Send some rows of the table."""
        first = max(0, int(_number(message.get("first"))))
        self.send({"to": message.get("from"), "rows": self._rows(first, _MOST_ROWS)})

    def _do_sketch(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Send the waveforms and thumbnails of some sources, as they come."""
        known = {source for clip in self._layout.clips for source in clip.sources}
        wanted = [s for s in message.get("sources", []) if s in known]
        self.work("sketching", lambda: self._sketch(wanted))

    def _do_select(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Select a row, or none."""
        row = int(_number(message.get("row"), -1))
        segments = self._layout.segments
        self.selection = segments[row] if 0 <= row < len(segments) else None
        if message.get("settled") and self.selection is not None:
            self.did(f"session.timeline().iloc[{row}]")

    def _do_seek(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Move the playhead."""
        self.playhead = min(max(0.0, _number(message.get("at"))), self._layout.duration)

    # -- what comes of it --------------------------------------------------------------------

    def _sketch(self, sources: list[str]) -> None:
        for source in sources:
            sketch = None
            with contextlib.suppress(CogError):  # it is drawn without
                sketch = self.session.sketch(source)
            self.send({"sketch": source, "drawn": _sent(sketch)})
        self._keeper.stale()  # the picture has waveforms now

    def _window(self, start: float, end: float, pixels: float) -> dict[str, Any]:
        clips = self._layout.window(start, end, pixels)
        return {
            "version": self._version,
            "start": start,
            "end": end,
            "scale": pixels / (end - start) if end > start else 0.0,
            "whole": not any(isinstance(one, Run) for one in clips),
            "clips": [
                {**asdict(one), "count": one.count if isinstance(one, Run) else 1} for one in clips
            ],
        }

    def _rows(self, first: int, count: int) -> dict[str, Any]:
        last = min(len(self._layout.clips), first + count)
        return {
            "version": self._version,
            "first": first,
            "rows": [
                _row(self._layout.clips[row], self._layout.segments[row])
                for row in range(first, last)
            ],
        }

    @traitlets.observe("selection")
    def _show_selection(self, change: Any) -> None:
        self.selected = _row_of(change.new, self._layout.segments)

    # -- where no widget is shown ------------------------------------------------------------

    def html(self) -> str:
        """Return the lanes as a picture, and the summary."""
        if not self.session.history:
            return "<p>The timeline has not been read yet.</p>"
        said = html.escape(self.shape.get("summary", ""))
        return f"{self.session.picture(sketch=False)}<p>{said}</p>"

    def __repr__(self) -> str:
        return f"<TimelineView of {self.session!r}>"


def _row(clip: Clip, segment: Segment) -> dict[str, Any]:
    return {
        "track": clip.track,
        "kind": segment.kind,
        "hue": clip.hue,
        "name": clip.label,
        "start": clip.start,
        "end": clip.end,
        "volume": None if segment.kind not in {"video", "audio"} else clip.gain,
        "changed": clip.changed,
    }


def _row_of(segment: Segment | None, segments: list[Segment]) -> int:
    """Find a segment: itself, or its like in a draft that was read again; -1 for none."""
    if segment is None:
        return -1
    rows = list(enumerate(segments))
    itself = next((row for row, one in rows if one is segment), None)
    return next((row for row, one in rows if one == segment), -1) if itself is None else itself


def _again(segment: Segment | None, segments: list[Segment]) -> Segment | None:
    """Find the segment in a newer draft that the one selected before has become."""
    if segment is None:
        return None
    same = (s for s in segments if s == segment or (s.id and s.id == segment.id))
    return next(same, None)


def _sent(sketch: Sketch | None) -> dict[str, Any] | None:
    if sketch is None:
        return None
    return {
        "duration": sketch.duration,
        "per_second": sketch.per_second,
        "peaks": sketch.peaks,
        "thumbnails": [{"at": at, "image": image} for at, image in sketch.thumbnails],
    }


def _number(value: Any, default: float = 0.0) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e9 else default  # noqa: PLR2004 - seconds
