"""What a file is: its facts and its derivatives, or one sentence that says why it is refused."""

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np

from labeling.projects.models import Medium
from ml import data as media

MAX_FILE_BYTES = 256 * 2**20
THUMB_PX = 256
VIEW_PX = 2048
# What browsers do not show by themselves gets a copy to look at.
NOT_SHOWN_BY_BROWSERS = frozenset({"tiff"})
CONTENT_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "webm": "audio/webm",
}
_THOUSANDTHS = [f"{number / 1000:g}" for number in range(1001)]
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")


class Refused(Exception):
    """This one file does not come in; `reason` is for the person who sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file by its bytes alone; the columns of a Blob."""

    sha256: str
    size: int
    format: str
    content_type: str
    fingerprint: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    sample_rate: int | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """One file that may come in. `derivatives` by kind are None where they are left to the worker."""

    facts: Facts
    data: bytes
    derivatives: dict[str, bytes] | None = field(default_factory=dict)


def examine(*, name: str, data: bytes, medium: str, derive: bool = True) -> Examined:
    """Check and decode one file, once; raises Refused."""
    format_name = _format(name, data, medium)
    try:
        if format_name in media.PICTURE_FORMATS:
            return _picture(format_name, data, derive)
        return _sound(format_name, data, derive)
    except media.Unreadable as error:
        raise Refused(error.reason) from error


def derive(*, format_name: str, data: bytes) -> dict[str, bytes]:
    """The derivatives of a file that was examined before; raises Refused."""
    try:
        if format_name in media.PICTURE_FORMATS:
            return _copies(format_name, media.decode_image(data))
        samples, _rate = media.decode_audio(data)
    except media.Unreadable as error:
        raise Refused(error.reason) from error
    return {"peaks.json": _peaks(samples)}


def needs_thumbnail(format_name: str, width: int | None, height: int | None) -> bool:
    """Whether a smaller copy is worth having; else the original serves."""
    return format_name in NOT_SHOWN_BY_BROWSERS or max(width or 0, height or 0) > THUMB_PX


def _format(name: str, data: bytes, medium: str) -> str:
    if not data:
        raise Refused("The file is empty.")
    if len(data) > MAX_FILE_BYTES:
        raise Refused(f"The file is larger than {MAX_FILE_BYTES // 2**20} MB.")
    if data.startswith(_ARCHIVES):
        raise Refused("An archive inside is not opened: unpack it first.")
    format_name = media.sniff(data)
    if format_name is None:
        raise Refused(_unsupported(medium))
    if not media.extension_matches(name, format_name):
        raise Refused(f"The name does not say what the file is: by its content it is {format_name.upper()}.")
    if (format_name in media.PICTURE_FORMATS) != (medium == Medium.IMAGE):
        raise Refused("This project takes pictures." if medium == Medium.IMAGE else "This project takes sounds.")
    return format_name


def _unsupported(medium: str) -> str:
    if medium == Medium.IMAGE:
        return "Not a picture that is taken here: JPEG, PNG, WebP, GIF, BMP or TIFF."
    return "Not a sound that is taken here: WAV, FLAC, OGG, MP3, m4a or WebM."


def _picture(format_name: str, data: bytes, derive: bool) -> Examined:
    pixels = media.decode_image(data)
    height, width = pixels.shape[:2]
    fingerprint = media.content_fingerprint(pixels)
    facts = replace(_facts(format_name, data, fingerprint), width=width, height=height)
    if derive or not needs_thumbnail(format_name, width, height):
        return Examined(facts, data, _copies(format_name, pixels))
    return Examined(facts, data, None)


def _copies(format_name: str, pixels: media.Pixels) -> dict[str, bytes]:
    height, width = pixels.shape[:2]
    copies: dict[str, bytes] = {}
    if needs_thumbnail(format_name, width, height):
        copies["webp"] = media.thumbnail(pixels, THUMB_PX)
    if format_name in NOT_SHOWN_BY_BROWSERS:
        copies["view.webp"] = media.thumbnail(pixels, VIEW_PX)
    return copies


def _sound(format_name: str, data: bytes, derive: bool) -> Examined:
    samples, rate = media.decode_audio(data)
    facts = replace(
        _facts(format_name, data, media.content_fingerprint(samples, rate)),
        duration=len(samples) / rate,
        sample_rate=rate,
        channels=samples.shape[1],
    )
    return Examined(facts, data, {"peaks.json": _peaks(samples)} if derive else None)


def _peaks(samples: media.Samples) -> bytes:
    """Peaks as JSON numbers of three decimals, more than a screen can show; whole numbers format ten times quicker."""
    thousandths = np.rint(media.peaks(samples) * 1000).astype(int).tolist()
    return b'{"peaks": [%s]}' % ", ".join(map(_THOUSANDTHS.__getitem__, thousandths)).encode()


def _facts(format_name: str, data: bytes, fingerprint: str) -> Facts:
    return Facts(hashlib.sha256(data).hexdigest(), len(data), format_name, CONTENT_TYPES[format_name], fingerprint)
