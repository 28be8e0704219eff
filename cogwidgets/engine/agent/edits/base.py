"""What every edit is: it recognises itself in an action, has slots, and makes a new draft."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, cast

from cogwidgets.draft import clock
from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.times import MIDDLE, Point, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Clip, Denoised, Draft, Music, Speech

__all__ = [
    "CannotDo",
    "Edit",
    "Made",
    "Plain",
    "Progress",
    "Separated",
    "Workshop",
    "spoken",
    "stretches",
]

Progress = "Callable[[float], None]"


class CannotDo(Exception):
    """An edit that this draft does not allow; ``key`` names the sentence that says why."""

    def __init__(self, key: str, **figures: Any) -> None:
        super().__init__(key)
        self.key = key
        self.figures = figures


@dataclass(frozen=True)
class Separated:
    """What separating one source gave: its speech, and how far the music fell in pauses (dB)."""

    speech: Speech
    pause_drop_db: float | None


class Workshop(Protocol):
    """What an edit may ask for before it changes a draft; each call does real work."""

    def sound_clip(self) -> Clip | None:
        """Give the session's audio file that stands in for a missing video."""

    def audio_length(self, name: str | None) -> int | None:
        """Give how many ms an audio file lasts, the latest when no name is given; None: none."""

    def pictures(self) -> list[Clip]:
        """Give the session's videos and images, in the order of their uploads."""

    def version(self, steps: int | None) -> Draft | None:
        """Give the draft so many edits back (forth when negative); None steps back to the first."""

    def undoable(self) -> int:
        """Count the edits that can be undone."""

    async def separate(
        self, source: str, strength: str, progress: Callable[[float], None]
    ) -> Separated:
        """Separate the speech of a source from its music, or find it separated already."""

    async def silences(self, source: str, progress: Callable[[float], None]) -> list[list[int]]:
        """Find where nobody speaks in a source: [from, to] in ms of the source."""

    async def denoise(self, source: str, progress: Callable[[float], None]) -> Denoised:
        """Take the noise out of a source's sound, or find it done already."""

    async def thumbnail(self, source: str, at: int) -> str:
        """Make a picture of a source at a time in ms, and give its path."""

    async def track(self, mood: str, *, other_than: str | None) -> Music:
        """Give a royalty-free track of a mood."""

    async def own_track(self, name: str | None) -> Music:
        """Give an uploaded audio file, the latest when no name is given."""


@dataclass(frozen=True)
class Made:
    """What an edit has prepared, and what it tells of it afterwards.

    ``instead`` tells that it comes in the place of something done before: "instead" of what was not
    meant, "changed" where the same is only a little different now.
    """

    draft: Draft
    told: str
    figures: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    instead: Literal["", "instead", "changed"] = ""


class Edit(ABC):
    """One thing to do to a draft.

    ``tool`` is its name in the events, its fields are its slots, ``about`` the word for what it
    leaves to be called "it" in the next message.
    """

    tool: ClassVar[str]
    about: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read the edit out of an action; None when the action asks for something else."""

    @property
    def slots(self) -> dict[str, Any]:
        """Give the slots that are filled."""
        filled = asdict(cast("Any", self)).items()
        return {key: value for key, value in filled if value not in (None, False, "", ())}

    def paid_as(self, draft: Draft) -> str:  # noqa: ARG002
        """Give the tool whose price it has on a draft: its own, unless it does another's work."""
        return self.tool

    def merged(self, other: Edit) -> Edit | None:
        """Make one of two edits of this kind in one message; None where both are meant."""
        return self if other == self else None

    def missing(self, workshop: Workshop) -> str | None:  # noqa: ARG002
        """Name the file that it would need and the session has not."""
        return None

    @abstractmethod
    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Do the work that is needed first, then change the draft.

        Raises
        ------
        CannotDo
            This draft does not allow it.

        """


class Plain(Edit):
    """An edit that needs no work: a pure function from a draft to a new one."""

    @abstractmethod
    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Make the new draft; of the workshop only what is there already is asked."""

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Apply it."""
        del progress
        return self.apply(draft, workshop)


def stretches(draft: Draft, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Tell where spans are on a draft, in ms; the whole when there is none.

    Raises
    ------
    CannotDo
        A span lies beyond the end, or there is no such clip.

    """
    total = timeline.length(draft)
    if not spans:
        return [(0, total)]
    found = []
    count = len(timeline.laid(draft))
    for span in [one for named in spans for one in _each(named, count)]:
        begin, whole = (0, total) if span.clip is None else clip_at(draft, span.clip)
        start, end = span.start.at(whole), span.end.at(whole)
        if end <= start:
            raise CannotDo("beyond", end=clock(whole / 1000))
        found.append((begin + start, begin + end))
    return found


def _each(span: Span, count: int) -> list[Span]:
    """Give the stretches that are meant by one: of every clip, or of the one in the middle."""
    if span.clip == MIDDLE:
        odd = count > 1 and count % 2
        return [span.within(count // 2 + 1) if odd else Span(Point(1 / 3), Point(2 / 3))]
    return [span.within(n) for n in range(1, count + 1)] if span.clip == 0 else [span]


def clip_at(draft: Draft, number: int) -> tuple[int, int]:
    """Tell where a clip of the main storyline begins and how long it is; -1 is the last."""
    track = timeline.main(draft)
    segments = track["sg"] if track else []
    index = number - 1 if number > 0 else len(segments) + number
    if not 0 <= index < len(segments):
        raise CannotDo("no_such_clip", number=number, count=len(segments))
    return sum(s["d"] for s in segments[:index]), segments[index]["d"]


def spoken(spans: Sequence[tuple[int, int]], total: int) -> str:
    """Write stretches as people read them; empty for the whole.

    >>> spoken([(5000, 12_000)], 60_000)
    '0:05–0:12'
    """
    if list(spans) == [(0, total)]:
        return ""
    return ", ".join(f"{clock(a / 1000)}–{clock(b / 1000)}" for a, b in spans)
