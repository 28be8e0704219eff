"""Lanes: a draft as a picture, one SVG that reads on white and on black.

It carries its own pictures and no script, so a saved notebook shows it as it was. Ink and lines are
the page's own text colour; the hues are between light and dark.
"""

from __future__ import annotations

import hashlib
import html
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cogwidgets.draft.draft import clock
from cogwidgets.draft.layout import Clip, Lane, Layout, Run, span, ticks

if TYPE_CHECKING:
    from cogwidgets.draft.draft import Draft
    from cogwidgets.draft.sketch import Sketch

__all__ = ["HUES", "Picture", "lanes", "loud"]

HUES = {
    "video": "#5b7fd6",
    "audio": "#12998c",
    "music": "#d9622b",
    "text": "#8c63e0",
    "other": "#8a94a6",
    "good": "#1f9d61",
}
_GUTTER, _RIGHT, _TOP, _GAP = 104, 14, 26, 6  # pixels
_LABEL, _STRIP, _WAVE, _FLAT = 20, 36, 32, 26
_TILE = _STRIP * 16 // 9
_SAID = 800  # letters of the summary, which is read aloud
_BAR = 3.0  # pixels a bar of a waveform takes
_LETTER = 7.0  # pixels a letter takes, about
_FONT = "system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
_LOUDEST = 0.92  # of half a lane's height


class Picture(str):
    """SVG as text, which draws itself at the end of a cell.

    >>> Picture("<svg></svg>")
    <Picture · 11 characters of SVG>
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Stand in the page itself, so that its ink is the page's."""
        return str(self)

    def __repr__(self) -> str:
        return f"<Picture · {len(self)} characters of SVG>"


def lanes(
    draft: Draft,
    *,
    sketches: Mapping[str, Sketch] | None = None,
    before: Draft | None = None,
    width: int = 960,
) -> Picture:
    """Draw a draft as SVG: a lane a track, clips to scale.

    ``sketches`` gives waveforms and thumbnails by source (`Session.sketch`); where music was
    removed, what was there stands behind what is left. What differs from ``before`` is marked.
    ``width`` is in pixels; the picture shrinks with its page.

    >>> from cogwidgets.draft import Draft
    >>> picture = lanes(Draft({"t": [{"tt": 7, "sg": [{"d": 3000, "m": {"text": "Day one"}}]}]}))
    >>> picture[:4], "Day one" in picture
    ('<svg', True)
    """
    layout = Layout(draft, before)
    painter = _Painter(layout, sketches or {}, width)
    body, height = painter.all()
    said = html.escape(textwrap.shorten(str(draft), _SAID, placeholder=" …"), quote=True)
    mark = hashlib.sha256(body.encode()).hexdigest()[:8]
    return Picture(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{said}" font-family="{_FONT}" font-size="12" fill="currentColor" '
        f'style="display:block;width:100%;max-width:{width}px;height:auto">'
        f"<title>{said}</title>{body.replace('@@', mark)}</svg>"
    )


