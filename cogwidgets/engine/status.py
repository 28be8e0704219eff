"""Status: a page for the person who runs the engine, plain HTML, read in any browser."""

from __future__ import annotations

import html
import shutil
import time
from typing import TYPE_CHECKING

import cogwidgets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cogwidgets.engine.backend import Backend

__all__ = ["page"]

LISTED = 50
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #777; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --soft: #aaa; --bad: #ff8a80; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 .2rem; } h2 { font-size: 1rem; margin: 1.8rem 0 .3rem; }
p { margin: .2rem 0; color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; white-space: nowrap; }
th { font-weight: 400; font-size: .85rem; color: var(--soft); }
td.bad { color: var(--bad); }
td:last-child, th:last-child { white-space: normal; min-width: 4.5rem; padding-right: 0; }
.wide { overflow-x: auto; } .wide + .wide { margin-top: .8rem; }
dl { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: .3rem 0; }
dt { font-size: .85rem; color: var(--soft); } dd { margin: 0; font-size: 1.25rem; }
dl > div { display: flex; flex-direction: column-reverse; }
meter { width: 12rem; vertical-align: middle; } code { font-size: .9em; white-space: nowrap; }
"""


def page(backend: Backend) -> str:
    """Return the page: what is at work, what the disk holds, who there is, what went wrong."""
    store, policy = backend.store, backend.policy
    disk = shutil.disk_usage(store.home)
    used = store.used()
    facts = store.counts()
    renders = store.unfinished_renders()
    at_work: list[Sequence[object]] = [
        (f"render {r.id}", r.account, r.status, f"{100 * r.progress:.0f} %", _ago(r.created))
        for r in renders[:LISTED]
    ]
    at_work += [("message", who, "", "", _ago(when)) for who, when in store.open_messages(LISTED)]
    wrong = [(_ago(when), what, account, said) for when, what, account, said in store.failures(12)]
    running, waiting = backend.jobs.load()
    most = f", of {_size(policy.account_bytes)}" if policy.account_bytes else ""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>cogwidgets engine</title>"
        '<meta name=viewport content="width=device-width">'
        "<meta http-equiv=refresh content=10><meta name=referrer content=no-referrer>"
        f"<style>{_STYLE}</style>"
        f"<h1>cogwidgets engine</h1><p>{_text(backend.url)} · version {cogwidgets.__version__} · "
        f"up {_span(time.time() - backend.started)} · keeps its files in {_text(store.home)}</p>"
        + _section(
            "Jobs",
            _figures(
                {
                    "messages open": backend.turns.open(),
                    "renders open": len(renders),
                    "jobs at work": running,
                    "jobs waiting": waiting,
                    "where": backend.jobs.place,
                }
            )
            + _table(("what", "account", "status", "progress", "since"), at_work, "Nothing to do."),
        )
        + _section(
            "Disk",
            f"<p>Media take {_size(used)}; {_size(disk.free)} of {_size(disk.total)} are free. "
            f"<meter value={disk.total - disk.free} max={disk.total} "
            f"high={disk.total * 0.9:.0f}>disk in use</meter></p>"
            + _table(
                ("account", "media" + most, "files"),
                [(a, _size(size), files) for a, size, files in store.largest(8)],
                "Nobody has media here.",
            ),
        )
        + _section(
            "Accounts",
            _figures(facts)
            + f"<p>Edits {'cost' if policy.credits else 'do not cost'} credits; a client has "
            f"{'one token' if policy.one_token else 'as many tokens as it likes'} in 7 days; media "
            + (
                f"of sessions unused for {policy.keep_days:g} days are removed.</p>"
                if policy.keep_days is not None
                else "are kept until somebody runs <code>cogwidgets clean-up</code>.</p>"
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


def _figures(figures: Mapping[str, object]) -> str:
    return (
        "<dl>"
        + "".join(f"<div><dt>{_text(k)}</dt><dd>{_text(v)}</dd></div>" for k, v in figures.items())
        + "</dl>"
    )


def _size(count: int) -> str:
    """Say a number of bytes in a unit that people read.

    >>> _size(5_300), _size(271_000_000_000)
    ('5.3 kB', '271 GB')
    """
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"


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
