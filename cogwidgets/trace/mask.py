"""Masking: what must never be written down is replaced while a call is captured.

Nothing downstream (repr, HTML, saved notebook, HAR, log, traceback) can leak what was never kept
(design.md, "Masked at capture").
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, unquote

__all__ = ["MASK", "Mask"]

MASK = "••••"

Headers = tuple[tuple[str, str], ...]

_SHORTEST = 6  # a shorter secret would mask ordinary words everywhere
_LONGEST = 4096  # of what is learnt from the traffic; no token is longer
_WORD = re.compile(r"[A-Za-z0-9_-]*")
_SHORT = 200  # characters of a text that is likely to come again: a path, a purpose
_CACHED = 512  # such texts, and header lines, remembered with what they are masked to

_SECRET_HEADER = re.compile(
    r"authorization|cookie|token|secret|password|credential|api-?key|client-id", re.IGNORECASE
)
# What a secret's name ends in: `claim_token`, `clientId`, `X-Amz-Signature`, …
_NAMES = (
    "token",
    "secret",
    "password",
    "passwd",
    "client id",
    "api key",
    "credential",
    "credentials",
    "signature",
    "authorization",
)
# Behind such a name: a field of JSON, or of JSON inside a string of JSON, whose quotes all have the
# same backslashes; or a pair of a query, a form or a sentence.
_VALUE = (
    r'(?:(?P<quote>\\{0,7}")\s{0,9}:\s{0,9}(?P=quote)|=))'
    r"(?P<value>(?(quote).{1,8192}?(?<!\\)(?=(?P=quote))|[^&\s\"'<>#;,)\\]+))"
)
# What tokens look like wherever they stand: the service's own, JSON web tokens, bearer credentials.
_SHAPES = {
    "nmv_usr_": r"nmv_usr_[\w-]+",
    "clm_": r"clm_[\w-]+",
    "eyj": r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
    "bearer ": r"(?<=[Bb]earer )(?=[^\s\"']*\d)[\w.~+/-]+=*",
}


def _spellings(name: str) -> set[str]:
    """Return a name in snake, kebab, camel and the other cases."""
    first, *rest = name.split()
    camel = first + "".join(rest).title()
    joined = {separator.join([first, *rest]) for separator in ("_", "-", "")}
    return {camel, camel[0].upper() + camel[1:]} | {
        case(word) for word in joined for case in (str.lower, str.title, str.upper)
    }


# By a word in lower case: looking for words is much cheaper than for patterns, and most texts have
# none of these.
_PATTERNS = {
    word: re.compile(f"(?P<head>)(?P<value>{shape})") for word, shape in _SHAPES.items()
} | {
    spelt.lower(): re.compile(f"(?P<head>(?:{'|'.join(_spellings(name))}){_VALUE}", re.DOTALL)
    for name in _NAMES
    for spelt in _spellings(name)
}


class Mask:
    """Replace secrets in text, and learn new ones from the traffic itself.

    What is *given* (to the constructor or to `learn`) is masked from 6 characters on. What is
    *seen* is masked where it stands: the values of secret headers and cookies, of fields and query
    parameters whose name ends in token, secret, password, client id, API key, credential or
    signature, and whatever looks like a token of the service. It is also remembered, to be masked
    elsewhere, if it cannot be taken for a word: 8 characters with a digit, or 20 without.

    A secret that is known is found as it is, percent-encoded, escaped for JSON and for HTML, over
    and over too, and inside base64 of anything that contains it.

    >>> mask = Mask()
    >>> mask.headers([(b"Authorization", b"Bearer s3cret-t0ken"), (b"Accept", b"*/*")])
    (('authorization', 'Bearer ••••'), ('accept', '*/*'))
    >>> mask.text("it said s3cret-t0ken")
    'it said ••••'
    """

    def __init__(self, *secrets: str | None) -> None:
        self._known: dict[str, tuple[str, re.Pattern[str]]] = {}  # with a word to look for first
        self._forms: list[str] = []  # in base64
        self._lines: dict[tuple[bytes, bytes], tuple[str, str]] = {}
        self._texts: dict[str, str] = {}
        self._lock = threading.Lock()
        self.learnt = 0  # grows with each secret: what was masked before may be masked again
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str | None) -> None:
        """Remember a secret, so that it is masked wherever it turns up."""
        if not secret or len(secret) < _SHORTEST or secret in self._known or MASK in secret:
            return
        with self._lock:
            known = {**self._known, secret: (max(_WORD.findall(secret), key=len), _pattern(secret))}
            self._known = dict(sorted(known.items(), key=lambda item: -len(item[0])))
            self._forms = [*self._forms, *_base64(secret.encode("utf-8", "replace"))]
            self._lines.clear()
            self._texts.clear()
            self.learnt += 1

    def headers(self, raw: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Return header lines as text, names in lower case, secrets masked and learnt."""
        return tuple([self._lines.get(line) or self._line(line) for line in raw])

    def text(self, text: str) -> str:
        """Return the text without any secret known by name, by shape or from earlier calls."""
        if len(text) > _SHORT:
            return self._text(text)
        masked = self._texts.get(text)
        if masked is None:
            learnt = self.learnt
            masked = self._text(text)
            if learnt == self.learnt:
                _keep(self._texts, text, masked)
        return masked

    def _text(self, text: str) -> str:
        lower = text.lower()
        for word, pattern in _PATTERNS.items():
            if word in lower:
                text = pattern.sub(self._seen, text)
        return self.known(text)

    def known(self, text: str) -> str:
        """Return the text without the secrets known by name; what only looks like one stays."""
        for word, pattern in self._known.values():
            if word in text:
                text = pattern.sub(MASK, text)
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def cut(self, text: str) -> str:
        """Return `text` of what was cut off anywhere: the beginning of a secret at its end too."""
        text = self.text(text)
        for secret in self._known:
            for form in (
                secret,
                quote(secret, safe="", errors="replace"),
                json.dumps(secret)[1:-1],
            ):
                for length in range(min(len(form) - 1, len(text)), _SHORTEST - 1, -1):
                    if text.endswith(form[:length]):
                        return text[:-length] + MASK
        return text

    def _line(self, line: tuple[bytes, bytes]) -> tuple[str, str]:
        learnt = self.learnt
        name, value = line[0].decode("latin-1").lower(), line[1].decode("utf-8", "replace")
        if not _SECRET_HEADER.search(name):
            value = self.text(value)
        elif name == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            value = self._cookies(pair) + semicolon + attributes
        elif name == "cookie":
            value = self._cookies(value)
        else:
            scheme, space, credentials = value.partition(" ")
            self.learn(credentials if space else value)
            if scheme.lower() == "basic":
                self.learn(_password(credentials))
            value = f"{scheme} {MASK}" if space else MASK if value else ""
        if self.learnt == learnt:  # or what was just learnt may stand in it
            _keep(self._lines, line, (name, value))
        return name, value

    def _cookies(self, value: str) -> str:
        masked = []
        for cookie in value.split(";"):
            name, equals, secret = cookie.partition("=")
            self._remember(secret.strip())
            masked.append(f"{name}={MASK}" if equals else cookie)
        return ";".join(masked)

    def _seen(self, match: re.Match[str]) -> str:
        self._remember(match["value"])
        return match["head"] + MASK

    def _remember(self, value: str) -> None:
        """Learn a secret that was seen, unless it may be a word."""
        with_digit = any(map(str.isdigit, value))
        if (8 if with_digit else 20) <= len(value) <= _LONGEST:
            for secret in _unescaped(value):
                self.learn(secret)

    def __repr__(self) -> str:
        return f"<Mask of {len(self._known)} secrets>"


