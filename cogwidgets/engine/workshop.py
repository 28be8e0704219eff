"""Workshop: what edits ask for, done with jobs and kept as media of the session."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.drafts import Clip, Denoised, Music, Speech, united
from cogwidgets.engine.agent.edits import Separated
from cogwidgets.engine.history import stacks
from cogwidgets.engine.jobs import JobError
from cogwidgets.engine.media import music

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.jobs import Jobs
    from cogwidgets.engine.schema import MediaKind, Medium, Session
    from cogwidgets.engine.store import Store

__all__ = ["SessionWorkshop", "clip_of"]


class SessionWorkshop:
    """The workshop of one message (see `cogwidgets.engine.agent.edits.Workshop`).

    ``earlier`` are the drafts before each of the message's own edits, which an undo in it meets
    before those that are kept.
    """

    def __init__(self, session: Session, store: Store, jobs: Jobs) -> None:
        self.earlier: list[Draft] = []
        self._session = session
        self._store = store
        self._jobs = jobs

    def sound_clip(self) -> Clip | None:
        """Give the latest audio upload as a clip."""
        audio = self._audio()
        return clip_of(audio[-1]) if audio else None

    def audio_length(self, name: str | None) -> int | None:
        """Give how many ms an audio file lasts, the latest when no name is given; None: none."""
        medium = self._find(name)
        return None if medium is None else round(medium.info["duration"] * 1000)

    def pictures(self) -> list[Clip]:
        """Give the videos and images that were uploaded, oldest first."""
        uploads = self._store.media_of_session(self._session.id, "upload")
        return [clip_of(medium) for medium in uploads if medium.info["file_type"] != "audio"]

    def undoable(self) -> int:
        """Count the edits that can be undone, those of this message included."""
        done, _ = stacks(self._store.reasons(self._session.id))
        return len(self.earlier) + len(done) - 1

    def version(self, steps: int | None) -> Draft | None:
        """Give the draft so many edits back, forth when negative; None steps back to the first."""
        if steps is not None and steps > 0:
            if steps <= len(self.earlier):
                draft = self.earlier[-steps]
                del self.earlier[-steps:]
                return draft
            steps -= len(self.earlier)
            self.earlier.clear()
        done, undone = stacks(self._store.reasons(self._session.id))
        if steps is None:
            return self._store.draft_at(self._session.id, done[0])
        if steps < 0:
            return self._store.draft_at(self._session.id, undone[steps]) if undone else None
        if len(done) <= steps:
            return None
        return self._store.draft_at(self._session.id, done[-1 - steps])

    async def silences(self, source: str, progress: Callable[[float], None]) -> list[list[int]]:
        """Find where nobody speaks in a source, in its speech where that is separated already.

        Raises
        ------
        JobError
            The source is gone or has no sound, or the job failed.

        """
        medium, path = self._readable(source)
        job = {"kind": "silences", "source": str(path)}
        for stems in self._store.stems(self._session.id):
            if stems.source == medium.id:
                speech = self._store.file(stems.medium.url, account=self._session.account)
                if speech is not None:
                    job["speech"] = str(speech)
        with _named(medium):
            result = await self._jobs.run(job, owner=self._session.account, progress=progress)
        found: list[list[int]] = result["silences"]
        return found

    async def denoise(self, source: str, progress: Callable[[float], None]) -> Denoised:
        """Take the noise out of a source's sound, once: a second time finds it done.

        Raises
        ------
        JobError
            The source is gone or has no sound, or the job failed.

        """
        medium, path = self._readable(source)
        for clean in self._store.media_of_session(self._session.id, "denoised"):
            if clean.info["source"] == medium.url:
                return _denoised(clean)
        return _denoised(
            await self._made(
                medium,
                {"kind": "denoise", "source": str(path)},
                ("denoised", "denoised-1.flac"),
                progress,
            )
        )

    async def thumbnail(self, source: str, at: int) -> str:
        """Make a JPEG of a source at a time in ms.

        Raises
        ------
        JobError
            The source is gone or has no picture, or the job failed.

        """
        medium, path = self._readable(source)
        picture = await self._made(
            medium,
            {"kind": "still", "source": str(path), "at": at},
            ("thumbnail", "thumbnail.jpg"),
            filename=_stem(medium.filename) + ".jpg",
            at=at,
        )
        return picture.url

    async def separate(
        self, source: str, strength: str, progress: Callable[[float], None]
    ) -> Separated:
        """Separate a source, once for each strength: a second time finds the stems.

        Raises
        ------
        JobError
            The source is gone or has no sound, or the job failed.

        """
        medium, path = self._readable(source)
        for stems in self._store.stems(self._session.id):
            if stems.source == medium.id and stems.strength == strength:
                return _separated(stems.medium)
        stem_medium = await self._made(
            medium,
            {"kind": "separate", "source": str(path), "strength": strength},
            ("speech", "speech-1.flac"),
            progress,
            strength=strength,
        )
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

    async def _made(
        self,
        medium: Medium,
        job: dict[str, Any],
        kind: tuple[MediaKind, str],
        progress: Callable[[float], None] | None = None,
        *,
        filename: str | None = None,
        **info: Any,
    ) -> Medium:
        """Run a job on an upload and keep what it made, as a medium of a kind and a file name."""
        with self._folder() as folder, _named(medium):
            result = await self._jobs.run(
                {**job, "folder": str(folder)}, owner=self._session.account, progress=progress
            )
            return self._store.add_medium(
                folder,
                self._session,
                kind[0],
                name=kind[1],
                filename=filename or medium.filename,
                info={**result, **info, "source": medium.url},
            )

    def _seeds(self) -> list[str]:
        return [f"{self._session.id}-{number}" for number in range(8)]

    def _audio(self) -> list[Medium]:
        uploads = self._store.media_of_session(self._session.id, "upload")
        return [medium for medium in uploads if medium.info["file_type"] == "audio"]

    def _find(self, name: str | None) -> Medium | None:
        wanted = [m for m in self._audio() if name is None or m.filename.lower() == name.lower()]
        return wanted[-1] if wanted else None

    def _readable(self, source: str) -> tuple[Medium, Path]:
        """Give the medium behind a path of a draft, and its file."""
        medium = self._store.medium(source.split("/")[2])
        if medium is None:
            raise JobError("unreadable", "The source of this clip is gone: upload it again.")
        path = self._store.file(source, account=self._session.account)
        if path is None:
            raise JobError(
                "unreadable", f"The file of '{medium.filename}' is gone: upload it again."
            )
        return medium, path

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Give a new media folder, which is gone again when the work in it fails."""
        folder = self._store.new_folder()
        try:
            yield folder
        except BaseException:
            self._store.discard(folder)
            raise


