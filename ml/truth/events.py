"""Distinct kinds of answers, and the piles that they form on items: many answers are one event, so a pass is cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ml.truth.answers import BLIND, Answers, Floats

BLIND_ANSWER, FOLLOWED, DIFFERED = 0, 1, 2
OTHER_CLASS = -2  # stands for whichever class was shown and not chosen
CHUNK = 1 << 14  # rows gathered at once
SPARSE_KEYS = 4  # possible keys an answer beyond which sorting takes less memory than a table
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Piles:
    """C piles, each the answers to one item that name one symbol.

    item, symbol: (C,), sorted by item. by_pile (C, E): how often each has each event. by_item (N, C) marks each item's
    piles, names (N, K + 1) the symbols they name. first: (n,) the first pile of each item in `answered` (n,).
    """

    item: Index
    symbol: Index
    by_pile: csr_matrix
    by_item: csr_matrix
    names: csr_matrix
    first: Index
    answered: Index


@dataclass(frozen=True, eq=False)
class Events:
    """E distinct (person, symbol, manner).

    person, symbol, manner, shown, named: (E,). by_item (N, E): how often each item has each event. piles: None where
    no item is held to be hard.
    """

    person: Index
    symbol: Index
    manner: Index
    shown: Index
    named: Index
    by_item: csr_matrix
    piles: Piles | None


def events(answers: Answers, *, piles: bool) -> Events:
    """The events of these answers, and their piles if asked for."""
    followed = np.where(answers.shown == answers.symbol, FOLLOWED, DIFFERED)
    manner = np.where(answers.shown == BLIND, BLIND_ANSWER, followed)
    key = (answers.person.astype(np.int64) * answers.n_symbols + answers.symbol) * 3 + manner
    kinds, event = _ranks(key, answers.n_people * answers.n_symbols * 3)
    person, symbol = np.divmod(kinds // 3, answers.n_symbols)
    manner = kinds % 3
    named = np.where(symbol > answers.n_classes, symbol - answers.n_classes - 1, symbol)
    return Events(
        person=person,
        symbol=symbol,
        manner=manner,
        shown=np.select([manner == FOLLOWED, manner == DIFFERED], [symbol, OTHER_CLASS], BLIND),
        named=named,
        by_item=tally(answers.item, event, answers.n_items, kinds.size),
        piles=_piles(answers, event, named) if piles else None,
    )


def _piles(answers: Answers, event: Index, named: Index) -> Piles:
    """The piles of these answers, given the event of each (A,) and the symbol that each event names."""
    stride = answers.n_classes + 1
    kinds, pile = _ranks(answers.item.astype(np.int64) * stride + named[event], answers.n_items * stride)
    item, symbol = np.divmod(kinds, stride)
    answered, first = np.unique(item, return_index=True)
    return Piles(
        item=item,
        symbol=symbol,
        by_pile=tally(pile, event, kinds.size, named.size),
        by_item=tally(item, np.arange(kinds.size), answers.n_items, kinds.size),
        names=tally(item, symbol, answers.n_items, stride),
        first=first,
        answered=answered,
    )


def _ranks(key: Index, end: int) -> tuple[Index, Index]:
    """The distinct keys, sorted, and the place of each key among them; without sorting where they lie close."""
    if end > SPARSE_KEYS * key.size:
        kinds, place = np.unique(key, return_inverse=True)
        return kinds, place
    present = np.zeros(end, bool)
    present[key] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[key]


def tally(row: NDArray[np.integer], column: NDArray[np.integer], n_rows: int, n_columns: int) -> csr_matrix:
    """How often each column falls in each row; repeats stay apart: products do not mind, and sorting costs."""
    order = None if (row[1:] >= row[:-1]).all() else np.argsort(row, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n_rows))]).astype(np.int32)
    places = (column if order is None else column[order]).astype(np.int32)
    return csr_matrix((np.ones(row.size), places, starts), shape=(n_rows, n_columns))


def multiply(values: Floats, table: Floats, rows: Index) -> None:
    """values *= table[rows] in place, a part at a time: what is gathered stays small."""
    for start in range(0, rows.size, CHUNK):
        part = slice(start, start + CHUNK)
        values[part] *= table[rows[part]]


def sums(index: Index, values: Floats, size: int) -> Floats:
    """Rows of values (n, K) added up by index (n,) into (size, K)."""
    return np.asarray(tally(index, np.arange(index.size), size, index.size) @ values)
