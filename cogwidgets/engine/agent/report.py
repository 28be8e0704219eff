"""Report: questions about how the video stands now, each answered with the very thing asked.

"How loud is it now?" is answered with levels, 顺序 with the order of the clips, "what did you
change?" with what was done. Nothing here changes a draft.
"""

# ruff: noqa: RUF001 - a pattern a line; Chinese messages have Chinese punctuation

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cogwidgets.draft import clock
from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.answer import effect_in_words, say, value_in_words
from cogwidgets.engine.agent.edits.style import SIZE
from cogwidgets.engine.agent.gather import waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cogwidgets.engine.agent.drafts import Clip, Draft
    from cogwidgets.engine.agent.understand import Language

__all__ = ["Done", "report"]


@dataclass(frozen=True)
class Done:
    """An edit that was made: its tool, and what was told of it.

    ``before`` is how long the video was before its message, in ms, where that is known, ``last``
    tells that the last message has made it.
    """

    tool: str
    told: str
    before: int | None = None
    last: bool = False


def report(
    kind: str,
    draft: Draft,
    language: Language,
    *,
    done: Sequence[Done] = (),
    pictures: Sequence[Clip] = (),
) -> str:
    """Answer a question about a draft.

    Parameters
    ----------
    kind
        What is asked, as `stating.stated` names it; several with commas between.
    done
        What was done, oldest first.
    pictures
        The session's videos and images, some of them perhaps not on the timeline.

    Examples
    --------
    >>> report("changed", {}, "en")
    'Nothing was changed so far.'

    """
    if "," in kind:
        told = (report(k, draft, language, done=done, pictures=pictures) for k in kind.split(","))
        return _sentences(dict.fromkeys(told), language)
    if kind in {"changed", "last"}:
        recent = [one for one in done if one.last] or done[-1:]
        return _changes(recent if kind == "last" else done, language)
    if kind == "cut":
        return _lost(draft, done, language)
    if not drafts.clips(draft):
        parts = [say("said", "state_empty", language), *_uploaded(draft, pictures, language)]
        return _sentences(parts, language)
    if kind == "order":
        return _sentences(
            [_order(draft, language), *_uploaded(draft, pictures, language)], language
        )
    return _sentences(_ANSWERS[kind](draft, language), language)


