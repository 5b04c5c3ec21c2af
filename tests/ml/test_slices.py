"""Parts of the held-out items, and what stands beside a model."""

import numpy as np
import pytest

from ml.baselines import majority, people, plain_head
from ml.slices import members, parts_of, picture_facts, slices, sound_facts


def test_facts_of_a_picture_and_a_sound() -> None:
    white = np.full((100, 200, 3), 255, np.uint8)
    facts = picture_facts(white)
    assert facts["size"] == pytest.approx(0.02)
    assert facts["brightness"] == pytest.approx(1.0, abs=1e-5)
    assert facts["contrast"] == pytest.approx(0.0, abs=1e-5)
    heard = sound_facts(np.full((8000, 2), 0.1, np.float32), 16_000)
    assert heard["length"] == 0.5
    assert heard["loudness"] == pytest.approx(-20.0, abs=1e-3)
    assert sound_facts(np.zeros((10, 1), np.float32), 8000)["loudness"] == -120.0


def test_numbers_fall_into_thirds_and_unknown_ones_into_none() -> None:
    parts = parts_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, float("nan")])
    assert [int(inside.sum()) for inside in parts.values()] == [2, 2, 2]
    assert parts_of([5.0, 5.0]) == {}
    assert parts_of([]) == {}


def test_words_are_parts_and_rare_ones_are_counted_together() -> None:
    parts = parts_of(["a", "b", "a", ""])
    assert {name: int(inside.sum()) for name, inside in parts.items()} == {"a": 2, "b": 1}
    many = parts_of([f"speaker {at}" for at in range(20)])
    assert int(many["others"].sum()) == 8


def test_the_worst_slice_comes_first_with_its_interval() -> None:
    correct = np.array([True] * 30 + [False] * 10)
    found = slices(correct, {"source": ["a"] * 20 + ["b"] * 20})
    assert [part.name for part in found] == ["source: b", "source: a"]
    assert [part.accuracy for part in found] == [0.5, 1.0]
    assert found[0].low < 0.5 < found[0].high
    assert set(members({"source": ["a", "b"]})) == {"source: a", "source: b"}


def test_majority_and_plain_head() -> None:
    random = np.random.default_rng(0)
    labels = np.array([0] * 40 + [1] * 20)
    features = (random.normal(size=(60, 8)) + 3 * np.eye(2, 8)[labels]).astype(np.float32)
    truth = np.array([0, 1, 1])
    found = majority(np.eye(2)[labels], np.ones(60), truth)
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.low < 1 / 3 < found.high
    judged = plain_head(features, np.eye(2)[labels], np.ones(60), features, labels)
    assert judged.accuracy > 0.9


def test_people_s_accuracy_counts_each_item_once() -> None:
    """One item answered nine times wrongly and one answered once rightly are half right."""
    found = people([0] * 9 + [1], [1] * 9 + [0], np.array([0, 0, 1]))
    assert found.accuracy == 0.5
    assert found.items == 2
