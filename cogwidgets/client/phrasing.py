"""Phrasing: what the service says to somebody before its interface, to plain words and actions.

It answers "click the Export button"; here that is an action. Clauses which tell how to work an
interface go, all else stays word for word: a clause is only known by how it begins, and one that
may tell of the film as well (of a time, a number, something quoted, "I") stays whatever it is.
Which words and clauses there are stands in phrasing.toml.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast

from cogwidgets.client.grammar import Grammar, Lexicon, Token, plainly, table

__all__ = ["Plain", "Said", "plain"]


@dataclass(frozen=True)
class Said:
    """What the words call for; a message has the edit to send in ``text``."""

    kind: Literal["export", "state", "credits", "upload", "message"]
    text: str = ""


@dataclass(frozen=True)
class Plain:
    """A text without the talk of an interface, and the actions that the talk called for."""

    text: str
    actions: tuple[Said, ...]


_Kind = Literal["talk", "linked", "content"]

_LONGEST = 1_000  # characters: no instruction is longer, so a longer sentence need not be read

_TABLE = table("phrasing.toml")
_LEXICON = Lexicon(_TABLE["words"])
_GRAMMAR = Grammar(_LEXICON, _TABLE["parts"])
_NUMBER, _NAMED, _BOLD = (str(_TABLE["words"][sign]) for sign in ("number", "named", "bold"))


def _patterns(section: str) -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(_GRAMMAR.pattern(patterns)) for name, patterns in _TABLE[section].items()
    }


_MARKS = frozenset({"i", "number", "named"})
_TALK, _BEGINS = _patterns("talk"), _patterns("begins")
_KEPT = cast("dict[Literal['export', 'upload'], re.Pattern[str]]", _patterns("kept"))
_LINKED = tuple(_patterns("linked").values())
_RESUMES = re.compile(_GRAMMAR.pattern(["(and|but|so){0,2} i"]))
_ACTIONS: dict[str, Literal["export", "credits", "upload"]] = {
    "upload": "upload",
    "export": "export",
    "account": "credits",
    "topup": "credits",
}
_VERBS = frozenset({"drag", "drop", "ba", "pull", "click", "press"})

# A unit is a line with those that go on with it in the middle of a sentence
_UNIT = re.compile(r"[^\n]*(?:\n[ \t]*[a-z][^\n]*)*(?:\n|\Z)")
_BULLET = re.compile(
    r"[ \t]*(?:(?:[-*+•·]|\d{1,3}[.)]|#{1,6}|\[[ xX]\])[ \t]+|\d{1,3}、|[①-⑳][ \t]*)*"
)
_VERBATIM = re.compile(r"[ \t]*[>|]")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_MARK = re.compile(r"[.!?…。！？]+(?=[*_\s]*\Z)")
_ENDING = re.compile(
    r"(?:(?<![.…])[.…]++[)\]*_\"'”」』]*+(?=\s|\Z)|[!?。][.!?。…]*[)\]*_\"'”」』]*)\s*"
)
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|no|min|sec)\.\s*\Z")
_ASIDE = re.compile(r"[()]|(?<=\s)[-–](?=\s)")
_URL = re.compile(r"https?://[^\s)\]>]+")
_QUOTED_TEXT = re.compile(
    r"`([^`\n]{1,300})`|\"([^\"\n]{1,300})\"|“([^”\n]{1,300})”|「([^」\n]{1,300})」"
    r"|『([^』\n]{1,300})』|《([^》\n]{1,300})》|【([^】\n]{1,300})】|(?<!\w)'([^'\n]{1,300})'(?!\w)"
)
_BOLD_TEXT = re.compile(r"\*\*([^*\n]{1,300})\*\*")
_NUMBER_TEXT = re.compile(r"(?<![a-z])\d(?:[\da-z.,:]*[\da-z])?")
_PAIRS = ("()", "[]", "“”", "「」", "\uff08\uff09", "【】", "《》")


def _aside(match: re.Match[str]) -> str:
    return "," if match[0] in "()" else "—"


def plain(text: str) -> Plain:
    """Strip what tells the user to operate an interface, and say which actions it calls for.

    What describes content stays word for word, with its Markdown and spacing; a line or list item
    that is nothing but interface talk goes as a whole (contract.md, "GUI talk to actions").

    Examples
    --------
    >>> plain("I removed the music. You can preview it in the timeline.")
    Plain(text='I removed the music.', actions=(Said(kind='state', text=''),))
    >>> plain("I added a click sound at 0:05.").actions
    ()

    """
    units = [match[0] for match in _UNIT.finditer(text)]
    kept: list[str] = []
    said: list[Said] = []
    after = _After()
    for unit, verbatim in zip(reversed(units), reversed(list(_verbatim(units))), strict=True):
        left, actions = (unit, []) if verbatim else _unit(unit, gone_after=after.gone)
        after.see(unit, left)
        kept.append(left)
        said[:0] = actions
    kept.reverse()
    if kept != units:
        text = _joined(kept)
    return Plain(text, tuple(dict.fromkeys(said)))


class _After:
    """Whether the lines that follow, up to the next blank one, have gone."""

    def __init__(self) -> None:
        self._block: bool | None = None
        self._next: bool | None = None

    @property
    def gone(self) -> bool:
        return bool(self._next if self._block is None else self._block)

    def see(self, unit: str, left: str) -> None:
        if not unit.strip():
            self._next = self._next if self._block is None else self._block
            self._block = None
        else:
            self._block = not left and self._block is not False


def _verbatim(units: list[str]) -> Iterator[bool]:
    """Tell of each unit whether it is code, a quotation, a table, or a list of a film's words."""
    fenced = False
    quoted = ""  # announced by a line before, begun, or parted from what follows by a blank line
    for unit in units:
        fence = bool(_FENCE.match(unit))
        fenced ^= fence
        blank = not unit.strip()
        if quoted and not blank:
            quoted = "" if quoted == "parted" and not _bullet(unit).strip() else "begun"
        yield fence or fenced or bool(quoted) or bool(_VERBATIM.match(unit))
        if blank and quoted == "begun":
            quoted = "parted"
        elif unit.rstrip().rstrip("*_").endswith((":", "：")):
            words = _LEXICON.read(unit[-_LONGEST:])
            quoted = quoted or ("announced" if any("quoting" in w.concepts for w in words) else "")


