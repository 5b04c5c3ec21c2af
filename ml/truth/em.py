"""Expectation-maximisation of the noise model at a given strength of shrinkage.

A. P. Dawid and A. M. Skene (1979), Applied Statistics 28(1); the shrinkage is the mean of the Dirichlet posterior whose
prior is strength * pooled row; the classifier's temperature and class shares are fitted by the answers' likelihood.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml.truth import rows
from ml.truth.answers import Floats
from ml.truth.copying import Copying
from ml.truth.difficulty import all_items
from ml.truth.events import Events, events
from ml.truth.hearing import Hearing
from ml.truth.noise import SMALLEST, Fit
from ml.truth.posterior import log_prior
from ml.truth.skill import ASSUMED_SPREAD
from ml.truth.tally import assumed, cells_of, maximise
from ml.truth.witnesses import fit_classifier, fit_labels

TOLERANCE = 1e-6  # of log-likelihood an answer
MAX_ITERATIONS = 100


def estimate(
    said: Hearing,
    *,
    strength: float,
    skill: bool = True,
    difficulty: bool = True,
    start: Fit | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
    copying: Copying | None = None,
    kinds: Events | None = None,
) -> Fit:
    """The noise model at this strength of shrinkage; start, where to begin, must know the same people.

    skill: whether it is told apart by itself. copying: rates measured elsewhere, which the fit then keeps to.
    kinds: the answers' events with their piles, where they are known already.
    """
    answers = said.answers
    informed, hinted = said.informed, said.suggested >= 0
    current = start or assumed(answers.n_classes, answers.n_symbols, difficulty=difficulty)
    spread = (current.spread if current.spread.any() else np.full(2, ASSUMED_SPREAD)) if skill else np.zeros(2)
    current = replace(current, strength=strength, spread=spread)
    kinds = kinds or events(answers, piles=current.hard > 0)
    cells = cells_of(kinds, answers.n_people, answers.n_classes, answers.n_symbols)
    before = -np.inf
    for iteration in range(1, max_iterations + 1):
        found = all_items(current, kinds)
        score = log_prior(current, said.classifier, answers.n_items, said.imported) + found.total
        score[hinted] += np.log(current.suggested.T[said.suggested[hinted]])
        truth, evidence = _expect(score, said.gold)
        reached = float(evidence[informed].sum()) / max(len(answers), 1)
        current = maximise(current, kinds, truth * said.teaches[:, None], found, answers.n_people, cells)
        current = copying.imposed(current) if copying else current
        current = _fit_witnesses(current, said, truth, informed & (said.gold < 0))
        current = replace(current, log_likelihood=reached, iterations=iteration)
        if abs(reached - before) < tolerance:
            break
        before = reached
    return current


def _expect(score: Floats, golden: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """Class probabilities (N, K), gold items certain, and each item's log evidence (N,); score is used up."""
    known = np.flatnonzero(golden >= 0)
    only = score[known, golden[known]]
    score[known] = -np.inf
    score[known, golden[known]] = only
    top = rows.largest(score)
    score -= top
    weight = np.exp(score, out=score)
    total = rows.total(weight)
    weight /= total
    return weight, (top + np.log(total))[:, 0]


def _fit_witnesses(current: Fit, said: Hearing, truth: Floats, learn: NDArray[np.bool_]) -> Fit:
    """Class shares from the items chosen for no known class, the classifier's temperature, imported labels."""
    prior = learn @ truth + 1
    current = replace(current, prior=prior / prior.sum())
    told, hinted = (said.teaches & (labels >= 0) for labels in (said.imported, said.suggested))
    if told.any():
        current = replace(current, imported=fit_labels(truth[told], said.imported[told]))
    if hinted.any():
        current = replace(current, suggested=fit_labels(truth[hinted], said.suggested[hinted]))
    if said.classifier is None:
        return current
    use = learn & ~np.isnan(said.classifier).any(axis=1)
    return fit_classifier(current, truth[use], np.log(np.maximum(said.classifier[use], SMALLEST)))
