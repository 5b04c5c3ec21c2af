"""Means of bounded values with intervals that stay sound however often one looks, and when to stop by them.

I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", J. R. Statist. Soc. B 86
(2024): the hedged capital process (section 4.4, eq. 23 to 26). By Ville's inequality the chance that the interval
misses the mean at any time, however long one goes on, is at most alpha.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
GRID = 1001  # candidate means from 0 to 1; an end of an interval is exact to a thousandth
TRUNCATION = 0.5  # c of eq. 26: no bet may lose more than this share of the capital
EVEN = 0.5  # the mean of a comparison that neither side wins


@dataclass(frozen=True)
class Estimate:
    """The mean of n values in [0, 1] with its anytime-valid interval; NaN and the whole range before the first."""

    mean: float
    low: float
    high: float
    n: int

    def beats(self, bar: float = EVEN) -> bool:
        """Whether the whole interval lies above the bar."""
        return self.low > bar

    def loses(self, bar: float = EVEN) -> bool:
        """Whether the whole interval lies below the bar."""
        return self.high < bar


def log_wealth(values: Floats, means: Floats, *, alpha: float) -> Floats:
    """Log of the hedged capital against each candidate mean after each value: (..., T) and (M,) to (..., T, M).

    K_t(m) = max(prod(1 + l+(x - m)), prod(1 - l-(x - m))) / 2, with bets l that only the past decides.
    """
    count = np.arange(1, values.shape[-1] + 1)
    middle = (EVEN + np.cumsum(values, axis=-1)) / (count + 1)
    spread = (0.25 + np.cumsum((values - middle) ** 2, axis=-1)) / (count + 1)
    before = np.concatenate([np.full((*values.shape[:-1], 1), 0.25), spread[..., :-1]], axis=-1)
    bet = np.sqrt(2 * np.log(2 / alpha) / (before * count * np.log(count + 1)))[..., None]
    with np.errstate(divide="ignore"):
        up = np.minimum(bet, TRUNCATION / means)
        down = np.minimum(bet, TRUNCATION / (1 - means))
    off = values[..., None] - means
    rising = np.cumsum(np.log1p(up * off), axis=-2)
    falling = np.cumsum(np.log1p(-down * off), axis=-2)
    return np.asarray(np.maximum(rising, falling) - np.log(2))


def estimate(values: ArrayLike, *, alpha: float = 0.05) -> Estimate:
    """The mean of independent values in [0, 1], in the order in which they came. ValueError outside that range."""
    known = np.asarray(values, np.float64)
    if known.size and not (known.min() >= 0 and known.max() <= 1):
        raise ValueError("values lie from 0 to 1")
    if not known.size:
        return Estimate(float("nan"), 0.0, 1.0, 0)
    means = np.linspace(0, 1, GRID)
    # A mean once refuted stays refuted: the running intersection (theorem 3) is sound too, and narrower.
    kept = (log_wealth(known, means, alpha=alpha) < np.log(1 / alpha)).all(axis=0)
    inside = means[kept]
    low, high = (float(inside[0]), float(inside[-1])) if inside.size else (float(known.mean()),) * 2
    return Estimate(float(known.mean()), low, high, int(known.size))
