"""One arm against the other: a ratio of times and a difference of shares, each with its 95 % interval.

R. G. Newcombe, "Interval Estimation for the Difference between Independent Proportions" (1998), method 10; times by
Welch's interval of the difference of their logarithms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from ml.truth.answers import Floats
from ml.truth.calibration import Z95, wilson

LONGEST = 60_000.0  # ms: what lasts longer was a pause, and counts as this
SHORTEST = 100.0  # ms: nothing is answered faster
NOTHING = float("nan")


@dataclass(frozen=True)
class Contrast:
    """A figure with its interval, and the answers with and without; NaN where there are too few."""

    value: float
    low: float
    high: float
    shown: int
    blind: int


def speed_ratio(shown: Floats, blind: Floats) -> Contrast:
    """Geometric mean time (ms) with over without; below one is faster."""
    sizes = int(shown.size), int(blind.size)
    if min(sizes) < 2:
        return Contrast(NOTHING, NOTHING, NOTHING, *sizes)
    logs = [np.log(np.clip(times, SHORTEST, LONGEST)) for times in (shown, blind)]
    spread = [float(row.var(ddof=1)) / row.size for row in logs]
    middle, error = float(logs[0].mean() - logs[1].mean()), float(np.sqrt(sum(spread)))
    if error == 0:
        return Contrast(float(np.exp(middle)), float(np.exp(middle)), float(np.exp(middle)), *sizes)
    freedom = sum(spread) ** 2 / sum(part**2 / (row.size - 1) for part, row in zip(spread, logs, strict=True))
    half = float(stdtrit(freedom, 0.975)) * error
    return Contrast(float(np.exp(middle)), float(np.exp(middle - half)), float(np.exp(middle + half)), *sizes)


def together(parts: Sequence[Contrast], *, ratio: bool) -> Contrast:
    """Contrasts of several people as one, each within the person, weighed by n m / (n + m): people are not compared."""
    sizes = sum(part.shown for part in parts), sum(part.blind for part in parts)
    told = [part for part in parts if np.isfinite(part.value) and (not ratio or part.value > 0)]
    if not told:
        return Contrast(NOTHING, NOTHING, NOTHING, *sizes)
    weight = np.array([part.shown * part.blind / (part.shown + part.blind) for part in told])
    weight /= weight.sum()
    table = np.array([(part.value, part.low, part.high) for part in told])
    table = np.log(table) if ratio else table
    value = float(weight @ table[:, 0])
    down, up = (float(np.sqrt(((weight * (table[:, 0] - table[:, end])) ** 2).sum())) for end in (1, 2))
    middle, low, high = (float(np.exp(end)) if ratio else end for end in (value, value - down, value + up))
    return Contrast(middle, low, high, *sizes)


def share_difference(hits: int, n: int, blind_hits: int, blind_n: int) -> Contrast:
    """Share with minus share without."""
    if not n or not blind_n:
        return Contrast(NOTHING, NOTHING, NOTHING, n, blind_n)
    one, two = hits / n, blind_hits / blind_n
    (low, high), (low_blind, high_blind) = wilson(hits, n, z=Z95), wilson(blind_hits, blind_n, z=Z95)
    down = float(np.hypot(one - low, high_blind - two))
    up = float(np.hypot(high - one, two - low_blind))
    return Contrast(one - two, one - two - down, one - two + up, n, blind_n)
