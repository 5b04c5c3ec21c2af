"""Vote shares: the baseline that every other estimator has to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats


def counts(answers: Answers) -> Floats:
    """Votes for each class, (N, K); "not sure" and "not c" vote for nobody."""
    votes = answers.symbol < answers.n_classes
    cell = answers.item[votes].astype(np.int64) * answers.n_classes + answers.symbol[votes]
    flat = np.bincount(cell, minlength=answers.n_items * answers.n_classes)
    return flat.reshape(answers.n_items, answers.n_classes).astype(np.float64)


def shares(answers: Answers) -> Floats:
    """Vote shares (N, K), rows summing to one; uniform where nobody voted."""
    votes = counts(answers)
    total = votes.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, votes / np.maximum(total, 1), 1 / answers.n_classes))


def winners(scores: Floats, *, tolerance: float = 1e-12) -> Floats:
    """The chance (N, K) that each class is named when ties at the top are broken at random."""
    top = scores >= scores.max(axis=1, keepdims=True) - tolerance
    return np.asarray(top / top.sum(axis=1, keepdims=True))


def expected_accuracy(scores: Floats, truth: NDArray[np.integer]) -> float:
    """The share of items whose top class is the truth (N,), ties counted in expectation."""
    return float(winners(scores)[np.arange(truth.size), truth].mean())