def _bullet(unit: str) -> str:
    bullet = _BULLET.match(unit)
    return bullet[0] if bullet else ""


def _joined(kept: list[str]) -> str:
    """Put the units together again, without a second blank line where one has gone between two."""
    lines: list[str] = []
    gone = False
    for left in kept:
        blank = not left.strip()
        if not (gone and left and blank and (not lines or not lines[-1].strip())):
            lines += [left] if left else []
            gone = not left or (gone and blank)
    return "".join(lines).lstrip("\r\n").rstrip()


def _unit(unit: str, *, gone_after: bool) -> tuple[str, list[Said]]:
    """Strip a unit sentence by sentence, and list the actions that it calls for."""
    bullet = _bullet(unit)
    body = unit[len(bullet) :].rstrip()
    masked = _masked(body)
    ends = [
        match.end()
        for match in _ENDING.finditer(masked)
        if not _ABBREVIATED.search(masked, max(0, match.end() - 8), match.end())
    ]
    left, actions = "", []
    for start, end in pairwise(sorted({0, *ends, len(body)})):
        part = masked[start:end]
        leads_in = "#" in bullet or part.rstrip("*_ ").endswith(":")
        sentence, said = _sentence(body[start:end], part, gone_after if leads_in else None)
        left += sentence
        actions += said
    if left == body:
        return unit, actions
    if not left.strip("*_ \t"):
        return "", actions
    bold = "**" if left.endswith(" **") else ""
    left = left.removesuffix(bold).rstrip() + bold
    return bullet + left + unit[len(bullet) + len(body) :], actions


