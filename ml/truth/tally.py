"""The M-step: expected answers, copies and appearances become new confusion, people, copy rates and difficulty."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ml.truth import rows
from ml.truth.answers import Floats
from ml.truth.calibration import Z95
from ml.truth.difficulty import Evidence
from ml.truth.events import BLIND_ANSWER, Events, Index, Piles, multiply, sums, tally
from ml.truth.noise import SMALLEST, Fit
from ml.truth.people import People
from ml.truth.skill import learnt

ASSUMED_ACCURACY = 0.8  # of the pool, before anything was measured
ASSUMED_ANSWERS = 2.0  # a row by which that assumption counts
ASSUMED_COPY_RATE = 0.2
ASSUMED_COPIES = 10.0  # answers with a suggestion in view by which that assumption counts
COPY_STRENGTH = 20.0  # the same for one person against the rate of all
ASSUMED_HARD = 0.05  # before anything was measured; errors that all share are counted besides (ml.truth.shared)
ENOUGH_TO_TELL = 3  # answers: two are as likely under other confusions without hard items
ASSUMED_ITEMS = 10.0  # items by which that assumption counts
MOST_HARD = 0.6  # beyond it the appearance could pass for the truth, and one odd person's answers for insight
FOLLOW = 0.5  # fixed: three answers an item cannot tell many mildly hard items from few very hard ones
NEWTON_STEPS = 5


def assumed(n_classes: int, n_symbols: int, *, difficulty: bool = True) -> Fit:
    """The noise model before anything was measured."""
    base = min(n_symbols, n_classes + 1)
    pooled = np.full((n_classes, base), (1 - ASSUMED_ACCURACY) / (base - 1))
    np.fill_diagonal(pooled, ASSUMED_ACCURACY)
    square = pooled[:, :n_classes] / pooled[:, :n_classes].sum(axis=1, keepdims=True)
    return Fit(
        n_classes=n_classes,
        n_symbols=n_symbols,
        prior=np.full(n_classes, 1 / n_classes),
        pooled=pooled,
        people=People.nobody(n_classes),
        strength=float("inf"),
        copy_rate=ASSUMED_COPY_RATE,
        copy_strength=COPY_STRENGTH,
        hard=ASSUMED_HARD if difficulty else 0.0,
        follow=FOLLOW,
        sharpness=1.0,
        bias=np.zeros(n_classes),
        imported=square,
        suggested=square,
        shared=np.eye(n_classes),
        fold_sharpness=np.zeros(0),
        fold_bias=np.zeros((0, n_classes)),
        spread=np.zeros(2),
    )


@dataclass(frozen=True, eq=False)
class Cells:
    """The M pairs of person and symbol that are counted, and the sums over them, made once for all passes.

    key (M,): person * (K + 1) + symbol, sorted: all that were said, and every symbol of whoever said "not c".
    of_event (M, E): the cell of each event that names a symbol. of_symbol (L, M), of_person (P, M).
    """

    key: Index
    of_event: csr_matrix
    of_symbol: csr_matrix
    of_person: csr_matrix


def maximise(current: Fit, kinds: Events, truth: Floats, found: Evidence, n_people: int, cells: Cells) -> Fit:
    """New parameters from expected classes (N, K), zero for items that do not teach; cells as from `cells_of`.

    found.pile is used up: at a million answers a copy of it would be the largest array.
    """
    own, copied, appearances = _expect(current, kinds, truth, found)
    count = _own_counts(current, kinds, own, cells)
    pooled = np.asarray(cells.of_symbol @ count).T + appearances
    pooled += ASSUMED_ANSWERS * assumed(current.n_classes, current.n_symbols).pooled
    seen = kinds.manner != BLIND_ANSWER
    in_view = np.where(seen, kinds.by_item.T @ rows.total(truth)[:, 0], 0.0) if seen.any() else seen
    shown = np.bincount(kinds.person, weights=in_view, minlength=n_people).astype(np.float64)
    copies = np.bincount(kinds.person, weights=copied, minlength=n_people).astype(np.float64)
    rate = (copies.sum() + ASSUMED_COPIES * ASSUMED_COPY_RATE) / (shown.sum() + ASSUMED_COPIES)
    people = People(cells.key, count, np.asarray(cells.of_person @ count), copies, shown, current.people.skill)
    pooled /= pooled.sum(axis=1, keepdims=True)
    moved = replace(current, pooled=pooled, people=people, copy_rate=float(rate))
    return _hard_share(learnt(moved), kinds, truth, found)


def _hard_share(current: Fit, kinds: Events, truth: Floats, found: Evidence) -> Fit:
    """The likeliest share of hard items with its interval, by Newton's method: EM would crawl towards zero.

    Only items with enough answers to tell count, in this share and in the assumed one alike.
    """
    share = current.hard
    if share == 0:
        return current
    chance = np.clip((truth * found.is_hard).sum(axis=1), SMALLEST, 1 - SMALLEST)
    odds = chance / (1 - chance) * (1 - share) / share  # of the answers to each item if hard, against if easy
    tells = truth.any(axis=1) & (np.diff(kinds.by_item.indptr) >= ENOUGH_TO_TELL)
    excess = odds[tells] - 1
    for _ in range(NEWTON_STEPS):
        slope, bend = _slope(share, excess)
        share = float(np.clip(share + slope / bend, share / 4, (1 + share) / 2))
    share = min(share, MOST_HARD)
    # On the scale of log odds, where the interval cannot leave 0..1.
    middle, half = np.log(share / (1 - share)), Z95 / (share * (1 - share) * np.sqrt(_slope(share, excess)[1]))
    low, high = (float(1 / (1 + np.exp(-end))) for end in (middle - half, middle + half))
    return replace(current, hard=share, hard_low=low, hard_high=high)


def _slope(share: float, excess: Floats) -> tuple[float, float]:
    """The first derivative of the log posterior of the share of hard items, and the second with its sign turned."""
    pull = excess / (1 + share * excess)
    prior = ASSUMED_ITEMS * (ASSUMED_HARD / share - (1 - ASSUMED_HARD) / (1 - share))
    bend = ASSUMED_ITEMS * (ASSUMED_HARD / share**2 + (1 - ASSUMED_HARD) / (1 - share) ** 2)
    return float(pull.sum()) + prior, float((pull**2).sum()) + bend


def _expect(current: Fit, kinds: Events, truth: Floats, found: Evidence) -> tuple[Floats, Floats, Floats]:
    """Expected answers of each event that were the person's own (E, K) or copied (E,), and appearances (K, base)."""
    parts, by = found.parts, found.by
    copied = parts.copied[:, None]
    if current.hard == 0 or kinds.piles is None:
        every = np.asarray(kinds.by_item.T @ truth)
        every /= by.plain
        return every * parts.solo, (every * copied).sum(axis=1), np.zeros_like(current.pooled)
    hard = truth * found.is_hard
    easy = np.asarray(kinds.by_item.T @ (truth - hard)) / by.plain
    piled = found.pile
    multiply(piled, hard, kinds.piles.item)
    matched = np.asarray(kinds.piles.by_pile.T @ piled)
    other = (np.asarray(kinds.by_item.T @ hard) - matched) / by.apart
    matched /= by.match
    other += matched
    own = (easy + (1 - current.follow) * other) * parts.solo
    copies = ((easy + other) * copied).sum(axis=1)
    return own, copies, _appearances(current, kinds.piles, hard, found, piled)


