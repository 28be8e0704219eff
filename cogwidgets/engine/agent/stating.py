"""Stating: what of the video's state a question is about."""

# ruff: noqa: E501 - a pattern a line

from __future__ import annotations

import re

__all__ = ["stated"]

_ABLE = re.compile(
    r"\b(?:can|could|support\w*|available|possible|offer|max\w*|allowed|do you have|are there)\b|支持|最高|最多|最大|最长|能不能|可以|能[用加放导传做]",
    re.IGNORECASE,
)
_NOW = r"(?:now|currently|at the moment|so far|still|left|in (?:it|there|the video)|on (?:it|there|the timeline))"
# A request that is put as a question, unless it is for words: "can you tell me how loud it is?"
_REQUEST = re.compile(
    r"^\W*(?:(?:so|and|but|ok|okay|now|then|also|please)[\s,]+)*(?:can|could|would|will|shall|may|how about|what about|what if|why (?:not|don't)|let's|please)\b"
    r"(?!(?: (?:you|i|we|u|please|also|just))* (?:tell|show|list|say|remind|see|know|check|give)\b)|"
    r"把|帮(?:我|忙)?(?!.{0,2}(?:看|查|说|列|总结))|给我(?!看|列|说|总结)|请(?!问)|换[个成一]|调[整到成]|改成|变成|[都也](?:行|可以|好)",
    re.IGNORECASE,
)
_TELL = re.compile(
    r"^\W*(?:(?:so|and|but|ok|okay|now|also|please)[\s,]+)*(?:can|could|would|will) (?:you|u) (?:please |also |just )*"
    r"(?=(?:tell|show|list|say|remind|give)\b)",
    re.IGNORECASE,
)
_OF_NOW = re.compile(rf"\b{_NOW}\b|现在|目前|当前", re.IGNORECASE)
# What is asked, English and Chinese; the first that fits has it
_KINDS: tuple[tuple[str, str, str], ...] = (
    ("last",
     r"^\W*(?:and |so )?did (?:it|that|anything|this) (?:change|work|help|do)\w*|what (?:did|have) (?:you|we|i) just\b|what(?: is|'s| was)(?: the| my| your)? (?:last|latest|most recent|previous) (?:change|edit|step|thing)|what was that\b|what did you (?:change|do|edit) (?:just now|last)",
     r"^\W*(?:有)?(?:变|改)了?(?:吗|没)|(?:刚才|刚刚|上一步|最后一步|上次)(?:你|我)?(?:是|都)?(?:改|做|动|弄|剪|干|编辑|修改)?(?:的|了)?(?:些|点)?(?:什么|啥|哪)"),
    ("cut",
     r"how (?:much|many|long)\b.*\b(?:cut|remov\w+|trim\w*|delet\w+|gone|lost|shorter|taken out|saved|took out|lose|lost|thrown (?:away|out))\b|what (?:did you|was|got|have you) (?:cut|remove|trim|delete|thrown|dropped)\w*",
     r"(?:剪|删|去|缩短|砍|减|裁)(?:掉|除|短|去)?了?(?:多少|几秒|多长|多久|几[处段个]|哪[些几里一]?[段部]?)|(?:多少|几)秒?.{0,3}被?(?:剪|删)掉?了|[短少]了(?:多少|几秒|多长)"),
    ("changed",
     r"what (?:all )?(?:did|have|has|had) (?:you|i|we|been|already)\b.*\b(?:chang\w+|do|did|done|edit\w*|made?|make|modif\w+)|what (?:was|is|has been|'s been|were)? ?(?:changed|done|edited|different)\b|(?:which|what|how many) (?:edits|changes|edit|steps)\b|(?:list|show|tell|give) (?:me )?(?:all )?(?:of )?(?:my|the|your)? ?(?:\w+ )?(?:edits|changes)|(?:edit|change) (?:history|log|list)|\brecap\b|^\W*summar\w+|what you(?:'ve| have)? (?:changed|done|did)",
     r"(?:改|做|动|弄|编辑|修改|剪辑|处理)过?了?(?:些|点)?(?:什么|啥|哪些|哪里|哪几)|(?:哪些|什么|啥|几[步处次])(?:修改|改动|操作|编辑|变化|步骤)|(?:修改|编辑|操作|改动)(?:记录|历史|列表)|总结一下|改动有哪"),
    ("order",
     r"(?:what|which|whats|what's|current|in)\b.*\b(?:order|sequence)\b|(?:order|sequence) (?:now|currently)|(?:which|what|how many) (?:\w+ )?(?:clips?|parts|pieces|segments|scenes|videos|files|photos|pictures|images|uploads?)\b|(?:list|show)(?: me)?(?: \w+){0,2} (?:clips|files|uploads|videos|media|photos|timeline)|what(?:'s| is| are|s)?(?: \w+)? (?:on (?:the|my)|in (?:the|my)) (?:timeline|project|session)|what(?: files?| clips?| videos?)? (?:did|have) i (?:upload|add|give|send)\w*|which (?:one )?is (?:the )?(?:first|second|third|last)\b|what comes (?:first|last|next|after)",
     r"(?:顺序|排列|先后)(?:现在|目前)?(?:是|怎|什么|啥|呢|如何)|(?:什么|啥|现在的?|目前的?)(?:播放)?顺序|怎么排|哪[几些]?[个段](?:视频|片段|素材)?(?:在|是|排|呢|[?？]|$)|(?:有|共|还剩|剩|一共|现在|分成了)几[个段张]|多少[个段张](?:视频|片段|素材|照片|图)|(?:哪些|什么|几个)(?:素材|视频|片段|文件|照片|图片)|传了(?:什么|哪些|几|多少)|时间线上"),
    ("level",
     r"how (?:loud|quiet)\b|(?:what|whats|what's)\b.*\b(?:volume|loudness|(?:sound|audio|music) level|level)\b|\b(?:volume|loudness) (?:now|currently|level)\b|is (?:it|the (?:sound|video|audio|clip|original|voice|\w+ (?:clip|sound|audio))|clip \d) (?:still |now |really )?(?:muted|silent)|is there (?:any )?(?:sound|audio)\b",
     r"(?:音量|声音|响度|音乐)(?:现在|目前|当前)?(?:是|有|到|调到)?(?:了)?(?:多少|多大|百分之几|几)|(?:现在|目前|当前)的?(?:音量|响度|声音|音乐音量).{0,3}(?:多少|多大|几)|静音了[吗没嘛么]|(?:是不是|是否|有没有)(?:已经)?静音|多大声|还有声音吗|有声音吗"),
    ("speed",
     r"how (?:fast|slow|quick)\b(?! (?:can|do|will|would|is (?:the )?(?:export|render|upload|process)))|(?:what|whats|what's|which)\b.*\bspeed\b|\bspeed (?:now|currently)\b|is (?:it|the video) (?:still |now )?(?:sped up|slowed|in slow|faster|slower)|how many times (?:faster|slower)",
     r"几倍速|多少倍|(?:速度|倍速)(?:现在|目前)?(?:是|有)?(?:多少|几|多快|多慢|怎么样)|(?:现在|目前|当前).{0,4}(?:多快|多慢|速度)|(?:快|慢)了(?:多少|几倍)"),
    ("size",
     r"(?:what|which|whats|what's)\b.*\b(?:resolution|aspect|dimensions?|size|shape|ratio|fps|frame ?rate)\b|how (?:big|large|wide|tall|high) is (?:it|the (?:picture|video|frame|canvas|image))|is it (?:still |now )?(?:vertical|square|portrait|landscape|horizontal|9:16|16:9)",
     r"(?:尺寸|分辨率|比例|画幅|画面大小|宽高|帧率|大小)(?:现在|目前)?(?:是|有|为)?(?:多少|多大|什么|几)|画面(?:现在|目前)?(?:有|是)?多大|(?:多大|什么|多少)的?(?:尺寸|比例|分辨率|画幅|帧)|[横竖]屏(?:吗|还是[横竖])"),
    ("place",
     r"where (?:is|are|does) (?:it|that|the (?:logo|overlay|watermark|picture in picture))\b",
     r"(?:它|logo|水印|画中画|小窗)(?:现在|目前)?在(?:哪|什么位置)"),
    ("transitions",
     r"(?:what|which|how (?:many|long)|is there|are there)\b.*\b(?:transitions?|crossfades?)\b",
     r"(?:(?:用|加|放|是)了?的?(?:什么|哪种|哪些)|几个|多少个?)(?:转场|过渡)|(?:转场|过渡).{0,4}(?:什么|多长|几秒|多久|几个)"),
    ("text",
     r"how long (?:does|is|will) (?:it|that|this) (?:stay|be (?:shown|visible)|show|on (?:the )?screen|appear)\w*\b|(?:what|which|where|when|how (?:big|long|many))\b.*\b(?:titles?|texts?|captions?|subtitles?)\b|what does (?:the|my) (?:title|text|caption) say|is there (?:a|any) (?:title|text|caption)",
     r"(?:显示|停留|出现)(?:的?时间)?(?:有|是)?(?:多长|多久|几秒)|(?:标题|字幕|文字|字)(?:现在|目前)?(?:是|写|在|显示|有|叫|用).{0,5}(?:什么|哪|几|多久|多长|啥|多大)|(?:几|哪些|什么|多少)[条个行]?(?:标题|字幕|文字)"),
    ("effects",
     r"(?:what|which|how many)\b.*\b(?:filters?|effects?|looks?)\b|how (?:bright|dark|strong|blurry|warm|saturated)\b|(?:what|whats|what's)\b.*\b(?:brightness|contrast|saturation|warmth)\b|is it (?:still |now )?(?:black and white|sepia|blurred|blurry|gr[ae]y|mirrored|flipped|rotated|zoomed|cropped|turned)",
     r"(?:什么|哪些|啥|哪个|哪种|几个)(?:滤镜|效果|特效|调色)|(?:亮度|对比度|饱和度|色温|模糊|马赛克)(?:现在|目前)?(?:是|有|调到)?(?:多少|几|多强)|是(?:黑白|镜像|翻转|旋转|放大|裁切)过?的?[吗么]"),
    ("music",
     r"(?:what|which|whats|what's|who)\b.*\b(?:music|song|track|tune|bgm)\b|is there (?:any |still |some )*(?:music|a song|a track)|is (?:the |my )?(?:\w+ )?(?:music|song|track) (?:still|gone|there|removed|on|playing|in|off)|did you (?:remove|add|delete|keep|replace) (?:the )?(?:music|song)|does (?:it|the (?:music|song|track)) (?:run|play|go on|last)\b|is the music (?:quieter|louder)",
     r"(?:什么|哪首|哪一首|啥|哪个)(?:背景)?(?:音乐|歌|曲子?|bgm|配乐)|(?:音乐|歌|bgm|配乐)(?:现在|目前)?(?:是什么|是哪|叫什么|叫啥|还在|还有|去掉了|没了|加了|换了).{0,2}|(?:有|还有)(?:背景)?(?:音乐|bgm|配乐)(?:吗|没|么)|(?:音乐|歌|bgm|配乐)(?:是|有没有)?(?:全程|一直|到最后)"),
    ("length",
     r"how long (?:is|are|was)\b|\b(?:length|duration)\b.*\bchange|how long (?:will|does|did) (?:it|the (?:video|film|clip|whole))(?: thing)? (?:be|last|run|go)\b|(?:what|whats|what's)\b.*\b(?:length|duration)\b|how many (?:seconds|minutes)\b|\b(?:length|duration) (?:now|currently)\b",
     r"^(?!.*(?:导出|处理|渲染|等|需要|上传|生成|下载)).*(?:现在|目前|一共|总共|全长|视频|片子|影片|时长|它|长度)[^，。]{0,5}(?:变了|多长|多久|几秒|几分钟|多少)|^\W*(?:有)?多[长久]了?\W*$"),
)  # fmt: skip
_COMPILED = tuple(
    (kind, re.compile(english, re.IGNORECASE), re.compile(chinese, re.IGNORECASE))
    for kind, english, chinese in _KINDS
)
_ASKS = re.compile(
    r"^\W*(?:and |so )?(?:does|did)\b|\?\W*$|？|^\W*(?:(?:so|and|but|hey|hi|ok|okay|also|wait|now|perfect|great|cool|hm+|please|can you|could you|just)[\s,]+)*(?:what|whats|what's|which|how|is|are|did|where|when|who|list|show|tell|give|recap|summar\w+|edit history)\b|"
    r"[吗么嘛呢]\W*$|什么|啥|哪|多少|多[久长大快慢]|几|怎么|记录|历史|总结|顺序",
    re.IGNORECASE,
)


def stated(piece: str) -> str | None:
    """Tell what of the video's state a piece of a message asks; None where it asks no such thing.

    >>> stated("how loud is it now?"), stated("现在顺序是什么？"), stated("make it louder")
    ('level', 'order', None)
    """
    piece = _TELL.sub("", piece)
    able = _ABLE.search(piece) and not _OF_NOW.search(piece)
    if not _ASKS.search(piece) or _REQUEST.search(piece) or able:
        return None
    for kind, english, chinese in _COMPILED:
        if english.search(piece) or chinese.search(piece):
            return kind
    return None
