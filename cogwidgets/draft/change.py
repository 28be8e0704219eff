"""Change: one thing that is different between two drafts, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cogwidgets.draft.aspects import OF_DRAFT, OF_SEGMENT

__all__ = ["Change"]


@dataclass(frozen=True)
class Change:
    """One thing that is different: ``str()`` says it in words.

    ``kind`` is ``added``, ``removed``, ``moved``, ``trimmed``, ``cut``, ``back``, ``split``,
    ``repeated``, ``volume``, ``text``, ``music``, ``music_level``, ``noise``, ``canvas``,
    ``output``, ``thumbnail``, ``edited``, or ``aspect:`` and a key of `cogwidgets.draft.aspects`;
    ``before`` and ``after`` are the values it speaks of. ``track`` is 0 and ``name`` empty where it
    is about the whole; ``when`` says which stretches of the timeline it is about, empty for all of
    the segment.
    """

    kind: str
    track: int
    name: str
    before: Any
    after: Any
    when: str = ""

    def __str__(self) -> str:
        kind = {
            ("music", True): "restored",
            ("output", False): "output_instead",
            ("thumbnail", True): "thumbnail_gone",
        }.get((self.kind, not self.after), self.kind)
        if kind == "output_instead" and not self.before:
            kind = "output"
        if kind.startswith("aspect:"):
            key = kind.removeprefix("aspect:")
            label = (OF_SEGMENT if self.name else OF_DRAFT)[key][0]
            what = f"'{self.name}': {label.lower()}" if self.name else f"{label}:"
            said = f"{what} {self.before} → {self.after}"
        elif kind == "edited" and not self.after:
            said = f"Changed '{self.name}'"
        else:
            said = _WORDS[kind].format(name=self.name, before=self.before, after=self.after)
        return f"{said} ({self.when})" if self.when else said


_WORDS = {
    "added": "Added '{name}' ({after})",
    "removed": "Removed '{name}' ({before})",
    "moved": "Moved '{name}' from {before} to {after}",
    "trimmed": "'{name}' now lasts {after} instead of {before}",
    "cut": "Cut {before} out of '{name}', {after} left",
    "back": "Put {after} of '{name}' back",
    "split": "Split '{name}' at {after}",
    "repeated": "'{name}' is shown for {after} instead of {before}",
    "volume": "Volume of '{name}' {before:.0%} → {after:.0%}",
    "text": "Text “{before}” → “{after}”",
    "music": "Music removed from '{name}' ({after})",
    "music_level": "Music in '{name}' {before:.0%} → {after:.0%}",
    "restored": "Music restored in '{name}'",
    "noise": "Noise removed from '{name}': {after}",
    "canvas": "The picture is {after} instead of {before}",
    "output": "An export makes {after}",
    "output_instead": "An export makes {after} instead of {before}",
    "thumbnail": "The thumbnail is the frame at {after}",
    "thumbnail_gone": "There is no thumbnail any more",
    "edited": "Changed '{name}' ({after})",
}
