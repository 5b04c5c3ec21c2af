"""From a snapshot's files to what enters a model, one row an item; a file that cannot be read is left out by name."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.backbone import SIZE, fit, picture_features
from ml.data import Pixels, Samples, Unreadable, decode_audio, decode_image
from ml.features import MELS, LogMel, log_mel, sound_features, whole_log_mel
from ml.recipe import Recipe, Stop, Stopped
from ml.snapshot import Snapshot
from ml.speech import speech_features
from ml.versions import SPEECH

Inputs = npt.NDArray[np.float32] | npt.NDArray[np.uint8]
Count = Callable[[int, int], None]


def load_inputs(snapshot: Snapshot, recipe: Recipe, on_count: Count, should_stop: Stop) -> tuple[Inputs, list[int]]:
    """Model inputs of all N rows, and the positions of those that could not be read (their rows are zero).

    head: (N, D) float32 features, the snapshot's own where they are the recipe's. image_cnn and image_transfer:
    (N, S, S, 3) uint8. audio_cnn: (N, 1, MELS, T) float32. audio_gru: the same, as long as the longest sound, NaN where
    one is over.
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
    for at, path in enumerate(paths):
        _check_stop(should_stop)
        try:
            samples, rate = decode_audio(path.read_bytes())
        except (Unreadable, OSError):
            samples, rate = np.zeros((1, 1), np.float32), 16_000
            bad.append(at)
        heard.append(_heard(samples, rate, recipe))
        on_count(at + 1, len(paths))
    if recipe.kind != "head":
        return padded(heard), bad
    return (np.concatenate(heard) if recipe.backbone == SPEECH else sound_features(heard)), bad


def _heard(samples: Samples, rate: int, recipe: Recipe) -> npt.NDArray[np.float32]:
    """What is kept of one sound: a log-mel picture (1, MELS, T), or its speech embedding (1, D)."""
    if recipe.backbone == SPEECH and recipe.kind == "head":
        return speech_features([(samples, rate)])
    if recipe.kind == "audio_gru":
        return whole_log_mel(samples, rate)
    return log_mel(samples, rate, seconds=recipe.seconds)


def padded(pictures: Sequence[LogMel]) -> npt.NDArray[np.float32]:
    """(1, MELS, T) of various T to (N, 1, MELS, longest T), NaN where one is over."""
    longest = max((picture.shape[2] for picture in pictures), default=0)
    out = np.full((len(pictures), 1, MELS, longest), np.nan, np.float32)
    for at, picture in enumerate(pictures):
        out[at, :, :, : picture.shape[2]] = picture
    return out


def _check_stop(should_stop: Stop) -> None:
    if should_stop():
        raise Stopped
