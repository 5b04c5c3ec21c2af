"""How much more often than the pool a person is wrong, and is not sure: what is learnt of somebody before all else.

Each person's rows are the pooled ones with the odds of being wrong, given that a class is named, times exp(e), and the
odds of being not sure times exp(u): one e and one u for all classes, normal around zero, each with the standard
deviation that people show. Few answers tell these two numbers, while a whole confusion matrix takes hundreds; the rows
so moved are what the person's own counts are shrunk to (ml.truth.noise). Such a hierarchy over one skill a person
(J. Whitehill et al. 2009) is that of H.-C. Kim and Z. Ghahramani, "Bayesian Classifier Combination" (2012).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.truth.answers import Floats
from ml.truth.noise import Fit

ASSUMED_SPREAD = 0.5  # before anything was measured: people right in 80 to 95 % differ by so much
ASSUMED_PEOPLE = 4.0  # by which that assumption counts
NEWTON_STEPS = 4  # in each pass, from where the last one ended
LONGEST_STEP = 1.0  # of a log odds: Newton may overshoot far from the optimum
FARTHEST = 6.0  # beyond it somebody would be wrong four hundred times as often as others


def learnt(fit: Fit) -> Fit:
    """The same model with each person's likeliest log odds, given what they answered, and how far people differ.

    Where a person's rows differ from the moved ones by themselves (a finite strength s), n answers of one class tell no
    more of them than n (1 + s) / (n + s) would: the variance of a Dirichlet-multinomial count.
    """
    people = fit.people
    if not fit.spread.any() or not people.size:
        return replace(fit, people=replace(people, skill=np.zeros((people.size, 2))))
    right, unsure = _right_and_unsure(fit)
    weight = np.ones_like(people.total)
    if np.isfinite(fit.strength):
        weight = (1 + fit.strength) / (people.total + fit.strength)
    start = people.skill if people.skill.shape[0] == people.size else np.zeros((people.size, 2))
    silent, wrong = fit.shares
    named = people.total - unsure
    skill, spread = start.copy(), fit.spread.copy()
    skill[:, 0], spread[0] = _likeliest(start[:, 0], weight * (named - right), weight * named, wrong, spread[0])
    if silent.any():
        skill[:, 1], spread[1] = _likeliest(start[:, 1], weight * unsure, weight * people.total, silent, spread[1])
    return replace(fit, people=replace(people, skill=skill), spread=spread)


def _right_and_unsure(fit: Fit) -> tuple[Floats, Floats]:
    """Expected answers (P, K) by true class that were right, and that were "not sure"."""
    person, symbol = np.divmod(fit.people.key, fit.n_classes + 1)
    right, unsure = (np.zeros_like(fit.people.total) for _ in range(2))
    said = symbol < fit.n_classes
    right[person[said], symbol[said]] = fit.people.count[said, symbol[said]]
    unsure[person[~said]] = fit.people.count[~said]
    return right, unsure


def _likeliest(start: Floats, hits: Floats, trials: Floats, base: Floats, spread: float) -> tuple[Floats, float]:
    """Maximum a posteriori of x (P,), hits (P, K) of trials at odds exp(x) times those of base (K,), and its spread."""
    found = start
    for _ in range(NEWTON_STEPS):
        odds = np.exp(found)[:, None]
        chance = base * odds / (1 - base + base * odds)
        slope = (hits - trials * chance).sum(axis=1) - found / spread**2
        bend = (trials * chance * (1 - chance)).sum(axis=1) + 1 / spread**2
        found = np.clip(found + np.clip(slope / bend, -LONGEST_STEP, LONGEST_STEP), -FARTHEST, FARTHEST)
        known = ASSUMED_PEOPLE * ASSUMED_SPREAD**2 + float((found**2 + 1 / bend).sum())
        spread = float(np.sqrt(known / (ASSUMED_PEOPLE + found.size)))
    return found, spread
