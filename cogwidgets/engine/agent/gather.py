"""Gather: uploaded clips that a message takes for granted, though nobody has joined them yet.

Whoever uploads three files and says "drop the second clip" means the files in their order: what is
not on the timeline yet is joined first. A message about one clip leaves the others where they are.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.drafts import VIDEO
from cogwidgets.engine.agent.edits.clips import Join, Replace, Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.order import Reorder, Swap
from cogwidgets.engine.agent.edits.overlays import Overlay
from cogwidgets.engine.agent.edits.revise import Revise
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.numerals import ordinal
from cogwidgets.engine.agent.times import END, START, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cogwidgets.engine.agent.drafts import Clip, Draft
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["named_clips", "numbered_stills", "quoted_texts", "takes_several", "waiting"]

_SEVERAL = re.compile(
    r"\b(?:the|all|both|these|my|those|of the|between)(?: (?:of|the|my|these|two|three|four|\d))* "
    r"(?:clips|videos)\b|\b(?:each|every) (?:clip|video)\b|\b(?:both|all|each|two|three) of them\b|"
    r"每[一个]*段|[两三四各几]个?段|[两三四几]个(?:视频|片段)|(?:所有|全部|这些)的?(?:视频|片段|素材)|每个(?:视频|片段)|各个?(?:视频|片段)",
    re.IGNORECASE,
)
_LAST = re.compile(r"\blast (?:clip|video|one|scene)\b|最后一?[段个]", re.IGNORECASE)
_BY_FILE = re.compile(
    r"\b(?:join|merge|combine|append|stitch|overlay|pip|picture[- ]in|corner|insert|add|window|"
    r"inset)\b|"
    r"画中画|角|拼|合并|接(?:上|在|到)|加(?:上|入|到|在|进)|插|塞|小窗|放进|叠|铺|盖",
    re.IGNORECASE,
)
_THING = (
    r"(?P<thing> (?:clip|video|footage|one|part|scene|shot)(?![a-z])|"
    r"[那这]?一?[段个](?:视频|片段|素材)?|(?:视频|片段|素材)|)"
)


def waiting(draft: Draft, pictures: Sequence[Clip]) -> list[Clip]:
    """Give the uploaded videos that are not on the timeline, oldest first."""
    there = {s["m"].get("source") for s in drafts.segments(draft, VIDEO)}
    return [c for c in pictures if c["source"] not in there and not c.get("still", False)]


def takes_several(message: str, edits: Sequence[Edit], draft: Draft) -> bool:
    """Tell whether edits need clips that are not on the timeline."""
    if any(isinstance(edit, Join | Slideshow | Overlay | Replace | Split) for edit in edits):
        return False
    if any(isinstance(edit, Cut) and any(map(_within, edit.spans)) for edit in edits):
        return False  # what is cut out in the middle leaves two pieces, and their joint
    if any(isinstance(e, Keep) and e.spans and all(s.clip is None for s in e.spans) for e in edits):
        return False  # what is kept of it are the pieces that are spoken of
    count = len(timeline.laid(draft))
    if not (edits and count):
        return False
    numbers = [n for edit in edits for n in _clips(edit)]
    if max(numbers, default=0) > count:
        return True
    alone = count == 1
    return alone and (
        any(
            isinstance(e, Swap | Reorder) or (isinstance(e, Transition) and not e.off)
            for e in edits
        )
        or (min(numbers, default=0) < 0 and bool(_LAST.search(message)))
        or bool(_SEVERAL.search(message))
    )


def _within(span: Span) -> bool:
    return span.clip is None and span.start != START and span.end != END


_NUMBERS = {"clip", "clips", "one", "two", "to"}  # slots that hold the numbers of clips


def _clips(edit: Any) -> Iterator[int]:
    """Give the numbers of the clips that an edit names."""
    if isinstance(edit, Revise):
        yield from _clips(tuple(edit.plan[place] for place in edit.told))
    elif isinstance(edit, Span):
        if edit.clip is not None:
            yield edit.clip
    elif isinstance(edit, tuple):
        for one in edit:
            yield from _clips(one)
    elif is_dataclass(edit):
        values = {slot.name: getattr(edit, slot.name) for slot in fields(edit)}
        for name in _NUMBERS & values.keys():
            found = values[name] if isinstance(values[name], tuple) else (values[name],)
            yield from (number for number in found if isinstance(number, int))
        yield from (n for value in values.values() for n in _clips(value))


def named_clips(message: str, draft: Draft, pictures: Sequence[Clip]) -> str:
    """Write the numbers of clips for their names: "the beach clip" is "clip 2".

    A name is taken for a clip where a word such as "clip" says so, or where the name of a clip that
    is not on the timeline yet is in the message. What asks for a file gets the file's name.
    """
    order = [s["m"].get("source") for s in drafts.segments(draft, VIDEO)]
    videos = [c for c in pictures if not c.get("still", False)]
    order += [c["source"] for c in waiting(draft, pictures)]
    known = {c["name"]: c for c in videos if len(c["name"]) > 2 and order.count(c["source"]) == 1}  # noqa: PLR2004
    left = {c["name"] for c in waiting(draft, pictures)}
    message = _by_length(_named_images(message, pictures), draft, pictures)
    said = {name for name in known if _pattern(name).search(message)}
    if len(known) < 2 or not said:  # noqa: PLR2004 - one clip needs no name
        return message
    chinese = bool(re.search(r"[\u4e00-\u9fff]", message))
    for name in sorted(said, key=len, reverse=True):
        number = order.index(known[name]["source"]) + 1
        meant = f"第{number}段" if chinese else f"clip {number}"
        file = f" {known[name].get('filename', name)} "

        def written(match: re.Match[str], meant: str = meant, file: str = file) -> str:
            meant = file if _BY_FILE.search(_clause_of(match)) else meant
            if _in_quotes(match.string, match.start()):
                return match[0]
            begins = _BEGUN.search(match.string[: match.start()])
            plain = (_THE.match(match[0]) or begins) and _FOLLOWS.match(match.string, match.end())
            alone = plain and not _SHOWN.search(match.string, 0, match.start())
            return meant if match["thing"] or said & left or alone else match[0]

        message = _pattern(name).sub(written, message)
    return message


_SUPERLATIVE = re.compile(
    r"\bthe (shortest|longest) (?:one|clip|video|part|piece)\b|"
    r"最([短长])的?(?:那一?[个段]|一[个段]|视频|片段)",
    re.IGNORECASE,
)


def _by_length(message: str, draft: Draft, pictures: Sequence[Clip]) -> str:
    """Write the number of a clip for "the shortest one", where one alone is that."""
    lengths = [piece.segment["d"] for piece in timeline.laid(draft)]
    lengths += [clip["duration"] for clip in waiting(draft, pictures)]

    def written(match: re.Match[str]) -> str:
        short = (match[1] or match[2]).lower() in {"shortest", "短"}
        wanted = min(lengths) if short else max(lengths)
        if lengths.count(wanted) > 1:
            return match[0]
        number = lengths.index(wanted) + 1
        return f"clip {number}" if match[1] else f"第{number}段"

    return _SUPERLATIVE.sub(written, message) if len(lengths) > 1 else message


def quoted_texts(message: str, draft: Draft) -> str:
    """Quote a text that is there and what is to come for it: "change Hello to Hi there"."""
    for segment in drafts.segments(draft, drafts.TEXT):
        text = segment["m"].get("text", "")
        pattern = (
            rf"\b((?:change|replace|rename|swap|reword) )(?:the )?(?:text |title |words? )?"
            rf"{re.escape(text)} ((?:to|with|by|into) )(?![\"\u201c])(\w[^,.;\n]*)"
        )
        if len(text) > 1 and '"' not in text:
            message = re.sub(
                pattern, f'\\1the text "{text}" \\2"\\3"', message, flags=re.IGNORECASE
            )
    return message


# What stands after "the beach" where that is a clip, and not "the beach party"
_FOLLOWS = re.compile(
    r"\W*$|\s*[,.;:!?&]|\s+(?:at|in|on|to|into|onto|from|and|with|without|by|for|before|after|twice|"
    r"again|first|last|should|needs?|is|are|be|up|down|out|off|half|slower|faster|louder|quieter|"
    r"backwards|so|but|then|too|as|only|please|pls|second|instead|starts?|ends?|plays?|comes?)\b",
    re.IGNORECASE,
)
_BEGUN = re.compile(
    r"(?:^|[,;.]|\b(?:then|and|put|move|play|show|mute|trim|speed up)|"
    r"\b(?:put|move)\b.{1,40}\b(?:before|after|behind))\s*$",
    re.IGNORECASE,
)
_THE = re.compile(r"(?:the|my) ", re.IGNORECASE)
_SHOWN = re.compile(
    r"\b(?:titles?|texts?|captions?|subtitles?|words?|writ\w+|say\w*|reads?|label|about|of|at)\b",
    re.IGNORECASE,
)
_QUOTES = re.compile('["\u201c\u201d]')


def _clause_of(match: re.Match[str]) -> str:
    """Give the clause that a name is in."""
    before = re.split(
        r"[,;.!?\uff0c\u3002]|\b(?:and|then)\b|然后|再", match.string[: match.start()]
    )[-1]
    after = re.split(r"[,;!?\uff0c\u3002]|\b(?:and|then)\b|然后|再", match.string[match.end() :])[0]
    return f"{before}{match[0]}{after}"


def _in_quotes(message: str, at: int) -> bool:
    return len(_QUOTES.findall(message, 0, at)) % 2 == 1


def _named_images(message: str, pictures: Sequence[Clip]) -> str:
    """Write the file's name for "photo1" and "the sunset photo"."""
    for clip in pictures:
        name = clip["name"]
        if not clip.get("still", False) or len(name) < 3:  # noqa: PLR2004
            continue
        kind = "" if re.search(r"[\d_-]", name) else r" (?:photo|picture|image|pic)"
        pattern = rf"(?<![\w.\"'\u201c-])(?:the |my )?{re.escape(name)}{kind}(?![\w.-])"

        def written(match: re.Match[str], file: str = clip.get("filename", name)) -> str:
            return match[0] if _in_quotes(match.string, match.start()) else f"{file}"

        message = re.sub(pattern, written, message, flags=re.IGNORECASE)
    return message


