"""Skill, told apart from the pattern of somebody's errors: few answers suffice, and nothing else moves."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ml.truth.answers import collect, not_sure
from ml.truth.dawid_skene import Fit, fit
from ml.truth.em import estimate
from ml.truth.hearing import hear
from ml.truth.people import UNKNOWN_PERSON
from tests.ml.truth.simulate import crowd

INFINITE = float("inf")


def test_few_answers_tell_people_apart() -> None:
    true, told = [], []
    for seed in range(4):
        made = crowd(seed, n_items=600, n_people=6, n_classes=10, each=3, skill=(0.8, 0.95))
        found = fit(made.answers, difficulty=False)
        told.append([found.accuracy(person) for person in range(6)])
        true.append(made.confusion[:, 0, 0])
    true, told = (np.array(rows) - np.mean(rows, axis=1, keepdims=True) for rows in (true, told))
    assert np.corrcoef(true.ravel(), told.ravel())[0, 1] > 0.8
    assert (true * told).sum() / (told**2).sum() == pytest.approx(1, abs=0.25)  # told apart as far as they differ


def test_moved_rows_worked_by_hand() -> None:
    made = crowd(1, n_people=2, each=2)
    model = fit(made.answers, strength=INFINITE)
    pooled = np.array([[0.6, 0.2, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.8, 0.0]])
    people = replace(model.people, skill=np.array([[np.log(3), np.log(2)], [0.0, 0.0]]))
    model = replace(model, pooled=pooled, people=people, n_symbols=4)
    found = model.confusion(0)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    silent = 0.2 / (0.9 + 0.2)  # odds of 1 to 9, doubled
    wrong = 1 / (1 + 2 / 3)  # odds of 3 to 6 among the others, times three
    row = [(1 - wrong), wrong * 2 / 3, wrong / 3]
    np.testing.assert_allclose(found[0], [*(np.array(row) * (1 - silent)), silent])
    np.testing.assert_allclose(model.confusion(1), pooled)
    np.testing.assert_allclose(model.confusion(UNKNOWN_PERSON), pooled)


def test_who_is_often_not_sure_does_not_pass_for_wrong() -> None:
    rng = np.random.default_rng(3)
    made = crowd(3, n_items=1200, n_people=6, each=4, skill=(0.85, 0.85))
    a = made.answers
    silent = (a.person == 0) & (rng.random(len(a)) < 0.4)
    answers = collect(a.item, a.person, np.where(silent, not_sure(3), a.symbol), n_classes=3, n_symbols=4)
    found = estimate(hear(answers), strength=INFINITE, difficulty=False)
    assert found.people.skill[0, 1] > 1.5 > found.people.skill[1:, 1].max()
    shy = found.confusion(0)
    assert (np.diagonal(shy) / (1 - shy[:, 3])).mean() == pytest.approx(0.85, abs=0.05)


def test_people_who_do_not_differ_are_told_apart_little() -> None:
    made = crowd(4, n_items=2000, n_people=60, each=4, skill=(0.8, 0.8))
    found = fit(made.answers, strength=INFINITE, difficulty=False)
    assert np.std([found.accuracy(person) for person in range(60)]) < 0.025  # 133 answers alone would say .035


def test_a_model_stored_before_skill_was_known_reads_the_same() -> None:
    model = fit(crowd(5).answers, strength=5.0, skill=False)
    assert not model.tells_apart
    data = model.to_json()
    del data["spread"], data["people"]["skill"]
    back = Fit.from_json(json.loads(json.dumps(data)))
    np.testing.assert_array_equal(back.confusion(3), model.confusion(3))
