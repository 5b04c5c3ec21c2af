"""One item's posterior against a case worked by hand, and against the batch."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.truth.answers import collect, not_class, not_sure
from ml.truth.dawid_skene import Fit, assumed, fit
from ml.truth.noise import UNKNOWN_PERSON
from ml.truth.posterior import posterior, posteriors
from tests.ml.truth.simulate import crowd


def plain(n_symbols: int = 2) -> Fit:
    """Two classes, eight in ten right, prior 0.5."""
    return assumed(2, n_symbols)


def test_two_against_one_worked_by_hand() -> None:
    pooled = np.array([[0.9, 0.1], [0.2, 0.8]])
    found = posterior(replace(plain(), pooled=pooled, prior=np.array([0.3, 0.7])), [0, 0, 1], [UNKNOWN_PERSON] * 3)
    zero, one = 0.3 * 0.9 * 0.9 * 0.1, 0.7 * 0.2 * 0.2 * 0.8
    np.testing.assert_allclose(found, np.array([zero, one]) / (zero + one), rtol=1e-12)


def test_without_answers_the_prior_or_the_classifier_speaks() -> None:
    model = replace(plain(), prior=np.array([0.3, 0.7]), sharpness=0.5)
    np.testing.assert_allclose(posterior(model, [], []), [0.3, 0.7])
    tempered = np.sqrt([0.9, 0.1]) / np.sqrt([0.9, 0.1]).sum()
    np.testing.assert_allclose(posterior(model, [], [], None, np.array([0.9, 0.1])), tempered)


def test_a_copy_is_worth_less_than_a_blind_answer() -> None:
    model = replace(plain(), copy_rate=0.5)
    seen = posterior(model, [0], [UNKNOWN_PERSON], [0])
    blind = posterior(model, [0], [UNKNOWN_PERSON])
    np.testing.assert_allclose(seen, [0.9 / 1.5, 0.6 / 1.5])  # 0.5 + 0.5 * 0.8 against 0.5 + 0.5 * 0.2
    assert blind[0] > seen[0]
    differed = posterior(model, [1], [UNKNOWN_PERSON], [0])
    np.testing.assert_allclose(differed, [0.2, 0.8])


def test_no_and_not_sure_worked_by_hand() -> None:
    pooled = np.array([[0.7, 0.1, 0.2], [0.3, 0.6, 0.1]])
    model = replace(plain(5), pooled=pooled)
    np.testing.assert_allclose(posterior(model, [not_class(2, 0)], [-1]), [0.3, 0.7])
    np.testing.assert_allclose(posterior(model, [not_sure(2)], [-1]), [2 / 3, 1 / 3])


def test_more_agreeing_answers_raise_the_posterior() -> None:
    chance = [posterior(plain(), [0] * n, [-1] * n)[0] for n in range(8)]
    assert chance == sorted(chance)


def test_thousands_of_answers_stay_finite() -> None:
    found = posterior(plain(), [0] * 5000 + [1] * 4000, [-1] * 9000)
    assert found.sum() == pytest.approx(1)
    assert found[0] == pytest.approx(1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), strength=st.sampled_from([1.0, 10.0, float("inf")]), classes=st.integers(2, 5))
def test_online_equals_batch(seed: int, strength: float, classes: int) -> None:
    made = crowd(seed, n_items=40, n_classes=classes, copy=0.4, shown_share=0.5)
    rng = np.random.default_rng(seed)
    classifier = rng.dirichlet(np.ones(classes), size=40)
    classifier[::3] = np.nan
    imported = rng.integers(-1, classes, size=40)
    model = fit(made.answers, strength=strength, classifier=classifier, imported=imported)
    batch = posteriors(model, made.answers, classifier, imported=imported)
    np.testing.assert_allclose(batch.sum(axis=1), 1)
    for item in range(40):
        mine = made.answers.where(made.answers.item == item)
        row = None if np.isnan(classifier[item]).any() else classifier[item]
        one = posterior(
            model, mine.symbol.tolist(), mine.person.tolist(), mine.shown.tolist(), row, imported=int(imported[item])
        )
        np.testing.assert_allclose(one, batch[item], atol=1e-9)


def test_the_unknown_person_answers_like_the_pool() -> None:
    model = fit(crowd(3).answers, strength=5.0)
    np.testing.assert_array_equal(posterior(model, [0], [UNKNOWN_PERSON]), posterior(model, [0], [10_000]))
    assert not np.array_equal(posterior(model, [0], [0]), posterior(model, [0], [UNKNOWN_PERSON]))


def test_items_without_answers_keep_the_prior() -> None:
    model = fit(crowd(3).answers, strength=5.0)
    empty = collect([], [], [], n_classes=3, n_items=2, n_people=12)
    np.testing.assert_allclose(posteriors(model, empty), np.tile(model.prior, (2, 1)))
