"""What is said of an item by others than people: the classifier at a fitted temperature, and imported labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Floats
from ml.truth.events import sums
from ml.truth.noise import SMALLEST, Fit

SHARPEST = 10.0  # largest inverse temperature
LARGEST_STEP = 0.5  # of the inverse temperature in one pass: Newton may overshoot far from the optimum
IMPORTED_STRENGTH = 10.0  # items a class by which an imported label's row is shrunk to one error rate
IMPORTED_ACCURACY = 0.8  # assumed before anything was measured
IMPORTED_ITEMS = 2.0  # by which that assumption counts


def fit_classifier(current: Fit, truth: Floats, logits: Floats) -> Fit:
    """One Newton step of the inverse temperature on expected log-likelihood, one scaling step of the class shares.

    truth (n, K): expected classes; logits (n, K): the classifier's log probabilities.
    """
    if not len(truth):
        return current
    score = current.sharpness * logits + current.bias
    chance = np.exp(score - score.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    mean = (chance * logits).sum(axis=1)
    slope = float(((truth * logits).sum(axis=1) - mean).sum())
    curve = float(((chance * logits**2).sum(axis=1) - mean**2).sum()) + SMALLEST
    step = float(np.clip(slope / curve, -LARGEST_STEP, LARGEST_STEP))
    bias = current.bias + np.log(truth.sum(axis=0) + 1) - np.log(chance.sum(axis=0) + 1)
    return replace(current, sharpness=float(np.clip(current.sharpness + step, 0.0, SHARPEST)), bias=bias - bias.mean())


def fit_labels(truth: Floats, imported: NDArray[np.integer]) -> Floats:
    """P(imported label | true class), (K, K), shrunk to one error rate for all, itself measured.

    truth (n, K): expected classes of the items that teach; imported (n,): their labels.
    """
    n_classes = truth.shape[1]
    count = sums(imported.astype(np.int64), truth, n_classes).T
    right = (np.trace(count) + IMPORTED_ITEMS * IMPORTED_ACCURACY) / (count.sum() + IMPORTED_ITEMS)
    target = np.full((n_classes, n_classes), (1 - right) / (n_classes - 1))
    np.fill_diagonal(target, right)
    return np.asarray((count + IMPORTED_STRENGTH * target) / (count.sum(axis=1, keepdims=True) + IMPORTED_STRENGTH))
