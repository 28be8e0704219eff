"""The preview: before and after in one player, with one switch that keeps the position.

Before is the sources as they came, cut as the draft cuts them; after is a quick render of the
draft. Both are played from where they lie, by Range requests; what the browser cannot reach is
sent to it when it is small, and never put into the notebook.
"""

from __future__ import annotations

import contextlib
import html
import io
from typing import TYPE_CHECKING, Any, Literal

import traitlets

from cogwidgets.api import CogError, Stopped
from cogwidgets.api.wire import fields, items, number
from cogwidgets.draft import Draft, Layout
from cogwidgets.draft.lanes import HUES, loud
from cogwidgets.draft.layout import Clip
from cogwidgets.widgets.base import static
from cogwidgets.widgets.following import Following

if TYPE_CHECKING:
    from cogwidgets.client import Proxy, Session
    from cogwidgets.draft import Sketch
    from cogwidgets.widgets.work import Work

__all__ = ["Preview"]

SENT_AT_MOST = 2_000_000  # bytes that go to a browser that cannot reach them
_BARS = 300  # of a waveform
_MOST_PIECES = 500

Which = Literal["before", "after"]


class Preview(Following):
    """Play a session's video before and after, at one position, with what is heard drawn below.

    ``playhead`` is the position in seconds; setting it seeks. A quick render is made when the view
    is looked at and the draft has none yet.

    >>> from cogwidgets.connection import connect
    >>> Preview(connect().session("vlog"))  # doctest: +SKIP
    """

    _esm, _css = static("preview")

    playhead = traitlets.Float(0.0, help="seconds on the timeline")
    shape = traitlets.Dict(help="length, and the pieces of the sources").tag(sync=True)
    after = traitlets.Dict(help="state, fraction and URL of the quick render").tag(sync=True)
    waves = traitlets.Dict(help="what is heard, before and after").tag(sync=True)
    seek = traitlets.Dict(help="where Python wants the playhead").tag(sync=True)

    def __init__(self, session: Session, **options: Any) -> None:
        super().__init__(session, **options)
        self._draft = Draft(None)
        self._layout = Layout(self._draft)
        self._version = 0
        self._making: Work | None = None
        self._heard_from_player = False
        self.start()

    def refresh(self) -> None:
        """Show the newest draft that the session has read; asks nothing of the service."""
        draft = self.newest
        if self._version and draft == self._draft:
            return
        self._version += 1
        self._draft, self._layout = draft, Layout(draft)
        if self._making is not None and self._making.running:
            self.session.client.stop(self._making.thread)
        with self.hold_sync():
            self.waves = {}
            # Another's machine renders when it is asked to, this one when somebody looks.
            state = "none" if self.session.client.api.here else "offered"
            self.after = {"state": state, "version": self._version}
            self.shape = {
                "version": self._version,
                "duration": self._layout.duration,
                "picture": any(lane.pictures for lane in self._layout.lanes),
                "pieces": [self._piece(clip) for clip in self._main()],
            }

    # -- what a person does ------------------------------------------------------------------

    def _do_show(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Make what is to be looked at, now that somebody looks."""
        version = self._version
        waits = self.after.get("state") in {"none", "offered"}
        if message.get("version") == version and waits:
            self.after = {"state": "making", "fraction": 0.0, "version": version}
            self._making = self.work("rendering a preview", lambda: self._make(version))

    def _do_retry(self, message: dict[str, Any], buffers: list[memoryview]) -> None:
        """Try a preview again that has failed."""
        self.after = {"state": "none", "version": self._version}
        self._do_show({**message, "version": self._version}, buffers)

    def _do_time(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Hear from the player where it is."""
        at = number(message.get("at"))
        if at is not None:
            self._heard_from_player = True
            try:
                self.playhead = max(0.0, at)
            finally:
                self._heard_from_player = False

    def _do_fetch(self, message: dict[str, Any], buffers: list[memoryview]) -> None:  # noqa: ARG002
        """Send a file that the browser cannot reach, where it is small."""
        url = message.get("url")
        known = {self.after.get("url"), *(piece["url"] for piece in self.shape.get("pieces", ()))}
        if isinstance(url, str) and url in known:
            self.work("sending a video", lambda: self._send_file(url))

    # -- what comes of it --------------------------------------------------------------------

    def _make(self, version: int) -> None:
        """Draw what is heard before, render, and draw what is heard after."""
        session = self.session

        def show(step: str, fraction: float) -> None:  # noqa: ARG001
            if version == self._version and self.after.get("state") == "making":
                self.after = {**self.after, "fraction": fraction}

        with session.client.listening(show=show):
            self._draw(version)
            try:
                proxy = session.preview()
            except Stopped:
                return  # the draft is another one by now
            except CogError as error:
                if version == self._version:
                    said = {"message": error.message, "hint": error.hint}
                    self.after = {"state": "failed", "version": version, **said}
                return
            if version != self._version:
                return
            self.after = {"state": "ready", "version": version, "url": proxy.url}
            self.did("session.preview()")
            self._draw(version, proxy)

    def _draw(self, version: int, proxy: Proxy | None = None) -> None:
        """Send the waveforms, those of the sources first: they are there sooner."""
        clips = self._main()
        before = {clip.row: self._sketch(clip.was or clip.sound) for clip in clips}
        voice = {clip.row: self._sketch(clip.sound) for clip in clips if clip.was}
        pictured = self._sketch(clips[0].picture) if clips else None
        after = self._sketch(proxy) if proxy is not None else None
        waves = {
            "version": version,
            "poster": pictured.poster if pictured else "",
            "before": self._peaks(clips, before),
            "voice": self._peaks([clip for clip in clips if clip.was], voice),
            "spectra": [_spectrum(clip, before[clip.row]) for clip in clips if before[clip.row]],
            "music": [list(span) for clip in clips for span in clip.removed],
            "drop": self._drop() if voice and proxy is not None else None,
            "laid": next((c.label for c in self._layout.clips if c.hue == "music"), ""),
        }
        if after is not None:
            length = self._layout.duration
            waves["after"] = after.between(0, length, _BARS)
            waves["spectrum"] = {"image": after.spectrogram, "share": length / after.duration}
        if version == self._version:
            self.waves = waves

    def _sketch(self, source: str | Proxy) -> Sketch | None:
        with contextlib.suppress(CogError):  # it is shown without
            return self.session.sketch(source) if source else None
        return None

    def _peaks(self, clips: list[Clip], sketches: dict[int, Sketch | None]) -> list[int]:
        """Lay the peaks of the sources along the timeline."""
        length = self._layout.duration
        found = [0] * _BARS
        for clip in clips:
            sketch = sketches.get(clip.row)
            if sketch is None or not sketch.peaks or not length:
                continue
            first = round(clip.start / length * _BARS)
            count = max(1, round(clip.end / length * _BARS) - first)
            heard = sketch.between(
                clip.at, clip.at + (clip.end - clip.start) * clip.speed, count
            )  # fmt: skip
            found[first : first + count] = heard[:: -1 if clip.reverse else 1]
        return found[:_BARS]

    def _drop(self) -> float | None:
        """Tell by how many dB the pauses are quieter, as the engine estimates it."""
        drops = [
            drop
            for analysis in self.session.read_state().video_analyses
            for stream in items(fields(analysis).get("streams"))
            if (drop := number(fields(stream).get("pause_drop_db"))) is not None
        ]
        return drops[-1] if drops else None

    def _main(self) -> list[Clip]:
        """Return the clips of the main track: what the video is made of."""
        layout = self._layout
        kinds = [lane for lane in layout.lanes if lane.pictures] or [
            lane for lane in layout.lanes if lane.kind == "audio"
        ]
        if not kinds:
            return []
        return [clip for clip in layout.clips if clip.track == kinds[0].index][:_MOST_PIECES]

    def _piece(self, clip: Clip) -> dict[str, Any]:
        source = clip.picture or clip.sound
        told = self.session.medium(source) if source else {}
        url = told.get("cdn_url") or source
        return {
            "start": clip.start,
            "end": clip.end,
            "url": url if url.startswith(("http://", "https://")) else "",
            "at": clip.at,
            "speed": clip.speed,
            "still": told.get("file_type") == "image",
        }

    def _send_file(self, url: str) -> None:
        file = _Small()
        try:
            self.session.client.api.download(url, file)
        except (_TooLargeError, CogError):
            self.send({"unreachable": url})
        else:
            self.send({"file": url}, [file.getvalue()])

    @traitlets.observe("playhead")
    def _move(self, change: Any) -> None:
        if not self._heard_from_player:
            self.seek = {"at": change.new, "n": self.seek.get("n", 0) + 1}

    # -- where no widget is shown ------------------------------------------------------------

    def html(self) -> str:
        """Return the poster and what is heard before and after, as far as they are known."""
        poster = self.waves.get("poster")
        picture = f'<img src="{poster}" alt="" style="max-width:320px;display:block">'
        heard = "".join(
            f"<p>{said}</p>{_wave(self.waves[name], hue)}"
            for name, said, hue in (("before", "Before", "music"), ("after", "After", "audio"))
            if any(self.waves.get(name, ()))
        )
        said = html.escape(repr(self._draft))
        return f"{picture if poster else ''}{heard}<p>Preview of {said}</p>"

    def __repr__(self) -> str:
        return f"<Preview of {self.session!r}>"


def _spectrum(clip: Clip, sketch: Sketch | None) -> dict[str, Any]:
    """Say which part of a source's spectrogram stands where."""
    length = sketch.duration if sketch else 0.0
    return {
        "start": clip.start,
        "end": clip.end,
        "image": sketch.spectrogram if sketch else "",
        "from": clip.at / length if length else 0.0,
        "share": (clip.end - clip.start) * clip.speed / length if length else 1.0,
    }


def _wave(peaks: list[int], hue: str) -> str:
    """Draw peaks as bars, in a hue that reads on white and on black."""
    bars = "".join(
        f"M{n * 2 + 1} {30 - tall:.1f}v{2 * tall:.1f}"
        for n, peak in enumerate(peaks)
        if (tall := max(0.5, 28 * loud(peak)))
    )
    return (
        f'<svg viewBox="0 0 {2 * len(peaks)} 60" style="display:block;width:100%;max-width:600px" '
        f'aria-hidden="true"><path d="{bars}" stroke="{HUES[hue]}" stroke-width="1.5"/></svg>'
    )


class _TooLargeError(Exception):
    """More bytes than a browser is sent."""


class _Small(io.BytesIO):
    """A file in memory that ends a download which is too large for it."""

    def write(self, data: Any, /) -> int:
        if self.tell() + len(data) > SENT_AT_MOST:
            raise _TooLargeError
        return super().write(data)
