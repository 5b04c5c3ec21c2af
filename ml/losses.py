"""What a network is asked to make small: one value an example, targets soft."""

import numpy as np
from torch import Tensor
from torch.nn import functional

from ml.head import Doubles

LOSSES = ("entropy", "cosine")
ENTROPY_BESIDE_COSINE = 0.1  # lambda of Barz and Denzler 2020, section 3.3
LEAST_TOTAL = 1e-9  # of a class that nobody was ever said to be of


def smoothed(targets: Tensor, share: float) -> Tensor:
    """(B, K) targets with `share` spread evenly (Szegedy et al. 2016)."""
    return (1 - share) * targets + share / targets.shape[1]


def losses(logits: Tensor, targets: Tensor, kind: str) -> Tensor:
    """(B,) values, nats for "entropy"; "cosine" is 1 - cos(logits, target) with a tenth of it (arXiv:1901.09054)."""
    entropy = -(targets * functional.log_softmax(logits.float(), dim=1)).sum(dim=1)
    if kind == "entropy":
        return entropy
    if kind == "cosine":
        away = 1 - functional.cosine_similarity(logits.float(), targets, dim=1)
        return away + ENTROPY_BESIDE_COSINE * entropy
    raise ValueError(f"There is no loss called {kind!r}; there are {', '.join(LOSSES)}.")


def balanced(targets: Doubles, weights: Doubles, power: float) -> Doubles:
    """(N,) weights of the same sum: each class weighs as its total to the power of minus `power`.

    0 leaves all as it is, 1 makes the classes alike. Soft targets (N, K) share their factor among the classes.
    """
    if power == 0:
        return weights
    totals = np.maximum(weights @ targets, LEAST_TOTAL)
    factors: Doubles = weights * (targets @ totals**-power)
    factors *= weights.sum() / factors.sum()
    return factors