def _keep(cache: dict[Any, Any], key: Any, value: Any) -> None:
    if len(cache) >= _CACHED:
        cache.clear()
    cache[key] = value


def _pattern(secret: str) -> re.Pattern[str]:
    """Return what finds a secret however its characters are written, each for itself."""
    return re.compile("".join(map(_written, secret)))


def _written(char: str) -> str:
    """Return a pattern of the ways in which a character may be written.

    Only letters, digits, hyphens and underscores are nowhere encoded. Each time that a text is put
    into another, backslashes double and a per cent sign becomes %25.
    """
    if char in "-_" or (char.isascii() and char.isalnum()):
        return char
    data = char.encode("utf-8", "replace")
    units = char.encode("utf-16-be", "surrogatepass").hex()
    codes = [units[i : i + 4] for i in range(0, len(units), 4)]
    short = json.dumps(char)[1:-1].removeprefix("\\")  # n for a line feed
    ways = [
        r"\\{0,31}" + re.escape(short) if char != "\\" else r"\\{1,32}",
        "".join(f"%(?:25){{0,4}}(?i:{byte:02x})" for byte in data),
        "".join(rf"\\{{1,31}}u(?i:{code})" for code in codes),
        re.escape(html.escape(char)),
        f"&#(?:{ord(char)}|[xX]0*(?i:{ord(char):x}));",
        re.escape(char),
        *([r"\+"] if char == " " else []),
    ]
    return f"(?:{'|'.join(ways)})"


def _base64(data: bytes) -> Iterator[str]:
    """Yield how a secret looks inside base64.

    Base64 takes three bytes at a time, so that depends on how many stand before it; the characters
    that hold bits of a neighbour are left out.
    """
    for before, skipped in ((0, 0), (1, 2), (2, 3)):
        whole = base64.b64encode(b"\0" * before + data).decode()
        kept = whole[skipped : 8 * (before + len(data)) // 6]
        if len(kept) >= 8:  # noqa: PLR2004 - shorter would be found by chance
            yield kept
            if "+" in kept or "/" in kept:
                yield kept.translate(str.maketrans("+/", "-_"))


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _unescaped(value: str) -> Iterator[str]:
    """Yield what a value may stand for: as it is, JSON's escapes undone, a URL's undone."""
    yield value
    while "\\" in value:
        try:
            value = str(json.loads(f'"{value}"'))
        except ValueError:
            break
        yield value
    yield unquote(value)
