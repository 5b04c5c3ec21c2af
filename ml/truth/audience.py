"""Whether a group of annotators differs from a panel by more than the panel differs from itself.

Per item, the disagreement between group and panel is the share of (group member, panel member) pairs that say
different things, and the panel's own that of its pairs; the excess is the mean over items of the first less the second.
It is 0 in expectation where the group answers as the panel does, whatever the item's difficulty.

The interval is a percentile bootstrap over items and over the group's people at once (A. Owen, "The pigeonhole
bootstrap", 2007, which is conservative); the panel is the yardstick and stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NAN = float("nan")
SILENT = -1
LEAST_ITEMS = 20  # below which no excess is given: an interval by resampling fewer items is too narrow
DRAWS = 1000


@dataclass(frozen=True)
class Excess:
    """By how much more the group disagrees with the panel than the panel with itself, from -1 to 1."""

    value: float
    low: float
    high: float
    n_items: int

    @property
    def differs(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0


def excess(
    group: Ints, panel: Ints, *, n_symbols: int, seed: int, level: float = 0.95, least_items: int = LEAST_ITEMS
) -> Excess:
    """The excess of a group (G, N) over a panel (P, N), both symbols by person and item, SILENT where not answered.

    Items count that two of the panel and one of the group answered; NaN with fewer than `least_items` of them.
    """
    if group.shape[1] != panel.shape[1]:
        raise ValueError("group and panel must stand before the same items")
    usable = ((panel != SILENT).sum(axis=0) >= 2) & ((group != SILENT).sum(axis=0) >= 1)
    group, panel = group[:, usable], panel[:, usable]
    n_items = int(usable.sum())
    if n_items < max(least_items, 1):
        return Excess(NAN, NAN, NAN, n_items)
    said, standard = one_hot(group, n_symbols), one_hot(panel, n_symbols)
    within = _within(standard)
    value = float(np.nanmean(_between(np.ones((1, len(group))), said, standard) - within))
    rng = np.random.default_rng(seed)
    people = rng.multinomial(len(group), np.full(len(group), 1 / len(group)), size=DRAWS).astype(np.float64)
    items = rng.multinomial(n_items, np.full(n_items, 1 / n_items), size=DRAWS).astype(np.float64)
    difference = _between(people, said, standard) - within
    there = ~np.isnan(difference)
    drawn = np.where(there, items, 0.0)
    means = (drawn * np.where(there, difference, 0.0)).sum(axis=1) / np.maximum(drawn.sum(axis=1), 1e-12)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return Excess(value, float(low), float(high), n_items)


def one_hot(symbols: Ints, n_symbols: int) -> Floats:
    """(P, N) symbols as (P, N, L) of 0 and 1, all 0 where silent."""
    return np.asarray(symbols[:, :, None] == np.arange(n_symbols)[None, None], dtype=np.float64)


def _within(standard: Floats) -> Floats:
    """The share of the panel's pairs that disagree, by item (N,); two or more must have answered."""
    counts = standard.sum(axis=0)
    size = counts.sum(axis=1)
    return np.asarray((size**2 - (counts**2).sum(axis=1)) / (size * (size - 1)))


def _between(weights: Floats, said: Floats, standard: Floats) -> Floats:
    """The share of mixed pairs that disagree, by draw and item (B, N), people weighted (B, G); NaN without a pair."""
    people, items, symbols = said.shape
    told = (weights @ said.reshape(people, items * symbols)).reshape(-1, items, symbols)
    panel = standard.sum(axis=0)
    pairs = told.sum(axis=2) * panel.sum(axis=1)[None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(pairs > 0, 1 - (told * panel[None]).sum(axis=2) / pairs, np.nan)