class _Painter:
    """Draw lane after lane downwards."""

    def __init__(self, layout: Layout, sketches: Mapping[str, Sketch], width: int) -> None:
        self._layout = layout
        self._sketches = sketches
        self._length = layout.duration or 1.0
        self._span = width - _GUTTER - _RIGHT
        self._width = width
        self._pictures: dict[str, str] = {}
        self._filmed = {
            clip.track
            for clip in layout.clips
            if clip.picture in self._sketches and self._sketches[clip.picture].thumbnails
        }

    def all(self) -> tuple[str, int]:
        """Return the drawing and its height."""
        drawn: list[str] = []
        seen = self._layout.window(0, self._length, self._span)
        y = _TOP
        for lane in self._layout.lanes:
            height = self._height(lane)
            drawn.append(_lane_name(lane, y, height))
            clips = [clip for clip in seen if clip.track == lane.index]
            drawn += [self._clip(clip, y, height) for clip in clips]
            y += height + _GAP
        if not self._layout.lanes:
            drawn.append(_text(_GUTTER, y + 16, "Nothing on the timeline yet", opacity=0.65))
            y += _FLAT + _GAP
        kept = "".join(
            f'<image id="p@@{name}" href="{uri}" height="{_STRIP}" width="{_TILE}" '
            'preserveAspectRatio="xMidYMid slice"/>'
            for uri, name in self._pictures.items()
        )
        return f"<defs>{kept}</defs>{self._ruler(y)}{''.join(drawn)}", y

    def _x(self, second: float) -> float:
        return _GUTTER + self._span * second / self._length

    def _height(self, lane: Lane) -> int:
        inside = (_STRIP if lane.index in self._filmed else 0) + (_WAVE if lane.sounds else 0)
        return _LABEL + inside if inside else _FLAT

    def _ruler(self, bottom: int) -> str:
        marks = []
        for second in ticks(0, self._length, self._span):
            x = self._x(second)
            marks.append(
                f'<path d="M{x:.1f} {_TOP - 6}V{bottom - _GAP}" stroke="currentColor" '
                'stroke-opacity=".12"/>'
                + _text(x, 14, clock(second), size=10.5, anchor="middle", opacity=0.65)
            )
        return "".join(marks)

    def _clip(self, clip: Clip | Run, y: int, height: int) -> str:
        hue = HUES[clip.hue]
        x, wide = self._x(clip.start), max(1.5, self._x(clip.end) - self._x(clip.start))
        edge = (
            f'stroke="{HUES["good"]}" stroke-width="1.75"'
            if clip.changed
            else f'stroke="{hue}" stroke-opacity=".55"'
        )
        told = f"{clip.count} clips" if isinstance(clip, Run) else clip.label
        inside = self._inside(clip, wide, height) if isinstance(clip, Clip) else ""
        noted = f" · {clip.changed}" if clip.changed else ""
        return (
            f'<svg x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{height}">'
            f"<title>{html.escape(f'{told} · {span(clip)}{noted}')}</title>"
            f'<rect width="100%" height="100%" rx="5" fill="{hue}" '
            f'fill-opacity="{0.55 if isinstance(clip, Run) else 0.16}"/>{inside}'
            f'<rect x=".9" y=".9" width="{max(0.5, wide - 1.8):.1f}" height="{height - 1.8}" '
            f'rx="4.5" fill="none" {edge}/></svg>'
        )

    def _inside(self, clip: Clip, wide: float, height: int) -> str:
        drawn = []
        if clip.track in self._filmed:
            drawn.append(self._strip(clip, wide))
        if clip.sound:
            drawn.append(self._sound(clip, wide, height - _WAVE))
        room = wide - 14
        said = f"“{clip.label}”" if clip.hue == "text" else clip.label
        label = _cut(" · ".join(filter(None, (said, clip.note))), room)
        if label != said and clip.hue == "text":
            label = _cut(clip.label, room)  # quotes only where there is room for them
        if label:
            drawn.append(_text(8, 13.5 if height > _FLAT else 17, label, weight=600))
        if clip.changed and _cut(clip.changed, room - _LETTER * len(label) - 14) == clip.changed:
            drawn.append(
                _text(wide - 8, 13.5 if height > _FLAT else 17, clip.changed, size=11,
                      anchor="end", fill=HUES["good"], weight=600)
            )  # fmt: skip
        return "".join(drawn)

    def _strip(self, clip: Clip, wide: float) -> str:
        sketch = self._sketches.get(clip.picture)
        if sketch is None or not sketch.thumbnails:
            return ""
        tile = _TILE
        drawn = []
        for number in range(min(60, int(wide / tile) + 1)):
            second = clip.start + (number + 0.5) * tile / self._span * self._length
            uri = sketch.picture_at(_within(clip.source_time(second), clip, sketch))
            name = self._pictures.setdefault(uri, f"{len(self._pictures)}")
            drawn.append(f'<use href="#p@@{name}" x="{number * tile:.1f}" y="{_LABEL}"/>')
        return "".join(drawn)

    def _sound(self, clip: Clip, wide: float, y: int) -> str:
        """Draw what is heard, and behind it what was taken out."""
        drawn = []
        was, heard = self._sketches.get(clip.was), self._sketches.get(clip.sound)
        hue = "audio" if clip.was else clip.hue
        if was is not None and clip.removed:
            kept = [
                peak if any(a <= second < b for a, b in clip.removed) else 0
                for peak, second in self._peaks(clip, was, wide)
            ]
            drawn.append(_wave(kept, y, HUES["music"], 0.65))
        if heard is not None:
            peaks = [peak * clip.gain for peak, _ in self._peaks(clip, heard, wide)]
            drawn.append(_wave(peaks, y, HUES[hue], 0.95))
        for low, high in clip.removed:
            x, to = self._x(low) - self._x(clip.start), self._x(high) - self._x(clip.start)
            drawn.append(
                f'<path d="M{x:.1f} {y + _WAVE - 1.5}H{to:.1f}" stroke="{HUES["music"]}" '
                'stroke-width="2" stroke-dasharray="3 3"><title>music removed '
                f"{clock(low)}–{clock(high)}</title></path>"
            )
        return "".join(drawn)

    def _peaks(self, clip: Clip, sketch: Sketch, wide: float) -> list[tuple[float, float]]:
        """Return peak and second of the timeline of each bar."""
        count = max(1, int(wide / _BAR))
        length = (clip.end - clip.start) / count
        found = []
        for number in range(count):
            second = clip.start + number * length
            low = _within(clip.source_time(second + (length if clip.reverse else 0)), clip, sketch)
            found.append((float(sketch.between(low, low + length * clip.speed, 1)[0]), second))
        return found