_PUTS = re.compile(
    r"\b(?:put|add|insert|place|overlay|use)\b|[插贴盖叠]|放(?!大|慢|小|映)|加[上入到在]|接[上到在]",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"第([一二三四五六七八九\d])[张个幅](?:照片|图片?|相片)|(?:照片|图片)([一二三四五六七八九\d])(?![\d.:：秒张分])|"
    r"\b(?:the )?(first|second|third|fourth|fifth) (?:photo|picture|image)\b",
    re.IGNORECASE,
)


def numbered_stills(message: str, draft: Draft, pictures: Sequence[Clip]) -> str:
    """Write the file's name for 第一张照片 where that is to be put in and is no clip yet."""
    there = {s["m"].get("source") for s in drafts.segments(draft, VIDEO)}
    stills = [c for c in pictures if c.get("still", False)]
    if not _PUTS.search(message) or any(c["source"] in there for c in stills):
        return message

    def written(match: re.Match[str]) -> str:
        number = ordinal(next(filter(None, match.groups())))
        named = stills[number - 1].get("filename") if 0 < number <= len(stills) else None
        return f" {named} " if named else match[0]

    for clip in stills:  # photo1放左上角
        stem = clip["name"]
        if len(stem) > 3 and stem.lower() not in _COMMON:  # noqa: PLR2004 - no "a.jpg"
            meant = f" {clip.get('filename', stem)} "
            message = re.sub(
                rf"(?<![\w.]){re.escape(stem)}(?![\w.])", meant, message, flags=re.ASCII
            )
    return _STILL.sub(written, message)


_COMMON = {"logo", "photo", "image", "picture", "watermark", "title", "video"}


def _pattern(name: str) -> re.Pattern[str]:
    before = r"(?<![\w.\"'“「《-])(?:the |my )?" if name.isascii() else ""
    return re.compile(rf"{before}{re.escape(name)}(?![\w.-]){_THING}", re.IGNORECASE | re.ASCII)
