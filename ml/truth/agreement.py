"""Agreement between people, with chance correction and intervals.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C; J. Cohen (1960).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats
from ml.truth.calibration import wilson

NAN = float("nan")


@dataclass(frozen=True)
class Agreement:
    """A chance-corrected agreement with its interval; NaN where it is not defined."""

    value: float
    low: float
    high: float
    n_items: int
    n_answers: int


def votes(answers: Answers) -> Floats:
    """How often each item got each symbol, (N, L)."""
    cell = answers.item.astype(np.int64) * answers.n_symbols + answers.symbol
    flat = np.bincount(cell, minlength=answers.n_items * answers.n_symbols)
    return flat.reshape(answers.n_items, answers.n_symbols).astype(np.float64)


def alpha(answers: Answers) -> float:
    """Krippendorff's alpha for nominal data with missing answers: 1 - observed / expected disagreement.

    Items with one answer pair with nothing and are left out. NaN without a pair, or where all chose one symbol.
    """
    table = pairable(votes(answers))
    return float(_alpha(*_disagreement(table), table.sum(axis=0)[None])[0])


def alpha_interval(answers: Answers, *, seed: int, level: float = 0.95, draws: int = 1000) -> Agreement:
    """Alpha with a percentile interval by bootstrap over items: answers to one item stay together."""
    table = pairable(votes(answers))
    disagree, pairs = _disagreement(table)
    value = float(_alpha(disagree, pairs, table.sum(axis=0)[None])[0])
    n_items, n_answers = table.shape[0], int(table.sum())
    if np.isnan(value):
        return Agreement(NAN, NAN, NAN, n_items, n_answers)
    kinds, _, copies = np.unique(table, axis=0, return_inverse=True, return_counts=True)
    # Items with equal votes are interchangeable: drawing how often each kind falls is the same bootstrap, faster.
    drawn = np.random.default_rng(seed).multinomial(n_items, copies / n_items, size=draws).astype(np.float64)
    per_kind, _ = _disagreement_by_item(kinds)
    resampled = _alpha(drawn @ per_kind, drawn @ kinds.sum(axis=1), drawn @ kinds)
    tail = 100 * (1 - level) / 2
    low, high = np.nanpercentile(resampled, [tail, 100 - tail])
    return Agreement(value, float(low), float(high), n_items, n_answers)


def pairable(table: Floats) -> Floats:
    """Only the items (rows) that two or more people answered."""
    return np.asarray(table[table.sum(axis=1) >= 2])


def _disagreement_by_item(table: Floats) -> tuple[Floats, Floats]:
    """Each item's disagreeing pairs over (answers - 1), and its answers, both (N,)."""
    size = table.sum(axis=1)
    return (size**2 - (table**2).sum(axis=1)) / (size - 1), size


def _disagreement(table: Floats) -> tuple[Floats, Floats]:
    """Summed over items, as arrays of one element."""
    disagree, size = _disagreement_by_item(table)
    return disagree.sum(keepdims=True), size.sum(keepdims=True)


def _alpha(disagree: Floats, pairs: Floats, margin: Floats) -> Floats:
    """Alpha for B resamples: disagree (B,), pairable answers (B,), symbol margins (B, L)."""
    expected = pairs**2 - (margin**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - (pairs - 1) * disagree / expected, np.nan)


def kappa(first: NDArray[np.integer], second: NDArray[np.integer], *, n_symbols: int) -> float:
    """Cohen's kappa of two people's answers (n,) to the same items; NaN when chance agreement is certain."""
    if first.shape != second.shape:
        raise ValueError("both people must have answered the same items")
    table = np.bincount(first.astype(np.int64) * n_symbols + second, minlength=n_symbols**2).reshape(n_symbols, -1)
    total = table.sum()
    if not total:
        return NAN
    chance = float(table.sum(axis=0) @ table.sum(axis=1)) / float(total) ** 2
    return (float(np.trace(table)) / float(total) - chance) / (1 - chance) if chance < 1 else NAN


def pair_kappa(answers: Answers, first: int, second: int) -> Agreement:
    """Cohen's kappa of two people over the items both answered, with a 95 % interval.

    Wilson's interval of the share that agrees, carried over with chance agreement held as observed.
    """
    mine, yours = (_last_answers(answers, person) for person in (first, second))
    both = (mine >= 0) & (yours >= 0)
    n = int(both.sum())
    value = kappa(mine[both], yours[both], n_symbols=answers.n_symbols)
    if np.isnan(value):
        return Agreement(NAN, NAN, NAN, n, 2 * n)
    share = float((mine[both] == yours[both]).mean())
    chance = (share - value) / (1 - value) if value < 1 else 0.0
    low, high = ((end - chance) / (1 - chance) for end in wilson(share * n, n))
    return Agreement(value, max(-1.0, low), min(1.0, high), n, 2 * n)


def _last_answers(answers: Answers, person: int) -> NDArray[np.int64]:
    """A person's answer to each item, (N,), -1 where there is none."""
    theirs = answers.person == person
    row = np.full(answers.n_items, -1, np.int64)
    row[answers.item[theirs]] = answers.symbol[theirs]
    return row


def by_person(answers: Answers) -> Floats:
    """The share of other people's answers to the same items that equal one's own, (P,); NaN without company."""
    table = votes(answers)
    same = table[answers.item, answers.symbol] - 1
    others = table.sum(axis=1)[answers.item] - 1
    met = np.bincount(answers.person, weights=others, minlength=answers.n_people)
    agreed = np.bincount(answers.person, weights=same, minlength=answers.n_people)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(met > 0, agreed / met, np.nan)