def _appearances(current: Fit, piles: Piles, hard: Floats, found: Evidence, piled: Floats) -> Floats:
    """Expected appearances of hard items by true class, (K, base): symbols somebody named, and those nobody did."""
    base = current.pooled.shape[1]
    spare = hard * found.rest / np.maximum(found.rest_mass, 1e-300)
    unnamed = spare.sum(axis=0) - np.asarray(piles.names.T @ spare)[:base]
    seen = sums(piles.symbol, piled, base)
    return np.asarray((seen + np.maximum(unnamed, 0.0) * current.pooled.T).T)


def cells_of(kinds: Events, n_people: int, n_classes: int, n_symbols: int) -> Cells:
    """The cells of these events."""
    stride = n_classes + 1
    base = min(n_symbols, stride)
    refused = kinds.symbol > n_classes
    every = np.unique(kinds.person[refused])[:, None] * stride + np.arange(base)
    said = kinds.person * stride + kinds.symbol
    key = np.union1d(said[~refused], every.ravel())
    person, symbol = np.divmod(key, stride)
    each, events = np.arange(key.size), np.flatnonzero(~refused)
    return Cells(
        key,
        tally(np.searchsorted(key, said[events]), events, key.size, said.size),
        tally(symbol, each, base, key.size),
        tally(person, each, n_people, key.size),
    )


def _own_counts(current: Fit, kinds: Events, own: Floats, cells: Cells) -> Floats:
    """Own answers by (person, symbol), (M, K)."""
    count = np.asarray(cells.of_event @ own)
    refused = kinds.symbol > current.n_classes
    if refused.any():
        count += _refusals(current, kinds, own, refused, cells.key)
    return count


def _refusals(current: Fit, kinds: Events, own: Floats, refused: NDArray[np.bool_], cells: Index) -> Floats:
    """A "not c" stands for any other symbol: spread (M, K) over them in proportion to their probability."""
    person, asked = kinds.person[refused], kinds.named[refused]
    blind = np.full(person.size, -1)
    rest = current.likelihood(kinds.symbol[refused], person, blind)
    spread = np.zeros((cells.size, current.n_classes))
    for symbol in range(current.pooled.shape[1]):
        theta = current.likelihood(np.full(person.size, symbol), person, blind)
        share = np.where((asked == symbol)[:, None], 0.0, own[refused] * theta / rest)
        spread += sums(np.searchsorted(cells, person * (current.n_classes + 1) + symbol), share, cells.size)
    return spread
