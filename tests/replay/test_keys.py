"""The benchmark's figures, on curves and answers worked out by hand; its simulated people are as is said."""

import math

import numpy as np
import pytest

from labeling.replay.replay import Points
from tests.bench.loop.fsdd import PEOPLE, SKILL, Crowd
from tests.bench.loop.keys import baselines, crossing, put, value

CLASSES = ["one", "two", "three", "four"]
POINTS: Points = [
    {"answers": 0.5, "accuracy": 0.8, "verified": 0.0, "stated_precision": None},
    {"answers": 1.0, "accuracy": 0.9, "verified": 0.4, "stated_precision": 0.97},
    {"answers": 2.0, "accuracy": 0.94, "verified": 0.8, "stated_precision": 0.98},
]


def test_values_lie_on_the_line_between_points_and_stay_at_the_last_one() -> None:
    assert value(POINTS, 0.75, "accuracy") == pytest.approx(0.85)
    assert value(POINTS, 3.0, "accuracy") == 0.94
    assert value(POINTS, 0.5, "stated_precision") == 0.97  # where nothing is known, the nearest


def test_the_crossing_is_interpolated_and_infinite_where_there_is_none() -> None:
    assert crossing(POINTS, 0.85) == pytest.approx(0.75)
    assert crossing(POINTS, 0.4) == pytest.approx(0.25)
    assert math.isinf(crossing(POINTS, 0.99))


def test_the_interval_is_student_s() -> None:
    found: dict[str, float] = {}
    put(found, "key", [0.90, 0.92])
    assert found == {"key": 0.91, "key_pm": pytest.approx(12.71 * 0.01, abs=1e-3)}


def test_fixed_numbers_of_answers_by_hand() -> None:
    given = [(["a", "a", "a"], "a"), (["a", "a", "b"], "a"), (["a", "b", "c"], "a"), (["b", "b", "a"], "a")]
    found = baselines(given)
    assert found["majority3_acc"] == pytest.approx((1 + 1 + 1 / 3 + 0) / 4, abs=1e-4)
    assert found["fixed_acc_at_1.0"] == pytest.approx((3 + 2 + 1 + 1) / 12, abs=1e-4)
    assert found["two_and_third_answers"] == pytest.approx(2 + (0 + 2 / 3 + 1 + 2 / 3) / 4, abs=1e-3)


def test_simulated_people_have_their_skill_and_private_errors() -> None:
    crowd = Crowd(CLASSES, np.random.default_rng(1))
    said = np.array([crowd.say(0, 1, None) for _ in range(4_000)])
    assert (said == 1).mean() == pytest.approx(SKILL[0], abs=0.03)
    assert not np.allclose(crowd.confusion[0], crowd.confusion[1], atol=0.05)
    assert len({who for who, _ in crowd.answers("two")}) == 3
    assert np.allclose(crowd.confusion.sum(axis=2), 1)
    assert len(crowd.confusion) == PEOPLE


def test_an_item_that_is_hard_misleads_all_alike() -> None:
    crowd = Crowd(CLASSES, np.random.default_rng(2))
    said = np.array([crowd.say(who, 0, 3) for who in range(PEOPLE) for _ in range(200)])
    assert (said == 3).mean() > 0.5
