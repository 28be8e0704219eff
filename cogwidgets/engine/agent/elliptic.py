"""Elliptic: what a message leaves out because of what was done or asked before, written out.

"No, 8" after "trim to 10 s" is 8 s, "the third" after an edit of a clip the third one, 时长2秒
after a transition is said of that, and words with times, where captions were offered, are captions.
"""

# ruff: noqa: E501, RUF001 - a pattern a line; Chinese messages have Chinese punctuation

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.edits.canvas import Canvas
from cogwidgets.engine.agent.edits.clips import Slideshow
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.overlays import Overlay
from cogwidgets.engine.agent.edits.pace import Repeat, Reverse, Speed
from cogwidgets.engine.agent.edits.picture import Effects
from cogwidgets.engine.agent.edits.sound import Mute
from cogwidgets.engine.agent.edits.textchanges import ChangeText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.edits.transitions import Transition
from cogwidgets.engine.agent.numerals import CLOCK, DURATION, NUMBER
from cogwidgets.engine.agent.past import Past, find_text
from cogwidgets.engine.agent.said import opened

if TYPE_CHECKING:
    from cogwidgets.engine.agent.edits import Edit
    from cogwidgets.engine.agent.times import Span

__all__ = ["CAPTION", "SAME_STYLE", "quoted", "with_units", "words_of", "written_out"]

LEAD = 30  # characters at most before the first of a list
CAPTION = {"en": "add a caption", "zh": "加字幕"}


def written_out(message: str, past: Past, asked: Edit | None, *, captions: bool = False) -> str:
    """Write a message as it would be said by somebody who has said nothing before."""
    if captions and (lines := _captions(message)):
        return lines
    if past.touched:
        message = _TWICE.sub(r"\1", message)
    if SAME_STYLE.search(message):
        message = SAME_STYLE.sub("", message)
    last = past.edits[past.touched[0]] if past.touched else None
    if past.touched:
        message = _of_last(message, past)
        message = _TOO_LONG.sub(_shorter, message)
    text = next((e for e in reversed(past.edits) if isinstance(e, AddText)), None)
    if isinstance(last, AddText | ChangeText) and text is not None and quoted(message):
        message = _ANOTHER.sub(lambda m: _another(m, text.role), message, count=1)
    if any(isinstance(edit, Slideshow) for edit in past.edits):
        message = _PACED.sub("", message)
    if isinstance(last, _LASTING):
        message = _DURATION.sub(lambda m: "改成" if m["zh"] else "make it ", message)
    if isinstance(last, Repeat):
        message = _ROUND.sub(lambda m: f"第{m[1]}段" if m[1] else "the second clip", message)
    return _reworded(with_units(message, past, asked), past)


_TWICE = re.compile(  # "I meant the last 5. Undo that and cut the end instead"
    r"(\bi meant (?:the |from )+(?:last|first|second|third|other)\b[^.;!]{1,25})[.;!]\s*"
    r"(?:so |please )*undo (?:that|it|this)(?:,| and)?(?: then)? (?:cut|do|trim|remove|take|mute)"
    r"(?: off| out)? (?:the )?(?:end|start|beginning|that|it|other one) instead\b",
    re.IGNORECASE,
)


def _of_last(message: str, past: Past) -> str:
    """Write out what is said of the last edit: its seconds, its background, that it is enough."""
    last = past.edits[past.touched[0]]
    for kinds, words in _UNDOING:
        if isinstance(last, kinds):
            message = words.sub(lambda m: "不对，" if m["zh"] else "no, ", message)
    if isinstance(last, Effects | Speed | Reverse | Mute):
        message = _NOT_THAT.sub(r"no, \g<x> instead", message)
    if isinstance(last, Speed):
        message = _NORMAL.sub("normal speed", message)
    if isinstance(last, Canvas):
        message = _BLURRED.sub("with a blurred background", message)
        message = _CUT_OFF.sub(lambda m: "不裁切" if m["zh"] else "without cropping", message)
    message = _BACK.sub(lambda m: f"恢复{m['zh']}" if m["zh"] else f"bring back {m['en']}", message)
    message = _quoted_texts(message, past)
    message = _ENOUGH.sub(r"\g<long>", _FORGET.sub("undo ", message))
    if isinstance(last, Canvas):
        message = _BACKGROUND.sub(
            lambda m: "背景模糊" if m["zh"] else "with a blurred background", message
        )
    spans: tuple[Span, ...] = getattr(last, "spans", ())
    if len(spans) == 1 and not isinstance(last, Cut | Keep) and _timed(spans[0]):
        one = spans[0]
        long = (one.end.ms - one.start.ms) / (last.factor if isinstance(last, Speed) else 1)
        start, end = f"{one.start.ms / 1000:g}", f"{(one.start.ms + long) / 1000:g}"
        message = _THIS_BIT.sub(
            lambda m: (
                f"{start}秒到{end}秒" if m["zh"] else f"{m['at'] or ''}from {start}s to {end}s"
            ),
            message,
        )
    return message