def _sentences(parts: Iterable[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(parts)


def _listed(parts: Iterable[str], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(parts)


def _changes(done: Sequence[Done], language: Language) -> str:
    told = [one.told for one in done if one.told]
    if not told:
        return say("state", "unchanged", language)
    return say("state", "done", language, told=_sentences(told, language))


_CUTTING = {"cut", "keep", "remove_silences"}


def _lost(draft: Draft, done: Sequence[Done], language: Language) -> str:
    """Tell what the last cuts have taken out, and by how much the video has become shorter."""
    cuts = [one for one in done if one.tool in _CUTTING]
    if not cuts:
        return say("state", "uncut", language)
    now = timeline.length(draft)
    before = next((one.before for one in cuts if one.before), None)
    parts = [cuts[-1].told]
    if before is not None and before > now:
        figures = {"before": clock(before / 1000), "now": clock(now / 1000)}
        shorter = f"{(before - now) / 1000:.3g}"
        parts.append(say("state", "shorter", language, seconds=shorter, **figures))
    return _sentences(filter(None, parts), language)


def _uploaded(draft: Draft, pictures: Sequence[Clip], language: Language) -> list[str]:
    """Name what lies ready and is not on the timeline."""
    there = {segment["m"].get("source") for segment in drafts.segments(draft, drafts.VIDEO)}
    stills = [c for c in pictures if c.get("still", False) and c["source"] not in there]
    names = [clip["name"] for clip in (*waiting(draft, pictures), *stills)]
    joined = ("、" if language == "zh" else ", ").join(names)
    return [say("state", "waiting", language, names=joined)] if names else []


def _pieces(draft: Draft) -> list[tuple[dict[str, Any], str]]:
    """Give the details of each clip of the storyline with where it is shown."""
    main = timeline.main(draft)
    track = main["sg"] if main else drafts.clips(draft)
    found, at = [], 0
    for segment in track:
        end = at + segment["d"]
        found.append((segment["m"], f"{clock(at / 1000)}–{clock(end / 1000)}"))
        at = end
    return found


def _order(draft: Draft, language: Language) -> str:
    clips = _listed(
        (f"{n}. {m.get('name', '')} ({span})" for n, (m, span) in enumerate(_pieces(draft), 1)),
        language,
    )
    return say("state", "order", language, clips=clips)


def _of_clips(draft: Draft, language: Language, told: Callable[[dict[str, Any]], str]) -> str:
    """Tell one thing of all clips where it is the same, and of each where it is not."""
    pieces = [(told(details), details.get("name", ""), span) for details, span in _pieces(draft)]
    if len({one for one, _, _ in pieces}) == 1:
        return pieces[0][0]
    return _listed((f"{name} {span}: {one}" for one, name, span in pieces), language)


def _levels(draft: Draft, language: Language) -> list[str]:
    def told(details: dict[str, Any]) -> str:
        if details.get("mute"):
            return say("state", "muted", language)
        percent = f"{details.get('volume', 1.0):.0%}"
        speech = details.get("speech")
        if speech is None:
            return say("state", "volume", language, percent=percent)
        music = f"{speech.get('music_level', 0.0) * details.get('volume', 1.0):.0%}"
        return say("state", "volume_music", language, percent=percent, music=music)

    parts = [say("state", "sound", language, told=_of_clips(draft, language, told))]
    parts += [
        say(
            "state",
            "laid_volume",
            language,
            name=s["m"]["name"],
            percent=f"{s['m'].get('volume', 1.0):.0%}",
        )
        for s in drafts.music_segments(draft)
    ]
    if loudness := draft.get("m", {}).get("loudness"):
        parts.append(say("done", "normalised", language, loudness=f"{loudness:g}"))
    return parts


def _speeds(draft: Draft, language: Language) -> list[str]:
    def told(details: dict[str, Any]) -> str:
        speed = details.get("speed", 1.0)
        key = "speed" if speed != 1 else "normal_speed"
        backwards = say("state", "backwards", language) if details.get("reverse") else ""
        return say("state", key, language, factor=f"{speed:.3g}") + backwards

    return [say("state", "plays", language, told=_of_clips(draft, language, told))]


def _size(draft: Draft, language: Language) -> list[str]:
    details = draft.get("m", {})
    fps = f", {details['fps']:g} fps" if details.get("fps") else ""
    size = {key: details.get(key) for key in ("width", "height")}
    fit = value_in_words(details["fit"], language) if "fit" in details else ""
    return [say("state", "canvas", language, fps=fps, fit=fit, **size)]


def _music(draft: Draft, language: Language) -> list[str]:
    parts = []
    for segment in drafts.music_segments(draft):
        details = segment["m"]
        start = details.get("start", 0)
        mood = details.get("mood")
        figures = {
            "name": details["name"],
            "mood": say("done", "mood", language, mood=value_in_words(mood, language))
            if mood
            else "",
            "span": f"{clock(start / 1000)}–{clock((start + segment['d']) / 1000)}",
            "percent": f"{details.get('volume', 1.0):.0%}",
        }
        parts.append(say("state", "laid", language, **figures))
    clips = drafts.clips(draft)
    for name, gone in dict.fromkeys((c["m"].get("name", ""), "speech" in c["m"]) for c in clips):
        parts.append(say("said", "state_clean" if gone else "state_own", language, name=name))
    if not drafts.music_segments(draft):
        parts.append(say("state", "nothing_laid", language))
    return parts


def _texts(draft: Draft, language: Language) -> list[str]:
    parts = []
    for segment in drafts.segments(draft, drafts.TEXT):
        details = segment["m"]
        start = details.get("start", 0)
        more = [value_in_words(details.get("position", "center"), language)]
        size = f"{details.get('size', SIZE):.0%}"
        more.append(say("state", "text_size", language, size=size))
        if "color" in details:
            more.append(value_in_words(details["color"], language))
        span = f"{clock(start / 1000)}–{clock((start + segment['d']) / 1000)}"
        how = ("、" if language == "zh" else ", ").join(more)
        parts.append(
            say("state", "text", language, text=details.get("text", ""), span=span, how=how)
        )
    return parts or [say("state", "no_text", language)]


def _effects(draft: Draft, language: Language) -> list[str]:
    def told(details: dict[str, Any]) -> str:
        words = [
            effect_in_words(one["kind"], one.get("name", one.get("amount", 1.0)), language)
            + (f" ({clock(one['from'] / 1000)}–{clock(one['to'] / 1000)})" if "from" in one else "")
            for one in details.get("effects", ())
        ]
        words += [
            say("state", key, language, value=details[key])
            for key in ("flip", "rotate", "zoom", "crop")
            if details.get(key)
        ]
        return ("、" if language == "zh" else ", ").join(words) or say(
            "state", "as_recorded", language
        )

    return [say("state", "looks", language, told=_of_clips(draft, language, told))]


def _places(draft: Draft, language: Language) -> list[str]:
    main = timeline.main(draft)
    laid = [t for t in draft.get("t", ()) if t.get("tt") == drafts.VIDEO and t is not main]
    parts = []
    for segment in (segment for track in laid for segment in track["sg"]):
        place, start = segment["m"].get("place", {}), segment["m"].get("start", 0)
        rows = ("top", "", "bottom")[min(int(place.get("y", 0.5) * 3), 2)]
        sides = ("left", "", "right")[min(int(place.get("x", 0.5) * 3), 2)]
        figures = {
            "name": segment["m"].get("name", ""),
            "place": value_in_words("_".join(filter(None, (rows, sides))) or "center", language),
            "span": f"{clock(start / 1000)}–{clock((start + segment['d']) / 1000)}",
        }
        parts.append(say("state", "lies", language, **figures))
    texts = any(True for _ in drafts.segments(draft, drafts.TEXT))
    return [*parts, *_texts(draft, language)] if texts or not parts else parts


def _joints(draft: Draft, language: Language) -> list[str]:
    joints = [m["transition"] for m, _ in _pieces(draft) if "transition" in m]
    words = (f"{value_in_words(one['kind'], language)} {one['d'] / 1000:g} s" for one in joints)
    told = _listed(words, language)
    return [
        say("state", "joints", language, told=told)
        if joints
        else say("state", "no_joints", language)
    ]


def _length(draft: Draft, language: Language) -> list[str]:
    total = clock(timeline.length(draft) / 1000)
    return [say("said", "state_length", language, total=total, count=len(timeline.laid(draft)))]


_ANSWERS: dict[str, Callable[[Draft, Language], list[str]]] = {
    "level": _levels,
    "speed": _speeds,
    "size": _size,
    "music": _music,
    "text": _texts,
    "effects": _effects,
    "place": _places,
    "transitions": _joints,
    "length": _length,
}
