"""Edits of the sound: volume, mute, ducking, loudness."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits.balance import LOUDEST, balanced
from cogwidgets.engine.agent.edits.base import (
    CannotDo,
    Edit,
    Made,
    Plain,
    spoken,
    stretches,
)
from cogwidgets.engine.agent.edits.music import gain
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Workshop

__all__ = ["Duck", "Mute", "Normalise", "Unmute", "Volume"]

Target = Literal["all", "clips", "music", "voice"]

LOUDER = {0.5: 1.25, 1.0: 1.5, 2.0: 2.0}
QUIETER = {0.5: 0.8, 1.0: 0.6, 2.0: 0.4}
STANDARD = -14.0  # LUFS: what video sites play at


_RECORDED = re.compile(r"原[声音](?!乐)")


def _target(action: Action) -> Target:
    loud = [t.word for t in action.words if t.word in {Word.MUSIC, Word.VOICE}]
    if loud[:1] == [Word.MUSIC]:
        return "music"
    recorded = action.has(Word.ORIGINAL) or _RECORDED.search(action.text)
    if recorded and action.has(Word.SOUND):
        return "clips"
    if loud:
        return "voice"
    return "clips" if action.clips else "all"


def _sounding(action: Action) -> bool:
    """Tell whether an action is about sound and no other thing that can be louder or smaller."""
    named = {t.value for t in action.all_of(Word.THING)} - {"", "image", "fade"}
    return not (action.negated or named or action.has(Word.TEXT) or action.conditional)


def changed(
    draft: Draft,
    target: Target,
    where: Sequence[tuple[int, int]],
    change: Callable[[dict[str, Any]], None],
) -> Draft:
    """Change the sound of the clips, of laid music or of both in stretches of the timeline.

    Raises
    ------
    CannotDo
        There is no laid music, which can be told from the clips' own sound.

    """
    music = drafts.music_segments(draft)
    if target == "music" and not music:
        raise CannotDo("no_laid_music")
    new = draft if target == "music" else timeline.changed(draft, where, change)
    if target == "clips" or not music:
        return new
    new = copy.deepcopy(new)
    for track in new["t"]:
        if track.get("tt") == drafts.AUDIO:
            track["sg"] = timeline.split_at(track["sg"], [p for span in where for p in span])
    for segment in drafts.music_segments(new):
        if drafts.lies_in(segment, where):
            change(segment["m"])
    return new


def _heard(action: Action) -> bool:
    """Tell whether it says that it is about what is heard."""
    named = action.has(Word.VOLUME, Word.SOUND, Word.MUSIC, Word.VOICE, Word.IT)
    return named or action.asks("louder", "quieter")


_PACE = re.compile(r"\bspeed|\bfast|\bslow", re.IGNORECASE)
_LOUD = re.compile(r"[a-z声音响吵轻听]|分贝", re.IGNORECASE)


@dataclass(frozen=True)
class Volume(Edit):
    """Make it louder or quieter: to ``to`` times the recording, or ``by`` times as loud as now.

    Music that is part of the recording, and the voice over it, are told apart for that;
    ``original`` is that music where another was laid, ``in_db`` that it was said in decibels.
    """

    tool: ClassVar[str] = "volume"
    about: ClassVar[str] = "volume"
    target: Target = "all"
    to: float | None = None
    by: float | None = None
    spans: tuple[Span, ...] = ()
    in_db: bool = False
    original: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:  # noqa: PLR0911 - one a reason
        """Read "volume 30%", "turn the music down 6 dB", "make it louder", "声音大一点"."""
        if not _sounding(action) or action.verb in {Word.REMOVE, Word.EXPORT}:
            return None
        amount = action.amount("share", "db", "factor", "count", "number")
        named = action.has(Word.VOLUME, Word.SOUND, Word.MUSIC, Word.VOICE)
        up, down = action.asks("up", "louder"), action.asks("down", "quieter")
        fewer = action.verb is None and action.has(Word.MUSIC) and action.find(Word.MORE, "less")
        down = down or bool(fewer)  # "less music please"
        up = up or (named and action.asks("zoom_in"))  # 声音放大
        changes = action.verb in {Word.LEVEL, Word.USE, Word.CHANGE, Word.WANT, Word.OTHER, None}
        if action.has(Word.MUSIC) and action.has(Word.DISLIKE):
            return None  # whoever does not like the music may want another
        # "at half speed with no sound"
        paced = action.amount("factor") is not None and _PACE.search(action.text)
        if paced or action.asks(
            "fade",
            "fade_in",
            "fade_out",
            "duck",
            "normalise",
            "faster",
            "slower",
            "speed",
            "resize",
            "compress",
        ):
            return None
        sized = action.goal or (action.length and amount is None)  # "reduce it to 50 s"
        if (sized or action.has(Word.EFFECT)) and not named:
            return None
        loudness = amount is not None and amount.kind == "db"
        said = up or down or loudness or (named and amount is not None and changes)
        if action.has(Word.VOLUME) and action.verb in {Word.USE, Word.CHANGE} and not said:
            said = action.find(Word.MORE) is not None
            up = said
        if amount is not None and amount.kind == "number" and not _heard(action):
            return None  # 各加10, of whatever it is
        if not named and (action.unlisted or (action.strange and not _LOUD.search(action.text))):
            return None  # 想看大一点的字, "increase the wombat": of whatever that is
        about = {Word.IT, None, Word.EVERYTHING} if up or down else {Word.IT, None}
        if not said or not (named or loudness or action.first in about):
            return None
        if action.has(Word.AMOUNT) and amount is None:
            return None
        to, by = cls._how_far(action, up=up, down=down)
        target = _target(action)
        own = action.has(Word.ORIGINAL) or action.value(Word.MUSIC) == "original"
        return cls(target, to, by, action.stretches, loudness, own and target == "music")

    def merged(self, other: Edit) -> Edit | None:
        """Take "it is too quiet, make it louder" for one wish."""
        if isinstance(other, Volume) and self.by and other.by and (self.by > 1) == (other.by > 1):
            alike = (self.target, self.spans) == (other.target, other.spans)
            return other if alike else None
        return super().merged(other)

    @staticmethod
    def _how_far(action: Action, *, up: bool, down: bool) -> tuple[float | None, float | None]:
        amount = action.amount("share", "db", "factor", "count", "number")
        if amount is None and down and re.search(r"all the way", action.text, re.IGNORECASE):
            return 0.0, None
        if amount is None:
            return None, (QUIETER if down else LOUDER)[action.degree]
        if amount.kind == "db":
            sign = -1 if down and amount.value > 0 else 1
            change = gain(amount, 1.0) if sign > 0 else round(10 ** (-amount.value / 20), 3)
            return (change, None) if amount.by is False else (None, change)
        if amount.kind in {"factor", "count"}:
            return None, round(1 / amount.value if down and amount.value > 1 else amount.value, 3)
        value = amount.value / 100 if amount.kind == "number" else amount.value
        relative = amount.by or (amount.by is None and (up or down) and amount.kind == "share")
        if relative:
            return None, round(max(1 - value, 0.0) if down else 1 + value, 3)
        return round(value, 3), None

    def paid_as(self, draft: Draft) -> str:
        """Give the price of a separation where it needs one."""
        mixed = any(not {"speech", "denoised"} & clip["m"].keys() for clip in drafts.clips(draft))
        return "separate_audio" if self._of_recording(draft) and mixed else self.tool

    def _of_recording(self, draft: Draft) -> bool:
        """Tell whether it is of the music or the voice in the clips' own sound."""
        apart = self.target in {"music", "voice"}
        return apart and (self.original or not drafts.music_segments(draft))

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Set it, of the music in a recording after separating it."""
        where = stretches(draft, self.spans)
        figures = {"where": spoken(where, timeline.length(draft)), "target": self.target}

        def level(now: float) -> float:
            return self.to if self.to is not None else now * (self.by or 1.0)

        def change(details: dict[str, Any]) -> None:
            details["volume"] = round(min(level(details.get("volume", 1.0)), LOUDEST), 3)

        match self.target:
            case "music" | "voice" as part if self._of_recording(draft):
                new, levels = await balanced(
                    draft, workshop, progress, where, part=part, level=level
                )
                return Made(new, "volume", {**figures, "percent": f"{(levels or [1.0])[0]:.0%}"})
        new = changed(draft, "clips" if self.target == "voice" else self.target, where, change)
        there = [s["m"].get("mute") for s in drafts.clips(new) if drafts.lies_in(s, where)]
        muted = bool(there) and all(there)
        after = drafts.music_segments(new) if self.target == "music" else drafts.clips(new)
        lying = [s["m"].get("volume", 1.0) for s in after if drafts.lies_in(s, where)]
        told = "volume_muted" if muted and self.target != "music" else "volume"
        return Made(new, told, {**figures, "percent": f"{(lying or [1.0])[0]:.0%}"})


@dataclass(frozen=True)
class Mute(Plain):
    """Silence the clips, laid music too when everything is meant."""

    tool: ClassVar[str] = "mute"
    everything: bool = False
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "mute from 0:10 to 0:15", "remove the audio", "静音"."""
        sound = action.first is Word.SOUND and not action.has(Word.MUSIC, Word.VOICE)
        quiet = action.how == "mute" or action.asks("mute")
        removed = action.verb is Word.REMOVE and sound and not action.has(Word.EXCEPT)
        none = action.follows(Word.SOUND, Word.NOT, Word.WITHOUT) and not action.asks("fade")
        if (
            not (quiet or removed or none)
            or action.negated
            or action.conditional
            or action.unlisted
        ):
            return None
        if action.has(Word.MUSIC, Word.VOICE, Word.TEXT) or action.names("silence", "noise"):
            return None
        if action.keeps_voice or action.has(Word.FORMAT):
            return None
        own = action.has(Word.ORIGINAL) or bool(_BUT_MUSIC.search(action.text))
        everything = action.has(Word.EVERYTHING) or bool(_ALL.search(action.text))
        everything = everything and not own
        # Whoever silences a moment wants to hear nothing then, laid music included.
        spans = action.stretches
        of_clips = any(span.clip is not None for span in spans)
        timed = bool(spans) and not (of_clips or action.has(Word.ORIGINAL, Word.OWN))
        return cls(everything or timed, spans)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Mute it."""
        del workshop
        where = stretches(draft, self.spans)
        new = changed(draft, "all" if self.everything else "clips", where, _mute)
        left = not self.everything and any(
            not segment["m"].get("mute") and drafts.lies_in(segment, where)
            for segment in drafts.music_segments(new)
        )
        figures = {"where": spoken(where, timeline.length(draft))}
        return Made(new, "muted_but_music" if left else "muted", figures)


_BUT_MUSIC = re.compile(
    r"原[声音](?!乐)|[留剩保](?:下|留|着)*(?:背景)?(?:音乐|bgm|配乐)", re.IGNORECASE
)
_ALL = re.compile(r"\b(?:all|every)\b|全部|所有", re.IGNORECASE)


def _mute(details: dict[str, Any]) -> None:
    details["mute"] = True


@dataclass(frozen=True)
class Unmute(Plain):
    """Let what was muted be heard again."""

    tool: ClassVar[str] = "unmute"
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "unmute", "取消静音"."""
        wanted = action.verb is Word.RESTORE and action.asks("unmute") and not action.negated
        return cls(action.spans) if wanted else None

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Unmute it."""
        del workshop
        where = stretches(draft, self.spans)
        muted = any("mute" in segment["m"] for segment in drafts.music_segments(draft))
        target: Target = "all" if muted else "clips"
        new = changed(draft, target, where, lambda details: details.pop("mute", None))
        return Made(new, "unmuted", {"where": spoken(where, timeline.length(draft))})


@dataclass(frozen=True)
class Duck(Plain):
    """Let laid music get quieter while somebody speaks, or not."""

    tool: ClassVar[str] = "duck"
    off: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "duck the music under my voice", "stop ducking"."""
        if not action.asks("duck"):
            return None
        action.amount("share", "db")  # how far it falls is the mixer's rule
        return cls(
            off=action.negated
            or bool(
                re.search(r"\b(?:stop|no|without|off)\b|不|取消|关", action.text, re.IGNORECASE)
            )
        )

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Set it."""
        del workshop
        whole = [(0, timeline.length(draft))]
        new = changed(draft, "music", whole, lambda details: details.update(duck=not self.off))
        return Made(new, "unducked" if self.off else "ducked")


@dataclass(frozen=True)
class Normalise(Plain):
    """Bring the whole to one loudness, in LUFS."""

    tool: ClassVar[str] = "normalise"
    loudness: float = STANDARD

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "normalise the audio to -16 LUFS", "音量统一"."""
        amount = action.amount("lufs")
        level = re.search(
            r"(?<![\w.])[-\u2212] ?(\d+(?:\.\d+)?)(?![\d.]| ?(?:s|sec|%))", action.text
        )
        if not (action.asks("normalise") or amount) or action.negated:
            return None
        if amount is None and level:
            return cls(-float(level[1]))  # "even out the volume to -16"
        if amount is not None and not action.asks("resize", "convert", "crop"):
            action.all_of(Word.RATIO)  # "-14 LUFS for YouTube": as loud as there, and no shape
        return cls(-abs(amount.value) if amount else STANDARD)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Set it."""
        del workshop
        new = copy.deepcopy(draft)
        new.setdefault("m", {})["loudness"] = self.loudness
        return Made(new, "normalised", {"loudness": f"{self.loudness:g}"})
