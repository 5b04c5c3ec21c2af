"""How far people's evidence may be believed, held against gold: errors that all of them share show nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.truth.difficulty import all_items
from ml.truth.events import events
from ml.truth.hearing import Hearing
from ml.truth.noise import Fit
from ml.truth.posterior import log_prior, logsumexp

SPREAD = 0.5  # standard deviation of the log weight expected before gold was seen
STEPS = 60  # of golden-section search: far below the noise of any gold set
LOWEST, HIGHEST = -4.0, 0.5  # of the log weight


def weight(fit: Fit, said: Hearing) -> float:
    """The exponent of people's likelihood that makes gold likeliest, shrunk to 1; the fit must not have seen it."""
    known = (said.gold >= 0) & (said.answers.per_item() > 0)
    if not known.any():
        return 1.0
    part = said.of_items(known)
    prior = log_prior(fit, part.classifier, part.answers.n_items, part.imported)
    people = all_items(fit, events(part.answers, piles=fit.hard > 0)).total
    right = np.arange(part.gold.size), part.gold

    def loss(log_weight: float) -> float:
        score = prior + np.exp(log_weight) * people
        return 0.5 * (log_weight / SPREAD) ** 2 - float((score - logsumexp(score))[right].sum())

    return float(np.exp(_lowest(loss)))


def _lowest(loss: Callable[[float], float]) -> float:
    """The minimum of a function with one valley between LOWEST and HIGHEST, by golden-section search."""
    ratio = (5**0.5 - 1) / 2
    low, high = LOWEST, HIGHEST
    for _ in range(STEPS):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return (low + high) / 2
