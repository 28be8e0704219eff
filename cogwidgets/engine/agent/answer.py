"""Answer: the events of a turn, and the words in them, English and Chinese.

Events have the Agent Development Kit's shape (contract.md, "The SSE stream", shape 1).
"""

# ruff: noqa: RUF001 - Chinese sentences have Chinese punctuation

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cogwidgets.engine.agent.edits import Made
    from cogwidgets.engine.agent.understand import Language, Understanding

__all__ = ["Events", "answer_to", "describe", "summary"]

AUTHOR = "nemo_agent"


class Events:
    """Make the events of one turn."""

    def __init__(self) -> None:
        self._invocation = "e-" + secrets.token_hex(8)

    def text(self, text: str, *, streaming: bool) -> Iterator[dict[str, Any]]:
        """Give the answer; when streaming, first as deltas, a few words each."""
        if streaming:
            for delta in re.findall(r"\s*\S+|\s+$", text):
                yield self._event({"role": "model", "parts": [{"text": delta}]}, partial=True)
        yield self._event({"role": "model", "parts": [{"text": text}]}, turnComplete=True)

    def call(self, call: str, name: str, args: dict[str, Any]) -> dict[str, Any]:
        """Say that a tool is set to work."""
        part = {"functionCall": {"id": call, "name": name, "args": args}}
        return self._event({"role": "model", "parts": [part]})

    def progress(self, tool: str, fraction: float) -> dict[str, Any]:
        """Say how far a tool is; without content, so nothing to show in a chat."""
        delta = {"progress": {"tool": tool, "fraction": round(fraction, 3)}}
        return self._event(None, actions={"stateDelta": delta})

    def response(
        self, call: str, name: str, response: dict[str, Any], draft: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Say what a tool gave, and the draft when it has changed."""
        part = {"functionResponse": {"id": call, "name": name, "response": response}}
        content = {"role": "user", "parts": [part]}
        if draft is None:
            return self._event(content)
        return self._event(content, actions={"stateDelta": {"draft": draft}})

    def failure(self, code: str, message: str) -> dict[str, Any]:
        """Say that the turn failed."""
        return self._event(None, errorCode=code, errorMessage=message)

    def _event(self, content: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
        event = {} if content is None else {"content": content}
        return (
            event
            | more
            | {
                "author": AUTHOR,
                "invocationId": self._invocation,
                "id": secrets.token_hex(8),
                "timestamp": time.time(),
            }
        )


WORDS: dict[str, dict[Language, str]] = {
    "removed": {
        "en": "I removed the background music from '{name}' (0:00-{end}) and kept the speech"
        "{drop}.",
        "zh": "已去掉“{name}”的背景音乐（0:00-{end}），人声保留{drop}。",
    },
    "drop": {
        "en": "; its pauses are about {drop:.0f} dB quieter now",
        "zh": "，停顿处的音乐降低了约 {drop:.0f} dB",
    },
    "no_music": {
        "en": "I found no music in '{name}', so its sound stays as it was.",
        "zh": "“{name}”里没有发现音乐，声音保持原样。",
    },
    "already_removed": {
        "en": "The music of '{name}' is already removed (strength {strength}); "
        "nothing was changed.",
        "zh": "“{name}”的音乐已经去掉了（强度 {strength}），没有改动。",
    },
    "laid_removed": {
        "en": "I took away the track that was laid under the video.",
        "zh": "已拿掉后来铺上的音乐。",
    },
    "laid": {
        "en": "I laid '{track}'{mood} under the video; it gets quieter while somebody speaks.",
        "zh": "已在视频下铺上“{track}”{mood}，有人说话时会自动压低。",
    },
    "mood": {"en": " ({mood}, royalty-free)", "zh": "（{mood}，免版税）"},
    "restored": {
        "en": "The video has its own sound back.",
        "zh": "已恢复视频原来的声音。",
    },
    "not_done": {
        "en": "Not done: {pieces}. I cannot do that yet.",
        "zh": "没有做：{pieces}。这个我还不会。",
    },
    "offer": {
        "en": "I can remove the background music of the whole video, replace it with a "
        "royalty-free track ({moods}) or with a file of yours, and lay a track under the video.",
        "zh": "我可以去掉整个视频的背景音乐，把它换成免版税音乐（{moods}）或您上传的音频，"
        "也可以给视频加上音乐。",
    },
    "export": {
        "en": "To get the file, export the session.",
        "zh": "要得到文件，请导出这个会话。",
    },
    "declined": {"en": "All right: nothing was changed.", "zh": "好的，什么也没有改。"},
    "not_understood": {
        "en": "I did not understand that, and changed nothing.",
        "zh": "我没有听懂，什么也没有改。",
    },
    "how": {
        "en": "Say, for example: remove the background music, and put something calm under it.",
        "zh": "例如这样说：去掉背景音乐，换成舒缓的音乐。",
    },
    "thanks": {"en": "You are welcome.", "zh": "不客气。"},
    "moods": {"en": "There are tracks in these moods: {moods}.", "zh": "可选的音乐风格：{moods}。"},
    "no_clip": {
        "en": "There is no video in this session yet: upload one first.",
        "zh": "这个会话里还没有视频：请先上传。",
    },
    "no_file": {
        "en": "There is no audio file{file} in this session: upload it first.",
        "zh": "这个会话里没有音频文件{file}：请先上传。",
    },
    "state_empty": {"en": "The timeline is empty.", "zh": "时间线是空的。"},
    "state_clean": {"en": "The music of '{name}' is removed.", "zh": "“{name}”的音乐已去掉。"},
    "state_own": {"en": "'{name}' has its own sound.", "zh": "“{name}”是原来的声音。"},
    "state_laid": {"en": "'{name}' is laid under it.", "zh": "下面铺着“{name}”。"},
}
MOODS_ZH = {
    "calm": "舒缓",
    "energetic": "动感",
    "happy": "欢快",
    "nostalgic": "怀旧",
    "tender": "温柔",
}


def describe(made: Made, language: Language) -> str:
    """Tell in words what an edit has done."""
    figures = dict(made.figures)
    if "duration" in figures:
        minutes, seconds = divmod(round(figures["duration"] / 1000), 60)
        figures["end"] = f"{minutes}:{seconds:02d}"
    if "drop" in figures:
        drop = figures["drop"]
        figures["drop"] = say("drop", language, drop=drop) if drop is not None else ""
    if "mood" in figures:
        mood = figures["mood"]
        figures["mood"] = say("mood", language, mood=_moods([mood], language)) if mood else ""
    return say(made.told, language, **figures)


def answer_to(
    asked: Understanding, told: Sequence[str], language: Language, moods: Sequence[str], state: str
) -> str:
    """Put the answer together: what was done, what was not, and what could be."""
    listed = _moods(moods, language)
    offer = say("offer", language, moods=listed)
    parts = list(told)
    if asked.not_done:
        quotes = ("“{}”" if language == "zh" else "'{}'").format
        pieces = ("、" if language == "zh" else ", ").join(map(quotes, asked.not_done))
        parts += [say("not_done", language, pieces=pieces), *([] if told else [offer])]
    if asked.question is not None:
        parts.append(
            {
                "help": offer,
                "moods": say("moods", language, moods=listed),
                "how": say("how", language),
                "state": state,
                "thanks": say("thanks", language),
            }[asked.question]
        )
    if asked.export:
        parts.append(say("export", language))
    if not parts and asked.declined:
        parts = [say("declined", language)]
    if not parts:
        parts = [say("not_understood", language), offer]
    return ("" if language == "zh" else " ").join(parts)


def summary(draft: dict[str, Any], language: Language) -> str:
    """Tell in words how a draft stands."""
    from cogwidgets.engine.agent import drafts

    clips = drafts.clips(draft)
    parts = [
        say("state_clean" if "speech" in c["m"] else "state_own", language, name=c["m"]["name"])
        for c in clips
    ]
    laid = drafts.music_segments(draft)
    parts += [say("state_laid", language, name=segment["m"]["name"]) for segment in laid]
    return ("" if language == "zh" else " ").join(parts or [say("state_empty", language)])


def say(key: str, language: Language, **figures: Any) -> str:
    """Give a sentence in a language."""
    return WORDS[key][language].format(**figures)


def _moods(moods: Sequence[str], language: Language) -> str:
    if language == "zh":
        return "、".join(MOODS_ZH.get(mood, mood) for mood in moods)
    return ", ".join(moods)
