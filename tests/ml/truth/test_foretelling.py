"""Next answers foretold by the noise model, and whether they came."""

from dataclasses import replace

import numpy as np
import pytest

from ml.truth.answers import collect, not_class
from ml.truth.dawid_skene import assumed, fit
from ml.truth.foretelling import foretold
from tests.ml.truth.simulate import crowd


def test_the_second_answer_worked_by_hand() -> None:
    answers = collect([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0], n_classes=2)
    chances, named = foretold(assumed(2, 2, difficulty=False), answers)
    np.testing.assert_allclose(chances, 0.8 * 0.8 + 0.2 * 0.2)
    np.testing.assert_array_equal(named, [1, 0])


def test_true_people_keep_what_is_foretold_and_worse_ones_do_not() -> None:
    made = crowd(2, n_items=2000, each=4, skill=(0.7, 0.9))
    model = fit(made.answers, strength=float("inf"))
    chances, named = foretold(model, made.answers)
    assert chances.mean() == pytest.approx(named.mean(), abs=0.015)
    boastful = replace(assumed(3, 3), pooled=np.full((3, 3), 0.02) + np.eye(3) * 0.94)
    chances, named = foretold(boastful, made.answers)
    assert chances.mean() > named.mean() + 0.1


def test_asking_on_about_the_doubtful_does_not_bend_it() -> None:
    made = crowd(3, n_items=4000, n_people=20, each=3, skill=(0.8, 0.8))
    a = made.answers
    symbol = a.symbol.reshape(-1, 3)
    asked = np.repeat(symbol[:, 0] != symbol[:, 1], 3) | (np.arange(len(a)) % 3 < 2)
    pooled = np.full((3, 3), 0.1) + np.eye(3) * 0.7
    model = replace(assumed(3, 3, difficulty=False), pooled=pooled)
    chances, named = foretold(model, a.where(asked))
    assert chances.mean() == pytest.approx(named.mean(), abs=0.02)


def test_items_with_a_refusal_and_single_answers_tell_nothing() -> None:
    answers = collect([0, 0, 1], [0, 1, 0], [0, not_class(2, 1), 1], n_classes=2, n_symbols=5)
    assert foretold(assumed(2, 5), answers)[0].size == 0