def _masked(body: str) -> str:
    """Write a text plainly, with signs for what is quoted, set off or a number; as long as it."""

    def quoted(match: re.Match[str]) -> str:
        inside = next(filter(None, match.groups()))
        name = all(word.concepts for word in _few(inside)) and _few(inside)
        return (inside if name else _NAMED).center(len(match[0]))

    def bold(match: re.Match[str]) -> str:
        strange = _few(match[1]) and not any(word.concepts for word in _few(match[1]))
        return (_BOLD if strange else match[1]).center(len(match[0]))

    def number(match: re.Match[str]) -> str:
        return _NUMBER.ljust(len(match[0]))

    masked = _QUOTED_TEXT.sub(quoted, _URL.sub(number, plainly(body)))
    return _NUMBER_TEXT.sub(number, _BOLD_TEXT.sub(bold, masked))


def _few(text: str) -> list[Token]:
    """Read the words of what may be the name of a button; none where it is too long for one."""
    words = list(_LEXICON.read(text)) if len(text) <= 40 else []  # noqa: PLR2004
    return words if len(words) <= 3 else []  # noqa: PLR2004


def _sentence(sentence: str, masked: str, gone_after: bool | None) -> tuple[str, list[Said]]:
    """Keep of a sentence what is no interface talk, and list the actions that it calls for.

    ``gone_after`` is of a sentence that leads in what follows: whether that has gone.
    """
    clauses = list(_clauses(sentence, masked)) if len(sentence) <= _LONGEST else []
    said = [clause.said for clause in clauses if clause.said]
    kinds = _settled([clause.kind for clause in clauses], alone="talk" if gone_after else "content")
    if "talk" not in kinds or gone_after is False:
        return sentence, said
    first = kinds.index("content") if "content" in kinds else len(kinds)
    if not first:
        last = kinds.index("talk")
        if "content" in kinds[last:]:
            return sentence, said
        return _cut(sentence, 0, clauses[last].start), said
    if first == len(kinds):
        return _cut(sentence, len(sentence), len(sentence)), said
    resumes = clauses[first].resumes
    if "talk" in kinds[first:] or resumes is None:
        return sentence, said
    return _cut(sentence, resumes, len(sentence)), said


def _cut(sentence: str, start: int, end: int) -> str:
    """Keep a part of a sentence, as a sentence, but all of it where that would break a pair."""
    whole = len(sentence.rstrip())
    gone = sentence[:start] + sentence[end:whole]
    if any(gone.count(pair[0]) != gone.count(pair[1]) for pair in _PAIRS):
        return sentence
    bold = "**" if gone.count("**") % 2 else ""
    if start == len(sentence):
        return bold
    if start:
        return bold + sentence[start].upper() + sentence[start + 1 :]
    kept = sentence[:end].rstrip()
    mark = _MARK.search(sentence)
    point = mark[0].replace("?", ".").replace("？", "。") if mark else ""
    return kept + point + bold + sentence[whole:]


def _settled(kinds: list[_Kind], *, alone: _Kind) -> list[_Kind]:
    """Make linked clauses what the next one is, or else the one before."""
    settled = [*kinds, "linked"]
    for at in reversed(range(len(kinds))):
        settled[at] = settled[at + 1] if kinds[at] == "linked" else kinds[at]
    for at, kind in enumerate(settled):
        if kind == "linked":
            settled[at] = settled[at - 1] if at else alone
    return settled[:-1]


@dataclass
class _Clause:
    """A part of a sentence, and where it starts, the sign before it included.

    ``resumes`` is where it would start as a sentence of its own, if it can be one.
    """

    start: int
    kind: _Kind
    said: Said | None = None
    resumes: int | None = None


