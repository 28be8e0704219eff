"""Merging: the edits of a message, each wish once, in the order and the times that are meant.

"Cut 5 to 10 and mute 20 to 25" counts in the times of what lies there now; music goes before other
comes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits import AddMusic, Edit, RemoveMusic
from cogwidgets.engine.agent.edits.clips import Join, Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, figures
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Flip, Rotate, Zoom
from cogwidgets.engine.agent.edits.pace import Reverse, Speed
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Mute, Volume
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.times import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["merged"]

# What is done to a stretch, and leaves the times before it as they are
_THERE = (Mute, Volume, Effects, Zoom, Flip, Rotate, Reverse, Speed, Fade, RemoveMusic)


def _of_one_timeline(edits: list[Edit]) -> list[Edit]:
    """Let what moves the rest and what follows it count in the same times.

    "Cut 5-10, mute 20-25" and "half speed for the first 5 s, then double speed" do the second
    first.
    """
    found: list[Edit] = []
    for edit in edits:
        last = found[-1] if found else None
        if isinstance(last, Cut) and isinstance(edit, Cut) and (both := last.with_next(edit)):
            found[-1] = both
        elif isinstance(last, Speed) and isinstance(edit, Speed) and _halves(last, edit):
            found[-1:] = [edit, _of_longer(last, edit)]
        elif (
            isinstance(last, Cut | Speed)
            and isinstance(edit, (*_THERE, Cut))
            and _behind(last.spans, edit.spans)
        ):
            found[-1:] = [edit, last]
        else:
            found.append(edit)
    return found


def _from_behind(edits: list[Edit]) -> list[Edit]:
    """Do speeds of stretches that lie between one another from the last to the first."""
    found: list[Edit] = []
    for edit in edits:
        last = found[-1] if found else None
        if not (isinstance(last, Speed) and isinstance(edit, Speed)):
            found.append(edit)
            continue
        one, two = figures(last.spans), figures(edit.spans)
        apart = all(b <= c or d <= a for a, b in one for c, d in two)
        if not (one and two and apart) or len(one) + len(two) < 3:  # noqa: PLR2004 - of two
            found.append(edit)
            continue
        each = [
            (at, replace(e, spans=(s,)))
            for e in (last, edit)
            for at, s in zip(figures(e.spans), e.spans, strict=True)
        ]
        found[-1:] = [e for _, e in sorted(each, key=lambda pair: pair[0], reverse=True)]
    return found


def _not_there(edits: list[Edit]) -> list[Edit]:
    """Read 配首歌，前5秒不要音乐 of the music that comes."""
    for at, edit in enumerate(edits):
        laid = next((e for e in edits[:at] if isinstance(e, AddMusic) and not e.spans), None)
        gone = isinstance(edit, RemoveMusic) and edit.spans and not edit.original
        if laid is None or not gone or RemoveMusic() in edits[:at]:
            continue
        where = tuple(span for one in getattr(edit, "spans", ()) for span in one.beside)
        return [replace(e, spans=where) if e is laid else e for e in edits if e is not edit]
    return edits


def _behind(before: Sequence[Span], spans: Sequence[Span]) -> bool:
    """Tell whether stretches lie behind others that a message names before them.

    They count in the times, and the numbers of clips, of what lay there before the message.
    """
    one, two = ({span.clip for span in each} for each in (before, spans))
    if not (one and two):
        return False
    if None not in one | two:
        return not one & two
    ended, begun = figures(before), figures(spans)
    return bool(ended and begun) and all(c >= b for _, b in ended for c, _ in begun)


def _halves(one: Speed, two: Speed) -> bool:
    """Tell whether two speeds are for two shares of the whole, one after the other."""
    spans = (*one.spans, *two.spans)
    points = [point for span in spans for point in (span.start, span.end)]
    whole = len(spans) == 2 and all(span.clip is None for span in spans)  # noqa: PLR2004
    return whole and not any(p.ms for p in points) and points[2].share >= points[1].share > 0


def _of_longer(first: Speed, other: Speed) -> Speed:
    """Give the first half of a video whose other half lasts longer or shorter by then."""
    (span,), (behind,) = first.spans, other.spans
    longer = 1 + (behind.end.share - behind.start.share) * (1 / other.factor - 1)
    start, end = (replace(p, share=p.share / longer) for p in (span.start, span.end))
    return replace(first, spans=(Span(start, end),))


def merged(edits: list[Edit]) -> tuple[Edit, ...]:
    """Make one edit of those that say the same thing twice; music goes before other comes."""
    merged: list[Edit] = []
    worded = any(isinstance(edit, AddText) and edit.text for edit in edits)
    if worded:  # "add two titles, "One" at 0 and "Two" at 5s" asks for no third
        edits = [edit for edit in edits if not isinstance(edit, AddText) or edit.text]
    if any(isinstance(edit, Slideshow) for edit in edits):  # 把照片串起来做成视频
        edits = [edit for edit in edits if edit != Join()]
    show = next((edit for edit in edits if isinstance(edit, Slideshow)), None)
    crossing = (e for e in edits if isinstance(e, Transition))
    laid = next((e for e in crossing if e == Transition(e.kind, e.ms)), None)
    if show and laid and not show.transition:  # "20 seconds in total, with transitions"
        crossed = replace(show, transition=laid.kind, fade=laid.ms)
        edits = [crossed if edit is show else edit for edit in edits if edit is not laid]
    kept = next((i for i, e in enumerate(edits) if isinstance(e, Keep | Cut) and e.spans), None)
    if kept is not None:  # 只留0-5秒和20-25秒，拼在一起
        edits = [edit for i, edit in enumerate(edits) if i < kept or edit != Join()]
    if Mute() in edits:  # "remove the sound and use my song instead"
        edits = [e for e in edits if not isinstance(e, RemoveMusic) or e.spans]
    if any(isinstance(edit, Keep) or (isinstance(edit, Cut) and edit.spans) for edit in edits):
        # "cut it so that it ends at 0:17" says which part, so it need not be asked
        edits = [edit for edit in edits if not isinstance(edit, Cut) or edit.spans]
    edits = _from_behind(_not_there(edits))
    for edit in _of_one_timeline(edits):
        for place, known in enumerate(merged):
            one = known.merged(edit) if type(known) is type(edit) else None
            if one is not None:
                merged[place] = one
                break
        else:
            merged.append(edit)
    laying = next((i for i, edit in enumerate(merged) if isinstance(edit, AddMusic)), len(merged))
    late = [edit for edit in merged[laying:] if isinstance(edit, RemoveMusic)]
    rest = [edit for edit in merged[laying:] if not isinstance(edit, RemoveMusic)]
    return (*merged[:laying], *late, *rest)
