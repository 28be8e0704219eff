"""Edits carried out on real files, and what their renders look and sound like, in a few numbers.

The clips are made for it: waves that move, so that a picture tells its moment and its turn, and a
tone that falls by 3 dB each 100 ms and begins anew every second. `golden.json` holds the numbers
that were looked at and found right; to write it anew after a change that is meant to change them:

    PYTHONPATH=tests .venv/bin/python tests/engine/golden.py
"""

import asyncio
import functools
import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from clips import place, sound
from PIL import Image
from scenes import levels
from shelf import Shelf

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.drafts import Clip, Denoised, Music, Speech
from cogwidgets.engine.agent.edits.base import Separated
from cogwidgets.engine.agent.understand import understand
from cogwidgets.engine.media import music
from cogwidgets.engine.media.render import render
from cogwidgets.engine.worker import run

FILE = Path(__file__).with_name("golden.json")
SIZE, FPS, RATE = (160, 90), 25, 48_000
MOMENTS = (0.02, 0.3, 0.5, 0.7, 0.97)  # of the whole, at which a picture is looked at
QUIET = -55.0  # dB: what is quieter is silence

# A row for each edit: what is said, by messages one after another. "talk" has speech and music.
EDITS = {
    "untouched": "",
    "untouched talk": "",
    "cut": "cut out 0:01-0:02",
    "keep": "keep 0:01-0:02",
    "split": "split at 0:01",
    "lengthen": "cut 0:02-0:03 || make it 1 second longer",
    "move": "move 0:00-0:01 to the end",
    "swap": "add second.mp4 at the end || swap clips 1 and 2",
    "reorder": "add second.mp4 at the end || reverse the order of the clips",
    "like_song": "make the video as long as the song",
    "repeat": "repeat the last 1 second",
    "speed": "speed it up 2x",
    "speed slow": "slow down 0:01-0:02 to 50%",
    "reverse": "reverse it",
    "volume": "set the volume to 30% from 0:01 to 0:02",
    "volume music talk": "turn the music down by 10 dB",
    "volume voice talk": "make the voice louder and the music quieter",
    "mute": "mute 0:01-0:02",
    "mute with music": "add calm music || mute 0:01-0:02",
    "unmute": "mute it || unmute 0:01-0:02",
    "fade": "fade in and out",
    "fade cut": "fade out || trim the last 1 second",
    "fade to white": "fade to white at the end",
    "fade dip": "fade to black at 0:01",
    "duck": "add calm music || stop ducking the music",
    "normalise": "normalize the audio",
    "separate_audio talk": "remove the background music",
    "separate_audio range talk": "remove the background music from 0:00 to 0:01",
    "restore_audio talk": "remove the background music || restore the original sound",
    "add_music": "add happy music at 50%",
    "music_when": "add calm music || the music starts at 0:01",
    "remove_track": "add calm music || remove the music you added",
    "denoise talk": "remove the noise",
    "remove_silences talk": "remove silences longer than 0.6 seconds",
    "add_text": 'add a big title "MMMMMMMM" for 1 second',
    "add_text two": 'add captions "MMMMMMMM" and "WWWWWWWW"',
    "change_text": 'add a title "MMMMMMMM" || make the title red and bigger',
    "remove_text": 'add a title "Hi" || remove the title',
    "canvas": "make it 9:16 with blurred background",
    "effects": "make it black and white",
    "effects range": "make 0:01-0:02 brighter by 50%",
    "clear_effects": "make it sepia || remove the effects",
    "zoom": "zoom in 2x",
    "zoom slow": "slow zoom in",
    "zoom slow cut": "slow zoom in || mute 0:01-0:02",
    "rotate": "rotate it 90 degrees",
    "flip": "flip it horizontally",
    "crop": "crop 30% from the left",
    "transition": "add second.mp4 at the end || add a crossfade between the clips",
    "transition wipe": "add second.mp4 at the end || add a wipe transition between the clips",
    "join": "add second.mp4 at the end",
    "replace_clip": "replace clip 1 with second.mp4",
    "slideshow": "make a slideshow with 1 second each",
    "overlay": "put logo.png in the top left corner",
    "remove_overlay": "put logo.png in the top left corner || remove the logo",
    "output": "convert to gif",
    "output small": "compress it",
    "thumbnail": "use the frame at 0:01 as the thumbnail",
    "reset": "zoom in 2x || reset the zoom",
    "still_length": "add photo.png at the end || 1 second per photo",
    "undo": "rotate it 90 degrees || undo",
    "redo": "rotate it 90 degrees || undo || redo",
    "start_over": "rotate it 90 degrees || mute it || start over",
}
# After these a render is what it was before.
WITHOUT_TRACE = {
    "split", "lengthen", "restore_audio talk", "remove_text", "clear_effects", "remove_overlay",
    "remove_track", "thumbnail", "reset", "undo", "start_over", "output small",
}  # fmt: skip


