"""The render job: a draft in, a finished file out."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from cogwidgets.engine.media.canvas import canvas_of, first_picture, scaled, shows_itself
from cogwidgets.engine.media.check import Defect
from cogwidgets.engine.media.containers import FORMATS, described
from cogwidgets.engine.media.effects import known
from cogwidgets.engine.media.encoder import PREVIEW, QUALITIES, Encoding
from cogwidgets.engine.media.errors import MediaError, writing
from cogwidgets.engine.media.facts import look_at
from cogwidgets.engine.media.file import Request, write_file
from cogwidgets.engine.media.gif import gif_canvas
from cogwidgets.engine.media.pictures import NotCopyableError
from cogwidgets.engine.media.planning import read_plan
from cogwidgets.engine.media.probe import lengths
from cogwidgets.engine.media.seams import seamless
from cogwidgets.engine.media.titles import missing_glyphs
from cogwidgets.engine.media.tonemap import HDR

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogwidgets.engine.media.containers import Format
    from cogwidgets.engine.media.file import Made
    from cogwidgets.engine.media.plan import Timeline

__all__ = ["Output", "RenderJob", "RenderResult", "render"]

_PREVIEW = 960, 540
# What every browser decodes; HEVC and ten bits are a matter of luck.
_SHOWN = {"h264", "vp8", "vp9"}
_EIGHT_BITS = {"yuv420p", "yuvj420p"}
_TRIES = 4
# What containers add to their streams, and how even an encoder keeps its rate.
_OVERHEAD = 0.96
# Under so many bits for a pixel H.264 falls to blocks: fewer pixels look better.
_BITS_A_PIXEL = 0.04
_SMALLEST = 240
_LEAST_RATE = 24_000


class Output(TypedDict):
    """Name the output's format; `quality` is "high", "medium", "low" or "preview", 540 lines.

    `size` is the most bytes that it may have.
    """

    format: str
    quality: NotRequired[str]
    size: NotRequired[int | None]


class RenderJob(TypedDict):
    """Carry a draft, where its sources lie, and where the render goes."""

    draft: dict[str, Any]
    media: dict[str, str]
    output: Output
    target: str


class RenderResult(TypedDict):
    """Describe the render: seconds, pixels as stored, bytes, LUFS; `notes` tell what was lost.

    `copied_video` says whether pictures were copied, `encoded_seconds` how many were not.
    """

    duration: float
    width: int | None
    height: int | None
    size: int
    copied_video: bool
    encoded_seconds: float
    loudness: float | None
    notes: list[str]


def render(job: RenderJob, progress: Callable[[float], None]) -> RenderResult:
    """Render a draft into `target`, through `target`.part, which is checked and then renamed.

    At high quality, pictures that no edit touches are copied packet by packet, and in a preview
    those of a clip that shows its source as it is; the others are encoded, all of them when the
    output's container, its quality or its size ask for it. Raises
    `MediaError`: "unreadable", "unsupported", "no_audio", "disk_full", "not_writable", "internal".
    """
    try:
        timeline = read_plan(job["draft"], job["media"])
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise MediaError(
            "unsupported",
            "The draft is not one that this engine can read; send it as the state gives it.",
        ) from error
    target = Path(job["target"])
    output = _wanted(job["output"], timeline)
    form, quality = _form(output)
    sources = [source for source in timeline.sources() if source.exists()]
    if target.exists() and any(target.samefile(source) for source in sources):
        raise MediaError(
            "not_writable", f"{target.name} would overwrite its source; choose another name."
        )
    request = _request(timeline, form, quality)
    size = output.get("size")
    part = target.with_name(target.name + ".part")
    try:
        with writing(target):
            made = (
                _within_size(request, int(size), part, progress)
                if size
                else _somehow(request, part, progress)
            )
            part.replace(target)
    except (NotCopyableError, Defect) as error:
        raise MediaError(
            "internal", f"The render of {target.name} came out damaged ({error}); please report it."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return _result(timeline, made, target, int(size) if size else None)


def _wanted(output: Output, timeline: Timeline) -> Output:
    """Fill in what the draft asks of an export, where the request is the usual one."""
    wanted = output.copy()
    asked = timeline.output
    if output.get("quality", "high") == "high" and asked.get("quality") in QUALITIES:
        wanted["quality"] = asked["quality"]
    if not output.get("size") and asked.get("format", output["format"]) == output["format"]:
        wanted["size"] = asked.get("size")
    return wanted


def _form(output: Output) -> tuple[Format, str]:
    form, quality = FORMATS.get(output["format"]), output.get("quality", "high")
    if form is None:
        raise MediaError(
            "unsupported",
            f"There is no output format {output['format']!r}; use {', '.join(FORMATS)}.",
        )
    if quality not in QUALITIES:
        raise MediaError(
            "unsupported", f"There is no quality {quality!r}; use {', '.join(QUALITIES)}."
        )
    return form, quality


def _request(timeline: Timeline, form: Format, quality: str) -> Request:
    """Say what file to write, before it is known what of it can be copied."""
    first = first_picture(timeline)
    canvas = canvas_of(timeline, first=first)
    whole = False
    primary = (*timeline.clips, *timeline.sounds)[:1]
    if primary and not primary[0].still:
        path = primary[0].source
        length = lengths(described(path), path)[1]
        whole = shows_itself(seamless(timeline), first, length)
    # Nothing is as quick as a picture that can be copied, if browsers show it.
    ready = whole and (first is None or (first.codec in _SHOWN and first.pixels in _EIGHT_BITS))
    quick = quality == PREVIEW and not ready
    if quick:
        canvas = replace(scaled(canvas, *_PREVIEW), fast=True)
    if form.picture == "gif":
        canvas = gif_canvas(canvas)
    shown = first is not None or bool(timeline.texts)
    if not form.sound and not shown:
        raise MediaError(
            "unsupported", "This draft has nothing to show, so it makes no GIF; export its sound."
        )
    return Request(
        timeline=timeline,
        form=form,
        canvas=canvas if shown and form.picture else None,
        encoding=Encoding(form.picture, quality),
        whole=whole,
        copying=quality == "high" or (quality == PREVIEW and ready),
    )


def _somehow(request: Request, part: Path, progress: Callable[[float], None]) -> Made:
    """Copy what can be copied; what the muxer or the check refuses is encoded, or left out."""
    ways = [request, replace(request, copying=False), replace(request, copying=False, others=False)]
    for way in ways[:-1]:
        try:
            return write_file(way, part, progress)
        except (NotCopyableError, Defect):
            continue
    return write_file(ways[-1], part, progress)


def _within_size(
    request: Request, size: int, part: Path, progress: Callable[[float], None]
) -> Made:
    """Find the rates at which the file has at most `size` bytes; the last try stands anyhow."""
    if request.whole and request.copying and _bytes(request.timeline) <= size:
        copied = _somehow(request, part, progress)
        if part.stat().st_size <= size:
            return copied
    seconds = request.timeline.length / 1000
    rate = size * 8 * _OVERHEAD / max(seconds, 0.1)
    made: Made | None = None
    for attempt in range(_TRIES):
        tried = _at_rate(request, rate)
        made = _somehow(tried, part, lambda done, n=attempt: progress((n + done) / (n + 1)))  # type: ignore[misc]
        if part.stat().st_size <= size:
            break
        rate *= size / part.stat().st_size * 0.97
    if made is None:
        raise AssertionError
    return made


def _bytes(timeline: Timeline) -> int:
    return max(clip.source.stat().st_size for clip in timeline.sounding)


def _at_rate(request: Request, rate: float) -> Request:
    """Share out a rate between sound and picture, with no more pixels than it is good for."""
    canvas = request.canvas
    if canvas is None:
        return replace(request, copying=False, others=False, sound_rate=max(8000, round(rate)))
    sound = min(rate * 0.25, 160_000) if request.form.sound else 0.0
    pictures = max(rate - sound, _LEAST_RATE)
    if request.form.picture == "gif":
        # A GIF has no rate: smaller pictures make it smaller.
        factor = min(1.0, (pictures / (canvas.width * canvas.height * canvas.fps)) ** 0.5)
        side = max(64, round(min(canvas.size) * factor))
        return replace(request, canvas=scaled(canvas, canvas.width + canvas.height, side))
    pixels = pictures / (_BITS_A_PIXEL * float(canvas.fps))
    short = min(canvas.size) * min(1.0, (pixels / (canvas.width * canvas.height)) ** 0.5)
    canvas = scaled(canvas, canvas.width + canvas.height, max(_SMALLEST, round(short)))
    return replace(
        request,
        canvas=canvas,
        copying=False,
        sound_rate=max(16_000, round(sound)),
        encoding=replace(request.encoding, bit_rate=round(pictures)),
    )


def _in_hdr(timeline: Timeline) -> str:
    """Name the sources in HDR."""
    clips = (*timeline.clips, *timeline.overlays)
    found = [
        clip.source.name for clip in clips if (f := look_at(clip.source)) and f.space[3] in HDR
    ]
    return ", ".join(dict.fromkeys(found))


def _result(timeline: Timeline, made: Made, target: Path, most: int | None) -> RenderResult:
    size = target.stat().st_size
    notes = [*made.notes]
    effects = [e for clip in timeline.sounding for e in clip.effects if not known(e)]
    names = dict.fromkeys(effect.name or effect.kind for effect in effects)
    if names:
        notes.append(f"Left out, because this engine has no such effect: {', '.join(names)}.")
    missing = "".join(dict.fromkeys("".join(missing_glyphs(t.text) for t in timeline.texts)))
    if missing:
        notes.append(f"Left out, because the font of the titles has no sign for it: {missing}")
    if made.encoded and (bright := _in_hdr(timeline)):
        notes.append(f"The HDR colours of {bright} were brought to what ordinary screens show.")
    if most and size > most:
        notes.append(
            f"The file has {size:,} bytes, more than the {most:,} that were asked for: "
            "it is too long for that; shorten it."
        )
    return {
        "duration": round(made.duration, 6),
        "width": made.size[0],
        "height": made.size[1],
        "size": size,
        "copied_video": made.copied,
        "encoded_seconds": round(made.encoded, 3),
        "loudness": round(made.loudness, 2) if math.isfinite(made.loudness) else None,
        "notes": notes,
    }
