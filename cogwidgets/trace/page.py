"""Page: the call log and one call as HTML that needs nothing but a browser.

Rows open by themselves (``<details>``), so they open in a saved notebook, in what nbconvert makes
of it, and where no widgets are. Every style stands on its element: sanitizers let no style sheet
through, and one that drops styles too leaves words in an order that can still be read.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from cogwidgets.plural import counted
from cogwidgets.trace.pretty import (
    AMBER,
    BLUE,
    GREEN,
    MONO,
    RED,
    json_html,
    seconds,
    short_path,
    size,
    tag,
)
from cogwidgets.trace.stream import StreamEvent, gist

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.trace.call import Call
    from cogwidgets.trace.calllog import CallLog
    from cogwidgets.trace.mask import Headers

__all__ = ["call_page", "log_page"]

SHOWN = 50  # the newest calls, as rows
_PAGE = 300_000  # characters of details on a page; older rows do without
_BODY = 4_000  # characters of one body
_EVENTS = 100  # events of one stream

_LINE = "1px solid rgba(128,128,128,.22)"
_QUIET = "opacity:.62"
_CUT = "overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
_PRE = (
    f"{MONO};font-size:12px;line-height:1.5;margin:0;padding:6px 8px;max-height:320px;"
    "overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;word-break:normal;"
    "background:rgba(128,128,128,.07);border-radius:4px"
)
_COLUMNS = (
    "display:inline-grid;width:96%;width:calc(100% - 20px);vertical-align:middle;"
    "align-items:center;column-gap:12px;grid-template-columns:"
    "1.8em 3.8em minmax(9.5em,1fr) minmax(6em,1.7fr) 4.4em minmax(3em,.8fr) 5em"
)
_RIGHT = "text-align:right;white-space:nowrap"


def log_page(calls: CallLog) -> str:
    """Return the newest calls as rows that open."""
    shown = list(calls)[-SHOWN:]
    longest = max((call.seconds or 0.0 for call in shown), default=0.0)
    room, rows = _PAGE, []
    for call in reversed(shown):  # the newest get their details first
        inner = _details(call) if room > 0 else _left_out(call)
        room -= len(inner)
        rows.append(_row(call, inner, longest))
    return _frame([_head(calls, len(calls) - len(shown)), *reversed(rows)])


def call_page(call: Call) -> str:
    """Return one call, open."""
    return _frame([_row(call, _details(call), call.seconds or 0.0, opened=True)])


def _frame(blocks: Iterable[str]) -> str:
    style = "font-size:13px;line-height:1.5;font-variant-numeric:tabular-nums;max-width:1100px"
    return tag("div", "".join(blocks), style, **{"class": "jp-RenderedHTMLCommon"})


def _head(calls: CallLog, older: int) -> str:
    failed = sum(call.failed for call in calls)
    spent = sum(call.seconds or 0.0 for call in calls)
    said = [f"{len(calls):,} calls" if len(calls) != 1 else "1 call"]
    said += [seconds(spent)] if spent else []
    head = tag("span", " · ".join(said), _QUIET)
    head += tag("span", f" · {failed:,} failed", f"color:{RED}") if failed else ""
    legend = "".join(
        tag("span", "", f"display:inline-block;width:9px;height:6px;margin:0 5px 1px 12px;{style}")
        + tag("span", name, _QUIET)
        for name, style in _PHASES
    )
    style = "display:flex;flex-wrap:wrap;justify-content:space-between;padding:2px 6px 4px"
    lines = tag("div", tag("span", head) + tag("span", legend), style)
    if older > 0:
        how = (
            f"… {older:,} older calls: calls[:{older}] shows their last, calls.frame() all of them"
        )
        lines += tag("div", html.escape(how), f"padding:3px 6px;border-top:{_LINE};{_QUIET}")
    return lines


def _row(call: Call, inner: str, longest: float, *, opened: bool = False) -> str:
    colour, mark, word = _status(call)
    events = counted(call.event_count, "event") if call.event_count else size(call.response_size)
    cells = [
        tag("span", str(call.index), f"{_RIGHT};opacity:.5"),
        tag(
            "span",
            tag("span", mark, f"color:{colour}") + f" {html.escape(word)}",
            _CUT,
            title=call.outcome(),
        ),
        tag("span", html.escape(call.purpose), _CUT, title=call.purpose),
        tag(
            "span",
            tag("span", html.escape(call.method), "opacity:.6")
            + f" {html.escape(short_path(call.path))}",
            f"{MONO};font-size:12px;{_CUT}",
            title=f"{call.method} {call.path}",
        ),
        tag("span", seconds(call.seconds), _RIGHT),
        _bar(call, longest, 5),
        tag("span", events if call.status else "", f"{_RIGHT};{_QUIET}"),
    ]
    summary = tag(
        "summary", tag("span", " ".join(cells), _COLUMNS), "padding:4px 6px;cursor:pointer"
    )
    attributes = {"open": "open"} if opened else {}
    return tag("details", summary + inner, f"border-top:{_LINE}", **attributes)


def _status(call: Call) -> tuple[str, str, str]:
    if call.seconds is None:
        return AMBER, "○", "…"
    if call.status is None:
        return RED, "●", "none"
    colour = RED if call.failed else AMBER if call.skipped or not call.complete else GREEN
    return colour, "◇" if call.skipped else "●", str(call.status)


_PHASES = (
    ("connect", f"background:{AMBER};opacity:.75"),
    ("send", f"background:{GREEN};opacity:.75"),
    ("wait", f"background:{BLUE};opacity:.4"),
    ("receive", f"background:{BLUE}"),
)


def _bar(call: Call, longest: float, height: int) -> str:
    """Draw where the time went; its length is the call's share of the longest one's."""
    timings = call.timings
    if timings is None or not call.seconds or not longest:
        return tag("span", "")
    share = call.seconds / longest
    parts = [
        tag("span", "", f"display:block;width:{100 * phase / call.seconds:.2f}%;{style}")
        for phase, (_, style) in zip(timings, _PHASES, strict=True)
        if phase > 0.004 * call.seconds  # narrower than a pixel
    ]
    if share < 0.05:  # noqa: PLR2004 - a few pixels, where phases would only shimmer
        parts = [tag("span", "", f"display:block;width:100%;{_PHASES[2][1]}")]
    width = f"width:{max(1.5, 100 * share):.1f}%;min-width:3px"
    said = ", ".join(f"{name} {seconds(t)}" for (name, _), t in zip(_PHASES, timings, strict=True))
    style = f"display:flex;height:{height}px;border-radius:2px;overflow:hidden;{width}"
    return tag("span", tag("span", "".join(parts), style), "display:block", title=said)


# -- an open row ----------------------------------------------------------------------------


def _details(call: Call) -> str:
    carried = call.read()
    timings = call.timings
    told = [tag("span", html.escape(carried.url), f"{MONO};font-size:12px;overflow-wrap:anywhere")]
    notes = [html.escape(call.section)] if call.section else []
    notes += [html.escape(call.outcome())] if call.error or call.refusal or call.skipped else []
    notes += ["edited before it was sent"] if call.edited else []
    if timings is not None:
        notes += [
            f"{name} {seconds(share)}"
            for (name, _), share in zip(_PHASES, timings, strict=True)
            if share > 0
        ]
    told.append(tag("span", " · ".join(notes), _QUIET))
    told.append(tag("div", _bar(call, call.seconds or 0.0, 4), "padding:4px 0 6px"))
    top = "".join(tag("div", line) for line in told)
    halves = tag(
        "div",
        tag("div", _request(call), "min-width:0") + tag("div", _answer(call), "min-width:0"),
        "display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:10px 16px",
    )
    curl = _fold("curl", tag("pre", html.escape(call.curl()), _PRE))
    return tag("div", top + halves + curl, "padding:4px 8px 12px 24px")


def _left_out(call: Call) -> str:
    how = f"calls[{call.index - 1}] shows this call"
    return tag("div", how, f"padding:4px 8px 10px 24px;{_QUIET}")


def _request(call: Call) -> str:
    carried = call.read()
    if carried.parts:
        rows = [
            f"{part.name}: {part.value}"
            if part.filename is None
            else f"{part.name}: {part.filename} · {part.content_type or 'no type'}"
            + (f" · {size(part.size)}" if part.size is not None else "")
            for part in carried.parts
        ]
        body = tag("pre", html.escape("\n".join(rows)), _PRE)
    else:
        body = _body(carried.request_body, "request_body", call)
    sizes = f" · {size(call.request_size)}" if call.request_size else ""
    return _heading("Request", sizes) + _headers(carried.request_headers) + body


def _answer(call: Call) -> str:
    carried = call.read()
    if call.status is None:
        return _heading("Answer", "") + tag("div", html.escape(call.outcome()), _QUIET)
    said = carried.response_body
    body = _events(call) if carried.events else _body(said, "response_body", call)
    sizes = f" · {call.status} · {size(call.response_size)}"
    return _heading("Answer", sizes) + _headers(carried.response_headers) + body


def _heading(word: str, said: str) -> str:
    return tag("div", tag("b", word) + tag("span", html.escape(said), _QUIET), "padding:2px 0")


def _headers(headers: Headers) -> str:
    if not headers:
        return ""
    rows = "\n".join(
        f"{tag('span', html.escape(name) + ':', 'opacity:.72')} {html.escape(value)}"
        for name, value in headers
    )
    return _fold(f"{len(headers)} headers", tag("pre", rows, _PRE))


def _body(body: str, name: str, call: Call) -> str:
    if not body:
        return tag("div", "no body", _QUIET)
    shown, more = json_html(body, _BODY)
    rest = f"… {more:,} more characters: calls[{call.index - 1}].{name}" if more else ""
    return tag("pre", shown, _PRE) + (tag("div", rest, _QUIET) if rest else "")


def _events(call: Call) -> str:
    events = call.events
    rows = [_event(event) for event in events[:_EVENTS]]
    if len(events) > _EVENTS:
        rest = f"… {len(events) - _EVENTS} more events: calls[{call.index - 1}].events"
        rows.append(tag("div", rest, _QUIET))
    return tag("div", "".join(rows), "max-height:340px;overflow:auto")


def _event(event: StreamEvent) -> str:
    kind, said = gist(event)
    line = tag(
        "span",
        " ".join(
            [
                tag("span", f"+{event.at:.2f} s", f"{_RIGHT};{_QUIET}"),
                tag("span", html.escape(kind), "opacity:.8;white-space:nowrap"),
                tag("span", html.escape(said[:300]), _CUT, title=said[:300]),
            ]
        ),
        "display:inline-grid;width:94%;vertical-align:middle;column-gap:10px;"
        "grid-template-columns:4.6em 6em minmax(0,1fr)",
    )
    row = "padding:2px 0"
    if not event.data.strip():
        return tag("div", line, f"{row} 2px 14px")
    shown, more = json_html(event.data, _BODY // 2)
    shown += f"\n… {more:,} more characters" if more else ""
    return tag("details", tag("summary", line, f"{row};cursor:pointer") + tag("pre", shown, _PRE))


def _fold(word: str, inner: str) -> str:
    summary = tag("summary", html.escape(word), f"cursor:pointer;{_QUIET}")
    return tag("details", summary + inner, "padding:1px 0 4px")
