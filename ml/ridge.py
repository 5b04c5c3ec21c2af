"""Least squares on a Gaussian kernel: with few and noisy labels two to three points better than logistic regression.

Nystroem's approximation (Williams and Seeger 2001): with landmarks l, K_mm = C C' and z(x) = C^-1 k(l, x), the weights
of z minimise sum_i s_i |t_i - share - z_i w|^2 + r |w|^2. All folds share one factorisation, and leaving one out is a
correction to it, so that twenty folds cost little more than five.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.linalg.blas import strmm, strsm

from ml.calibration import answers_loss, evidence_of, fit_temperature
from ml.head import PRIOR_COUNT, Array, Doubles
from ml.kernel import Kernel, even_kernel_of
from ml.part import Fitted, Part, progress_event
from ml.recipe import Progress, Recipe, Stop, Stopped

STRENGTHS = (3.0, 1.0, 0.3)  # of r, tried out of fold
USUAL = 1.0  # the strength in the middle
MANY = 3  # a fold of more than a third as many rows as landmarks is left out by a fit without it
JUDGED = 5000  # rows that tell one strength from the next; beyond these, further folds only cost time
JITTER = 1e-4  # on the diagonal of K_mm, whose diagonal is one
LEAST_SHARE = 1e-3  # foretold of a class: least squares may say less than nothing
LOGITS = 10.0  # what is added to a class's least-squares score of one, so that temperatures come out near one


@dataclass(frozen=True)
class _Sums:
    """Over some rows: z'sz (A, A), z'st (A, K), z's (A,), the targets (K,) and the weights."""

    square: Array
    product: Doubles
    total: Doubles
    targets: Doubles
    weight: float

    @classmethod
    def of(cls, rows: Array, targets: Doubles, weights: Doubles) -> "_Sums":
        """The sums over rows (M, A)."""
        root = np.sqrt(weights)
        scaled = rows * root[:, None].astype(np.float32)  # both sides alike: half the products of z'z are enough
        product = scaled.T @ np.column_stack([root[:, None] * targets, root]).astype(np.float32)
        return cls(
            scaled.T @ scaled, product[:, :-1].astype(np.float64),
            product[:, -1].astype(np.float64), weights @ targets, float(weights.sum()),
        )  # fmt: skip

    def plus(self, other: "_Sums") -> "_Sums":
        """The same over the rows of both."""
        return _Sums(
            self.square + other.square, self.product + other.product, self.total + other.total,
            self.targets + other.targets, self.weight + other.weight,
        )  # fmt: skip

    def minus(self, other: "_Sums") -> "_Sums":
        """The same over all but some rows."""
        return _Sums(
            self.square - other.square, self.product - other.product, self.total - other.total,
            self.targets - other.targets, self.weight - other.weight,
        )  # fmt: skip

    def shares(self, without: Doubles | float = 0.0, weight: float = 0.0) -> Doubles:
        """The classes' shares (K,) of all, or of what stays without some targets (K,) of so much weight."""
        counts = self.targets - without + PRIOR_COUNT
        return np.asarray(counts / (self.weight - weight + PRIOR_COUNT * len(self.targets)))


@dataclass(frozen=True)
class _Fit:
    """Of one strength r: C with C C' = z'sz + r, lower and in LAPACK's order; C^-1 z'st and C^-1 z's."""

    sums: _Sums
    lower: Doubles
    product: Doubles
    total: Doubles

    @classmethod
    def of(cls, sums: _Sums, strength: float) -> "_Fit":
        """The one factorisation that all folds share."""
        square = sums.square.astype(np.float64)
        square.flat[:: len(square) + 1] += strength
        # Symmetric, so that its transpose is the same in the order of LAPACK, which then copies nothing.
        lower = cholesky(square.T, lower=True, overwrite_a=True, check_finite=False)
        both = np.column_stack([sums.product, sums.total])
        halfway = solve_triangular(lower, both, lower=True, check_finite=False)
        return cls(sums, lower, halfway[:, :-1], halfway[:, -1])

    @functools.cached_property
    def narrow(self) -> Array:
        """C again, for products of single precision."""
        return np.asfortranarray(self.lower, np.float32)

    def weights(self) -> Doubles:
        """The weights of z, (A, K)."""
        halfway = self.product - np.outer(self.total, self.sums.shares())
        turned: Doubles = solve_triangular(self.lower, halfway, lower=True, trans="T", check_finite=False)
        return turned

    def without(self, rows: Array, targets: Doubles, weights: Doubles) -> Doubles:
        """The scores (n, K) of n rows under the fit that leaves them out.

        With W = C^-1 z', V = W s^1/2 and g = C^-1 z's(t - share) over the other rows, Woodbury's identity gives
        z w = W' (g + V (1 - V'V)^-1 V'g): one equation a row that is left out, in place of one a landmark.
        """
        root = np.sqrt(weights)
        shares = self.sums.shares(weights @ targets, float(weights.sum()))
        turned: Array = strsm(1.0, self.narrow, rows.T, lower=1)
        own = turned * root.astype(np.float32)
        said = own @ (root[:, None] * (targets - shares)).astype(np.float32)
        others = (self.product - np.outer(self.total, shares) - said).astype(np.float32)
        inner = -(own.T @ own).astype(np.float64)
        inner.flat[:: len(inner) + 1] += 1.0
        shift = cho_solve(cho_factor(inner.T, lower=True, overwrite_a=True), (own.T @ others).astype(np.float64))
        return np.asarray(turned.T @ (others + own @ shift.astype(np.float32)) + shares, np.float64)


