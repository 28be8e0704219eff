"""Compare: what changed from one call to another, or from one run to another.

What changed in the request, in the answer and in the draft stands apart. Names that only this run
gave (session ids, render ids, media URLs, moments) are set against each other first, so that they
do not hide the rest.
"""

from __future__ import annotations

import difflib
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cogwidgets.plural import counted
from cogwidgets.trace.pretty import GREEN, MONO, RED, dumps, tag
from cogwidgets.trace.stream import gist

if TYPE_CHECKING:
    from cogwidgets.trace.call import Call
    from cogwidgets.trace.calllog import CallLog
    from cogwidgets.trace.stream import StreamEvent

__all__ = [
    "CallDiff",
    "Difference",
    "LogDiff",
    "diff_calls",
    "diff_json",
    "diff_logs",
    "ids",
    "normal",
]

_LONG = 60  # characters of a value in a line
_SHOWN = 400  # and on a page
# Ids as the service writes them: a long number, hexadecimal, or a word with a number behind it.
_ID = re.compile(
    r"\b\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?|"  # a moment (RFC 3339), as one run's own
    r"\b(?:[a-z]+_)?(?:\d{10,}|(?=[0-9a-f-]*\d)[0-9a-f][0-9a-f-]{7,})(?:_[0-9a-f]{6,})?\b"
)

_DRAFT = re.compile(r"(?<![^.\]])draft(?![^.\[])")  # as a whole step of a path


class _Missing:
    def __repr__(self) -> str:
        return "—"


MISSING = _Missing()


class Difference(NamedTuple):
    """One value that is not the same: where it stands, and both values; `MISSING` for none.

    >>> print(Difference("t[0].volume", 1.0, 0.5))
    t[0].volume  1.0 → 0.5
    """

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path or 'all of it'}  {_said(self.before)} → {_said(self.after)}"


def diff_json(before: Any, after: Any, path: str = "") -> list[Difference]:
    """Return where two JSON values differ, in the order of the second.

    Lists of another length are matched by what their items are, not by place.

    >>> for difference in diff_json({"t": [{"v": 1.0}], "d": 4}, {"t": [{"v": 0.5}, 2], "n": 1}):
    ...     print(difference)
    t[0].v  1.0 → 0.5
    t[1]  — → 2
    n  — → 1
    d  4 → —
    """
    return list(_json(before, after, path))


def _json(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*after, *(key for key in before if key not in after)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from _json(before.get(key, MISSING), after.get(key, MISSING), inner)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    elif before is not after and (before != after or type(before) is not type(after)):
        yield Difference(path, before, after)


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    if len(before) == len(after):
        rows = [("replace", 0, len(before), 0, len(after))]
    else:
        keys = [[json.dumps(v, sort_keys=True) for v in values] for values in (before, after)]
        rows = list(difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes())
    for kind, old, old_end, new, new_end in rows:
        if kind == "equal":
            continue
        for step in range(max(old_end - old, new_end - new)):
            was = before[old + step] if old + step < old_end else MISSING
            now = after[new + step] if new + step < new_end else MISSING
            place = new + step if now is not MISSING else old + step
            yield from _json(was, now, f"{path}[{place}]")


@dataclass(frozen=True)
class CallDiff:
    """What differs between two calls; ``str()`` says it, and a notebook shows it in two columns."""

    before: Call
    after: Call
    request: list[Difference] = field(default_factory=list)
    answer: list[Difference] = field(default_factory=list)
    draft: list[Difference] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.request or self.answer or self.draft)

    def __str__(self) -> str:
        return "\n".join([_title(self.before, self.after), *_lines(self._sections())])

    def __repr__(self) -> str:
        counts = [f"{len(rows)} in the {name}" for name, rows in self._sections() if rows]
        what = ", ".join(counts) or "nothing"
        return f"<CallDiff {self.before.index} → {self.after.index} · {what}>"

    def _repr_html_(self) -> str:
        return _page([(_title(self.before, self.after), self._sections())])

    def _sections(self) -> list[tuple[str, list[Difference]]]:
        return [("request", self.request), ("answer", self.answer), ("draft", self.draft)]


