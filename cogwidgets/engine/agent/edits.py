"""Edits: what can be done to a draft, a class each, in one table.

An edit recognises itself in an `Action`, has slots, asks the workshop for the media it needs, and
then changes the draft with the pure functions of `drafts`. To add one, write its class and name it
in `EDITS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, cast

from cogwidgets.engine.agent import drafts
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Clip, Draft, Music, Speech

__all__ = ["DEFAULT_MOOD", "EDITS", "AddMusic", "Edit", "RemoveMusic", "RestoreMusic", "Workshop"]

Strength = Literal["light", "normal", "strong"]

DEFAULT_MOOD = "calm"


@dataclass(frozen=True)
class Separated:
    """What separating one source gave: its speech, and how far the music fell in pauses (dB)."""

    speech: Speech
    pause_drop_db: float | None


class Workshop(Protocol):
    """What an edit may ask for before it changes a draft; each call does real work."""

    def sound_clip(self) -> Clip | None:
        """Give the session's audio file that stands in for a missing video."""

    def has_audio(self, name: str | None) -> bool:
        """Tell whether the session has that audio file, or any."""

    async def separate(
        self, source: str, strength: str, progress: Callable[[float], None]
    ) -> Separated:
        """Separate the speech of a source from its music, or find it separated already."""

    async def track(self, mood: str, *, other_than: str | None) -> Music:
        """Give a royalty-free track of a mood."""

    async def own_track(self, name: str | None) -> Music:
        """Give an uploaded audio file, the latest when no name is given."""


@dataclass(frozen=True)
class Made:
    """What an edit has prepared, and what it tells of it afterwards."""

    draft: Draft
    result: dict[str, Any]
    told: str
    figures: dict[str, Any]


class Edit(ABC):
    """One thing to do to a draft.

    ``tool`` is its name in the events, ``slots`` are its fields.
    """

    tool: ClassVar[str]

    @classmethod
    @abstractmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read the edit out of an action; None when the action asks for something else."""

    @property
    def slots(self) -> dict[str, Any]:
        """Give the slots that are filled."""
        return {key: value for key, value in asdict(cast("Any", self)).items() if value}

    def merged(self, other: Edit) -> Edit:  # noqa: ARG002
        """Make one of two edits of this kind in one message."""
        return self

    def missing(self, workshop: Workshop) -> str | None:  # noqa: ARG002
        """Name the file that it would need and the session has not."""
        return None

    @abstractmethod
    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Do the work that is needed first, then change the draft."""


@dataclass(frozen=True)
class RestoreMusic(Edit):
    """Give the clips their own sound back."""

    tool: ClassVar[str] = "restore_audio"

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "put the original music back", "恢复原声"."""
        wanted = action.verb is Word.RESTORE and not action.negated
        if action.has(Word.TIME, Word.PART):
            return None
        return cls() if wanted and action.has(Word.MUSIC, Word.SOUND, Word.ORIGINAL) else None

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Drop the separated sound from the draft; its files stay."""
        del workshop, progress
        return Made(drafts.without_speech(draft), {}, "restored", {})


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

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "remove the music", "no music", "keep only the voice", "提取人声"."""
        if action.has(Word.TIME, Word.PART) or not cls._asked(action):
            return None
        original = action.has(Word.ORIGINAL) or action.value(Word.MUSIC) == "original"
        return cls(_strength(action), original)

    @staticmethod
    def _asked(action: Action) -> bool:
        verb, first = action.verb, action.first
        no_music = action.follows(Word.MUSIC, Word.NOT, Word.WITHOUT)
        if action.value(Word.NOT) == "verb":
            no_music = False  # "don't spoil the music"
        if action.negated:
            return verb in {Word.WANT, Word.KEEP} and first is Word.MUSIC
        if verb is Word.REMOVE:
            named = (first is Word.MUSIC and not action.follows(Word.MUSIC, Word.EXCEPT)) or (
                first is None and action.has(Word.ORIGINAL, Word.OWN, Word.FREE)
            )
            rest = first in {Word.EVERYTHING, Word.SOUND} or action.has(Word.EXCEPT)
            return named or (rest and action.keeps_voice)
        if verb is Word.ISOLATE:
            return action.has(Word.VOICE)
        if action.only_voice and verb in {Word.KEEP, Word.WANT, Word.USE, None}:
            return action.has(Word.VOICE)
        return no_music and verb not in {Word.RESTORE, Word.LEVEL}

    def merged(self, other: Edit) -> Edit:
        """Keep the strength that either names."""
        if isinstance(other, RemoveMusic):
            return replace(
                self,
                strength=self.strength or other.strength,
                original=self.original or other.original,
            )
        return self

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Separate every clip; asked again, take a laid track away or say that nothing is left."""
        clip = workshop.sound_clip()
        if not drafts.clips(draft) and clip is not None:
            draft = drafts.with_clip(draft, clip, title=clip["name"])
        laid = drafts.music_segments(draft)
        todo = [c["m"] for c in drafts.clips(draft) if self._differs(c["m"].get("speech"))]
        if not todo:
            if laid and self.strength is None and not self.original:
                return Made(drafts.without_music_segments(draft), {}, "laid_removed", {})
            return Made(draft, {"already": True}, "already_removed", self._names(draft))
        speech: dict[str, Speech] = {}
        separated: list[Separated] = []
        for number, clip_m in enumerate(todo):
            done = await workshop.separate(
                clip_m["source"],
                self.strength or "normal",
                lambda fraction, n=number: progress((n + fraction) / len(todo)),  # type: ignore[misc]
            )
            separated.append(done)
            if done.speech["music"]:
                speech[clip_m["source"]] = done.speech
        drops = [one.pause_drop_db for one in separated if one.pause_drop_db is not None]
        result = {"separated": [one.speech for one in separated], "pause_drop_db": drops}
        figures = {**self._names(draft), "drop": min(drops, default=None)}
        return Made(
            drafts.with_speech(draft, speech), result, "removed" if speech else "no_music", figures
        )

    def _differs(self, speech: Speech | None) -> bool:
        """Tell whether a clip has to be separated (again): never twice at one strength."""
        return speech is None or self.strength not in {None, speech["strength"]}

    def _names(self, draft: Draft) -> dict[str, Any]:
        clips = drafts.clips(draft)
        return {
            "name": ", ".join(dict.fromkeys(clip["m"]["name"] for clip in clips)),
            "duration": draft.get("d", 0),
            "strength": next(
                (c["m"]["speech"]["strength"] for c in clips if "speech" in c["m"]), ""
            ),
        }


