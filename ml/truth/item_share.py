"""How much of an error is the item's: told by many answers an item, where there are two classes.

Signal detection (Green and Swets 1966, ch. 9): a person is right about an item of class t with probability
Phi((x + sqrt(r) z) / sqrt(1 - r)), where z ~ N(0, 1) is the item's, the same for everybody, r the item's share of the
variance, and Phi(x) the person's chance over all items of that class. With three answers an item any r fits as well as
another; with ten and more, r shows in how far items of one class differ, and with it how many of them lie beyond the
middle, where they look like the other class to most. The likelihood runs over class, z and, since people's chances
were fitted by what items look like, over a shift of all x.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import log_ndtr, ndtri

from ml.truth.answers import BLIND, Answers, Floats
from ml.truth.noise import SMALLEST, Fit

ASSUMED = 0.5  # nothing is known before: as much the item's as the moment's
MANY = 8  # answers from which on an item tells; fewer cannot tell an odd item from odd people
MOSTLY = 0.5  # of the answered items must have as many: else those were chosen, be it for doubt or for agreement
FEWEST = 30  # items that tell
MOST = 4_000  # answers looked at: beyond, the share is known to a few hundredths
SHARES = np.arange(1, 19) / 20 - 0.025  # 0.025 .. 0.875, each as likely but for the weight below
SHIFTS = np.arange(-8, 3) / 10  # of people's positions
SEED = 20_261_121
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)


def item_share(fit: Fit, answers: Answers) -> float:
    """The mean of r over its posterior, whose prior is Beta(2, 2); ASSUMED where the answers cannot tell."""
    part = _telling(answers) if fit.n_classes == 2 else None
    if part is None:
        return ASSUMED
    theta = np.clip(fit.likelihood(part.symbol, part.person, part.shown), SMALLEST, 1 - SMALLEST)
    score = np.array([[_evidence(fit, part, ndtri(theta), share, shift) for shift in SHIFTS] for share in SHARES])
    score += np.log(SHARES * (1 - SHARES))[:, None]
    weight = np.exp(score - score.max()).sum(axis=1)
    return float(weight @ SHARES / weight.sum())


def _telling(answers: Answers) -> Answers | None:
    """Answers without a suggestion that name a class, to items with many of them, renumbered; None for too few."""
    named = answers.where((answers.symbol < answers.n_classes) & (answers.shown == BLIND))
    chosen = np.flatnonzero(named.per_item() >= MANY)
    if chosen.size < max(FEWEST, MOSTLY * (answers.per_item() > 0).sum()):
        return None
    chosen = np.random.default_rng(SEED).permutation(chosen)
    chosen = chosen[np.cumsum(named.per_item()[chosen]) <= MOST]
    place = np.full(named.n_items, -1, np.int32)
    place[chosen] = np.arange(chosen.size, dtype=np.int32)
    part = named.where(place[named.item] >= 0)
    return replace(part, item=place[part.item], n_items=int(chosen.size))


def _evidence(fit: Fit, part: Answers, position: Floats, share: float, shift: float) -> float:
    """Log likelihood of all answers; position (A, 2): of saying what was said, by true class."""
    told = np.zeros((part.n_items, 2, NODES.size))
    for true in (0, 1):
        right = part.symbol == true
        side = np.where(right, 1.0, -1.0)
        place = position[:, true] + shift * side
        score = log_ndtr((place[:, None] + side[:, None] * np.sqrt(share) * NODES) / np.sqrt(1 - share))
        for node in range(NODES.size):
            told[:, true, node] = np.bincount(part.item, score[:, node], minlength=part.n_items)
    told += np.log(fit.prior)[None, :, None] + np.log(WEIGHTS / WEIGHTS.sum())
    top = told.max(axis=(1, 2), keepdims=True)
    return float((np.log(np.exp(told - top).sum(axis=(1, 2))) + top[:, 0, 0]).sum())
