"""Is a stated probability kept? Reliability bins with intervals, and the precision that a set of labels states.

E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Floats

Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


@dataclass(frozen=True)
class Bin:
    """Labels with stated probability in [low, high): count, mean, and the share in fact right (Wilson 95 %)."""

    low: float
    high: float
    n: int
    stated: float
    right: float
    right_low: float
    right_high: float


@dataclass(frozen=True)
class Precision:
    """The stated and the real share of right labels in one set, with the Wilson 95 % interval of the real one."""

    n: int
    stated: float
    real: float
    real_low: float
    real_high: float

    @property
    def overclaim(self) -> float:
        """How far the stated precision lies above the real one; negative where it is too modest."""
        return self.stated - self.real


def wilson(right: float, n: int, *, z: float = Z95) -> tuple[float, float]:
    """The interval of a share; (0, 1) where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, width = right / n, z * z / n
    middle = (share + width / 2) / (1 + width)
    half = z * float(np.sqrt(share * (1 - share) / n + width / (4 * n))) / (1 + width)
    return max(0.0, middle - half), min(1.0, middle + half)


def reliability(stated: Floats, right: Floats, *, n_bins: int = 10, lowest: float = 0.0) -> list[Bin]:
    """Bins of equal width over lowest..1; stated, right (n,) in 0..1; empty bins are left out."""
    edges = np.linspace(lowest, 1.0, n_bins + 1)
    place = np.clip(np.searchsorted(edges, stated, side="right") - 1, 0, n_bins - 1)
    bins = []
    for index in range(n_bins):
        inside = place == index
        n = int(inside.sum())
        if n:
            hits = float(right[inside].sum())
            low, high = wilson(hits, n)
            mean = float(stated[inside].mean())
            bins.append(Bin(float(edges[index]), float(edges[index + 1]), n, mean, hits / n, low, high))
    return bins


def stated_precision(posterior: Floats, verified: NDArray[np.bool_]) -> float:
    """The mean top posterior of the verified items (mask over N); NaN for an empty set."""
    return float(posterior[verified].max(axis=1).mean()) if verified.any() else float("nan")


def precision(stated: Floats, right: Floats) -> Precision:
    """Stated against real for one set of labels, both (n,)."""
    n = int(stated.size)
    if n == 0:
        return Precision(0, float("nan"), float("nan"), 0.0, 1.0)
    hits = float(right.sum())
    return Precision(n, float(stated.mean()), hits / n, *wilson(hits, n))


def threshold(confidence: Floats, target: float) -> float:
    """The lowest bar such that the items (n,) at or above it state the target on average; infinite where none do.

    The target binds the set: sure items make room for less sure ones, so the bar lies below the target.
    """
    ranked = np.sort(confidence)[::-1]
    if not ranked.size:
        return float("inf")
    meets = ranked.cumsum() / np.arange(1, ranked.size + 1) >= target
    # Equal confidences stand or fall together: only the last of a run of equals may carry the bar.
    last = np.append(ranked[1:] < ranked[:-1], True)
    allowed = np.flatnonzero(meets & last)
    return float(ranked[allowed[-1]]) if allowed.size else float("inf")


def expected_calibration_error(bins: list[Bin]) -> float:
    """The mean distance between stated and real over all labels."""
    total = sum(b.n for b in bins)
    return sum(b.n * abs(b.stated - b.right) for b in bins) / total if total else float("nan")
