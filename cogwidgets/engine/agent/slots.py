"""Slots: what an action says beside its verb - when, how much, where, in which words.

Edits read their slots here, so that a time or a colour is understood the same way in each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, TypeVar

from cogwidgets.engine.agent.amounts import Amount, Frame
from cogwidgets.engine.agent.lexicon import Token, Word
from cogwidgets.engine.agent.times import (
    END,
    MIDDLE,
    By,
    Each,
    Edge,
    Length,
    Moment,
    Point,
    Span,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Slots"]

_T = TypeVar("_T")

_SLIGHTLY = re.compile(
    r"\b(?:a (?:little|bit|touch|tad|hair|notch|smidge|tiny bit)|slight(?:ly)?|somewhat|subtl[ey]|"
    r"a little bit|gently)\b|"
    r"一?点(?![钟击])|一些|稍微|略微|轻微|些许",
    re.IGNORECASE,
)
_GREATLY = re.compile(
    r"\b(?:a lot|much|way|very|really|super|significantly|drastically|extremely|strong(?:ly)?|"
    r"heav(?:y|ily))\b"
    r"|很多|非常|大幅|特别|得多|强烈",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\bfor (?:an? |about |around )?[\w.]+ ?s|\blast(?:s|ing)\b|持续|(?:显示|放|停留)\S{1,4}秒",
    re.IGNORECASE,
)
SECOND = 1000  # ms of a moment that is named as a second, or beside others
_ONWARDS = re.compile(r"[变转起]|开始|往后|\b(?:turn|become|go|start|switch|from)", re.IGNORECASE)
_OF_EACH = re.compile(
    r"\b(?:both|all|each|every)(?: of)?(?: (?:the|my|these|two|three|\d))* (?:clip|video)s?\b",
    re.IGNORECASE,
)
EDGE = 3000  # ms of a beginning or an end, where nothing else is said
_TELLING = {
    Word.TIME, Word.PART, Word.AMOUNT, Word.EFFECT, Word.STYLE, Word.COLOUR, Word.PLACE,
    Word.OPACITY, Word.RATIO, Word.FIT, Word.FORMAT, Word.MEDIA, Word.FILE, Word.OWN, Word.TEXT,
    Word.TRANSITION_KIND,
}  # fmt: skip
# What a verb can be about, so that what comes after it is not
_OF_VERB = {
    Word.VIDEO,
    Word.IT,
    Word.TIME,
    Word.MEDIA,
    Word.MUSIC,
    Word.SOUND,
    Word.VOICE,
    Word.TEXT,
}
# What a word that nobody listed may describe where it stands right before it
_DESCRIBED = {
    Word.VIDEO, Word.IT, Word.ALL, Word.PART, Word.THING, Word.MUSIC, Word.SOUND, Word.VOICE,
    Word.EFFECT, Word.TEXT, Word.MOOD, Word.VOLUME, Word.TRANSITION_KIND, Word.SILENCE,
}  # fmt: skip


def _vague(token: Token) -> bool:
    """Tell whether a word may be left unread: "add two titles", "before the clip"."""
    if isinstance(token.meaning, Amount):
        return token.meaning.kind in {"number", "count"}
    return token.word is Word.PART and token.meaning is None


def _shape(token: Token) -> Frame:
    """Give the shape that a word stands for."""
    width, height = token.value.lstrip("~").split(":")
    return Frame(int(width), int(height))


def _paired(spans: list[Span]) -> tuple[Span, ...]:
    """Read "the first 2 s of clip 1 and the last 3 s of clip 2", clip or time first."""
    for clip, time in ((0, 1), (1, 0)):
        whole, within = spans[clip::2], spans[time::2]
        numbers = [s.clip for s in whole if s.clip and s == Span(clip=s.clip)]
        if len(numbers) == len(within) and not any(s.clip is not None for s in within):
            return tuple(s.within(n) for s, n in zip(within, numbers, strict=True))
    return ()


@dataclass(frozen=True)
class Slots:
    """The words of an action: its verb's token, what goes with it, and what nobody listed.

    ``used`` are the words that somebody has read a slot from, so that what an edit leaves unread
    can be named.
    """

    words: tuple[Token, ...]
    said: Token | None = None
    strange: tuple[Token, ...] = ()
    text: str = ""
    used: list[Token] = field(default_factory=list, compare=False, repr=False)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """Give the verb, where there is one, and the words with it."""
        return (self.said, *self.words) if self.said is not None else self.words

    def _read(self, wanted: Callable[[Token], bool]) -> Iterator[Token]:
        """Give the readings that are wanted, and keep which words they are of."""
        for token in self.tokens:
            for reading in token.readings:
                if wanted(reading):
                    self.used.append(token)
                    yield reading

    def find(self, word: Word, *values: str) -> Token | None:
        """Give the first word with a concept, of one of the values where these are named."""
        wanted = self._read(lambda t: t.word is word and (not values or t.value in values))
        return next(wanted, None)

    def all_of(self, word: Word) -> list[Token]:
        """Give all words with a concept, in order."""
        return list(self._read(lambda t: t.word is word))

    def value_of(self, word: Word) -> str | None:
        """Give the value of the first word with a concept."""
        found = self.find(word)
        return found.value if found is not None else None

    def asks(self, *values: str) -> bool:
        """Tell whether a verb of one of these values is among the words."""
        verbs = {Word.OTHER, Word.LEVEL, Word.REMOVE, Word.CHANGE, Word.RESTORE}
        return any(list(self._read(lambda t: t.word in verbs and t.value in values)))

    def names(self, *values: str) -> bool:
        """Tell whether one of these things is named."""
        return self.find(Word.THING, *values) is not None

    # When

    def _times(self, kind: type[_T]) -> list[_T]:
        found = self._read(lambda t: any(isinstance(m, kind) for m in t.meanings))
        return [m for token in found for m in token.meanings if isinstance(m, kind)]

    @property
    def spans(self) -> tuple[Span, ...]:
        """Give the stretches that are named; "the first 2 s of the second clip" is one.

        Clip 0 stands for each of them.
        """
        spans = self._times(Span)
        if any(span.clip != MIDDLE for span in spans):  # "the middle bit from 25 to 35"
            spans = [span for span in spans if span.clip != MIDDLE]
        clips = [span for span in spans if span.clip is not None]
        others = [span for span in spans if span.clip is None]
        if others and not clips and _OF_EACH.search(self.text):
            return tuple(span.within(0) for span in others)  # "3 s off the start of both clips"
        if len(clips) == 1 and others and clips[0].clip is not None:
            return tuple(span.within(clips[0].clip) for span in others)
        if len(spans) == 1 and spans[0].end == END and _LASTING.search(self.text):
            long, at = self.length, spans[0].start  # "for five seconds starting at 0:08"
            end = Point(at.share, at.ms + long) if long else END
            return (replace(spans[0], end=end),)
        return _paired(spans) or tuple(spans)

    @property
    def stretches(self) -> tuple[Span, ...]:
        """Give the stretches that are meant: "at 0:08 for 2 seconds" and "the ending" are some.

        第5秒 is that one second, "at 0:05" all from there on.
        """
        if self.spans:
            return self._at_edge(self.spans)
        moments, long = self.moments, self.length
        if moments:
            seconds = len(moments) > 1 or moments[0].second
            if seconds and not _ONWARDS.search(self.text):
                long = long or SECOND
            points = [moment.point for moment in moments[: None if long else 1]]
            return tuple(
                Span(at, Point(at.share, at.ms + long) if long else Point(1.0)) for at in points
            )
        if self.edges and "middle" not in self.edges:
            ms = long or EDGE
            if (share := self.amount("share")) is not None and not long and not share.by:
                part = min(share.value, 1.0)  # "a third off the end"
                return (
                    Span(Point(), Point(part)) if "start" in self.edges else Span(Point(1 - part)),
                )
            ends = {
                "start": Span(Point(), Point(0.0, ms)),
                "end": Span(Point(1.0, -ms), Point(1.0)),
            }
            return tuple(ends[edge] for edge in dict.fromkeys(self.edges))
        return ()

    def _at_edge(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        """Read 第二段开头剪掉2秒 as the first two seconds of that clip."""
        whole = (
            len(spans) == 1 and spans[0] == Span(clip=spans[0].clip) and spans[0].clip is not None
        )
        if not (whole and self.length and self.edges) or "middle" in self.edges:
            return spans
        ends = {
            "start": Span(Point(), Point(0.0, self.length)),
            "end": Span(Point(1.0, -self.length)),
        }
        return tuple(replace(ends[edge], clip=spans[0].clip) for edge in dict.fromkeys(self.edges))

    @property
    def clips(self) -> tuple[int, ...]:
        """Give the clips that are named as wholes."""
        return tuple(s.clip for s in self._times(Span) if s.clip not in {None, 0, MIDDLE})

    @property
    def moments(self) -> tuple[Moment, ...]:
        """Give the points in time that are named."""
        return tuple(self._times(Moment))

    @property
    def by(self) -> int | None:
        """Give how much longer it is to be, in ms; shorter when negative."""
        return next((found.ms for found in self._times(By)), None)

    @property
    def length(self) -> int | None:
        """Give how long it is to last, in ms."""
        return next((found.ms for found in self._times(Length)), None)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Give all lengths that are named, in ms."""
        return tuple(found.ms for found in self._times(Length))

    @property
    def each(self) -> int | None:
        """Give how long each of several is to last, in ms."""
        return next((found.ms for found in self._times(Each)), None)

    @property
    def goal(self) -> int | None:
        """Give what it is to be brought to, in ms."""
        return next((found.ms for found in self._times(Target) if found.ms), None)

    @property
    def goal_share(self) -> float | None:
        """Give the share of its length that it is to be brought to."""
        return next((found.share for found in self._times(Target) if found.share), None)

    @property
    def edges(self) -> tuple[str, ...]:
        """Give "start", "middle", "end" where one is named without saying how much of it."""
        return tuple(found.where for found in self._times(Edge))

    @property
    def timed(self) -> bool:
        """Tell whether any time is named, also one that no draft can resolve."""
        return any(t.word in {Word.TIME, Word.PART} for t in self.words)

    @property
    def conditional(self) -> bool:
        """Tell whether it is for a part that only a person can find: "while he laughs"."""
        vague = any(
            t.word is Word.PART and all(r.meaning is None for r in t.readings) for t in self.words
        )
        return vague and not any(t.spans for t in self.words)  # "where I sneeze, at 0:07 to 0:09"

    # How much

    def amount(self, *kinds: str) -> Amount | None:
        """Give the first amount of one of the kinds."""
        wanted = self._read(lambda t: isinstance(t.meaning, Amount) and t.meaning.kind in kinds)
        found = next(wanted, None)
        return found.meaning if found and isinstance(found.meaning, Amount) else None

    @property
    def nth(self) -> int | None:
        """Give which of several texts or transitions is meant, from 1; the last is -1."""
        amount = self.amount("nth")
        return int(amount.value) if amount is not None else None

    @property
    def frame(self) -> Frame | None:
        """Give the shape of the picture that is named, by numbers or by a platform."""
        named = self.all_of(Word.RATIO)
        if not named:
            return None
        shapes = [t for t in named if not t.value.startswith("~")]  # a platform only suggests one
        frames = [t.meaning if isinstance(t.meaning, Frame) else _shape(t) for t in shapes or named]
        return reduce(Frame.and_then, frames)  # "from 16:9 to 9:16", "720p, upright"

    @property
    def degree(self) -> float:
        """Give 0.5 for "a bit", 2 for "a lot", else 1."""
        if _SLIGHTLY.search(self.text):
            return 0.5
        return 2.0 if _GREATLY.search(self.text) else 1.0

    @property
    def downwards(self) -> bool:
        """Tell "less contrast" from "more"."""
        return self.asks("down", "quieter") or self.find(Word.MORE, "less") is not None

    # What is left

    def unread(self, start: int, end: int) -> list[Token]:
        """Give the words between two places that say how, when or where and were not read."""
        read = {id(token) for token in self.used}
        told = (t for t in self.tokens if t.word in _TELLING and start <= t.start < t.end <= end)
        return [t for t in told if id(t) not in read and not _vague(t)]

    # About what

    @property
    def quoted(self) -> list[str]:
        """Give the texts that are to be shown."""
        return [t.value for t in self.all_of(Word.TEXT)]

    def _beside(self, before: list[Token]) -> bool:
        """Tell what comes after what the verb is about: "trim it to 30 s for my class"."""
        if self.said is None or self.said not in before:
            return False
        between = before[before.index(self.said) + 1 :]
        return any(t.word in _OF_VERB and t.start >= self.said.end for t in between)

    def _said_aside(self, stranger: Token, after: list[Token]) -> bool:
        """Tell "kindly remove the first 5 s": English says what it is about after the verb."""
        verb = self.said
        if verb is None or not stranger.value.isascii() or stranger.end > verb.start:
            return False
        return verb in after and after[-1] is not verb

    @property
    def unlisted(self) -> bool:
        """Tell whether it is about something that nobody listed: "blur the wombat".

        That is what stands right after the verb, or before it where it comes last, unless it only
        describes a video: "my wombat video".
        """
        known = sorted(self.tokens, key=lambda t: t.start)
        for stranger in self.strange:
            before = [t for t in known if t.end <= stranger.start]
            after = [t for t in known if t.start >= stranger.end]
            describes = any(t.word in _DESCRIBED and t.start - stranger.end <= 1 for t in after[:1])
            if describes or self._said_aside(stranger, after):
                continue
            last = before[-1] if before else None
            if self._beside(before):
                continue
            if (
                last is None
                or last is self.said
                or last.word in {Word.THE, Word.EFFECT, Word.AMOUNT}
            ):
                return True
        return False
