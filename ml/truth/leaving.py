"""The classifier's temperature for each fold of items, fitted without their answers.

A classifier made out of fold would still hear an item's own answers through a temperature that all items share: its
witness would lean towards what it is to be weighed against. People's error rates are held as fitted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Floats
from ml.truth.difficulty import all_items
from ml.truth.events import events
from ml.truth.hearing import Hearing
from ml.truth.noise import SMALLEST, Fit
from ml.truth.posterior import log_prior, logsumexp, tempered
from ml.truth.witnesses import fit_classifier

FOLDS = 5
ENOUGH = 20_000  # items heard at most: of so many, a temperature and the class shares are known to a hundredth
STEPS = 100
TOLERANCE = 1e-6  # of the inverse temperature and the class shares


def folds_of(ids: NDArray[np.integer]) -> NDArray[np.integer]:
    """The fold (N,) of each item, for ever the same, by its id alone."""
    return np.asarray(ids) % FOLDS


def leave_out(fit: Fit, said: Hearing, folds: NDArray[np.integer]) -> Fit:
    """The same model with a temperature and class shares for each fold, (F,) and (F, K), learnt from the others."""
    if said.classifier is None:
        return fit
    learn = said.informed & (said.gold < 0) & ~np.isnan(said.classifier).any(axis=1)
    part = said.of_items(learn)
    assert part.classifier is not None
    people = log_prior(replace(fit, prior=np.ones(fit.n_classes)), None, part.answers.n_items, part.imported)
    people += all_items(fit, events(part.answers, piles=fit.hard > 0)).total
    logits, mine = np.log(np.maximum(part.classifier, SMALLEST)), folds[learn]
    fits = []
    for fold in range(FOLDS):
        others = np.flatnonzero(mine != fold)
        step = -(-others.size // ENOUGH)
        fits.append(_alone(fit, people[others[:: step or 1]], logits[others[:: step or 1]]))
    sharpness, bias = np.array([one.sharpness for one in fits]), np.stack([one.bias for one in fits])
    return replace(fit, fold_sharpness=sharpness, fold_bias=bias)


def _alone(fit: Fit, people: Floats, logits: Floats) -> Fit:
    """The temperature and class shares by EM over these items alone; where it begins has heard nobody either."""
    current = replace(fit, sharpness=1.0, bias=np.zeros(fit.n_classes))
    for _ in range(STEPS):
        before = current
        score = people + tempered(np.exp(logits), current.sharpness, current.bias)
        current = fit_classifier(current, np.exp(score - logsumexp(score)), logits)
        moved = max(abs(current.sharpness - before.sharpness), float(np.abs(current.bias - before.bias).max()))
        if moved < TOLERANCE:
            break
    return current
