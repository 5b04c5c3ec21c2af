"""Distinct kinds of answers, and the piles that they form on items: many answers are one event, so a pass is cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ml.truth.answers import BLIND, Answers, Floats

BLIND_ANSWER, FOLLOWED, DIFFERED = 0, 1, 2
SPARSE_KEYS = 4  # possible keys an answer beyond which sorting takes less memory than a table
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Events:
    """E distinct (person, symbol, manner), and C piles: the answers to one item that name one symbol.

    person, symbol, manner, shown, named: (E,). by_item (N, E), by_pile (C, E): how often each has each event.
    pile_item, pile_symbol: (C,), sorted by item; item_piles (N, C) marks each item's piles, names (N, K + 1) the
    symbols they name. first: (n,) the first pile of each item in `answered` (n,).
    """

    person: Index
    symbol: Index
    manner: Index
    shown: Index
    named: Index
    by_item: csr_matrix
    by_pile: csr_matrix
    pile_item: Index
    pile_symbol: Index
    item_piles: csr_matrix
    names: csr_matrix
    first: Index
    answered: Index


def events(answers: Answers) -> Events:
    """The events and piles of these answers."""
    event, kinds = _kinds(answers)
    person, symbol = np.divmod(kinds // 3, answers.n_symbols)
    manner = kinds % 3
    named = np.where(symbol > answers.n_classes, symbol - answers.n_classes - 1, symbol)
    stride = answers.n_classes + 1
    piles, pile = _ranks(answers.item.astype(np.int64) * stride + named[event], answers.n_items * stride)
    pile_item, pile_symbol = np.divmod(piles, stride)
    answered, first = np.unique(pile_item, return_index=True)
    return Events(
        person=person,
        symbol=symbol,
        manner=manner,
        shown=np.select([manner == FOLLOWED, manner == DIFFERED], [symbol, -2], BLIND),  # -2: some other class
        named=named,
        by_item=_tally(answers.item, event, answers.n_items, kinds.size),
        by_pile=_tally(pile, event, piles.size, kinds.size),
        pile_item=pile_item,
        pile_symbol=pile_symbol,
        item_piles=_tally(pile_item, np.arange(piles.size), answers.n_items, piles.size),
        names=_tally(pile_item, pile_symbol, answers.n_items, stride),
        first=first,
        answered=answered,
    )


def _kinds(answers: Answers) -> tuple[Index, Index]:
    """The event of each answer (A,), and the keys of the events (E,)."""
    followed = np.where(answers.shown == answers.symbol, FOLLOWED, DIFFERED)
    manner = np.where(answers.shown == BLIND, BLIND_ANSWER, followed)
    key = (answers.person.astype(np.int64) * answers.n_symbols + answers.symbol) * 3 + manner
    kinds, event = _ranks(key, answers.n_people * answers.n_symbols * 3)
    return event, kinds


def _ranks(key: Index, end: int) -> tuple[Index, Index]:
    """The distinct keys, sorted, and the place of each key among them; without sorting where they lie close."""
    if end > SPARSE_KEYS * key.size:
        kinds, place = np.unique(key, return_inverse=True)
        return kinds, place
    present = np.zeros(end, bool)
    present[key] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[key]


def _tally(row: NDArray[np.integer], column: Index, n_rows: int, n_columns: int) -> csr_matrix:
    """How often each column falls in each row."""
    return csr_matrix((np.ones(row.size), (row, column)), shape=(n_rows, n_columns))


def sums(index: Index, values: Floats, size: int) -> Floats:
    """Rows of values (n, K) added up by index (n,) into (size, K)."""
    return np.asarray(_tally(index, np.arange(index.size), size, index.size) @ values)
