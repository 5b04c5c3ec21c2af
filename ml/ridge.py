"""Least squares on a Gaussian kernel: with few and noisy labels two to three points better than logistic regression.

Nystroem's approximation (Williams and Seeger 2001): with landmarks l, K_mm = C C' and z(x) = C^-1 k(l, x), the weights
of z minimise sum_i s_i |t_i - share - z_i w|^2 + r |w|^2. The sums over a fold are taken once, so that leaving a fold
out costs one solution of M equations (M landmarks), whatever the number of rows.
"""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.linalg.blas import strmm

from ml.calibration import answers_loss, evidence_of, fit_temperature
from ml.head import PRIOR_COUNT, Array, Doubles
from ml.kernel import Kernel, even_kernel_of
from ml.part import Fitted, Part, progress_event
from ml.recipe import Progress, Recipe, Stop, Stopped

STRENGTHS = (3.0, 1.0, 0.3)  # of r, tried out of fold
JUDGED = 5000  # rows that tell one strength from the next; beyond these, further folds only cost time
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
    leaving = _Leaving.of(_whitened(entering[part.rows], back), part, recipe.folds)
    strength, out_of_fold = _choose(leaving, report, should_stop)
    leaving.fill(out_of_fold, strength, len(leaving.inside), should_stop)
    weight, shares = leaving.together.solve(strength)
    folded = (LOGITS * back.T @ weight).astype(np.float32)
    bias = (LOGITS * shares).astype(np.float32)
    tensors = {
        "weight": folded, "bias": bias, "landmarks": kernel.landmarks,
        **({"scale": kernel.scale} if kernel.scale is not None else {}),
    }  # fmt: skip
    about = {"precision": strength, "gamma": kernel.gamma, "dimensions": features.shape[1]}
    return Fitted(out_of_fold, (entering @ folded + bias).astype(np.float64), features, tensors, about)


@dataclass(frozen=True)
class _Leaving:
    """What leaving a fold out needs: rows (M, A), each fold's own of them and their sums, the sums over all."""

    rows: Array
    part: Part
    inside: list[npt.NDArray[np.intp]]
    sums: list[_Sums]
    together: _Sums

    @classmethod
    def of(cls, rows: Array, part: Part, folds: int) -> "_Leaving":
        inside = [own for fold in range(folds) if len(own := np.flatnonzero(part.folds == fold))]
        sums = [_Sums.of(rows[own], part.targets[own], part.weights[own]) for own in inside]
        return cls(rows, part, inside, sums, functools.reduce(_Sums.plus, sums))

    def enough_to_choose(self) -> int:
        """How many folds hold the rows by which a strength is chosen."""
        return 1 + int(np.searchsorted(np.cumsum([len(own) for own in self.inside[:-1]]), JUDGED))

    def fill(self, logits: Doubles, strength: float, folds: int, should_stop: Stop) -> None:
        """Write into `logits` (M, K) what is said out of fold of the first `folds` folds, where nothing stands yet."""
        for own, fold in zip(self.inside[:folds], self.sums, strict=False):
            if np.isfinite(logits[own[0], 0]):
                continue
            if should_stop():
                raise Stopped
            weight, shares = self.together.without(fold).solve(strength)
            logits[own] = LOGITS * (self.rows[own] @ weight.astype(np.float32) + shares)


def _choose(leaving: _Leaving, report: Progress, should_stop: Stop) -> tuple[float, Doubles]:
    """The strength under which the answers of the first folds are likeliest, and its logits (M, K), else NaN."""
    part, folds = leaving.part, leaving.enough_to_choose()
    judged = np.concatenate(leaving.inside[:folds])
    targets, weights = part.targets[judged], part.weights[judged]
    evidence = evidence_of(targets, weights)
    best: tuple[float, float, Doubles] | None = None
    for step, strength in enumerate(STRENGTHS):
        logits = np.full_like(part.targets, np.nan)
        leaving.fill(logits, strength, folds, should_stop)
        scale = fit_temperature(logits[judged], targets, weights)
        loss = answers_loss(logits[judged] / scale, evidence, weights) / weights.sum()
        report(progress_event(part, logits, phase="precision", epoch=step, loss=loss, precision=strength))
        if best is None or loss < best[0]:
            best = (loss, strength, logits)
    assert best is not None
    return best[1], best[2]


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
