"""The target binds the verified set: what is lent to less sure labels, and what is held back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.truth.answers import collect
from ml.truth.bar import FALL, HOLD, LEAST_SET, SPREAD, SURE, Judgement, bar, keep, stopped
from ml.truth.dawid_skene import assumed
from ml.truth.posterior import posteriors
from tests.bench.truth.asking import HARD, asked

KNOWN = Judgement(1000, 0.0, 0.0)  # nothing to reckon with
NEW = np.zeros(200, np.bool_)


def sure(*shares: float) -> np.ndarray:
    """Two hundred posteriors, as many of each."""
    return np.repeat(shares, 200 // len(shares))


def test_bar_worked_by_hand() -> None:
    assert bar(sure(0.99, 0.93, 0.85, 0.6), NEW, target=0.92, floor=0.8, judged=KNOWN) == pytest.approx(0.92 - FALL)
    assert bar(sure(0.99, 0.93), NEW, target=0.96, floor=0.8, judged=KNOWN) == pytest.approx(0.93)
    assert bar(sure(0.99, 0.9), NEW, target=0.95, floor=0.8, judged=KNOWN) == pytest.approx(0.95)  # .945 falls short
    few = LEAST_SET // 2
    mixed = np.repeat([0.99, 0.93], [few, few - 1])
    assert bar(mixed, NEW[: mixed.size], target=0.955, floor=0.8, judged=KNOWN) == 0.955  # too few to lend on


def test_floor_binds_every_label_and_may_lie_above_the_target() -> None:
    for before in (None, 0.91, 0.9):
        found = bar(sure(0.999, 0.9, 0.85), NEW[:198], target=0.9, floor=0.88, judged=KNOWN, before=before)
        assert found >= 0.88
    assert bar(sure(0.999, 0.9), NEW, target=0.9, floor=0.95, judged=KNOWN) == 0.95


@given(
    st.lists(st.integers(30, 100), min_size=LEAST_SET, max_size=150), st.floats(0.6, 0.99), st.floats(0, 0.03),
    st.integers(0, 2**32),
)  # fmt: skip
def test_what_is_let_through_or_held_keeps_target_and_reserve(
    percent: list[int], target: float, reserve: float, seed: int
) -> None:
    confidence = np.array(percent) / 100
    held = np.random.default_rng(seed).random(confidence.size) < 0.3
    found = bar(confidence, held, target=target, floor=0.6, judged=Judgement(99, 0.0, reserve), before=0.65)
    inside = confidence >= np.where(held, keep(found, 0.6), found)
    assert found >= 0.6
    if found < target:
        assert confidence[inside].mean() >= target + reserve - 1e-6


def test_bar_rises_at_once_falls_slowly_and_else_stays() -> None:
    plenty = sure(0.999, 0.999, 0.82, 0.999)
    assert bar(plenty, NEW, target=0.95, floor=0.8, judged=KNOWN, before=0.95) == pytest.approx(0.95 - FALL)
    assert bar(plenty, NEW, target=0.95, floor=0.8, judged=KNOWN, before=0.825) == 0.825
    assert bar(sure(0.99, 0.9), NEW, target=0.95, floor=0.8, judged=KNOWN, before=0.82) == pytest.approx(0.95)


def test_a_verified_label_is_held_a_little_longer_and_counts_in_the_mean() -> None:
    assert keep(0.9, 0.8) == pytest.approx(0.9 - HOLD)
    assert keep(0.82, 0.8) == 0.8
    shares = sure(0.98, 0.88)
    assert bar(shares, NEW, target=0.94, floor=0.8, judged=KNOWN, before=0.92) == pytest.approx(0.92)
    held = shares < 0.9  # at a bar of .92 they stay, and the mean is .93
    assert bar(shares, held, target=0.94, floor=0.8, judged=KNOWN, before=0.92) == pytest.approx(0.94)


def test_judgement_worked_by_hand() -> None:
    unknown = Judgement.of(np.full(29, 0.9), np.zeros(29))
    assert (unknown.overclaim, unknown.reserve) == (0.0, SURE * SPREAD)
    kept = Judgement.of(np.full(400, 0.95), np.repeat([1.0, 0.0], [380, 20]))
    noise = 0.95 * 0.05 / 400
    assert kept.overclaim == pytest.approx(0)
    assert kept.reserve == pytest.approx(SURE * np.sqrt(SPREAD**2 * noise / (SPREAD**2 + noise)))
    vain = Judgement.of(np.full(400, 0.99), np.repeat([1.0, 0.0], [380, 20]))
    assert 0.03 < vain.overclaim < 0.04 < vain.reserve
    assert bar(sure(0.999, 0.97), NEW, target=0.95, floor=0.8, judged=vain) > 0.95
    modest = Judgement.of(np.full(400, 0.9), np.ones(400))
    assert (modest.overclaim, modest.reserve) == (0.0, 0.0)


def test_known_labels_are_judged_as_they_stood_when_they_passed() -> None:
    answers = collect([0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2], [0, 1, 0, 0, 1, 0], n_classes=2)
    model = assumed(2, 2)
    told = stopped(model, answers, None, bar=0.9, limit=3)
    first_two = posteriors(model, answers.where(np.array([1, 0, 1, 0, 0, 0], np.bool_)))
    np.testing.assert_allclose(told[0], first_two[0])
    assert np.isnan(told[1]).all()
    assert np.isnan(stopped(model, answers, None, bar=0.9, limit=1)).all()


@pytest.mark.parametrize(
    ("n_classes", "target", "gold"), [(10, 0.95, False), (10, 0.95, True), (4, 0.95, True), (2, 0.9, True)]
)
def test_simulated_crowds_give_fewer_answers_for_labels_that_keep_the_target(
    n_classes: int, target: float, gold: bool
) -> None:
    by_set, each = (
        [asked(seed, n_classes, 0.0, by_set=by_set, gold=gold and by_set, target=target) for seed in (0, 1)]
        for by_set in (True, False)
    )
    assert np.mean([row["answers_per_label"] for row in by_set]) < np.mean([row["answers_per_label"] for row in each])
    assert np.mean([row["real"] for row in by_set]) >= target - 0.01
    assert all(row["stated"] >= target for row in by_set)


@pytest.mark.parametrize("n_classes", [10, 4])
def test_what_no_known_label_has_judged_is_held_in_reserve(n_classes: int) -> None:
    # One item in sixteen looks wrong to half of the people: with two answers an item that shows nowhere.
    rows = [asked(seed, n_classes, HARD) for seed in (0, 1)]
    assert np.mean([row["real"] for row in rows]) >= 0.94
