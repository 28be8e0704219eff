"""Answer: the events of a turn, and the words in them, English and Chinese.

Events have the Agent Development Kit's shape (contract.md, "The SSE stream", shape 1); the
sentences stand in answers.toml.
"""

# ruff: noqa: RUF001 - Chinese sentences have Chinese punctuation

from __future__ import annotations

import re
import secrets
import time
import tomllib
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from cogwidgets.draft import clock
from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.topics import answered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cogwidgets.engine.agent.edits import CannotDo, Made
    from cogwidgets.engine.agent.understand import Language, Understanding

__all__ = [
    "Events",
    "answer_to",
    "describe",
    "effect_in_words",
    "refuse",
    "say",
    "summary",
    "value_in_words",
]

AUTHOR = "nemo_agent"
MOST = 60.0  # dB: what is measured goes no further (engine.media.findings)


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

    def silence(self) -> dict[str, Any]:
        """End the turn without a word, as the service does after a share of its edits."""
        return self._event(None, turnComplete=True)

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


_ANSWERS = tomllib.loads(resources.files(__package__).joinpath("answers.toml").read_text("utf-8"))


def say(section: str, key: str, language: Language, **figures: Any) -> str:
    """Give a sentence of answers.toml in a language.

    >>> say("done", "muted", "en", where="")
    'The sound is muted.'
    """
    sentence: str = _ANSWERS[section][key][language == "zh"]
    return sentence.format(**figures)


def value_in_words(key: str, language: Language) -> str:
    """Give the word for a value; the value itself where there is none."""
    words: list[str] = _ANSWERS["values"].get(key, [key, key])
    return words[language == "zh"]


def describe(made: Made, language: Language, *, changed: bool) -> str:
    """Tell in words what an edit has done."""
    if made.instead and changed:
        now = replace(made, instead="", told=_CHANGED.get(made.told, made.told))
        sentence = describe(now, language, changed=True)
        own = made.instead == "changed" and made.told in _CHANGED
        return sentence if own else say("done", made.instead, language, told=sentence)
    if not changed and made.told not in _UNCHANGED:
        return say("done", "same", language)
    told = {key: _figure(made.told, key, value, language) for key, value in made.figures.items()}
    if made.told.startswith("removed"):
        told["span"] = made.figures["where"]
        drop = made.figures.get("drop")
        key = "drop_most" if drop is not None and drop >= MOST else "drop"
        told["drop"] = say("done", key, language, drop=drop) if drop is not None else ""
    elif made.told == "laid":
        told["percent"] = _percent(made.figures.get("volume"), language)
    elif made.told == "output":
        told["what"] = _output(made.figures, language)
    return say("done", made.told, language, **({"span": made.figures.get("where", "")} | told))


_CHANGED = {
    "text_added": "text_shown",
    "overlaid": "overlay_shown",
    "overlaid_muted": "overlay_shown",
}
_COLOURED = {"color": (", {}", "（{}）"), "ground": (", on {}", "，背景{}")}
_UNCHANGED = {"already_removed", "no_music", "effects_full"}


def _figure(  # noqa: C901, PLR0911 - one a kind of figure
    told: str, key: str, value: Any, language: Language
) -> Any:
    """Write a figure as it stands in a sentence."""
    if key == "where":
        around = "（{}）" if language == "zh" else " ({})"
        return around.format(value) if value else ""
    if key == "tools":
        return _joined((say("tools", tool, language) for tool in value), language)
    if key == "told":
        return _joined((_change(one, to, language) for one, to in value), language)
    if key == "mood":
        return say("done", "mood", language, mood=value_in_words(value, language)) if value else ""
    if key in {"color", "ground"}:
        named = value_in_words(str(value), language)
        written = _COLOURED[key][language == "zh"].format(named)
        return "" if value is None else written
    if key == "fps":
        return f", {value:g} fps" if value else ""
    if key == "effects":
        return _joined(
            (effect_in_words(kind, amount, language) for kind, amount in value), language
        )
    if key == "way" and told == "faded":
        return value_in_words("inout" if value == "both" else value, language)
    if key == "what" and value == "music":
        return value_in_words("music", language).capitalize()
    if key in {"target", "what", "kind", "fit", "place", "normal"}:
        return value_in_words(str(value), language)
    return value


def effect_in_words(kind: str, amount: float | str, language: Language) -> str:
    """Write an effect of the picture as it stands in a sentence."""
    word = value_in_words("effect_blur" if kind == "blur" else kind, language)
    if isinstance(amount, str):
        named = value_in_words(f"look_{amount}", language)
        return f"{named}{word}" if language == "zh" else f"the {named} {word}"
    if kind in {"brightness", "contrast", "saturation", "warmth"}:
        return f"{word} {amount:+.0%}"
    return word


def _change(key: str, value: Any, language: Language) -> str:
    shown = value_in_words(value, language) if isinstance(value, str) and key != "text" else value
    return say("change", key, language, value=shown)


