"""Looking after every single judgement does not raise false alarms; a real difference is found."""

import numpy as np
import pytest

from ml.truth.sequential import estimate, log_wealth

ALPHA = 0.05
RUNS, LOOKS = 2_000, 400


def alarms(chance_to_win: float, ties: float = 0.0) -> float:
    """The share of experiments in which "neither wins" is refuted at any of LOOKS looks."""
    rng = np.random.default_rng(7)
    values = (rng.random((RUNS, LOOKS)) < chance_to_win).astype(float)
    values[rng.random((RUNS, LOOKS)) < ties] = 0.5
    wealth = log_wealth(values, np.array([0.5]), alpha=ALPHA)[..., 0]
    return float((wealth.max(axis=1) >= np.log(1 / ALPHA)).mean())


@pytest.mark.parametrize("ties", [0.0, 0.3])
def test_false_alarms_stay_below_alpha_however_often_one_looks(ties: float) -> None:
    assert alarms(0.5, ties) <= ALPHA


def test_looking_again_and_again_at_a_fixed_sample_interval_is_what_fails() -> None:
    rng = np.random.default_rng(7)
    values = (rng.random((RUNS, LOOKS)) < 0.5).astype(float)
    count = np.arange(1, LOOKS + 1)
    z = np.abs(values.cumsum(axis=1) - count / 2) / (np.sqrt(count) / 2)
    assert (z[:, 9:].max(axis=1) > 1.96).mean() > 4 * ALPHA


def test_a_real_difference_is_found() -> None:
    assert alarms(0.75) > 0.99
    assert alarms(0.65) > 0.9


def test_interval_misses_the_mean_rarely_at_any_time() -> None:
    rng = np.random.default_rng(3)
    values = rng.beta(2, 5, (RUNS, 150))
    wealth = log_wealth(values, np.array([2 / 7]), alpha=ALPHA)[..., 0]
    assert (wealth.max(axis=1) >= np.log(1 / ALPHA)).mean() <= ALPHA


def test_estimate_by_hand() -> None:
    nothing = estimate([])
    assert (nothing.low, nothing.high, nothing.n) == (0.0, 1.0, 0)
    three = estimate([1, 1, 1])
    assert three.mean == 1
    assert not three.beats(), "three judgements cannot settle anything: each bet at most multiplies by 1.5"
    many = estimate([1] * 60 + [0] * 5)
    assert many.beats()
    assert not many.loses()
    assert many.low < 60 / 65 < many.high
    assert estimate([0.0] * 40).loses()


def test_order_of_refuting_does_not_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    values = (rng.random(120) < 0.7).astype(float)
    widths = [estimate(values[:n]).high - estimate(values[:n]).low for n in range(1, 121, 7)]
    assert widths == sorted(widths, reverse=True)


def test_values_outside_the_range_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        estimate([0.2, 1.2])
