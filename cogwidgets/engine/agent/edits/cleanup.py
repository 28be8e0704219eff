"""Edits that clean up: cut silences out, take noise away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Edit, Made, spoken, stretches
from cogwidgets.engine.agent.edits.sound import STANDARD
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop
    from cogwidgets.engine.agent.times import Span

__all__ = ["Denoise", "RemoveSilences"]

LEFT = 150  # ms of a silence that stay on each side, so that words keep their breath


@dataclass(frozen=True)
class RemoveSilences(Edit):
    """Cut out where nobody speaks; ``longer_than`` ms counts as silence."""

    tool: ClassVar[str] = "remove_silences"
    longer_than: int = 700
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "remove the silences", "cut out pauses longer than 1 second", "去掉停顿"."""
        asked = action.verb is Word.REMOVE or action.asks("trim", "faster", "cut")
        asked = asked or (action.verb is None and not action.strange)  # "no dead air", "tighten it"
        if not action.names("silence") or not asked or action.negated:
            return None
        if action.verb is None and action.goal:  # "tighten it up to 45 s", which says how long
            return None
        return cls(action.length or cls.longer_than, action.stretches)

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Find them and cut them out."""
        pieces = timeline.laid(draft)
        sources = list(dict.fromkeys(p.segment["m"]["source"] for p in pieces if _sounds(p)))
        quiet = {}
        for number, source in enumerate(sources):
            quiet[source] = await workshop.silences(
                source,
                lambda fraction, n=number: progress((n + fraction) / len(sources)),  # type: ignore[misc]
            )
        gaps = [
            gap for p in pieces if _sounds(p) for gap in _gaps(p, quiet[p.segment["m"]["source"]])
        ]
        within = stretches(draft, self.spans)
        where = [
            (a + LEFT, b - LEFT)
            for a, b in drafts.united(gaps)
            if any(a < end and b > start for start, end in within)
            and b - a >= max(self.longer_than, 2 * LEFT + 1)
        ]
        if not where:
            raise CannotDo("no_silence")
        new = timeline.cut(draft, where)
        if not timeline.length(new):
            raise CannotDo("nothing_left")
        gone = timeline.length(draft) - timeline.length(new)
        figures = {"count": len(where), "seconds": f"{gone / 1000:.1f}"}
        total = drafts.clock_of(timeline.length(new))
        return Made(new, "silences_cut", {**figures, "total": total}, {"silences": where})


def _sounds(piece: timeline.Laid) -> bool:
    return not piece.segment["m"].get("still")


def _gaps(piece: timeline.Laid, quiet: list[list[int]]) -> list[tuple[int, int]]:
    """Tell where on the timeline the silences of a clip's source are."""
    if piece.old is None:
        return []
    start, end = piece.old
    details = piece.segment["m"]
    first, last = drafts.in_source(piece.segment, 0, end - start)
    speed = details.get("speed", 1.0)
    found = []
    for a, b in quiet:
        one, two = max(a, first), min(b, last)
        if two > one:
            begin, stop = (one - first) / speed, (two - first) / speed
            if details.get("reverse"):
                begin, stop = (end - start) - stop, (end - start) - begin
            found.append((start + round(begin), start + round(stop)))
    return found


@dataclass(frozen=True)
class Denoise(Edit):
    """Take the noise out of the clips' sound and keep the voices."""

    tool: ClassVar[str] = "denoise"
    level: bool = False
    spans: tuple[Span, ...] = ()

    def merged(self, other: Edit) -> Edit | None:
        """Take "make the sound clearer, remove the hiss" for one wish."""
        if isinstance(other, Denoise) and self.spans != other.spans:
            return None
        return self if self.level or not isinstance(other, Denoise) else other

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "remove the background noise", "降噪", "clean up the audio"."""
        freshens = action.asks("freshen")
        bare = action.names("noise") and action.verb in {
            Word.REMOVE,
            Word.LEVEL,
            Word.OTHER,
            Word.ADD,
            None,
        }
        # "there's a lot of hiss" is a complaint
        bare = bare or (action.names("noise") and action.how == "have" and not action.negated)
        if not (freshens or bare) or action.negated or action.unlisted:
            return None
        spans = action.stretches
        if action.has(Word.NOT) or action.asks("louder") or (action.timed and not spans):
            return None
        if action.asks("up") and not _HARDER.search(action.text):
            return None
        return cls(level=freshens, spans=spans)

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Make the clean sound and put it in place of the clips' own."""
        where = stretches(draft, self.spans)
        lying = (c for c in drafts.clips(draft) if drafts.lies_in(c, where))
        clips = [c for c in lying if not c["m"].get("still")]
        sources = list(dict.fromkeys(c["m"]["source"] for c in clips if "denoised" not in c["m"]))
        if not sources and not self.level:
            raise CannotDo("denoised_already")
        done = {}
        for number, source in enumerate(sources):
            done[source] = await workshop.denoise(
                source,
                lambda fraction, n=number: progress((n + fraction) / len(sources)),  # type: ignore[misc]
            )

        def change(details: dict[str, Any]) -> None:
            if details.get("source") in done:
                details["denoised"] = done[details["source"]]

        new = timeline.changed(draft, where, change)
        if self.level:
            new.setdefault("m", {})["loudness"] = STANDARD
        names = ", ".join(dict.fromkeys(clip["m"]["name"] for clip in clips))
        figures = {"name": names, "where": spoken(where, timeline.length(draft))}
        return Made(new, "freshened" if self.level else "denoised", figures)


_HARDER = re.compile(r"强|加大|力度|\bstrong|\bmore\b", re.IGNORECASE)
