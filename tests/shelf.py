"""Phrases carried out on drafts at hand, and the drafts that they give written in a line.

How a draft is written: the storyline as `a5-60`, the clip's letter and the seconds of its source,
with what is not as always in brackets; after semicolons texts (T), laid music (M), overlays (O),
and what is set for the whole. After "+" stands what else the answer speaks of.
"""

import asyncio

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.drafts import Clip, Denoised, Music, Speech
from cogwidgets.engine.agent.edits import CannotDo
from cogwidgets.engine.agent.edits.base import Separated
from cogwidgets.engine.agent.edits.clips import segment_of
from cogwidgets.engine.agent.edits.texts import placed
from cogwidgets.engine.agent.talk import Talk


def medium(letter, filename, seconds, width=1920, height=1080):
    return Clip(
        source=f"/media/{letter}/{filename}",
        name=filename.rpartition(".")[0],
        duration=1000 * seconds,
        width=width,
        height=height,
        fps=30.0 if seconds else None,
        filename=filename,
        still=not seconds,
    )


VLOG, BEACH = medium("a", "vlog.mp4", 60), medium("b", "beach.mp4", 20)
PHOTOS = [medium("p", "photo1.jpg", 0), medium("q", "photo2.jpg", 0, 1080, 1920)]
LOGO = medium("l", "logo.png", 0, 400, 400)
CALM = Music(source="/media/m/calm.opus", name="Calm 1", mood="calm")


class Shelf:
    """The workshop's port with its results at hand: only the media work is left out."""

    def __init__(self, pictures):
        self._pictures = pictures
        self.past = []  # the drafts before each edit

    def sound_clip(self):
        return None

    def audio_length(self, name):
        return 30_000 if name in {None, "song.mp3"} else None

    def pictures(self):
        return self._pictures

    def undoable(self):
        return len(self.past)

    def version(self, steps):
        if steps is None:
            return self.past[0] if self.past else None
        if not 0 < steps <= len(self.past):
            return None
        draft = self.past[-steps]
        del self.past[-steps:]
        return draft

    async def separate(self, _, strength, __):
        speech = Speech(source="s", streams=["s"], strength=strength, music=[[0, 60_000]])
        return Separated(speech, 40.0)

    async def silences(self, *_):
        return [[9850, 20_150]]

    async def denoise(self, *_):
        return Denoised(source="d", streams=["d"])

    async def thumbnail(self, *_):
        return "/media/t/thumbnail.jpg"

    async def track(self, mood, **_):
        return Music(source="/media/m/t.opus", name=f"{mood} 1", mood=mood)

    async def own_track(self, name):
        name = (name or "song.mp3").rpartition(".")[0]
        return Music(source="/media/s/song.mp3", name=name, mood=None)


def _one():
    return drafts.with_clip({}, VLOG, title="vlog"), [VLOG, BEACH, *PHOTOS, LOGO]


def _two():
    draft = timeline.inserted(_one()[0], [segment_of(BEACH, 0)], 60_000)
    details = {"text": "Hello", "role": "title", "position": "center"}
    return drafts.with_music(placed(draft, 0, 3000, details), CALM), [VLOG, BEACH, *PHOTOS, LOGO]


def _photos():
    return {}, [*PHOTOS, LOGO]


BASES = {"one": _one, "two": _two, "photos": _photos}


def outcome(phrase, base):
    """What a phrase makes of a base, or of a draft and uploads; "||" parts the messages of a talk.

    The draft before and after, and what else is said.
    """
    before, pictures = BASES[base]() if isinstance(base, str) else base
    shelf, talk, draft = Shelf(pictures), Talk(), before
    for message in phrase.split(" || "):
        draft, said = _sent(message, draft, shelf, talk)
    return before, draft, said


def carried(phrase, base="one"):
    """The draft that messages make of a base."""
    return outcome(phrase, base)[1]


def _sent(message, draft, shelf, talk):
    files = ["song.mp3"]
    asked = talk.understood(message, draft, files=files, pictures=shelf.pictures())
    said, done, refused = list(asked.absent), [], []
    begun, before = len(shelf.past), draft
    for edit in asked.edits:
        try:
            new = asyncio.run(edit.carry_out(draft, shelf, lambda _: None)).draft
        except CannotDo as error:
            said.append(
                {"which_part": "ask", "how_much": "ask", "where_to_split": "ask"}.get(
                    error.key, error.key
                )
            )
            refused.append(error.key)
        else:
            done.append(edit)
            if edit.tool not in {"undo", "start_over"} and new != draft:
                shelf.past.append(draft)
            draft = new
    talk.remember(message, asked, done, refused, before=before, after=draft)
    gathered = bool(done) and getattr(done[0], "first", False)
    del shelf.past[begun + 1 + gathered :]  # a message is one version
    said += ["export"] * asked.export
    said += [{"what": "ask"}.get(asked.question, asked.question)] if asked.question else []
    if asked.not_done and not asked.absent:
        said.append("left")
    if not (asked.edits or said or asked.declined):
        said.append("not_understood")
    return draft, said


