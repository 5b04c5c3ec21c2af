"""Figures against cases worked by hand, and the gate in its three answers."""

import numpy as np
import pytest
from scipy.special import softmax

from ml.calibration import fit_temperature, likelihood_loss, temperature_by_fold
from ml.compare import mcnemar, not_worse, paired_difference
from ml.evaluate import (
    bootstrap_by_group,
    calibration_error,
    confusion_matrix,
    evaluate,
    negative_log_likelihood,
    wilson,
)


def right(count: int, items: int) -> np.ndarray:
    """The first `count` of `items` are right."""
    return np.arange(items) < count


def test_wilson_against_published_values() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_evaluation_of_four_items_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.6, 0.4, 0.0], [0.2, 0.8, 0.0], [0.3, 0.7, 0.0]])
    found = evaluate(probabilities, np.array([0, 1, 1, 1]))
    assert found.accuracy == 0.75
    assert found.confusion == ((1, 0, 0), (1, 2, 0), (0, 0, 0))
    assert found.precision == (0.5, 1.0, None)
    assert found.recall == (1.0, 2 / 3, None)
    assert found.nll == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7]).mean())
    assert found.calibration_error == pytest.approx((0.1 + 0.6 + 0.2 + 0.3) / 4)
    assert found.to_json()["items"] == 4


def test_certain_and_wrong_costs_much_but_not_infinitely() -> None:
    assert negative_log_likelihood(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(-np.log(1e-12))


def test_calibration_of_an_honest_model_is_near_zero() -> None:
    draw = np.random.default_rng(0)
    probabilities = draw.dirichlet(np.ones(3), 20_000)
    truth = (draw.random(20_000)[:, None] > probabilities.cumsum(axis=1)).sum(axis=1)
    assert calibration_error(probabilities, truth) < 0.02


def test_confusion_counts_truth_by_row() -> None:
    assert confusion_matrix(np.array([0, 0, 1]), np.array([1, 1, 1]), 2).tolist() == [[0, 2], [0, 1]]


def test_groups_widen_the_interval() -> None:
    values = np.repeat([1.0, 0.0, 1.0, 1.0, 0.0], 40)
    alone = bootstrap_by_group(values, [str(at) for at in range(200)])
    speakers = bootstrap_by_group(values, [str(at // 40) for at in range(200)])
    assert speakers[1] - speakers[0] > 2 * (alone[1] - alone[0])
    assert bootstrap_by_group(np.zeros(0), []) == (0.0, 1.0)


def test_mcnemar_by_hand() -> None:
    old, new = np.array([True] * 8 + [False] * 2), np.array([False] * 7 + [True] * 3)
    assert mcnemar(old, new) == pytest.approx(2 * (1 + 9 + 36) / 2**9)  # 2 gained, 7 lost of 9
    assert mcnemar(old, old) == 1.0


def test_the_gate_lets_an_equal_model_pass_and_says_whether_it_is_proven() -> None:
    verdict = not_worse(right(90, 100), right(90, 100), 0.02)
    assert verdict.passed
    assert verdict.proven
    assert (verdict.difference, verdict.p_value) == (0.0, 1.0)


def test_the_gate_refuses_a_worse_model_with_its_reason() -> None:
    verdict = not_worse(right(90, 100), right(80, 100), 0.02)
    assert not verdict.passed
    assert "10.0 % less often" in verdict.reason


def test_the_gate_refuses_a_small_loss_that_is_beyond_chance() -> None:
    verdict = not_worse(right(9_900, 10_000), right(9_750, 10_000), 0.016)
    assert not verdict.passed
    assert "beyond chance" in verdict.reason


def test_the_gate_refuses_where_nothing_can_be_compared() -> None:
    assert not not_worse(right(0, 0), right(0, 0)).passed


def test_paired_difference_is_of_the_same_items() -> None:
    difference, low, high = paired_difference(right(50, 100), right(60, 100))
    assert difference == pytest.approx(0.1)
    assert low < 0.1 < high


def answered_once(skill: float, items: int = 6000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits whose softmax is honest, the truth, and people's posteriors after one answer of this skill to each."""
    draw = np.random.default_rng(1)
    logits = draw.normal(size=(items, 4)) * 2
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (draw.random((items, 1)) > shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    said = np.where(draw.random(items) < skill, truth, (truth + draw.integers(1, 4, items)) % 4)
    return logits, truth, np.where(np.arange(4) == said[:, None], skill, (1 - skill) / 3)


@pytest.mark.parametrize("skill", [0.6, 0.8, 0.99])
def test_temperature_is_found_again_however_cautious_people_s_posteriors_are(skill: float) -> None:
    logits, truth, posteriors = answered_once(skill)
    everything = np.ones(len(logits))
    found = fit_temperature(logits * 3, posteriors, everything)
    assert found == pytest.approx(3.0, rel=0.15)
    assert calibration_error(softmax(logits * 3 / found, axis=1), truth) < 0.03
    assert fit_temperature(logits[:0], posteriors[:0], everything[:0]) == 1.0


def test_a_model_that_learnt_people_s_caution_gets_its_own_confidence_back() -> None:
    logits, truth, posteriors = answered_once(0.6)
    shy = logits * 0.3  # what cross-entropy against such posteriors leads to
    before = calibration_error(softmax(shy, axis=1), truth)
    found = fit_temperature(shy, posteriors, np.ones(len(shy)))
    assert before > 0.15
    assert calibration_error(softmax(shy / found, axis=1), truth) < 0.03


def test_few_answers_that_all_agree_prove_no_certainty() -> None:
    logits = np.eye(3)[np.arange(6) % 3] * 2.0
    assert 0.2 < fit_temperature(logits, np.eye(3)[np.arange(6) % 3] * 0.7 + 0.1, np.ones(6)) < 1.0


def test_loss_of_knowing_nothing() -> None:
    shares = np.full((2, 4), 0.25)
    assert likelihood_loss(np.zeros((2, 4)), shares[:2], np.ones(2)) == pytest.approx(np.log(4))


def test_a_fold_s_temperature_ignores_its_own_labels() -> None:
    draw = np.random.default_rng(2)
    logits, folds = draw.normal(size=(100, 3)), np.arange(100) % 2
    targets = np.eye(3)[draw.integers(0, 3, 100)]
    other = targets.copy()
    other[folds == 0] = np.roll(other[folds == 0], 1, axis=1)
    one, two = (temperature_by_fold(logits, each, np.ones(100), folds) for each in (targets, other))
    assert np.array_equal(one[folds == 0], two[folds == 0])
    assert not np.array_equal(one[folds == 1], two[folds == 1])
