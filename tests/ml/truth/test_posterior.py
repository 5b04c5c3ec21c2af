"""One item's posterior against a case worked by hand, and against the batch."""

import json
import time
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.truth.answers import collect, not_class, not_sure
from ml.truth.dawid_skene import Fit, assumed, fit
from ml.truth.people import UNKNOWN_PERSON
from ml.truth.posterior import posterior, posteriors
from tests.ml.truth.simulate import crowd


def plain(n_symbols: int = 2) -> Fit:
    """Two classes, eight in ten right, prior 0.5, no hard items."""
    return assumed(2, n_symbols, difficulty=False)


def test_two_against_one_worked_by_hand() -> None:
    pooled = np.array([[0.9, 0.1], [0.2, 0.8]])
    found = posterior(replace(plain(), pooled=pooled, prior=np.array([0.3, 0.7])), [0, 0, 1], [UNKNOWN_PERSON] * 3)
    zero, one = 0.3 * 0.9 * 0.9 * 0.1, 0.7 * 0.2 * 0.2 * 0.8
    np.testing.assert_allclose(found, np.array([zero, one]) / (zero + one), rtol=1e-12)


def test_two_that_agree_are_worth_less_on_hard_items_worked_by_hand() -> None:
    model = replace(plain(), hard=0.5, follow=0.5)
    # A hard 0 that looks like 0 (0.8): each says 0 with 0.5 + 0.5 * 0.8; one that looks like 1 (0.2): with 0.5 * 0.8.
    zero = 0.5 * 0.8**2 + 0.5 * (0.8 * 0.9**2 + 0.2 * 0.4**2)
    one = 0.5 * 0.2**2 + 0.5 * (0.8 * 0.1**2 + 0.2 * 0.6**2)
    np.testing.assert_allclose(posterior(model, [0, 0], [-1, -1]), [zero / (zero + one), one / (zero + one)])
    assert posterior(model, [0, 0], [-1, -1])[0] < posterior(plain(), [0, 0], [-1, -1])[0]
    np.testing.assert_allclose(posterior(model, [0], [-1]), posterior(plain(), [0], [-1]))


def test_a_refusal_on_a_hard_item_worked_by_hand() -> None:
    model = replace(assumed(2, 5), pooled=np.array([[0.7, 0.1, 0.2], [0.3, 0.6, 0.1]]), hard=1 - 1e-15, follow=0.5)
    # "Not 0" follows every appearance but 0, so alone it says what it says on an easy item.
    zero = 0.7 * (0.5 * 0.3) + 0.3 * (0.5 * 0.3 + 0.5)
    one = 0.3 * (0.5 * 0.7) + 0.7 * (0.5 * 0.7 + 0.5)
    np.testing.assert_allclose(posterior(model, [not_class(2, 0)], [-1]), [zero / (zero + one), one / (zero + one)])


def test_without_answers_the_prior_or_the_classifier_speaks() -> None:
    model = replace(plain(), prior=np.array([0.3, 0.7]), sharpness=0.5)
    np.testing.assert_allclose(posterior(model, [], []), [0.3, 0.7])
    tempered = np.sqrt([0.9, 0.1]) / np.sqrt([0.9, 0.1]).sum()
    np.testing.assert_allclose(posterior(model, [], [], None, np.array([0.9, 0.1])), tempered)


def test_a_copy_is_worth_less_than_a_blind_answer() -> None:
    model = replace(plain(), copy_rate=0.5)
    seen = posterior(model, [0], [UNKNOWN_PERSON], [0])
    blind = posterior(model, [0], [UNKNOWN_PERSON])
    np.testing.assert_allclose(seen, [0.9 / 1.5, 0.6 / 1.5])  # 0.5 + 0.5 * 0.8 against 0.5 + 0.5 * 0.2
    assert blind[0] > seen[0]
    differed = posterior(model, [1], [UNKNOWN_PERSON], [0])
    np.testing.assert_allclose(differed, [0.2, 0.8])


def test_no_and_not_sure_worked_by_hand() -> None:
    pooled = np.array([[0.7, 0.1, 0.2], [0.3, 0.6, 0.1]])
    model = replace(plain(5), pooled=pooled)
    np.testing.assert_allclose(posterior(model, [not_class(2, 0)], [-1]), [0.3, 0.7])
    np.testing.assert_allclose(posterior(model, [not_sure(2)], [-1]), [2 / 3, 1 / 3])


