"""Plural: numbers with their words, as the reprs of this package write them."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, word: str) -> str:
    """Write a number with its word, which gets an s but after 1.

    >>> counted(1, "call"), counted(0, "track"), counted(12_000, "event")
    ('1 call', '0 tracks', '12,000 events')
    """
    return f"{number:,} {word}{'s' * (number != 1)}"
