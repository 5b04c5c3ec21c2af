"""Counts that take long are kept while they are worth it, and cheap ones are always exact."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.core.cache import cache

from labeling.counts import CHEAP_SECONDS, WATCHED, kept, paced, seldom

LONG = 2 * CHEAP_SECONDS


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def taking(seconds: float) -> Iterator[float]:
    """A clock by which each count takes so long."""
    now = 0.0
    while True:
        yield now
        yield now + seconds


def test_cheap_counts_are_made_each_time() -> None:
    numbers = iter(range(3))
    with patch("labeling.counts.time.monotonic", side_effect=taking(CHEAP_SECONDS / 2)):
        assert [kept("some", lambda: next(numbers)) for _ in range(3)] == [0, 1, 2]


def test_dear_figures_are_kept_for_as_long_as_they_are_worth() -> None:
    figures = iter([None, "later"])
    with (
        patch("labeling.counts.time.monotonic", side_effect=taking(LONG)),
        patch("labeling.counts.cache.set", wraps=cache.set) as keep,
    ):
        assert [kept("some", lambda: next(figures), WATCHED) for _ in range(3)] == [None, None, None]
    assert keep.call_args.args[2] == pytest.approx(LONG * WATCHED)


def test_long_looks_that_found_nothing_are_not_taken_again_at_once() -> None:
    found = iter([3, 0])
    with patch("labeling.counts.time.monotonic", side_effect=taking(LONG)):
        assert [seldom("some", lambda: next(found)) for _ in range(4)] == [3, 0, 0, 0]


def test_short_looks_are_taken_each_time() -> None:
    found = iter([0, 0, 5])
    with patch("labeling.counts.time.monotonic", side_effect=taking(CHEAP_SECONDS / 2)):
        assert [seldom("some", lambda: next(found)) for _ in range(3)] == [0, 0, 5]


def test_what_takes_long_is_done_seldom_however_much_there_is_to_do() -> None:
    with (
        patch("labeling.counts.time.monotonic", side_effect=taking(LONG)),
        patch("labeling.counts.cache.set", wraps=cache.set) as keep,
    ):
        assert [paced("some", lambda: 3) for _ in range(3)] == [3, 0, 0]
    assert keep.call_args.args[2] == WATCHED * LONG


def test_what_is_quick_is_done_each_time() -> None:
    with patch("labeling.counts.time.monotonic", side_effect=taking(CHEAP_SECONDS / 2)):
        assert [paced("some", lambda: 3) for _ in range(3)] == [3, 3, 3]
