"""Remarks: what only tells something and asks for nothing, so that not doing it needs no words.

"It's for my mom", "the intro drags on", 这是给妈妈的.
"""

# ruff: noqa: E501 - a pattern a line; Chinese messages have Chinese punctuation

from __future__ import annotations

import re

__all__ = ["remark"]

_WHO = (
    r"(?:i|we|you|he|she|it|they|this|that|these|those|there|here|who|which|people|everyone|my \w+)"
)
_TELLS = (
    r"(?:'m|'s|'re|'ve|'d|'ll|m|s|is|are|was|were|am|be|been|has|have|had|do|does|did|will|would|can|could|"
    r"should|might|may|went|go|goes|got|get|made|make|makes|took|take|takes|look|looks|sound|sounds|feel|feels|"
    r"seem|seems|want|wanted|think|thought|know|hope|love|like|liked|filmed|shot|recorded|need|just|really|"
    r"already|also|always|only|guess|mean|\w+ed)"
)
_REMARK = re.compile(
    rf"^\W*(?:because|since|cause|coz|as|so (?:that|i|we|they|people|he|she|it))\b|^\W*(?:(?:and|but|so|because|since|as|cause|coz|well|oh|um|hmm|hey|hi|hello|ok|okay|yeah|btw|by the way|you know|also|that|then|which)\b\W*)*"
    rf"(?:{_WHO} ?{_TELLS}\b|(?:i|we|he|she|they|someone|somebody|everyone|people|nobody) \w+|"
    r"[\w']+ \w+ed (?:the|my|our|me|us|it|this|that|a|an)\b|"
    r"(?:it|there|that|what|who|he|she)s\b|"  # its, theres
    r"now (?:it|that|this)(?:'s| is| looks| sounds| feels)\b|"
    r"(?:the|my|our|his|her|their|this|that)(?: [\w']+){1,2}? (?:is|are|was|were|has|have|looks?|sounds?|feels?|seems?|"
    r"drags?|goes|got|gets|comes?|came|\w+s(?= (?:on|off|up|out|too|a|so|very|like|me)\b))\b|"
    r"(?:for|from|of|about|with|like|as|at|in|during|after|before|to) (?:my|our|his|her|their|a|an|the|some|me|us|him|"
    r"when|if|in|how)\b(?!.*\b(?:clip|title|text|video|music)\b)|"
    r"(?:[\w']+ ){1,4}(?:is|are|would be) (?:fine|ok|okay|good|alright|all right|great|perfect)(?: (?:with|for|by) me)?\W*$|"
    r"dear \w+(?: \w+)?\W*$|(?:in case|if (?:you|that|it|possible|not)|as (?:soon|much|well|usual|always|i|you|we|if)|"
    r"(?:nice|good|great|pleased|lovely|glad) to (?:meet|see|be) |sorry|cheers|asap|no rush|for now|first of all|good (?:morning|evening|afternoon)|none|nothing|"
    r"to be (?:honest|fair)|long story|whatever|you(?:r| are)? ))",
    re.IGNORECASE,
)
_REMARK_ZH = re.compile(
    r"^\W*(?:因为|由于|毕竟|其实|主要|反正|听说|感觉|觉得|我们?|你们?|他们?|她们?|它们?|这|那(?![么就])|今天|昨天|明天|最近|"
    r"领导|老板|朋友|客户|大家|观众|老师|别人|方便|不然|否则|免得|省得|好让|为了|给我?[\u4e00-\u9fff]{1,4}(?:看|用|的)$|"
    r"[\u4e00-\u9fff]{0,6}太[\u4e00-\u9fff]{1,3}了[\u4e00-\u9fff]{0,6}$|[\u4e00-\u9fff]{0,6}(?:拍|录|做|弄|剪)的\W*$|"
    r"谢谢|多谢|辛苦|麻烦|拜托|不好意思|急|加油)|是[\u4e00-\u9fff]{0,6}的|[\u4e00-\u9fff]太[\u4e00-\u9fff]{1,4}了?$|"
    r"有[点些][\u4e00-\u9fff]{1,4}$|(?:看|听)(?:都|也|得|起来)?(?:不[太大]?[清见到出懂]|着|起来)|"
    r"^\W*(?:画面|画质|清晰度|镜头|视频|颜色|色彩|声音|光线|背景|字|[这整]个|节奏|效果|整体|肤色)?(?:有点|有些|太|很|好|真|比较|还是|显得|都)*"
    r"(?:糊|虚|暗|黑|灰|乱|丑|歪|斜|吵|闷|空|单调|平淡|普通|干|假|土|怪|刺眼|刺耳|难看|难听|枯燥|无聊|拖沓|啰嗦|别扭|生硬|死板|模糊|不清[楚晰]|黄|红|绿|蓝|不够[\u4e00-\u9fff]{1,3})"
    r"(?:了|的|死了|得很|一?点|啊|呀)*\W*$"
)


def remark(text: str) -> bool:
    """Tell whether a clause without a known verb only tells something.

    >>> remark("it's for my mom"), remark("the intro drags on"), remark("sparkles everywhere")
    (True, True, False)
    >>> remark("这是给妈妈的"), remark("全是星星特效")
    (True, False)
    """
    return bool(_REMARK.search(text) or _REMARK_ZH.search(text))
