"""How many errors everybody shares, held against gold: they show nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Floats
from ml.truth.hearing import Hearing
from ml.truth.noise import SMALLEST, Fit
from ml.truth.posterior import posteriors
from ml.truth.shared import shared

SPREAD = 1.5  # standard deviation of the log scale expected before gold was seen: a factor of 4.5 either way
STEPS = 40  # of golden-section search: far below the noise of any gold set
SEED = 20_221_117
LOWEST, HIGHEST = -6.0, 4.0  # of the log scale


class Heard(NamedTuple):
    """Gold items that a fit had not been told of: what they look like (n, K), their labels (n,), and that fit."""

    fit: Fit
    looks: Floats
    gold: NDArray[np.integer]


def scale(said: Hearing, passes: Callable[[Hearing], Fit], *, item_share: float, seed: int = SEED) -> float:
    """The factor on shared errors under which labels are right as often as stated; `passes` fits a model.

    By the likelihood that the labels named at factor 1 are right or wrong as gold says, shrunk to 1.
    Labels that taught a model are no test of it: each half of the gold judges a fit that knew only the other half.
    """
    known = (said.gold >= 0) & (said.answers.per_item() > 0)
    first = np.random.default_rng(seed).random(known.size) < 0.5
    halves = [half for half in (known & first, known & ~first) if half.any()]
    fits = [replace(passes(said.forget_gold(half)), item_share=item_share) for half in halves]
    heard = [_heard(fit, said.of_items(half)) for fit, half in zip(fits, halves, strict=True)]

    def loss(log_scale: float) -> float:
        told = 0.0
        for fit, looks, gold in heard:
            named = looks.argmax(axis=1)
            sure = (looks @ shared(fit, scale=float(np.exp(log_scale))))[np.arange(gold.size), named]
            told += float(np.log(np.clip(np.where(named == gold, sure, 1 - sure), SMALLEST, 1)).sum())
        return 0.5 * (log_scale / SPREAD) ** 2 - told

    return float(np.exp(_lowest(loss))) if halves else 1.0


def _heard(fit: Fit, part: Hearing) -> Heard:
    """Gold items, their labels out of hearing, under a fit whose shared errors are yet to be told."""
    return Heard(fit, posteriors(fit, part.answers, part.classifier, imported=part.imported), part.gold)


def _lowest(loss: Callable[[float], float]) -> float:
    """The minimum of a function with one valley between LOWEST and HIGHEST, by golden-section search."""
    ratio = (5**0.5 - 1) / 2
    low, high = LOWEST, HIGHEST
    for _ in range(STEPS):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return (low + high) / 2
