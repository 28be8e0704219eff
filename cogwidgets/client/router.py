"""Router: what somebody types, to the action it asks for.

Only a sentence in which every word belongs to a command is one: "export the video, please" is,
"export the captions in yellow" is for the agent, since a word that nobody listed can be an edit.
Which words and sentences there are stands in router.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, cast

from cogwidgets.client.grammar import Grammar, Lexicon, Token, table
from cogwidgets.client.target import CONTAINERS

__all__ = ["Action", "named_files", "route"]

Action = Literal["export", "credits", "state", "upload", "message"]

_LONGEST = 4_000  # characters: no command is longer, so the rest need not be read
_MOST = 24  # tokens that say something: the same

_TABLE = table("router.toml")
_CONTAINERS = tuple(f".{container}" for container in CONTAINERS)
_FILE, _TARGET = "\ue000", "\ue001"

_ENDING = rf"\.(?:{'|'.join(_TABLE['endings'].split())})(?![a-z0-9])"
_ROOT = r"(?<![\w/\\.~:])(?:~|\.{1,2}(?=/)|/(?=[\w.-]+/)|[a-z]:(?=[\\/]))"
_HAN = rf"(?![{_TABLE['edits']}])[\u3400-\u9fff]"
_SIGN = r"[\w()\[\]@%+*?.\\/-]"
_NAME = re.compile(
    rf"""
    (?:https?|ftp|file)://[!-~]+
    # In quotes there can be blanks, but "trim a.mp4" may be a message as a whole
    | (?<!\w)(?P<quote>["'])(?P<quoted>
        [^"'\s]{{1,300}}{_ENDING} | (?<=\S\s["'])[^"'\n]{{1,300}}{_ENDING} | {_ROOT}[^"'\n]{{1,300}}
      )(?P=quote)
    # Behind a blank in a path comes another folder, or the last word: /home/My Videos/day 1.mp4
    | {_ROOT}(?:{_SIGN}|{_HAN}){{1,300}}?
      (?:\\?\ (?:{_SIGN}|{_HAN}){{1,80}}?/(?:{_SIGN}|{_HAN}){{0,300}}?){{0,6}}
      (?:\\?\ (?:{_SIGN}|{_HAN}){{1,80}}?)?{_ENDING}
    | {_ROOT}[\\/]{_SIGN}{{0,300}}
    | (?<!{_SIGN}){_SIGN}{{1,300}}{_ENDING}
    | (?:(?<![^\s:\uff1a])(?!上传|导入)|(?<=上传)|(?<=导入))(?:{_HAN}|\d){{1,40}}{_ENDING}
    """,
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)


def named_files(text: str) -> list[str]:
    """List the files that a text names: paths, names with a known ending and URLs, as written.

    Quotes and backslashes before blanks are taken off. Whether there is such a file is not asked.

    Examples
    --------
    >>> named_files("upload ~/clips/a.mov and 'day 1.mp4'")
    ['~/clips/a.mov', 'day 1.mp4']

    """
    return [
        (match["quoted"] or match[0].rstrip(".,;!?)")).replace("\\ ", " ")
        for match in _NAME.finditer(text)
    ]


def _sign(match: re.Match[str]) -> str:
    """Stand in for a file: whether it could be the name of an export."""
    name = match["quoted"] or match[0]
    exported = name.lower().endswith(_CONTAINERS) and "://" not in name
    return f" {_TARGET if exported else _FILE} "


_END = Token(frozenset({"stop"}), 0, 0)
_LEXICON = Lexicon(_TABLE["words"])
_GRAMMAR = Grammar(_LEXICON, _TABLE["parts"])
_SENTENCES = {
    cast("Action", action): re.compile(f"{_GRAMMAR.pattern(patterns)}{{1,2}}")
    for action, patterns in _TABLE["sentences"].items()
}


def route(text: str) -> Action:
    """Say which action a sentence asks for (contract.md, "Words to actions").

    ``"message"`` is whatever is not a command from its first word to its last, so that no edit is
    swallowed: what else a sentence asks for, "not yet", and questions of how go to the agent.

    Examples
    --------
    >>> route("Looks good, can you export it in 1080p please?"), route("还有多少积分")
    ('export', 'credits')
    >>> route("make the credits roll slower"), route("remove the music and export")
    ('message', 'message')

    """
    if len(text) > _LONGEST:
        return "message"
    said = _said(_LEXICON.read(_NAME.sub(_sign, text)))
    if said is None or not 0 < len(said) <= _MOST:
        return "message"
    letters = _GRAMMAR.spell(said)
    asked = [a for a, sentence in _SENTENCES.items() if sentence.fullmatch(letters)]
    return asked[0] if len(asked) == 1 else "message"


def _said(tokens: Iterable[Token]) -> list[Token] | None:
    """Leave out what asks for nothing; None where there is a word that nobody listed.

    "Great" asks for nothing between two commas; in front of a noun it says what that is like.
    """
    said: list[Token] = []
    clause: list[Token] = []
    for token in (*tokens, _END):
        if not token.concepts or "only" in token.concepts:
            return None
        if "stop" in token.concepts:
            if not all(token.concepts & {"done", "nice"} for token in clause):
                said += clause
            clause = []
        elif "filler" not in token.concepts and not _one_more_file(clause, token):
            clause.append(token)
    return said


def _one_more_file(clause: list[Token], token: Token) -> bool:
    """Tell whether it only goes on with a list of files."""
    return bool(clause) and "file" in token.concepts and clause[-1].concepts == token.concepts
