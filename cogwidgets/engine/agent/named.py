"""Named: an edit made before that a message takes back by its name, wherever it is in the history.

"Undo the trim", "take the slow motion off", 撤销标题 are said of that one and of nothing else; the
edits after it stay.
"""

# ruff: noqa: E501 - a kind a line

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits.canvas import Canvas
from cogwidgets.engine.agent.edits.cleanup import Denoise, RemoveSilences
from cogwidgets.engine.agent.edits.clips import Join, Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.framing import Crop, Flip, Rotate, Zoom
from cogwidgets.engine.agent.edits.history import Redo, Undo
from cogwidgets.engine.agent.edits.lengths import Lengthen
from cogwidgets.engine.agent.edits.music import AddMusic, RemoveMusic
from cogwidgets.engine.agent.edits.order import Move, Swap
from cogwidgets.engine.agent.edits.output import Output, Thumbnail
from cogwidgets.engine.agent.edits.overlays import Overlay, RemoveOverlay
from cogwidgets.engine.agent.edits.pace import Repeat, Reverse, Speed
from cogwidgets.engine.agent.edits.picture import ClearEffects, Effects
from cogwidgets.engine.agent.edits.revise import Ask
from cogwidgets.engine.agent.edits.sound import Duck, Mute, Normalise, Volume
from cogwidgets.engine.agent.edits.textchanges import ChangeText, RemoveText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.past import Follow, find_text
from cogwidgets.engine.agent.times import END, START, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.past import Past

__all__ = ["named_back", "nth_alike", "nth_text"]