def waves(seconds, seed):
    """A picture of moving waves: (height, width, 3)."""
    rng = np.random.default_rng(seed)
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width] / width
    image = np.zeros((height, width, 3))
    for _ in range(6):
        across, down, speed = rng.uniform(2, 14), rng.uniform(2, 14), rng.uniform(0.6, 1.6)
        tint = rng.uniform(-0.6, 1, 3)
        wave = np.sin(across * x + down * y + speed * seconds + rng.uniform(0, 6))
        image += wave[..., None] * tint
    return np.clip((150, 105, 85) + 30 * image, 0, 255).astype(np.uint8)


def tone(seconds, seed):
    """A tone that falls by 3 dB each 100 ms and begins anew every second: (samples, 2)."""
    time = np.arange(round(seconds * RATE)) / RATE
    loud = 10 ** (-(9 + 3 * ((time * 10).astype(int) % 10)) / 20)
    wave = loud * np.sin(2 * np.pi * (330 + 110 * seed) * time)
    return np.stack([wave, wave], axis=1)


def talk(seconds):
    """Speech with a pause of a second in the middle, over music: (samples, 2)."""
    speech, under = sound("speech", seconds), sound("music", seconds)
    third = len(speech) // 3
    speech[third : 2 * third] = 0
    mixed = speech + 0.5 * under
    index = np.arange(round(seconds * RATE)) * len(mixed) / (seconds * RATE)
    return mixed[np.minimum(index.astype(int), len(mixed) - 1)]


