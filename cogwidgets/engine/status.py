"""Status: a page for the person who runs the engine, plain HTML, read in any browser."""

from __future__ import annotations

import html
import shutil
import time
from typing import TYPE_CHECKING

import cogwidgets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cogwidgets.engine.backend import Backend

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #777; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --soft: #aaa; --bad: #ff8a80; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 .2rem; } h2 { font-size: 1rem; margin: 1.8rem 0 .3rem; }
p { margin: .2rem 0; color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-weight: 600; } td.bad { color: var(--bad); } .wide { overflow-x: auto; }
meter { width: 12rem; vertical-align: middle; }
"""


def page(backend: Backend) -> str:
    """Return the page: what is at work, what the disk holds, who there is, what went wrong."""
    store, policy = backend.store, backend.policy
    disk = shutil.disk_usage(store.home)
    used = store.used()
    facts = store.counts()
    renders = [
        (r.id, r.account, r.status, f"{100 * r.progress:.0f} %", _ago(r.created))
        for r in store.unfinished_renders()[:50]
    ]
    wrong = [(_ago(when), what, account, said) for when, what, account, said in store.failures(12)]
    running, waiting = backend.jobs.load()
    most = f" of {policy.account_bytes / 1e9:g}" if policy.account_bytes else ""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>cogwidgets engine</title>"
        '<meta name=viewport content="width=device-width">'
        "<meta http-equiv=refresh content=10><meta name=referrer content=no-referrer>"
        f"<style>{_STYLE}</style>"
        f"<h1>cogwidgets engine</h1><p>{_text(backend.url)} · version {cogwidgets.__version__} · "
        f"up {_span(time.time() - backend.started)} · keeps its files in {_text(store.home)}</p>"
        + _section(
            "Jobs",
            _table(
                ("processes at work", "waiting", "messages open", "renders open", "where"),
                [(running, waiting, backend.turns.open(), len(renders), backend.jobs.place)],
            )
            + _table(("render", "account", "status", "progress", "since"), renders, "No render."),
        )
        + _section(
            "Disk",
            f"<p>Media take {used / 1e9:.2f} GB; {disk.free / 1e9:.1f} of "
            f"{disk.total / 1e9:.1f} GB are free. <meter value={disk.total - disk.free} "
            f"max={disk.total} high={disk.total * 0.9:.0f}></meter></p>"
            + _table(
                ("account", "media GB" + most, "files"),
                [(a, f"{size / 1e9:.3f}", files) for a, size, files in store.largest(8)],
                "Nobody has media here.",
            ),
        )
        + _section(
            "Accounts",
            _table(tuple(facts), [tuple(facts.values())])
            + f"<p>Edits {'cost' if policy.credits else 'do not cost'} credits; a client has "
            f"{'one token' if policy.one_token else 'as many tokens as it likes'} in 7 days; media "
            + (
                f"of sessions unused for {policy.keep_days:g} days are removed.</p>"
                if policy.keep_days is not None
                else "are kept until somebody runs cogwidgets clean-up.</p>"
            ),
        )
        + _section("What went wrong", _table(("when", "what", "account", "why"), wrong, "Nothing."))
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{title}</h2>{content}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], nothing: str = "") -> str:
    lines = [
        "<tr>" + "".join(f"<td{_kind(cell)}>{_text(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    ]
    if not lines and nothing:
        return f"<p>{nothing}</p>"
    head = "".join(f"<th>{_text(name)}</th>" for name in heads)
    return f"<div class=wide><table><tr>{head}</tr>{''.join(lines)}</table></div>"


def _kind(cell: object) -> str:
    return " class=bad" if cell == "failed" else ""


def _text(value: object) -> str:
    text = str(value)
    return html.escape(text if len(text) <= 200 else text[:197] + "...")  # noqa: PLR2004


def _ago(when: float) -> str:
    return f"{_span(time.time() - when)} ago"


def _span(seconds: float) -> str:
    """Say a span of time in its largest unit.

    >>> _span(5), _span(130), _span(9000), _span(200_000)
    ('5 s', '2 min', '2 h', '2 d')
    """
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