# How people call what was done, and which edits do it
_KINDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    (r"\b(?:transitions?|cross-?fades?|dissolves?|wipes?)\b|转场|叠化|过渡", (Transition,)),
    (r"\b(?:titles?|texts?|captions?|subtitles?|headings?|words)\b|标题|字幕|文字|那行字|这行字", (AddText,)),
    (r"\b(?:music|songs?|track|soundtrack|bgm|tune)\b|音乐|歌|配乐|bgm", (AddMusic, RemoveMusic)),
    (r"\b(?:logo|overlay|watermark|picture[- ]in[- ]picture|pip)\b|logo|水印|画中画|贴图", (Overlay,)),
    (r"\bfad(?:e|es|ing)\b|淡入|淡出|渐[显隐入出]", (Fade,)),
    (r"\b(?:noise|denois\w+|de-nois\w+|hiss|hum)\b|降噪|去噪|噪音", (Denoise,)),
    (r"\b(?:silences?|pauses?|gaps)\b|停顿|空白", (RemoveSilences,)),
    (r"\bsplit(?:s|ting)?\b|分割|切开|拆分", (Split,)),
    (r"\bcrop(?:s|ping)?\b|裁切|裁剪画面", (Crop,)),
    (r"\b(?:trim(?:s|ming)?|cuts?|cutting|deletion|shortening)\b|剪|删", (Cut, Keep, Lengthen)),
    (r"\b(?:speed(?:ing)?|fast(?:er)?|slow(?:ing|er)?(?:[- ]?mo(?:tion)?)?)\b|变速|加速|减速|慢放|慢动作|倍速|快放|快进|速度", (Speed,)),
    (r"\b(?:revers(?:e|al|ing)|backwards?)\b|倒放|倒着", (Reverse,)),
    (r"\b(?:loop(?:s|ing)?|repeats?|repetition)\b|循环|重复", (Repeat,)),
    (r"\bzoom(?:s|ing)?\b|放大|缩放|变焦", (Zoom,)),
    (r"\brotat(?:e|ion|ing)\b|旋转", (Rotate,)),
    (r"\b(?:flip(?:ping)?|mirror(?:ing)?)\b|翻转|镜像", (Flip,)),
    (r"\b(?:aspect(?: ratio)?|shape|vertical|square|canvas|portrait|landscape)\b|竖屏|横屏|比例|画幅|方形", (Canvas,)),
    (r"\bmut(?:e|ing)\b|静音", (Mute,)),
    (r"\b(?:volume|loudness|level(?:s|ling)?|normali[sz]\w+)\b|音量|响度", (Volume, Normalise)),
    (r"\bduck(?:ing)?\b|压低", (Duck,)),
    (r"\bswap\b|交换|对调|互换", (Swap,)),
    (r"\b(?:move|reorder(?:ing)?)\b|移动|挪动|顺序", (Move, Swap)),
    (r"\b(?:join(?:ing)?|merge|merging)\b|合并|拼接", (Join,)),
    (r"\bslide ?show\b|幻灯片", (Slideshow,)),
    (r"\b(?:thumbnail|cover)\b|封面", (Thumbnail,)),
    (r"\b(?:gif|webm|mov|mp4|format|export settings?)\b|导出|格式", (Output,)),
    (r"\b(?:filters?|effects?|looks?|colou?r grading)\b|滤镜|特效|效果|调色", (Effects,)),
)  # fmt: skip
_NAMES = tuple((re.compile(name, re.IGNORECASE), kinds) for name, kinds in _KINDS)
# What "bring back" is said of, and what took it away
_GONE: tuple[tuple[str, tuple[type, ...]], ...] = (
    (r"\b(?:titles?|texts?|captions?|subtitles?)\b|标题|字幕|文字", (RemoveText,)),
    (r"\b(?:logo|overlay|watermark)\b|logo|水印|画中画", (RemoveOverlay,)),
    (r"\b(?:filters?|effects?|looks?)\b|滤镜|特效|效果", (ClearEffects,)),
    (r"\b(?:clips?|parts?|bits?|scenes?|seconds?|beginning|start|intro|ending|end|footage|piece|section)\b|[段个]|片段|开头|结尾|秒|部分", (Cut, Keep)),
    (r"\b(?:sound|audio)\b|声音|原声", (Mute,)),
)  # fmt: skip
_RETURNS = tuple((re.compile(name, re.IGNORECASE), kinds) for name, kinds in _GONE)
_PART = re.compile(
    r"\b(?:clips?|parts?|bits?|sections?|scenes?|shots?|seconds?|one)\b|[段幕]|片段|部分",
    re.IGNORECASE,
)
_SAME = re.compile(r"\blast (?:change|edit|thing|step|one)\b|上一步|刚才那?一?步", re.IGNORECASE)
_SEVERAL = re.compile(
    r"\b(?:both|all|those|these)\b|\w{3,}s\b(?!')|[都俩]|这些|那些|全部", re.IGNORECASE
)
_BUT = re.compile(r"\b(?:but|except)\b|除了", re.IGNORECASE)
_CANCEL = re.compile(
    r"(?:cancel|scrap|undo|revert|take back|roll back|forget(?: about)?|skip|drop|lose|no more)\b|取消|撤[销回]",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"\b(first|second|third)\b|第([一二三])", re.IGNORECASE)
_COUNT = {"first": 0, "second": 1, "third": 2, "一": 0, "二": 1, "三": 2}


def named_back(  # noqa: PLR0911 - a rule each
    action: Action, past: Past, own: Sequence[Edit] | None
) -> Follow | None:
    """Read "undo the trim", "cancel the slow motion", "bring the second clip back", 撤销标题."""
    if action.negated or _SAME.search(action.text) or not past.edits:
        return None
    first = own[0] if own else None
    undoes = first == Undo()
    vague = first is None or (len(own or ()) == 1 and _guessed(first, action))
    if not undoes and (action.verb is Word.RESTORE or _CANCEL.match(action.text.strip())) and vague:
        back = _of_names(action, past, _RETURNS if action.verb is Word.RESTORE else _NAMES)
        if back is None and action.verb is Word.RESTORE and past.undone:
            known = any(name.search(action.text) for name, _ in (*_NAMES, *_RETURNS))
            return Follow((Redo(),)) if known else None
        return back
    removes = action.verb is Word.REMOVE and vague and not _PART.search(action.text)
    if not (undoes or removes) or action.timed:
        return None
    back = _of_names(action, past, _NAMES)
    if back is not None or not undoes:
        return back
    kinds = {t.value.rstrip("+-") for t in action.all_of(Word.EFFECT)}
    named = kinds or any(name.search(_beside_verb(action)) for name, _ in _NAMES)
    named = named or any(
        action.find(word) for word in (Word.PLACE, Word.COLOUR, Word.STYLE, Word.OPACITY)
    )
    if not named:
        return None
    action.used.extend(action.words)
    return Follow((_remover(action),))


