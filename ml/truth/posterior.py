"""From answers to class probabilities, for one item in a request or for all at once, by the same model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml.truth import rows
from ml.truth.answers import BLIND, Answers, Floats
from ml.truth.difficulty import all_items, one_item
from ml.truth.events import Events, events
from ml.truth.noise import SMALLEST, Fit

FEW_ITEMS = 4  # measured: for one item 75 microseconds instead of 427, for ten about the same


def posterior(
    fit: Fit,
    symbols: Sequence[int],
    people: Sequence[int],
    shown: Sequence[int] | None = None,
    classifier_row: Floats | None = None,
    *,
    imported: int = -1,
    fold: int | None = None,
) -> Floats:
    """P(true class | everything said of one item), float64 (K,).

    people are the fit's indices, or UNKNOWN_PERSON. classifier_row (K,): out-of-fold probabilities, or None.
    imported: the label that the item came with, or -1. fold: the item's, None for the temperature of all.
    """
    seen = [BLIND] * len(symbols) if shown is None else shown
    row, place = None if classifier_row is None else classifier_row[None], None if fold is None else np.array([fold])
    score = log_prior(fit, row, 1, np.array([imported]), place)[0]
    if len(symbols):
        score = score + one_item(fit, np.asarray(symbols), np.asarray(people), np.asarray(seen))
    return np.asarray(_softmax(score) @ fit.shared)


def posteriors(
    fit: Fit,
    answers: Answers,
    classifier: Floats | None = None,
    *,
    imported: NDArray[np.integer] | None = None,
    folds: NDArray[np.integer] | None = None,
) -> Floats:
    """P(true class | everything said) of each item, (N, K). A classifier row of NaN means that there is none.

    folds (N,): each item's, so that the classifier's temperature has not heard it; None for the temperature of all.
    """
    score = log_prior(fit, classifier, answers.n_items, imported, folds) + _people(fit, answers)
    return np.asarray(_softmax(score) @ fit.shared)


def evidence(fit: Fit, kinds: Events, classifier: Floats | None, imported: NDArray[np.integer] | None = None) -> Floats:
    """Log probability of all that was said of each item, (N,), by the events of their answers with piles."""
    score = log_prior(fit, classifier, kinds.by_item.shape[0], imported) + all_items(fit, kinds).total
    return logsumexp(score)[:, 0]


def _people(fit: Fit, answers: Answers) -> Floats:
    """What people's answers add to it, (N, K): for few items one by one, which saves building the sparse tables."""
    if answers.n_items > FEW_ITEMS:
        return all_items(fit, events(answers, piles=fit.hard > 0)).total
    told = np.zeros((answers.n_items, fit.n_classes))
    for item in np.unique(answers.item):
        said = answers.item == item
        told[item] = one_item(fit, answers.symbol[said], answers.person[said], answers.shown[said])
    return told


def log_prior(
    fit: Fit,
    classifier: Floats | None,
    n_items: int,
    imported: NDArray[np.integer] | None = None,
    folds: NDArray[np.integer] | None = None,
) -> Floats:
    """What is known before people answer, (N, K): the prior, or the tempered classifier, and the imported label."""
    score = np.tile(np.log(np.maximum(fit.prior, SMALLEST)), (n_items, 1))
    if classifier is not None:
        there = ~np.isnan(classifier).any(axis=1)
        sharpness, bias = (fit.sharpness, fit.bias) if folds is None else fit.heard(folds[there])
        score[there] = tempered(classifier[there], sharpness, bias)
    if imported is not None:
        told = imported >= 0
        score[told] += np.log(np.maximum(fit.imported.T[imported[told]], SMALLEST))
    return score


def tempered(classifier: Floats, sharpness: float | Floats, bias: Floats) -> Floats:
    """Log probabilities (n, K) of the classifier at its fitted temperature and class shares, of all or a row each."""
    score = sharpness * np.log(np.maximum(classifier, SMALLEST)) + bias
    return np.asarray(score - logsumexp(score))


def logsumexp(score: Floats) -> Floats:
    """Over the last axis, kept."""
    top = rows.largest(score)
    return np.asarray(top + np.log(rows.total(np.exp(score - top))))


def _softmax(score: Floats) -> Floats:
    """Probabilities over the last axis."""
    chance = np.exp(score - rows.largest(score))
    chance /= rows.total(chance)
    return np.asarray(chance)
