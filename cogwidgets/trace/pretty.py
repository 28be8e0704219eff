"""Pretty: JSON, times and sizes as a person reads them, as text and as HTML with inline styles.

Colours are of middle lightness, so that they can be read on white and on black: a saved notebook
does not know on which it will be shown, and its sanitizer lets no style sheet through.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

__all__ = ["GREEN", "MONO", "RED", "json_html", "json_text", "seconds", "short_path", "size", "tag"]

GREEN, RED, AMBER, BLUE = "#2c8a56", "#cf4a4a", "#a8741a", "#4a7fc9"
MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"

_WIDTH = 72  # characters up to which a value stands on one line
_DEEP = 1 << 18  # characters of JSON that are laid out; more is shown as it came
_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?|(?P<word>-?\d[\d.eE+-]*|\btrue\b|\bfalse\b|\bnull\b)'
)


def tag(name: str, inner: str, style: str = "", **attributes: str) -> str:
    """Return an element around HTML that is already escaped.

    >>> tag("b", "1 &lt; 2", "color:red", title='"so"')
    '<b style="color:red" title="&quot;so&quot;">1 &lt; 2</b>'
    """
    given = {"style": style} | attributes if style else attributes
    said = "".join(f' {key}="{html.escape(value)}"' for key, value in given.items())
    return f"<{name}{said}>{inner}</{name}>"


def dumps(value: Any) -> str:
    """Return a JSON value on one line, letters as they are."""
    return json.dumps(value, ensure_ascii=False)


def json_text(value: Any, indent: int = 0, write: Callable[[Any], str] = dumps) -> str:
    """Lay JSON out: what fits on a line stands on one, as ``write`` writes it.

    >>> print(json_text({"code": 0, "data": {"token": "x" * 20, "credits": [1, 2]}, "y": "z" * 20}))
    {
      "code": 0,
      "data": {"token": "xxxxxxxxxxxxxxxxxxxx", "credits": [1, 2]},
      "y": "zzzzzzzzzzzzzzzzzzzz"
    }
    """
    line = write(value)
    if len(line) <= _WIDTH - indent or not isinstance(value, dict | list) or not value:
        return line
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(value, dict):
        pairs = ((write(key), json_text(item, indent + 2, write)) for key, item in value.items())
        rows = [f"{inner}{key}: {item}" for key, item in pairs]
        return "{\n" + ",\n".join(rows) + f"\n{outer}}}"
    rows = [inner + json_text(item, indent + 2, write) for item in value]
    return "[\n" + ",\n".join(rows) + f"\n{outer}]"


def json_html(body: str, limit: int) -> tuple[str, int]:
    """Return a body as HTML, coloured where it is JSON, and how many characters are left out."""
    text = body
    if len(body) <= _DEEP and body[:1] in ("{", "["):
        try:
            text = json_text(json.loads(body))
        except (ValueError, RecursionError):
            return html.escape(body[:limit]), max(0, len(body) - limit)
    shown = text[:limit]
    coloured = _TOKEN.sub(_coloured, shown) if text is not body else html.escape(shown)
    return coloured, len(text) - len(shown)


def _coloured(match: re.Match[str]) -> str:
    said = html.escape(match["string"] or match["word"], quote=False)
    if match["colon"]:
        return f'<span style="opacity:.72">{said}</span>{match["colon"]}'
    return f'<span style="color:{BLUE if match["word"] else GREEN}">{said}</span>'


def seconds(value: float | None) -> str:
    """Say a duration with two or three figures.

    >>> seconds(0.00043), seconds(0.0123), seconds(1.234), seconds(75)
    ('0.4 ms', '12 ms', '1.23 s', '1:15 min')
    """
    if value is None:
        return ""
    if value < 1:
        return f"{1000 * value:.1f} ms" if value < 0.01 else f"{1000 * value:.0f} ms"  # noqa: PLR2004
    if value < 60:  # noqa: PLR2004 - a minute
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"  # noqa: PLR2004 - three figures
    return f"{int(value) // 60}:{int(value) % 60:02} min"


def size(count: float) -> str:
    """Say a number of bytes in SI units.

    >>> size(58), size(3_308_520), size(0)
    ('58 B', '3.3 MB', '0 B')
    """
    for unit in ("B", "kB", "MB"):
        if count < 1000:  # noqa: PLR2004 - SI units
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"  # noqa: PLR2004
        count /= 1000
    return f"{count:.1f} GB"


def short_path(path: str) -> str:
    """Shorten the ids in a path, so that a row stays a row.

    >>> short_path("/api/state/nemo_agent/me/1388341027003350529/latest")
    '/api/state/nemo_agent/me/1388341…0529/latest'
    """
    parts = path.split("/")
    return "/".join(p if len(p) <= 18 else f"{p[:7]}…{p[-4:]}" for p in parts)  # noqa: PLR2004
