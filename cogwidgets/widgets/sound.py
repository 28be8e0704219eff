"""SoundReport: where music was found, how far it fell, and what is heard now."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import traitlets

from cogwidgets.api.wire import fields, items, number
from cogwidgets.draft import Segment, clock
from cogwidgets.widgets.base import static
from cogwidgets.widgets.following import Following

if TYPE_CHECKING:
    from cogwidgets.client import Session

__all__ = ["SoundReport"]

_SILENT = 60.0  # dB; what is quieter is as good as silent

Cells = tuple[str, ...]


class SoundReport(Following):
    """Tell what was done to the sound of a session, in figures.

    They are what the service says of its own work in the session's state; nothing is asked for.

    >>> import cogwidgets as cog
    >>> from cogwidgets.client import Session
    >>> client = cog.connect(base_url="http://127.0.0.1:9", token="my-own-token")
    >>> SoundReport(Session(client, "1", "my vlog"))
    <SoundReport · nothing was removed>
    """

    _esm, _css = static("sound")
    page = traitlets.Unicode("", help="the report as HTML").tag(sync=True)

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **options)
        self.refresh()

    def refresh(self) -> None:
        """Show what the session's state said when it was last read."""
        self.page = self.html()

    def removed(self) -> list[Cells]:
        """Return a row a sound track: file, where music was, its share, the pauses, strength."""
        rows: list[Cells] = []
        for analysis in map(fields, self.session.analyses):
            for stream in map(fields, items(analysis.get("streams"))):
                spans = [span for span in map(_span, items(stream.get("music"))) if span]
                length = number(stream.get("duration")) or 0.0
                music = sum(end - start for start, end in spans)
                drop = number(stream.get("pause_drop_db"))
                rows.append(
                    (
                        str(analysis.get("filename") or ""),
                        ", ".join(f"{clock(a)}–{clock(b)}" for a, b in spans) or "none",
                        f"{min(1.0, music / length):.0%}" if length else "",
                        "" if drop is None else _quieter(drop),
                        str(analysis.get("strength") or ""),
                    )
                )
        return rows

    def heard(self) -> list[Cells]:
        """Return a row a segment with sound: name, what it is, when, volume, and how it sits."""
        return [
            (
                segment.name,
                _what(segment),
                f"{clock(segment.start)}–{clock(segment.end)}",
                f"{segment.volume:.0%}",
                ", ".join(_sits(segment)),
            )
            for segment in self.newest.segments
            if segment.kind in ("video", "audio")
        ]

    def html(self) -> str:
        """Return both tables."""
        removed, heard = self.removed(), self.heard()
        pages = ""
        if removed:
            heads = ("file", "music was at", "of it", "in the pauses", "strength")
            pages += _table("Removed", heads, removed)
        if heard:
            heads = ("clip", "sound", "from–to", "volume", "")
            pages += _table("Heard now", heads, heard)
        return pages or "<p>There is no sound yet.</p>"

    def __repr__(self) -> str:
        count = len(self.removed())
        tracks = f"{count} track{'s' * (count != 1)} cleared" if count else "nothing was removed"
        return f"<SoundReport · {tracks}>"


def _span(pair: Any) -> tuple[float, float] | None:
    ends = [number(end) for end in items(pair)]
    match ends:
        case [float() | int() as start, float() | int() as end]:
            return start / 1000, end / 1000
    return None


def _quieter(drop: float) -> str:
    return "silent" if drop >= _SILENT else f"{drop:.0f} dB quieter"


def _what(segment: Segment) -> str:
    if segment.meta.get("role") == "music":
        return "music, laid under"
    if segment.meta.get("mute") is True:
        return "muted"
    if segment.music_level in {0, 1}:
        return "as it was recorded" if segment.music_level else "speech alone"
    return f"speech, music at {segment.music_level:.0%}"


def _sits(segment: Segment) -> Iterable[str]:
    meta = segment.meta
    loudness = number(meta.get("loudness"))
    if loudness is not None:
        yield f"{loudness:g} LUFS"
    if meta.get("duck") is True:
        yield "lower while somebody speaks"
    for key, word in (("fade_in", "fades in"), ("fade_out", "fades out")):
        if (lasts := number(meta.get(key)) or 0) > 0:
            yield f"{word} over {lasts / 1000:g} s"


def _table(title: str, heads: Cells, rows: list[Cells]) -> str:
    head = "".join(f"<th>{html.escape(one)}</th>" for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
