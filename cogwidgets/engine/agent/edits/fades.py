"""Edits of fades: of sound, picture or both, in or out, at the ends or where they are asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edges import clamped
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, spoken, stretches
from cogwidgets.engine.agent.edits.picture import shown
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import END, START, Point, Span

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Fade"]

FADE = 1000  # ms
BLACK = "#000000"
_INWARDS = re.compile(r"\bin\b(?! (?:the|an?|my|\d)\b)", re.IGNORECASE)
_OUTWARDS = re.compile(r"\bout\b", re.IGNORECASE)
_TO_COLOUR = re.compile(r"\bto (?:black|white|\w+$)|变[黑白]|[成到][黑白]|到\w色", re.IGNORECASE)
_PICTURED = re.compile(
    r"画面|\b(?:picture|image|video)\b(?= and)|\b(?:picture|image|screen)\b", re.IGNORECASE
)
_NONE = re.compile(
    r"\bno (?:more )?(?:(?:sound|audio|music|picture|video) )?fad|不要淡|不用淡", re.IGNORECASE
)
_SLOWLY = re.compile(r"\b(?:slow(?:ly)?|long|gradual(?:ly)?|gentl[ey])\b", re.IGNORECASE)
_QUICKLY = re.compile(r"\b(?:quick(?:ly)?|short|fast)\b", re.IGNORECASE)
_WAYS = ("in", "out")


@dataclass(frozen=True)
class Fade(Plain):
    """Fade sound, picture or both in, out or both, ``ms`` long, or take fades away again.

    Without a place the whole begins and ends so; ``color`` is what the picture fades from and to.
    """

    tool: ClassVar[str] = "fade"
    way: Literal["in", "out", "both"] = "both"
    what: Literal["sound", "picture", "both", "music"] = "both"
    ms: int = FADE
    color: str | None = None
    spans: tuple[Span, ...] = ()
    at: Point | None = None
    off: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "fade to black at the end", "fade the music out over 5 s", "声音淡入2秒"."""
        asked = action.asks("fade", "fade_in", "fade_out") or action.names("fade")
        none = bool(_NONE.search(action.text))
        if not asked or (action.negated and not none) or action.conditional:
            return None
        if action.has(Word.TEXT) or action.names("title", "text", "caption", "transition"):
            return None
        off = none or action.verb is Word.REMOVE or action.has(Word.NOT, Word.WITHOUT)
        color = action.value_of(Word.COLOUR) or (BLACK if "黑" in action.text else None)
        what: Literal["sound", "picture", "both", "music"] = "both"
        if action.has(Word.MUSIC):
            what = "music"
        elif action.has(Word.SOUND, Word.VOLUME, Word.VOICE):
            what = "both" if action.find(Word.VIDEO) and _PICTURED.search(action.text) else "sound"
        elif color or _PICTURED.search(action.text):
            what = "picture"
        ranged = action.spans if not _leading(action.spans) or action.clips else ()
        usual = FADE // 2 if _QUICKLY.search(action.text) else FADE
        usual = 2 * FADE if _SLOWLY.search(action.text) else usual
        long = _leading(action.spans) or action.length or action.goal or usual
        at = action.moments[0].point if action.moments and not ranged else None
        return cls(cls._way(action), what, abs(long), color, ranged, at, off)

    @staticmethod
    def _way(action: Action) -> Literal["in", "out", "both"]:
        edges, ends = action.edges, {s.end == Point(1.0) for s in action.spans if s.clip is None}
        inwards = action.asks("fade_in") or bool(_INWARDS.search(action.text))
        outwards = action.asks("fade_out") or bool(_OUTWARDS.search(action.text))
        if inwards != outwards:
            return "in" if inwards else "out"
        if inwards and outwards:
            return "both"
        if "end" in edges or True in ends or _TO_COLOUR.search(action.text):
            return "both" if "start" in edges else "out"
        if "start" in edges or False in ends:
            return "in"
        return "both"

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Set the fades."""
        if self.what == "music" and not drafts.music_segments(draft):
            raise CannotDo("no_laid_music")
        if self.what == "picture":
            shown(draft)
        if self.off:
            return self._without(draft)
        if self.spans and self.spans[0].clip == 0:
            return self._of_each(draft, workshop)
        total = timeline.length(draft)
        begin, end, ms = self._place(draft)
        if self.what == "music":
            new, long = self._of_music(draft, begin, end, ms)
        else:
            new, long = self._of_clips(draft, begin, end, ms)
        where = "" if (begin, end) == (0, total) else spoken([(begin, end)], total)
        if self.at is not None:
            where = drafts.clock_of(begin)
        color = self.color if self.what in {"picture", "both"} and self.color != BLACK else None
        figures = {"way": self.way, "what": self._heard(draft), "seconds": f"{long / 1000:g}"}
        return Made(new, "faded", {**figures, "where": where, "color": color})

    def _of_each(self, draft: Draft, workshop: Workshop) -> Made:
        """Fade every clip by itself."""
        total, made = timeline.length(draft), Made(draft, "faded")
        for number in range(1, len(timeline.laid(draft)) + 1):
            spans = (self.spans[0].within(number),)
            made = replace(self, spans=spans).apply(made.draft, workshop)
        where = spoken(stretches(draft, self.spans), total)
        return replace(made, figures={**made.figures, "where": where})

    def _heard(self, draft: Draft) -> str:
        track = timeline.main(draft)
        pictured = track is not None and track.get("tt") == drafts.VIDEO
        return self.what if pictured or self.what == "music" else "sound"

    def _place(self, draft: Draft) -> tuple[int, int, int]:
        """Tell where fading in begins and where fading out ends, and how long either takes."""
        total = timeline.length(draft)
        if self.spans:
            span = self.spans[0]
            [(begin, end), *_] = stretches(draft, [span])
            whole = span.clip is not None and (span.start, span.end) == (START, END)
            onward = self.way == "in" and span.end == END and span.start.share == 0
            usual = whole or onward or self.way == "both"  # "from 5 s on" says not how long
            return begin, end, self.ms if usual else end - begin
        if self.at is not None:
            place = self.at.at(total)
            if not 0 < place < total:
                raise CannotDo("beyond", end=drafts.clock_of(total))
            return place, place, self.ms
        return 0, total, self.ms

    def _of_clips(self, draft: Draft, begin: int, end: int, ms: int) -> tuple[Draft, int]:
        """Fade the clips that begin and end there, which are cut where they do not."""
        total = timeline.length(draft)
        keys = [] if self.what == "picture" else ["fade"]
        keys += ["picture_fade"] if self._heard(draft) in {"picture", "both"} else []
        # A picture that goes to black in the middle comes back from it.
        dips = self.at is not None and "picture_fade" in keys
        ways = _WAYS if dips or self.way == "both" else (self.way,)
        places = {"in": begin, "out": end}
        new = timeline.split(draft, [places[way] for way in ways if 0 < places[way] < total])
        if "picture_fade" in keys:
            new = self._apart(new, places, ways)
        long = 0
        for way in ways:
            segment = _at(new, places[way], way)
            if segment is None:
                continue
            details = segment["m"]
            details |= {f"{key}_{way}": ms for key in keys}
            if "picture_fade" in keys and self.color == BLACK:
                details.pop("picture_fade_color", None)
            elif "picture_fade" in keys and self.color:
                details["picture_fade_color"] = self.color
            clamped(segment)
            long = max(long, min(ms, segment["d"]))
        if self.what in {"sound", "both"}:
            music = drafts.music_segments(new)
            if music and "in" in ways and begin == 0:
                music[0]["m"]["fade_in"] = min(ms, music[0]["d"])
            if music and "out" in ways and end == total:
                music[-1]["m"]["fade_out"] = min(ms, music[-1]["d"])
        return new, long

    def _apart(self, draft: Draft, places: dict[str, int], ways: tuple[str, ...]) -> Draft:
        """Cut a clip in two that would fade from one colour and to another: it has but one."""
        for way in ways:
            segment = _at(draft, places[way], way)
            other = f"picture_fade_{'out' if way == 'in' else 'in'}"
            if segment is None or other not in segment["m"] or len(ways) > 1:
                continue
            if segment["m"].get("picture_fade_color", BLACK) != (self.color or BLACK):
                return timeline.split(draft, [segment["m"]["start"] + segment["d"] // 2])
        return draft

    def _of_music(self, draft: Draft, begin: int, end: int, ms: int) -> tuple[Draft, int]:
        """Fade laid music; what is out has ended, and what comes in has not begun before."""
        total = timeline.length(draft)
        if self.way == "out" and end < total:
            draft = drafts.without_music_segments(draft, [(end, total)])
        if self.way == "in" and begin > 0:
            draft = drafts.without_music_segments(draft, [(0, begin)])
        new = timeline.split(draft, [])
        music = drafts.music_segments(new)
        if not music:
            raise CannotDo("no_laid_music")
        long = 0
        for way, segment in (("in", music[0]), ("out", music[-1])):
            if self.way in {way, "both"}:
                long = segment["m"][f"fade_{way}"] = min(ms, segment["d"])
        return new, long

    def _without(self, draft: Draft) -> Made:
        ways = _WAYS if self.way == "both" else (self.way,)
        keys = {f"{key}_{way}" for way in ways for key in self._keys()}

        def change(details: dict[str, Any]) -> None:
            for key in keys & details.keys():
                del details[key]

        whole = [(0, timeline.length(draft))]
        new = (
            timeline.split(draft, [])
            if self.what == "music"
            else timeline.changed(draft, whole, change)
        )
        music = drafts.music_segments(new) if self.what != "picture" else []
        for segment in music if self.what in {"music", "sound"} else ():
            change(segment["m"])
        if self.what == "both" and music:  # it is laid with fades of its own
            laid = {"in": (music[0], drafts.FADE_IN), "out": (music[-1], drafts.FADE_OUT)}
            for way in ways:
                segment, ms = laid[way]
                segment["m"][f"fade_{way}"] = min(ms, segment["d"] // 2)
        if new == draft:
            raise CannotDo("no_fades")
        return Made(new, "fades_gone")

    def _keys(self) -> tuple[str, ...]:
        both = ("fade", "picture_fade")
        return {"picture": ("picture_fade",), "both": both}.get(self.what, ("fade",))


def _at(draft: Draft, place: int, way: str) -> dict[str, Any] | None:
    """Find the clip that begins at a place, or ends there where it is to fade out."""
    track = timeline.main(draft)
    for segment in track["sg"] if track else ():
        edge = segment["m"]["start"] + (0 if way == "in" else segment["d"])
        if edge == place:
            found: dict[str, Any] = segment
            return found
    return None


def _leading(spans: tuple[Span, ...]) -> int | None:
    """Read "over the first 3 seconds" and "for the last 3 seconds" as how long it takes."""
    for span in spans:
        if span.clip is None and span.start == START and not span.end.share:
            return span.end.ms
        if span.clip is None and span.end == END and span.start.share == 1:
            return -span.start.ms
    return None
