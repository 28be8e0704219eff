"""Pages: what views show where there are no widgets, as HTML with its styles on the elements."""

from __future__ import annotations

import html
from typing import Any

from cogwidgets.draft import clock

__all__ = ["files", "studio", "talk"]

_QUIET = "opacity:.7;font-size:12px"
_ME = (
    "margin:6px 0 6px auto;max-width:75%;width:fit-content;padding:6px 11px;"
    "border-radius:11px 11px 3px 11px;background:rgba(70,130,240,.16);white-space:pre-wrap"
)
_BOX = "font:13px/1.45 system-ui,sans-serif;max-width:760px"


def files(uploads: list[dict[str, Any]]) -> str:
    """Return uploaded files as a list.

    >>> files([{"name": "a<b.mp4", "duration": 3.0, "size": 1_200_000}]).count("a&lt;b.mp4")
    1
    """
    rows = []
    for one in uploads:
        told = [clock(one["duration"])] if one.get("duration") else []
        told += [f"{one['size'] / 1e6:.1f} MB"] if one.get("size") else []
        line = f"<b>{html.escape(one['name'])}</b>"
        line += f' <span style="{_QUIET}">{" · ".join(told)}</span>' if told else ""
        rows.append(f'<li style="margin:2px 0">{line}</li>')
    body = f'<ul style="margin:0;padding-left:1.2em">{"".join(rows)}</ul>' if rows else "No files."
    return f'<div style="{_BOX}">{body}</div>'


def talk(entries: list[dict[str, Any]]) -> str:
    """Return a conversation: what was said, what was done, what changed."""
    rows = []
    for one in entries:
        if one["who"] == "me":
            rows.append(f'<div style="{_ME}">{html.escape(one["text"])}</div>')
            continue
        rows += [
            f'<div style="{_QUIET}">✓ {html.escape(step["label"])}</div>'
            for step in one.get("steps", [])
        ]
        rows.append(f'<div style="margin:4px 0">{one.get("html", "")}</div>')
        rows += [
            f'<div style="{_QUIET}">· {html.escape(change)}</div>'
            for change in one.get("changes", [])
        ]
        if one.get("error"):
            said = f"{one['error']['message']} {one['error']['hint']}".strip()
            rows.append(f'<div style="margin:4px 0">{html.escape(said)}</div>')
    return f'<div style="{_BOX}">{"".join(rows) or "Nothing has been said yet."}</div>'


def studio(name: str, pieces: list[str]) -> str:
    """Return the pieces of a Studio below each other, under its name."""
    rows = "".join(f'<div style="padding:8px 0">{piece}</div>' for piece in pieces)
    return f'<div style="max-width:1100px"><b>{html.escape(name)}</b>{rows}</div>'
