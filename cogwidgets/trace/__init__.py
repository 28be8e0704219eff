"""WATCH: every exchange on the wire, masked when captured."""

from cogwidgets.trace.call import Call, Timings
from cogwidgets.trace.calllog import CallLog
from cogwidgets.trace.errors import BadRecording, CannotSend, CogError, NotRecorded, Stopped
from cogwidgets.trace.har import recording
from cogwidgets.trace.mask import MASK, Mask
from cogwidgets.trace.recorder import RecordingTransport, call_of, overheard
from cogwidgets.trace.replay import ReplayTransport
from cogwidgets.trace.stepper import Asker, Edit, RunOn, Send, Skip, Stepper, Stop
from cogwidgets.trace.stream import StreamEvent
from cogwidgets.trace.terminal import TerminalAsker

__all__ = [
    "MASK",
    "Asker",
    "BadRecording",
    "Call",
    "CallLog",
    "CannotSend",
    "CogError",
    "Edit",
    "Mask",
    "NotRecorded",
    "RecordingTransport",
    "ReplayTransport",
    "RunOn",
    "Send",
    "Skip",
    "Stepper",
    "Stop",
    "Stopped",
    "StreamEvent",
    "TerminalAsker",
    "Timings",
    "call_of",
    "overheard",
    "recording",
]
