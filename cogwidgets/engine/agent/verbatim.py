"""Verbatim: the pieces of a message that are no words to be read: file names, texts to be shown.

Each is replaced by one character of a private plane, so that 'add a title "No music"' and
"replace the music with remove me.mp3" are not taken for something else.
"""

# ruff: noqa: E501, RUF001 - a pattern a line; Chinese messages have Chinese punctuation

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cogwidgets.engine.agent.hanzi import Twin, simplified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.engine.agent.hanzi import Replaced

__all__ = ["Masked", "Piece", "mask"]

_FIRST = 0x100000  # the private plane
_AUDIO = r"\.(?:mp3|wav|m4a|aac|flac|ogg|opus|wma)(?![A-Z0-9])"
_QUOTED_FILE = re.compile(
    rf"""(?<=["'\u201c\u2018\u300c\u300a])[^"'\u201d\u2019\u300d\u300b]{{1,200}}{_AUDIO}""",
    re.IGNORECASE,
)
_AUDIO_FILE = re.compile(rf"(?<![A-Z0-9_.()-])[A-Z0-9_(][A-Z0-9_.()-]*{_AUDIO}", re.IGNORECASE)
_OTHER_FILE = re.compile(
    r"(?<![A-Z0-9_.()-])[A-Z0-9_(][A-Z0-9_.()-]*\.(?:mp4|mov|avi|webm|mkv|jpe?g|png|gif|webp)(?![A-Z0-9])",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"""["\u201c\u201d][^"\u201c\u201d]+(?:["\u201c\u201d]|$)|"""
    r"""(?<!\w)['\u2018](?=\S)[^\n]{1,200}?(?<=\S)['\u2019](?!\w)|"""
    r"\u300c[^\u300d]+\u300d|\u300e[^\u300f]+\u300f|\u300a[^\u300b]+\u300b"
)
_TEXTUAL = r"(?:(?:end|intro|outro|opening|closing) (?:card|screen|text)|lower third|call to action|cta|banner|credits?|title|text|caption|subtitle|label|headline|heading|watermark|sign|words?)s?(?: card)?"
_TEXTUAL_ZH = "(?:标题|文字水印|水印文字|水印字|文字|字幕|文本|字样|片名|水印|title|文案|弹幕|花字|标语|口号|署名|落款|一?[句行](?:小|大)?[话字]|一[句行](?:中|英|日|韩|法|外)文字?|(?<![文打])[出上打]字)"
# What a text without quotes ends before: "Day one at the top for 5 seconds"
_DIRECTS = (
    r"(?:(?:at|in|on|near|to|for|from|during|until|over|with|between|across)\s+"
    r"(?:the\b|an?\b|top|bottom|center|centre|white|black|red|yellow|green|blue|bold|big|large|small|"
    r"\d|first|last|fade|screen|upper|lower|\w+ seconds?)|(?:and|then)\s+(?:then\s+)?"
    r"(?:add|make|put|cut|trim|remove|fade|speed|slow|mute|export|crop|rotate|blur|set|change|convert|"
    r"turn|lower|raise|play|use)\b|(?:the whole|at all|top|bottom|upper|lower|cent(?:er|re)d?)\b)"
)
_DIRECTS_ZH = (
    r"(?:居中|大字|小字|[左右][上下]|[底顶中上下]部|中间|[上下]面|[红黄白黑蓝绿粉紫金橙灰](?:色|字|底)|[大小]一?点|小小的?|大大的?|半?透明|加粗|粗体|"
    r"显示|持续|一直|淡[入出]|字(?:号|体|[大小粗]|要|用)|[一两二三四五六七八九十]个字|停[\d一两二三四五六]|时长|放[在到大小上下左右中底顶]|在|再(?!见|会)|然后|并|配|加[个点上]|"
    r"(?:字体?|文字)?(?:颜色|字[号体]|位置|大小|样式)(?=[改换调用要是为设放\s]|$)|改|剪|删|去掉|导出|从|前(?!方|路|程|任|世)|最后|竖|横|\d+(?:[秒分]|$))"
)
# What is added by its name, and is no text
_THINGS_ZH = (
    r"(?:logo|水印|标题|字幕|文字|转场|过渡|音乐|bgm|配乐|歌|滤镜|特效|音效|图(?!片仅|片来源|为|中|文)|照片|淡|黑|白屏|模糊|马赛克|打?码|画面|视频|片段|声音|"
    r"贴纸|表情|背景|封面|画中画|暗角|动画|什么|啥|点|一?[个些段首张]|我的|这[个张首]|那[个张首]|加速|减速|放慢|快进|慢放|倒放|静音|[\d一二两三四五六七八九十.]+[秒分倍%])"
)
_TELLING = rf"(?=\s+{_DIRECTS}|\s+{_DIRECTS_ZH}|[,.;!?，。；！？\n]|\s*$)"
_SAID = re.compile(  # "a title saying Day one": shown as well, though without quotes
    rf"(?:\b{_TEXTUAL}\b[^,.;!?\n]{{0,50}}?"
    r"(?:(?<!i'm )(?<!im )(?<!am )(?<!is )(?<!are )(?<!'s )(?<!was )(?<!were )\b(?:saying|says|reading|reads|called|to say|that says|to read)\b:?|:(?!\d))|"
    rf"{_TEXTUAL_ZH}[^，。；！？\n]{{0,4}}?(?:写[上着]?|[为是叫]|内容[是为])|写(?:[上着]|(?=[：:]))|(?:标题|片名|名字)吧?[，, ]+(?:就)?叫(?:做|作)?)"
    rf"[：:\s]*(?!(?:and|or|but)\b)(?P<text>[^,.;!?，。；！？\n：:]+?[!?]{{0,3}}){_TELLING}",
    re.IGNORECASE,
)
_NOUN_ZH = (  # 打上产品名：小蜜蜂
    r"(?:[加写打放标注]|显示|出现|弹出|标注|注明)(?:上|个|一?[句行个条段])*(?!滤镜|转场|音乐|bgm|配乐|特效|效果|歌|调色|画中画|视频|图|照片|背景|素材)"
    r"[^，。：:\s\d]{1,8}"
)
_CREDIT = re.compile(  # 打出制作：张三 李四, which is all to be read
    r"(?:[加写打放标注]|显示|出现|弹出|标注|注明)(?:上|个|出|一?[句行个条段])*"
    r"(?P<text>(?:制作|导演|摄影|出品|主演|监制|策划|电话|微信|地址|时间|地点|日期|价格|原价|现价|作者|拍摄)[人者]?[:：]"
    r"[^，。；！？,;!?\n]+?)(?=\s+(?:一直|全程|持续|显示|居中|放|在|大|小)|[，。；！？,;!?\n]|\s*$)"
)
_COLON = re.compile(  # "字幕：大家好，欢迎来到我的频道": commas too, up to what tells how to show it
    rf"(?:\b{_TEXTUAL}|{_TEXTUAL_ZH}(?:内容)?|[白黑红黄蓝大小]色?字|{_NOUN_ZH})\s*[:：](?!\d[\d:：.]*\s*(?:[秒分s到至~～-]|$))\s*(?P<text>[^.;!?。；！？\n\U00100000-\U0010FFFF]+?)"
    rf"(?=(?:\s+|[,，]\s*)(?:{_DIRECTS}|{_DIRECTS_ZH}|(?-i:big|large|small|bold|red|white|black|yellow|blue|green)\b)|"
    r"[,，]\s*(?:first|last|make|put|add|cut|trim|remove|fade|speed|slow|mute|export|crop|rotate|then|and)\b|"
    r"[.;!?。；！？\n]|\s*$)",
    re.IGNORECASE,
)
_NAMED = re.compile(  # "加个标题 旅行日记", "add the words subscribe for more", "@小鹿"
    rf"(?:[加来写打放弄配做]|显示|出现|弹出|跳出|浮现)(?:[个一上入段句行首条]|一[个段句行条])*[^，。；！？\n]{{0,4}}?(?:{_TEXTUAL_ZH}|片[头尾]|水印)\s+"
    rf"(?!{_DIRECTS_ZH}|{_THINGS_ZH})(?P<zh>[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7afA-Za-z\u00c0-\u024f0-9][^，。；！？,.;!?\n]*?){_TELLING}|"
    r"\b(?:add|put|show|write|display|overlay|with|insert)\s+(?:.{0,20}?\s)?(?:the\s+(?:words?|phrase|date)|"
    r"(?:my|our|her|his)\s+(?:full\s+)?names?,?)\s+(?!(?:of|for|from|in|on|at|to|as|over|and|there|here)\b)"
    rf"(?P<text>[^,.;!?\n]+?){_TELLING}|(?<![A-Za-z0-9_.@])(?P<at>[@#](?![0-9a-f]{{6}}\b|[0-9a-f]{{3}}\b)[\w\u4e00-\u9fff.]+)|"
    r"(?<![\w@./:-])(?P<url>(?:https?://|www\.)[^\s,;，。；！]*[\w/]|"
    r"(?<=website )(?!is\b)[\w-]+(?:\.\w{2,})+|(?<=site )[\w-]+(?:\.\w{2,})+|[\w.]+@[\w-]+(?:\.\w{2,})+)",
    re.IGNORECASE,
)
_WHERE_ZH = r"(?:[左右][上下]角?|(?:屏幕|画面)(?:正?中[间央]|[上下]方)?|[上下]面|[顶底]部|正中间?|中间|片[头尾]|开头|结尾|秒|分|\d)"
_PLACED = re.compile(  # 右上角写 小鹿出品, 第5秒到第8秒屏幕中间出现 前方高能！！
    rf"{_WHERE_ZH}[^，。；！？\n]{{0,6}}?"
    r"(?:(?<![编改手听描填])写(?:上|着|个)?(?![真作法字成手下完一])[：:\s]*|(?:显示|出现|弹出|跳出|浮现|加上?|放上?|打[上出])\s+)"
    rf"(?!{_THINGS_ZH}|{_DIRECTS_ZH}|[吗呢吧])(?P<text>[\u4e00-\u9fffA-Za-z][^,.;!?，。；！？\n：:]*?[！!]{{0,3}})(?=[吧呗]?(?:{_TELLING[3:-1]}))",
    re.IGNORECASE,
)
_WATERMARK = re.compile(  # 左上角来个独家的水印
    r"[加来打放弄做写](?:上|个|一个)+(?P<text>(?!.{0,5}(?:透明|[白黑红黄蓝绿灰金]色?(?:的|$|水)|小小|大大|[大小](?:的|一点|水)|淡|logo|图|文字|好看|简单|公司|品牌|店|频道|我们?|自己|动态|什么))"
    r"[\u4e00-\u9fffA-Za-z0-9]{2,8}?)(?=的?水印)",
    re.IGNORECASE,
)
_DATE = re.compile(  # 右下角加日期2024.5.1
    r"(?:[加写打放上]|显示|日期|时间)[：:\s]*(?P<text>(?:19|20)\d{2}[.\-/年]\d{1,2}(?:[.\-/月]\d{1,2}日?)?)(?![\d.:])"
)
_SPAN_ZH = r"第?\d[\d:：.]*[秒s分]?(?:到|至|-|~|～)第?\d[\d:：.]*[秒s]?"
_LISTED = re.compile(  # "加字幕 0到3秒 早上好 3到6秒 去爬山": a text a time
    rf"{_SPAN_ZH}[：:\s]+(?!{_THINGS_ZH}|{_DIRECTS_ZH}|第?\d)(?P<text>[^，。,;；\n：:]+?)"
    rf"(?=[\s,，;；、]+{_SPAN_ZH}|[，。,;；\n]|\s+{_DIRECTS_ZH}|\s*$)",
    re.IGNORECASE,
)
_CAPTIONS = re.compile(r"字幕|台词|文字", re.IGNORECASE)
_GREETING = re.compile(  # 片尾加上谢谢观看: what a video says at its ends
    r"[加写放打配来出](?:[上个出]|一?[句行])?(?P<text>(?:谢谢|感谢|点赞|关注|未完待续|再见|拜拜|欢迎|敬请|全剧终|剧终|完结|下[集期]|"
    r"好久不见|生日快乐|新年快乐|节日快乐|the end|to be continued|hello|bye)[^，。；！？,;!?\n]*?)"
    rf"(?=[吧呗]?(?:{_TELLING[3:-1]}))",
    re.IGNORECASE,
)
_CAPITAL = re.compile(  # "add title Welcome to my channel"
    rf"\b(?:[Aa]dd|[Pp]ut|[Ii]nsert|[Ww]rite|[Ss]how)\s+(?:an?\s+|the\s+)?(?:\w+\s+)?"
    rf"(?:title|text|caption|subtitle|headline)\s+(?P<text>[A-Z0-9][^,.;!?\n]*?[!?]{{0,3}}){_TELLING}|"
    r"\b(?:[Cc]hange|[Ss]et|[Rr]ename)\s+the\s+(?:title|text|caption)(?:\s+text)?\s+to\s+"
    rf"(?P<to>[A-Z][^,.;!?\n]*?){_TELLING}|"
    # "big title BLACK FRIDAY centered"
    r"\b(?:title|text|caption|headline|heading)\s+(?P<caps>[A-Z0-9]{2,}(?: (?:&|[A-Z0-9!]+))*)(?![a-z])|"
    # "write Happy birthday at the top"
    rf"\b(?:[Ww]rite|[Tt]ype)\s+(?:out\s+)?(?P<written>[A-Z0-9\u00c0-\u024f\u0400-\u04ff\uac00-\ud7af][^,.;!?\n]*?[!?]*){_TELLING}"
)
_WORD = re.compile(  # "replace the word Hello with Welcome"
    r"\b(?:word|words|text|name|title)\s+(?P<text>(?!(?:to|with|from|text|title|card|in|on|at|is)\b)[^\s,.;!?\"'\u201c]+(?: [A-Z]\w*)*)(?=\s+(?:with|to|by|into)\s+[^\s\"'\u201c])"
)
_OTHER_WORD = re.compile(
    rf"(?<=[\U00100000-\U0010FFFF]\s)\s*(?:with|to|by|into)\s+(?:the words?\s+)?(?P<text>[^,.;!?\n]+?){_TELLING}",
    re.IGNORECASE,
)
_REPLACES = re.compile(r"\b(?:replace|change|swap|rename)\b", re.IGNORECASE)
_WRITES = re.compile(  # "at the start write: Grandma's garden, summer 2024"
    r"\b(?:write|type|say|says|show|display|read|reads)\s*[:]\s*(?P<text>[^.;!?\n]+?[!?]*)"
    rf"(?=(?:\s+|,\s*){_DIRECTS}|[.;!?\n]|\s*$)",
    re.IGNORECASE,
)
_PUT = re.compile(r"\b(?:put|add|show|display|overlay|insert|place)\b|[加放打]", re.IGNORECASE)
_SOME = re.compile(r"\b(?:something|some|more)\s*$", re.IGNORECASE)
_TIMED = re.compile(r"\d ?(?:s|secs?|seconds?)?[\s:：-]*$", re.IGNORECASE)  # '0:00-0:04 "Hello"'
_QUOTES = "\"'\u201c\u201d\u2018\u2019\u300c\u300d\u300e\u300f\u300a\u300b"
_MUSIC = re.compile(
    r"\s*(?:的?(?:背景)?(?:音乐|歌|曲)|(?:background )?(?:music|track|song))", re.IGNORECASE
)
_SHOWING = re.compile(
    rf"\b(?:{_TEXTUAL}|writ(?:e|ing)|says?|show|display|type)\b|标题|文字|字幕|写|显示|水印|字|打[上出]|弹[出个]|跳出|出现|浮现|飘过|[\u201d\u300d]\s*(?:改|换)(?:成|为)|(?:改|换)(?:成|为)\s*[\u201c\u300c]",
    re.IGNORECASE,
)
_ONE_WORD = re.compile(r"\W*(?:[a-z0-9-]+|[\u4e00-\u9fff]{1,2}的?)\W*", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A piece that stands for itself: a sound file's name, a text, another file's name."""

    kind: Literal["file", "text", "media"]
    value: str
    shown: str


@dataclass(frozen=True)
class Masked:
    """A message in which one character stands for each such piece.

    ``text`` is what is read of it, simplified characters throughout; ``twin`` has beside it what
    was written.
    """

    twin: Twin
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """What is read."""
        return self.twin.read

    def piece(self, character: str) -> Piece | None:
        """Give what a character stands for; None when it stands for nothing but itself."""
        return self.pieces[ord(character) - _FIRST] if ord(character) >= _FIRST else None

    def unmasked(self, text: str) -> str:
        """Put the pieces back."""
        return "".join(piece.shown if (piece := self.piece(c)) else c for c in text)


def mask(  # noqa: C901 - a kind of piece each
    message: str, files: Iterable[str] = ()
) -> Masked:
    """Replace file names and quoted texts by a character each.

    A single quoted word is left as it is ('make it "calm"') where nothing is to be shown, and so is
    a message that is quoted as a whole.

    Examples
    --------
    >>> [piece.value for piece in mask("replace it with 'my song.mp3'").pieces]
    ['my song.mp3']

    """
    pieces: list[Piece] = []

    def character(piece: Piece) -> str:
        pieces.append(piece)
        return f" {chr(_FIRST + len(pieces) - 1)} "

    def named(kind: Literal["file", "media"], name: str = "") -> Replaced:
        def piece(match: re.Match[str], twin: Twin) -> str:
            shown = twin.said(*match.span())
            return character(Piece(kind, name or shown, shown))

        return piece

    def quoted(match: re.Match[str], twin: Twin) -> str:
        around = twin.read[: match.start()] + twin.read[match.end() :]
        inner = match[0]
        musical = _MUSIC.match(twin.read, match.end()) or _SOME.search(twin.read, 0, match.start())
        shown = _SHOWING.search(around) or (_PUT.search(around) and not musical)
        shown = shown or _TIMED.search(twin.read, 0, match.start())
        one = _ONE_WORD.fullmatch(inner) and not shown
        if not re.search(r"\w", around) or one or any(ord(c) >= _FIRST for c in inner):
            return inner
        written = twin.said(*match.span())
        return character(Piece("text", written.strip(_QUOTES), written))

    def said(match: re.Match[str], twin: Twin) -> str:
        group = next(name for name, found in match.groupdict().items() if found)
        if any(ord(c) >= _FIRST for c in match[group]):
            return match[0]
        shown = twin.said(*match.span(group))
        before = match[0].removesuffix(match[group]).rstrip().removesuffix(",")
        return before + character(Piece("text", shown, shown))

    twin = Twin.of("".join(c for c in message.replace("\u2019", "'") if ord(c) < _FIRST))
    rules: list[tuple[re.Pattern[str], Replaced]] = [
        (re.compile(re.escape(simplified(file)), re.IGNORECASE), named("file", file))
        for file in sorted(files, key=len, reverse=True)
    ]
    rules += [(_QUOTED_FILE, named("file")), (_AUDIO_FILE, named("file"))]
    rules += [(_OTHER_FILE, named("media")), (_QUOTED, quoted)]
    if _CAPTIONS.search(twin.read) and len(_LISTED.findall(twin.read)) > 1:
        rules.append((_LISTED, lambda match, twin: said(match, twin) + "，"))
    if _REPLACES.search(twin.read) and _WORD.search(twin.read):
        rules += [(_WORD, said), (_OTHER_WORD, said)]
    rules += [
        (pattern, said)
        for pattern in (
            _DATE,
            _WATERMARK,
            _CREDIT,
            _COLON,
            _WRITES,
            _SAID,
            _CAPITAL,
            _NAMED,
            _PLACED,
            _GREETING,
        )
    ]
    for pattern, replaced in rules:
        twin = twin.sub(pattern, replaced)
    return Masked(twin, tuple(pieces))
