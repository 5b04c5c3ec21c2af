"""From answers to class probabilities, for one item in a request or for all at once, by the same arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import BLIND, Answers, Floats
from ml.truth.noise import SMALLEST, Fit

CHUNK = 1 << 18  # answers worked on at once: bounds memory


def posterior(
    fit: Fit,
    symbols: Sequence[int],
    people: Sequence[int],
    shown: Sequence[int] | None = None,
    classifier_row: Floats | None = None,
    *,
    imported: int = -1,
) -> Floats:
    """P(true class | everything said of one item), float64 (K,).

    people are the fit's indices, or UNKNOWN_PERSON. classifier_row (K,): out-of-fold probabilities, or None.
    imported: the label that the item came with, or -1.
    """
    seen = [BLIND] * len(symbols) if shown is None else shown
    score = log_prior(fit, None if classifier_row is None else classifier_row[None], 1, np.array([imported]))[0]
    if len(symbols):
        rows = fit.likelihood(np.asarray(symbols), np.asarray(people), np.asarray(seen))
        score = score + np.log(rows).sum(axis=0)
    return _softmax(score)


def posteriors(
    fit: Fit, answers: Answers, classifier: Floats | None = None, *, imported: NDArray[np.integer] | None = None
) -> Floats:
    """P(true class | everything said) of each item, (N, K). A classifier row of NaN means that there is none."""
    score = log_prior(fit, classifier, answers.n_items, imported)
    for start in range(0, len(answers), CHUNK):
        part = slice(start, start + CHUNK)
        rows = np.log(fit.likelihood(answers.symbol[part], answers.person[part], answers.shown[part]))
        for truth in range(fit.n_classes):
            score[:, truth] += np.bincount(answers.item[part], weights=rows[:, truth], minlength=answers.n_items)
    return _softmax(score)


def log_prior(fit: Fit, classifier: Floats | None, n_items: int, imported: NDArray[np.integer] | None = None) -> Floats:
    """What is known before people answer, (N, K): the prior, or the tempered classifier, and the imported label."""
    score = np.tile(np.log(np.maximum(fit.prior, SMALLEST)), (n_items, 1))
    if classifier is not None:
        there = ~np.isnan(classifier).any(axis=1)
        score[there] = tempered(classifier[there], fit.sharpness, fit.bias)
    if imported is not None:
        told = imported >= 0
        score[told] += np.log(np.maximum(fit.imported.T[imported[told]], SMALLEST))
    return score


def tempered(classifier: Floats, sharpness: float, bias: Floats) -> Floats:
    """Log probabilities (n, K) of the classifier at its fitted temperature and class shares."""
    score = sharpness * np.log(np.maximum(classifier, SMALLEST)) + bias
    return score - _logsumexp(score)


def _logsumexp(score: Floats) -> Floats:
    """Over the last axis, kept."""
    top = score.max(axis=-1, keepdims=True)
    return np.asarray(top + np.log(np.exp(score - top).sum(axis=-1, keepdims=True)))


def _softmax(score: Floats) -> Floats:
    """Probabilities over the last axis."""
    return np.asarray(np.exp(score - _logsumexp(score)))
