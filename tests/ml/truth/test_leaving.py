"""A classifier's temperature that has not heard the items it is used on."""

from dataclasses import replace

import numpy as np
import pytest

from ml.truth.answers import Answers, Floats
from ml.truth.dawid_skene import Fit, assumed, fit
from ml.truth.hearing import hear
from ml.truth.leaving import FOLDS, folds_of, leave_out
from ml.truth.posterior import posterior, posteriors
from tests.ml.truth.simulate import Crowd, crowd

CLASSES = 3


def opinion(made: Crowd, seed: int) -> Floats:
    """What a classifier says of each item, right more often than not."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(made.truth.size, CLASSES))
    logits[np.arange(made.truth.size), made.truth] += 1.5
    chance = np.exp(2 * logits)
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))


def heard(model: Fit, answers: Answers, classifier: Floats) -> Fit:
    return leave_out(model, hear(answers, classifier=classifier), folds_of(np.arange(answers.n_items)))


def test_an_items_own_answers_do_not_reach_its_temperature() -> None:
    made = crowd(11, n_items=200)
    said, model = opinion(made, 11), assumed(CLASSES, CLASSES)
    whole = heard(model, made.answers, said)
    mine = folds_of(made.answers.item) == 2
    other = replace(made.answers, symbol=np.where(mine, (made.answers.symbol + 1) % CLASSES, made.answers.symbol))
    changed = heard(model, other, said)
    np.testing.assert_array_equal(changed.fold_sharpness[2], whole.fold_sharpness[2])
    np.testing.assert_array_equal(changed.fold_bias[2], whole.fold_bias[2])
    assert (np.abs(changed.fold_sharpness - whole.fold_sharpness)[[0, 1, 3, 4]] > 0.01).all()


def test_answers_that_echo_the_model_do_not_make_it_sure_of_their_items() -> None:
    # A planted fold whose people repeat the model, while it knows nothing of all others: a temperature that hears them
    # would believe the model just where they do.
    made = crowd(12, n_items=400, each=3, skill=(0.8, 0.8))
    rng = np.random.default_rng(120)
    word = rng.integers(CLASSES, size=400)
    said = np.full((400, CLASSES), 0.05)
    said[np.arange(400), word] = 0.9
    planted = folds_of(made.answers.item) == 1
    answers = replace(made.answers, symbol=np.where(planted, word[made.answers.item], made.answers.symbol))
    found = fit(answers, classifier=said, strength=float("inf"), folds=folds_of(np.arange(400)))
    assert found.sharpness > 0.15
    assert found.fold_sharpness[1] < 0.1
    assert (np.delete(found.fold_sharpness, 1) > found.fold_sharpness[1] + 0.1).all()


def test_with_many_items_nothing_is_lost_by_leaving_some_out() -> None:
    made = crowd(13, n_items=3000, skill=(0.8, 0.8))
    found = fit(made.answers, classifier=opinion(made, 13), strength=float("inf"), folds=folds_of(np.arange(3000)))
    np.testing.assert_allclose(found.fold_sharpness, found.sharpness, atol=0.05)
    np.testing.assert_allclose(found.fold_bias, np.tile(found.bias, (FOLDS, 1)), atol=0.1)


def test_online_equals_batch_by_fold_and_after_being_stored() -> None:
    made = crowd(14, n_items=60)
    said, ids = opinion(made, 14), np.arange(60) * 7 + 3
    said[::4] = np.nan
    folds = folds_of(ids)
    model = Fit.from_json(fit(made.answers, classifier=said, folds=folds).to_json())
    batch = posteriors(model, made.answers, said, folds=folds)
    assert not np.allclose(batch, posteriors(model, made.answers, said), atol=1e-6)
    for item in range(60):
        mine = made.answers.where(made.answers.item == item)
        row = None if np.isnan(said[item]).any() else said[item]
        one = posterior(model, mine.symbol.tolist(), mine.person.tolist(), None, row, fold=int(folds[item]))
        np.testing.assert_allclose(one, batch[item], rtol=0, atol=1e-9)


@pytest.mark.parametrize("missing", ["fold_sharpness", "fold_bias"])
def test_a_fit_stored_before_folds_were_known_is_read(missing: str) -> None:
    data = assumed(CLASSES, CLASSES).to_json()
    del data[missing]
    model = Fit.from_json(data)
    sharpness, bias = model.heard(np.array([0, 4]))
    np.testing.assert_array_equal(sharpness, np.ones((2, 1)))
    np.testing.assert_array_equal(bias, np.zeros((2, CLASSES)))
