"""Workshop: what edits ask for, done with jobs and kept as media of the session."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.drafts import Clip, Music, Speech
from cogwidgets.engine.agent.edits import Separated
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.media import music

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.schema import Medium, Session
    from cogwidgets.engine.store import Store

__all__ = ["SessionWorkshop", "clip_of"]


class SessionWorkshop:
    """The workshop of one session (see `cogwidgets.engine.agent.edits.Workshop`)."""

    def __init__(self, session: Session, store: Store, jobs: Jobs) -> None:
        self._session = session
        self._store = store
        self._jobs = jobs

    def sound_clip(self) -> Clip | None:
        """Give the latest audio upload as a clip."""
        audio = self._audio()
        return clip_of(audio[-1]) if audio else None

    def has_audio(self, name: str | None) -> bool:
        """Tell whether the session has that audio file, or any."""
        return self._find(name) is not None

    async def separate(
        self, source: str, strength: str, progress: Callable[[float], None]
    ) -> Separated:
        """Separate a source, once for each strength: a second time finds the stems.

        Raises
        ------
        JobError
            The source is gone or has no sound, or the job failed.

        """
        medium = self._medium(source)
        for stems in self._store.stems(self._session.id):
            if stems.source == medium.id and stems.strength == strength:
                return _separated(stems.medium)
        path = self._store.file(source, account=self._session.account)
        if path is None:
            raise JobError(
                "unreadable", f"The file of '{medium.filename}' is gone: upload it again."
            )
        folder = self._store.new_folder()
        try:
            result = await self._jobs.run(
                {
                    "kind": "separate",
                    "source": str(path),
                    "folder": str(folder),
                    "strength": strength,
                },
                owner=self._session.account,
                progress=progress,
            )
            stem_medium = self._store.add_medium(
                folder,
                self._session,
                "speech",
                name="speech-1.flac",
                filename=medium.filename,
                info={**result, "strength": strength, "source": medium.url},
            )
        except JobError as error:
            self._store.discard(folder)
            message = error.message.replace(medium.name, f"'{medium.filename}'")
            raise JobError(error.code, message) from error
        except BaseException:
            self._store.discard(folder)
            raise
        self._store.add_stems(medium.id, strength, stem_medium.id)
        return _separated(stem_medium)

    async def track(self, mood: str, *, other_than: str | None) -> Music:
        """Give a royalty-free track, chosen by the session; asked again, another one."""
        tracks = [music.choose(mood, seed) for seed in self._seeds()]
        chosen = next((track for track in tracks if track.name != other_than), tracks[0])
        for medium in self._store.media_of_session(self._session.id, "music"):
            if medium.info["name"] == chosen.name:
                return Music(source=medium.url, name=chosen.name, mood=chosen.mood)
        folder = self._store.new_folder()
        name = "track" + chosen.path.suffix
        try:
            shutil.copyfile(chosen.path, folder / name)
        except OSError as error:
            self._store.discard(folder)
            raise JobError(
                "disk_full", f"The track could not be kept ({error.strerror})."
            ) from error
        info = {"name": chosen.name, "mood": chosen.mood, "licence": chosen.licence}
        medium = self._store.add_medium(
            folder,
            self._session,
            "music",
            name=name,
            filename=chosen.name + chosen.path.suffix,
            info=info,
        )
        return Music(source=medium.url, name=chosen.name, mood=chosen.mood)

    async def own_track(self, name: str | None) -> Music:
        """Give an uploaded audio file.

        Raises
        ------
        JobError
            The session has none of that name.

        """
        medium = self._find(name)
        if medium is None:
            raise JobError("unreadable", f"There is no audio file '{name or ''}': upload it first.")
        return Music(source=medium.url, name=_stem(medium.filename), mood=None)

    def _seeds(self) -> list[str]:
        return [f"{self._session.id}-{number}" for number in range(8)]

    def _audio(self) -> list[Medium]:
        uploads = self._store.media_of_session(self._session.id, "upload")
        return [medium for medium in uploads if medium.info["file_type"] == "audio"]

    def _find(self, name: str | None) -> Medium | None:
        wanted = [m for m in self._audio() if name is None or m.filename.lower() == name.lower()]
        return wanted[-1] if wanted else None

    def _medium(self, source: str) -> Medium:
        medium = self._store.medium(source.split("/")[2])
        if medium is None:
            raise JobError("unreadable", "The source of this clip is gone: upload it again.")
        return medium


def clip_of(medium: Medium) -> Clip:
    """Describe an upload as a clip for the timeline."""
    info: dict[str, Any] = medium.info
    return Clip(
        source=medium.url,
        name=_stem(medium.filename),
        duration=round(info["duration"] * 1000),
        width=info.get("width"),
        height=info.get("height"),
        fps=info.get("fps"),
    )


def _separated(medium: Medium) -> Separated:
    streams = medium.info["streams"]
    paths = [f"/media/{medium.id}/speech-{stream['index']}.flac" for stream in streams]
    drops = [s["pause_drop_db"] for s in streams if s["pause_drop_db"] is not None]
    speech = Speech(
        source=paths[0],
        streams=paths,
        strength=medium.info["strength"],
        music=_united(interval for stream in streams for interval in stream["music"]),
    )
    return Separated(speech, min(drops, default=None))


def _united(intervals: Any) -> list[list[int]]:
    """Join overlapping intervals of several streams into those of the clip."""
    united: list[list[int]] = []
    for start, end in sorted(intervals):
        if united and start <= united[-1][1]:
            united[-1][1] = max(united[-1][1], end)
        else:
            united.append([start, end])
    return united


def _stem(filename: str) -> str:
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return name.rpartition(".")[0] or name