@dataclass(frozen=True)
class AddMusic(Edit):
    """Lay a track under the clip: a royalty-free one of a mood, or an uploaded file."""

    tool: ClassVar[str] = "add_music"
    mood: str | None = None
    file: str | None = None
    own: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "add calm music", "put theme.mp3 under it", "配上欢快的音乐"."""
        if action.negated or action.has(Word.TIME, Word.PART, Word.WITHOUT):
            return None
        chosen = action.has(Word.MOOD, Word.FILE, Word.OWN, Word.FREE, Word.EITHER)
        if action.verb is Word.WANT:
            meant = action.has(Word.MUSIC, Word.OWN, Word.FILE) and not action.has(Word.THE)
            if action.how == "have" or action.drops_voice or not (meant or chosen):
                return None
        elif action.verb is not Word.ADD:
            return None
        if action.first not in {Word.MUSIC, Word.IT, None}:
            return None
        if action.first is not Word.MUSIC and not cls._means_music(action):
            return None
        either = action.value(Word.EITHER)
        mood = action.value(Word.MOOD) or (either.partition("/")[2] if either else None)
        file = action.value(Word.FILE)
        return cls(None if file else mood, file, own=file is None and action.has(Word.OWN))

    @staticmethod
    def _means_music(action: Action) -> bool:
        """Tell music from other things that can be warm or happy, where no music is named."""
        if action.has(Word.FILE, Word.OWN, Word.FREE) or action.how == "score":
            return True
        return action.has(Word.MOOD) and (action.music_spoken_of or action.has(Word.SOMETHING))

    def merged(self, other: Edit) -> Edit:
        """Keep the one that names a track."""
        return self if self.file or self.own or self.mood else other

    def missing(self, workshop: Workshop) -> str | None:
        """Name the file that is not in the session."""
        if (self.file or self.own) and not workshop.has_audio(self.file):
            return self.file or ""
        return None

    async def carry_out(
        self, draft: Draft, workshop: Workshop, progress: Callable[[float], None]
    ) -> Made:
        """Lay the track, in place of one that was laid before."""
        del progress
        laid = [segment["m"]["name"] for segment in drafts.music_segments(draft)]
        music = await (
            workshop.own_track(self.file)
            if self.file or self.own
            else workshop.track(self.mood or DEFAULT_MOOD, other_than=laid[0] if laid else None)
        )
        new = drafts.with_music(draft, music)
        return Made(new, {"track": music}, "laid", {"track": music["name"], "mood": music["mood"]})


EDITS: tuple[type[Edit], ...] = (RestoreMusic, RemoveMusic, AddMusic)


def _strength(action: Action) -> Strength | None:
    """Read how thorough to be; "soft music" describes the music, "soft" alone the removal."""
    found = action.strength
    if found is None and not action.follows(Word.MUSIC, Word.EITHER):
        either = action.value(Word.EITHER)
        found = either.partition("/")[0] if either else None
    return cast("Strength | None", found)