_NTH = re.compile(
    r"\bthe (?P<en>first|second|third|last|other|earlier|later|previous)(?: (?:one|time|range|stretch|mute|blur|cut))?\b|"
    r"第(?P<zh>[一二三])(?:[个处次]|地方)|(?P<at>[前后])(?:面|边|头)?(?:的)?那?一?[个处]",
    re.IGNORECASE,
)
_NUMBERS = {
    "first": 0, "earlier": 0, "second": 1, "third": 2, "last": -1, "later": -1, "previous": -2,
    "other": -2, "一": 0, "二": 1, "三": 2, "前": 0, "后": -1,
}  # fmt: skip


def nth_alike(action: Action, past: Past) -> Follow | None:
    """Read "cancel the first one", 第一处取消, said of several seconds that were done alike."""
    last = past.edits[past.touched[0]]
    counted = _NTH.search(action.text)
    if counted and (kept := _uncut(action, past, _number(counted))) is not None:
        return kept
    back = action.verb in {Word.REMOVE, Word.RESTORE} or action.asks("undo")
    if not (counted and back) or action.negated or _CLIP.search(action.text):
        return None
    alike = [
        place
        for place, edit in enumerate(past.edits[: past.here])
        if type(edit) is type(last) and _of_time(edit)
    ]
    number = _number(counted)
    if len(alike) < 2 or not -len(alike) <= number < len(alike):  # noqa: PLR2004
        return None
    action.used.extend(action.words)
    return Follow((), alike[number])


def _number(counted: re.Match[str]) -> int:
    return _NUMBERS[(counted["en"] or counted["zh"] or counted["at"]).lower()]


def _uncut(action: Action, past: Past, number: int) -> Follow | None:
    """Read "don't cut the second one", 第二个不要删, of several stretches that were cut at once."""
    cut = past.edits[past.touched[0]]
    spared = action.verb is Word.REMOVE and action.negated
    if not (spared or action.verb is Word.RESTORE) or _CLIP.search(action.text):
        return None
    if not isinstance(cut, Cut) or not -len(cut.spans) <= number < len(cut.spans) > 1:
        return None
    action.used.extend(action.words)
    left = tuple(span for span in cut.spans if span is not cut.spans[number])
    return Follow((replace(cut, spans=left),), past.touched[0])


_CLIP = re.compile(
    r"\b(?:clip|video|part|scene|shot|footage|photo|picture|image|half)s?\b|[段张幕]|视频|片段|镜头",
    re.IGNORECASE,
)


def _of_time(edit: Edit) -> bool:
    """Tell whether an edit is of some seconds of the whole."""
    spans: tuple[Span, ...] = getattr(edit, "spans", ())
    return bool(spans) and all(span.clip is None for span in spans)


def nth_text(action: Action, past: Past) -> tuple[int, Action] | None:
    """Read "make the second one red" of texts: which of them, and what is said of it."""
    counted = _NTH.search(action.text)
    last = past.edits[past.touched[0]]
    said = [
        i
        for i, edit in enumerate(past.edits[: past.here])
        if isinstance(edit, AddText) and len(edit.text) > 2 - (not edit.text.isascii())
        if find_text(action.text, edit.text)
    ]
    if len(said) == 1 and not action.quoted:
        return said[0], replace(action, strange=())
    texts = [i for i, edit in enumerate(past.edits[: past.here]) if isinstance(edit, AddText)]
    if not counted or not isinstance(last, AddText | ChangeText) or len(texts) < 2:  # noqa: PLR2004
        return None
    number = _number(counted)
    if _CLIP.search(action.text) or not -len(texts) <= number < len(texts):
        return None
    words = tuple(t for t in action.words if not any(s.clip is not None for s in t.spans))
    return texts[number], replace(action, words=words)


