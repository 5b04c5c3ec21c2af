"""Bending one sound to fit another, against a plain loop and on sounds that run at different speeds."""

import numpy as np
import pytest

from ml import align
from ml.align import aligned_distances
from ml.kernel import kernel_of


def by_hand(one: np.ndarray, other: np.ndarray, penalty: float) -> float:
    """The recursion as it stands in the book."""
    length = len(one)
    cost = np.full((length + 1, length + 1), np.inf)
    cost[0, 0] = 0
    for i in range(1, length + 1):
        for j in range(1, length + 1):
            step = min(cost[i - 1, j - 1], cost[i - 1, j] + penalty, cost[i, j - 1] + penalty)
            cost[i, j] = step + ((one[i - 1] - other[j - 1]) ** 2).sum()
    return float(cost[-1, -1] / length)


def test_distances_are_those_of_the_plain_recursion() -> None:
    random = np.random.default_rng(0)
    sounds, others = random.normal(size=(3, 6, 4)), random.normal(size=(5, 6, 4))
    found = aligned_distances(sounds.astype(np.float32), others.astype(np.float32), unit=2.0)
    expected = [[by_hand(one, other, align.PENALTY * 2) for other in others] for one in sounds]
    assert np.allclose(found, expected, rtol=1e-4)


def test_a_sound_is_nothing_away_from_itself_and_near_its_slower_self() -> None:
    beats = np.zeros((2, 20, 1), np.float32)
    beats[0, [4, 10]], beats[1, [4, 13]] = 3, 3
    found = aligned_distances(beats, beats, unit=0.1)
    assert found.diagonal() == pytest.approx([0, 0], abs=1e-5)
    plain = ((beats[0] - beats[1]) ** 2).sum() / 20
    assert found[0, 1] < plain / 2
    assert found[0, 1] == pytest.approx(found[1, 0])


def test_an_aligned_kernel_is_nearest_to_the_same_word_said_later() -> None:
    random = np.random.default_rng(1)
    words = random.normal(size=(4, 20, 3)).astype(np.float32)
    later = np.roll(words, 2, axis=1)
    kernel = kernel_of(words.reshape(4, -1), 4, 0, frames=20)
    near = kernel(later.reshape(4, -1))
    assert near.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert 0 <= near.min() <= near.max() <= 1
