"""The rule that ends the asking."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.truth.answers import Floats
from ml.truth.stopping import Decision, Outcome, Rules, decide, expected_gain, expected_gains

POOLED = np.array([[0.8, 0.2], [0.2, 0.8]])


def ask(posterior: list[float], *, answers: int, newcomers: int = 0, least_gain: float = 0.0) -> Decision:
    rules = Rules(target=0.95, limit=3, least_gain=least_gain)
    return decide(np.array(posterior), POOLED, rules, answers=answers, newcomers=newcomers)


def test_gain_worked_by_hand() -> None:
    assert expected_gain(np.array([0.6, 0.4]), POOLED) == pytest.approx(0.48 + 0.32 - 0.6)
    assert expected_gain(np.array([0.9, 0.1]), POOLED) == pytest.approx(0)  # no single answer could turn it


def test_nobody_has_looked_is_never_verified() -> None:
    assert ask([1.0, 0.0], answers=0).outcome is Outcome.ASK_AGAIN


def test_verified_at_the_target_and_disputed_at_the_limit() -> None:
    assert ask([0.96, 0.04], answers=1).outcome is Outcome.VERIFIED
    assert ask([0.9, 0.1], answers=2).outcome is Outcome.ASK_AGAIN
    assert ask([0.9, 0.1], answers=3).outcome is Outcome.DISPUTED
    assert ask([0.96, 0.04], answers=3).outcome is Outcome.VERIFIED


def test_another_answer_worth_too_little_ends_the_asking() -> None:
    assert ask([0.9, 0.1], answers=1, least_gain=0.01).outcome is Outcome.DISPUTED
    assert ask([0.6, 0.4], answers=1, least_gain=0.01).outcome is Outcome.ASK_AGAIN


def test_newcomers_need_company() -> None:
    assert ask([0.99, 0.01], answers=1, newcomers=1).outcome is Outcome.ASK_AGAIN
    assert ask([0.99, 0.01], answers=2, newcomers=2).outcome is Outcome.VERIFIED
    assert ask([0.99, 0.01], answers=1, newcomers=0).outcome is Outcome.VERIFIED


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.lists(st.floats(0.01, 1), min_size=9, max_size=9))
def test_gain_is_never_negative_and_the_batch_agrees(weights: list[float], cells: list[float]) -> None:
    posterior: Floats = np.array(weights) / np.sum(weights)
    pooled = np.array(cells).reshape(3, 3)
    pooled /= pooled.sum(axis=1, keepdims=True)
    gain = expected_gain(posterior, pooled)
    assert 0 <= gain <= 1 - posterior.max() + 1e-12
    np.testing.assert_allclose(expected_gains(posterior[None], pooled), [gain], atol=1e-12)