def _guessed(edit: Edit, action: Action) -> bool:
    """Tell whether an edit is only what "remove …" comes to where nothing fits better."""
    if isinstance(edit, RemoveText):
        return not _NAMES[1][0].search(action.text)
    if isinstance(edit, RemoveOverlay):
        return not _NAMES[3][0].search(action.text)
    return isinstance(edit, Cut | Keep | Reverse | Speed | Mute) and not action.spans


def _remover(action: Action) -> Edit:
    """Give what takes a named thing away that this talk has not added."""
    if action.has(Word.TEXT) or action.names("title", "text", "caption"):
        return RemoveText()
    return Ask("no_such_edit")


def _of_names(
    action: Action, past: Past, names: Sequence[tuple[re.Pattern[str], tuple[type, ...]]]
) -> Follow | None:
    """Take back the last edit of a kind that is named, or the one that is counted."""
    places = list(_places(action, past, names))
    if not places or _BUT.search(action.text):
        return None
    counted = _ORDINAL.search(action.text)
    at = places[0]
    if counted and len(places) > 1:
        number = _COUNT[(counted[1] or counted[2]).lower()]
        if number >= len(places):
            return None
        at = places[-1 - number]
    action.used.extend(action.words)
    edits = _left(past.edits[at], action)
    beside: tuple[tuple[int, tuple[Edit, ...]], ...] = ()
    if _SEVERAL.search(action.text) and at in past.touched and not counted:
        beside = tuple((i, ()) for i in places if i != at and i in past.touched)
    return Follow(edits, at, beside)


def _places(
    action: Action, past: Past, names: Sequence[tuple[re.Pattern[str], tuple[type, ...]]]
) -> Iterator[int]:
    """Give the places of the edits that are named, the last first."""
    effects = (
        {t.value.rstrip("+-") for t in action.all_of(Word.EFFECT)} if names is _NAMES else set()
    )
    kinds = next((kinds for name, kinds in names if name.search(_beside_verb(action))), ())
    clips = [span.clip for span in action.spans if span.clip is not None]
    for place in reversed(range(past.here)):
        edit = past.edits[place]
        if isinstance(edit, Effects) and effects:
            if effects & {kind for kind, _ in edit.effects}:
                yield place
        elif effects and not kinds:
            continue
        elif isinstance(edit, kinds) and not _gathers(edit):
            away = isinstance(edit, Transition | Fade) and edit.off
            about = [s.clip for s in getattr(edit, "spans", ()) if s == Span(clip=s.clip)]
            if not away and not (clips and about and not set(clips) & set(about)):
                yield place


def _beside_verb(action: Action) -> str:
    """Give the words of an action without its verb, which may be a name too: "cut it"."""
    if action.said is None or action.said.end <= action.said.start:
        return action.text
    start, end = action.said.start - action.start, action.said.end - action.start
    return action.text[: max(start, 0)] + " " + action.text[max(end, 0) :]


def _gathers(edit: Edit) -> bool:
    return isinstance(edit, Join) and edit.first


def _left(edit: Edit, action: Action) -> tuple[Edit, ...]:
    """Give what stays of an edit of which one effect, or one end of several, is named."""
    if isinstance(edit, Cut) and len(edit.spans) > 1 and len(set(action.edges)) == 1:
        edge = START if action.edges[0] == "start" else END
        kept = tuple(span for span in edit.spans if edge not in {span.start, span.end})
        return (replace(edit, spans=kept),) if 0 < len(kept) < len(edit.spans) else ()
    if not isinstance(edit, Effects):
        return ()
    kinds = {t.value.rstrip("+-") for t in action.all_of(Word.EFFECT)}
    left = tuple((kind, by) for kind, by in edit.effects if kinds and kind not in kinds)
    return (replace(edit, effects=left),) if left else ()
