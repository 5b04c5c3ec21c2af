"""Real files, made on the spot."""

import io
import zipfile

import numpy as np
import soundfile
from PIL import Image


def picture(seed: int = 0, size: tuple[int, int] = (32, 32), kind: str = "PNG", **options: object) -> bytes:
    """A picture that differs by seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def clip(seed: int = 0, seconds: float = 0.5, rate: int = 8000, kind: str = "WAV") -> bytes:
    """A quiet noise that differs by seed."""
    samples = np.random.default_rng(seed).normal(0, 0.1, int(seconds * rate)).astype(np.float32)
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=kind)
    return out.getvalue()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
