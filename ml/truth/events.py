"""Distinct kinds of answers: who said what, copied or not; many answers are one event, which makes a pass cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ml.truth.answers import BLIND, Answers, Floats

BLIND_ANSWER, FOLLOWED, DIFFERED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Events:
    """E distinct (person, symbol, manner) and M (person, symbol) cells that their expected answers fall into.

    person, symbol, manner: (E,). cell: (E,) index into cells, or -1 for a "not c". cells: (M,) sorted keys
    person * (K + 1) + symbol. by_item (N, E): how often each item has each event; by_event (E, N): the same of the
    items that may teach confusion.
    """

    person: NDArray[np.int64]
    symbol: NDArray[np.int64]
    manner: NDArray[np.int64]
    cell: NDArray[np.int64]
    cells: NDArray[np.int64]
    by_item: csr_matrix
    by_event: csr_matrix


def events(answers: Answers, teaches: NDArray[np.bool_]) -> Events:
    """The events of these answers; teaches (N,) marks the items from which confusion is learnt."""
    manner = np.where(
        answers.shown == BLIND, BLIND_ANSWER, np.where(answers.shown == answers.symbol, FOLLOWED, DIFFERED)
    )
    key = (answers.person.astype(np.int64) * answers.n_symbols + answers.symbol) * 3 + manner
    kinds, event = np.unique(key, return_inverse=True)
    person, symbol = np.divmod(kinds // 3, answers.n_symbols)
    named = symbol <= answers.n_classes
    cells = _cells(person, symbol, named, answers)
    stride = answers.n_classes + 1
    cell = np.where(named, np.searchsorted(cells, person * stride + np.minimum(symbol, answers.n_classes)), -1)
    ones = np.ones(len(answers))
    by_item = csr_matrix((ones, (answers.item, event)), shape=(answers.n_items, kinds.size))
    learnt = teaches[answers.item]
    by_event = csr_matrix((ones[learnt], (event[learnt], answers.item[learnt])), shape=(kinds.size, answers.n_items))
    return Events(person, symbol, kinds % 3, cell, cells, by_item, by_event)


def _cells(
    person: NDArray[np.int64], symbol: NDArray[np.int64], named: NDArray[np.bool_], answers: Answers
) -> NDArray[np.int64]:
    """The cells named, and every cell of whoever said "not c": that answer stands for any of the others."""
    stride = answers.n_classes + 1
    base = min(answers.n_symbols, stride)
    refusers = np.unique(person[~named])
    every = (refusers[:, None] * stride + np.arange(base)).ravel()
    return np.union1d(person[named] * stride + symbol[named], every)


def sums(index: NDArray[np.int64], values: Floats, size: int) -> Floats:
    """Rows of values (n, K) added up by index (n,) into (size, K)."""
    chosen = csr_matrix((np.ones(index.size), (index, np.arange(index.size))), shape=(size, index.size))
    return np.asarray(chosen @ values)