def fit_ridge(features: Array, part: Part, recipe: Recipe, report: Progress, should_stop: Stop) -> Fitted:
    """Fit on (N, D) features; the landmarks are drawn from all that could be read, settled or open, but held out."""
    seen = np.union1d(part.rows, part.open)
    kernel = even_kernel_of(features if len(seen) == len(features) else features[seen], recipe.landmarks, recipe.seed)
    entering = kernel(features)
    back = _whitening(kernel)
    rows = _whitened(entering[part.rows], back)
    inside = [own for fold in range(recipe.folds) if len(own := np.flatnonzero(part.folds == fold))]
    folds = [_Fold.of(rows, part, own) for own in inside]
    strength, fit, out_of_fold = _choose(rows, part, folds, report, should_stop)
    _fill(out_of_fold, fit, strength, rows, part, folds, should_stop)
    folded = (LOGITS * back.T @ fit.weights()).astype(np.float32)
    bias = (LOGITS * fit.sums.shares()).astype(np.float32)
    tensors = {
        "weight": folded, "bias": bias, "landmarks": kernel.landmarks,
        **({"scale": kernel.scale} if kernel.scale is not None else {}),
    }  # fmt: skip
    about = {"precision": strength, "gamma": kernel.gamma, "dimensions": features.shape[1]}
    return Fitted(out_of_fold, (entering @ folded + bias).astype(np.float64), features, tensors, about)


def ridge_rows(features: Array, recipe: Recipe) -> Array:
    """z(x) (N, A) of (N, D) features, the landmarks drawn from these."""
    kernel = even_kernel_of(features, recipe.landmarks, recipe.seed)
    return _whitened(kernel(features), _whitening(kernel))


def ridge_says(rows: Array, targets: Doubles, weights: Doubles, strength: float) -> Doubles:
    """What least squares of one strength says of the rows (N, A) learnt from, (N, K): log of the share it foretells."""
    fit = _Fit.of(_Sums.of(rows, targets, weights), strength)
    return np.asarray(np.log(np.maximum(rows @ fit.weights() + fit.sums.shares(), LEAST_SHARE)))


def _choose(
    rows: Array, part: Part, folds: Sequence["_Fold"], report: Progress, should_stop: Stop
) -> tuple[float, _Fit, Doubles]:
    """The strength under which the answers of the first folds are likeliest, its fit, its logits (M, K), else NaN."""
    first = folds[: 1 + int(np.searchsorted(np.cumsum([len(fold.rows) for fold in folds[:-1]]), JUDGED))]
    judged = np.concatenate([fold.rows for fold in first])
    targets, weights = part.targets[judged], part.weights[judged]
    evidence = evidence_of(targets, weights)
    sums = _all(rows, part, folds)
    tried: list[tuple[float, _Fit, Doubles]] = []
    for step, strength in enumerate(STRENGTHS):
        fit, logits = _Fit.of(sums, strength), np.full_like(part.targets, np.nan)
        _fill(logits, fit, strength, rows, part, first, should_stop)
        scale = fit_temperature(logits[judged], targets, weights)
        loss = answers_loss(logits[judged] / scale, evidence, weights) / weights.sum()
        tried.append((loss, fit, logits))
        report(progress_event(part, logits, phase="precision", epoch=step, loss=loss, precision=strength))
    best = int(np.argmin([loss for loss, _, _ in tried]))
    return STRENGTHS[best], *tried[best][1:]


def _fill(
    logits: Doubles, fit: _Fit, strength: float, rows: Array, part: Part, folds: Sequence["_Fold"], should_stop: Stop
) -> None:
    """Write into `logits` (M, K) what is said of these folds out of fold, where nothing stands yet."""
    for fold in folds:
        if should_stop():
            raise Stopped
        own = fold.rows
        if np.isnan(logits[own[0], 0]):
            logits[own] = LOGITS * fold.said(fit, strength, rows[own], part.targets[own], part.weights[own])


@dataclass(frozen=True)
class _Fold:
    """A fold's rows, and where they are many their sums, so that leaving them out is a fit to the difference."""

    rows: npt.NDArray[np.intp]
    sums: _Sums | None

    @classmethod
    def of(cls, rows: Array, part: Part, own: npt.NDArray[np.intp]) -> "_Fold":
        """Of the rows (M, A) those at `own`."""
        many = len(own) * MANY > rows.shape[1]
        return cls(own, _Sums.of(rows[own], part.targets[own], part.weights[own]) if many else None)

    def said(self, fit: _Fit, strength: float, rows: Array, targets: Doubles, weights: Doubles) -> Doubles:
        """The scores (n, K) of its rows by a fit that never saw them."""
        if self.sums is None:
            return fit.without(rows, targets, weights)
        rest = _Fit.of(fit.sums.minus(self.sums), strength)
        return np.asarray(rows @ rest.weights().astype(np.float32) + rest.sums.shares(), np.float64)


def _all(rows: Array, part: Part, folds: Sequence[_Fold]) -> _Sums:
    known = [fold.sums for fold in folds if fold.sums is not None]
    if len(known) == len(folds):
        return functools.reduce(_Sums.plus, known)
    return _Sums.of(rows, part.targets, part.weights)


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
