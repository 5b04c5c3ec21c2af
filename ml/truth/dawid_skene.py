"""Dawid-Skene as maximum a posteriori: each person's confusion shrunk to the pool, with further witnesses.

A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm" (1979).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats
from ml.truth.em import MAX_ITERATIONS, TOLERANCE, assumed, default_teachers, estimate
from ml.truth.noise import Fit
from ml.truth.strength import choose

__all__ = ["Fit", "assumed", "fit"]


def fit(
    answers: Answers,
    *,
    classifier: Floats | None = None,
    gold: NDArray[np.integer] | None = None,
    imported: NDArray[np.integer] | None = None,
    confusion_items: NDArray[np.bool_] | None = None,
    strength: float | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> Fit:
    """Fit prior, confusion, copy rates and witnesses; strength None is chosen by held-out likelihood.

    classifier (N, K): out-of-fold probabilities, NaN rows where there are none. gold, imported (N,): a class or -1.
    confusion_items (N,): the items that teach confusion, by default those with gold or two answers. Where every item
    has one answer and none is gold the assumed confusion stays.
    """
    teaches = default_teachers(answers, gold) if confusion_items is None else confusion_items
    if strength is None:
        strength = choose(answers, teaches=teaches, classifier=classifier, gold=gold, imported=imported)
    return estimate(
        answers,
        strength=strength,
        teaches=teaches,
        classifier=classifier,
        gold=gold,
        imported=imported,
        tolerance=tolerance,
        max_iterations=max_iterations,
    )
