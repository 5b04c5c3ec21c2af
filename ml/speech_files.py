"""The optional extra behind `ml.speech`: where its two files lie, whether they are the right ones, and loading them.

The weights are openWakeWord's (CC BY-NC-SA 4.0). Nothing of them stands here or is installed by default:
`pip install '.[speech]'` brings them with their runtime. Of that package only the two files are read; its code is never
imported.
"""

import functools
import hashlib
import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ml.recipe import CannotTrain

Frames = npt.NDArray[np.float32]  # (T, BANDS)

PACKAGE, RUNTIME = "openwakeword", "onnxruntime"
BANDS = 32
WINDOW = 76  # frames that the embedding sees at once, 10 ms apart
DIMENSIONS = 96
MEL, EMBEDDING = "melspectrogram.onnx", "embedding_model.onnx"
HASHES = {  # of version 0.4.0; other weights would be other features under the same name
    MEL: "ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f",
    EMBEDDING: "ba754db3cd768a524c655ea90655ee5e6055a43b8dfd29366a11e93716ae9e51",
}
HOW = "Its owner has to run: pip install '.[speech]' (openWakeWord 0.4.0, CC BY-NC-SA 4.0: not for commercial use)."


class NotInstalled(CannotTrain):
    """The extra is not there, or is not what it should be."""


@dataclass(frozen=True)
class Ear:
    """The two halves of the embedding, whatever runs them."""

    mel: Callable[[npt.NDArray[np.float32]], Frames]  # samples (T,) of 16-bit size at 16 kHz to frames (T', BANDS)
    embed: Callable[[Frames], npt.NDArray[np.float32]]  # windows (B, WINDOW, BANDS) to (B, DIMENSIONS)


def folder() -> Path | None:
    """Where the installed package keeps its weights; None where it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "resources" / "models"


def missing() -> str:
    """Why the embedding cannot be used on this machine, in one sentence; empty where it can."""
    place = folder()
    if place is None or importlib.util.find_spec(RUNTIME) is None:
        return f"The speech embedding is not installed. {HOW}"
    return _fault(place)


@functools.cache
def _fault(place: Path) -> str:
    for name, wanted in HASHES.items():
        path = place / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
            return f"The speech embedding that is installed is another one: {name} is not as in version 0.4.0. {HOW}"
    return ""


def load_ear() -> Ear:
    """The embedding, ready to hear; NotInstalled with the reason where it cannot be used."""
    place, reason = folder(), missing()
    if place is None or reason:
        raise NotInstalled(reason)
    return _loaded(place)


@functools.cache
def _loaded(place: Path) -> Ear:
    mel, embedding = _session(place / MEL), _session(place / EMBEDDING)
    return Ear(
        lambda wave: np.asarray(mel(wave[None]), np.float32).reshape(-1, BANDS),
        lambda windows: np.asarray(embedding(windows[..., None]), np.float32).reshape(-1, DIMENSIONS),
    )


def _session(path: Path) -> Callable[[npt.NDArray[np.float32]], Any]:
    """The network in a file as a function of its one input; as many threads as torch has."""
    runtime = importlib.import_module(RUNTIME)  # here, since it is there only with the extra
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda values: session.run(None, {name: values})[0]
