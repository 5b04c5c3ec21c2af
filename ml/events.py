"""Scalars as an event file that TensorBoard reads: records framed as TFRecord, each an Event protocol buffer.

record   length (uint64) | masked CRC of it (uint32) | data | masked CRC of the data; little-endian, CRC-32C
Event    1 wall_time (double, s), 2 step (varint), 3 file_version (text) or 5 summary
Summary  1 value, repeated: 1 tag (text), 2 simple_value (float32)
"""

import functools
import struct
from collections.abc import Iterable, Mapping

VERSION = "brain.Event:2"
POLYNOMIAL = 0x82F63B78  # Castagnoli's, reflected
MASK = 0xA282EAD8  # as in TensorFlow's lib/hash/crc32c.h: a CRC of data that holds CRCs is a bad one
FULL = 0xFFFFFFFF
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types


def event_file(points: Iterable[Mapping[str, float]], wall_time: float) -> bytes:
    """The file of one run: point i (tag to value) is step i + 1; all at `wall_time`, seconds since 1970."""
    records = [_double(1, wall_time) + _text(3, VERSION)]
    for step, point in enumerate(points, start=1):
        values = b"".join(_text(1, _text(1, tag) + _float(2, value)) for tag, value in point.items())
        records.append(_double(1, wall_time) + _whole(2, step) + _text(5, values))
    return b"".join(_framed(record) for record in records)


def crc32c(data: bytes) -> int:
    """Castagnoli's checksum (RFC 3720), 32 bits."""
    rest, table = FULL, _table()
    for byte in data:
        rest = table[(rest ^ byte) & 0xFF] ^ (rest >> 8)
    return rest ^ FULL


def masked(crc: int) -> int:
    """Turned by 15 bits and moved, as the format asks."""
    return ((crc >> 15 | crc << 17) + MASK) & FULL


def _framed(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(crc32c(length))) + data + struct.pack("<I", masked(crc32c(data)))


@functools.cache
def _table() -> tuple[int, ...]:
    """The checksum of each byte alone."""
    rows = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = rest >> 1 ^ (POLYNOMIAL if rest & 1 else 0)
        rows.append(rest)
    return tuple(rows)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _key(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _text(field: int, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _key(field, BYTES) + _varint(len(data)) + data


def _whole(field: int, value: int) -> bytes:
    return _key(field, VARINT) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _key(field, FIXED64) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    return _key(field, FIXED32) + struct.pack("<f", value)
