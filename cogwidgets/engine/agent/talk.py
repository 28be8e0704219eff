"""Talk: what the messages of one session refer to, from one message to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from itertools import repeat
from typing import TYPE_CHECKING

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits.clips import Join
from cogwidgets.engine.agent.edits.cuts import Cut, Split
from cogwidgets.engine.agent.edits.history import ALONG, Redo, Undo
from cogwidgets.engine.agent.edits.music import AddMusic, RemoveMusic
from cogwidgets.engine.agent.edits.revise import Revise
from cogwidgets.engine.agent.edits.sound import Volume
from cogwidgets.engine.agent.edits.style import Style
from cogwidgets.engine.agent.edits.textchanges import ChangeText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.elliptic import CAPTION, SAME_STYLE, quoted, words_of, written_out
from cogwidgets.engine.agent.gather import (
    named_clips,
    numbered_stills,
    quoted_texts,
    takes_several,
    waiting,
)
from cogwidgets.engine.agent.inplace import STRETCHED
from cogwidgets.engine.agent.offering import GENRE
from cogwidgets.engine.agent.past import Past
from cogwidgets.engine.agent.report import Done
from cogwidgets.engine.agent.said import corrects
from cogwidgets.engine.agent.takeback import FORGET
from cogwidgets.engine.agent.understand import Understanding, language_of, understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cogwidgets.engine.agent.drafts import Clip, Draft
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["Talk"]

# Refusals that ask for something, so that the next message may be the answer.
ASKING = {
    "which_part", "how_much", "which_clips", "which_thing", "where_to_split", "which_words",
    "which_look",
}  # fmt: skip
STEPS = 16  # edits that a message may go back to


@dataclass(frozen=True)
class _Step:
    """An edit that was made, and the draft before its message; None where that is not known."""

    edit: Edit
    base: Draft | None
    revised: bool = False
    told: str = ""


@dataclass(frozen=True)
class _Stand:
    """What had been done when a draft was as it is; ``touched`` are the places of "it"."""

    draft: Draft
    steps: tuple[_Step, ...] = ()
    touched: tuple[int, ...] = ()


@dataclass
class Talk:
    """The edits that were made, and the question that the last answer asked.

    How the draft stood after each message is kept, so that after an undo, or a change from
    elsewhere, nothing is taken for done that is not there any more.
    """

    stands: list[_Stand] = field(default_factory=list)
    asked: str = ""
    for_words: bool = False
    open: Edit | None = None  # what was asked about, its slot empty
    undone: bool = False
    taken: bool = False  # one edit of several was taken back
    idle: bool = False  # the last message has changed nothing
    about_music: bool = False  # the last message asked about the music
    captions: bool = False  # they were offered to be given
    was: _Stand | None = None  # what was undone by the last message
    wondered: str = ""  # how to do something, as the last message asked

    def understood(  # noqa: C901 - a way to answer each
        self, message: str, draft: Draft, *, files: Iterable[str], pictures: Sequence[Clip] = ()
    ) -> Understanding:
        """Read a message; where it only answers a question, together with what was asked about."""
        files = list(files)
        stand = self._stand(draft)
        past = Past(
            tuple(step.edit for step in stand.steps),
            stand.touched,
            here=len(stand.steps),
            clips=len(timeline.laid(draft)) + len(waiting(draft, pictures)),
            undone=self.undone,
            taken=self.taken,
            idle=self.idle,
        )
        removed = any(isinstance(edit, RemoveMusic) for edit in past.edits)
        laid = removed or bool(drafts.music_segments(draft))
        if self.wondered and _YES.fullmatch(message):
            message = self.wondered
        if self.about_music:  # "how loud is the music?", "turn it down by half"
            message = _IT_LEVEL.sub(lambda m: f"{m[1]}the music{m[2]}", message, count=1)
        worded = written_out(message, past, self.open, captions=self.captions)
        spoken = self._spoken_of(stand, draft, message)
        worded = quoted_texts(worded, draft)
        named = numbered_stills(named_clips(worded, spoken, pictures), draft, pictures)

        def read(text: str) -> Understanding:
            return understand(text, files=files, laid=laid, past=past, asked=self.open)

        found = read(named)
        last = past.edits[past.touched[0]] if past.touched else None
        mood = _MOOD.fullmatch(message) if isinstance(last, AddMusic) else None
        if mood and not (found.edits or found.question or found.declined or found.instead):
            if GENRE.fullmatch(mood["mood"]):  # "jazz", which there is not
                return replace(found, not_done=(mood["mood"],), absent=("genre",))
            laid_anew = read(f"add {mood['mood']} music")
            named_mood = any(isinstance(e, AddMusic) and e.mood for e in laid_anew.edits)
            found = laid_anew if named_mood else found
        if self.asked and not (found.edits or found.question or found.declined or found.instead):
            said = f"\u201c{words_of(message)}\u201d" if self.for_words else message
            together = read(f"{self.asked} {said}")
            found = together if together.edits else found
        vague = all(isinstance(edit, Cut) and not edit.spans for edit in found.edits)
        nothing = not (found.question or found.declined or found.instead)
        if self.undone and vague and nothing and self.was is not None:
            found = _anew(message, self.was, found, files)
        if self.undone and self.was is not None and _THERE.search(message):
            found = replace(found, edits=_there(found.edits, self.was))
        if self.captions and quoted(message) and not (found.edits or found.instead):
            told = read(f"{CAPTION[language_of(message)]} {worded}")
            found = told if told.edits else found
        if self.taken and found.edits == (Redo(),):
            return replace(found, edits=(Undo(),))
        if not (past.touched or past.undone or found.edits) and FORGET.search(message):
            return replace(found, declined=True)  # "forget it", where nothing was done
        asked = self.open is not None or (self.asked and FORGET.search(message))
        if asked and found.edits == (Undo(),) and past.edits:
            return replace(found, edits=(), declined=True)  # "never mind", to a question
        found = replace(found, edits=self._captioned(found.edits))
        if SAME_STYLE.search(message):
            found = replace(found, edits=_alike(found.edits, past))
        found = _revised(found, stand, corrects=corrects(message))
        return _gathered(named, found, draft, pictures)

    def remember(
        self,
        message: str,
        asked: Understanding,
        done: Sequence[Edit],
        refused: Sequence[str],
        *,
        before: Draft,
        after: Draft,
        told: Sequence[str] = (),
    ) -> None:
        """Keep which edits a message has made, and what its answer asked about, once.

        ``refused`` are the keys of why the others were not made, ``before`` and ``after`` how the
        draft stood, ``told`` is what was said of each edit that was made.
        """
        joined = any(isinstance(edit, Join) for edit in done)  # and perhaps was cut again
        self.idle = after == before and not joined
        if not self.idle:
            undid = all(isinstance(edit, Undo) for edit in done)
            self.was = self._stand(before) if undid else None
        if not self.idle:
            self._keep(done, before, after, told)
            self.undone = all(isinstance(edit, Undo) for edit in done)
            self.taken = all(isinstance(edit, Revise) and not edit.told for edit in done)
        asks = next((key for key in refused if key in ASKING), "")
        self.asked = message if asks and not self.asked else ""
        self.for_words = asks == "which_words"
        pending = (e for e in asked.edits if isinstance(e, Cut | Split) and e not in done)
        self.open = next(pending, None) if asks else None
        if "highlights" in asked.absent and not asked.edits:
            self.open = Cut()  # "15 seconds will do"
        heard = _HEARD.search(message) if asked.question and not done else None
        self.about_music = heard is not None and heard["music"] is not None
        self.captions = "captions" in asked.absent or asked.question == "about:captions"
        self.wondered = _HOW.sub("", message).rstrip("?？ ") if asked.question == "how" else ""
        if not done and asked.absent:
            self.wondered = message  # "can you add captions?", "yes", which is told again

    def history(self, draft: Draft) -> list[Done]:
        """Give what was done to a draft, oldest first, as far as it is known."""
        stand = self._stand(draft)
        return [
            Done(
                step.edit.tool,
                step.told,
                timeline.length(step.base) if step.base else None,
                last=place in stand.touched,
            )
            for place, step in enumerate(stand.steps)
        ]

    def _stand(self, draft: Draft) -> _Stand:
        found = (stand for stand in reversed(self.stands) if stand.draft == draft)
        return next(found, _Stand(draft))

    def _spoken_of(self, stand: _Stand, draft: Draft, message: str) -> Draft:
        """Give the draft that names are of: "I meant the city one" is said of before a cut."""
        last = stand.steps[stand.touched[0]] if stand.touched else None
        if last is None or not isinstance(last.edit, Cut) or not corrects(message):
            return draft
        clips = any(span.clip is not None for span in last.edit.spans)
        return last.base if clips and last.base else draft

    def _keep(
        self, done: Sequence[Edit], before: Draft, after: Draft, told: Sequence[str] = ()
    ) -> None:
        """Go on from how it stood, by the edits of a message."""
        known = next((stand for stand in reversed(self.stands) if stand.draft == after), None)
        if all(edit.tool in ALONG for edit in done) and known is not None:
            self.stands.append(known)
            return
        stand = self._stand(before)
        steps, touched = list(stand.steps), list[int]()
        base: Draft | None = before
        for edit, words in zip(done, [*told, *repeat("", len(done))], strict=False):
            if isinstance(edit, Revise):
                kept = {id(step.edit): step.told for step in steps}
                steps[edit.since :] = [
                    _Step(
                        one,
                        edit.before,
                        revised=True,
                        told=words if place in edit.told else kept.get(id(one), ""),
                    )
                    for place, one in enumerate(edit.plan)
                ]
                touched = [edit.since + place for place in reversed(edit.told)]
                base = edit.before
            elif edit.tool in ALONG:
                steps, touched, base = [], [], None
            else:
                steps.append(_Step(edit, base, told=words))
                if not (isinstance(edit, Join) and edit.first):
                    touched.insert(0, len(steps) - 1)
        cut = max(len(steps) - STEPS, 0)
        places = tuple(place - cut for place in touched if place >= cut)
        self.stands.append(_Stand(after, tuple(steps[cut:]), places))
        del self.stands[:-STEPS]

    def _captioned(self, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """Take texts for captions where these were offered to be given."""
        if not self.captions:
            return edits
        return tuple(
            replace(e, role="caption", style=replace(e.style, position="bottom"))
            if isinstance(e, AddText)
            else e
            for e in edits
        )


def _anew(message: str, was: _Stand, found: Understanding, files: Sequence[str]) -> Understanding:
    """Read "make it 3 instead" of what was undone by the message before."""
    past = Past(tuple(step.edit for step in was.steps), was.touched, here=len(was.steps))
    again = understand(written_out(message, past, None), files=files, past=past)
    edits = tuple(edit for _, new in again.instead for edit in new)
    return replace(again, edits=edits, instead=()) if edits and not again.edits else found


_THERE = re.compile(
    r"\b(?:instead|there|them|that (?:part|bit))\b|(?:改|换)成|那里|那儿|那段", re.IGNORECASE
)


def _there(edits: tuple[Edit, ...], was: _Stand) -> tuple[Edit, ...]:
    """Let "pixelate them instead" be for the seconds of what was undone by the message before."""
    last = was.steps[was.touched[0]].edit if was.touched else None
    if not (isinstance(last, STRETCHED) and last.spans) or len(edits) != 1:
        return edits
    one = edits[0]
    return (
        (replace(one, spans=last.spans),) if isinstance(one, STRETCHED) and not one.spans else edits
    )


def _alike(edits: tuple[Edit, ...], past: Past) -> tuple[Edit, ...]:
    """Give new texts the style of the last one, which a message has said to be the same."""
    style: Style | None = None
    for edit in past.edits:
        if isinstance(edit, AddText):
            style = edit.style
        elif isinstance(edit, ChangeText) and style is not None:
            set_ = {f.name: getattr(edit.style, f.name) for f in fields(edit.style)}
            style = replace(style, **{key: value for key, value in set_.items() if value})
    new = (e for e in edits if not (isinstance(e, ChangeText) and e.text is None))
    return tuple(
        replace(e, style=style) if isinstance(e, AddText) and style is not None else e for e in new
    )


def _revised(found: Understanding, stand: _Stand, *, corrects: bool) -> Understanding:
    """Do what comes in the place of an earlier edit, from before its message on."""
    instead = dict(found.instead)
    if not instead:
        return found
    at = min(instead)
    base = stand.steps[at].base
    if base is None:  # all that is left is to do it on top
        edits = [edit for edits in instead.values() for edit in edits]
        return replace(found, edits=(*edits, *found.edits))
    last = stand.touched == (at,) == (len(stand.steps) - 1,)
    if last and not instead[at] and not stand.steps[at].revised:
        return replace(found, edits=(Undo(), *found.edits))  # one edit, one version
    since = next(i for i, step in enumerate(stand.steps) if step.base == base)
    plan: list[Edit] = []
    told: list[int] = []
    silent = any(
        isinstance(stand.steps[i].edit, AddMusic) and not new for i, new in instead.items()
    )
    for place, step in enumerate(stand.steps[since:], since):
        if silent and isinstance(step.edit, Volume) and step.edit.target == "music":
            continue  # it was that of the track, and not of the recording's own music
        if place not in instead:
            plan.append(_untimed(step.edit) if place > at else step.edit)
            continue
        told += range(len(plan), len(plan) + len(instead[place]))
        plan += instead[place]
    gone = tuple(stand.steps[i].edit.tool for i, new in instead.items() if not new)
    revise = Revise(base, tuple(plan), tuple(told), since, corrects, gone)
    return replace(found, edits=(revise, *found.edits))


def _gathered(
    message: str, found: Understanding, draft: Draft, pictures: Sequence[Clip]
) -> Understanding:
    """Join the uploaded clips first where a message takes them for granted."""
    if not (waiting(draft, pictures) and takes_several(message, found.edits, draft)):
        return found
    join = Join(first=True)
    first, *rest = found.edits
    if isinstance(first, Revise):
        told = (0, *(place + 1 for place in first.told))
        first = replace(first, plan=(join, *first.plan), told=told)
        return replace(found, edits=(first, *rest))
    return replace(found, edits=(join, *found.edits))


def _untimed(edit: Edit) -> Edit:
    """Leave out when a text was to be shown, which is said anew."""
    return replace(edit, spans=(), length=None) if isinstance(edit, ChangeText) else edit


_MOOD = re.compile(  # "happy", "make it jazz instead", "maybe something dramatic?"
    r"\W*(?:(?:make it|something|maybe|how about|try|rather|some|a bit of|more|no|hmm|ok)\W+)*"
    r"(?P<mood>[a-z-]{3,}(?: ?hop| nova)?)(?: music| song)?(?:\W+(?:instead|please|pls|then))*\W*",
    re.IGNORECASE,
)
_HEARD = re.compile(
    r"\b(?P<music>music|song|bgm|soundtrack)\b|\b(?:voice|speech|volume|sound|audio)\b|音乐|声",
    re.IGNORECASE,
)
_IT_LEVEL = re.compile(
    r"\b((?:turn|bring|make|lower|raise|take|put|set|mute|remove|fade|get) )it\b(.*)$",
    re.IGNORECASE | re.DOTALL,
)
_YES = re.compile(  # a bare "ok" thanks for the answer
    r"\W*(?:(?:yes|yeah|yep|yup|ok|okay|sure|alright|great|please|then|just|so|and)\W+)*"
    r"(?:go ahead|do (?:it|that|so|this)|go for it|yes please)"
    r"(?:\W+(?:please|pls|then|for me))*\W*|"
    r"(?:那|那就|就|好的?|行|可以|嗯+|对|是的?|[，, ])*(?:帮我|给我)?(?:这样|这么)?(?:去)?"
    r"(?:做|弄|办)[吧啊呀]?\W*",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"^\W*(?:how|what(?:'s| is) the (?:best )?way) (?:do|can|could|would|should|to)\b"
    r"(?: (?:i|you|we|one)\b)?\s*|"
    r"(?:请问)?(?:我|你)?(?:该|要|应该)?(?:怎么|怎样|如何)(?:才能|能|可以)?|"
    r"[呢吗]?[?？]+\s*$|呢\s*$",
    re.IGNORECASE,
)
