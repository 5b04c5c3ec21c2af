"""What each tool gives where labels are few: CIFAR-10, 100 and 1,000 labels, five seeds, mean and 95 % interval.

A small network from scratch, plain; with one tool added at a time; and the head on frozen features (transfer). For
balancing the training part is long-tailed (each class 0.6 of the one before), the judgement has all classes alike.
The interval is of the mean over seeds (Student's t), each seed drawing its own labels and weights. All sizes are small
enough for one core; the recipes were not tuned on these pictures.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from ml.augment import OFF
from ml.backbone import fit
from ml.head import Doubles
from ml.losses import balanced
from ml.part import Part
from ml.recipe import Recipe
from ml.train_head import fit_head
from ml.train_net import fit_net
from tests.bench.train.cifar import CLASSES, Pictures, features_of, test_pictures, training_pictures

SIZES = (100, 1_000)
SEEDS = 5
POOL, JUDGED = 3_000, 1_000
TAIL = 0.6
SIDE = 32
EPOCHS = {100: 40, 1_000: 12}
PLAIN = Recipe(
    kind="image_cnn", width=16, size=SIDE, batch=32, smoothing=0.0, weight_decay=0.0, folds=1, augment=OFF
)
TOOLS: dict[str, Recipe] = {
    "plain": PLAIN,
    "augmentation": replace(PLAIN, augment=replace(OFF, flip=True, shift=0.1, scale=0.1, rotate=8.0, border="reflect")),
    "cosine": replace(PLAIN, loss="cosine"),
    "averaging": replace(PLAIN, averaging=0.98),
    "smoothing_decay": replace(PLAIN, smoothing=0.1, weight_decay=0.05),
    "mixing": replace(PLAIN, augment=replace(OFF, mix=0.4)),
}


def run(data: Path, folder: Path) -> dict[str, float | str]:
    """Keys `<tool>_<labels>` and `<tool>_<labels>_half`, half the width of the interval."""
    pool, judged = training_pictures(data).first(POOL), test_pictures(data, JUDGED)
    pixels = np.stack([fit(picture, SIDE) for source in (pool, judged) for picture in source.read(0, POOL)])
    vectors = np.concatenate([features_of(pool), features_of(judged)])
    figures: dict[str, float | str] = {}
    for size in SIZES:
        scores: dict[str, list[float]] = {}
        for seed in range(int(os.environ.get("SEEDS", SEEDS))):
            for name, score in _one_seed(pool, judged, pixels, vectors, size, seed, folder).items():
                scores.setdefault(name, []).append(score)
        for name, values in scores.items():
            half = student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
            figures[f"{name}_{size}"] = round(float(np.mean(values)), 4)
            figures[f"{name}_{size}_half"] = round(float(half), 4)
        print(figures, file=sys.stderr, flush=True)
    return figures


def _one_seed(
    pool: Pictures,
    judged: Pictures,
    pixels: npt.NDArray[np.uint8],
    vectors: npt.NDArray[np.float32],
    size: int,
    seed: int,
    folder: Path,
) -> dict[str, float]:
    even, tailed = _draw(pool.labels, size, seed, 1.0), _draw(pool.labels, size, seed, TAIL)
    scores = {}
    for name, recipe in TOOLS.items():
        own = replace(recipe, seed=seed, epochs=EPOCHS[size])
        fitted = fit_net(pixels, _part(pool.labels, even), own, folder, name, lambda _: None, lambda: False)
        scores[name] = _right(fitted.logits[POOL:], judged.labels)
    for name, chosen, power in (("transfer", even, 0.0), ("tailed", tailed, 0.0), ("tailed_balanced", tailed, 1.0)):
        part = _part(pool.labels, chosen, power, folds=5)
        head = fit_head(vectors, part, Recipe(balance=power), folder, name, lambda _: None, lambda: False)
        scores[name] = _right(head.logits[POOL:], judged.labels)
    return scores


def _draw(labels: npt.NDArray[np.intp], size: int, seed: int, ratio: float) -> npt.NDArray[np.intp]:
    """`size` rows or a few less, class k having `ratio` to the power of k as many as class 0."""
    shares = ratio ** np.arange(len(CLASSES))
    wanted = np.maximum(1, np.floor(size * shares / shares.sum() + 1e-9)).astype(int)
    random = np.random.default_rng(seed)
    return np.concatenate(
        [random.permutation(np.flatnonzero(labels == own))[: wanted[own]] for own in range(len(CLASSES))]
    )


def _part(labels: npt.NDArray[np.intp], rows: npt.NDArray[np.intp], power: float = 0.0, folds: int = 1) -> Part:
    """With one fold nothing is left out: the final network alone is trained."""
    targets: Doubles = np.eye(len(CLASSES))[labels[rows]]
    return Part(rows, targets, balanced(targets, np.ones(len(rows)), power), np.arange(len(rows)) % folds)


def _right(logits: Doubles, truth: npt.NDArray[np.intp]) -> float:
    return float((logits.argmax(axis=1) == truth).mean())
