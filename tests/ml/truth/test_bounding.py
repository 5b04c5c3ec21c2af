"""Audits on simulated labels: a bad set passes as rarely as stated, a good one mostly; slips are not the labels'."""

import numpy as np
import pytest
from scipy.stats import beta

from ml.truth.bounding import bound, drawn, estimate, sample_size, sides, spent, threshold
from ml.truth.dawid_skene import fit
from tests.ml.truth.simulate import crowd

ALLOWED, RISK, CLASSES = 0.05, 0.1, 4
SKILL, PEOPLE = 0.85, 3


def evidence(rng: np.random.Generator, errors: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of which this share is wrong, and three people's answers of known skill to each item."""
    wrong = rng.random(n) < errors
    truth = np.where(wrong, rng.integers(1, CLASSES, n), 0)
    slip = (1 - SKILL) / (CLASSES - 1)
    likelihood = np.ones((n, CLASSES))
    for _ in range(PEOPLE):
        said = np.where(rng.random(n) < SKILL, truth, (truth + rng.integers(1, CLASSES, n)) % CLASSES)
        likelihood *= np.where(np.arange(CLASSES) == said[:, None], SKILL, slip)
    return sides(likelihood, np.zeros(n, int), np.full(CLASSES, 1 / CLASSES))


def passes(seed: int, errors: float) -> bool:
    """Three looks, each with twice the items of the last, as the actions do it."""
    rng = np.random.default_rng(seed)
    first = sample_size(ALLOWED, spent(RISK, 1))
    right, wrong = evidence(rng, errors, 4 * first)
    return any(
        bound(right[: first * 2**look], wrong[: first * 2**look], spent(RISK, look + 1)) <= ALLOWED for look in range(3)
    )


def test_a_bad_set_passes_no_more_often_than_stated_and_a_good_one_mostly() -> None:
    assert np.mean([passes(seed, ALLOWED) for seed in range(120)]) <= RISK
    assert np.mean([passes(seed, 0.1) for seed in range(60)]) <= 0.02
    assert np.mean([passes(seed, 0.005) for seed in range(30)]) >= 0.9


@pytest.mark.parametrize(("wrong", "n"), [(0, 60), (3, 100)])
def test_answers_that_are_never_wrong_give_clopper_and_pearson(wrong: int, n: int) -> None:
    flags = np.arange(n) < wrong
    right, false = np.where(flags, 1e-12, 1.0), np.where(flags, 1.0, 1e-12)
    assert bound(right, false, 0.05) == pytest.approx(beta.ppf(0.95, wrong + 1, n - wrong), abs=3e-4)
    assert estimate(right, false) == pytest.approx(wrong / n, abs=1e-3)


def test_peoples_own_errors_are_not_the_labels() -> None:
    right, wrong = evidence(np.random.default_rng(1), 0.0, 400)
    assert (right < wrong).any()  # where the majority speaks against a right label
    assert estimate(right, wrong) < 0.01
    assert bound(right, wrong, 0.05) < 0.02


def test_the_risk_is_spent_and_never_overspent() -> None:
    assert sum(spent(0.05, look) for look in range(1, 10_000)) <= 0.05
    assert sample_size(0.05, 0.025) >= np.log(0.025) / np.log(0.95)


def test_the_threshold_parts_the_good_from_the_bad() -> None:
    rng = np.random.default_rng(2)
    score = rng.random(2000)
    wrong = rng.random(2000) < np.where(score > 0.6, 0.01, 0.4)
    right, false = np.where(wrong, 1e-9, 1.0), np.where(wrong, 1.0, 1e-9)
    assert 0.4 < threshold(score, right, false, 0.05) < 0.75
    assert threshold(score, false, right, 0.05) == float("inf")


def test_draws_of_peoples_error_rates_scatter_around_what_was_fitted() -> None:
    fitted = fit(crowd(4, n_items=200).answers, strength=10.0)
    rng = np.random.default_rng(0)
    confusions = np.stack([drawn(fitted, rng).confusion(0) for _ in range(200)])
    np.testing.assert_allclose(confusions.sum(axis=2), 1, atol=1e-6)
    np.testing.assert_allclose(confusions.mean(axis=0), fitted.confusion(0), atol=0.05)
    assert confusions.std(axis=0).max() > 0.01
