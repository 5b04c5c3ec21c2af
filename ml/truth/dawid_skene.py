"""Dawid-Skene as maximum a posteriori: each person's confusion matrix shrunk to the pooled one, with further witnesses.

A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm" (1979).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats
from ml.truth.audit import scale
from ml.truth.copying import Copying
from ml.truth.em import MAX_ITERATIONS, TOLERANCE, estimate
from ml.truth.hearing import Hearing, hear
from ml.truth.item_share import item_share
from ml.truth.leaving import leave_out
from ml.truth.noise import Fit
from ml.truth.shared import shared
from ml.truth.strength import Shrinkage, choose, without_negligible
from ml.truth.tally import assumed

__all__ = ["Fit", "assumed", "fit"]

ENOUGH_ANSWERS = 30_000  # strength and starting point are learnt from whole items with about so many answers
SEED = 20_221_117


def fit(
    answers: Answers,
    *,
    classifier: Floats | None = None,
    gold: NDArray[np.integer] | None = None,
    imported: NDArray[np.integer] | None = None,
    confusion_items: NDArray[np.bool_] | None = None,
    strength: float | None = None,
    skill: bool = True,
    difficulty: bool = True,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
    copying: Copying | None = None,
    folds: NDArray[np.integer] | None = None,
) -> Fit:
    """Fit prior, confusion, copy rates, difficulty and witnesses; strength None is chosen by held-out likelihood.

    skill: whether people's skill is told apart by itself (ml.truth.skill), chosen likewise where strength is None.
    classifier (N, K): out-of-fold probabilities, NaN rows where there are none. gold, imported (N,): a class or -1.
    confusion_items (N,): the items that teach confusion, by default those with gold or two answers. Where every item
    has one answer and none is gold the assumed confusion stays. Gold also tells how many errors everybody shares,
    and so do many answers an item between two classes.
    copying: rates measured elsewhere (ml.truth.anchoring), kept to in place of those that the answers would suggest.
    folds (N,): each item's (ml.truth.leaving), for a temperature that has not heard the items that it is used on.
    """
    said = hear(answers, classifier=classifier, gold=gold, imported=imported, confusion_items=confusion_items)
    shrinkage, start = _begin(said, None if strength is None else Shrinkage(strength, skill), difficulty)

    def passes(heard: Hearing) -> Fit:
        return estimate(
            heard,
            strength=shrinkage.strength,
            skill=shrinkage.skill,
            difficulty=difficulty,
            start=start,
            tolerance=tolerance,
            max_iterations=max_iterations,
            copying=copying,
        )

    found = passes(said) if folds is None else leave_out(passes(said), said, folds)
    if not said.teaches.any():
        return found
    found = replace(found, item_share=item_share(found, said.answers))
    known = (said.gold >= 0).any()
    factor = scale(said, passes, item_share=found.item_share) if known else 1.0
    return replace(found, shared=shared(found, scale=factor))


def _begin(said: Hearing, shrinkage: Shrinkage | None, difficulty: bool) -> tuple[Shrinkage, Fit | None]:
    """The shrinkage, and for many answers a starting point learnt from some of them."""
    part = said.about(ENOUGH_ANSWERS, np.random.default_rng(SEED))
    start, many = None, len(said.answers) > 2 * ENOUGH_ANSWERS
    if shrinkage is None:
        shrinkage, start = choose(part, difficulty=difficulty, lean=many)
    if not many:
        return shrinkage, None
    start = start or estimate(part, strength=shrinkage.strength, skill=shrinkage.skill, difficulty=difficulty)
    return shrinkage, without_negligible(start)
