"""Pictures: bytes to RGB arrays (H, W, 3) uint8, and small copies of them."""

import io
import struct

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from ml.data.sniff import PICTURE_FORMATS, sniff
from ml.data.unreadable import Unreadable

Pixels = npt.NDArray[np.uint8]

MAX_PIXELS = 80_000_000  # 8k by 8k fits; below Pillow's own warning at 89 million
THUMBNAIL_QUALITY = 80  # WebP
_TRUNCATED = "The picture is cut off: part of the file is missing."
_DAMAGED = "The picture is damaged and cannot be read."
_TOO_LARGE = "The picture has more than {:,} pixels."


def decode_image(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """RGB (H, W, 3) uint8, first frame, upright by EXIF, alpha laid on white; raises Unreadable."""
    if not data:
        raise Unreadable("The file is empty.")
    name = sniff(data)
    if name is None or name not in PICTURE_FORMATS:
        raise Unreadable("This is not a JPEG, PNG, WebP, GIF, BMP or TIFF picture.")
    if not _is_whole(name, data):
        raise Unreadable(_TRUNCATED)
    try:
        return _decode(name, data, max_pixels)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(_TOO_LARGE.format(max_pixels)) from error
    except (OSError, EOFError, SyntaxError, ValueError, IndexError, struct.error, OverflowError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_TRUNCATED if "truncated" in str(error).lower() else _DAMAGED) from error


def thumbnail(image: Pixels, px: int = 256) -> bytes:
    """WebP bytes with the longer side at most `px`; small pictures keep their size."""
    small = Image.fromarray(image)
    small.thumbnail((px, px), Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=THUMBNAIL_QUALITY, method=2)
    return out.getvalue()


def _decode(name: str, data: bytes, max_pixels: int) -> Pixels:
    with Image.open(io.BytesIO(data), formats=[name.upper()]) as opened:
        if opened.width * opened.height > max_pixels:
            raise Unreadable(_TOO_LARGE.format(max_pixels))
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        return np.asarray(_to_rgb(upright), dtype=np.uint8)


def _to_rgb(image: Image.Image) -> Image.Image:
    """Any Pillow mode to 8-bit RGB."""
    if image.mode.startswith("I") or image.mode == "F":
        image = Image.fromarray(_to_bytes(np.asarray(image)))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layers = image.convert("RGBA")
        paper = Image.new("RGBA", layers.size, "white")
        return Image.alpha_composite(paper, layers).convert("RGB")
    return image.convert("RGB")


def _to_bytes(deep: npt.NDArray[np.generic]) -> Pixels:
    """Grey values of 16 bits, 32 bits or floats to 0..255; floats in 0..1 and 16-bit integers keep their own scale."""
    values = np.nan_to_num(deep.astype(np.float64))
    low, high = float(values.min()), float(values.max())
    top = 65535.0 if deep.dtype.kind in "ui" else 1.0
    if low < 0 or high > top:
        values, top = values - low, max(high - low, 1e-12)
    return np.rint(values * (255.0 / top)).astype(np.uint8)


def _is_whole(name: str, data: bytes) -> bool:
    """Whether the container's own end is there; decoders forgive a missing tail, and we do not."""
    match name:
        case "jpeg":  # end of image after the last start of scan
            return data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda")
        case "png":
            return b"IEND\xaeB`\x82" in data[-4096:] or b"IEND\xaeB`\x82" in data
        case "gif":  # the trailer byte, perhaps padded with zeros
            return data.rstrip(b"\x00").endswith(b";")
        case "webp":
            return len(data) >= 12 and len(data) >= 8 + int.from_bytes(data[4:8], "little")
        case "bmp":
            return len(data) >= 26 and len(data) >= int.from_bytes(data[2:6], "little")
        case _:
            return len(data) >= 8