def written(before, after):
    return "=" if after == before else "; ".join(_lines(before, after))


def _lines(before, after):
    main = timeline.main(after)
    yield " ".join(_segment(s) for s in main["sg"])
    for track in after["t"]:
        if track is main:
            continue
        for segment in track["sg"]:
            yield _layer(track["tt"], segment)
    one, two = before.get("m", {}), after["m"]
    if (before and one.get("width") != two["width"]) or one.get("height") != two["height"]:
        if before:
            fit = two.get("fit", "fit")  # the default is not written
            yield f"{two['width']}x{two['height']}" + (f" {fit}" if fit != "fit" else "")
    elif "fit" in two:
        yield two["fit"]
    for key, value in two.get("output", {}).items():
        yield f"{key}={value}"
    if "loudness" in two:
        yield f"loudness={two['loudness']:g}"
    if "thumbnail" in two:
        yield f"thumbnail={_s(two['thumbnail']['at'])}"


def _s(ms):
    return f"{ms / 1000:g}"


def _segment(segment):
    details = segment["m"]
    start, end = (
        (0, segment["d"]) if details.get("still") else drafts.in_source(segment, 0, segment["d"])
    )
    marks = list(_marks(details))
    letter = details["source"].split("/")[2]
    return f"{letter}{_s(start)}-{_s(end)}" + (f"({','.join(marks)})" if marks else "")


def _marks(details):  # noqa: C901 - a line a key
    for key in ("still", "denoised", "speech"):
        if details.get(key):
            more = details[key] if key == "speech" else {}
            only, level = more.get("only"), more.get("music_level")
            beside = f"+music:{level:g}" if level else ""
            yield key + ("@" + "+".join(f"{_s(a)}-{_s(b)}" for a, b in only) if only else beside)
    for key in ("motion", "speed", "reverse", "volume", "mute", "zoom", "rotate", "flip"):
        if details.get(key, {"speed": 1, "volume": 1}.get(key)) not in (None, 1):
            yield (
                f"{key}={details[key]:g}"
                if key in {"speed", "volume", "zoom"}
                else (f"{key}={details[key]}")
            )
        elif details.get(key) is True:
            yield f"{key}=True"
    for key in ("fade_in", "fade_out", "picture_fade_in", "picture_fade_out"):
        if key in details:
            yield f"{key}={_s(details[key])}"
    if "crop" in details:
        yield "crop=" + ",".join(f"{details['crop'][k]:g}" for k in "xywh")
    if "effects" in details:
        yield "effects=" + " ".join(map(_effect, details["effects"]))
    if "transition" in details:
        yield f"transition={details['transition']['kind']}:{_s(details['transition']['d'])}"


def _effect(effect):
    value = effect.get("name", effect.get("amount"))
    bare = effect["kind"] in {"grayscale", "sepia"} and value == 1
    when = f"@{_s(effect['from'])}-{_s(effect['to'])}" if "from" in effect else ""
    return (
        effect["kind"]
        + ("" if bare else f":{value if isinstance(value, str) else f'{value:g}'}")
        + when
    )


def _layer(kind, segment):
    details = segment["m"]
    when = f"{_s(details['start'])}-{_s(details['start'] + segment['d'])}"
    keys = {
        k: v
        for k, v in details.items()
        if k in {"volume", "size", "color", "bold", "background", "opacity", "mute"}
    }
    keys |= {k: v / 1000 for k, v in details.items() if k in {"fade_in", "fade_out"} and kind == 7}
    if kind == 1:
        keys |= {k: v / 1000 for k, v in details.items() if k == "fade_out" and v != 2000}
        keys |= {"duck": False} if not details.get("duck") else {}
        keys = {k: v for k, v in keys.items() if (k, v) != ("volume", 1)}
    keys = {k: v for k, v in keys.items() if kind != 0 or k in {"opacity", "mute"}}
    order = [
        "volume",
        "size",
        "color",
        "bold",
        "background",
        "fade_in",
        "fade_out",
        "opacity",
        "duck",
        "mute",
    ]
    more = ",".join(
        f"{k}={keys[k]:g}" if isinstance(keys[k], float) else f"{k}={keys[k]}"
        for k in order
        if k in keys
    )
    more = f" {more}" if more else ""
    if kind == 7:
        role = " caption" if details.get("role") == "caption" else ""
        return f'T"{details["text"]}" {when} {details["position"]}{role}{more}'
    if kind == 1:
        return f"M {details['mood'] or details['name']} {when}{more}"
    place = details["place"]
    return f"O {details['name']} {when} {place['x']:g},{place['y']:g},{place['w']:g}{more}"