@dataclass(frozen=True)
class LogDiff:
    """What differs between two runs: the calls of both, those of one alone, and the last drafts."""

    calls: list[CallDiff]
    removed: list[Call]
    added: list[Call]
    draft: list[Difference]

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.draft or any(self.calls))

    def __str__(self) -> str:
        lines = [f"− {_named(call)}" for call in self.removed]
        lines += [f"+ {_named(call)}" for call in self.added]
        lines += [str(call) for call in self.calls if call]
        lines += ["the last draft", *_lines([("draft", self.draft)])] if self.draft else []
        return "\n".join(lines) or "Nothing differs."

    def __repr__(self) -> str:
        changed = sum(map(bool, self.calls))
        said = (
            f"{changed} of {counted(len(self.calls), 'call')} differ{'s' * (len(self.calls) == 1)}"
        )
        return f"<LogDiff · {said} · {len(self.removed)} gone, {len(self.added)} new>"

    def _repr_html_(self) -> str:
        alone = [Difference(_named(call), "made", MISSING) for call in self.removed]
        alone += [Difference(_named(call), MISSING, "made") for call in self.added]
        blocks = [("Calls of one run alone", [("calls", alone)])] if alone else []
        blocks += [(_title(c.before, c.after), c._sections()) for c in self.calls if c]  # noqa: SLF001
        blocks += [("The last draft", [("draft", self.draft)])] if self.draft else []
        return _page(blocks) if blocks else "<div>Nothing differs.</div>"


def diff_calls(before: Call, after: Call) -> CallDiff:
    """Compare two calls: request, answer, and the draft that either carries.

    Within one run an id is what it is; between two runs those of one are set against the other's.
    """
    return _calls(before, after, {})


def diff_logs(before: CallLog, after: CallLog) -> LogDiff:
    """Compare two runs, call by call in their order; calls of one run alone are named."""
    olds, news = list(before), list(after)
    keys = [[f"{c.method} {normal(c.path)}" for c in calls] for calls in (olds, news)]
    pairs, removed, added = [], [], []
    matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind == "equal":
            pairs += list(zip(olds[old:old_end], news[new:new_end], strict=True))
        else:
            removed += olds[old:old_end]
            added += news[new:new_end]
    same: dict[str, str] = {}
    for was, now in pairs:
        _learn(_texts(was), _texts(now), same)
    drafts = [_last_draft(calls) for calls in (olds, news)]
    draft = diff_json(drafts[0], _translated(drafts[1], same)) if all(drafts) else []
    return LogDiff([_calls(was, now, same) for was, now in pairs], removed, added, draft)


def _calls(before: Call, after: Call, same: dict[str, str]) -> CallDiff:
    same = dict(same)
    if before.log is not after.log:
        _learn(_texts(before), _texts(after), same)
    asked = diff_json(_asked(before), _translated(_asked(after), same))
    told = diff_json(_told(before), _translated(_told(after), same))
    return CallDiff(
        before,
        after,
        [d for d in asked if not _in_draft(d)],
        [d for d in told if not _in_draft(d)],
        [_from_draft(d) for d in [*asked, *told] if _in_draft(d)],
    )


def _asked(call: Call) -> Any:
    body = call.request_json
    if body is None:
        body = [part._asdict() for part in call.parts] or call.request_body or None
    head = {"method": call.method, "path": call.path}
    return head | body if isinstance(body, dict) else head | {"body": body}


def _told(call: Call) -> Any:
    """Return an answer as one value: JSON as it is, of a stream what its events say."""
    head = {"HTTP status": call.status} | ({"error": call.error} if call.error else {})
    if call.events:
        said = [": ".join(filter(None, gist(e))) for e in call.events if not _passing(e)]
        told: dict[str, Any] = {"events": said}
        drafts = [draft for event in call.events if (draft := _find_draft(event.json))]
        return head | told | ({"draft": drafts[-1]} if drafts else {})
    body = call.response_json
    if body is None:
        body = call.response_body or None
    return head | body if isinstance(body, dict) else head | {"body": body}


def _passing(event: StreamEvent) -> bool:
    """Tell whether an event is only on the way: a heartbeat, a delta, progress."""
    told = event.json
    if isinstance(told, dict) and told.get("partial") is True:
        return True
    return gist(event)[0] in ("heartbeat", "state")


def _in_draft(difference: Difference) -> bool:
    return _DRAFT.search(difference.path) is not None


def _from_draft(difference: Difference) -> Difference:
    inner = _DRAFT.search(difference.path)
    return difference._replace(path=difference.path[inner.start() :]) if inner else difference


