"""What any result stands beside: the commonest class, a plain head on frozen features, and people themselves."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.evaluate import Flags, Ints, bootstrap_by_group, wilson
from ml.head import Array, Doubles, fit, fold_back, principal_axes

PRECISION = 30.0  # of the plain head: the middle of what cross-validation chooses from; nothing is tuned for it


@dataclass(frozen=True)
class Baseline:
    """One line to stand beside a model's."""

    name: str
    items: int
    accuracy: float
    low: float  # 95 %
    high: float
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def baseline(name: str, correct: Flags, groups: list[str] | None = None, detail: str = "", seed: int = 0) -> Baseline:
    """Right or wrong (N,) as a line; the interval is Wilson's, or by bootstrap over groups."""
    if groups is None:
        low, high = wilson(int(correct.sum()), len(correct))
    else:
        low, high = bootstrap_by_group(correct, groups, seed)
    return Baseline(name, len(correct), float(correct.mean()) if len(correct) else float("nan"), low, high, detail)


def majority(targets: Doubles, weights: Doubles, truth: Ints, groups: list[str] | None = None) -> Baseline:
    """Always the class that is commonest in the training part: targets (M, K), weights (M,); truth (N,) held out."""
    commonest = int((weights @ targets).argmax())
    return baseline("majority", truth == commonest, groups, f"always class {commonest}")


def plain_head(
    features: Array,
    targets: Doubles,
    weights: Doubles,
    judged: Array,
    truth: Ints,
    groups: list[str] | None = None,
) -> Baseline:
    """A linear head of a fixed prior on frozen features: learns (M, D), is judged on (N, D)."""
    axes = principal_axes(features)
    head = fold_back(axes, fit(axes.coordinates, axes.scale, targets, weights, PRECISION))
    return baseline("plain head", head.logits(judged).argmax(axis=1) == truth, groups, f"learnt from {len(features)}")


def people(
    items: Sequence[int], said: Sequence[int], truth: npt.NDArray[np.intp], groups: list[str] | None = None
) -> Baseline:
    """How often single answers are right: answer j says class `said[j]` of row `items[j]` of truth (N,).

    Each item counts once, with the share of its answers that are right, so that a much asked one weighs no more. The
    truth must not come from the same answers alone, or people look better than they are; say so where it does.
    """
    place, right = np.asarray(items, np.intp), np.asarray(said, np.intp) == truth[np.asarray(items, np.intp)]
    answers = np.bincount(place, minlength=len(truth))
    shares = np.bincount(place, weights=right, minlength=len(truth))
    known = np.flatnonzero(answers)
    values = shares[known] / answers[known]
    own = [groups[at] for at in known] if groups is not None else [str(at) for at in known]
    low, high = bootstrap_by_group(values, own)
    mean = float(values.mean()) if len(values) else float("nan")
    return Baseline("people", len(known), mean, low, high, f"{len(place)} answers")