def _percent(volume: float | None, language: Language) -> str:
    if volume is None:
        return ""
    return say("done", "at_percent", language, percent=f"{volume:.0%}")


def _output(figures: dict[str, Any], language: Language) -> str:
    parts = [figures["format"]] if figures["format"] else []
    if figures["gif"]:
        parts[0] += f"（{figures['gif']}）" if language == "zh" else f", {figures['gif']}"
    if figures.get("quality"):
        parts.append(value_in_words(figures["quality"], language))
    if figures["size"]:
        parts.append(f"{figures['size']} MB " + ("以内" if language == "zh" else "at most"))
    elif figures["smaller"]:
        parts.append("更小的文件" if language == "zh" else "a smaller file")
    return _joined(parts, language)


def _joined(words: Any, language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(words)


def refuse(error: CannotDo, language: Language) -> str:
    """Tell in words why an edit was not done."""
    figures = dict(error.figures)
    if "target" in figures:  # a length that a message can name
        minutes, seconds = divmod(round(figures["target"] / 1000), 60)
        words = f"{minutes}分{seconds}秒" if seconds else f"{minutes}分钟"
        figures["target"] = words if language == "zh" else clock(figures["target"] / 1000)
    return say("cannot", error.key, language, **figures)


def answer_to(  # noqa: C901 - a part each
    asked: Understanding,
    told: Sequence[str],
    language: Language,
    moods: Sequence[str],
    state: str,
) -> str:
    """Put the answer together: what was done, what was not, and what could be."""
    listed = _joined((value_in_words(mood, language) for mood in moods), language)
    offer = say("said", "offer", language, moods=listed)
    same = say("done", "same", language)  # is no word to say beside what was changed
    parts = [one for one in told if one != same] or list(told[:1])
    if asked.not_done:
        quotes = ("“{}”" if language == "zh" else "'{}'").format
        pieces = _joined(map(quotes, asked.not_done), language)
        key = "not_done_absent" if asked.absent else "not_done"
        parts.append(say("said", key, language, pieces=pieces))
        parts += [say("absent", kind, language) for kind in asked.absent]
        if asked.absent:
            parts.append(say("absent", "cloud", language))
        elif not told:
            parts.append(offer)
    if asked.question is not None and asked.question.startswith("about:"):
        parts.append(answered(asked.question.removeprefix("about:"), language))
    elif asked.question is not None and asked.question.startswith("state"):
        parts.append(state)
    elif asked.question is not None:
        parts.append(
            {
                "help": offer,
                "moods": say("said", "moods", language, moods=listed),
                "how": say("said", "how", language),
                "what": say("said", "what", language),
                "thanks": say("said", "thanks", language),
            }[asked.question]
        )
    if asked.export or any(edit.tool == "output" for edit in asked.edits):
        parts.append(say("said", "export", language))
    if not parts and asked.declined:
        parts = [say("said", "declined", language)]
    if not parts:
        parts = [say("said", "not_understood", language), offer]
    elif asked.respelled:
        read = dict(asked.respelled).items()
        parts[:0] = [say("said", "respelled", language, said=a, read=b) for a, b in read]
    return ("" if language == "zh" else " ").join(parts)


def summary(draft: dict[str, Any], language: Language) -> str:
    """Tell in words how a draft stands."""
    clips = drafts.clips(draft)
    if not clips:
        return say("said", "state_empty", language)
    total = clock(timeline.length(draft) / 1000)
    parts = [say("said", "state_length", language, total=total, count=len(timeline.laid(draft)))]
    details = draft.get("m", {})
    if details.get("width") and details.get("height"):
        size = {key: details[key] for key in ("width", "height")}
        size["fps"] = f", {details['fps']:g} fps" if details.get("fps") else ""
        parts.append(say("said", "state_canvas", language, **size))
    for name, level in dict.fromkeys((c["m"].get("name", ""), _music(c)) for c in clips):
        key = "state_own" if level is None else "state_music" if level else "state_clean"
        parts.append(say("said", key, language, name=name, percent=f"{level or 0:.0%}"))
    parts += [
        say("said", "state_laid", language, name=segment["m"]["name"])
        for segment in drafts.music_segments(draft)
    ]
    for segment in drafts.segments(draft, drafts.TEXT):
        start = segment["m"].get("start", 0)
        span = f"{clock(start / 1000)}–{clock((start + segment['d']) / 1000)}"
        text = segment["m"].get("text", "")
        parts.append(say("said", "state_text", language, text=text, span=span))
    return ("" if language == "zh" else " ").join(parts)


def _music(clip: dict[str, Any]) -> float | None:
    """Tell how much of the music is left beside a clip's speech; None where it was let alone."""
    speech = clip["m"].get("speech")
    return None if speech is None else speech.get("music_level", 0.0)
