"""From which posterior on a label is verified: the target binds the verified set, so sure labels make room for others.

The stated precision of a set is its mean posterior. If posteriors are kept, the share of right labels is the same in
expectation whenever one stopped asking, since a posterior never drifts (a martingale). Whether they are kept is held
against labels known from elsewhere: what they overclaim is added to the target, and what is not known of it yet is
held in reserve, so that only measured surplus is lent to less sure labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats
from ml.truth.foretelling import turns
from ml.truth.noise import Fit
from ml.truth.posterior import posteriors

HOLD = 0.05  # below the bar a label stays verified that was so before: a refit moves posteriors by a point or two
FALL = 0.05  # at most in one pass: what is verified by a lower bar shows in the next
STILL = 0.01  # a bar that may fall by less stays where it is
LEAST_SET = 50  # labels whose mean may be lent on
LEAST_JUDGED = 30  # known labels below which nothing counts as measured
SPREAD = 0.02  # of overclaims before any is measured: CIFAR-10N, errors taken for independent, states .987 and has .967
SURE = 1.645  # standard deviations: an overclaim lies above the reserve once in twenty
ROUNDING = 1e-9


@dataclass(frozen=True)
class Judgement:
    """How far posteriors overclaim: what known labels say on the whole, and what must be reckoned with."""

    n: int
    overclaim: float  # never below zero
    reserve: float  # at least the overclaim

    @classmethod
    def of(cls, stated: Floats, right: Floats) -> Judgement:
        """By known labels (n,): the normal posterior of a difference that has SPREAD before anything was seen."""
        n = int(stated.size)
        if n < LEAST_JUDGED:
            return cls(n, 0.0, SURE * SPREAD)
        noise = float((stated * (1 - stated)).sum()) / n**2
        share = SPREAD**2 / (SPREAD**2 + noise)
        mean = share * float((stated - right).mean())
        return cls(n, max(0.0, mean), max(0.0, mean + SURE * float(np.sqrt(share * noise))))


def keep(bar: float, floor: float) -> float:
    """The posterior down to which a label stays verified that was so before."""
    return min(bar, max(floor, bar - HOLD))


def bar(
    confidence: Floats,
    held: NDArray[np.bool_],
    *,
    target: float,
    floor: float,
    judged: Judgement,
    before: float | None = None,
) -> float:
    """The lowest posterior from which on the set of labels (n,) states the target and the reserve on average.

    held (n,): verified already, and staying so down to `keep`. floor: no label below it. Never above the target plus
    what labels are known to overclaim, where each label does by itself. before: the bar so far, from which it falls by
    FALL at most and rises at once.
    """
    highest = max(min(target + judged.overclaim, 1.0), floor)
    usual = highest if before is None else min(max(before, floor), highest)
    found = min(_lowest(confidence, held, target + judged.reserve, floor, usual), highest)
    if usual - STILL < found <= usual:
        return usual
    return max(found, usual - FALL)


def _lowest(confidence: Floats, held: NDArray[np.bool_], promise: float, floor: float, usual: float) -> float:
    """The lowest bar under which the mean of all it lets through, or holds, keeps the promise; infinite if none."""
    bars = np.unique(np.append(confidence[confidence >= floor], usual))
    mass, count = np.zeros(bars.size), np.zeros(bars.size)
    down = np.minimum(bars, np.maximum(floor, bars - HOLD))
    for ranked, ends in ((np.sort(confidence[~held]), bars), (np.sort(confidence[held]), down)):
        start = np.searchsorted(ranked, ends)
        above = np.concatenate([ranked[::-1].cumsum()[::-1], [0.0]])
        mass, count = mass + above[start], count + ranked.size - start
    kept = (mass >= (promise - ROUNDING) * count) & (count >= LEAST_SET)
    return float(bars[kept][0]) if kept.any() else float("inf")


def stopped(
    fit: Fit,
    answers: Answers,
    classifier: Floats | None,
    *,
    bar: float,
    limit: int,
    imported: NDArray[np.integer] | None = None,
    folds: NDArray[np.integer] | None = None,
) -> Floats:
    """Posteriors (N, K) as they stood when each item first passed the bar, NaN where it never did within the limit.

    Answers count in the order given. Known items are asked more often than others: judged by all of their answers they
    would say nothing of labels that two people gave.
    """
    turn = turns(answers)
    told = np.full((answers.n_items, fit.n_classes), np.nan)
    for each in range(min(limit, int(turn.max(initial=-1)) + 1)):
        there = np.bincount(answers.item[turn == each], minlength=answers.n_items) > 0
        chance = posteriors(fit, answers.where(turn <= each), classifier, imported=imported, folds=folds)
        passed = there & np.isnan(told[:, 0]) & (chance.max(axis=1) >= bar)
        told[passed] = chance[passed]
    return told
