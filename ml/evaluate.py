"""How good a model is, and with what uncertainty. Nothing here chooses anything."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Z = 1.959964  # two-sided 95 %
RESAMPLES = 2000
BINS = 15  # of confidence (Guo et al. 2017)
LEAST_PROBABILITY = 1e-12


@dataclass(frozen=True)
class Evaluation:
    """Figures of one model on one set of items with known truth."""

    items: int
    accuracy: float
    low: float  # 95 % interval of accuracy
    high: float
    precision: tuple[float | None, ...]  # by class; None where the model never said it
    recall: tuple[float | None, ...]  # by class; None where it never occurred
    confusion: tuple[tuple[int, ...], ...]  # [truth][said]
    calibration_error: float
    nll: float  # nats an item

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def evaluate(probabilities: Doubles, truth: Ints, groups: list[str] | None = None, seed: int = 0) -> Evaluation:
    """Judge (N, K) probabilities by truth (N,); the interval is Wilson's, or by bootstrap over groups where given."""
    classes, said = probabilities.shape[1], probabilities.argmax(axis=1)
    correct = said == truth
    low, high = wilson(int(correct.sum()), len(truth)) if groups is None else bootstrap_by_group(correct, groups, seed)
    matrix = confusion_matrix(truth, said, classes)
    return Evaluation(
        items=len(truth),
        accuracy=float(correct.mean()) if len(truth) else float("nan"),
        low=low,
        high=high,
        precision=_shares(np.diag(matrix), matrix.sum(axis=0)),
        recall=_shares(np.diag(matrix), matrix.sum(axis=1)),
        confusion=tuple(tuple(int(count) for count in row) for row in matrix),
        calibration_error=calibration_error(probabilities, truth),
        nll=negative_log_likelihood(probabilities, truth),
    )


def wilson(correct: int, items: int, z: float = Z) -> tuple[float, float]:
    """Interval of a share (Wilson 1927); (0, 1) where nothing was seen."""
    if items == 0:
        return 0.0, 1.0
    share, grown = correct / items, 1 + z * z / items
    centre = (share + z * z / (2 * items)) / grown
    half = z / grown * np.sqrt(share * (1 - share) / items + z * z / (4 * items * items))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def bootstrap_by_group(
    values: npt.NDArray[Any], groups: list[str], seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """95 % interval of the mean of (N,) values when whole groups (speakers, sources) are drawn anew."""
    if len(values) == 0:
        return 0.0, 1.0
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(member, weights=values.astype(np.float64))
    pairs, alike = np.unique(np.stack([sums, np.bincount(member)]), axis=1, return_counts=True)
    random = np.random.default_rng(seed)  # groups of one sum and size are drawn together: the same law, far fewer draws
    drawn = random.multinomial(len(sums), alike / len(sums), size=resamples)
    means = drawn @ pairs[0] / (drawn @ pairs[1])
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def confusion_matrix(truth: Ints, said: Ints, classes: int) -> Ints:
    """(K, K) counts, [truth][said]."""
    return np.bincount(truth * classes + said, minlength=classes * classes).reshape(classes, classes)


def calibration_error(probabilities: Doubles, truth: Ints, bins: int = BINS) -> float:
    """Expected calibration error: mean gap of confidence and accuracy over equal-width bins, weighted by items."""
    if len(truth) == 0:
        return float("nan")
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == truth).astype(np.float64)
    member = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    gaps = np.bincount(member, weights=confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(truth))


def negative_log_likelihood(probabilities: Doubles, truth: Ints) -> float:
    """Mean of -log p(truth), nats; probabilities of zero count as 1e-12."""
    if len(truth) == 0:
        return float("nan")
    chosen = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chosen, LEAST_PROBABILITY)).mean())


def _shares(hits: Ints, totals: Ints) -> tuple[float | None, ...]:
    return tuple(float(hit / total) if total else None for hit, total in zip(hits, totals, strict=True))
