"""READ: the timeline as data; imports nothing of ours."""

from cogwidgets.draft.changes import Change, changes
from cogwidgets.draft.draft import Draft, Segment, Track, clock
from cogwidgets.draft.frame import timeline_frame

__all__ = ["Change", "Draft", "Segment", "Track", "changes", "clock", "timeline_frame"]
