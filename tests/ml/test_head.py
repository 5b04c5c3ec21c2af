"""Logistic regression against the optimum that its equations demand."""

import numpy as np
from scipy.special import softmax

from ml.head import LinearHead, fit, fold_back, log_prior, principal_axes


def fitted(features: np.ndarray, targets: np.ndarray, precision: float) -> LinearHead:
    """The head on all rows with equal weights."""
    axes = principal_axes(features)
    return fold_back(axes, fit(axes.coordinates, axes.scale, targets, np.ones(len(targets)), precision))


def cloud(items: int = 400, dimensions: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Features of unequal scale and soft targets."""
    draw = np.random.default_rng(0)
    features = draw.normal(size=(items, dimensions)) * np.geomspace(0.01, 100, dimensions) + 5
    return features.astype(np.float32), draw.dirichlet(np.ones(3), items)


def test_gradient_vanishes_at_the_fit() -> None:
    """sum_i (p_ik - t_ik) z_i + r w_k = 0, in standardised features z with weights w."""
    features, targets = cloud()
    head = fitted(features, targets, precision=10.0)
    spread = features.std(axis=0)
    standard = (features - features.mean(axis=0)) / spread
    residual = softmax(head.logits(features), axis=1) - targets
    slope = standard.T @ residual + 10.0 * head.weight * spread[:, None]
    assert np.abs(slope).max() < 0.5  # of sums over 400 rows
    assert np.abs(residual.sum(axis=0)).max() < 0.5


def test_strong_precision_leaves_the_prior() -> None:
    features, _ = cloud()
    targets = np.eye(3)[np.arange(400) % 4 % 3]
    head = fitted(features, targets, precision=1e9)
    shares = softmax(head.logits(features), axis=1)
    assert np.allclose(shares, targets.mean(axis=0), atol=1e-2)


def test_nothing_seen_gives_the_uniform_prior() -> None:
    empty = np.zeros((0, 3))
    assert np.allclose(log_prior(empty, np.zeros(0)), np.log(1 / 3))
    assert np.allclose(fit(np.zeros((0, 2), np.float32), np.ones(2), empty, np.zeros(0), 1.0)[-1], np.log(1 / 3))


def test_more_dimensions_than_items_and_constant_columns_are_no_trouble() -> None:
    features = np.random.default_rng(1).normal(size=(10, 300)).astype(np.float32)
    features[:, 7] = 3.0
    head = fitted(features, np.eye(2)[np.arange(10) % 2], precision=1.0)
    assert np.isfinite(head.weight).all()
    assert (head.logits(features).argmax(axis=1) == np.arange(10) % 2).all()