def _clauses(sentence: str, masked: str) -> Iterator[_Clause]:
    """Cut a sentence at its signs, and where another clause begins without one."""
    tokens = list(_LEXICON.read(_ASIDE.sub(_aside, masked)))
    letters = _GRAMMAR.spell(tokens)
    stops = [n for n, token in enumerate(tokens) if "stop" in token.concepts]
    previous: _Kind | None = None
    for stop, next_stop in pairwise([-1, *stops, len(tokens)]):
        run = letters[stop + 1 : next_stop]
        if not run:
            continue
        if stop >= 0 and previous == "content" and masked[tokens[stop].start] == ":":
            yield _Clause(tokens[stop].start, "content")
            return  # what a colon brings is what stands before it: a title, a list
        cuts = {m.start() for begins in _BEGINS.values() for m in begins.finditer(run)}
        for start, end in pairwise(sorted({0, *cuts, len(run)})):
            at = stop + 1 + start
            after = stop + 1 + end
            until = tokens[after].start if after < len(tokens) else len(sentence)
            clause = _clause(
                tokens[at:after],
                run[start:end],
                sentence[:until],
                previous=previous if start else None,
            )
            if not start and stop >= 0:
                clause.start = tokens[stop].start
            previous = clause.kind
            yield clause


def _clause(tokens: list[Token], letters: str, sentence: str, *, previous: _Kind | None) -> _Clause:
    """Say what a clause is; ``previous`` is what the one is that it follows without a sign."""
    clause = _Clause(tokens[0].start, "content")
    # "He comes in and opens the door" goes on with the same subject
    alone = previous != "content" or _BEGINS["anew"].match(letters)
    for name, pattern in _TALK.items():
        if alone and (match := pattern.match(letters)) and not _told(tokens, match.end()):
            clause.said = _said(name, tokens, match.end(), sentence)
            # Of a drag, the edit to send has all the words
            marks = {"i"} if name == "drag" else _MARKS
            clause.kind = "content" if _any(marks, tokens[match.end() :]) else "talk"
            return clause
    clause.said = next((Said(kind) for kind, kept in _KEPT.items() if kept.match(letters)), None)
    if resumes := _RESUMES.match(letters):
        clause.resumes = tokens[resumes.end() - 1].start
    elif not clause.said and not _any(_MARKS, tokens):
        if any(pattern.match(letters) for pattern in _LINKED):
            clause.kind = "linked"
        elif previous == "talk":
            clause.kind = "talk"
    return clause


def _any(concepts: Collection[str], tokens: list[Token]) -> bool:
    return any(concept in token.concepts for token in tokens for concept in concepts)


def _told(tokens: list[Token], end: int) -> bool:
    """Tell whether Chinese words say what has been done, as those after "you can" never do."""
    return _any({"told"}, tokens[end:]) and not _any({"can"}, tokens)


def _said(name: str, tokens: list[Token], end: int, sentence: str) -> Said | None:
    """Say which action an instruction is: that of the first thing it names, or else to look."""
    if name == "also":
        return None
    if name == "export":
        return Said("export")
    upload = any(token.concepts & {"upload", "here"} for token in tokens)
    if name == "drag" and not upload:
        return Said("message", _edit(tokens, sentence))
    for token in tokens[:end] if name == "open" else tokens:
        for concept, kind in _ACTIONS.items():
            if concept in token.concepts:
                return Said(kind)
        if name == "click" and "editing" in token.concepts:
            return Said("message", _edit(tokens, sentence))
    return Said("upload" if name == "drag" else "state")


def _edit(tokens: list[Token], sentence: str) -> str:
    """Give an instruction in its own words, from its verb on."""
    verb = next(token for token in tokens if token.concepts & _VERBS)
    return sentence[verb.start :].strip(" \t\n*_,.;:!?(\uff0c。\uff1b：！？、…—")
