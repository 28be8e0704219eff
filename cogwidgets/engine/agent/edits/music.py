"""Edits of music: take it out of the sound, lay another, give the clips their own sound back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.amounts import Amount
from cogwidgets.engine.agent.edits.balance import balanced
from cogwidgets.engine.agent.edits.base import Edit, Made, Separated, Workshop, spoken, stretches
from cogwidgets.engine.agent.lexicon import Word
from cogwidgets.engine.agent.times import END, START, Point, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft, Speech

__all__ = ["DEFAULT_MOOD", "LONG_AS", "AddMusic", "RemoveMusic", "RestoreMusic", "gain"]

Strength = Literal["light", "normal", "strong"]

DEFAULT_MOOD = "calm"
LOW = 0.3  # the volume of music that is to be "low"
_LOW = re.compile(
    r"\b(?:low(?:er)? (?:volume|level)|quietly|softly|faint(?:ly)?|not too loud|"
    r"(?:barely|hardly) audible|"
    r"(?:pretty|very|really|quite|nice and|and) (?:quiet|low|soft)|"
    r"(?<=, )(?:and )?(?:(?:very|really|quite|pretty|super) )*(?:quiet|low|soft)(?:ly)?)\b|"
    r"低音量|小声|音量低|声音?小",
    re.IGNORECASE,
)


_PICTURE = re.compile(r"画面|镜头|图像|色调")
_ANOTHER = re.compile(
    r"\banother\b|\bdifferent\b|换一?[首个]|另外|别的|其[他它]|版权", re.IGNORECASE
)
LONG_AS = re.compile(
    r"\b(?:as long as|the length of|(?:song|music|track)'?s? (?:length|duration))\b|"
    r"一样长|等长|同长|长度",
    re.IGNORECASE,
)
_KNOWN = re.compile(r"\b(?:the|that|this) (?:song|track|tune|mp3)\b|那首歌|这首歌", re.IGNORECASE)


_PLAYED = re.compile(
    r"\b(?:piano|guitar|jazz|lo-?fi|techno|edm|ambient|orchestral)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class RestoreMusic(Edit):
    """Give the clips their own sound back."""

    tool: ClassVar[str] = "restore_audio"

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "put the original music back", "恢复原声"."""
        wanted = action.verb is Word.RESTORE and not action.negated
        if action.timed or action.asks("unmute"):
            return None
        return cls() if wanted and action.has(Word.MUSIC, Word.SOUND, Word.ORIGINAL) else None

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Drop the separated sound from the draft; its files stay."""
        del workshop, progress
        return Made(drafts.without_speech(draft), "restored")


@dataclass(frozen=True)
class RemoveMusic(Edit):
    """Replace the sound of the clips by their speech alone.

    ``strength`` None means "normal" for a clip that still has its music, and whatever was used
    before for one that has not. ``original`` tells the music of the recording from a track that
    an edit has laid.
    """

    tool: ClassVar[str] = "separate_audio"
    strength: Strength | None = None
    original: bool = False
    spans: tuple[Span, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "remove the music", "no music", "keep only the voice", "提取人声"."""
        if (action.timed and not _ranged(action)) or not cls._asked(action):
            return None
        original = action.has(Word.ORIGINAL) or action.value(Word.MUSIC) == "original"
        action.all_of(Word.MEDIA)  # the clip that it is in, which need not be named
        spans = action.spans
        if _only_there(action):
            spans = tuple(beside for span in spans for beside in span.beside)
        return cls(_strength(action), original, spans)

    @staticmethod
    def _asked(action: Action) -> bool:
        verb, first = action.verb, action.first
        no_music = action.follows(Word.MUSIC, Word.NOT, Word.WITHOUT)
        if action.value(Word.NOT) == "verb":
            no_music = False  # "don't spoil the music"
        if action.negated:
            return verb in {Word.WANT, Word.KEEP} and first is Word.MUSIC
        if verb is Word.REMOVE and _of_clip_with_music(action):
            return False
        if verb is Word.REMOVE:
            named = (first is Word.MUSIC and not action.follows(Word.MUSIC, Word.EXCEPT)) or (
                first is None
                and action.how != "mute"  # "mute the original" is all of its sound
                and action.has(Word.ORIGINAL, Word.OWN, Word.FREE)
            )
            rest = first in {Word.EVERYTHING, Word.SOUND} or action.has(Word.EXCEPT)
            return named or (rest and action.keeps_voice)
        if verb is Word.ISOLATE:
            return action.has(Word.VOICE)
        if action.only_voice and verb in {Word.KEEP, Word.WANT, Word.USE, None}:
            return action.has(Word.VOICE)
        return (no_music and verb not in {Word.RESTORE, Word.LEVEL}) or _only_there(action)

    def merged(self, other: Edit) -> Edit | None:
        """Keep the strength that either names, and the places that both name."""
        if isinstance(other, RemoveMusic):
            return replace(
                self,
                strength=self.strength or other.strength,
                original=self.original or other.original,
                spans=tuple(dict.fromkeys(self.spans + other.spans)),
            )
        return self

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Separate every clip; asked again, take a laid track away or say that nothing is left."""
        clip = workshop.sound_clip()
        if not drafts.clips(draft) and clip is not None:
            draft = drafts.with_clip(draft, clip, title=clip["name"])
        where = stretches(draft, self.spans) if self.spans else None
        clips = drafts.clips(draft)
        todo = [
            clip["m"]["source"]
            for clip in clips
            if self._differs(clip["m"].get("speech"), clip, where)
        ]
        if not todo:
            if drafts.music_segments(draft) and self.strength is None and not self.original:
                return Made(drafts.without_music_segments(draft, where), "laid_removed")
            return Made(draft, "already_removed", self._names(draft), {"already": True})
        if where is not None and any("music_level" in c["m"].get("speech", {}) for c in clips):
            draft, _ = await balanced(
                draft, workshop, progress, where, part="music", level=lambda _: 0.0
            )
            figures = {**self._names(draft), "drop": None, "where": spoken(where, -1)}
            return Made(draft, "removed", figures)
        speech: dict[str, Speech] = {}
        separated: list[Separated] = []
        for number, source in enumerate(sources := list(dict.fromkeys(todo))):
            done = await workshop.separate(
                source,
                self.strength or "normal",
                lambda fraction, n=number: progress((n + fraction) / len(sources)),  # type: ignore[misc]
            )
            separated.append(done)
            if done.speech["music"]:
                speech[source] = done.speech
        drops = [one.pause_drop_db for one in separated if one.pause_drop_db is not None]
        result = {"separated": [one.speech for one in separated], "pause_drop_db": drops}
        figures = {**self._names(draft), "drop": min(drops, default=None)}
        new = drafts.with_speech(draft, speech, where)
        figures["where"] = spoken(where or _cleared(new, set(todo)), -1)
        told = "removed" if speech else "no_music"
        if drafts.music_segments(draft) and not self.original:
            new = drafts.without_music_segments(new, where)
            told = f"{told}_and_laid" if speech else "laid_removed"
        return Made(new, told, figures, result)

    def _differs(
        self, speech: Speech | None, clip: dict[str, Any], where: list[tuple[int, int]] | None
    ) -> bool:
        """Tell whether a clip has to be separated (again): never twice at one strength."""
        if clip["m"].get("still") or (where is not None and not drafts.lies_in(clip, where)):
            return False
        fresh = speech is None or self.strength not in {None, speech["strength"]}
        return fresh or (speech is not None and bool({"only", "music_level"} & speech.keys()))

    def _names(self, draft: Draft) -> dict[str, Any]:
        clips = drafts.clips(draft)
        return {
            "name": ", ".join(dict.fromkeys(clip["m"]["name"] for clip in clips)),
            "strength": next(
                (c["m"]["speech"]["strength"] for c in clips if "speech" in c["m"]), ""
            ),
        }


@dataclass(frozen=True)
class AddMusic(Edit):
    """Lay a track under the clip: a royalty-free one of a mood, or an uploaded file.

    ``alone`` takes the other laid tracks away, also where this one is not.
    """

    tool: ClassVar[str] = "add_music"
    mood: str | None = None
    file: str | None = None
    own: bool = False
    volume: float | None = None
    spans: tuple[Span, ...] = ()
    known: bool = False
    alone: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "add calm music", "put theme.mp3 under it", "配上欢快的音乐"."""
        vague = action.conditional or (action.edges and not action.spans)
        if action.negated or action.has(Word.WITHOUT) or vague:
            return None
        chosen = action.has(Word.MOOD, Word.FILE, Word.OWN, Word.FREE, Word.EITHER)
        if action.verb is Word.WANT:
            meant = action.has(Word.MUSIC, Word.OWN, Word.FILE) and not action.has(Word.THE)
            if action.how == "have" or action.drops_voice or not (meant or chosen):
                return None
        elif action.verb is not Word.ADD and not (_uses(action) or _looped(action)):
            return None
        if action.first not in {Word.MUSIC, Word.IT, None} or LONG_AS.search(action.text):
            return None  # "as long as the song" asks for no song
        if action.first is not Word.MUSIC and not cls._means_music(action):
            return None
        action.find(Word.PLACE, "bottom")  # 在底下, where it lies anyway
        either = action.value(Word.EITHER)
        mood = action.value(Word.MOOD) or (either.partition("/")[2] if either else None)
        file = action.value(Word.FILE)
        own = file is None and action.has(Word.OWN)
        volume = gain(action.amount("share", "db"), 1.0)
        if volume is None and _LOW.search(action.text):
            volume = LOW
        known = not (mood or file or own or _ANOTHER.search(action.text)) and names_song(
            action.text
        )
        return cls(None if file else mood, file, own, volume, _when(action), known)

    @staticmethod
    def _means_music(action: Action) -> bool:
        """Tell music from other things that can be warm or happy, where no music is named."""
        if action.has(Word.FILE, Word.OWN, Word.FREE) or action.how == "score":
            return True
        if action.verb is Word.ADD and _PLAYED.search(action.text):
            return True  # "add gentle piano"
        if _PICTURE.search(action.text):
            return False  # 画面柔和一点
        return action.has(Word.MOOD) and (action.music_spoken_of or action.has(Word.SOMETHING))

    def merged(self, other: Edit) -> Edit | None:
        """Keep the one that names a track; at two places there are two."""
        if isinstance(other, AddMusic) and other.spans != self.spans:
            named = self.file or self.own or self.mood or self.known
            if self.spans and not other.spans and not named:
                return replace(other, spans=self.spans)  # "music in the last 20 s, something epic"
            return None
        return self if self.file or self.own or self.mood else other

    def missing(self, workshop: Workshop) -> str | None:
        """Name the file that is not in the session."""
        if (self.file or self.own) and workshop.audio_length(self.file) is None:
            return self.file or ""
        return None

    def _mood(self, draft: Draft) -> str:
        """Give the mood: where none is named, that of the track which goes for another."""
        before = (segment["m"].get("mood") for segment in drafts.music_segments(draft))
        return self.mood or next(filter(None, before), None) or DEFAULT_MOOD

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Lay the track, in place of one that was laid before."""
        del progress
        laid = [segment["m"]["name"] for segment in drafts.music_segments(draft)]
        music = await (
            workshop.own_track(self.file)
            if self.file or self.own or (self.known and workshop.audio_length(None) is not None)
            else workshop.track(self._mood(draft), other_than=laid[0] if laid else None)
        )
        where = stretches(draft, self.spans)
        new = drafts.without_music_segments(draft) if self.alone else draft
        for start, end in where:
            whole = not self.spans
            new = drafts.with_music(new, music, None if whole else (start, end), volume=self.volume)
        figures = {
            "track": music["name"],
            "mood": music["mood"],
            "where": spoken(where, timeline.length(draft)) if self.spans else "",
            "volume": self.volume,
        }
        return Made(new, "laid", figures, {"track": music})


def _cleared(draft: Draft, sources: set[str]) -> list[tuple[int, int]]:
    """Tell where on the timeline music was found in sources, and taken out."""
    found = [
        place
        for clip in drafts.clips(draft)
        if clip["m"].get("source") in sources
        for stretch in clip["m"].get("speech", {}).get("music", ())
        if (place := drafts.on_timeline(clip, *stretch)) is not None
    ]
    return [(start, end) for start, end in drafts.united(found)]


def gain(amount: Amount | None, now: float) -> float | None:
    """Give the linear volume that an amount comes to, where it is now ``now``.

    >>> gain(Amount("db", -6.0), 1.0), gain(Amount("share", 0.3), 1.0)
    (0.501, 0.3)
    """
    if amount is None:
        return None
    if amount.kind == "db":
        return round(now * 10 ** (amount.value / 20), 3)
    return round(amount.value, 3)


def names_song(text: str) -> bool:
    """Tell "the song", which is the one that was uploaded, where one was."""
    return bool(_KNOWN.search(text))


def _looped(action: Action) -> bool:
    """Tell "loop my song under it", which a laid track does anyway."""
    return action.asks("loop", "repeat") and action.has(Word.OWN, Word.FILE, Word.MOOD)


def _uses(action: Action) -> bool:
    """Tell "use the song as background music"."""
    if action.verb is not Word.USE or action.replaces:
        return False
    own = action.has(Word.OWN, Word.FILE) and action.as_background
    return own or (action.has(Word.MUSIC) and names_song(action.text))


def _only_there(action: Action) -> bool:
    """Tell 背景音乐只要前30秒, which takes it away everywhere else, from a wish for some."""
    kept = action.verb in {Word.WANT, Word.KEEP} and not action.negated
    named = action.first is Word.MUSIC and not action.has(Word.MOOD, Word.FILE, Word.OWN, Word.FREE)
    before = action.said is not None and any(
        t.word is Word.MUSIC and t.end <= action.said.start for t in action.words
    )
    return kept and named and before and len(action.spans) == 1 and action.has(Word.ONLY)


def _of_clip_with_music(action: Action) -> bool:
    """Tell "delete the clip with the music" from "delete the music from the clip"."""
    words = [t.word for t in action.words if t.word in {Word.VIDEO, Word.MUSIC, Word.WITH}]
    return words[:3] == [Word.VIDEO, Word.WITH, Word.MUSIC]


def _ranged(action: Action) -> bool:
    """Tell whether all times of an action are stretches that a draft can resolve."""
    return bool(action.spans) and not (action.conditional or action.edges or action.amount("share"))


def _when(action: Action) -> tuple[Span, ...]:
    if action.spans:
        return action.spans
    if action.moments:
        return (Span(action.moments[0].point, END),)
    return (Span(START, Point(0.0, action.length)),) if action.length else ()


def _strength(action: Action) -> Strength | None:
    """Read how thorough to be; "soft music" describes the music, "soft" alone the removal."""
    found = action.strength
    if found is None and not action.follows(Word.MUSIC, Word.EITHER):
        either = action.value(Word.EITHER)
        found = either.partition("/")[0] if either else None
    return cast("Strength | None", found)
