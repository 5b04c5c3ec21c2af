"""Audience fit: a case by hand, and how often it cries wolf or stays silent, by simulation."""

import numpy as np
import pytest

from ml.truth.audience import SILENT, Ints, excess

TRIALS = 200


def people(rng: np.random.Generator, shares: np.ndarray, count: int) -> Ints:
    """Answers (count, N) of people who each draw from an item's own shares (N, L)."""
    drawn = rng.random((count, shares.shape[0], 1))
    return np.asarray((drawn > np.cumsum(shares, axis=1)[None]).sum(axis=2), dtype=np.int64)


def crowd(rng: np.random.Generator, items: int) -> np.ndarray:
    """Easy and hard items of three classes: how people answer each on the whole."""
    return rng.dirichlet([1.0, 0.3, 0.3], size=items)


def test_a_case_by_hand() -> None:
    panel = np.array([[0, 0], [0, 1]])
    group = np.array([[1, 0], [1, SILENT]])
    found = excess(group, panel, n_symbols=2, seed=1, least_items=1)
    # Item 1: every mixed pair differs, the panel agrees: 1 - 0. Item 2: half of the pairs, all of the panel's: -0.5.
    assert found.value == pytest.approx(0.25)
    assert found.n_items == 2


def test_too_few_items_say_nothing() -> None:
    panel, group = np.zeros((2, 19), np.int64), np.ones((5, 19), np.int64)
    found = excess(group, panel, n_symbols=2, seed=1)
    assert np.isnan(found.value)
    assert not found.differs
    assert excess(np.ones((5, 20), np.int64), np.zeros((2, 20), np.int64), n_symbols=2, seed=1).value == 1.0


def test_items_that_one_of_the_panel_answered_do_not_count() -> None:
    panel = np.array([[0] * 30, [0] * 25 + [SILENT] * 5])
    assert excess(np.zeros((5, 30), np.int64), panel, n_symbols=2, seed=1).n_items == 25


def test_unlike_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="same items"):
        excess(np.zeros((5, 3), np.int64), np.zeros((2, 4), np.int64), n_symbols=2, seed=1)


def test_a_group_like_the_panel_rarely_raises_an_alarm() -> None:
    rng = np.random.default_rng(7)
    alarms = 0
    for trial in range(TRIALS):
        shares = crowd(rng, 40)
        found = excess(people(rng, shares, 6), people(rng, shares, 3), n_symbols=3, seed=trial)
        alarms += found.differs
    assert alarms <= 0.05 * TRIALS


def test_a_group_that_sees_a_class_otherwise_is_found() -> None:
    rng = np.random.default_rng(8)
    found = 0
    for trial in range(50):
        shares = crowd(rng, 60)
        other = shares[:, [1, 0, 2]] * 0.5 + shares * 0.5
        found += excess(people(rng, other, 6), people(rng, shares, 3), n_symbols=3, seed=trial).differs
    assert found >= 40
