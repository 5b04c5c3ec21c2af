"""Whether a sound file is all there, by what its own container says; decoders play what is left and say nothing."""

from collections.abc import Callable

_UNKNOWN_SIZE = 0xFFFFFFFF  # what a streaming writer leaves in a WAV that it could not rewind


def is_whole(name: str, data: bytes) -> bool:
    """False where the container announces more bytes than there are; `name` as `sniff` says."""
    return _CHECKS[name](data)


def _wav(data: bytes) -> bool:
    """Every chunk up to and including `data` lies inside the file (RF64 keeps its lengths elsewhere)."""
    if data[:4] == b"RF64":
        return True
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            return size == _UNKNOWN_SIZE or at + 8 + size <= len(data)
        at += 8 + size + size % 2
    return False


def _ogg(data: bytes) -> bool:
    """Pages follow each other to a last one that says it is the last (RFC 3533, section 6)."""
    at, last = 0, False
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        segments = data[26 + at]
        end = at + 27 + segments + sum(data[at + 27 : at + 27 + segments])
        if end > len(data) or at + 27 + segments > len(data):
            return False
        last, at = bool(data[at + 5] & 4), end
    return last and not data[at:].strip(b"\x00")


def _mp3(data: bytes) -> bool:
    """A Xing or Info header's count of bytes is there; files without one cannot tell."""
    start = _after_id3(data)
    at = max(data.find(b"Xing", start, start + 256), data.find(b"Info", start, start + 256))
    if at < 0 or not data[at + 7] & 2:
        return True
    field = at + 8 + (4 if data[at + 7] & 1 else 0)
    return start + int.from_bytes(data[field : field + 4], "big") <= len(data)


def _after_id3(data: bytes) -> int:
    """Where sound begins after an ID3v2 tag, whose length has 7 bits a byte."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _m4a(data: bytes) -> bool:
    """The top-level boxes end where the file ends, and one of them is the index (ISO 14496-12, 4.2)."""
    at, index = 0, False
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        index = index or kind == b"moov"
        if size == 0:  # the last box runs to the end
            return index
        if size < 8 or at + size > len(data):
            return False
        at += size
    return index


def _webm(data: bytes) -> bool:
    """The segment fits, where the recorder knew its length (RFC 8794, section 6)."""
    at = data.find(b"\x18\x53\x80\x67", 0, 4096)
    if at < 0 or at + 5 > len(data):
        return False
    first = data[at + 4]
    width = 9 - first.bit_length()
    mask = (1 << 7 * width) - 1
    size = int.from_bytes(data[at + 4 : at + 4 + width], "big") & mask
    return size == mask or at + 4 + width + size <= len(data)


def _always(_data: bytes) -> bool:
    """FLAC: the decoder counts its samples itself."""
    return True


_CHECKS: dict[str, Callable[[bytes], bool]] = {
    "wav": _wav,
    "flac": _always,
    "ogg": _ogg,
    "mp3": _mp3,
    "m4a": _m4a,
    "webm": _webm,
}