def _find_draft(value: Any) -> Any:
    """Return the draft that stands anywhere inside a JSON value."""
    if isinstance(value, dict):
        if isinstance(value.get("draft"), dict):
            return value["draft"]
        value = list(value.values())
    if isinstance(value, list):
        return next(filter(None, map(_find_draft, value)), None)
    return None


def _last_draft(calls: Iterable[Call]) -> Any:
    for call in reversed(list(calls)):
        told = [event.json for event in reversed(call.events)] or [call.response_json]
        if draft := _find_draft([*told, call.request_json]):
            return draft
    return None


# -- names that only one run gave -----------------------------------------------------------


def normal(path: str) -> str:
    """Return a path with its ids taken out.

    >>> normal("/api/state/nemo_agent/me/1388341027003350529/latest")
    '/api/state/nemo_agent/me/*/latest'
    >>> normal("/api/render/proxy/lambda/render_1795400740788_a180942b")
    '/api/render/proxy/lambda/*'
    """
    return _ID.sub("*", path)


def ids(text: str) -> list[str]:
    """Return the ids in a text, in their order.

    >>> ids('{"session_id": "1388341027003350529", "id": "render_1795400740788_a180942b"}')
    ['1388341027003350529', 'render_1795400740788_a180942b']
    """
    return _ID.findall(text)


def _texts(call: Call) -> list[str]:
    return [call.path, call.request_body, call.response_body]


def _learn(before: list[str], after: list[str], same: dict[str, str]) -> None:
    """Set the ids of two texts that are otherwise alike against each other, in their order."""
    taken = set(same.values())
    for was, now in zip(before, after, strict=True):
        olds, news = ids(was), ids(now)
        if len(olds) == len(news):
            for old, new in zip(olds, news, strict=True):
                if old != new and old not in taken and new not in same:
                    same[new] = old
                    taken.add(old)


def _translated(value: Any, same: dict[str, str]) -> Any:
    """Return a JSON value with the ids of the second run written as those of the first."""
    if isinstance(value, str):
        return _ID.sub(lambda match: same.get(match[0], match[0]), value) if same else value
    if isinstance(value, dict):
        return {key: _translated(inner, same) for key, inner in value.items()}
    if isinstance(value, list):
        return [_translated(inner, same) for inner in value]
    return value


# -- text and HTML --------------------------------------------------------------------------


def _said(value: Any, limit: int = _LONG) -> str:
    text = repr(value) if value is MISSING else dumps(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _named(call: Call) -> str:
    return f"{call.method} {call.path}"


def _title(before: Call, after: Call) -> str:
    return f"{_named(before)} ({before.index} → {after.index})"


def _lines(sections: Iterable[tuple[str, list[Difference]]]) -> list[str]:
    return [f"  {name:<8} {row}" for name, rows in sections for row in rows] or [
        "  nothing differs"
    ]


def _page(blocks: Iterable[tuple[str, list[tuple[str, list[Difference]]]]]) -> str:
    """Show differences in two columns, before and after."""
    rows = []
    for title, sections in blocks:
        rows.append(tag("div", html.escape(title), f"{MONO};font-size:12px;padding:8px 6px 2px"))
        for name, differences in sections:
            rows += [_row(name, difference) for difference in differences]
    style = "font-size:13px;line-height:1.5;max-width:1100px"
    return tag("div", "".join(rows), style, **{"class": "jp-RenderedHTMLCommon"})


def _row(name: str, difference: Difference) -> str:
    path = difference.path if difference.path.startswith(name) else f"{name} {difference.path}"
    cells = [
        tag("span", html.escape(path.strip()), "overflow-wrap:anywhere;opacity:.72"),
        *(
            tag("span", _side(mark, value), f"color:{colour};{_VALUE}")
            for mark, colour, value in (
                ("−", RED, difference.before),
                ("+", GREEN, difference.after),
            )
        ),
    ]
    return tag("div", " ".join(cells), _COLUMNS)


def _side(mark: str, value: Any) -> str:
    return "" if value is MISSING else f"{mark} {html.escape(_said(value, _SHOWN))}"


_VALUE = f"{MONO};font-size:12px;overflow-wrap:anywhere"
_COLUMNS = (
    "display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr) minmax(0,1fr);gap:0 14px;"
    "padding:2px 6px;border-top:1px solid rgba(128,128,128,.22)"
)
