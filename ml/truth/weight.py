"""How far people's evidence may be believed, held against gold: errors that all of them share show nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Floats
from ml.truth.difficulty import all_items
from ml.truth.events import events
from ml.truth.hearing import Hearing
from ml.truth.noise import SMALLEST, Fit
from ml.truth.posterior import log_prior, logsumexp

SPREAD = 0.5  # standard deviation of the log weight expected before gold was seen
STEPS = 60  # of golden-section search: far below the noise of any gold set
SEED = 20_221_117
LOWEST, HIGHEST = -4.0, 0.5  # of the log weight


def weight(said: Hearing, passes: Callable[[Hearing], Fit], *, seed: int = SEED) -> float:
    """The exponent of people's likelihood under which labels are right as often as stated; `passes` fits a model.

    By the likelihood that the labels named at weight 1 are right or wrong as gold says, shrunk to 1.
    Labels that taught a model are no test of it: each half of the gold judges a fit that knew only the other half.
    """
    known = (said.gold >= 0) & (said.answers.per_item() > 0)
    first = np.random.default_rng(seed).random(known.size) < 0.5
    halves = [half for half in (known & first, known & ~first) if half.any()]
    terms = [_terms(passes(said.forget_gold(half)), said.of_items(half)) for half in halves]

    def loss(log_weight: float) -> float:
        told = 0.0
        for prior, people, gold in terms:
            score = prior + np.exp(log_weight) * people
            named = (prior + people).argmax(axis=1)
            sure = np.exp(score - logsumexp(score))[np.arange(gold.size), named]
            told += float(np.log(np.clip(np.where(named == gold, sure, 1 - sure), SMALLEST, 1)).sum())
        return 0.5 * (log_weight / SPREAD) ** 2 - told

    return float(np.exp(_lowest(loss))) if halves else 1.0


def _terms(fit: Fit, part: Hearing) -> tuple[Floats, Floats, NDArray[np.integer]]:
    """Log prior and people's log likelihood (n, K) of gold items, and their labels (n,)."""
    prior = log_prior(fit, part.classifier, part.answers.n_items, part.imported)
    return prior, all_items(fit, events(part.answers, piles=fit.hard > 0)).total, part.gold


def _lowest(loss: Callable[[float], float]) -> float:
    """The minimum of a function with one valley between LOWEST and HIGHEST, by golden-section search."""
    ratio = (5**0.5 - 1) / 2
    low, high = LOWEST, HIGHEST
    for _ in range(STEPS):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return (low + high) / 2
