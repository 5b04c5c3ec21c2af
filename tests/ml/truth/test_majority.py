"""Vote shares and ties."""

import numpy as np
import pytest

from ml.truth.answers import collect, not_class, not_sure
from ml.truth.majority import counts, expected_accuracy, shares, winners


def test_shares_when_people_differ() -> None:
    answers = collect([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [0, 0, 1, 1, 2], n_classes=3, n_items=3)
    expected = np.array([[2 / 3, 1 / 3, 0.0], [0.0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]])
    assert np.allclose(shares(answers), expected)


def test_ties_count_in_expectation() -> None:
    scores = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    assert np.allclose(winners(scores), np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]))
    assert expected_accuracy(scores, np.array([0, 2])) == pytest.approx(0.75)


def test_not_sure_and_no_vote_for_nobody() -> None:
    answers = collect([0, 0, 0], [0, 1, 2], [1, not_sure(2), not_class(2, 0)], n_classes=2)
    np.testing.assert_array_equal(counts(answers), [[0, 1]])


@pytest.mark.parametrize(
    ("item", "symbol", "shown"), [([0, 5], [0, 0], [-1, -1]), ([0, 0], [0, 9], [-1, -1]), ([0, 0], [0, 1], [-1, 2])]
)
def test_answers_out_of_range_are_refused(item: list[int], symbol: list[int], shown: list[int]) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        collect(item, [0, 1], symbol, shown=shown, n_classes=2, n_items=2, n_symbols=5)
