"""From a snapshot's files to what enters a model, one row an item; a file that cannot be read is left out by name."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.backbone import SIZE, fit, picture_features
from ml.data import Pixels, Samples, Unreadable, decode_audio, decode_image, mono
from ml.features import log_mel, loudest_window, sound_features, whole_log_mel
from ml.ragged import LONGEST, Ragged
from ml.recipe import Recipe, Stop, Stopped
from ml.snapshot import Snapshot
from ml.speech import speech_features
from ml.versions import SPEECH

Inputs = npt.NDArray[np.float32] | npt.NDArray[np.uint8] | Ragged
Count = Callable[[int, int], None]


def load_inputs(snapshot: Snapshot, recipe: Recipe, on_count: Count, should_stop: Stop) -> tuple[Inputs, list[int]]:
    """Model inputs of all N rows, and the positions of those that could not be read (their rows are zero).

    head: (N, D) float32 features, the snapshot's own where they are the recipe's. image_cnn and image_transfer:
    (N, S, S, 3) uint8. audio_cnn: (N, 1, MELS, T) float32. audio_gru: Ragged, each as long as it is, up to LONGEST
    seconds.
    """
    if recipe.kind == "head" and snapshot.features is not None and _are_its_own(snapshot.feature_version, recipe):
        bad = np.flatnonzero(~np.isfinite(snapshot.features).all(axis=1))
        return np.nan_to_num(snapshot.features) if len(bad) else snapshot.features, bad.tolist()
    paths = [snapshot.path_of(row) for row in snapshot.rows]
    return read_files(paths, snapshot.kind, recipe, on_count, should_stop)


def _are_its_own(feature_version: str, recipe: Recipe) -> bool:
    """Features computed for another backbone are other features, however long."""
    return (feature_version == SPEECH) == (recipe.backbone == SPEECH)


def read_files(
    paths: Sequence[Path], kind: str, recipe: Recipe, on_count: Count, should_stop: Stop
) -> tuple[Inputs, list[int]]:
    """The same from files alone; `kind` is "image" or "audio"."""
    if kind == "image":
        return _pictures(paths, recipe, on_count, should_stop)
    return _sounds(paths, recipe, on_count, should_stop)


def _pictures(paths: Sequence[Path], recipe: Recipe, on_count: Count, should_stop: Stop) -> tuple[Inputs, list[int]]:
    size = SIZE if recipe.kind == "head" else recipe.size
    pictures: list[Pixels] = []
    bad: list[int] = []
    for at, path in enumerate(paths):
        _check_stop(should_stop)
        try:
            picture = decode_image(path.read_bytes())
        except (Unreadable, OSError):
            picture = np.zeros((1, 1, 3), np.uint8)
            bad.append(at)
        pictures.append(fit(picture, size))  # at once: a large photograph holds 200 MB
        on_count(at + 1, len(paths))
    if recipe.kind != "head":
        return np.stack(pictures), bad
    return picture_features(pictures, device=recipe.device, on_progress=on_count), bad


def _sounds(paths: Sequence[Path], recipe: Recipe, on_count: Count, should_stop: Stop) -> tuple[Inputs, list[int]]:
    heard: list[npt.NDArray[np.float32]] = []
    bad: list[int] = []
    cut: list[int] = []
    whole = recipe.kind == "audio_gru"
    for at, path in enumerate(paths):
        _check_stop(should_stop)
        try:
            samples, rate = decode_audio(path.read_bytes())
        except (Unreadable, OSError):
            samples, rate = np.zeros((1, 1), np.float32), 16_000
            bad.append(at)
        if whole and len(samples) > LONGEST * rate:
            samples = loudest_part(samples, rate)
            cut.append(at)
        heard.append(_heard(samples, rate, recipe))
        on_count(at + 1, len(paths))
    if whole:
        return Ragged(heard, tuple(cut)), bad
    if recipe.kind != "head":
        return np.stack(heard), bad
    return (np.concatenate(heard) if recipe.backbone == SPEECH else sound_features(heard)), bad


def _heard(samples: Samples, rate: int, recipe: Recipe) -> npt.NDArray[np.float32]:
    """What is kept of one sound: a log-mel picture (1, MELS, T), or its speech embedding (1, D)."""
    if recipe.backbone == SPEECH and recipe.kind == "head":
        return speech_features([(samples, rate)])
    if recipe.kind == "audio_gru":
        return whole_log_mel(samples, rate)
    return log_mel(samples, rate, seconds=recipe.seconds)


def loudest_part(samples: Samples, rate: int) -> Samples:
    """The loudest LONGEST seconds of (T, C), as one channel; all of it where it is shorter."""
    return loudest_window(mono(samples), int(LONGEST * rate)) if len(samples) > LONGEST * rate else samples


def batch_of(inputs: Inputs, rows: npt.NDArray[np.intp]) -> Tensor:
    """Those rows of the inputs, side by side."""
    return inputs[rows] if isinstance(inputs, Ragged) else torch.from_numpy(np.ascontiguousarray(inputs[rows]))


def vectors(inputs: Inputs) -> npt.NDArray[np.float32]:
    """Inputs of a head, (N, D); TypeError for what only a network takes."""
    if isinstance(inputs, Ragged):
        raise TypeError("A head takes features.")
    return inputs.astype(np.float32, copy=False)


def _check_stop(should_stop: Stop) -> None:
    if should_stop():
        raise Stopped
