"""Agreement by class and by person, as shares and corrected for chance, with intervals by bootstrap over items.

By class: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C, one class against the rest.
By person: J. Cohen (1960), of one person against all others' answers to the same items.
Answers to one item are said of one thing, so they are drawn together. Percentiles are expanded for few items: T. C.
Hesterberg, "What Teachers Should Know About the Bootstrap" (2015), section 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from ml.truth.agreement import NAN, Agreement, pairable, votes
from ml.truth.answers import Answers, Floats
from ml.truth.calibration import wilson

DRAWS = 1000
BLOCKS = 100  # of items a person: who met others on more items has them drawn in so many blocks, made by chance
LEVEL = 0.95
ALIKE = 1e-9  # a share that lies no further from 0 or 1 is it


@dataclass(frozen=True)
class Corrected:
    """A share of agreeing comparisons, and the same corrected for chance; NaN where there are none."""

    share: Agreement
    beyond_chance: Agreement


NOTHING = Corrected(Agreement(NAN, NAN, NAN, 0, 0), Agreement(NAN, NAN, NAN, 0, 0))


def classes(answers: Answers, *, seed: int, draws: int = DRAWS) -> list[Corrected]:
    """For each symbol c: given that one named c, the chance that another did too; and alpha of c against the rest."""
    table = pairable(votes(answers))
    n_items = len(table)
    if not n_items:
        return [NOTHING] * answers.n_symbols
    kinds, copies = np.unique(table, axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(n_items, copies / n_items, size=draws)
    weights = np.vstack([copies[None], drawn]).astype(np.float64)  # the data itself first
    size = kinds.sum(axis=1, keepdims=True)
    agreeing = weights @ (kinds * (kinds - 1) / np.maximum(size - 1, 1))  # (1 + B, L)
    named, total = weights @ kinds, weights @ size
    with np.errstate(divide="ignore", invalid="ignore"):
        share = agreeing / named
        chance = (named - 1) / (total - 1)
        alpha = (share - chance) / (1 - chance)
    met = (table > 0).sum(axis=0)
    return [
        Corrected(_interval(share[:, c], int(met[c]), int(table[:, c].sum())),
                  _interval(alpha[:, c], int(met[c]), int(table[:, c].sum()), float(chance[0, c])))
        for c in range(answers.n_symbols)
    ]  # fmt: skip


def people(answers: Answers, *, seed: int, draws: int = DRAWS) -> list[Corrected]:
    """For each person: the share of other people's answers to the same items that equal theirs; and Cohen's kappa."""
    table = votes(answers)
    company = np.flatnonzero(table.sum(axis=1)[answers.item] > 1)
    order = company[np.argsort(answers.person[company], kind="stable")]
    ends = np.searchsorted(answers.person[order], np.arange(answers.n_people + 1))
    dice = _Dice(np.random.default_rng(seed), draws, {})
    return [
        _person(table, answers.item[order[start:end]], answers.symbol[order[start:end]], dice)
        for start, end in pairwise(ends)
    ]


@dataclass(frozen=True)
class _Dice:
    """Draws with replacement among n equals, made once for each n."""

    random: np.random.Generator
    draws: int
    known: dict[int, NDArray[np.float32]]

    def weights(self, n: int) -> NDArray[np.float32]:
        """How often each of n falls, (1 + draws, n); the first row is each of them once."""
        if n not in self.known:
            drawn = self.random.multinomial(n, np.full(n, 1 / n), size=self.draws)
            self.known[n] = np.vstack([np.ones(n), drawn]).astype(np.float32)
        return self.known[n]


def _person(table: Floats, item: NDArray[np.int32], symbol: NDArray[np.int32], dice: _Dice) -> Corrected:
    """One person's answers (n,) to items of `table`, each with company."""
    if not item.size:
        return NOTHING
    others, rows = table[item], np.arange(item.size)
    others[rows, symbol] -= 1
    met = others.sum(axis=1)
    own = np.zeros_like(others)
    own[rows, symbol] = met
    tallies = np.hstack([others[rows, symbol][:, None], met[:, None], own, others])
    if item.size > BLOCKS:
        block = dice.random.permutation(item.size) % BLOCKS
        tallies = np.stack([np.bincount(block, column, minlength=BLOCKS) for column in tallies.T], axis=1)
    same, total, mine, theirs = np.split(dice.weights(len(tallies)) @ tallies, [1, 2, 2 + table.shape[1]], axis=1)
    share = (same / total)[:, 0]
    chance = (mine * theirs).sum(axis=1) / total[:, 0] ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = (share - chance) / (1 - chance)
    n_items, n_answers = int(np.unique(item).size), int(met.sum())
    return Corrected(_interval(share, n_items, n_answers), _interval(kappa, n_items, n_answers, float(chance[0])))


def _interval(values: Floats, n_items: int, n_answers: int, chance: float = 0.0) -> Agreement:
    """The first of `values`, from which `chance` was taken off, with the percentile interval of the others.

    Where all comparisons agree, or none does, no draw differs: then Wilson's interval of the share, with an item as one
    trial and chance held as observed.
    """
    value = float(values[0])
    if np.isnan(value):
        return Agreement(NAN, NAN, NAN, n_items, n_answers)
    share = value * (1 - chance) + chance
    if min(share, 1 - share) < ALIKE:
        ends = wilson(round(share) * n_items, n_items)
        low, high = ((end - chance) / (1 - chance) for end in ends)
        return Agreement(value, low, high, n_items, n_answers)
    tail = 50 * (1 - LEVEL)
    if n_items > 1:
        tail = 100 * norm.cdf(t.ppf(tail / 100, n_items - 1) * np.sqrt(n_items / (n_items - 1)))
    low, high = np.nanpercentile(values[1:], [tail, 100 - tail])
    return Agreement(value, float(low), float(high), n_items, n_answers)
