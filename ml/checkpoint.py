"""Weights beside readable JSON, written whole: a temporary file first, then a rename."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

Tensors = dict[str, npt.NDArray[Any]]


def save_checkpoint(folder: Path, name: str, tensors: Mapping[str, npt.NDArray[Any]], about: Mapping[str, Any]) -> None:
    """Write NAME.safetensors and NAME.json; the JSON comes last and names the weights' hash, so halves are noticed."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = save({key: np.ascontiguousarray(value) for key, value in tensors.items()})
    write_whole(folder / f"{name}.safetensors", packed)
    text = json.dumps({**about, "weights_sha256": hashlib.sha256(packed).hexdigest()}, indent=2) + "\n"
    write_whole(folder / f"{name}.json", text.encode())


def load_checkpoint(folder: Path, name: str) -> tuple[Tensors, dict[str, Any]] | None:
    """What `save_checkpoint` wrote; None where nothing whole is there."""
    weights, about = folder / f"{name}.safetensors", folder / f"{name}.json"
    if not (weights.exists() and about.exists()):
        return None
    values: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
    packed = weights.read_bytes()
    if values.pop("weights_sha256") != hashlib.sha256(packed).hexdigest():  # killed between the two renames
        return None
    return load(packed), values


def write_whole(path: Path, data: bytes) -> None:
    """The file is there in full or not at all, even where the power goes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)