def test_more_agreeing_answers_raise_the_posterior() -> None:
    for model in (plain(), assumed(2, 2)):
        chance = [posterior(model, [0] * n, [-1] * n)[0] for n in range(8)]
        assert chance == sorted(chance)
        assert chance[7] > chance[1]


def test_thousands_of_answers_stay_finite() -> None:
    for model in (plain(), assumed(2, 2)):
        found = posterior(model, [0] * 8000 + [1] * 1000, [-1] * 9000)
        np.testing.assert_allclose(found, [1, 0], atol=1e-12)
        many = collect([0] * 9000, range(9000), [0] * 8000 + [1] * 1000, n_classes=2)
        np.testing.assert_allclose(posteriors(model, many)[0], [1, 0], atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), strength=st.sampled_from([1.0, 10.0, float("inf")]), classes=st.integers(2, 5))
def test_online_equals_batch(seed: int, strength: float, classes: int) -> None:
    made = crowd(seed, n_items=40, n_classes=classes, copy=0.4, shown_share=0.5)
    rng = np.random.default_rng(seed)
    classifier = rng.dirichlet(np.ones(classes), size=40)
    classifier[::3] = np.nan
    imported = rng.integers(-1, classes, size=40)
    model = fit(made.answers, strength=strength, classifier=classifier, imported=imported)
    batch = posteriors(model, made.answers, classifier, imported=imported)
    np.testing.assert_allclose(batch.sum(axis=1), 1)
    for item in range(40):
        mine = made.answers.where(made.answers.item == item)
        row = None if np.isnan(classifier[item]).any() else classifier[item]
        one = posterior(
            model, mine.symbol.tolist(), mine.person.tolist(), mine.shown.tolist(), row, imported=int(imported[item])
        )
        np.testing.assert_allclose(one, batch[item], rtol=0, atol=1e-9)


def test_online_equals_batch_for_refusals_and_not_sure() -> None:
    rng = np.random.default_rng(5)
    item, person = np.repeat(np.arange(60), 5), np.tile(np.arange(5), 60)
    symbol = rng.choice([0, 0, 1, 1, 2, 2, 3, 4, 5, 6], size=300)
    shown = np.where(symbol > 3, symbol - 4, rng.integers(-1, 3, size=300))
    answers = collect(item, person, symbol, shown=shown, n_classes=3)
    model = fit(answers, strength=4.0)
    batch = posteriors(model, answers)
    for one in range(60):
        rows = slice(5 * one, 5 * one + 5)
        alone = posterior(model, symbol[rows].tolist(), person[rows].tolist(), shown[rows].tolist())
        np.testing.assert_allclose(alone, batch[one], rtol=0, atol=1e-9)


def test_one_posterior_takes_well_under_a_millisecond() -> None:
    model = fit(crowd(3, n_classes=10, n_people=50, n_items=500).answers, strength=5.0)
    row = np.full(10, 0.1)
    began = time.process_time()
    for _ in range(200):
        posterior(model, [0, 1, 2], [3, 4, 5], [-1, 1, 0], row)
    assert (time.process_time() - began) / 200 < 1e-3


def test_a_model_of_a_few_people_says_the_same_of_them() -> None:
    model = fit(crowd(3, copy=0.3, shown_share=0.5).answers, strength=5.0)
    few = Fit.from_json(json.loads(json.dumps(model.only(np.array([7, 2, 99])).to_json(), allow_nan=False)))
    np.testing.assert_array_equal(
        posterior(few, [0, 1, 2], [0, 1, 2], [0, -1, -1]), posterior(model, [0, 1, 2], [7, 2, -1], [0, -1, -1])
    )


def test_the_unknown_person_answers_like_the_pool() -> None:
    model = fit(crowd(3).answers, strength=5.0)
    np.testing.assert_array_equal(posterior(model, [0], [UNKNOWN_PERSON]), posterior(model, [0], [10_000]))
    assert not np.array_equal(posterior(model, [0], [0]), posterior(model, [0], [UNKNOWN_PERSON]))


def test_items_without_answers_keep_the_prior() -> None:
    model = fit(crowd(3).answers, strength=5.0)
    empty = collect([], [], [], n_classes=3, n_items=2, n_people=12)
    np.testing.assert_allclose(posteriors(model, empty), np.tile(model.prior, (2, 1)))
