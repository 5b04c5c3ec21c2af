"""What each tool gives where labels are few: CIFAR-10, 100 and 1,000 labels, five seeds, mean and 95 % interval.

A small network from scratch, plain and with one tool added at a time; the head on frozen features (transfer), plain,
linear, and with changed copies of its pictures. For balancing the training part is long-tailed (each class 0.6 of the
one before); it is judged once with all classes alike and once with the tail's shares (`_by_tail`), as where a model is
used on what it learnt from. Each seed draws its own labels and weights, the same for all tools, so that what a tool
gives (`_gain`) is a mean of paired differences with Student's interval (`_low`, `_high`). All is small enough for
one core; the recipes were not tuned on these pictures. SEEDS= fewer,
SIZES= one of them; scores are kept, so that a stopped run goes on.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import t as student

from ml.augment import OFF, augment_pictures
from ml.backbone import fit, picture_features
from ml.head import Doubles
from ml.losses import balanced
from ml.part import Part
from ml.recipe import Recipe
from ml.train import DEFAULT_RECIPES
from ml.train_head import fit_head
from ml.train_net import fit_net
from ml.versions import BACKBONE
from tests.bench.train.cifar import CLASSES, TEST, features_of, test_pictures, training_pictures
from tests.bench.train.kept import Table, kept_table, kept_values

Rows = npt.NDArray[np.intp]
Pictures = npt.NDArray[np.uint8]  # (N, SIDE, SIDE, 3)

SIZES = tuple(int(size) for size in os.environ.get("SIZES", "100,1000").split(","))
SEEDS = 5
POOL, JUDGED = 3_000, 1_000
TAIL = 0.6
SIDE = 32
EPOCHS = {100: 40, 1_000: 12}
PLAIN = Recipe(kind="image_cnn", width=16, size=SIDE, batch=32, smoothing=0.0, weight_decay=0.0, folds=1, augment=OFF)
MILD = replace(OFF, flip=True, shift=0.1, scale=0.1, rotate=8.0, border="reflect")
NETS: dict[str, Recipe] = {
    "plain": PLAIN,
    "augmentation": replace(PLAIN, augment=MILD),
    "cosine": replace(PLAIN, loss="cosine"),
    "averaging": replace(PLAIN, averaging=0.98),
}
HEAD = DEFAULT_RECIPES["image"]
BESIDE = {  # each tool, and what it is compared with
    "augmentation": "plain", "cosine": "plain", "averaging": "plain", "transfer": "plain",
    "transfer_linear": "transfer", "transfer_copies": "transfer",
    "tailed_balanced": "tailed", "tailed_balanced_by_tail": "tailed_by_tail",
}  # fmt: skip


class Material:
    """Pictures to learn from, then those that judge; their features, and those of changed copies of the first."""

    def __init__(self, data: Path) -> None:
        pool, judged = training_pictures(data).first(POOL), test_pictures(data, TEST)
        every = TEST // JUDGED  # evenly over the classes, which lie one after another
        self.labels, self.truth = pool.labels, judged.labels[::every]
        few = replace(judged, names=judged.names[::every], labels=self.truth)
        self.pixels = np.stack([fit(picture, SIDE) for source in (pool, few) for picture in source.read()])
        self.vectors = np.concatenate([features_of(pool), features_of(judged)[::every]])
        self.copies = [_features(copy) for copy in (self.pixels[:POOL, :, ::-1], _changed(self.pixels[:POOL]))]

    def right(self, logits: Doubles) -> npt.NDArray[np.bool_]:
        """Of the judging pictures."""
        flags: npt.NDArray[np.bool_] = logits.argmax(axis=1) == self.truth
        return flags


def run(data: Path, folder: Path) -> dict[str, float | str]:
    """Keys `<tool>_<labels>`, `_half` (half the width of its interval), and `_gain`, `_low`, `_high`."""
    material = Material(data)
    figures: dict[str, float | str] = {}
    for size in SIZES:
        scores: dict[str, list[float]] = {}
        for seed in range(int(os.environ.get("SEEDS", SEEDS))):
            for name, score in _one_seed(material, size, seed, folder).items():
                scores.setdefault(name, []).append(score)
        for name, values in scores.items():
            mean, half = _interval(np.array(values))
            figures |= {f"{name}_{size}": round(mean, 4), f"{name}_{size}_half": round(half, 4)}
        for name, other in BESIDE.items():
            gain, half = _interval(np.array(scores[name]) - np.array(scores[other]))
            figures |= {
                f"{name}_{size}_gain": round(gain, 4), f"{name}_{size}_low": round(gain - half, 4),
                f"{name}_{size}_high": round(gain + half, 4),
            }  # fmt: skip
        print(figures, file=sys.stderr, flush=True)
    return figures


def _interval(values: Doubles) -> tuple[float, float]:
    """The mean and half the width of its 95 % interval."""
    half = student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    return float(values.mean()), float(half)


def _one_seed(material: Material, size: int, seed: int, folder: Path) -> dict[str, float]:
    even, tailed = _draw(material.labels, size, seed, 1.0), _draw(material.labels, size, seed, TAIL)
    scores: dict[str, float] = {}

    def take(name: str, recipe: Recipe, make: Callable[[], dict[str, float]]) -> None:
        key = json.dumps([name, size, seed, POOL, JUDGED, TAIL, BACKBONE, recipe.to_json()], sort_keys=True)
        found: dict[str, Any] = kept_values(key.encode(), make)
        print(size, seed, found, file=sys.stderr, flush=True)
        scores.update(found)

    for name, recipe in NETS.items():
        own = replace(recipe, seed=seed, epochs=EPOCHS[size])
        take(name, own, partial(_net, material, name, even, own, folder))
    for name, recipe in {"transfer": HEAD, "transfer_linear": replace(HEAD, landmarks=0, ridge=False)}.items():
        take(name, recipe, partial(_one, material, name, even, recipe))
    take("transfer_copies", HEAD, partial(_one, material, "transfer_copies", even, HEAD, material.copies))
    for name, recipe in {"tailed": HEAD, "tailed_balanced": replace(HEAD, balance=1.0)}.items():
        take(name, recipe, partial(_both, material, name, tailed, recipe))
    return scores


def _net(material: Material, name: str, rows: Rows, recipe: Recipe, folder: Path) -> dict[str, float]:
    """Accuracy of a network that learns all of the rows; with one fold nothing is left out."""
    pixels = np.concatenate([material.pixels[rows], material.pixels[POOL:]])
    targets = np.eye(len(CLASSES))[material.labels[rows]]
    part = Part(np.arange(len(rows)), targets, np.ones(len(rows)), np.zeros(len(rows), np.intp))
    fitted = fit_net(pixels, part, recipe, folder, "", lambda _: None, lambda: False)
    return {name: float(material.right(fitted.logits[len(rows) :]).mean())}


def _head(material: Material, rows: Rows, recipe: Recipe, copies: list[Table] | None = None) -> npt.NDArray[np.bool_]:
    """Which judging pictures the head gets right; copies share the weight and the fold of their picture."""
    tables = [material.vectors, *(copy[rows] for copy in copies or [])]
    times = len(tables)
    places = np.concatenate([rows, np.arange(len(material.vectors), len(material.vectors) + len(rows) * (times - 1))])
    targets = np.tile(np.eye(len(CLASSES))[material.labels[rows]], (times, 1))
    weights = balanced(targets, np.full(len(targets), 1 / times), recipe.balance)
    part = Part(places, targets, weights, np.tile(np.arange(len(rows)) % recipe.folds, times))
    fitted = fit_head(np.concatenate(tables), part, recipe, Path(), "", lambda _: None, lambda: False)
    return material.right(fitted.logits[POOL : POOL + JUDGED])


def _one(
    material: Material, name: str, rows: Rows, recipe: Recipe, copies: list[Table] | None = None
) -> dict[str, float]:
    return {name: float(_head(material, rows, recipe, copies).mean())}


def _both(material: Material, name: str, rows: Rows, recipe: Recipe) -> dict[str, float]:
    """Judged with all classes alike, and with the shares of the tail."""
    right = _head(material, rows, recipe)
    recall = np.array([right[material.truth == own].mean() for own in range(len(CLASSES))])
    shares = TAIL ** np.arange(len(CLASSES))
    return {name: float(recall.mean()), f"{name}_by_tail": float(recall @ shares / shares.sum())}


def _draw(labels: Rows, size: int, seed: int, ratio: float) -> Rows:
    """`size` rows or a few less, class k having `ratio` to the power of k as many as class 0."""
    shares = ratio ** np.arange(len(CLASSES))
    wanted = np.maximum(1, np.floor(size * shares / shares.sum() + 1e-9)).astype(int)
    random = np.random.default_rng(seed)
    return np.concatenate(
        [random.permutation(np.flatnonzero(labels == own))[: wanted[own]] for own in range(len(CLASSES))]
    )


def _changed(pixels: Pictures) -> Pictures:
    """Each picture once as the network with augmentation would see it."""
    batch = torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2).float() / 255
    made = augment_pictures(batch, MILD, torch.Generator().manual_seed(0))
    return (made.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).numpy()


def _features(pixels: Pictures) -> Table:
    """(N, 704)."""
    key = hashlib.sha256(BACKBONE.encode() + pixels.tobytes()).digest()
    return kept_table(key, lambda: picture_features(list(pixels)))
