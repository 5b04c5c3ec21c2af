"""Strategies order by what they say, and a diverse batch does not ask the same thing twice."""

import numpy as np
import pytest

from ml.select import STRATEGIES, diverse, entropy, lowest_confidence, margin, random, typical

PROBABILITIES = np.array([[0.98, 0.01, 0.01], [0.5, 0.49, 0.01], [0.4, 0.3, 0.3]])
NONE = np.zeros(3, np.intp)
ANYWHERE = np.eye(3)


def test_each_uncertainty_has_its_own_favourite() -> None:
    assert lowest_confidence(PROBABILITIES, ANYWHERE, NONE, 0) == pytest.approx([0.02, 0.5, 0.6])
    assert margin(PROBABILITIES, ANYWHERE, NONE, 0) == pytest.approx([0.03, 0.99, 0.9])
    assert entropy(PROBABILITIES, ANYWHERE, NONE, 0).argmax() == 2
    assert entropy(np.full((1, 4), 0.25), ANYWHERE, np.zeros(1, np.intp), 0) == pytest.approx([1.0])


def test_an_answered_item_is_worth_less() -> None:
    counts = np.array([0, 0, 2])
    assert lowest_confidence(PROBABILITIES, ANYWHERE, counts, 0) == pytest.approx([0.02, 0.5, 0.15])


@pytest.mark.parametrize("name", STRATEGIES)
def test_scores_are_pure_and_within_bounds(name: str) -> None:
    draw = np.random.default_rng(3)
    probabilities, embeddings = draw.dirichlet(np.ones(4), 300), draw.normal(size=(300, 8))
    counts = draw.integers(0, 3, 300)
    one, two = (STRATEGIES[name](probabilities, embeddings, counts, 7) for _ in range(2))
    assert one.shape == (300,)
    assert np.array_equal(one, two)
    assert one.min() >= 0
    assert one.max() <= 1 + 1e-9


def test_random_follows_its_seed() -> None:
    assert not np.array_equal(random(PROBABILITIES, ANYWHERE, NONE, 1), random(PROBABILITIES, ANYWHERE, NONE, 2))


def test_typical_asks_each_cloud_before_any_cloud_twice() -> None:
    draw = np.random.default_rng(0)
    cloud = np.repeat(np.arange(4), 50)
    embeddings = np.eye(4, 16)[cloud] * 10 + draw.normal(size=(200, 16))
    scores = typical(np.full((200, 2), 0.5), embeddings, np.zeros(200, np.intp), 0)
    first = np.argsort(-scores, kind="stable")[:4]
    assert sorted(cloud[first]) == [0, 1, 2, 3]


def test_diverse_skips_the_near_duplicate() -> None:
    embeddings = np.array([[1.0, 0.0], [1.0, 0.001], [0.0, 1.0]])
    assert diverse(np.array([0.9, 0.89, 0.5]), embeddings, 2).tolist() == [0, 2]


def test_diverse_gives_each_item_once_and_no_more_than_there_are() -> None:
    same = np.ones((5, 3))
    assert sorted(diverse(np.full(5, 0.5), same, 9).tolist()) == [0, 1, 2, 3, 4]
    assert diverse(np.zeros(0), np.zeros((0, 3)), 4).tolist() == []
    assert typical(np.zeros((0, 2)), np.zeros((0, 3)), np.zeros(0, np.intp), 0).tolist() == []
