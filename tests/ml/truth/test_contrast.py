"""One arm against the other, by hand and in simulation."""

import numpy as np

from ml.truth.contrast import share_difference, speed_ratio, together


def test_newcombes_own_example() -> None:
    found = share_difference(56, 70, 48, 80)  # Newcombe 1998, table II (a): 0.2000, 0.0524 to 0.3339
    np.testing.assert_allclose((found.value, found.low, found.high), (0.2, 0.0524, 0.3339), atol=1e-4)


def test_a_known_speed_lies_in_its_interval() -> None:
    inside = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = speed_ratio(rng.lognormal(np.log(800), 0.4, 60), rng.lognormal(np.log(1000), 0.4, 30))
        inside.append(found.low <= 0.8 <= found.high)
    assert np.mean(inside) >= 0.85


def test_slow_people_do_not_pass_for_slow_suggestions() -> None:
    rng = np.random.default_rng(1)
    slow = speed_ratio(rng.lognormal(8, 0.2, 90), rng.lognormal(8, 0.2, 10))
    quick = speed_ratio(rng.lognormal(6, 0.2, 10), rng.lognormal(6, 0.2, 90))
    whole = together([slow, quick], ratio=True)
    assert whole.low < 1 < whole.high < 1.3
    assert (whole.shown, whole.blind) == (100, 100)


def test_nothing_is_said_of_too_little() -> None:
    assert np.isnan(speed_ratio(np.ones(1), np.ones(5)).value)
    assert np.isnan(together([share_difference(0, 0, 1, 2)], ratio=False).value)