@functools.cache
def film(name, seconds, seed, *, talking=False):
    """A clip of such waves and such sound; the same arguments give the same file."""
    path = place(name)
    with av.open(str(path), "w") as container:
        # With its macroblock tree x264 makes another file each time, by what lies beside pictures.
        options = {"crf": "12", "g": "25", "x264-params": "mbtree=0"}
        picture = container.add_stream("libx264", rate=FPS, options=options)
        picture.width, picture.height, picture.pix_fmt = *SIZE, "yuv420p"
        voice = container.add_stream("aac", rate=RATE, layout="stereo")
        packets = []
        for number in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(waves(number / FPS, seed), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            packets += picture.encode(frame)
        packets += picture.encode(None)
        samples = (talk(seconds) if talking else tone(seconds, seed)).astype(np.float32).T
        for begin in range(0, samples.shape[1], 1024):
            block = np.ascontiguousarray(samples[:, begin : begin + 1024])
            frame = av.AudioFrame.from_ndarray(block, "fltp", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
            packets += voice.encode(frame)
        packets += voice.encode(None)
        container.start_encoding()
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return path


@functools.cache
def image(name, seed, size=SIZE):
    """A picture of the same waves, at rest."""
    path = place(name)
    Image.fromarray(waves(0.0, seed)).resize(size).save(path)
    return path


def clip_of(path):
    """What the workshop tells of an upload."""
    still = path.suffix == ".png"
    with Image.open(path) if still else av.open(str(path)) as opened:
        width, height = opened.size if still else SIZE
        duration = 0 if still else round(opened.duration / 1000)
    return Clip(
        source=str(path), name=path.stem, duration=duration, width=width, height=height,
        fps=None if still else float(FPS), filename=path.name, still=still,
    )  # fmt: skip


class Desk(Shelf):
    """The workshop's port on files: its work is done in this process, by the engine's own jobs."""

    def __init__(self, paths):
        super().__init__([clip_of(path) for path in paths])
        self.media = {str(path): str(path) for path in paths}
        self.first, self.future = None, []

    def audio_length(self, _):
        return 2000

    def version(self, steps):
        if steps is None:
            return self.first
        return self.future[-1] if steps < 0 else self.past[-steps]

    async def separate(self, source, strength, _):
        streams, folder = self._done("separate", source, strength=strength)
        paths = [self._kept(folder / f"speech-{s['index']}.flac") for s in streams]
        found = [list(span) for s in streams for span in s["music"]]
        return Separated(
            Speech(source=paths[0], streams=paths, strength=strength, music=found), None
        )

    async def silences(self, source, progress):
        return run({"kind": "silences", "source": source}, progress)["silences"]

    async def denoise(self, source, _):
        streams, folder = self._done("denoise", source)
        paths = [self._kept(folder / f"denoised-{s['index']}.flac") for s in streams]
        return Denoised(source=paths[0], streams=paths)

    async def thumbnail(self, source, at):
        folder = place("job").parent
        run({"kind": "still", "source": source, "at": at, "folder": str(folder)}, lambda _: None)
        return self._kept(folder / "thumbnail.jpg")

    async def track(self, mood, **_):
        found = music.choose(mood, "golden")
        return Music(source=self._kept(found.path), name=found.name, mood=mood)

    def _done(self, kind, source, **more):
        folder = place("job").parent
        job = {"kind": kind, "source": source, "folder": str(folder), **more}
        return run(job, lambda _: None)["streams"], folder

    def _kept(self, path):
        self.media[str(path)] = str(path)
        return str(path)


def edited(row):
    """The draft that a row's messages make, and the files that it needs."""
    main = film("main.mp4", 3.0, 1, talking="talk" in row)
    photo, logo = image("photo.png", 3), image("logo.png", 4, (40, 40))
    desk = Desk([main, film("second.mp4", 2.0, 2), photo, logo])
    draft = desk.first = drafts.with_clip({}, clip_of(main), title="golden")
    if row == "slideshow":
        draft = {}
    for message in EDITS[row].split(" || ") if EDITS[row] else ():
        for edit in understand(message, laid=bool(drafts.music_segments(draft))).edits:
            made = asyncio.run(edit.carry_out(draft, desk, lambda _: None))
            if edit.tool == "undo":
                desk.future.append(draft)
                desk.past.pop()
            else:
                desk.past.append(draft)
            draft = made.draft
    return draft, desk.media


def rendered(row):
    """Render a row; the file and its draft."""
    draft, media = edited(row)
    form = draft["m"].get("output", {}).get("format", "mp4")
    target = place(f"out.{form}")
    job = {"draft": draft, "media": media, "target": str(target), "output": {"format": form}}
    render(job, lambda _: None)
    return target, draft


def looked_at(row):
    """Tell a row's size, its length, some of its pictures and all of its levels."""
    target, draft = rendered(row)
    with av.open(str(target)) as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
        seconds = timeline.length(draft) / 1000
    heard = []
    with av.open(str(target)) as container:
        if container.streams.audio:
            blocks = [frame.to_ndarray().T for frame in container.decode(audio=0)]
            heard = levels(np.concatenate(blocks)[: round(seconds * RATE)])
    shown = [frames[min(int(share * len(frames)), len(frames) - 1)] for share in MOMENTS]
    return {
        "size": list(frames[0].shape[1::-1]),
        "seconds": seconds,
        "pictures": [[hashed(picture), colours(picture)] for picture in shown],
        "levels": [max(round(float(level), 1), QUIET) for level in heard],
    }


def hashed(picture):
    """The dHash of a picture: whether each of 8x8 fields is darker than the next, as hex."""
    grey = np.asarray(Image.fromarray(picture).convert("L").resize((9, 8), Image.Resampling.BOX))
    bits = (grey[:, 1:].astype(int) > grey[:, :-1].astype(int)).ravel()
    return f"{int(''.join(map(str, bits.astype(int))), 2):016x}"


def colours(picture):
    """The mean colours of 4x4 fields, which a dHash does not see, as hex."""
    fields = Image.fromarray(picture).resize((4, 4), Image.Resampling.BOX)
    return np.asarray(fields).tobytes().hex()


def differences(one, two):
    """What differs between two such tellings by more than encoders do."""
    told = [key for key in ("size", "seconds") if one[key] != two[key]]
    for number, (left, right) in enumerate(zip(one["pictures"], two["pictures"], strict=True)):
        apart = (int(left[0], 16) ^ int(right[0], 16)).bit_count()
        pairs = zip(bytes.fromhex(left[1]), bytes.fromhex(right[1]), strict=True)
        colour = max(abs(a - b) for a, b in pairs)
        if apart > 6 or colour > 6:
            told.append(f"picture {number}: {apart} of 64 bits, colours by {colour}")
    if len(one["levels"]) != len(two["levels"]):
        return [*told, "the length of the sound"]
    for number, (left, right) in enumerate(zip(one["levels"], two["levels"], strict=True)):
        if abs(left - right) > 1.5:
            told.append(f"level at {number / 10:.1f} s: {left} dB and {right} dB")
    return told


if __name__ == "__main__":
    rows = ",\n".join(f" {json.dumps(row)}: {json.dumps(looked_at(row))}" for row in EDITS)
    FILE.write_text("{\n" + rows + "\n}\n", encoding="utf-8")
