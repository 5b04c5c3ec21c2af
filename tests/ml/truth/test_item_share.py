"""Many answers an item tell how much of an error is the item's own; few leave it as assumed."""

import numpy as np
import pytest

from ml.truth.dawid_skene import Fit, fit
from ml.truth.item_share import ASSUMED, item_share
from ml.truth.posterior import posteriors
from tests.ml.truth.simulate import crowd
from tests.ml.truth.test_shared import held, seen_alike

POOL = float("inf")


@pytest.mark.parametrize("wrong", [0.1, 0.2])
def test_a_share_of_one_half_is_recovered(wrong: float) -> None:
    answers, truth = seen_alike(31, 400, 15, wrong)
    model = fit(answers, strength=POOL)
    assert model.item_share == pytest.approx(0.5, abs=0.2)  # by 266 items
    assert abs(held(model, answers, truth).overclaim) < 0.04


def test_independent_people_are_believed_without_gold() -> None:
    made = crowd(32, n_items=200, n_people=60, n_classes=2, each=12, skill=(0.85, 0.85))
    model = fit(made.answers, strength=POOL)
    assert model.item_share < 0.1
    assert posteriors(model, made.answers).max() > 0.99
    assert Fit.from_json(model.to_json()).item_share == model.item_share


def test_few_answers_more_classes_or_chosen_items_leave_it_as_assumed() -> None:
    for made in (
        crowd(33, n_items=300, n_classes=2, each=5),
        crowd(34, n_items=300, n_classes=3, each=10),
        crowd(35, n_items=20, n_classes=2, each=12),
    ):
        assert fit(made.answers, strength=POOL).item_share == ASSUMED
    many = crowd(36, n_items=300, n_classes=2, each=10).answers
    turn = np.arange(len(many)) % 10
    some = many.where((many.item < 100) | (turn < 3))  # most have three: the others were asked more often for a reason
    assert item_share(fit(some, strength=POOL), some) == ASSUMED
