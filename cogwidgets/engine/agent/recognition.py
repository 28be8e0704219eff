"""Recognition: actions -> the edits that they ask for, and what of them nobody heeds.

Each action is offered to the edits in their table, which recognise their own; what stands beside
the one that was found is offered once more, and named where nobody heeds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cogwidgets.engine.agent.changing import changed
from cogwidgets.engine.agent.edits import AddMusic, RemoveMusic
from cogwidgets.engine.agent.edits.clips import Join, Slideshow
from cogwidgets.engine.agent.edits.cuts import Keep
from cogwidgets.engine.agent.edits.fades import FADE, Fade
from cogwidgets.engine.agent.edits.lengths import Stills
from cogwidgets.engine.agent.edits.normal import Normal
from cogwidgets.engine.agent.edits.order import Move
from cogwidgets.engine.agent.edits.output import Output
from cogwidgets.engine.agent.edits.overlays import Overlay, silenced
from cogwidgets.engine.agent.edits.pace import Speed
from cogwidgets.engine.agent.edits.picture import ONLY_STRONGER, ONLY_WEAKER, ClearEffects, Effects
from cogwidgets.engine.agent.edits.revise import Ask
from cogwidgets.engine.agent.edits.style import styled
from cogwidgets.engine.agent.edits.textchanges import ChangeText, RemoveText
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.followup import followed
from cogwidgets.engine.agent.lexicon import Token, Word
from cogwidgets.engine.agent.offering import alike, left_unread, offered, undescribed
from cogwidgets.engine.agent.past import Past
from cogwidgets.engine.agent.references import bare_fade
from cogwidgets.engine.agent.said import Opening, said_of
from cogwidgets.engine.agent.sequel import for_the_rest, goes_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cogwidgets.engine.agent.action import Action
    from cogwidgets.engine.agent.edits import Edit

__all__ = ["Found"]


_SHOWN = re.compile(
    r"\bonly (?:at|in|during|for|on)\b|\b(?:show|display|visible|appear)|[只仅]在|显示|出现",
    re.IGNORECASE,
)
_COMPLAINT = re.compile(
    r"\W*(?:(?:it|this|that)(?:'?s| is)? )?(?:(?:a bit|way|much|far|still|hmm|now) )*too \w+\W*|"
    r"\W*[\u4e00-\u9fff]{0,7}(?:有点|有些|还是|现在|实在|也)*太.{1,3}了?\W*",
    re.IGNORECASE,
)


@dataclass
class Found:
    """What the actions of a message come to.

    ``left`` are the pieces of it that nobody knows, ``lost`` the words that the edits which were
    found leave unheeded, both from where to where; ``absent`` is what some would need that is not
    here, and ``known`` tells that a verb of what is left was known, ``dropped``
    that what was not done before is not wanted any more. ``instead`` is what comes in
    the place of edits of ``past``; ``asked`` the edit whose slots the last answer asked for.
    """

    past: Past = field(default_factory=Past)
    opening: Opening = field(default_factory=Opening)
    asked: Edit | None = None
    edits: list[Edit] = field(default_factory=list)
    left: list[tuple[int, int]] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    instead: dict[int, tuple[Edit, ...]] = field(default_factory=dict)
    known: bool = False
    dropped: bool = False
    _failed: bool = False
    _complained: bool = False
    _unlaid: bool = False
    _rethinks: bool = False
    _replacing: tuple[int, int] | None = None

    @classmethod
    def of(
        cls,
        actions: Iterable[tuple[Action, str, bool]],
        past: Past,
        opening: Opening,
        asked: Edit | None,
    ) -> Found:
        """Offer actions to the edits, in order.

        With each come the words before it that are in none, and whether it is bare: words that can
        only be about what was done before.
        """
        found, each, goal, stills = cls(past, opening, asked), None, None, None
        for (action, lead, bare), (after, _, _) in pairwise([*actions, (None, "", True)]):
            if action is None or (after and found._excused(action, after)):
                continue
            excuse = after is not None and action.complains  # "too much, undo"
            found._take(action, lead, bare=bare, excuse=excuse)
            each, goal = each or action.each, goal or action.goal
            if stills is None and (stills := Stills.recognise(action)) and stills.transition:
                read = _places(t for t in action.words if t.word is Word.TRANSITION_KIND)
                found.lost = [place for place in found.lost if place not in read]
        taken = any(isinstance(e, Slideshow | Join | Stills) for e in found.edits)
        if stills and found.edits and not (taken or found.instead):
            found.edits.insert(0, stills)  # "2 seconds a photo, with transitions"
        if each:  # "a slideshow with calm music, 3 seconds each" is not said of the music
            found.edits = [
                replace(e, still=each)
                if isinstance(e, Slideshow | Join)
                else (
                    replace(e, ms=each)
                    if isinstance(e, Fade) and e.ms == FADE and not (stills or taken)
                    else _for(e, each)
                )
                for e in found.edits
            ]
        if goal and any(isinstance(edit, Slideshow) for edit in found.edits):
            found.edits = [
                replace(e, total=e.total or goal) if isinstance(e, Slideshow) else e
                for e in found.edits
                if e != Keep(target=goal)  # which is said of the slideshow
            ]
        if found._replacing in found.left and any(isinstance(e, AddMusic) for e in found.edits):
            found.left.remove(found._replacing)
        if not (found.edits or found.instead or found.known):
            found.left = []  # no word of it was known: "not understood" says so better
        return found

    def _excused(self, action: Action, after: Action) -> bool:
        """Tell "too fast, 1.5x": a complaint, and what is wanted about that."""
        if not _COMPLAINT.fullmatch(action.text):
            return False
        if after.asks("undo"):
            return True  # "too loud, undo"
        _, wish, _ = offered(replace(action, used=[]))
        _, better, _ = offered(replace(after, used=[]))
        if wish and better and len(wish) == len(better) and all(map(alike, wish, better)):
            return True
        again = replace(after, used=[])
        past = self.past.with_later(self.instead, self.edits)
        return bool(wish) and followed(again, past, better, self.opening) is not None

    def _take(self, action: Action, lead: str, *, bare: bool, excuse: bool) -> None:
        if self._said_of_before(action) or self._goes_on(action, lead):
            return
        laid = self.edits[-1] if self.edits else None
        if isinstance(laid, Overlay) and laid.heard and silenced(action):
            self.edits[-1] = replace(laid, mute=True)  # and not the video below it
            return
        missing, edits, unread = self._offer(action)
        if not (missing or (excuse and not edits)) and self._follows(action, edits, unread, lead):
            return
        if bare or (edits and self._taken_back(edits, lead + action.text)):
            return
        edits = edits or (None if missing else self._alone(action)) or edits
        styles = action.verb is None and all(isinstance(edit, ChangeText) for edit in edits or ())
        if self._failed and edits and (_leans(action) or styles):
            edits = None  # "find the best bits and cut the rest"
        self._failed = bool(missing) or (self._failed and not edits)
        self._complained = bool(edits) and (action.verb is None or action.how == "have")
        if missing:
            self.absent.append(missing)
        if edits and action.quoted and (extra := action.find(Word.ABSENT, "effects", "fonts")):
            self.absent.append(extra.value)  # the text is shown, but not "flashing"
            unread.append(extra)
        self.lost += [*_places(unread), *undescribed(action, edits)]
        if edits:
            # Where an action is for the stretch of the one before, that must not have moved yet.
            last = self.edits[-1:]
            moved = action.carried and last and isinstance(last[0], Speed | Move)
            self.edits[-1:] = [*edits, *last] if moved else [*last, *edits]
        elif edits is None:
            self._leave(action, known=action.verb is not None or bool(missing))

    def _goes_on(self, action: Action, lead: str) -> bool:
        """Do what is for the rest, after the stretch of the edit before; tell whether it is."""
        rest = for_the_rest(action, lead, self.edits)
        if rest is None:
            return False
        if action.verb is Word.KEEP:
            return True  # "and leave it as it is after that"
        _, edits, unread = offered(rest)
        if not edits or not goes_on(rest, lead, self.edits[-1], edits):
            return False
        self.lost += _places(unread)
        self.edits += [edit for edit in edits if not isinstance(edit, Normal)]
        return True

    def _offer(self, action: Action) -> tuple[str | None, list[Edit] | None, list[Token]]:
        """Offer an action to the edits, after what the message has wished so far."""
        missing, edits, unread = offered(action)
        if edits and bare_fade(action):
            edits, unread = self._fading(action, edits), left_unread(action)
        return missing, edits, unread

    def _fading(self, action: Action, edits: list[Edit]) -> list[Edit] | None:
        """Let "fade out" be of the text where a message is about texts alone, else of the video."""
        texts = [edit for edit in self.edits if isinstance(edit, AddText | ChangeText)]
        if not texts:
            of_failed = self._failed and not self.edits and self.absent[-1:] != ["looks"]
            return None if of_failed else edits
        if len(texts) == len(self.edits) and not action.edges:
            which = texts[-1].text or None
            style, _ = styled(action, None)
            return [ChangeText(which, style=replace(style, position=None))]
        own = [t for t in action.words if t.start < t.end and t.start >= action.start]
        fade = Fade.recognise(replace(action, words=tuple(own)))
        return [fade] if fade else edits

    def _taken_back(self, edits: list[Edit], text: str) -> bool:
        """Take back what the message wished before: "add the song... actually no song"."""
        kinds = tuple(_ADDS[type(edit)] for edit in edits if type(edit) in _ADDS)
        if len(kinds) < len(edits) or not (self._rethinks or _RETHINKS.search(text)):
            return False
        kept = [edit for edit in self.edits if not isinstance(edit, kinds)]
        gone = len(kept) < len(self.edits) or (AddMusic in kinds and self._unlaid)
        self.edits[:] = kept
        return gone

    def _alone(self, action: Action) -> list[Edit] | None:
        """Read what says something only as an answer, or where nothing was done before."""
        if self.asked is not None:
            answer = changed(self.asked, action, said_of(action, self.opening))
            return [answer] if answer is not None else None
        last = self.past.edits[self.past.touched[0]] if self.past.touched else None
        nothing = not self.past.edits or isinstance(last, Output)  # that could be for a part
        alone = nothing and not self.edits and action.verb is None
        named = action.first not in {None, Word.IT}
        if alone and not named and action.has(Word.ONLY) and action.spans:
            if _SHOWN.search(action.text):  # which speaks of a text, and there is none
                return [Ask("which_thing")]
            return [Keep(action.spans)]  # "only the last 8 seconds"
        return None

    def _follows(
        self, action: Action, edits: list[Edit] | None, unread: list[Token], lead: str
    ) -> bool:
        """Do what an action says of the edits before it; tell whether it says any such thing."""
        again = replace(action, used=[])
        past = self.past.with_later(self.instead, self.edits)
        follow = followed(again, past, edits, self.opening, lead)
        if follow is None:
            return False
        as_said = (
            edits and follow.edits and {type(e) for e in follow.edits} <= {type(e) for e in edits}
        )
        read = {id(token) for token in again.used}
        unheeded = [token for token in unread if id(token) not in read]
        self.lost += _places(unheeded if as_said else left_unread(again))
        here = len(self.past.edits)
        if follow.about is not None:
            others = (i for i in self.past.touched if i != follow.about)
            self.past = replace(self.past, touched=(follow.about, *others), disliked=True)
        self.dropped = self.dropped or follow.dropped
        self.instead |= dict(follow.beside)
        if follow.at is None:
            self.edits += follow.edits
        elif follow.at < here:
            self.instead[follow.at] = follow.edits
        else:
            self.edits[follow.at - here : follow.at - here + 1] = follow.edits
        return True

    def _said_of_before(self, action: Action) -> bool:
        """Tell whether an action only says more of what the message wished before."""
        last = self.edits[-1] if self.edits else None
        self._rethinks = self._rethinks or bool(_RETHINKS.search(action.text))
        if isinstance(last, Effects) and ONLY_WEAKER.fullmatch(action.text):
            self.edits[-1] = last.weakened()
            return True
        if isinstance(last, Effects) and ONLY_STRONGER.fullmatch(action.text):
            self.edits[-1] = last.strengthened()
            return True
        if action.negated and action.verb is Word.ADD and action.has(Word.MUSIC):
            self._unlaid = True
        if _bare(action) and (last is not None or action.verb is Word.ADD):
            return True
        return (self._complained or action.how == "fix") and self._fixed(action)

    def _fixed(self, action: Action) -> bool:
        """Tell whether "fix it" or "remove it" is said of what the message complained about."""
        if action.first not in {None, Word.IT} or action.timed or not self.edits:
            return False
        gone = action.verb is Word.REMOVE and action.how != "mute"  # "vertical, and mute it"
        return action.how == "fix" or (gone and self._complained)

    def _leave(self, action: Action, *, known: bool) -> None:
        if action.verb is Word.CHANGE and action.first is Word.IT and not action.strange:
            self._replacing = (action.start, action.end)  # 换掉它，用悲伤一点的: with what follows
        self.known = self.known or known
        if self.left and self.left[-1][1] == action.start:
            self.left[-1] = (self.left[-1][0], action.end)  # "lower the music" and "volume" are one
        else:
            self.left.append((action.start, action.end))


def _for(edit: Edit, each: int) -> Edit:
    """Show a text as long as each of several is to be shown, where it says no other time."""
    open_ended = isinstance(edit, AddText) and not (edit.spans or edit.length)
    return replace(edit, length=each) if open_ended and isinstance(edit, AddText) else edit


# What takes away, and what it takes back where a message thinks better of it
_ADDS: dict[type[Edit], type[Edit]] = {
    RemoveMusic: AddMusic, ClearEffects: Effects, RemoveText: AddText,
}  # fmt: skip
_RETHINKS = re.compile(
    r"\b(?:actually|wait|scratch that|on second thoughts?|never ?mind|hmm+|nah)\b|"
    r"算了|还是(?:不|别)|不对|等等",
    re.IGNORECASE,
)


def _places(tokens: Iterable[Token]) -> list[tuple[int, int]]:
    return [(token.start, token.end) for token in tokens]


def _bare(action: Action) -> bool:
    """Tell a verb that says nothing beside another wish: 停顿太多了，去掉."""
    wordless = not (action.words or action.strange or action.negated)
    return wordless and action.verb in {Word.ADD, Word.REMOVE} and action.how in {"", "add"}


def _leans(action: Action) -> bool:
    """Tell whether an action is about what the one before would have left."""
    placed = action.verb is Word.ADD or action.asks("move", "zoom_in", "zoom_out")
    placed = placed or action.find(Word.EFFECT, "blur", "pixelate") is not None
    return (action.has(Word.IT) and placed) or action.value(Word.EVERYTHING) == "rest"
