"""Talk: what the messages of one session refer to, from one message to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cogwidgets.engine.agent import drafts, timeline
from cogwidgets.engine.agent.edits.clips import Join, Slideshow, Transition
from cogwidgets.engine.agent.edits.cuts import Cut, Keep, Split
from cogwidgets.engine.agent.edits.fades import Fade
from cogwidgets.engine.agent.edits.history import ALONG, Undo
from cogwidgets.engine.agent.edits.music import AddMusic
from cogwidgets.engine.agent.edits.revise import Revise
from cogwidgets.engine.agent.edits.sound import Mute, Volume
from cogwidgets.engine.agent.edits.texts import AddText, ChangeText
from cogwidgets.engine.agent.gather import named_clips, takes_several, waiting
from cogwidgets.engine.agent.past import Past
from cogwidgets.engine.agent.said import corrects, opened
from cogwidgets.engine.agent.takeback import FORGET
from cogwidgets.engine.agent.understand import Understanding, understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cogwidgets.engine.agent.drafts import Clip, Draft
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["Talk"]

# Refusals that ask for something, so that the next message may be the answer.
ASKING = {"which_part", "which_thing", "where_to_split", "which_words", "which_look"}
STEPS = 16  # edits that a message may go back to


@dataclass(frozen=True)
class _Step:
    """An edit that was made, and the draft before its message; None where that is not known."""

    edit: Edit
    base: Draft | None
    revised: bool = False


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
    captions: bool = False  # they were offered to be given

    def understood(
        self, message: str, draft: Draft, *, files: Iterable[str], pictures: Sequence[Clip] = ()
    ) -> Understanding:
        """Read a message; where it only answers a question, together with what was asked about."""
        files = list(files)
        stand = self._stand(draft)
        past = Past(
            tuple(step.edit for step in stand.steps),
            stand.touched,
            here=len(stand.steps),
            clips=len(timeline.laid(draft)),
            undone=self.undone,
        )
        laid = bool(drafts.music_segments(draft))
        if _BACK_ZH.fullmatch(message) and stand.touched and not self.undone:
            message = "撤销"  # nothing was undone that could be done again
        worded = _reworded(with_units(message, past, self.open), past)
        named = named_clips(worded, draft, pictures)

        def read(text: str) -> Understanding:
            return understand(text, files=files, laid=laid, past=past, asked=self.open)

        found = read(named)
        if self.asked and not (found.edits or found.question or found.declined or found.instead):
            said = f"\u201c{_words(message)}\u201d" if self.for_words else message
            together = read(f"{self.asked} {said}")
            found = together if together.edits else found
        if not (past.touched or past.undone or found.edits) and FORGET.search(message):
            return replace(found, declined=True)  # "forget it", where nothing was done
        asked = self.open is not None or (self.asked and FORGET.search(message))
        if asked and found.edits == (Undo(),) and past.edits:
            return replace(found, edits=(), declined=True)  # "never mind", to a question
        found = replace(found, edits=self._captioned(found.edits))
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
    ) -> None:
        """Keep which edits a message has made, and what its answer asked about, once.

        ``refused`` are the keys of why the others were not made, ``before`` and ``after`` how the
        draft stood.
        """
        if after != before:
            self._keep(done, before, after)
            self.undone = all(isinstance(edit, Undo) for edit in done)
        asks = next((key for key in refused if key in ASKING), "")
        self.asked = message if asks and not self.asked else ""
        self.for_words = asks == "which_words"
        pending = (e for e in asked.edits if isinstance(e, Cut | Split) and e not in done)
        self.open = next(pending, None) if asks else None
        if "highlights" in asked.absent and not asked.edits:
            self.open = Cut()  # "15 seconds will do"
        self.captions = "captions" in asked.absent

    def _stand(self, draft: Draft) -> _Stand:
        found = (stand for stand in reversed(self.stands) if stand.draft == draft)
        return next(found, _Stand(draft))

    def _keep(self, done: Sequence[Edit], before: Draft, after: Draft) -> None:
        """Go on from how it stood, by the edits of a message."""
        known = next((stand for stand in reversed(self.stands) if stand.draft == after), None)
        if all(edit.tool in ALONG for edit in done) and known is not None:
            self.stands.append(known)
            return
        stand = self._stand(before)
        steps, touched = list(stand.steps), list[int]()
        base: Draft | None = before
        for edit in done:
            if isinstance(edit, Revise):
                steps[edit.since :] = [_Step(one, edit.before, revised=True) for one in edit.plan]
                touched = [edit.since + place for place in reversed(edit.told)]
                base = None
            elif edit.tool in ALONG:
                steps, touched, base = [], [], None
            else:
                steps.append(_Step(edit, base))
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
    revise = Revise(base, tuple(plan), tuple(told), since, corrects)
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


_QUOTE = "\"\u201c\u201d'\u2018\u2019\u300c\u300d\u300e\u300f\u300a\u300b"
_REWORDS = re.compile(
    rf"(?:(?:call it|name it|(?:make |let )?it (?:should )?says?|say|write|change it to|make it|"
    rf"(?:改|换)成|写|叫)\s*)?[{_QUOTE}](?P<text>[^{_QUOTE}]+)[{_QUOTE}]\W*",
    re.IGNORECASE,
)


def _reworded(message: str, past: Past) -> str:
    """Write "no, "Goodbye"" out, where it says what a text is to say."""
    last = past.edits[past.touched[0]] if past.touched else None
    rest = message[opened(message).end :]
    found = _REWORDS.fullmatch(rest) if isinstance(last, AddText | ChangeText) else None
    return f"change the text to \u201c{found['text']}\u201d" if found else message


_BACK_ZH = re.compile(r"\W*恢复一?下?吧?\W*")
_TIMED = (Keep, Cut, Split, AddText, Fade, Transition, Slideshow, Mute)
_BARE = re.compile(
    r"(?<![\w.:%/#-])(\d+(?:\.\d+)?)"
    r"(?=\W*$|\s+(?:instead|please|pls|then|not|only|rather|too|as well|actually|would|is|should|"
    r"more|less|longer|shorter)\b|[,;!]|[，。])"
)
_RANGE = re.compile(
    r"(?<![\w.:%/#-])\d+(?:\.\d+)?\s?[-\u2013]\s?\d+(?:\.\d+)?(?![\w.:%/-]|\s?(?:s|m|秒|分))"
)
_COUNTING = re.compile(
    r"\b(?:clip|part|photo|title|number|times?|volume|speed|into)\b|[倍段个遍次]|[\"“「]",
    re.IGNORECASE,
)


def with_units(message: str, past: Past, asked: Edit | None) -> str:
    """Write the unit to a bare number where it can only be seconds: "no, 8" after "trim to 10 s".

    >>> with_units("actually make it 12", Past((Keep(target=15_000),), (0,)), None)
    'actually make it 12 s'
    """
    last = asked if asked is not None else past.edits[past.touched[0]] if past.touched else None
    message = re.sub(r"改到(?=[\d一二三四五六七八九十])", "改成", message)
    if not isinstance(last, _TIMED) or _COUNTING.search(message):
        return message
    return _BARE.sub(r"\1 s", _RANGE.sub(r"\g<0> s", message))


_SAYING = re.compile(
    r"^(?:(?:那|那么)?(?:就|请)?(?:写|叫|用|打|显示)上?(?![\u4e00-\u9fff]{0,2}(?:作|当|做))|"
    r"(?:ok |okay |then |just |please |let it |it should |it can |make it )*"
    r"(?:say|write|put|type|call it|use)\b)[:：,，\s]*",
    re.IGNORECASE,
)


def _words(answer: str) -> str:
    """Give the words to show of an answer that says which: "just write Day one"."""
    return (
        _SAYING.sub("", answer.strip()).strip("\"'\u201c\u201d\u2018\u2019\u300c\u300d\u300a\u300b")
        or answer
    )
