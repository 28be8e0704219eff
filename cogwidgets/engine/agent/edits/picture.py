"""Edits of how the picture looks: effects, and what takes them away."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cogwidgets.engine.agent import timeline
from cogwidgets.engine.agent.edits.base import CannotDo, Made, Plain, spoken, stretches
from cogwidgets.engine.agent.lexicon import Word

if TYPE_CHECKING:
    from cogwidgets.engine.agent.actions import Action
    from cogwidgets.engine.agent.drafts import Draft
    from cogwidgets.engine.agent.edits.base import Edit, Workshop
    from cogwidgets.engine.agent.times import Span

__all__ = ["NOT_PICTURE", "ClearEffects", "Effects", "of_picture", "shown"]

# How much where nothing is said: of what goes both ways, and of what is there or not.
TONE = 0.2
STRENGTHS = {
    "grayscale": 1.0, "sepia": 1.0, "blur": 0.3, "sharpen": 0.3, "vignette": 0.4, "pixelate": 0.5,
}  # fmt: skip
DULL = {"dull": ("contrast+", "saturation+")}
BETTER = (("contrast", 0.1), ("saturation", 0.1), ("sharpen", 0.2))
_FILTER = re.compile(
    r"^\W*(?:please )?(?:add|put|use|apply) (?:a|some) filters?\W*$|滤镜\W*$", re.IGNORECASE
)
# How an effect is asked to be less than usual, in the same breath
_LESS = (
    r"(?:not (?:too|so|that|very|overly) (?:strong|much|heavy|intense|dark|bright|harsh|bold)|"
    r"subtl[ey]|(?:mild|gentle|soft|faint)(?:ly)?|slight(?:ly)?|a (?:little|bit|touch)|lightly|"
    r"light(?= (?:blur|vignette|sepia|look|filter|effect|\w+ (?:look|filter|effect)))|"
    r"[淡轻弱]一?[点些]|(?:别|不要|不用|不)太[\u4e00-\u9fff]{1,2}|稍微|轻微)"
)
WEAKER = re.compile(rf"\b{_LESS}\b|{_LESS}", re.IGNORECASE)
_MORE = r"(?:strong(?:er|ly)?|heav(?:y|ier|ily)|intense(?:ly)?|a lot|extreme(?:ly)?)"
ONLY_STRONGER = re.compile(
    r"\W*(?:(?:and|but|make it|please|very|really|pretty|quite)\W+)*"
    rf"{_MORE}(?:\W+(?:please|pls))?\W*",
    re.IGNORECASE,
)
ONLY_WEAKER = re.compile(
    r"\W*(?:(?:but|and|just|only|keep it|make it|please|very|really|pretty|quite|也|还是|要)\W+)*"
    rf"{_LESS}(?:\W+(?:please|pls|though|tho|ok))?[吧哦啊]?\W*",
    re.IGNORECASE,
)
_ALL_THE_WAY = re.compile(r"\ball the way\b|\bto (?:zero|nothing)\b", re.IGNORECASE)
_SATURATED = re.compile(r"saturat|vibran|vivid|intens|[\u4e00-\u9fff]", re.IGNORECASE)
_TONES = {"brightness", "contrast", "saturation", "warmth"}
NOT_PICTURE = (Word.MUSIC, Word.SOUND, Word.VOICE, Word.VOLUME, Word.TEXT)


def of_picture(action: Action) -> bool:
    """Tell whether an action can be about the picture."""
    named = {t.value for t in action.all_of(Word.THING)} - {"", "image", "filter", "fade"}
    return not (
        action.negated or named or action.has(*NOT_PICTURE) or action.conditional or action.unlisted
    )


def shown(draft: Draft) -> None:
    """Raise `CannotDo` where there is no picture."""
    track = timeline.main(draft)
    if track is None or track.get("tt") != 0:
        raise CannotDo("no_picture")


@dataclass(frozen=True)
class Effects(Plain):
    """Brightness, contrast, looks, blur and the like, each a kind and an amount."""

    tool: ClassVar[str] = "effects"
    about: ClassVar[str] = "video"
    effects: tuple[tuple[str, float | str], ...] = ()
    spans: tuple[Span, ...] = ()
    weaker: bool = False

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "make it black and white", "a bit brighter", "加个复古滤镜", "enhance the video"."""
        if not of_picture(action) or action.verb in {Word.REMOVE, Word.KEEP, Word.RESTORE}:
            return None
        if action.has(Word.NOT, Word.WITHOUT):
            return None
        if cls._choosing(action):
            return cls((), action.spans)
        if action.asks("enhance") and not action.all_of(Word.EFFECT):
            return cls(BETTER, action.stretches)
        words = cls._words(action)
        if action.verb is None and not (action.amount("share") or action.find(Word.MORE)):
            words = [word for word in words if word not in _TONES]  # "the colours look nice"
        if not words or (action.verb is Word.OTHER and (action.asks("crop") or action.frame)):
            return None
        words = [w for word in words for w in DULL.get(word, (word,))]
        found = dict(cls._effect(action, word) for word in reversed(words))  # the first look counts
        found = {kind: found[kind] for kind in sorted(found, key=list(found)[::-1].index)}
        # "warm" is a tone and a look; asked for as a filter or a look, it is a look.
        looks = "look" in found and bool(WEAKER.search(action.text))
        return cls(tuple(found.items()), action.stretches, looks)

    def merged(self, other: Edit) -> Edit | None:
        """Take 加滤镜，复古 for one wish, of what it says and where."""
        if isinstance(other, Effects) and not (self.effects and other.effects):  # said which filter
            return replace(
                self, effects=self.effects or other.effects, spans=self.spans or other.spans
            )
        return super().merged(other)

    def weakened(self) -> Effects:
        """Give half of what it is; a look has but one strength, which is told."""
        halves = tuple(
            (kind, now if isinstance(now, str) else round(now / 2, 3)) for kind, now in self.effects
        )
        return replace(self, effects=halves, weaker="look" in dict(self.effects))

    def strengthened(self) -> Effects:
        """Give twice of what it is, at most all."""
        doubled = tuple(
            (kind, now if isinstance(now, str) else round(max(-1.0, min(1.0, 2 * now)), 3))
            for kind, now in self.effects
        )
        return replace(self, effects=doubled)

    @staticmethod
    def _choosing(action: Action) -> bool:
        """Tell "add a filter", without saying which."""
        adds = action.verb in {Word.ADD, Word.CHANGE} and action.names("filter")
        return adds and not action.all_of(Word.EFFECT) and bool(_FILTER.search(action.text))

    @staticmethod
    def _words(action: Action) -> list[str]:
        said: list[str] = []
        action.all_of(Word.EFFECT)  # all are read here, each in its likeliest sense
        for token in action.tokens:
            kinds = [t.value for t in token.readings if t.word is Word.EFFECT]
            if kinds and not any(t.word is Word.FIT for t in token.readings):
                said.append(kinds[0])
        if any(w.startswith("look:") for w in said) and WEAKER.search(action.text):
            said = [w for w in said if w != "saturation-"]  # 复古滤镜淡一点
        named = {word.rstrip("+-") for word in said if word[-1] in "+-"}
        if named and not _SATURATED.search(action.text):
            said = [w for w in said if w != "saturation"]  # "make the colours warmer"
        return [w for w in said if w not in named]  # "more vivid colours" is one

    @staticmethod
    def _effect(action: Action, word: str) -> tuple[str, float | str]:
        kind = word.rstrip("+-")
        if kind.startswith("look:"):
            return "look", kind.removeprefix("look:")
        amount = action.amount("share")
        if amount is None and kind in _TONES and (bare := action.amount("number")):
            amount = replace(bare, value=bare.value / 100)  # "lower the brightness by 10"
        value = amount.value if amount is not None else None
        degree = 0.5 if WEAKER.search(action.text) else action.degree
        if kind in _TONES:
            if value is None:
                value = TONE * degree
            elif (
                amount is not None
                and amount.by is False
                and value > 0
                and action.downwards is False
            ):
                value = value if value <= 1 else value - 1
            if kind == "saturation" and word.endswith("-") and amount is None:
                value = 1.0 if action.find(Word.STRENGTH, "strong") else value
            if amount is None and _ALL_THE_WAY.search(action.text):
                value = 1.0  # "turn the saturation all the way down"
            down = word.endswith("-") or (not word.endswith("+") and action.downwards)
            return kind, round(-value if down else value, 3)
        return kind, round(value if value is not None else _strong(kind, degree), 3)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Lay them on; one of the same kind is changed, tones add up."""
        del workshop
        shown(draft)
        if not self.effects:
            raise CannotDo("which_look")
        where = stretches(draft, self.spans)
        track = timeline.main(draft)
        pieces = timeline.laid(draft)
        for piece in pieces:
            if track is None or piece.old is None:
                continue
            inside = [
                (max(a, piece.old[0]) - piece.old[0], min(b, piece.old[1]) - piece.old[0])
                for a, b in where
                if a < piece.old[1] and b > piece.old[0]
            ]
            effects = piece.segment["m"].get("effects", [])
            for start, end in inside:
                for kind, amount in self.effects:
                    effects = laid_on(effects, kind, amount, (start, end), piece.segment["d"])
            if inside:
                piece.segment["m"]["effects"] = effects
        new = timeline.relaid(draft, pieces)
        figures = {"effects": self.effects, "where": spoken(where, timeline.length(draft))}
        if self.weaker and new == draft:
            raise CannotDo("one_strength")
        return Made(new, "effects_full" if self.weaker else "effects", figures)


def _strong(kind: str, degree: float) -> float:
    return min(STRENGTHS[kind] * degree, 1.0)


def laid_on(
    effects: list[dict[str, Any]], kind: str, amount: float | str, span: tuple[int, int], whole: int
) -> list[dict[str, Any]]:
    """Give the effects of a segment with one more.

    >>> laid_on([{"kind": "contrast", "amount": 0.1}], "contrast", 0.2, (0, 9), 9)
    [{'kind': 'contrast', 'amount': 0.3}]
    """
    made: dict[str, Any] = {"kind": kind}
    made["name" if isinstance(amount, str) else "amount"] = amount
    if span != (0, whole):
        made["from"], made["to"] = span
    at = {key: made.get(key) for key in ("kind", "from", "to")}
    found = []
    for effect in effects:
        if all(effect.get(key) == value for key, value in at.items()):
            if kind in _TONES and not isinstance(amount, str):
                made["amount"] = round(max(-1.0, min(1.0, effect["amount"] + amount)), 3)
        else:
            found.append(effect)
    return [*found, made]


@dataclass(frozen=True)
class ClearEffects(Plain):
    """Take effects away: all, or some kinds."""

    tool: ClassVar[str] = "clear_effects"
    kinds: tuple[str, ...] = ()

    @classmethod
    def recognise(cls, action: Action) -> Self | None:
        """Read "remove the filter", "no vignette", "去掉滤镜"."""
        gone = action.verb is Word.REMOVE or action.has(Word.NOT, Word.WITHOUT)
        if not gone or action.negated or action.has(*NOT_PICTURE) or action.how == "mute":
            return None
        kinds = tuple(t.value.rstrip("+-").partition(":")[0] for t in action.all_of(Word.EFFECT))
        named = {t.value for t in action.all_of(Word.THING)} - {"", "filter"}
        if named or action.unlisted or not (kinds or action.names("filter")):
            return None
        return cls(kinds)

    def apply(self, draft: Draft, workshop: Workshop) -> Made:
        """Take them away."""
        del workshop

        def change(details: dict[str, Any]) -> None:
            left = [
                e for e in details.get("effects", ()) if self.kinds and e["kind"] not in self.kinds
            ]
            details.pop("effects", None)
            if left:
                details["effects"] = left

        new = timeline.changed(draft, [(0, timeline.length(draft))], change)
        if new == draft:
            raise CannotDo("no_effects")
        return Made(new, "effects_cleared")
