"""The bytes of H.264 in a container: NAL units behind their lengths, parameter sets in front.

ISO/IEC 14496-15, 5.3.3.1, describes the configuration; ITU-T H.264, 7.3 and 7.4, the units.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["checked", "free_id", "is_idr", "merged", "profile_of", "with_lengths"]

_IDR, _SPS, _PPS = 5, 7, 8
_PROFILES = {66: "baseline", 77: "main", 100: "high"}
_START_CODE = re.compile(rb"\x00\x00\x00?\x01")


def _units(data: bytes) -> Iterator[bytes]:
    """Cut a packet into its NAL units, each behind its length in four bytes."""
    at = 0
    while at + 4 < len(data):
        size = int.from_bytes(data[at : at + 4])
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def is_idr(data: bytes) -> bool:
    """Tell whether a packet is an IDR picture: nothing after it refers to anything before it."""
    return any(unit and unit[0] & 31 == _IDR for unit in _units(data))


def with_lengths(data: bytes) -> bytes:
    """Put lengths in the place of the start codes before the units of an encoder's packet.

    >>> with_lengths(bytes([0, 0, 1, 9, 16])).hex()
    '000000020910'
    """
    units = [unit for unit in _START_CODE.split(data) if unit]
    return b"".join(len(unit).to_bytes(4) + unit for unit in units)


def checked(description: bytes) -> bytes:
    """Return an AVC configuration when it is whole and counts lengths in four bytes.

    Raises `ValueError` when not.
    """
    if len(description) < 7 or description[0] != 1 or description[4] & 3 != 3:  # noqa: PLR2004
        raise ValueError("the stream's description is of another kind")
    _parameter_sets(description)
    return description


def profile_of(description: bytes) -> str:
    """Name the profile that an AVC configuration asks of a decoder, for x264."""
    return _PROFILES.get(description[1], "high")


def free_id(description: bytes) -> int:
    """Return an id that no parameter set of an AVC configuration has."""
    used = {_set_id(unit) for unit in _parameter_sets(description)}
    return next(number for number in range(32) if number not in used)


def _parameter_sets(description: bytes) -> list[bytes]:
    """List the sequence and picture parameter sets of an AVC configuration."""
    sets: list[bytes] = []
    at = 5
    for mask in (31, 255):
        count = description[at] & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(description[at : at + 2])
            sets.append(description[at + 2 : at + 2 + size])
            at += 2 + size
    if at > len(description) or not all(sets):
        raise ValueError("the stream's description is damaged")
    return sets


def _rest(description: bytes) -> bytes:
    """Return what follows the parameter sets: the chroma format of the higher profiles."""
    used = 7 + sum(2 + len(each) for each in _parameter_sets(description))
    return description[used:]


def _set_id(unit: bytes) -> int:
    """Read the id of a parameter set, an Exp-Golomb number (ITU-T H.264, 9.1).

    >>> _set_id(bytes([0x67, 100, 0, 40, 0b10000000])), _set_id(bytes([0x68, 0b01000000]))
    (0, 1)
    """
    start = 4 if unit[0] & 31 == _SPS else 1
    bits = "".join(f"{byte:08b}" for byte in unit[start : start + 4])
    zeros = bits.index("1")
    return int(bits[zeros : 2 * zeros + 1], 2) - 1


def merged(description: bytes, own: bytes) -> bytes:
    """Add the parameter sets of our encoder, behind start codes, to an AVC configuration."""
    ours = [unit for unit in _START_CODE.split(own) if unit]
    theirs = _parameter_sets(description)
    both = [*theirs, *ours]
    sequence = [unit for unit in both if unit[0] & 31 == _SPS]
    picture = [unit for unit in both if unit[0] & 31 == _PPS]
    level = max(description[3], *(unit[3] for unit in sequence))

    def laid(units: list[bytes]) -> bytes:
        return b"".join(len(unit).to_bytes(2) + unit for unit in units)

    return b"".join(
        [
            bytes([1, description[1], description[2], level, description[4]]),
            bytes([0xE0 | len(sequence)]) + laid(sequence),
            bytes([len(picture)]) + laid(picture),
            _rest(description),
        ]
    )
