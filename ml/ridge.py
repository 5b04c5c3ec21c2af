"""Least squares on a Gaussian kernel: with few and noisy labels two to three points better than logistic regression.

Nystroem's approximation (Williams and Seeger 2001): with landmarks l, K_mm = C C' and z(x) = C^-1 k(l, x), the weights
of z minimise sum_i s_i |t_i - share - z_i w|^2 + r |w|^2. The sums over a fold are taken once, so that leaving a fold
out costs one solution of M equations (M landmarks), whatever the number of rows.
"""

import functools
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.linalg.blas import strmm

from ml.calibration import answers_loss, evidence_of, fit_temperature
from ml.head import PRIOR_COUNT, Array, Doubles
from ml.kernel import Kernel, even_kernel_of
from ml.part import Fitted, Part, progress_event
from ml.recipe import Progress, Recipe, Stop, Stopped

STRENGTHS = (3.0, 1.0, 0.3)  # of r, tried out of fold
JITTER = 1e-4  # on the diagonal of K_mm, whose diagonal is one
LOGITS = 10.0  # what is added to a class's least-squares score of one, so that temperatures come out near one


@dataclass(frozen=True)
class _Sums:
    """Of one fold: z'sz (M, M), z'st (M, K), z's (M,), targets (K,) and weights."""

    square: Array
    product: Doubles
    total: Doubles
    targets: Doubles
    weight: float

    def without(self, other: "_Sums") -> "_Sums":
        """The same sums over all but a fold."""
        return _Sums(
            self.square - other.square, self.product - other.product, self.total - other.total,
            self.targets - other.targets, self.weight - other.weight,
        )  # fmt: skip

    @classmethod
    def of(cls, rows: Array, targets: Doubles, weights: Doubles) -> "_Sums":
        """The sums over some rows; `rows` is written over."""
        root = np.sqrt(weights)
        rows *= root[:, None].astype(np.float32)  # both sides alike: half the products of z'z are enough
        product = rows.T @ (root[:, None] * targets).astype(np.float32)
        return cls(
            rows.T @ rows, product.astype(np.float64),
            (rows.T @ root.astype(np.float32)).astype(np.float64), weights @ targets, float(weights.sum()),
        )  # fmt: skip

    def plus(self, other: "_Sums") -> "_Sums":
        """The sums over both."""
        return _Sums(
            self.square + other.square, self.product + other.product, self.total + other.total,
            self.targets + other.targets, self.weight + other.weight,
        )  # fmt: skip

    def solve(self, strength: float) -> tuple[Doubles, Doubles]:
        """The weights of z (M, K) and the shares (K,)."""
        shares = (self.targets + PRIOR_COUNT) / (self.weight + PRIOR_COUNT * len(self.targets))
        square = self.square.astype(np.float64)
        square.flat[:: len(square) + 1] += strength
        # Symmetric, so that its transpose is the same in the order of LAPACK, which then copies nothing.
        factor = cho_factor(square.T, lower=True, overwrite_a=True, check_finite=False)
        return cho_solve(factor, self.product - np.outer(self.total, shares), check_finite=False), shares


def fit_ridge(features: Array, part: Part, recipe: Recipe, report: Progress, should_stop: Stop) -> Fitted:
    """Fit on (N, D) features; the landmarks are drawn from all of them, answered or not."""
    kernel = even_kernel_of(features, recipe.landmarks, recipe.seed)
    entering = kernel(features)
    back = _whitening(kernel)
    rows = _whitened(entering[part.rows], back)
    together, tried = _tried(rows, part, recipe, should_stop)
    evidence = evidence_of(part.targets, part.weights)
    best = (np.inf, STRENGTHS[0], tried[0])
    for step, (strength, logits) in enumerate(zip(STRENGTHS, tried, strict=True)):
        scale = fit_temperature(logits, part.targets, part.weights)
        loss = answers_loss(logits / scale, evidence, part.weights) / part.weights.sum()
        report(progress_event(part, logits, phase="precision", epoch=step, loss=loss, precision=strength))
        if loss < best[0]:
            best = (loss, strength, logits)
    weight, shares = together.solve(best[1])
    folded = (LOGITS * back.T @ weight).astype(np.float32)
    bias = (LOGITS * shares).astype(np.float32)
    tensors = {
        "weight": folded, "bias": bias, "landmarks": kernel.landmarks,
        **({"scale": kernel.scale} if kernel.scale is not None else {}),
    }  # fmt: skip
    about = {"precision": best[1], "gamma": kernel.gamma, "dimensions": features.shape[1]}
    return Fitted(best[2], (entering @ folded + bias).astype(np.float64), features, tensors, about)


def _tried(rows: Array, part: Part, recipe: Recipe, should_stop: Stop) -> tuple[_Sums, list[Doubles]]:
    """The sums over all (M, A) rows, and for each strength the logits (M, K) out of fold."""
    inside = [np.flatnonzero(part.folds == fold) for fold in range(recipe.folds)]
    sums = [_Sums.of(rows[own], part.targets[own], part.weights[own]) for own in inside]
    together = functools.reduce(_Sums.plus, sums)
    logits = [np.full_like(part.targets, np.nan) for _ in STRENGTHS]
    for own, fold in zip(inside, sums, strict=True):
        if not len(own):
            continue
        rest, left_out = together.without(fold), rows[own]
        for at, strength in enumerate(STRENGTHS):
            if should_stop():
                raise Stopped
            weight, shares = rest.solve(strength)
            logits[at][own] = LOGITS * (left_out @ weight.astype(np.float32) + shares)
    return together, logits


def _whitening(kernel: Kernel) -> Array:
    """C^-1 (M, M), lower: it times k(x) is z(x)."""
    assert kernel.scale is not None
    inner = Kernel(kernel.landmarks, kernel.gamma)(kernel.landmarks).astype(np.float64)
    lower = cholesky(inner + JITTER * np.eye(len(inner)), lower=True)
    turned: Array = solve_triangular(lower, np.eye(len(inner)), lower=True).astype(np.float32)
    return turned


def _whitened(rows: Array, back: Array) -> Array:
    """(N, M) nearness to z (N, M), in its place; with a triangle, half the products of a plain one."""
    turned: Array = strmm(1.0, back, rows.T, lower=1, overwrite_b=1).T
    return turned
