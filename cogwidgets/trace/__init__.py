"""WATCH: every exchange on the wire, masked when captured."""

from cogwidgets.trace.call import Call, CallLog
from cogwidgets.trace.mask import MASK, Mask
from cogwidgets.trace.recorder import RecordingTransport, call_of

__all__ = ["MASK", "Call", "CallLog", "Mask", "RecordingTransport", "call_of"]
