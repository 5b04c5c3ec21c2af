"""Intervals, bins and the bar that makes a set keep its word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.truth.calibration import (
    expected_calibration_error,
    precision,
    reliability,
    stated_precision,
    threshold,
    wilson,
)


def test_wilson_worked_by_hand() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == pytest.approx(0)
    assert wilson(10, 10)[1] == pytest.approx(1)


def test_bins_hold_every_label_once() -> None:
    stated = np.array([0.05, 0.5, 0.55, 0.95, 1.0])
    bins = reliability(stated, np.array([0, 1, 0, 1, 1.0]))
    assert [b.n for b in bins] == [1, 2, 2]
    assert bins[1].stated == pytest.approx(0.525)
    assert bins[1].right == pytest.approx(0.5)
    assert bins[1].right_low < 0.5 < bins[1].right_high
    assert expected_calibration_error(bins) == pytest.approx((0.05 + 2 * 0.025 + 2 * 0.025) / 5)


def test_precision_states_the_mean_of_the_verified() -> None:
    posterior = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    assert stated_precision(posterior, np.array([True, True, False])) == pytest.approx(0.85)
    assert np.isnan(stated_precision(posterior, np.zeros(3, bool)))
    found = precision(np.array([0.9, 0.8]), np.array([1.0, 0.0]))
    assert found.overclaim == pytest.approx(0.35)


def test_threshold_lets_sure_items_carry_less_sure_ones() -> None:
    assert threshold(np.array([0.99, 0.97, 0.9, 0.6]), 0.95) == pytest.approx(0.9)
    assert threshold(np.array([0.99, 0.9, 0.9, 0.9]), 0.95) == pytest.approx(0.99)
    assert threshold(np.array([0.6, 0.7]), 0.95) == float("inf")
    assert threshold(np.array([]), 0.95) == float("inf")


@given(st.lists(st.integers(50, 100), min_size=1, max_size=60), st.floats(0.5, 1.0))
def test_the_set_above_the_bar_meets_the_target_and_no_larger_one_does(percent: list[int], target: float) -> None:
    confidence = np.array(percent) / 100
    bar = threshold(confidence, target)
    above = confidence[confidence >= bar]
    if above.size:
        assert above.mean() >= target - 1e-12
    for lower in np.unique(confidence[confidence < bar]):
        assert confidence[confidence >= lower].mean() < target + 1e-12
