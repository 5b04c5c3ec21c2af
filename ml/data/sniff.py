"""What a file is by its first bytes, whatever its name says."""

from pathlib import PurePath

EXTENSIONS: dict[str, frozenset[str]] = {
    "jpeg": frozenset({"jpg", "jpeg", "jpe", "jfif"}),
    "png": frozenset({"png"}),
    "webp": frozenset({"webp"}),
    "gif": frozenset({"gif"}),
    "bmp": frozenset({"bmp", "dib"}),
    "tiff": frozenset({"tif", "tiff"}),
    "wav": frozenset({"wav", "wave"}),
    "flac": frozenset({"flac"}),
    "ogg": frozenset({"ogg", "oga", "opus"}),
    "mp3": frozenset({"mp3"}),
    "m4a": frozenset({"m4a", "mp4", "m4b"}),
    "webm": frozenset({"webm", "weba", "mka", "mkv"}),
}
PICTURE_FORMATS = frozenset({"jpeg", "png", "webp", "gif", "bmp", "tiff"})
SOUND_FORMATS = frozenset({"wav", "flac", "ogg", "mp3", "m4a", "webm"})
HEAD_BYTES = 64  # all that `sniff` looks at

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\x1a\x45\xdf\xa3", "webm"),
)
_RIFF_FORMS = {b"WAVE": "wav", b"WEBP": "webp"}
_PICTURE_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"})  # ISO boxes that hold pictures


def sniff(data: bytes) -> str | None:
    """Format name (a key of EXTENSIONS) by content; None for anything that is not taken. The first 64 bytes suffice."""
    if data[:4] in (b"RIFF", b"RF64"):
        return _RIFF_FORMS.get(data[8:12])
    if data[4:8] == b"ftyp":
        return None if data[8:12] in _PICTURE_BRANDS else "m4a"
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    return "mp3" if _is_mpeg_frame(data) else None


def extension_matches(name: str, format_name: str) -> bool:
    """Whether a file called `name` may hold `format_name`."""
    return PurePath(name).suffix.lower().lstrip(".") in EXTENSIONS[format_name]


def _is_mpeg_frame(data: bytes) -> bool:
    """Whether an MPEG layer III frame header stands at the start (ISO 11172-3, 2.4.1.3)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    return version != 1 and layer == 1 and data[2] >> 4 not in (0, 15) and data[2] >> 2 & 3 != 3
