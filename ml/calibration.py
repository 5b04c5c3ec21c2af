"""One temperature by the likelihood (Guo et al. 2017, arXiv:1706.04599), on out-of-fold predictions only."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from ml.head import Doubles

LOWEST, HIGHEST = 0.05, 20.0


def likelihood_loss(logits: Doubles, targets: Doubles, weights: Doubles) -> float:
    """Mean of -sum_k t log softmax(logits), nats; logits and targets (N, K), weights (N,)."""
    return float(-(weights[:, None] * targets * log_softmax(logits, axis=1)).sum() / weights.sum())


def fit_temperature(logits: Doubles, targets: Doubles, weights: Doubles) -> float:
    """The T that makes softmax(logits / T) most likely; 1 where there is nothing to fit."""
    if len(logits) == 0 or weights.sum() <= 0:
        return 1.0
    found = minimize_scalar(
        lambda log_t: likelihood_loss(logits / np.exp(log_t), targets, weights),
        bounds=(np.log(LOWEST), np.log(HIGHEST)),
        method="bounded",
    )
    return float(np.exp(found.x))


def temperature_by_fold(logits: Doubles, targets: Doubles, weights: Doubles, folds: npt.NDArray[np.intp]) -> Doubles:
    """(N,) temperatures, each fitted on the other folds, so that no item's own label moves its probability."""
    out = np.ones(len(logits))
    for fold in np.unique(folds):
        inside = folds == fold
        out[inside] = fit_temperature(logits[~inside], targets[~inside], weights[~inside])
    return out
