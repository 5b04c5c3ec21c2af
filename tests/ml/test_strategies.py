"""Strategies of selection by hand, and the lazy batch against the plain greedy one."""

import numpy as np
import pytest

from ml.select import POOL, STRATEGIES, badge, diverse, expected_gain, k_center, lowest_confidence

NONE = np.zeros((3, 0), np.float32)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_strategy_is_pure_and_scores_within_bounds(name: str) -> None:
    random = np.random.default_rng(0)
    shares, vectors = random.dirichlet(np.ones(4), 300), random.standard_normal((300, 8)).astype(np.float32)
    counts = random.integers(0, 3, 300).astype(np.intp)
    first, second = (STRATEGIES[name](shares, vectors, counts, 7) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (300,)
    assert first.min() >= 0
    assert first.max() <= 1
    nothing = np.zeros(0, np.intp)
    assert STRATEGIES[name](shares[:0], vectors[:0], nothing, 7).shape == (0,)


def test_expected_gain_asks_nothing_of_what_one_answer_cannot_turn() -> None:
    shares = np.array([[0.5, 0.5], [0.7, 0.3], [0.99, 0.01]])
    gain = expected_gain(shares, NONE, np.zeros(3, np.intp), 0)
    assert gain[0] == pytest.approx(0.3)  # .8 after the answer, .5 before
    assert gain[0] > gain[1] > gain[2] == 0


def test_a_new_item_and_one_asked_before_stand_in_one_ranking() -> None:
    shares = np.array([[0.6, 0.4], [0.6, 0.4], [0.9, 0.1]])
    scores = lowest_confidence(shares, NONE, np.array([0, 1, 0], np.intp), 0)
    assert scores == pytest.approx([0.4, 0.2, 0.1])


def test_k_center_goes_to_what_is_far_from_everything_asked() -> None:
    vectors = np.array([[1, 0], [0.99, 0.1], [0, 1], [0.1, 0.99]], np.float32)
    scores = k_center(np.full((4, 2), 0.5), vectors, np.array([1, 0, 0, 0], np.intp), 0)
    assert scores.argmax() == 2


def test_badge_begins_with_the_largest_gradient_and_passes_over_its_twin() -> None:
    shares = np.array([[0.5, 0.5], [0.5, 0.5], [0.7, 0.3], [1.0, 0.0]])
    vectors = np.array([[1, 0], [1, 0], [0, 1], [1, 1]], np.float32)
    scores = badge(shares, vectors, np.zeros(4, np.intp), 0)
    order = scores.argsort()[::-1].tolist()
    assert order[0] == 0
    assert order[1] != 1


def test_the_lazy_batch_is_the_greedy_one() -> None:
    random = np.random.default_rng(1)
    vectors, scores, picks = random.standard_normal((900, 6)).astype(np.float32), random.random(900), 40
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pool = np.argsort(-scores)[: POOL * picks]
    chosen = [pool[0]]
    for _ in range(picks - 1):
        far = np.linalg.norm(unit[pool][:, None] - unit[chosen][None], axis=2).min(axis=1)
        chosen.append(pool[(scores[pool] * far).argmax()])
    assert diverse(scores, vectors, picks).tolist() == [int(at) for at in chosen]
