"""The same questions of a head on cached features; together they take under a second."""

from collections.abc import Callable

import numpy as np

from ml.calibration import likelihood_loss
from ml.head import Array, Doubles, fit, log_prior, principal_axes
from ml.preflight.check import Check, judged
from ml.preflight.network import BLIND_GAIN, FIRST_LOSS_TOLERANCE, HEART_TOLERANCE

Fit = Callable[[Array, Doubles, Doubles, float], Doubles]  # features, targets, weights, precision to logits

WEAK = 1e-3  # prior precision at which a few rows are learnt by heart
USUAL = 10.0
STRONG = 1e12  # at which nothing but the bias is learnt


def fit_logits(features: Array, targets: Doubles, weights: Doubles, precision: float) -> Doubles:
    """Logits (N, K) of the rows learnt from: what the checks try."""
    axes = principal_axes(features)
    parameters = fit(axes.coordinates, axes.scale, targets, weights, precision)
    logits: Doubles = axes.coordinates @ parameters[:-1] + parameters[-1]
    return logits


def check_head(
    features: Array, targets: Doubles, weights: Doubles, fitter: Fit = fit_logits, usual: float = USUAL
) -> list[Check]:
    """Rows for (N, D) features as they enter the head, soft targets (N, K) and weights (N,); `usual` is a precision."""
    even = np.ones(len(targets))
    return [
        _first_loss(features, targets, weights, fitter),
        _by_heart(features, targets, even, fitter),
        _blind(features, targets, even, fitter, usual),
        _repeated(features, targets, weights, fitter, usual),
    ]


def _first_loss(features: Array, targets: Doubles, weights: Doubles, fitter: Fit) -> Check:
    figure = likelihood_loss(fitter(features, targets, weights, STRONG), targets, weights)
    expected = likelihood_loss(np.tile(log_prior(targets, weights), (len(targets), 1)), targets, weights)
    return judged(
        "Loss at the start", f"{figure:.3f} nats", f"{expected:.3f} ± {FIRST_LOSS_TOLERANCE:g} nats",
        abs(figure - expected) <= FIRST_LOSS_TOLERANCE, "With the weights held at zero only the class shares are said.",
    )  # fmt: skip


def _by_heart(features: Array, targets: Doubles, weights: Doubles, fitter: Fit) -> Check:
    figure = likelihood_loss(fitter(features, targets, weights, WEAK), targets, weights)
    entropy = -np.sum(targets * np.log(np.maximum(targets, 1e-12)), axis=1).mean()
    return judged(
        "One batch by heart", f"{figure:.3f} nats", f"at most {entropy + HEART_TOLERANCE:.3f} nats",
        figure <= entropy + HEART_TOLERANCE, f"{len(features)} items, hardly any prior on the weights.",
    )  # fmt: skip


def _blind(features: Array, targets: Doubles, weights: Doubles, fitter: Fit, usual: float) -> Check:
    seeing = likelihood_loss(fitter(features, targets, weights, usual), targets, weights)
    blind = likelihood_loss(fitter(np.zeros_like(features), targets, weights, usual), targets, weights)
    return judged(
        "Input matters", f"{seeing:.3f} nats seeing, {blind:.3f} blind",
        f"seeing at least {100 * BLIND_GAIN:.0f} % lower",
        seeing < (1 - BLIND_GAIN) * blind, "The same head with all features set to zero.",
    )  # fmt: skip


def _repeated(features: Array, targets: Doubles, weights: Doubles, fitter: Fit, usual: float) -> Check:
    one, two = (fitter(features, targets, weights, usual) for _ in range(2))
    gap = float(np.abs(one - two).max())
    return judged("Same data, same fit", f"{gap:g} apart", "0", gap == 0.0, "Largest gap of two fits' logits.")
