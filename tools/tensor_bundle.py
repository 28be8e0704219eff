"""Read the tensors of a TensorFlow checkpoint without TensorFlow.

A checkpoint ("tensor bundle") is two files: ``NAME.index``, a sorted string table in LevelDB's
format that maps each tensor's name to a small protocol buffer, and ``NAME.data-00000-of-00001``,
the tensors' bytes. Sources: LevelDB ``doc/table_format.md``; TensorFlow
``tensor_bundle.proto`` (``BundleEntryProto``) and ``types.proto``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["read_bundle"]

TABLE_MAGIC = 0xDB4775248B80FB57
FOOTER_SIZE = 48
DT_FLOAT = 1
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def read_bundle(index: bytes, data: bytes) -> dict[str, NDArray[np.float32]]:
    """Return every float32 tensor of a one-shard checkpoint by name.

    Parameters
    ----------
    index, data
        The contents of the ``.index`` and the ``.data-00000-of-00001`` file.

    Raises
    ------
    ValueError
        When the index is no uncompressed table.
    """
    footer = index[-FOOTER_SIZE:]
    if struct.unpack("<Q", footer[-8:])[0] != TABLE_MAGIC:
        raise ValueError("the index is not a LevelDB table: give the .index file of a checkpoint")
    _, at = _handle(footer, 0)
    (start, size), _ = _handle(footer, at)
    tensors = {}
    for _, value in _block(index, start, size):
        (start, size), _ = _handle(value, 0)
        for key, entry in _block(index, start, size):
            # The empty key holds the bundle's header.
            if key and (tensor := _tensor(entry, data)) is not None:
                tensors[key.decode()] = tensor
    return tensors


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _handle(raw: bytes, at: int) -> tuple[tuple[int, int], int]:
    start, at = _varint(raw, at)
    size, at = _varint(raw, at)
    return (start, size), at


def _block(raw: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if raw[start + size] != 0:
        raise ValueError("the index is compressed: only uncompressed tables can be read")
    block = raw[start : start + size]
    (restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 * (restarts + 1)
    key, at = b"", 0
    while at < end:
        shared, at = _varint(block, at)
        rest, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + rest]
        at += rest
        yield key, block[at : at + length]
        at += length


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        kind = tag & 7
        if kind == VARINT:
            value, at = _varint(raw, at)
            yield tag >> 3, value
            continue
        if kind == BYTES:
            size, at = _varint(raw, at)
        else:
            size = {FIXED32: 4, FIXED64: 8}[kind]
        yield tag >> 3, raw[at : at + size]
        at += size


def _tensor(entry: bytes, data: bytes) -> NDArray[np.float32] | None:
    """Read one ``BundleEntryProto``: 1 dtype, 2 shape (2 dimensions: 1 size), 4 offset, 5 size."""
    fields = dict(_fields(entry))
    if fields.get(1) != DT_FLOAT:
        return None
    shape = [
        _number(dict(_fields(dimension)), 1)
        for number, dimension in _fields(_message(fields, 2))
        if number == 2 and isinstance(dimension, bytes)
    ]
    return np.frombuffer(data, "<f4", _number(fields, 5) // 4, _number(fields, 4)).reshape(shape)


def _number(fields: dict[int, int | bytes], key: int) -> int:
    value = fields.get(key, 0)
    return value if isinstance(value, int) else 0


def _message(fields: dict[int, int | bytes], key: int) -> bytes:
    value = fields.get(key, b"")
    return value if isinstance(value, bytes) else b""
