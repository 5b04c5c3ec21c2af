"""What is dear to compute, kept between runs of the benchmark: CACHE= a folder, by default ~/.cache/emerald-bench."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float32]


def kept_table(key: bytes, make: Callable[[], Table]) -> Table:
    """The table under a key that names all of its input; made and kept where it is not there."""
    place = _place(key, "npy")
    if place.exists():
        found: Table = np.load(place)
        return found
    made = make()
    half = place.with_suffix(f".{os.getpid()}.npy")
    np.save(half, made)
    half.rename(place)
    return made


def kept_values(key: bytes, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The same for figures."""
    place = _place(key, "json")
    if place.exists():
        found: dict[str, Any] = json.loads(place.read_text())
        return found
    made = make()
    half = place.with_suffix(f".{os.getpid()}.part")
    half.write_text(json.dumps(made))
    half.rename(place)
    return made


def _place(key: bytes, ending: str) -> Path:
    folder = Path(os.environ.get("CACHE", Path.home() / ".cache" / "emerald-bench"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{hashlib.sha256(key).hexdigest()}.{ending}"
