"""Files to arrays: what a file is, its pixels or samples, small copies of it, and why it was refused."""

import hashlib

import numpy as np
import numpy.typing as npt

from ml.data.pictures import MAX_PIXELS, Pixels, decode_image, thumbnail
from ml.data.sniff import EXTENSIONS, HEAD_BYTES, PICTURE_FORMATS, SOUND_FORMATS, extension_matches, sniff
from ml.data.sounds import (
    MAX_SECONDS,
    Samples,
    clipped_share,
    decode_audio,
    is_clipped,
    is_silent,
    mono,
    peaks,
)
from ml.data.unreadable import Unreadable

__all__ = [
    "EXTENSIONS",
    "HEAD_BYTES",
    "MAX_PIXELS",
    "MAX_SECONDS",
    "PICTURE_FORMATS",
    "SOUND_FORMATS",
    "Pixels",
    "Samples",
    "Unreadable",
    "clipped_share",
    "content_fingerprint",
    "decode_audio",
    "decode_image",
    "extension_matches",
    "is_clipped",
    "is_silent",
    "mono",
    "peaks",
    "sniff",
    "thumbnail",
]


def content_fingerprint(decoded: npt.NDArray[np.generic], rate: int = 0) -> str:
    """SHA-256 (hex) of decoded pixels or samples with shape, dtype and rate (Hz): equal content in other packing."""
    digest = hashlib.sha256(f"{decoded.dtype.str}{decoded.shape}{rate}".encode())
    digest.update(np.ascontiguousarray(decoded).data)
    return digest.hexdigest()
