"""Errors that everybody shares: assumed before gold, told by gold, and never learnt from agreement."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from ml.truth.answers import Answers, Floats, Ints, collect
from ml.truth.calibration import Precision, precision
from ml.truth.dawid_skene import Fit, assumed, fit
from ml.truth.posterior import posteriors
from ml.truth.shared import informed_confusion, looks, shared, shared_errors
from tests.ml.truth.simulate import crowd


def even(wrong: float) -> Fit:
    """Two classes, each taken for the other at this rate; no hard items."""
    return replace(assumed(2, 2, difficulty=False), pooled=np.array([[1 - wrong, wrong], [wrong, 1 - wrong]]))


def test_shared_errors_worked_by_hand() -> None:
    # Phi^-1(0.1) = -1.2816; over sqrt(1/2) it is -1.8124, and Phi of that is 0.03496.
    np.testing.assert_allclose(shared_errors(even(0.1)), [[0, 0.03496], [0.03496, 0]], atol=1e-5)
    np.testing.assert_allclose(shared(even(0.1)), [[0.96504, 0.03496], [0.03496, 0.96504]], atol=1e-5)
    np.testing.assert_allclose(shared(even(0.1), scale=0.5)[0, 1], 0.01748, atol=1e-5)


def test_what_items_look_like_is_found_again_behind_shared_errors() -> None:
    known = replace(even(0.1), shared=shared(even(0.1)))
    told = np.array([[0.7, 0.3], [1.0, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(looks(known, told @ known.shared), told, atol=1e-12)
    beyond = looks(known, np.array([[1.0, 0.0]]))  # surer than any look allows, as an expert's word makes it
    np.testing.assert_allclose(beyond, [[1.0, 0.0]], atol=1e-12)


def test_a_pair_confused_one_way_may_be_confused_the_other() -> None:
    errors = shared_errors(replace(even(0.1), pooled=np.array([[0.9, 0.1], [0.3, 0.7]])))
    both = float(ndtr((ndtri(0.1) + ndtri(0.3)) / 2))
    assert errors[0, 1] == pytest.approx(shared_errors(even(both))[0, 1])
    assert errors[1, 0] == pytest.approx(shared_errors(even(0.3))[1, 0])


def test_class_shares_stay_as_they_are() -> None:
    made = crowd(3)
    model = fit(made.answers, strength=5.0)
    np.testing.assert_allclose(model.prior @ model.shared, model.prior)
    np.testing.assert_allclose(model.shared.sum(axis=1), 1)
    rare = replace(even(0.4), prior=np.array([0.98, 0.02]))
    assert shared(rare).min() >= 0
    np.testing.assert_allclose(rare.prior @ shared(rare), rare.prior)


def test_hard_items_are_not_counted_twice() -> None:
    plain = even(0.2)
    errors = [shared_errors(replace(plain, hard=share))[0, 1] for share in (0.0, 0.1, 0.3)]
    assert errors[0] > errors[1] > errors[2] >= 0


def test_those_weigh_most_whom_the_posterior_follows() -> None:
    made = crowd(5, n_items=1500, n_people=10, n_classes=2, each=10, skill=(0.5, 0.95))
    model = fit(made.answers, strength=3.0)
    assert informed_confusion(model)[0, 0] > model.pooled[0, 0] + 0.03
    alone = replace(model, strength=float("inf"), spread=np.zeros(2))
    np.testing.assert_array_equal(informed_confusion(alone), model.pooled)


def test_nothing_measured_assumes_no_shared_errors() -> None:
    made = crowd(8, n_items=200, each=1)
    np.testing.assert_array_equal(fit(made.answers).shared, np.eye(3))


def seen_alike(seed: int, n: int, each: int, wrong: float) -> tuple[Answers, Ints]:
    """Two classes; half of the variance of what a person sees is the item's: sum of two normals and the class."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=n).astype(np.int32)
    side = np.where(truth == 1, -float(ndtri(wrong)), float(ndtri(wrong)))
    item = np.repeat(np.arange(n), each)
    seen = (side + np.sqrt(0.5) * rng.normal(size=n))[item] + np.sqrt(0.5) * rng.normal(size=item.size)
    return collect(item, rng.integers(200, size=item.size), (seen > 0).astype(int), n_classes=2), truth


def held(model: Fit, answers: Answers, truth: Ints) -> Precision:
    """Stated against real precision of all labels."""
    chance: Floats = posteriors(model, answers)
    return precision(chance.max(axis=1), (chance.argmax(axis=1) == truth).astype(float))


@pytest.mark.parametrize("wrong", [0.1, 0.2])
def test_stated_precision_is_kept_where_half_of_an_error_is_the_item(wrong: float) -> None:
    answers, truth = seen_alike(1, 6000, 5, wrong)
    model = fit(answers, strength=float("inf"))
    assert abs(held(model, answers, truth).overclaim) < 0.02
    alone = replace(fit(answers, strength=float("inf"), difficulty=False), shared=np.eye(2))
    assert held(alone, answers, truth).overclaim > 0.02


def test_gold_lets_independent_people_be_believed() -> None:
    made = crowd(21, n_items=3000, n_people=60, n_classes=2, each=5, skill=(0.85, 0.85))
    gold = np.where(np.arange(3000) < 200, made.truth, -1)
    plain = fit(made.answers, strength=float("inf"))
    told = fit(made.answers, strength=float("inf"), gold=gold)
    later = made.answers.where(made.answers.item >= 200)
    assert posteriors(plain, later).max() < 0.95
    assert posteriors(told, later).max() > 0.97
    assert 0 < told.shared[0, 1] < plain.shared[0, 1] / 2


def test_two_answers_an_item_leave_the_share_of_hard_items_as_assumed() -> None:
    made = crowd(22, n_items=2000, n_people=40, n_classes=4, each=2)
    model = fit(made.answers, strength=float("inf"))
    assert model.hard == pytest.approx(0.05, abs=1e-3)
    assert model.hard_low < 0.01
    assert model.hard_high > 0.3


@pytest.mark.parametrize(("share", "each"), [(0.06, 3), (0.06, 4), (0.06, 5), (0.3, 5)])
def test_the_share_of_hard_items_lies_in_its_interval(share: float, each: int) -> None:
    rng = np.random.default_rng(23)
    n, classes, right = 4000, 4, 0.85

    def say(true: Ints) -> Ints:
        other = (true + rng.integers(1, classes, size=true.size)) % classes
        return np.where(rng.random(true.size) < right, true, other).astype(np.int32)

    truth = rng.integers(classes, size=n).astype(np.int32)
    item = np.repeat(np.arange(n), each)
    led = (rng.random(n) < share)[item] & (rng.random(item.size) < 0.5)
    symbol = np.where(led, say(truth)[item], say(truth[item]))
    found = fit(collect(item, rng.integers(60, size=item.size), symbol, n_classes=classes), strength=float("inf"))
    assert found.hard_low < share < found.hard_high
    assert found.hard == pytest.approx(share, abs=0.08)
