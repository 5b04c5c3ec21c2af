"""One temperature by the likelihood (after Guo et al. 2017, arXiv:1706.04599), on out-of-fold predictions only.

What is made likely is what people answered, not their posteriors: a posterior of one or two answers is cautious, and a
model calibrated to it would take over that caution. Up to a factor an item's answers have the likelihood
posterior / prior under each class, so that sum_k p_T(k) posterior_k / prior_k is their likelihood under the model.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp

from ml.head import Doubles

LOWEST, HIGHEST = 0.05, 20.0
SPREAD = 1.0  # standard deviation of log T expected before any answer: a few agreeing ones prove no certainty
PRIOR_COUNT = 0.5  # Jeffreys
SLIP = 1e-3  # no answers rule a class out for ever


def likelihood_loss(logits: Doubles, targets: Doubles, weights: Doubles) -> float:
    """Mean of -sum_k t log softmax(logits), nats; logits and targets (N, K), weights (N,)."""
    return float(-(weights[:, None] * targets * log_softmax(logits, axis=1)).sum() / weights.sum())


def answers_loss(logits: Doubles, evidence: Doubles, weights: Doubles) -> float:
    """Sum of -log sum_k softmax(logits)_k evidence_k, nats; evidence (N, K): the answers' likelihood by class."""
    return float(-(weights * logsumexp(log_softmax(logits, axis=1), b=evidence, axis=1)).sum())


def evidence_of(targets: Doubles, weights: Doubles) -> Doubles:
    """What people's answers say of each item under each class, (N, K), out of posteriors and their mean, the prior."""
    prior = (weights @ targets + PRIOR_COUNT) / (weights.sum() + PRIOR_COUNT * targets.shape[1])
    raised = np.maximum(targets, SLIP) / prior
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def fit_temperature(logits: Doubles, targets: Doubles, weights: Doubles) -> float:
    """The T that makes people's answers most likely under softmax(logits / T); 1 where there is nothing to fit."""
    if len(logits) == 0 or weights.sum() <= 0:
        return 1.0
    evidence = evidence_of(targets, weights)  # at least SLIP everywhere, so that no logarithm is of zero
    below = logits - logits.max(axis=1, keepdims=True)

    def loss(log_t: float) -> float:
        """As `answers_loss`, at a tenth of its time."""
        odds = np.exp(below / np.exp(log_t))
        likely = np.log((odds * evidence).sum(axis=1)) - np.log(odds.sum(axis=1))
        return float(0.5 * (log_t / SPREAD) ** 2 - weights @ likely)

    found = minimize_scalar(loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded")
    return float(np.exp(found.x))


def temperature_by_fold(logits: Doubles, targets: Doubles, weights: Doubles, folds: npt.NDArray[np.intp]) -> Doubles:
    """(N,) temperatures, each fitted on the other folds, so that no item's own label moves its probability."""
    out = np.ones(len(logits))
    for fold in np.unique(folds):
        inside = folds == fold
        out[inside] = fit_temperature(logits[~inside], targets[~inside], weights[~inside])
    return out
