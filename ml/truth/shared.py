"""Errors that everybody shares: what an item looks like to all need not be what it is, and no answers can tell.

P(true t | answers) = sum_a P(t | looks like a) P(looks like a | answers). Signal detection: whether a person takes a t
for an s hangs on a normal variable, to which the item and the moment each add. Only the moment averages out over many
people, so that a confusion of e leaves S = Phi(Phi^-1(e) / sqrt(r)) for ever, r being the item's share of the variance
(D. M. Green and J. A. Swets, "Signal Detection Theory and Psychophysics" (1966), ch. 9, on internal and external
noise). A few answers an item leave r as assumed, many tell it (ml.truth.item_share); gold tells how many such errors
there are, as `scale` (ml.truth.audit).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from ml.truth.answers import Floats
from ml.truth.noise import SMALLEST, Fit

MOST_SHARED = 0.5  # of a class: beyond it the looks would name another class than people do


def shared(fit: Fit, *, scale: float = 1.0) -> Floats:
    """P(true class | what the item looks like), (K, K), a row for each look; scale multiplies the shared errors.

    As many items of each class are taken for others as others for it, so that the class shares stay as they are.
    """
    crossed = scale * fit.prior[:, None] * shared_errors(fit)
    crossed = (crossed + crossed.T) / 2
    room = np.minimum(1.0, MOST_SHARED * fit.prior / np.maximum(crossed.sum(axis=1), SMALLEST))
    crossed *= np.minimum(room[:, None], room)
    return np.asarray(crossed / fit.prior[:, None] + np.diag(1 - crossed.sum(axis=1) / fit.prior))


def looks(fit: Fit, posteriors: Floats) -> Floats:
    """P(looks like a | answers), (N, K), out of posteriors of the true class: what further answers can still settle."""
    told = np.clip(posteriors @ np.linalg.pinv(fit.shared), 0.0, None)
    return np.asarray(told / np.maximum(told.sum(axis=1, keepdims=True), SMALLEST))


def shared_errors(fit: Fit) -> Floats:
    """P(a t looks like an s to everybody), (K, K), diagonal zero: what hard items do not carry already.

    Which way two classes are confused shows badly in answers, so that the larger counts of the confusion one way and
    that of an even-handed person.
    """
    told = informed_confusion(fit)[:, : fit.n_classes]
    told = np.clip(told / told.sum(axis=1, keepdims=True), SMALLEST, 1 - SMALLEST)
    position = ndtri(told)
    position = np.maximum(position, (position + position.T) / 2)
    errors = ndtr(position / np.sqrt(fit.item_share))
    # Two people share an error where it is the item's and both see it so; hard items make some of these pairs too.
    pairs = errors * np.diagonal(told)[None, :] ** 2
    errors *= np.clip(1 - _hard_pairs(fit, ndtr(position)) / np.maximum(pairs, SMALLEST), 0.0, 1.0)
    np.fill_diagonal(errors, 0.0)
    return np.asarray(errors)


def _hard_pairs(fit: Fit, told: Floats) -> Floats:
    """By how much hard items raise the chance that two people take a t for an s, (K, K)."""
    led = fit.follow + (1 - fit.follow) * told
    apart = (1 - fit.follow) * told
    return np.asarray(fit.hard * (told * led**2 + (1 - told) * apart**2 - told**2))


def informed_confusion(fit: Fit) -> Floats:
    """The confusion (K, K or K + 1) of those whom the posterior follows: by answers and the square of their skill."""
    people = fit.people
    if not people.size or not (np.isfinite(fit.strength) or fit.tells_apart):
        return fit.pooled
    weight = people.total.sum(axis=1) * _skill(fit) ** 2
    if not weight.sum() > 0:
        return fit.pooled
    weight /= weight.sum()
    everybody = np.arange(people.size)
    found = np.empty_like(fit.pooled)
    for symbol in range(fit.pooled.shape[1]):
        found[:, symbol] = weight @ fit.theta(everybody, np.full(people.size, symbol))
    return found


def _skill(fit: Fit) -> Floats:
    """How far each person's mean chance of being right lies above guessing, (P,), at least zero."""
    everybody = np.arange(fit.people.size)
    right = np.zeros(fit.people.size)
    for label in range(fit.n_classes):
        right += fit.recall(everybody, label)
    return np.asarray(np.maximum(right / fit.n_classes - 1 / fit.n_classes, 0.0))
