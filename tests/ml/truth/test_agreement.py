"""Agreement against published and hand-worked figures."""

import time

import numpy as np
import pytest

from ml.truth import chance
from ml.truth.agreement import alpha, alpha_interval, by_person, kappa, pair_kappa
from ml.truth.answers import Answers, collect

NONE = 0
# K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units, missing data.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
]
# The same text, section A: two observers, ten units, two values: alpha = 0.095.
BINARY = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]


def published() -> Answers:
    table = np.array(PUBLISHED)
    person, item = np.nonzero(table)
    return collect(item, person, table[person, item] - 1, n_classes=5)


def test_alpha_of_the_published_example() -> None:
    assert alpha(published()) == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_the_published_binary_example() -> None:
    table = np.array(BINARY)
    person, item = np.indices(table.shape)
    assert alpha(collect(item.ravel(), person.ravel(), table.ravel(), n_classes=2)) == pytest.approx(0.095, abs=5e-4)


def test_alpha_is_one_when_all_agree_and_undefined_without_a_pair() -> None:
    assert alpha(collect([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1], n_classes=2)) == pytest.approx(1)
    assert np.isnan(alpha(collect([0, 1], [0, 1], [0, 1], n_classes=2)))
    assert np.isnan(alpha(collect([0, 0], [0, 1], [1, 1], n_classes=2)))


def test_interval_holds_the_value_and_repeats_with_its_seed() -> None:
    found = alpha_interval(published(), seed=1)
    assert found.low <= found.value <= found.high
    assert found == alpha_interval(published(), seed=1)
    assert (found.n_items, found.n_answers) == (11, 40)


def test_interval_equals_a_plain_bootstrap_over_items() -> None:
    answers = published()
    rng = np.random.default_rng(0)
    plain = []
    for _ in range(800):
        drawn = rng.integers(answers.n_items, size=answers.n_items)
        parts = [(i, np.flatnonzero(answers.item == item)) for i, item in enumerate(drawn)]
        at = np.concatenate([rows for _, rows in parts])
        item = np.concatenate([np.full(rows.size, i) for i, rows in parts])
        plain.append(alpha(collect(item, answers.person[at], answers.symbol[at], n_classes=5)))
    found = alpha_interval(answers, seed=0, draws=4000)
    np.testing.assert_allclose([found.low, found.high], np.nanpercentile(plain, [2.5, 97.5]), atol=0.06)


def test_kappa_worked_by_hand() -> None:
    first = np.repeat([0, 0, 1, 1], [20, 5, 10, 15])
    second = np.repeat([0, 1, 0, 1], [20, 5, 10, 15])
    assert kappa(first, second, n_symbols=2) == pytest.approx(0.4)  # (0.7 - 0.5) / (1 - 0.5)


def test_kappa_of_a_pair_takes_common_items_only() -> None:
    answers = collect([0, 1, 2, 0, 1, 3], [0, 0, 0, 1, 1, 1], [0, 1, 0, 0, 1, 1], n_classes=2)
    found = pair_kappa(answers, 0, 1)
    assert found.value == pytest.approx(1)
    assert found.n_items == 2
    assert np.isnan(pair_kappa(answers, 0, 5).value)


def test_agreement_by_class_and_person_worked_by_hand() -> None:
    answers = collect([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [0, 0, 1, 1, 1], n_classes=3)
    shares = [row.share.value for row in chance.classes(answers, seed=0)]
    np.testing.assert_allclose(shares[:3], [0.5, 2 / 3, np.nan])
    np.testing.assert_allclose(by_person(answers), [2 / 3, 2 / 3, 0])


def test_a_hundred_thousand_answers_take_well_under_a_second() -> None:
    rng = np.random.default_rng(0)
    symbol = rng.integers(10, size=100_000)
    answers = collect(np.arange(100_000) // 4, rng.integers(500, size=100_000), symbol, n_classes=10)
    began = time.perf_counter()
    assert abs(alpha_interval(answers, seed=0).value) < 0.02
    assert time.perf_counter() - began < 2
