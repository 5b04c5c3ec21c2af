"""What the fit recovers, and what must not move it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.truth import majority
from ml.truth.answers import Answers, Ints, collect
from ml.truth.dawid_skene import ENOUGH_ANSWERS, Fit, assumed, fit
from ml.truth.em import estimate
from ml.truth.hearing import hear
from ml.truth.posterior import posteriors
from ml.truth.tally import FOLLOW
from tests.ml.truth.simulate import crowd


def test_a_fit_of_one_pass_worked_by_hand() -> None:
    answers = collect([0, 0], [0, 1], [0, 0], n_classes=2)
    found = fit(answers, strength=float("inf"), difficulty=False, max_iterations=1)
    right = 0.64 / (0.64 + 0.04)  # two answers, each 0.8 right
    # Two answers at `right` for class 0, and two assumed ones a row, 0.8 of them right.
    expected = np.array([[2 * right + 1.6, 0.4], [2 * (1 - right) + 0.4, 1.6]])
    np.testing.assert_allclose(found.pooled, expected / expected.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(found.prior, [(right + 1) / 3, (2 - right) / 3])


def test_shrinkage_worked_by_hand() -> None:
    answers = collect([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 0], n_classes=2)
    found = fit(answers, strength=2.0, skill=False, gold=np.array([0, 1]), difficulty=False)
    np.testing.assert_allclose(found.people.total, [[1, 1], [1, 1]])
    np.testing.assert_allclose(found.confusion(0), (np.eye(2) + 2 * found.pooled) / 3)
    np.testing.assert_allclose(found.confusion(1), (np.array([[1, 0], [1, 0]]) + 2 * found.pooled) / 3)


def test_people_and_truth_are_recovered() -> None:
    made = crowd(1, n_items=3000, each=6, skill=(0.4, 0.95))
    found = fit(made.answers)
    assert found.tells_apart
    skill = np.array([found.accuracy(person) for person in range(12)])
    np.testing.assert_allclose(skill, made.confusion[:, 0, 0], atol=0.04)
    ours = majority.expected_accuracy(posteriors(found, made.answers), made.truth)
    assert ours > majority.expected_accuracy(majority.shares(made.answers), made.truth) + 0.01


def test_the_pool_alone_where_people_do_not_differ() -> None:
    made = crowd(2, n_items=1500, n_people=300, each=3, skill=(0.8, 0.8))
    assert fit(made.answers).strength == float("inf")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_items_people_and_classes_does_not_matter(seed: int) -> None:
    made = crowd(seed, n_items=60, copy=0.3, shown_share=0.4)
    a = made.answers
    rng = np.random.default_rng(seed)
    items, people, classes = (rng.permutation(n).astype(np.int32) for n in (60, 12, 3))
    shown = np.where(a.shown < 0, -1, classes[a.shown]).astype(np.int32)
    mixed = Answers(items[a.item], people[a.person], classes[a.symbol], shown, 60, 12, 3, 3)
    order = rng.permutation(len(a))
    mixed = replace(
        mixed,
        item=mixed.item[order],
        person=mixed.person[order],
        symbol=mixed.symbol[order],
        shown=mixed.shown[order],
    )
    first, second = fit(a, strength=5.0), fit(mixed, strength=5.0)
    np.testing.assert_allclose(posteriors(second, mixed)[items][:, classes], posteriors(first, a), rtol=0, atol=1e-9)
    assert second.copy_rate == pytest.approx(first.copy_rate)


def test_a_person_who_answers_at_random_moves_nothing() -> None:
    rng = np.random.default_rng(40)
    made = crowd(4, n_items=4000, each=5, skill=(0.8, 0.9))
    a = made.answers
    noise = collect(
        np.concatenate([a.item, np.arange(4000)]),
        np.concatenate([a.person, np.full(4000, 12)]),
        np.concatenate([a.symbol, rng.integers(3, size=4000)]),
        n_classes=3,
    )
    found = fit(noise, strength=3.0)
    np.testing.assert_allclose(found.confusion(12), 1 / 3, atol=0.08)
    without = posteriors(found, noise.where(noise.person != 12))
    assert np.abs(posteriors(found, noise) - without).mean() < 0.01


@pytest.mark.parametrize("copy", [0.0, 0.3, 0.7])
def test_a_known_copy_rate_is_recovered(copy: float) -> None:
    made = crowd(6, n_items=4000, each=4, copy=copy, shown_share=0.5)
    found = fit(made.answers, strength=10.0)
    assert found.copy_rate == pytest.approx(copy, abs=0.05)
    rates = found.copy_rates(np.arange(12))
    np.testing.assert_allclose(rates, copy, atol=0.12)


def test_difficulty_is_recovered_and_keeps_the_stated_precision() -> None:
    rng = np.random.default_rng(7)
    n, each, follow = 12_000, 5, FOLLOW
    truth = rng.integers(4, size=n).astype(np.int32)
    pooled = np.full((4, 4), 0.08) + np.eye(4) * 0.68
    hard = rng.random(n) < 0.4

    def say(given: Ints) -> Ints:
        return np.asarray(
            (rng.random((given.size, 1)) > pooled[given].cumsum(axis=1)[:, :-1]).sum(axis=1), dtype=np.int32
        )

    appearance = say(truth)
    item = np.repeat(np.arange(n), each)
    led = hard[item] & (rng.random(item.size) < follow)
    symbol = np.where(led, appearance[item], say(truth[item]))
    answers = collect(item, rng.integers(200, size=item.size), symbol, n_classes=4)
    with_difficulty = fit(answers, strength=float("inf"), tolerance=1e-7)
    assert with_difficulty.hard == pytest.approx(0.4, abs=0.15)

    def overclaim(model: Fit) -> float:
        chance = posteriors(replace(model, shared=np.eye(4)), answers)
        sure = chance.max(axis=1) >= 0.95
        return float(chance[sure].max(axis=1).mean() - (chance.argmax(axis=1) == truth)[sure].mean())

    without = overclaim(fit(answers, strength=float("inf"), difficulty=False))
    assert abs(overclaim(with_difficulty)) < 0.02 < 0.03 < without


def test_one_answer_an_item_teaches_no_confusion() -> None:
    made = crowd(8, n_items=200, each=1)
    found = fit(made.answers)
    np.testing.assert_array_equal(found.pooled, assumed(3, 3).pooled)
    gold = np.where(np.arange(200) < 100, made.truth, -1)
    assert not np.array_equal(fit(made.answers, gold=gold).pooled, assumed(3, 3).pooled)


def test_the_classifier_gets_the_temperature_that_it_deserves() -> None:
    made = crowd(9, n_items=3000, skill=(0.8, 0.8))
    rng = np.random.default_rng(9)
    logits = rng.normal(size=(3000, 3))
    logits[np.arange(3000), made.truth] += 1.5
    honest = np.exp(1.5 * logits)  # two normals of unit variance, 1.5 apart: the log odds are 1.5 times the difference
    shouting = np.exp(4.5 * (logits - logits.max(axis=1, keepdims=True)))
    fits = [
        fit(made.answers, strength=float("inf"), classifier=p / p.sum(1, keepdims=True)) for p in (honest, shouting)
    ]
    assert fits[0].temperature == pytest.approx(1, abs=0.15)
    assert fits[1].temperature == pytest.approx(3, abs=0.45)


def test_imported_labels_are_a_witness_with_a_measured_error() -> None:
    made = crowd(10, n_items=3000, skill=(0.85, 0.9))
    rng = np.random.default_rng(10)
    wrong = rng.random(3000) < 0.3
    imported = np.where(wrong, (made.truth + 1) % 3, made.truth)
    imported[:500] = -1
    found = fit(made.answers, imported=imported)
    np.testing.assert_allclose(np.diagonal(found.imported), 0.7, atol=0.04)
    np.testing.assert_allclose(found.imported[0, 1], 0.3, atol=0.04)


def test_a_fit_survives_json_to_the_last_bit() -> None:
    made = crowd(11, copy=0.3, shown_share=0.5)
    for strength in (3.0, float("inf")):
        found = fit(made.answers, strength=strength)
        assert found.tells_apart
        back = Fit.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False)))
        np.testing.assert_array_equal(posteriors(back, made.answers), posteriors(found, made.answers))
        assert back.strength == found.strength


def test_no_answers_at_all_leave_the_assumptions() -> None:
    empty = collect([], [], [], n_classes=3, n_items=4, n_people=2)
    found = fit(empty)
    np.testing.assert_allclose(posteriors(found, empty), 1 / 3)


def test_refusals_teach_what_a_person_mistakes() -> None:
    rng = np.random.default_rng(12)
    n = 4000
    truth, asked = rng.integers(3, size=n), rng.integers(3, size=n)
    right = 0.8
    says_yes = rng.random(n) < np.where(truth == asked, right, 0.1)
    symbol = np.where(says_yes, asked, 4 + asked)
    answers = collect(np.arange(n), np.zeros(n, int), symbol, n_classes=3, n_symbols=7)
    found = fit(answers, gold=truth, strength=1.0, difficulty=False)
    np.testing.assert_allclose(found.confusion(0)[:, :3], np.full((3, 3), 0.1) + np.eye(3) * 0.7, atol=0.03)


def test_gold_tells_how_far_people_may_be_believed() -> None:
    made = crowd(13, n_items=2000, each=5, skill=(0.7, 0.9))
    rng = np.random.default_rng(13)
    # On a quarter of the items everybody sees the next class: no agreement among people can tell.
    seen = np.where(rng.random(2000) < 0.25, (made.truth + 1) % 3, made.truth)
    gold = np.where(np.arange(2000) < 200, seen, -1)
    plain, told = fit(made.answers, strength=10.0), fit(made.answers, strength=10.0, gold=gold)
    later = slice(200, 2000)
    right = (posteriors(told, made.answers).argmax(axis=1) == seen)[later].mean()
    stated = [posteriors(model, made.answers)[later].max(axis=1).mean() for model in (plain, told)]
    assert stated[0] - right > 0.15
    assert abs(stated[1] - right) < 0.08


def test_honest_gold_keeps_the_stated_precision() -> None:
    made = crowd(14, n_items=2000, each=5, skill=(0.7, 0.9))
    gold = np.where(np.arange(2000) < 300, made.truth, -1)
    chance = posteriors(fit(made.answers, strength=10.0, gold=gold), made.answers)[300:]
    assert chance.max(axis=1).mean() == pytest.approx((chance.argmax(axis=1) == made.truth[300:]).mean(), abs=0.02)


def test_many_answers_start_from_some_of_them_and_end_at_the_same_place() -> None:
    made = crowd(15, n_items=16_000, n_people=60, each=4, skill=(0.5, 0.95))
    assert len(made.answers) > 2 * ENOUGH_ANSWERS
    whole = estimate(hear(made.answers), strength=10.0, difficulty=False)
    quick = posteriors(replace(fit(made.answers, strength=10.0, difficulty=False), shared=np.eye(3)), made.answers)
    np.testing.assert_allclose(quick, posteriors(whole, made.answers), atol=0.03)


def test_gold_with_one_answer_an_item_keeps_the_stated_precision() -> None:
    made = crowd(16, n_items=4000, n_people=40, each=1, skill=(0.55, 0.75))
    gold = np.where(np.arange(4000) < 600, made.truth, -1)
    chance = posteriors(fit(made.answers, gold=gold), made.answers)[600:]
    assert chance.max(axis=1).mean() == pytest.approx((chance.argmax(axis=1) == made.truth[600:]).mean(), abs=0.03)