def _timed(span: Span) -> bool:
    return span.clip is None and span.start.share == 0 == span.end.share


_NOT_THAT = re.compile(r"^\W*no,?\s+(?P<x>[a-z ]{3,20}?),?\s+not\s+[a-z]+\W*$", re.IGNORECASE)
_NORMAL = re.compile(r"\bnormal(?=\W*$)", re.IGNORECASE)
_BLURRED = re.compile(
    r"(?<=no, )blurr?(?:ed|y)(?: ones?| please| instead)?(?=\W*$)|^\W*blurr?(?:ed|y)(?: ones?| instead)(?=\W*$)",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(
    r"\btoo much (?:of it )?(?:is|gets|was) (?:being )?(?:cut|cropped)(?: off| away)?|"
    r"(?P<zh>(?:画面)?(?:被)?(?:切|裁)(?:掉|得|的)?(?:了)?太多了?)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:bring|put|give|get|add) (?:me )?(?P<en>clip \d|(?:the|that) [^,.;]{1,25}?) back\b|"
    r"(?:把|将)?(?P<zh>[^，。,把将]{0,8}?(?:第[一二三四五\d]段|片段|部分|标题|字幕|logo|转场|音乐))"
    r"(?:再|还是)?(?:给我)?[加放补要找弄拿]回(?:来|去)",
    re.IGNORECASE,
)
_TAKING = re.compile(
    r"\b(?:remove|delete|get rid of|take off|drop|lose)\b|删|去掉|拿掉|不要|改|移|放",
    re.IGNORECASE,
)


def _quoted_texts(message: str, past: Past) -> str:
    """Put the words of a text that is there in quotes: "remove Day 1"."""
    if quoted(message) or not _TAKING.search(message):
        return message
    texts = {e.text for e in past.edits if isinstance(e, AddText | ChangeText) and e.text}
    for text in sorted(texts, key=len, reverse=True):
        found = find_text(message, text) if len(text) > 1 else None  # more than a letter
        if found and found[0] != message.strip():
            thing = "the text " if text.isascii() else "文字"
            before = message[: found.start()].rstrip()
            article = re.sub(r"\bthe$", "", before, flags=re.IGNORECASE)
            tail = message[found.end() :]
            if not text.isascii():
                return f"{before}{thing}“{text}”{tail}"
            return f"{article} {thing}“{text}”{tail}".strip()
    return message


def _undoing(english: str, chinese: str) -> re.Pattern[str]:
    """Find "don't mute it, just …", 不用静音，…, said after a mute."""
    return re.compile(
        rf"^\W*(?P<zh>(?:不用|不要|别|不是(?:要)?)(?:{chinese})了?[，,]\s*(?:是|而是)?)|"
        rf"^\W*(?:(?:no|actually|wait|oh|hm+|sorry)\W+)*don'?t (?:{english})\b[^,;.]*[,;.]\s*(?:just |rather |instead )*",
        re.IGNORECASE,
    )


_UNDOING = (
    (Mute, _undoing("mute|silence", "静音|消音")),
    (Effects, _undoing("blur|pixelate|colou?r|make it", "模糊|打码|马赛克|黑白|复古|调[亮暗]")),
    (Speed, _undoing("speed|slow", "加速|慢放|减速|快放")),
    (Cut, _undoing("cut|delete|remove", "剪掉?|删掉?")),
)
_FORGET = re.compile(
    r"\b(?:forget|skip|scratch|ditch|never ?mind) (?:about )?(?=(?:the|that) \w)", re.IGNORECASE
)
_ENOUGH = re.compile(
    rf"(?P<long>(?:{DURATION}))(?:就|也)(?:行|好|够|可以)了?[吧啊呢]?(?=\W*$)", re.IGNORECASE
)
_BACKGROUND = re.compile(
    r"(?P<zh>(?<!成)用?(?:个|一个)?(?:模糊|虚化)的?背景|背景(?:要|弄|做)?(?:模糊|虚化)的?(?:一点)?)|"
    r"\b(?:blur (?:the )?(?:background|bg|sides|bars)|(?:use |with )?(?:a |the )?blurr?(?:ed|y) "
    r"(?:background|bg|sides|bars)(?: instead(?: of (?:the )?\w+(?: \w+)?)?)?)\b",
    re.IGNORECASE,
)
_THIS_BIT = re.compile(
    r"(?P<zh>(?:把|将)?(?:刚才)?[这那]一?(?:小)?(?:段|部分))|"
    r"\b(?P<at>(?:on|in|for|at|of|over|during) )?(?:this|that|the same) (?:bit|part|section|stretch|piece)\b",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(  # "5 seconds each is too long, do 3"
    r"^(?P<what>[^,;.]*)\bis (?:a (?:bit|little) |way |far )?too (?:long|short|much|little|fast|slow|big|small)"
    r"\s*[,;.—-]+\s*(?:so )?(?:(?:let's |just |rather )*(?:do|make it|try|use|take) )?(?P<now>\d+(?:\.\d+)?)(?P<unit>\s?(?:s|secs?|seconds?))?",
    re.IGNORECASE,
)


def _shorter(match: re.Match[str]) -> str:
    each = re.search(r"\b(?:each|per|every)\b", match["what"], re.IGNORECASE)
    return (
        f"{match['now']} seconds each" if each else f"make it {match['now']}{match['unit'] or ''}"
    )


_PACED = re.compile(  # of slides, whose time is said
    r"^\W*(?:(?:a bit|much|make it) )*(?:slower|faster|longer|shorter)\s*[,;-]\s*(?=[^,]*\b(?:each|per|every)\b)|"
    r"^\W*(?:再)?[慢快长短]一?[点些][，,]\s*(?=每)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(  # of texts
    r"(?P<en>\b(?:(?:now |then |please )?(?:add|put) )?(?:another|one more|a (?:second|third)) one\b)|"
    r"再?(?:加|来|写|放)一?[个条句行](?=\W{0,2}[\"“「『《])",
    re.IGNORECASE,
)


def _another(match: re.Match[str], role: str) -> str:
    if match["en"]:
        return f"add another {role}"
    return "再加一个" + ("字幕" if role == "caption" else "标题")


SAME_STYLE = re.compile(
    r"[，,、\s]*(?:样式|风格|格式|字体|颜色和大小)(?:和|跟)?(?:前面|刚才|第一个|上一个)?的?(?:都)?(?:一样|相同|不变)|用?同样的?(?:样式|风格|格式|字体)|"
    r"[,\s]*(?:\b(?:and|with|in|using|use|same) )*(?:the )?\bsame (?:style|look|font|formatting|colou?r and size)\b(?: as (?:before|the first(?: one)?|that))?",
    re.IGNORECASE,
)
# What lasts, so that a duration said next is its own and not the video's
_LASTING = (AddText, ChangeText, Transition, Fade, Overlay, Slideshow)
_DURATION = re.compile(
    r"(?P<zh>(?<![\u4e00-\u9fff])(?:总?时长|长度|持续时间)(?:改|调整?|设置?|变|弄|做)?(?:[成为到])?(?=[\d一二两三四五六七八九十半]))|"
    r"\b(?:set|make|change) (?:the|its) (?:duration|length)(?: of it)? (?:to )?(?=\d)|"
    r"^\W*(?:duration|length)(?: of|:)? ?(?=\d)",
    re.IGNORECASE,
)
_ROUND = re.compile(
    r"第([二三四五])[遍次]|\bthe second (?:time(?: round| around)?|round|copy|repeat|loop|run)\b",
    re.IGNORECASE,
)

_T = rf"(?:{CLOCK}|{DURATION}|{NUMBER})"
_LINE = re.compile(
    rf"(?:从|from )?(?P<when>{_T} ?(?:-|–|到|至|to) ?(?:{CLOCK}|{DURATION}|{NUMBER}(?=[ :：])))"
    r"\s*[:：,，]?\s*(?P<text>[^,，;；。\n\d\"“”「」][^,，;；\n\"“”「」]*)",
    re.IGNORECASE,
)


def _captions(message: str) -> str:
    """Write "0-3 Hello, 3-6 welcome" out as captions; empty where it is no such list."""
    lines = list(_LINE.finditer(message))
    told = message[: lines[0].start()] if lines else ""
    between = "".join(message[one.end() : two.start()] for one, two in pairwise(lines))
    rest = between + (message[lines[-1].end() :] if lines else "")
    lead = not told.strip() or told.rstrip().endswith((":", "：", ",", "，"))
    if not lines or not lead or len(told) > LEAD or re.search(r"\w", rest):
        return ""
    zh = re.search(r"[\u4e00-\u9fff]", message) is not None
    add = CAPTION["zh" if zh else "en"]
    said = [(line["when"], line["text"].strip()) for line in lines]
    if zh:
        return "，".join(f"{add}“{text}”{when}" for when, text in said)
    return ", ".join(f"{add} \u201c{text}\u201d from {when}" for when, text in said)


def quoted(message: str) -> bool:
    """Tell whether a message has words in quotes.

    >>> quoted('"Hello" from 2 to 6 s'), quoted("don't")
    (True, False)
    """
    return re.search(r"[\"“「『《][^\"”」』》]+[\"”」』》]", message) is not None


_QUOTE = "\"\u201c\u201d'\u2018\u2019\u300c\u300d\u300e\u300f\u300a\u300b"
_REWORDS = re.compile(
    rf"(?:(?:call it|name it|(?:make |let )?it (?:should )?says?|say|write|change it to|make it|"
    rf"(?:改|换)成|写|叫)\s*)?[{_QUOTE}](?P<text>[^{_QUOTE}]+)[{_QUOTE}]\W*",
    re.IGNORECASE,
)


_NTH = r"(?:the )?(?:first|second|third|fourth|fifth|last|clip \d)(?: (?:one|clip|part|photo))?"
_NOT_BUT = re.compile(  # "not the second, the first"
    rf"\bnot {_NTH}\s*[,;.—-]\s*(?:but )?(?={_NTH})|不是第[\d一二两三四五]+[段个张条处][，,、\s]*(?:而)?(?=是第)",
    re.IGNORECASE,
)
_BUT_NOT = re.compile(  # "the first, not the second"
    rf"(?<=\w)\s*[,;—-]?\s+not {_NTH}(?=\W*$)|[，,、\s]*(?:而)?不是第[\d一二两三四五]+[段个张条处](?=\W*$)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(the (?:first|second|third|fourth|fifth|last))"
    r"(?=[^\w'\"]*$|\s+(?:too|as well|instead|please|then|also|rather)\b)",
    re.IGNORECASE,
)


def _reworded(message: str, past: Past) -> str:
    """Write "no, "Goodbye"" out, where it says what a text is to say."""
    last = past.edits[past.touched[0]] if past.touched else None
    if past.touched:
        message = _COUNTED.sub(r"\1 one", _BUT_NOT.sub("", _NOT_BUT.sub("", message)))
    rest = message[opened(message).end :]
    if isinstance(last, Effects) and _PALER.fullmatch(message):
        return "弱一点"  # the look, and not the colours
    found = _REWORDS.fullmatch(rest) if isinstance(last, AddText | ChangeText) else None
    return f"change the text to \u201c{found['text']}\u201d" if found else message


_PALER = re.compile(r"\W*(?:再|稍微|弄|调)*淡一?[点些]儿?了?[吧啊呢]?\W*")
_TIMED = (Keep, Cut, Split, AddText, Fade, Transition, Slideshow, Mute)
_BARE = re.compile(
    r"(?<![\w.:%/#-])(\d+(?:\.\d+)?)"
    r"(?=\W*$|\s+(?:instead|please|pls|then|not|only|rather|too|as well|actually|would|is|should|"
    r"more|less|longer|shorter)\b|[,;!]|[，。])"
)
_RANGE = re.compile(
    r"(?<![\w.:%/#-])(\d+(?:\.\d+)?)\s?(?:[-\u2013]|\b(?:to|until|till)\b)\s?(\d+(?:\.\d+)?)"
    r"(?![\w.:%/-]|\s?(?:s|m|x|times|db|percent|秒|分|倍)\b)",
    re.IGNORECASE,
)
_COUNTING = re.compile(
    r"\b(?:clip|part|photo|title|number|times?|volume|speed|into)\b|[倍段个遍次]|[\"“「]",
    re.IGNORECASE,
)


def with_units(message: str, past: Past, asked: Edit | None) -> str:
    """Write the unit to a bare number where it can only be seconds: "no, 8" after "trim to 10 s".

    >>> with_units("actually make it 12", Past((Keep(target=15_000),), (0,)), None)
    'actually make it 12 s'
    """
    touched = [past.edits[place] for place in past.touched]
    timed = (edit for edit in touched if isinstance(edit, _TIMED))
    last = asked if asked is not None else next(timed, touched[0] if touched else None)
    message = re.sub(r"改到(?=[\d一二三四五六七八九十])", "改成", message)
    if _COUNTING.search(message):
        return message
    if isinstance(last, _TIMED) or hasattr(last, "spans"):
        message = _RANGE.sub(_with_unit, message)
    return _BARE.sub(r"\1 s", message) if isinstance(last, _TIMED) else message


def _with_unit(match: re.Match[str]) -> str:
    return f"{match[0]} s" if float(match[2]) > float(match[1]) else match[0]


_SAYING = re.compile(
    r"^(?:(?:那|那么)?(?:就|请)?(?:写|叫|用|打|显示)上?(?![\u4e00-\u9fff]{0,2}(?:作|当|做))|"
    r"(?:ok |okay |then |just |please |let it |it should |it can |make it )*"
    r"(?:say|write|put|type|call it|use)\b)[:：,，\s]*",
    re.IGNORECASE,
)


def words_of(answer: str) -> str:
    """Give the words to show of an answer that says which: "just write Day one"."""
    return (
        _SAYING.sub("", answer.strip()).strip("\"'\u201c\u201d\u2018\u2019\u300c\u300d\u300a\u300b")
        or answer
    )