def _within(second: float, clip: Clip, sketch: Sketch) -> float:
    """Bring a second of a source that repeats into its length."""
    return second % sketch.duration if clip.loop and sketch.duration else second


def _lane_name(lane: Lane, y: int, height: int) -> str:
    middle = y + height / 2 + 4
    return _text(12, middle, f"{lane.index}", opacity=0.5) + _text(
        28, middle, _cut(lane.name, _GUTTER - 34)
    )


def loud(peak: float) -> float:
    """Return how tall a peak is drawn: speech is far below full scale, and is to be seen.

    >>> loud(0), round(loud(25), 2), loud(100)
    (0.0, 0.41, 1.0)
    """
    return float(min(1.0, peak / 100) ** 0.65)


def _wave(peaks: Iterable[float], y: float, fill: str, opacity: float) -> str:
    """Draw bars about a middle line; silence stays a dotted line."""
    middle, half = y + _WAVE / 2, _WAVE / 2 * _LOUDEST
    path = "".join(
        f"M{number * _BAR + 1.5:.1f} {middle - tall:.1f}v{2 * tall:.1f}"
        for number, peak in enumerate(peaks)
        if (tall := max(0.5, half * loud(peak)))
    )
    return (
        f'<path d="{path}" stroke="{fill}" stroke-width="2" stroke-opacity="{opacity}" '
        'stroke-linecap="round"/>'
    )


def _cut(text: str, room: float) -> str:
    """Shorten a label to its room in pixels; empty where nothing readable is left."""
    letters = int(room / _LETTER)
    line = " ".join(text.split())
    return line if len(line) <= letters else f"{line[: letters - 1]}…" if letters > 2 else ""  # noqa: PLR2004


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 12,
    anchor: str = "start",
    opacity: float = 1.0,
    weight: int = 400,
    fill: str = "currentColor",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="{fill}" fill-opacity="{opacity}">{html.escape(text)}</text>'
    )
