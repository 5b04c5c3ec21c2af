"""Files that real people upload: every one of them can be read, and none is what a training expects."""

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import soundfile
from PIL import Image

WIDE_8K = (7680, 4320)


def odd_pictures(pixels: npt.NDArray[np.uint8]) -> dict[str, bytes]:
    """The same picture (H, W, 3), by name: one pixel, one line, palette, 16 bits, grey, alpha, CMYK and more."""
    picture, grey = Image.fromarray(pixels), Image.fromarray(pixels).convert("L")
    deep = Image.fromarray(np.asarray(grey, np.uint16) * 257)
    made: dict[str, Callable[[], bytes]] = {
        "one-pixel.png": lambda: _saved(picture.resize((1, 1))),
        "one-line.png": lambda: _saved(picture.resize((900, 1)), "PNG"),
        "palette.gif": lambda: _saved(picture.quantize(16), "GIF"),
        "palette.png": lambda: _saved(picture.quantize(16), "PNG"),
        "16-bit.png": lambda: _saved(deep, "PNG"),
        "16-bit.tif": lambda: _saved(deep, "TIFF"),
        "float.tif": lambda: _saved(Image.fromarray(np.asarray(grey, np.float32) / 255), "TIFF"),
        "cmyk.jpg": lambda: _saved(picture.convert("CMYK"), "JPEG"),
        "cmyk.tif": lambda: _saved(picture.convert("CMYK"), "TIFF"),
        "grey.png": lambda: _saved(grey, "PNG"),
        "grey-alpha.png": lambda: _saved(grey.convert("LA"), "PNG"),
        "alpha.webp": lambda: _saved(picture.convert("RGBA"), "WEBP", lossless=True),
        "two-colours.png": lambda: _saved(grey.convert("1"), "PNG"),
    }
    return {name: make() for name, make in made.items()}


def wide_picture(pixels: npt.NDArray[np.uint8]) -> bytes:
    """The same picture in 8k."""
    return _saved(Image.fromarray(pixels).resize(WIDE_8K, Image.Resampling.NEAREST), "JPEG")


def odd_sounds(wave: npt.NDArray[np.float32], rate: int) -> dict[str, bytes]:
    """The same sound (T,), by name: other rates, channels and depths, one sample, a long one, silence."""
    both = np.stack([wave, wave], axis=1)
    return {
        "8-bit.wav": written(wave, rate, "PCM_U8"),
        "24-bit.wav": written(wave, rate, "PCM_24"),
        "float.wav": written(wave, rate, "FLOAT"),
        "double.wav": written(wave, rate, "DOUBLE"),
        "stereo.wav": written(both, rate, "PCM_16"),
        "six-channels.wav": written(np.repeat(both, 3, axis=1), rate, "PCM_16"),
        "telephone.wav": written(wave[:: max(rate // 8000, 1)], 8000, "ULAW"),
        "studio.wav": written(np.repeat(wave, 6), 6 * rate, "PCM_16"),
        "stereo.flac": written(both, rate, "PCM_16", "FLAC"),
        "one-sample.wav": written(wave[:1], rate, "PCM_16"),
        "long.wav": written(np.tile(wave, 20), rate, "PCM_16"),
        "silence.wav": written(np.zeros_like(wave), rate, "PCM_16"),
    }


def saved(pixels: npt.NDArray[np.uint8]) -> bytes:
    """An ordinary PNG."""
    return _saved(Image.fromarray(pixels))


def written(samples: npt.NDArray[np.float32], rate: int, depth: str, kind: str = "WAV") -> bytes:
    """A sound file of samples (T,) or (T, C)."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, subtype=depth, format=kind)
    return out.getvalue()


def _saved(picture: Image.Image, kind: str = "PNG", **how: bool) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()