@contextmanager
def _named(medium: Medium) -> Iterator[None]:
    """Say a file's own name where a job failed, not the one on the disk."""
    try:
        yield
    except JobError as error:
        message = error.message.replace(medium.name, f"'{medium.filename}'")
        raise JobError(error.code, message) from error


def clip_of(medium: Medium) -> Clip:
    """Describe an upload as a clip for the timeline."""
    info: dict[str, Any] = medium.info
    moving = info["file_type"] != "image" or (info.get("duration") or 0) > _MOMENT
    shown = info.get("width"), info.get("height")
    if info.get("rotation", 0) % 180:  # a phone held upright stores its picture lying
        shown = shown[::-1]
    return Clip(
        source=medium.url,
        name=_stem(medium.filename),
        duration=round(info["duration"] * 1000) if moving else 0,
        width=shown[0],
        height=shown[1],
        fps=info.get("fps"),
        filename=medium.filename,
        still=not moving,
    )


_MOMENT = 0.2  # s: an animated GIF lasts longer


def _denoised(medium: Medium) -> Denoised:
    paths = [
        f"/media/{medium.id}/denoised-{stream['index']}.flac" for stream in medium.info["streams"]
    ]
    return Denoised(source=paths[0], streams=paths)


def _separated(medium: Medium) -> Separated:
    streams = medium.info["streams"]
    paths = [f"/media/{medium.id}/speech-{stream['index']}.flac" for stream in streams]
    drops = [s["pause_drop_db"] for s in streams if s["pause_drop_db"] is not None]
    speech = Speech(
        source=paths[0],
        streams=paths,
        strength=medium.info["strength"],
        music=united(interval for stream in streams for interval in stream["music"]),
    )
    return Separated(speech, min(drops, default=None))


def _stem(filename: str) -> str:
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return name.rpartition(".")[0] or name
