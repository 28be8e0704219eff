"""Masking: what must never be written down is replaced while a call is captured.

Nothing downstream (repr, HTML, saved notebook, HAR, log, traceback) can leak what was never kept
(design.md, "Masked at capture").
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["MASK", "Mask"]

MASK = "••••"

_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "set-cookie",
        "x-client-id",
        "x-engine-secret",
    }
)
_SECRET_SHAPES = re.compile(r"\b(?:nmv_usr_|clm_)[\w-]+|(?<=Bearer )\S+")
_SECRET_FIELDS = re.compile(
    r'(?P<key>"(?:token|claim_token|access_token|client_id|secret)"\s*:\s*)"(?P<value>(?:[^"\\]|\\.)*)"'
)
_SHORTEST = 6  # a shorter secret would mask ordinary words everywhere


class Mask:
    """Replace secrets in text, and learn new ones from the traffic itself.

    >>> mask = Mask()
    >>> mask.headers({"Authorization": "Bearer s3cret-t0ken", "Accept": "*/*"})
    {'authorization': 'Bearer ••••', 'accept': '*/*'}
    >>> mask.text("it said s3cret-t0ken")
    'it said ••••'
    """

    def __init__(self, *secrets: str | None) -> None:
        self._secrets: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str | None) -> None:
        """Remember a secret, so that it is masked wherever it turns up."""
        if secret and len(secret) >= _SHORTEST:
            self._secrets.add(secret)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers, names in lower case, secret values masked and learnt."""
        masked = {}
        for name, value in headers.items():
            key = name.lower()
            if key in _SECRET_HEADERS:
                scheme, space, credentials = value.partition(" ")
                self.learn(credentials if space else value)
                masked[key] = f"{scheme} {MASK}" if space else MASK
            else:
                masked[key] = self.text(value)
        return masked

    def text(self, text: str) -> str:
        """Return the text without any secret known by name, by shape or from earlier calls."""
        for match in _SECRET_FIELDS.finditer(text):
            if any(map(str.isdigit, match["value"])):  # else it may be a word, not to be lost
                self.learn(match["value"])
        text = _SECRET_FIELDS.sub(rf'\g<key>"{MASK}"', text)
        return self.known(_SECRET_SHAPES.sub(MASK, text))

    def known(self, text: str) -> str:
        """Return the text without the secrets known by name; what only looks like one stays."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text
