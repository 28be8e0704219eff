"""READ: the timeline as data; imports nothing of ours."""

from cogwidgets.draft.changes import Change, changes
from cogwidgets.draft.draft import Draft, Segment, Track, clock
from cogwidgets.draft.frame import timeline_frame
from cogwidgets.draft.lanes import lanes
from cogwidgets.draft.layout import Layout
from cogwidgets.draft.sketch import Sketch

__all__ = [
    "Change",
    "Draft",
    "Layout",
    "Segment",
    "Sketch",
    "Track",
    "changes",
    "clock",
    "lanes",
    "timeline_frame",
]
