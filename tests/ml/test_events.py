"""Event files for TensorBoard, against known values of the format."""

import struct

from ml.events import crc32c, event_file, masked


def test_the_checksum_is_castagnolis() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4
    assert masked(0) == 0xA282EAD8


def test_records_are_framed_and_hold_the_scalars() -> None:
    data = event_file([{"loss": 1.0}, {"loss": 0.5, "lr": 0.25}], wall_time=2.0)
    found, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        (check,) = struct.unpack_from("<I", data, at + 8)
        assert check == masked(crc32c(data[at : at + 8]))
        record = data[at + 12 : at + 12 + length]
        assert struct.unpack_from("<I", data, at + 12 + length) == (masked(crc32c(record)),)
        found.append(record)
        at += length + 16
    time = b"\x09" + struct.pack("<d", 2.0)
    assert found[0] == time + b"\x1a\x0dbrain.Event:2"
    assert found[1] == time + b"\x10\x01" + b"\x2a\x0d" + b"\x0a\x0b\x0a\x04loss\x15" + struct.pack("<f", 1.0)
    assert b"\x0a\x02lr\x15" + struct.pack("<f", 0.25) in found[2]
