"""The anchoring meter on simulated people whose copy rate is known."""

from typing import Any

import numpy as np
import pytest

from ml.truth.anchoring import Anchoring, Trials, measure
from ml.truth.copying import Copying
from ml.truth.dawid_skene import fit
from tests.ml.truth.simulate import crowd

CLASSES = 5


def simulated(seed: int, copy: np.ndarray, *, answers: int = 120, blind: float = 0.2, sloppy: float = 0.1) -> Trials:
    """People answering wrongly suggested items; some wrong classes are likelier than others even unasked.

    A third are contradicted by a single blind answer, and of these every third suggestion is right after all.
    """
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(len(copy)), answers)
    true = rng.integers(CLASSES, size=person.size)
    wrong = (true + rng.integers(1, CLASSES, size=person.size)) % CLASSES
    tempting = np.where((true + 1) % CLASSES == wrong, 2.0, 2 / 3)  # mean one: the next class is the usual mistake
    own = np.minimum(rng.uniform(0.2, 1.8, len(copy))[person] * sloppy * tempting, 0.9)
    source = (rng.random(person.size) < 1 / 3).astype(np.int32)
    own = np.where((source == 1) & (rng.random(person.size) < 1 / 3), 0.9, own)
    shown = rng.random(person.size) >= blind
    took = rng.random(person.size) < np.where(shown, copy[person] + (1 - copy[person]) * own, own)
    weight = np.where(shown, blind, 1 - blind)
    return trials(person, true, wrong, source, shown, took, weight, n_people=len(copy))


def trials(*columns: np.ndarray, n_people: int) -> Trials:
    """Columns in the order of the fields."""
    kinds: list[Any] = [np.int32, np.int32, np.int32, np.int32, bool, bool, np.float64]
    made: list[Any] = [column.astype(kind) for column, kind in zip(columns, kinds, strict=True)]
    person, true, suggested, source, shown, took, weight = made
    return Trials(person, true, suggested, source, shown, took, weight, n_people, CLASSES)


def columns(made: Trials) -> list[np.ndarray]:
    return [made.person, made.true, made.suggested, made.source, made.shown, made.took, made.weight]


def covered(read: Anchoring, copy: np.ndarray) -> tuple[bool, float]:
    inside = [row.low <= rate <= row.high for row, rate in zip(read.people, copy, strict=True)]
    return read.overall.low <= copy.mean() <= read.overall.high, float(np.mean(inside))


@pytest.mark.parametrize("mean", [0.0, 0.25, 0.6])
def test_a_known_copy_rate_lies_in_its_interval_of_all_and_of_each_person(mean: float) -> None:
    overall, people = [], []
    for seed in range(15):
        copy = np.random.default_rng(seed).beta(8 * mean + 1e-9, 8 * (1 - mean), size=10) if mean else np.zeros(10)
        whole, each = covered(measure(simulated(seed, copy)), copy)
        overall.append(whole)
        people.append(each)
    if mean:
        assert np.mean(overall) >= 0.85
        assert np.mean(people) >= 0.9
    else:  # no interval of a rate reaches down to nothing itself
        assert all(row.high < 0.2 for row in measure(simulated(1, np.zeros(10))).people)


def test_who_copies_stands_out_and_who_has_said_little_is_near_the_others() -> None:
    copy = np.array([0.05, 0.05, 0.05, 0.9])
    read = measure(simulated(3, copy, answers=200))
    assert read.people[3].low > 0.7
    assert max(row.high for row in read.people[:3]) < 0.35
    few = simulated(3, copy, answers=200)
    keep = (few.person != 3) | (np.arange(few.person.size) >= few.person.size - 3)
    little = measure(trials(*(column[keep] for column in columns(few)), n_people=4))
    assert little.people[3].value < read.people[3].value
    assert little.people[3].high > little.people[0].high


def test_a_wrong_class_that_people_say_anyway_is_not_copied() -> None:
    read = measure(simulated(5, np.zeros(8), answers=400, sloppy=0.3, blind=0.5))
    assert read.accepted > 0.25
    assert read.overall.value < 0.06


def test_a_blind_share_that_was_changed_meanwhile_does_no_harm() -> None:
    copy, read = np.full(6, 0.4), []
    for seed in range(6):
        first = simulated(2 * seed, copy, blind=0.05, sloppy=0.05)
        then = simulated(2 * seed + 1, copy, blind=0.7, sloppy=0.4)
        both = trials(*map(np.concatenate, zip(columns(first), columns(then), strict=True)), n_people=6)
        read.append(measure(both).overall)
    assert sum(row.low <= 0.4 <= row.high for row in read) >= 5
    assert abs(np.mean([row.value for row in read]) - 0.4) < 0.05


def test_without_answers_nothing_is_claimed_and_right_suggestions_are_refused() -> None:
    none = np.zeros(0, np.int32)
    read = measure(trials(*[none] * 7, n_people=2))
    assert (read.overall.shown, read.overall.high > 0.9, np.isnan(read.accepted)) == (0, True, True)
    one = np.ones(1, np.int32)
    with pytest.raises(ValueError, match="wrong suggestions"):
        trials(one * 0, *[one] * 6, n_people=1)


def test_measured_copy_rates_are_kept_to_by_the_fit() -> None:
    made = crowd(2, copy=0.5, shown_share=0.6)
    rates = np.full(12, np.nan)
    rates[:3] = (0.1, 0.5, 0.9)
    fitted = fit(made.answers, copying=Copying(0.45, rates))
    np.testing.assert_allclose(fitted.copy_rates(np.arange(4)), (0.1, 0.5, 0.9, 0.45), atol=1e-6)
    assert abs(fit(made.answers).copy_rate - 0.5) < 0.15  # what the model makes out by itself here
